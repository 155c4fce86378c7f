/* SPDX-License-Identifier: MIT */
/* ctl: series and their points; telegrams. */
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_time.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_STANDARD 20 /* telegrams, when nothing says where to begin */

/* ---- points ---- */

/* clang-format off */
static const char *const flag_names[] = { /* bits of Point.flags */
	"date only", "revised", "rollover", "another meter", "meter's clock", "clock in doubt",
	"summer time",
};
/* clang-format on */

static void show_point(const struct ctl *c, struct json_in point, struct ctl_cell *cell)
{
	const char *text = json_in_text(json_in_get(point, "text"));

	ctl_show_text(c, json_in_get(point, "v"), cell);
	if (*text || !*cell->text)
		snprintf(cell->text, sizeof(cell->text), "%s", *text ? text : "-");
}

static void show_marks(const struct ctl *c, struct json_in point, struct ctl_cell *cell)
{
	const char *source = json_in_text(json_in_get(point, "source"));
	const char *quality = json_in_text(json_in_get(point, "quality"));
	int64_t flags = 0;
	size_t len = 0;

	(void)c;
	json_in_i64(json_in_get(point, "flags"), &flags);
	len = (size_t)snprintf(cell->text, sizeof(cell->text), "%s%s%s%s", source,
		*source && *quality ? ", " : "", *quality ? "quality " : "", quality);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(*flag_names); i++) {
		if (flags >> i & 1 && len < sizeof(cell->text))
			len += (size_t)snprintf(cell->text + len, sizeof(cell->text) - len, "%s%s",
				len ? ", " : "", flag_names[i]);
	}
}

/* clang-format off */
static const struct ctl_column series_columns[] = {
	{"KEY",         "key",              ctl_show_text, false},
	{"DESCRIPTION", "meta.description", ctl_show_text, false},
	{"UNIT",        "meta.unit",        ctl_show_text, false},
	{"SERIES",      "id",               ctl_show_text, true},
	{"SEGMENT",     "segment",          ctl_show_text, true},
	{"FIRST",       "first",            ctl_show_time, false},
	{"LAST",        "last",             ctl_show_time, false},
	{"GONE",        "gone_since",       ctl_show_age, false},
};
static const struct ctl_column point_columns[] = {
	{"TIME",  "t", ctl_show_ms_time, false},
	{"VALUE", "",  show_point, true},
	{"MARK",  "",  show_marks, false},
};
static const struct ctl_column bucket_columns[] = {
	{"FROM",   "t",     ctl_show_ms_time, false},
	{"TO",     "to",    ctl_show_ms_time, false},
	{"POINTS", "count", ctl_show_text, true},
	{"FIRST",  "first", ctl_show_text, true},
	{"LAST",   "last",  ctl_show_text, true},
	{"MIN",    "min",   ctl_show_text, true},
	{"MAX",    "max",   ctl_show_text, true},
	{"MEAN",   "mean",  ctl_show_text, true},
};
/* clang-format on */

/* Points on their way out; those of the last millisecond of a page come again with the next one. */
struct points {
	struct ctl_table table;
	bool csv;
	int64_t last_t;
	unsigned at_last, again;
	uint64_t left; /* to be shown */
};

/* Quotes only where they are needed. */
static void csv_text(const char *text)
{
	bool quote = strpbrk(text, ",\"\r\n") != NULL;

	if (quote)
		putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	if (quote)
		putchar('"');
}

static void csv_row(const struct ctl_table *t, struct json_in item)
{
	struct ctl_cell cell;

	for (size_t i = 0; i < t->n; i++) {
		const struct ctl_column *column = &t->columns[i];
		int64_t ms = 0;

		cell = (struct ctl_cell){0};
		if (column->show == ctl_show_ms_time) { /* exact, and the same everywhere */
			json_in_i64(ctl_at(item, column->path), &ms);
			printf("%s%" PRId64, i ? "," : "", ms);
			continue;
		}
		column->show(t->ctl, ctl_at(item, column->path), &cell);
		if (column->show == show_point && strcmp(cell.text, "-") == 0)
			cell.text[0] = '\0';
		if (i)
			putchar(',');
		csv_text(cell.text);
	}
	putchar('\n');
}

static void csv_head(const struct ctl_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (i)
			putchar(',');
		for (const char *p = t->columns[i].title; *p; p++)
			putchar(*p | 0x20);
		if (t->columns[i].show == ctl_show_ms_time)
			fputs("_ms", stdout);
	}
	putchar('\n');
}

