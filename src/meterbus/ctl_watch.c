/* SPDX-License-Identifier: MIT */
/* ctl: a live table of values. */
#include "base/clock.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_stream.h"
#include "meterbus/ctl_time.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ROWS_MAX 20000
#define FRESH_MS 3000 /* so long a change is shown as one */
#define TEXT_MAX 64
#define LINES_STANDARD 24 /* of a terminal that does not tell */

struct row {
	char account[TEXT_MAX + 1], key[TEXT_MAX + 1], value[TEXT_MAX + 1], unit[16];
	int64_t time_ms, changed_ms;
	bool good;
};

struct watch {
	struct ctl *c;
	struct row *rows;
	size_t n, size;
	const char *only; /* account, or NULL */
	const char *key; /* NULL: all */
	bool screen;
	int64_t drawn_ms;
};

static int64_t now_ms(void)
{
	return clock_wall_us() / US_PER_MS;
}

/* ---- rows ---- */

static void set_text(char *text, size_t max, const char *from)
{
	snprintf(text, max, "%s", from);
	*put_shown(text, text, strlen(text)) = '\0';
}

static struct row *find_row(struct watch *w, const char *account, const char *key)
{
	for (size_t i = 0; i < w->n; i++) {
		if (strcmp(w->rows[i].key, key) == 0 && strcmp(w->rows[i].account, account) == 0)
			return &w->rows[i];
	}
	if (w->n == ROWS_MAX)
		return NULL;
	if (w->n == w->size) {
		size_t size = w->size ? 2 * w->size : 64;
		struct row *rows = realloc(w->rows, size * sizeof(*rows));

		if (!rows)
			return NULL;
		w->rows = rows;
		w->size = size;
	}
	w->rows[w->n] = (struct row){0};
	set_text(w->rows[w->n].account, sizeof(w->rows->account), account);
	set_text(w->rows[w->n].key, sizeof(w->rows->key), key);
	return &w->rows[w->n++];
}

static void put_value(struct watch *w, const char *account, struct json_in v, int64_t time_ms)
{
	const char *key = json_in_text(json_in_get(v, "key"));
	char value[TEXT_MAX + 1];
	int64_t quality = CTL_QUALITY_GOOD;
	struct row *row;

	if ((w->only && strcmp(w->only, account) != 0) || (w->key && strcmp(w->key, key) != 0))
		return;
	row = find_row(w, account, key);
	if (!row)
		return;
	set_text(value, sizeof(value), json_in_text(json_in_get(v, "value")));
	if (strcmp(value, row->value) != 0 && *row->value)
		row->changed_ms = now_ms();
	memcpy(row->value, value, sizeof(value));
	set_text(row->unit, sizeof(row->unit), json_in_text(json_in_get(v, "unit")));
	json_in_i64(json_in_get(v, "quality"), &quality);
	row->good = quality == CTL_QUALITY_GOOD;
	row->time_ms = time_ms;
	if (!w->screen && !w->c->json) {
		char text[32];

		ctl_time_put(time_ms, text, sizeof(text));
		printf("%s  %s  %s  %s %s\n", text, row->account, row->key, row->value, row->unit);
	}
}

/* ---- the screen ---- */

static void draw(struct watch *w)
{
	struct winsize size = {0};
	int64_t now = now_ms();
	unsigned width = 3, lines;
	char age[32];

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	lines = size.ws_row > 3 ? size.ws_row - 2u : LINES_STANDARD - 2;
	for (size_t i = 0; i < w->n; i++) {
		if (strlen(w->rows[i].account) > width)
			width = (unsigned)strlen(w->rows[i].account);
	}
	fputs("\033[H", stdout);
	printf("%-*s  %-28s  %20s  %-8s  %s\033[K\n", (int)width, "ACCOUNT", "KEY", "VALUE", "UNIT",
		"AGE");
	for (size_t i = 0; i < w->n && i < lines; i++) {
		const struct row *row = &w->rows[i];
		bool fresh = row->changed_ms && now - row->changed_ms < FRESH_MS;

		ctl_time_span(now > row->time_ms ? now - row->time_ms : 0, age, sizeof(age));
		printf("%-*s  %-28.28s  %s%20.20s%s  %s%*s  %s\033[K\n", (int)width, row->account,
			row->key,
			!w->c->color ? ""
			: !row->good ? "\033[31m"
			: fresh      ? "\033[1m"
				     : "",
			row->value, w->c->color ? "\033[0m" : "", row->unit,
			(int)(8 - style_width(row->unit, strlen(row->unit)) % 9), "", age);
	}
	if (w->n > lines)
		printf("... %zu more; name an account or a --key\033[K", w->n - lines);
	fputs("\033[J", stdout);
	fflush(stdout);
	w->drawn_ms = now;
}

/* ---- what comes ---- */

static bool on_tick(void *ctx)
{
	struct watch *w = ctx;
	int64_t now = now_ms();

	if (w->screen && (now - w->drawn_ms >= 1000 || now < w->drawn_ms))
		draw(w);
	return !ferror(stdout);
}

static bool on_event(void *ctx, struct json_in event)
{
	struct watch *w = ctx;
	struct json_in data = json_in_get(event, "data");
	const char *account = json_in_text(json_in_get(event, "account"));
	int64_t time_ms = now_ms();

	json_in_i64(json_in_get(data, "time_ms"), &time_ms);
	if (w->c->json)
		ctl_print_raw(event);
	for (struct json_in v = json_in_first(json_in_get(data, "values")); json_in_there(v);
		v = json_in_next(v))
		put_value(w, account, v, time_ms);
	if (w->screen)
		draw(w);
	fflush(stdout);
	return !ferror(stdout);
}

static int on_reading(void *ctx, struct json_in reading)
{
	struct watch *w = ctx;
	int64_t time_ms = 0;

	ctl_time_rfc3339(json_in_text(json_in_get(reading, "time")), &time_ms);
	if (!json_in_flag(json_in_get(reading, "gone")))
		put_value(w, json_in_text(json_in_get(reading, "account")), reading, time_ms);
	return EXIT_OK;
}

/* What is known goes first, on a screen; then what comes. */
static int watch(struct watch *w)
{
	struct ctl_path path;
	int rc = EXIT_OK;

	if (w->screen) {
		ctl_path(&path, "/readings", NULL);
		rc = ctl_each(w->c, &path, 0, on_reading, w);
		fputs("\033[2J", stdout);
	}
	if (rc != EXIT_OK)
		return rc;
	ctl_path(&path, "/stream", NULL);
	ctl_query(&path, "kind", "values");
	if (w->only)
		ctl_query(&path, "account", w->only);
	return ctl_stream(w->c, &path,
		&(struct ctl_stream){
			.event = on_event, .tick = on_tick, .ctx = w, .silent = w->screen});
}

static int ctl_watch(struct ctl *c, const struct args *args)
{
	struct watch w = {
		.c = c,
		.only = args->operand_count ? args->operands[0] : NULL,
		.key = args_value(args, "key"),
		.screen = !c->json && isatty(STDOUT_FILENO),
	};
	int rc = watch(&w);

	free(w.rows);
	return rc;
}

CTL_RUN(watch)

static const struct option_row options[] = {
	{"key", 'k', ARG_TEXT, "KEY", "only readings of this key", NULL},
	{0},
};

const struct verb ctl_verb_watch = {
	.name = "ctl watch",
	.operands = "[NAME]",
	.help = "show values as they are read: a live table, or lines when stdout is no terminal",
	.examples = "meterbus ctl watch\n"
		    "meterbus ctl watch heat-1 --json | jq .data\n",
	.options = options,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_watch,
};
