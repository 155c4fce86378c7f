/* SPDX-License-Identifier: MIT */
/* ctl: who uses the gateway. */
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_stream.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The sum of all reasons; nothing for 0. */
static void show_drops(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	int64_t sum = 0, n;

	(void)c;
	for (struct json_in drop = json_in_first(v); json_in_there(drop);
		drop = json_in_next(drop)) {
		if (json_in_i64(drop, &n))
			sum += n;
	}
	if (sum)
		snprintf(cell->text, sizeof(cell->text), "%" PRId64, sum);
	cell->style = STYLE_BAD;
}

/* clang-format off */
static const struct ctl_column list[] = {
	{"ID",       "id",              ctl_show_text, true},
	{"KIND",     "kind",            ctl_show_text, false},
	{"LISTENER", "listener",        ctl_show_text, false},
	{"PEER",     "peer",            ctl_show_text, false},
	{"TLS",      "secure",          ctl_show_flag, false},
	{"USER",     "user",            ctl_show_text, false},
	{"SINCE",    "since",           ctl_show_age, false},
	{"ACTIVE",   "active",          ctl_show_age, false},
	{"IN",       "bytes_in",        ctl_show_bytes, true},
	{"OUT",      "bytes_out",       ctl_show_bytes, true},
	{"BUS",      "bus.name",        ctl_show_text, false},
	{"TURNS",    "bus.turns",       ctl_show_count, true},
	{"WAIT",     "bus.wait_p50_ms", ctl_show_ms, true},
	{"LONGEST",  "bus.wait_max_ms", ctl_show_ms, true},
	{"DROPPED",  "bus.dropped",     show_drops, true},
};
static const struct ctl_column facts[] = {
	{"client",           "id",                    ctl_show_text, false},
	{"kind",             "kind",                  ctl_show_text, false},
	{"listener",         "listener",              ctl_show_text, false},
	{"peer",             "peer",                  ctl_show_text, false},
	{"user",             "user",                  ctl_show_text, false},
	{"TLS",              "secure",                ctl_show_flag, false},
	{"since",            "since",                 ctl_show_age, false},
	{"active",           "active",                ctl_show_age, false},
	{"received",         "bytes_in",              ctl_show_bytes, false},
	{"sent",             "bytes_out",             ctl_show_bytes, false},
	{"bus",              "bus.name",              ctl_show_text, false},
	{"  protocol",       "bus.protocol",          ctl_show_text, false},
	{"  mode",           "bus.mode",              ctl_show_text, false},
	{"  turns",          "bus.turns",             ctl_show_text, false},
	{"  wait (median)",  "bus.wait_p50_ms",       ctl_show_ms, false},
	{"  wait (longest)", "bus.wait_max_ms",       ctl_show_ms, false},
	{"  broken",         "bus.dropped.broken",    ctl_show_bad_count, false},
	{"  too late",       "bus.dropped.stale",     ctl_show_bad_count, false},
	{"  sent again",     "bus.dropped.again",     ctl_show_bad_count, false},
	{"  not selected",   "bus.dropped.selection", ctl_show_bad_count, false},
	{"  refused",        "bus.dropped.refused",   ctl_show_bad_count, false},
};
static const struct ctl_column events[] = {
	{"TIME",     "time",            ctl_show_time, false},
	{"ID",       "data.client",     ctl_show_text, true},
	{"TEXT",     "text",            ctl_show_text, false},
};
/* clang-format on */

struct following {
	struct ctl_table table;
	const struct args *args;
};

static bool is_wanted(const struct following *f, struct json_in event, const char *name)
{
	const char *wanted = args_value(f->args, name);

	return !wanted || strcmp(wanted, json_in_text(ctl_at(event, name))) == 0;
}

/* A line at once. */
static bool print_event(void *ctx, struct json_in event)
{
	struct following *f = ctx;
	struct json_in data = json_in_get(event, "data");

	if (is_wanted(f, data, "kind") && is_wanted(f, data, "listener"))
		ctl_table_row(&f->table, event, event);
	ctl_table_flush(&f->table);
	fflush(stdout);
	return !ferror(stdout);
}

static int follow(struct ctl *c, const struct args *args)
{
	struct following f = {.args = args};
	struct ctl_path path;
	int rc;

	ctl_path(&path, "/stream", NULL);
	ctl_query(&path, "kind", "client.");
	ctl_table_init(&f.table, c, CTL_COLUMNS(events));
	rc = ctl_stream(c, &path, &(struct ctl_stream){.event = print_event, .ctx = &f});
	ctl_table_done(&f.table);
	return rc;
}

static int ctl_clients(struct ctl *c, const struct args *args)
{
	struct ctl_path path;
	int rc;

	if (args->operand_count) {
		ctl_path(&path, "/clients/", args->operands[0], NULL);
		return ctl_get_facts(c, &path, CTL_COLUMNS(facts));
	}
	ctl_path(&path, "/clients", NULL);
	ctl_query_args(&path, args, "kind listener");
	rc = ctl_list(c, &path, 0, CTL_COLUMNS(list), "nobody is connected");
	return rc == EXIT_OK && args_has(args, "follow") ? follow(c, args) : rc;
}

static int ctl_disconnect(struct ctl *c, const struct args *args)
{
	struct ctl_path path;
	int all = EXIT_OK;

	for (unsigned i = 0; i < args->operand_count; i++) {
		int rc;

		ctl_path(&path, "/clients/", args->operands[i], NULL);
		rc = ctl_do(c, "DELETE", &path, NULL);
		all = i == 0 ? rc : exit_merge(all, rc);
	}
	return all;
}

CTL_RUN(clients)
CTL_RUN(disconnect)

static const struct option_row options[] = {
	{"kind", 0, ARG_CHOICE, "KIND", "only these", "at transparent"},
	{"listener", 0, ARG_TEXT, "NAME", "only those of this one", NULL},
	{"follow", 'F', ARG_TEXT, NULL, "then show who comes and goes", NULL},
	{0},
};

const struct verb ctl_verb_clients = {
	.name = "ctl clients",
	.operands = "[ID]",
	.help = "list who is connected to the gateway: AT interfaces and transparent ports",
	.examples = "meterbus ctl clients\n"
		    "meterbus ctl clients --follow\n"
		    "meterbus ctl clients 17\n",
	.options = options,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_clients,
};

const struct verb ctl_verb_disconnect = {
	.name = "ctl disconnect",
	.operands = "ID...",
	.help = "disconnect clients of the gateway",
	.examples = "meterbus ctl disconnect 17\n",
	.operands_min = 1,
	.operands_max = 1000,
	.more = ctl_options,
	.run = run_disconnect,
};