static void page_items(struct points *p, struct json_in items)
{
	p->again = p->at_last;
	for (struct json_in v = json_in_first(items); p->left && json_in_there(v);
		v = json_in_next(v)) {
		int64_t t = 0;

		json_in_i64(json_in_get(v, "t"), &t);
		if (p->again > 0 && t == p->last_t) {
			p->again--;
			continue;
		}
		p->again = 0;
		p->at_last = t == p->last_t ? p->at_last + 1 : 1;
		p->last_t = t;
		p->left--;
		if (p->csv)
			csv_row(&p->table, v);
		else
			ctl_table_row(&p->table, v, v);
	}
}

static int get_points(struct ctl *c, const struct ctl_path *path, struct points *p)
{
	char cursor[CTL_CURSOR_MAX] = "";
	int rc;

	if (p->csv)
		csv_head(&p->table);
	do {
		struct ctl_path page = *path;
		struct ctl_answer answer;

		if (*cursor)
			ctl_query(&page, "cursor", cursor);
		rc = ctl_call(c, "GET", &page, NULL, NULL, &answer);
		if (rc != EXIT_OK)
			return rc;
		page_items(p, json_in_get(answer.root, "items"));
		page_items(p, json_in_get(answer.root, "buckets"));
		rc = ctl_next_page(c, answer.root, cursor);
		ctl_answer_done(&answer);
	} while (rc == EXIT_OK && *cursor && p->left > 0);
	return rc;
}

/* The newest segment of the key. */
static int find_series(struct ctl *c, const char *account, const char *key, char ret_id[24])
{
	struct ctl_answer answer;
	struct ctl_path path;
	int rc;

	ctl_path(&path, "/accounts/", account, "/series", NULL);
	rc = ctl_call(c, "GET", &path, NULL, NULL, &answer);
	if (rc != EXIT_OK)
		return rc;
	ret_id[0] = '\0';
	for (struct json_in v = json_in_first(json_in_get(answer.root, "items")); json_in_there(v);
		v = json_in_next(v)) {
		if (strcmp(json_in_text(json_in_get(v, "key")), key) == 0)
			snprintf(ret_id, 24, "%s", json_in_text(json_in_get(v, "id")));
	}
	ctl_answer_done(&answer);
	if (*ret_id)
		return EXIT_OK;
	talk_error(
		"%s has no series %s; meterbus ctl history %s lists them", account, key, account);
	return EXIT_USAGE;
}

static int show_points(struct ctl *c, const struct args *args, const struct ctl_path *path)
{
	bool buckets = args_has(args, "buckets");
	struct points p = {.csv = args_has(args, "csv"), .last_t = INT64_MIN, .left = UINT64_MAX};
	int rc = args_number(args, "limit", 1, UINT32_MAX, &p.left);

	if (rc != EXIT_OK)
		return rc;
	if (buckets)
		ctl_table_init(&p.table, c, CTL_COLUMNS(bucket_columns));
	else
		ctl_table_init(&p.table, c, CTL_COLUMNS(point_columns));
	rc = get_points(c, path, &p);
	ctl_table_done(&p.table);
	return rc;
}

static int ctl_history(struct ctl *c, const struct args *args)
{
	struct ctl_path path;
	char id[24];
	int rc;

	if (args->operand_count == 1) {
		ctl_path(&path, "/accounts/", args->operands[0], "/series", NULL);
		path.whole = true;
		return ctl_list(c, &path, 0, CTL_COLUMNS(series_columns), "no series yet");
	}
	if (args_value(args, "series"))
		snprintf(id, sizeof(id), "%s", args_value(args, "series"));
	else if ((rc = find_series(c, args->operands[0], args->operands[1], id)) != EXIT_OK)
		return rc;
	ctl_path(&path, "/series/", id, "/points", NULL);
	ctl_query_args(&path, args, "buckets revisions");
	rc = ctl_query_time(c, &path, args, "from");
	if (rc == EXIT_OK)
		rc = ctl_query_time(c, &path, args, "to");
	return rc == EXIT_OK ? show_points(c, args, &path) : rc;
}

/* ---- telegrams ---- */

static void show_bytes(const struct ctl *c, struct json_in telegram, struct ctl_cell *cell)
{
	const char *hex = json_in_text(json_in_get(telegram, "bytes"));
	size_t n = strlen(hex);

	(void)c;
	snprintf(cell->text, sizeof(cell->text), n > 40 ? "%.37s..." : "%s", hex);
}

