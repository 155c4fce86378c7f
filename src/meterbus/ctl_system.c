/* SPDX-License-Identifier: MIT */
/* ctl: the daemon as a whole. */
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <stdio.h>

/* 0: the disk is the limit, and the line is left out. */
static void show_limit(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	int64_t n;

	if (json_in_i64(v, &n) && n > 0)
		ctl_show_bytes(c, v, cell);
}

/* clang-format off */
static const struct ctl_column status[] = {
	{"program",           "program",                   ctl_show_text, false},
	{"version",           "version",                   ctl_show_text, false},
	{"started",           "started",                   ctl_show_age, false},
	{"buses",             "buses",                     ctl_show_text, false},
	{"accounts",          "accounts.total",            ctl_show_text, false},
	{"  online",          "accounts.online",           ctl_show_count, false},
	{"  offline",         "accounts.offline",          ctl_show_bad_count, false},
	{"  suspended",       "accounts.suspended",        ctl_show_count, false},
	{"  failing",         "accounts.failing",          ctl_show_bad_count, false},
	{"synchronisations",  "readings.synchronisations", ctl_show_text, false},
	{"  failed",          "readings.failures",         ctl_show_bad_count, false},
	{"  missed",          "readings.missed",           ctl_show_bad_count, false},
	{"telegrams",         "readings.telegrams",        ctl_show_text, false},
	{"  not stored",      "readings.not_stored",       ctl_show_bad_count, false},
	{"store",             "store.state",               ctl_show_state, false},
	{"  since",           "store.since",               ctl_show_age, false},
	{"  error",           "store.error",               ctl_show_bad, false},
	{"  first telegram",  "store.first_seq",           ctl_show_text, false},
	{"  last telegram",   "store.last_seq",            ctl_show_text, false},
	{"  points (rows)",   "store.points_rows",         ctl_show_text, false},
	{"  events",          "store.events",              ctl_show_text, false},
	{"  on disk",         "store.disk_bytes",          ctl_show_bytes, false},
	{"  limit",           "store.max_bytes",           show_limit, false},
	{"  corrupt rows",    "store.corrupt_rows",        ctl_show_bad_count, false},
	{"  failed batches",  "store.failed_batches",      ctl_show_bad_count, false},
	{"connections",       "http.connections",          ctl_show_text, false},
	{"  streams",         "http.streams",              ctl_show_count, false},
	{"  refused",         "http.refused",              ctl_show_bad_count, false},
	{"  cut",             "http.cut",                  ctl_show_bad_count, false},
};
static const struct ctl_column health[] = {
	{"status", "status", ctl_show_state, false},
};
/* clang-format on */

static int ctl_status(struct ctl *c, const struct args *args)
{
	struct ctl_path path;

	(void)args;
	ctl_path(&path, "/status", NULL);
	return ctl_get_facts(c, &path, CTL_COLUMNS(status));
}

static int ctl_health(struct ctl *c, const struct args *args)
{
	struct ctl_path path;

	(void)args;
	ctl_path(&path, "/health", NULL);
	return ctl_get_facts(c, &path, CTL_COLUMNS(health));
}

/* ---- configuration ---- */

static void print_key(const char *section, struct json_in v)
{
	if (json_in_type(v) == JSON_IN_OBJECT)
		printf("\n[%s%s%s]\n", section, *section && *json_in_name(v) ? " " : "",
			json_in_name(v));
	else
		printf("%s%s = %s\n", json_in_there(v) ? "" : "# ", json_in_name(v),
			json_in_text(v));
}

/* Sections of keys, sections of named sections: as the file has them. */
static void print_section(const char *section, struct json_in of)
{
	for (struct json_in v = json_in_first(of); v.doc; v = json_in_next(v)) {
		if (json_in_type(v) != JSON_IN_OBJECT && json_in_type(v) != JSON_IN_ARRAY) {
			print_key(section, v);
			continue;
		}
		if (json_in_type(json_in_first(v)) != JSON_IN_OBJECT)
			print_key(section, v);
		print_section(json_in_name(v), v);
	}
}

static int ctl_config(struct ctl *c, const struct args *args)
{
	struct ctl_answer answer;
	struct ctl_path path;
	int rc;

	(void)args;
	ctl_path(&path, "/config", NULL);
	rc = ctl_call(c, "GET", &path, NULL, NULL, &answer);
	if (rc != EXIT_OK)
		return rc;
	if (c->json)
		ctl_print_raw(answer.root);
	else
		print_section("", answer.root);
	ctl_answer_done(&answer);
	return EXIT_OK;
}

static int ctl_reload(struct ctl *c, const struct args *args)
{
	static const struct ctl_column said[] = {{"", "text", ctl_show_text, false}};
	struct ctl_answer answer;
	struct ctl_path path;
	int rc;

	(void)args;
	ctl_path(&path, "/config/reload", NULL);
	rc = ctl_call(c, "POST", &path, NULL, NULL, &answer);
	if (rc != EXIT_OK)
		return rc;
	ctl_facts(c, answer.root, CTL_COLUMNS(said));
	if (!c->json && !*json_in_text(json_in_get(answer.root, "text")))
		talk_note("nothing has changed");
	ctl_answer_done(&answer);
	return EXIT_OK;
}

static int ctl_openapi(struct ctl *c, const struct args *args)
{
	struct ctl_answer answer;
	struct ctl_path path;
	int rc;

	(void)args;
	ctl_path(&path, "/openapi.json", NULL);
	rc = ctl_call(c, "GET", &path, NULL, NULL, &answer);
	if (rc != EXIT_OK)
		return rc;
	ctl_print_raw(answer.root);
	ctl_answer_done(&answer);
	return EXIT_OK;
}

/* ---- verbs ---- */

CTL_RUN(status)
CTL_RUN(health)
CTL_RUN(config)
CTL_RUN(reload)
CTL_RUN(openapi)

const struct verb ctl_verb_status = {
	.name = "ctl status",
	.operands = "",
	.help = "show how the daemon, its accounts and its store are",
	.examples = "meterbus ctl status\n",
	.more = ctl_options,
	.run = run_status,
};

const struct verb ctl_verb_health = {
	.name = "ctl health",
	.operands = "",
	.help = "show whether the daemon works; fails when it does not, needs no token",
	.examples = "meterbus ctl health || mail -s meterbusd root\n",
	.more = ctl_options,
	.run = run_health,
};

const struct verb ctl_verb_config = {
	.name = "ctl config",
	.operands = "",
	.help = "show the configuration in force, without secrets",
	.more = ctl_options,
	.run = run_config,
};

const struct verb ctl_verb_reload = {
	.name = "ctl reload",
	.operands = "",
	.help = "have the configuration read again; tells what needs a restart",
	.more = ctl_options,
	.run = run_reload,
};

const struct verb ctl_verb_openapi = {
	.name = "ctl openapi",
	.operands = "",
	.help = "print the OpenAPI document of the daemon",
	.examples = "meterbus ctl openapi > meterbus.json\n",
	.more = ctl_options,
	.run = run_openapi,
};
