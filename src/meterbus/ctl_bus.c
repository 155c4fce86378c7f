/* SPDX-License-Identifier: MIT */
/* ctl: buses. */
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"

#include <stdio.h>

static const struct option_row options[] = {
	{"named", 0, ARG_TEXT, NULL, "only those of the configuration", NULL},
	{0},
};

/* clang-format off */
static const struct ctl_column list[] = {
	{"BUS",      "name",                     ctl_show_text, false},
	{"STATE",    "state",                    ctl_show_state, false},
	{"SINCE",    "since",                    ctl_show_age, false},
	{"HELD BY",  "holder.who",               ctl_show_text, false},
	{"WAITING",  "waiting",                  ctl_show_count, true},
	{"BUSY",     "busy_ppm",                 ctl_show_ppm, true},
	{"ANSWERS",  "counters.telegrams",       ctl_show_count, true},
	{"SILENT",   "counters.timeouts",        ctl_show_count, true},
	{"BAD",      "counters.checksum_errors", ctl_show_bad_count, true},
	{"URL",      "url",                      ctl_show_text, false},
	{"ERROR",    "error",                    ctl_show_bad, false},
};
static const struct ctl_column facts[] = {
	{"bus",             "name",                     ctl_show_text, false},
	{"url",             "url",                      ctl_show_text, false},
	{"state",           "state",                    ctl_show_state, false},
	{"  since",         "since",                    ctl_show_age, false},
	{"  opened again",  "retry",                    ctl_show_age, false},
	{"  error",         "error",                    ctl_show_bad, false},
	{"  warning",       "warning",                  ctl_show_bad, false},
	{"scanning",        "scanning",                 ctl_show_flag, false},
	{"held by",         "holder.who",               ctl_show_text, false},
	{"  since",         "holder.since",             ctl_show_age, false},
	{"  priority",      "holder.priority",          ctl_show_text, false},
	{"waiting",         "waiting",                  ctl_show_text, false},
	{"wait (median)",   "wait_p50_ms",              ctl_show_ms, false},
	{"wait (longest)",  "wait_max_ms",              ctl_show_ms, false},
	{"busy",            "busy_ppm",                 ctl_show_ppm, false},
	{"dialogues",       "counters.dialogues",       ctl_show_text, false},
	{"  failed",        "counters.failed",          ctl_show_bad_count, false},
	{"  dropped",       "counters.dropped",         ctl_show_bad_count, false},
	{"frames sent",     "counters.frames",          ctl_show_text, false},
	{"answers",         "counters.telegrams",       ctl_show_text, false},
	{"silences",        "counters.timeouts",        ctl_show_count, false},
	{"checksum errors", "counters.checksum_errors", ctl_show_bad_count, false},
	{"bytes received",  "counters.received_bytes",  ctl_show_text, false},
	{"bytes sent",      "counters.sent_bytes",      ctl_show_text, false},
	{"stray bytes",     "counters.stray_bytes",     ctl_show_bad_count, false},
	{"opened",          "counters.opened",          ctl_show_text, false},
	{"lost",            "counters.lost",            ctl_show_bad_count, false},
};
static const struct ctl_column queue[] = {
	{"WAITS",    "who",      ctl_show_text, false},
	{"PRIORITY", "priority", ctl_show_text, false},
	{"SINCE",    "since",    ctl_show_age, false},
};
/* clang-format on */

static int show_bus(struct ctl *c, const char *name)
{
	struct ctl_answer answer;
	struct ctl_path path;
	struct ctl_table t;
	int rc;

	ctl_path(&path, "/buses/", name, NULL);
	rc = ctl_call(c, "GET", &path, NULL, NULL, &answer);
	if (rc != EXIT_OK)
		return rc;
	ctl_facts(c, answer.root, CTL_COLUMNS(facts));
	if (!c->json) {
		ctl_table_init(&t, c, CTL_COLUMNS(queue));
		for (struct json_in v = json_in_first(json_in_get(answer.root, "queue"));
			json_in_there(v); v = json_in_next(v))
			ctl_table_row(&t, v, v);
		ctl_table_done(&t);
	}
	ctl_answer_done(&answer);
	return EXIT_OK;
}

static int ctl_buses(struct ctl *c, const struct args *args)
{
	struct ctl_path path;

	if (args->operand_count)
		return show_bus(c, args->operands[0]);
	ctl_path(&path, "/buses", NULL);
	ctl_query_args(&path, args, "named");
	return ctl_list(c, &path, 0, CTL_COLUMNS(list), "no buses");
}

CTL_RUN(buses)

const struct verb ctl_verb_buses = {
	.name = "ctl buses",
	.operands = "[BUS]",
	.help = "list the buses; of one who has it, who waits and all that is counted",
	.examples = "meterbus ctl buses\n"
		    "meterbus ctl buses roof\n",
	.options = options,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_buses,
};