/* clang-format off */
static const struct ctl_column telegram_columns[] = {
	{"SEQ",    "seq",         ctl_show_text, true},
	{"TIME",   "time",        ctl_show_time, false},
	{"ID",     "account_id",  ctl_show_text, true},
	{"CHAIN",  "chain",       ctl_show_text, true},
	{"TOOK",   "duration_ms", ctl_show_ms, true},
	{"FLAGS",  "flags",       ctl_show_list, false},
	{"BYTES",  "",            show_bytes, false},
	{"ERROR",  "error_text",  ctl_show_bad, false},
};
/* clang-format on */

static int print_hex(void *ctx, struct json_in telegram)
{
	const char *hex = json_in_text(json_in_get(telegram, "bytes"));

	(void)ctx;
	if (*hex)
		printf("%s\n", hex);
	return EXIT_OK;
}

static int ctl_telegrams(struct ctl *c, const struct args *args)
{
	bool bounded = args_has(args, "after") || args_has(args, "from") || args_has(args, "to");
	uint64_t limit = bounded ? 0 : LIMIT_STANDARD, after = 0;
	struct ctl_path path;
	int rc = args_number(args, "limit", 1, UINT32_MAX, &limit);

	ctl_path(&path, "/telegrams", NULL);
	if (rc == EXIT_OK)
		rc = args_number(args, "after", 0, INT64_MAX, &after);
	if (rc == EXIT_OK)
		rc = ctl_query_time(c, &path, args, "from");
	if (rc == EXIT_OK)
		rc = ctl_query_time(c, &path, args, "to");
	if (rc != EXIT_OK)
		return rc;
	if (args->operand_count)
		ctl_query(&path, "account", args->operands[0]);
	if (args_has(args, "after"))
		ctl_query_u64(&path, "after_seq", after);
	ctl_query(&path, "order", bounded ? "oldest" : "newest");
	ctl_query_args(&path, args, "heads");
	if (args_has(args, "hex"))
		return ctl_each(c, &path, limit, print_hex, NULL);
	return ctl_list(c, &path, limit, CTL_COLUMNS(telegram_columns), "no telegrams");
}

CTL_RUN(history)
CTL_RUN(telegrams)

static const struct option_row history_options[] = {
	{"from", 0, ARG_TEXT, "TIME", "first time: " CTL_TIME_HELP, NULL},
	{"to", 0, ARG_TEXT, "TIME", "last time", NULL},
	{"buckets", 0, ARG_TEXT, "N", "min, max and mean of N spans, with --from and --to", NULL},
	{"revisions", 0, ARG_TEXT, NULL, "every revision of a point of history", NULL},
	{"series", 0, ARG_TEXT, "ID", "of this number, instead of the newest of the key", NULL},
	{"limit", 'n', ARG_TEXT, "N", "so many", NULL},
	{"csv", 0, ARG_TEXT, NULL, "as CSV; times are milliseconds since 1970", NULL},
	{0},
};
static const struct option_row telegram_options[] = {
	{"after", 0, ARG_TEXT, "SEQ", "those behind this one", NULL},
	{"from", 0, ARG_TEXT, "TIME", "first time: " CTL_TIME_HELP, NULL},
	{"to", 0, ARG_TEXT, "TIME", "last time", NULL},
	{"heads", 0, ARG_TEXT, NULL, "only the first of each answer", NULL},
	{"limit", 'n', ARG_TEXT, "N", "so many (the newest 20)", NULL},
	{"hex", 0, ARG_TEXT, NULL, "only their bytes, for meterbus decode", NULL},
	{0},
};

const struct verb ctl_verb_history = {
	.name = "ctl history",
	.operands = "NAME [KEY]",
	.help = "list the series of an account, or the points of one of them",
	.examples =
		"meterbus ctl history heat-1\n"
		"meterbus ctl history heat-1 inst.0.0.0.06 --from 7d\n"
		"meterbus ctl history heat-1 inst.0.0.0.06 --from 2026-01-01 --to now --buckets "
		"12\n",
	.options = history_options,
	.operands_min = 1,
	.operands_max = 2,
	.more = ctl_options,
	.run = run_history,
};

const struct verb ctl_verb_telegrams = {
	.name = "ctl telegrams",
	.operands = "[NAME]",
	.help = "list stored telegrams, of one account or of all; the newest, unless told where to "
		"begin",
	.examples = "meterbus ctl telegrams heat-1\n"
		    "meterbus ctl telegrams heat-1 --hex | meterbus decode\n"
		    "meterbus ctl telegrams --after 1200 --json\n",
	.options = telegram_options,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_telegrams,
};
