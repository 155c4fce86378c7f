/* SPDX-License-Identifier: MIT */
/* ctl: what happened, and what happens. */
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_stream.h"
#include "meterbus/ctl_time.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"

#include <stdio.h>

#define LIMIT_STANDARD 20

static void show_severity(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	static const char *const names[] = {
		"emergency", "alert", "critical", "error", "warning", "notice", "info", "live"};
	int64_t n = -1;

	(void)c;
	if (!json_in_i64(v, &n) || n < 0 || n > 7)
		return;
	snprintf(cell->text, sizeof(cell->text), "%s", names[n]);
	cell->style = n <= 3 ? STYLE_BAD : n <= 5 ? STYLE_PLAIN : STYLE_DIM;
}

/* clang-format off */
static const struct ctl_column columns[] = {
	{"TIME",     "time",     ctl_show_time, false},
	{"SEVERITY", "severity", show_severity, false},
	{"KIND",     "kind",     ctl_show_text, false},
	{"ACCOUNT",  "account",  ctl_show_text, false},
	{"BUS",      "bus",      ctl_show_text, false},
	{"TEXT",     "text",     ctl_show_text, false},
};
/* clang-format on */

/* A line at once; columns stay as wide as they have become. */
static bool print_event(void *ctx, struct json_in event)
{
	struct ctl_table *t = ctx;

	ctl_table_row(t, event, event);
	ctl_table_flush(t);
	fflush(stdout);
	return !ferror(stdout);
}

static int follow(struct ctl *c, const struct ctl_path *path)
{
	struct ctl_table t;
	int rc;

	ctl_table_init(&t, c, CTL_COLUMNS(columns));
	rc = ctl_stream(c, path, &(struct ctl_stream){.event = print_event, .ctx = &t});
	ctl_table_done(&t);
	return rc;
}

static int ctl_events(struct ctl *c, const struct args *args)
{
	bool bounded = args_has(args, "after") || args_has(args, "from") || args_has(args, "to");
	uint64_t limit = bounded ? 0 : LIMIT_STANDARD, after = 0, severity = 7;
	bool live = args_has(args, "follow");
	struct ctl_path path;
	int rc = args_number(args, "limit", 1, UINT32_MAX, &limit);

	ctl_path(&path, live ? "/stream" : "/events", NULL);
	if (rc == EXIT_OK)
		rc = args_number(args, "after", 0, INT64_MAX, &after);
	if (rc == EXIT_OK)
		rc = args_number(args, "severity", 1, 7, &severity);
	if (rc == EXIT_OK && !live)
		rc = ctl_query_time(c, &path, args, "from");
	if (rc == EXIT_OK && !live)
		rc = ctl_query_time(c, &path, args, "to");
	if (rc != EXIT_OK)
		return rc;
	ctl_query_args(&path, args, "account kind");
	if (args_has(args, "after"))
		ctl_query_u64(&path, "after_seq", after);
	if (args_has(args, "severity"))
		ctl_query_u64(&path, "severity_max", severity);
	if (live)
		return follow(c, &path);
	ctl_query(&path, "order", bounded ? "oldest" : "newest");
	return ctl_list(c, &path, limit, CTL_COLUMNS(columns), "no events");
}

CTL_RUN(events)

static const struct option_row options[] = {
	{"follow", 'F', ARG_TEXT, NULL, "show them as they come, live ones, too", NULL},
	{"account", 0, ARG_TEXT, "NAME", "of this account", NULL},
	{"kind", 0, ARG_TEXT, "KIND", "this kind, or all that begin so: account.", NULL},
	{"severity", 0, ARG_TEXT, "N", "as bad as this or worse: 3 error, 4 warning, 5 notice",
		NULL},
	{"after", 0, ARG_TEXT, "SEQ", "those behind this one", NULL},
	{"from", 0, ARG_TEXT, "TIME", "first time: " CTL_TIME_HELP, NULL},
	{"to", 0, ARG_TEXT, "TIME", "last time", NULL},
	{"limit", 'n', ARG_TEXT, "N", "so many (the newest 20)", NULL},
	{0},
};

const struct verb ctl_verb_events = {
	.name = "ctl events",
	.operands = "",
	.help = "list what happened, or follow what happens",
	.examples = "meterbus ctl events --severity 4\n"
		    "meterbus ctl events --follow --account heat-1\n",
	.options = options,
	.more = ctl_options,
	.run = run_events,
};
