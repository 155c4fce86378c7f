/* SPDX-License-Identifier: MIT */
#include "api/api_impl.h"
#include "api/routes.h"

#include <sys/resource.h>

/* Alive, and the store takes data: for a supervisor. */
static void get_health(struct call *c)
{
	struct store_queue_status queue;

	store_queue_status(c->api->config.queue, &queue);
	if (queue.state != STORE_QUEUE_OK) {
		problem_respond_error(c->r, queue.error, NULL);
		return;
	}
	json_out_object(&c->j);
	say_text(&c->j, "status", "ok");
	json_out_end(&c->j);
	call_answer(c);
}

static void say_totals(struct call *c)
{
	struct collector_totals totals;
	struct json_out *j = &c->j;

	collector_totals(c->api->config.collector, &totals);
	json_out_key(j, "accounts");
	json_out_object(j);
	say_u64(j, "total", totals.accounts);
	say_u64(j, "online", totals.online);
	say_u64(j, "offline", totals.offline);
	say_u64(j, "suspended", totals.suspended);
	say_u64(j, "failing", totals.failing);
	json_out_end(j);
	json_out_key(j, "readings");
	json_out_object(j);
	say_u64(j, "synchronisations", totals.syncs);
	say_u64(j, "failures", totals.failures);
	say_u64(j, "missed", totals.missed);
	say_u64(j, "telegrams", totals.telegrams);
	say_u64(j, "not_stored", totals.not_stored);
	json_out_end(j);
}

static void say_store(struct call *c)
{
	static const char *const states[] = {"ok", "full", "failing"};
	struct store_queue_status queue;
	struct store_stats stats;
	struct json_out *j = &c->j;

	store_stats(c->api->config.store, &stats);
	store_queue_status(c->api->config.queue, &queue);
	json_out_key(j, "store");
	json_out_object(j);
	say_text(j, "state", states[queue.state]);
	say_time(j, "since", queue.since_ms);
	say_text(j, "error", queue.error ? store_error_text(queue.error) : NULL);
	say_u64(j, "epoch", stats.epoch & INT64_MAX);
	say_u64(j, "first_seq", stats.first_seq);
	say_u64(j, "last_seq", stats.last_seq);
	say_u64(j, "telegrams", stats.rows[STORE_TELEGRAMS]);
	say_u64(j, "points_rows", stats.rows[STORE_POINTS]);
	say_u64(j, "events", stats.rows[STORE_EVENTS]);
	say_u64(j, "disk_bytes", stats.disk_bytes);
	say_u64(j, "free_bytes", stats.free_bytes);
	say_u64(j, "max_bytes", stats.max_bytes);
	say_u64(j, "corrupt_rows", stats.corrupt);
	say_u64(j, "commits", queue.commits);
	say_u64(j, "failed_batches", queue.failed + queue.refused);
	say_u64(j, "commit_us_last", queue.commit_us_last);
	say_u64(j, "commit_us_max", queue.commit_us_max);
	json_out_end(j);
}

static void say_http(struct call *c)
{
	struct http_totals totals;
	struct json_out *j = &c->j;

	http_totals(c->api->http, &totals);
	json_out_key(j, "http");
	json_out_object(j);
	say_u64(j, "connections", totals.connections);
	say_u64(j, "streams", totals.streams);
	say_u64(j, "accepted", totals.accepted);
	say_u64(j, "refused", totals.refused);
	say_u64(j, "requests", totals.requests);
	say_u64(j, "cut", totals.cut);
	json_out_end(j);
}

static void get_status(struct call *c)
{
	struct rusage usage = {0};
	struct json_out *j = &c->j;

	getrusage(RUSAGE_SELF, &usage);
	json_out_object(j);
	say_text(j, "program", "meterbusd");
	say_text(j, "version", METERBUS_VERSION);
	say_time(j, "time", loop_wall_ms(c->api->config.loop));
	say_time(j, "started", c->api->started_ms);
	say_u64(j, "buses", ports_count(c->api->config.ports));
	say_u64(j, "memory_kib", (uint64_t)usage.ru_maxrss);
	say_totals(c);
	say_store(c);
	say_http(c);
	json_out_end(j);
	call_answer(c);
}

static void get_openapi(struct call *c)
{
	if (!openapi_write(&c->buf))
		c->j.failed = true;
	call_answer(c);
}

static void get_config(struct call *c)
{
	const struct api_config *config = &c->api->config;

	if (!config->config_json) {
		problem_respond(c->r, PROBLEM_NOT_FOUND, "this process has no configuration");
		return;
	}
	c->j.failed = !config->config_json(config->ctx, &c->buf);
	call_answer(c);
}

static void post_reload(struct call *c)
{
	const struct api_config *config = &c->api->config;
	char text[API_ERROR_MAX] = "";

	if (!config->reload) {
		problem_respond(c->r, PROBLEM_CONFLICT, "this process has nothing to reload");
		return;
	}
	if (config->reload(config->ctx, text, sizeof(text)) < 0) {
		problem_respond(c->r, PROBLEM_CONFLICT, "%s", text);
		return;
	}
	json_out_object(&c->j);
	say_text(&c->j, "text", text);
	json_out_end(&c->j);
	call_answer(c);
}

