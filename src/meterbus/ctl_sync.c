/* SPDX-License-Identifier: MIT */
/* ctl: synchronisation: now, its state, its log. */
#include "base/json_out.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 1000

/* ---- columns ---- */

static void show_result(const struct ctl *c, struct json_in report, struct ctl_cell *cell)
{
	int64_t result = 0;

	(void)c;
	json_in_i64(json_in_get(report, "result"), &result);
	cell->style = result == 0 ? STYLE_GOOD : STYLE_BAD;
	snprintf(cell->text, sizeof(cell->text), "%s",
		json_in_text(json_in_get(report, "result_text")));
}

/* The text, else the name of the error. */
static void show_why(const struct ctl *c, struct json_in report, struct ctl_cell *cell)
{
	const char *text = json_in_text(json_in_get(report, "text"));

	(void)c;
	cell->style = STYLE_BAD;
	snprintf(cell->text, sizeof(cell->text), "%s",
		*text ? text : json_in_text(json_in_get(report, "error_name")));
}

/* clang-format off */
static const struct ctl_column log_columns[] = {
	{"START",    "start",       ctl_show_time, false},
	{"KIND",     "kind",        ctl_show_text, false},
	{"DUE",      "due",         ctl_show_time, false},
	{"RESULT",   "",            show_result, false},
	{"WAITED",   "wait_ms",     ctl_show_ms, true},
	{"TOOK",     "duration_ms", ctl_show_ms, true},
	{"ANSWERS",  "telegrams",   ctl_show_count, true},
	{"READINGS", "readings",    ctl_show_count, true},
	{"HISTORY",  "history",     ctl_show_count, true},
	{"TEXT",     "",            show_why, false},
};
static const struct ctl_column state_columns[] = {
	{"account",          "name",                     ctl_show_text, false},
	{"connection",       "connection",               ctl_show_state, false},
	{"  since",          "connection_since",         ctl_show_age, false},
	{"synchronisation",  "synchronisation",          ctl_show_state, false},
	{"answers",          "answering",                ctl_show_flag, false},
	{"next read",        "next_due",                 ctl_show_age, false},
	{"last read",        "last.start",               ctl_show_age, false},
	{"  result",         "last",                     show_result, false},
	{"  text",           "last",                     show_why, false},
	{"  took",           "last.duration_ms",         ctl_show_ms, false},
	{"last online",      "last_online",              ctl_show_age, false},
	{"last offline",     "last_offline",             ctl_show_age, false},
	{"meter",            "meter.identification",     ctl_show_text, false},
	{"  manufacturer",   "meter.manufacturer",       ctl_show_text, false},
	{"  name",           "meter.manufacturer_name",  ctl_show_text, false},
	{"  version",        "meter.version",            ctl_show_text, false},
	{"  medium",         "meter.medium_text",        ctl_show_text, false},
	{"status byte",      "status_byte",              ctl_show_count, false},
	{"clock drift (s)",  "clock_drift_s",            ctl_show_text, false},
	{"synchronisations", "synchronisations",         ctl_show_text, false},
	{"  failed",         "failures",                 ctl_show_bad_count, false},
	{"  missed",         "missed",                   ctl_show_bad_count, false},
	{"telegrams",        "telegrams",                ctl_show_text, false},
	{"timeouts",         "timeouts",                 ctl_show_bad_count, false},
	{"checksum errors",  "checksum_errors",          ctl_show_bad_count, false},
	{"repeats",          "repeats",                  ctl_show_count, false},
};
/* clang-format on */

/* ---- sync, reset ---- */

/* A report as a line, its error as the exit code. */
static int tell_report(struct ctl *c, const char *name, struct json_in report)
{
	struct ctl_cell result = {0}, why = {0}, took = {0};
	int64_t error = 0, code = 0;

	json_in_i64(json_in_get(report, "error"), &error);
	json_in_i64(json_in_get(report, "result"), &code);
	if (c->json) {
		ctl_print_raw(report);
	} else {
		show_result(c, report, &result);
		show_why(c, report, &why);
		ctl_show_ms(c, json_in_get(report, "duration_ms"), &took);
		*put_shown(why.text, why.text, strlen(why.text)) = '\0';
		printf("%s: %s, %s readings, %s new points of history, %s%s%s\n", name, result.text,
			json_in_text(json_in_get(report, "readings")),
			json_in_text(json_in_get(report, "history")), took.text,
			*why.text ? "; " : "", why.text);
		fflush(stdout);
	}
	if (code == 0)
		return EXIT_OK;
	return error < 0 && error > -200 ? exit_of_error((int)error) : EXIT_TELEGRAM;
}

