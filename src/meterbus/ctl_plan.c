/* SPDX-License-Identifier: MIT */
/* ctl: does the schedule fit the buses? */
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <stdio.h>

static const struct option_row options[] = {
	{"from", 0, ARG_TEXT, "TIME", "the first day that begins then or later (now)", NULL},
	{0},
};

static void show_fits(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	(void)c;
	snprintf(cell->text, sizeof(cell->text), "%s", json_in_flag(v) ? "yes" : "no");
	cell->style = json_in_flag(v) ? STYLE_GOOD : STYLE_BAD;
}

/* "12 readings", or how else it is known. */
static void show_source(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	int64_t n = 0;

	(void)c;
	if (json_in_i64(v, &n) && n > 0)
		snprintf(cell->text, sizeof(cell->text), "%d reading%s", (int)n, n == 1 ? "" : "s");
	else
		snprintf(cell->text, sizeof(cell->text), "computed");
}

/* clang-format off */
static const struct ctl_column list[] = {
	{"BUS",      "bus",       ctl_show_text, false},
	{"FITS",     "fits",      show_fits, false},
	{"BUSY",     "busy_ppm",  ctl_show_ppm, true},
	{"ACCOUNTS", "scheduled", ctl_show_text, true},
	{"COMPUTED", "computed",  ctl_show_count, true},
	{"SLOTS",    "slots",     ctl_show_text, true},
	{"MISSED",   "missed",    ctl_show_bad_count, true},
	{"LATEST",   "latest_ms", ctl_show_ms, true},
	{"WORST",    "worst",     ctl_show_text, false},
};
static const struct ctl_column facts[] = {
	{"bus",        "bus",       ctl_show_text, false},
	{"fits",       "fits",      show_fits, false},
	{"busy",       "busy_ppm",  ctl_show_ppm, false},
	{"from",       "from",      ctl_show_time, false},
	{"to",         "to",        ctl_show_time, false},
	{"accounts",   "scheduled", ctl_show_text, false},
	{"  computed", "computed",  ctl_show_count, false},
	{"slots",      "slots",     ctl_show_text, false},
	{"  missed",   "missed",    ctl_show_bad_count, false},
	{"latest",     "latest_ms", ctl_show_ms, false},
	{"  account",  "worst",     ctl_show_text, false},
};
static const struct ctl_column accounts[] = {
	{"ACCOUNT",  "account",     ctl_show_text, false},
	{"INDEX",    "index",       ctl_show_count, true},
	{"PERIOD",   "period",      ctl_show_text, true},
	{"TAKES",    "duration_ms", ctl_show_ms, true},
	{"FROM",     "readings",    show_source, false},
	{"SLOTS",    "slots",       ctl_show_text, true},
	{"READ",     "read",        ctl_show_text, true},
	{"MISSED",   "missed",      ctl_show_bad_count, true},
	{"LATEST",   "latest_ms",   ctl_show_ms, true},
};
/* clang-format on */

static int ask(
	struct ctl *c, const struct args *args, const char *bus, struct ctl_answer *ret_answer)
{
	struct ctl_path path;

	ctl_path(&path, "/buses/", bus, "/plan", NULL);
	ctl_query_args(&path, args, "from");
	return ctl_call(c, "GET", &path, NULL, NULL, ret_answer);
}

static int show_bus(struct ctl *c, const struct args *args, const char *bus)
{
	struct ctl_answer answer;
	struct ctl_table t;
	int rc = ask(c, args, bus, &answer);

	if (rc != EXIT_OK)
		return rc;
	ctl_facts(c, answer.root, CTL_COLUMNS(facts));
	if (!c->json) {
		putchar('\n');
		ctl_table_init(&t, c, CTL_COLUMNS(accounts));
		for (struct json_in v = json_in_first(json_in_get(answer.root, "accounts"));
			json_in_there(v); v = json_in_next(v))
			ctl_table_row(&t, v, v);
		ctl_table_done(&t);
	}
	ctl_answer_done(&answer);
	return EXIT_OK;
}

struct listing {
	struct ctl *ctl;
	const struct args *args;
	struct ctl_table table;
};

static int on_bus(void *ctx, struct json_in bus)
{
	struct listing *l = ctx;
	struct ctl_answer answer;
	int rc = ask(l->ctl, l->args, json_in_text(json_in_get(bus, "name")), &answer);

	if (rc != EXIT_OK)
		return rc;
	ctl_table_row(&l->table, answer.root, answer.root);
	ctl_answer_done(&answer);
	return EXIT_OK;
}

static int ctl_plan(struct ctl *c, const struct args *args)
{
	struct listing l = {.ctl = c, .args = args};
	struct ctl_path path;
	int rc;

	if (args->operand_count)
		return show_bus(c, args, args->operands[0]);
	ctl_path(&path, "/buses", NULL);
	ctl_table_init(&l.table, c, CTL_COLUMNS(list));
	rc = ctl_each(c, &path, 0, on_bus, &l);
	ctl_table_done(&l.table);
	if (rc == EXIT_OK && !l.table.shown && !c->json)
		talk_note("no buses");
	return rc;
}

CTL_RUN(plan)

const struct verb ctl_verb_plan = {
	.name = "ctl plan",
	.operands = "[BUS]",
	.help = "see whether the schedule fits the buses, and what will be late",
	.details =
		"Plays a day of the schedule; nothing is read. A reading takes as long as the last "
		"good\n"
		"ones of its meter did; of a meter that was never read it is computed, for a "
		"usual\n"
		"answer at this speed. Late is the time from a slot to the end of its reading, "
		"missed\n"
		"what was not read before the next slot. Readings on demand, retries, searches "
		"and\n"
		"foreign masters are not in it.\n",
	.examples = "meterbus ctl plan\n"
		    "meterbus ctl plan roof\n"
		    "meterbus ctl plan roof --json | jq '.accounts[] | select(.missed > 0)'\n",
	.options = options,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_plan,
};