/* clang-format off */
static const struct schema_field health_fields[] = {
	{"status", "text", "ok; anything else is a problem"},
	{NULL, NULL, NULL},
};
static const struct schema_field status_fields[] = {
	{"program", "text", NULL},
	{"version", "text", NULL},
	{"time", "time", "of the daemon's clock"},
	{"started", "time", NULL},
	{"buses", "integer", "ports that are known, named or not"},
	{"memory_kib", "integer", "largest resident memory so far"},
	{"accounts", "StatusAccounts", NULL},
	{"readings", "StatusReadings", "since the start"},
	{"store", "StatusStore", NULL},
	{"http", "StatusHttp", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field status_accounts_fields[] = {
	{"total", "integer", NULL},
	{"online", "integer", NULL},
	{"offline", "integer", NULL},
	{"suspended", "integer", NULL},
	{"failing", "integer", "the last synchronisation failed"},
	{NULL, NULL, NULL},
};
static const struct schema_field status_readings_fields[] = {
	{"synchronisations", "integer", NULL},
	{"failures", "integer", NULL},
	{"missed", "integer", "due, but not read"},
	{"telegrams", "integer", NULL},
	{"not_stored", "integer", "lost because the store did not take them"},
	{NULL, NULL, NULL},
};
static const struct schema_field status_store_fields[] = {
	{"state", "ok|full|failing", NULL},
	{"since", "~time", "of this state"},
	{"error", "~text", NULL},
	{"epoch", "integer", "random; a copy of the store has another one"},
	{"first_seq", "integer", "of telegrams; 0: none"},
	{"last_seq", "integer", NULL},
	{"telegrams", "integer", NULL},
	{"points_rows", "integer", NULL},
	{"events", "integer", NULL},
	{"disk_bytes", "integer", NULL},
	{"free_bytes", "integer", "inside the files"},
	{"max_bytes", "integer", "0: no limit"},
	{"corrupt_rows", "integer", "met since the start"},
	{"commits", "integer", NULL},
	{"failed_batches", "integer", NULL},
	{"commit_us_last", "integer", NULL},
	{"commit_us_max", "integer", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field status_http_fields[] = {
	{"connections", "integer", NULL},
	{"streams", "integer", NULL},
	{"accepted", "integer", NULL},
	{"refused", "integer", "connections beyond the limits"},
	{"requests", "integer", NULL},
	{"cut", "integer", "connections that were too slow or had to give way"},
	{NULL, NULL, NULL},
};
static const struct schema_field problem_fields[] = {
	{"type", "text", "urn:meterbus:problem:NAME"},
	{"title", "text", NULL},
	{"status", "integer", NULL},
	{"detail", "?text", "what is wrong here, and what to do"},
	{"errors", "?[ProblemError]", "one for each property"},
	{"error_count", "?integer", "may be more than are listed"},
	{NULL, NULL, NULL},
};
static const struct schema_field problem_error_fields[] = {
	{"property", "text", "\"port\", \"accounts[7].port\"; \"\" for the whole"},
	{"detail", "text", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field said_fields[] = {
	{"text", "text", "what was done, and what could not be"},
	{NULL, NULL, NULL},
};

static const struct schema schemas[] = {
	{"Health", "whether the daemon works", health_fields, NULL},
	{"Status", "the daemon as a whole", status_fields, NULL},
	{"StatusAccounts", "accounts by state", status_accounts_fields, NULL},
	{"StatusReadings", "what was read", status_readings_fields, NULL},
	{"StatusStore", "the store", status_store_fields, NULL},
	{"StatusHttp", "the API itself", status_http_fields, NULL},
	{"Problem", "an error (RFC 9457)", problem_fields, NULL},
	{"ProblemError", "what is wrong with one property", problem_error_fields, NULL},
	{"Said", "a sentence", said_fields, NULL},
	{NULL, NULL, NULL, NULL},
};

static const struct route routes[] = {
	{"GET", "/health", ROLE_PUBLIC, get_health, "getHealth", "Does the daemon work?", NULL, NULL, 200, "Health"},
	{"GET", "/openapi.json", ROLE_PUBLIC, get_openapi, "getOpenapi", "This document", NULL, NULL, 200, "application/json"},
	{"GET", "/status", ROLE_VIEWER, get_status, "getStatus", "The daemon as a whole", NULL, NULL, 200, "Status"},
	{"GET", "/config", ROLE_MANAGER, get_config, "getConfig", "The configuration in force, without secrets", NULL, NULL, 200, "application/json"},
	{"POST", "/config/reload", ROLE_MANAGER, post_reload, "reloadConfig", "Read the configuration again", NULL, NULL, 200, "Said"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_system = {routes, schemas};