static int post(struct ctl *c, const char *name, const char *verb, const char *body)
{
	struct ctl_answer answer;
	struct ctl_path path;
	int rc;

	ctl_path(&path, "/accounts/", name, verb, NULL);
	talk_progress("%s ...", name);
	rc = ctl_call(c, "POST", &path, body, NULL, &answer);
	talk_progress("%s", "");
	if (rc != EXIT_OK)
		return rc;
	if (json_in_there(json_in_get(answer.root, "result")))
		rc = tell_report(c, name, answer.root);
	ctl_answer_done(&answer);
	return rc;
}

static int post_each(struct ctl *c, const struct args *args, const char *verb, const char *body)
{
	int code = EXIT_OK;

	for (unsigned i = 0; i < args->operand_count; i++) {
		int rc = post(c, args->operands[i], verb, body);

		if (rc == EXIT_PORT) /* the daemon itself */
			return rc;
		code = i ? exit_merge(code, rc) : rc;
	}
	return code;
}

static int ctl_sync(struct ctl *c, const struct args *args)
{
	const char *key = args_value(args, "reading");
	struct buf body;
	struct json_out j = JSON_OUT(&body);
	int rc;

	if (key && args_has(args, "connect")) {
		talk_error("sync: either --reading or --connect");
		return EXIT_USAGE;
	}
	buf_init(&body, CTL_BODY_MAX);
	json_out_object(&j);
	json_out_key(&j, "kind");
	json_out_text(&j, key ? "partial" : args_has(args, "connect") ? "connect" : "full");
	if (key)
		json_out_key(&j, "key"), json_out_text(&j, key);
	json_out_key(&j, "wait"), json_out_bool(&j, !args_has(args, "no-wait"));
	json_out_end(&j);
	rc = ctl_body_end(&j);
	if (rc == EXIT_OK)
		rc = post_each(c, args, "/sync", (const char *)body.bytes);
	buf_done(&body);
	return rc;
}

static int ctl_reset(struct ctl *c, const struct args *args)
{
	return post_each(c, args, "/reset", NULL);
}

/* ---- state, log ---- */

static int ctl_state(struct ctl *c, const struct args *args)
{
	int rc = EXIT_OK;

	for (unsigned i = 0; i < args->operand_count && rc == EXIT_OK; i++) {
		struct ctl_path path;

		if (i > 0 && !c->json)
			putchar('\n');
		ctl_path(&path, "/accounts/", args->operands[i], "/state", NULL);
		rc = ctl_get_facts(c, &path, CTL_COLUMNS(state_columns));
	}
	return rc;
}

static int ctl_log(struct ctl *c, const struct args *args)
{
	uint64_t limit = 0;
	struct ctl_path path;
	int rc = args_number(args, "limit", 1, 1000, &limit);

	if (rc != EXIT_OK)
		return rc;
	ctl_path(&path, "/accounts/", args->operands[0], "/log", NULL);
	ctl_query_args(&path, args, "limit");
	path.whole = true;
	return ctl_list(c, &path, limit, CTL_COLUMNS(log_columns), "not synchronised yet");
}

CTL_RUN(sync)
CTL_RUN(reset)
CTL_RUN(state)
CTL_RUN(log)

static const struct option_row sync_options[] = {
	{"reading", 'r', ARG_TEXT, "KEY", "only this reading", NULL},
	{"connect", 0, ARG_TEXT, NULL, "only connect", NULL},
	{"no-wait", 0, ARG_TEXT, NULL, "do not wait for the end", NULL},
	{0},
};
static const struct option_row log_options[] = {
	{"limit", 'n', ARG_TEXT, "N", "so many", NULL},
	{0},
};

const struct verb ctl_verb_sync = {
	.name = "ctl sync",
	.operands = "NAME...",
	.help = "have meters read now, before what is due, and tell how it went",
	.examples = "meterbus ctl sync heat-1 heat-2\n"
		    "meterbus ctl sync heat-1 --connect\n",
	.options = sync_options,
	.operands_min = 1,
	.operands_max = NAMES_MAX,
	.more = ctl_options,
	.run = run_sync,
};

const struct verb ctl_verb_reset = {
	.name = "ctl reset",
	.operands = "NAME...",
	.help = "forget what was learned of meters, then read them; stored values stay",
	.operands_min = 1,
	.operands_max = NAMES_MAX,
	.more = ctl_options,
	.run = run_reset,
};

const struct verb ctl_verb_state = {
	.name = "ctl state",
	.operands = "NAME...",
	.help = "show connection, synchronisation, meter and counters of accounts",
	.operands_min = 1,
	.operands_max = NAMES_MAX,
	.more = ctl_options,
	.run = run_state,
};

const struct verb ctl_verb_log = {
	.name = "ctl log",
	.operands = "NAME",
	.help = "list the last synchronisations of an account",
	.options = log_options,
	.operands_min = 1,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_log,
};
