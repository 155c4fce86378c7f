/* SPDX-License-Identifier: MIT */
#include "api/route_accounts.h"
#include "api/routes.h"
#include "api/shape.h"
#include "collect/collect_error.h"

#include <meterbus/names.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOG_MAX 1000

static const char *const kinds[] = {"full", "partial", "connect"};

/* ---- what is known ---- */

static void say_report(struct json_out *j, const struct sync_report *report)
{
	json_out_object(j);
	say_text(j, "kind", kinds[report->kind]);
	say_bool(j, "scheduled", report->scheduled);
	say_i64(j, "result", report->result);
	say_text(j, "result_text", sync_result_text(report->result));
	say_i64(j, "error", report->error);
	say_text(j, "error_name", report->error ? collect_error_name(report->error) : NULL);
	say_text(j, "text", report->text && *report->text ? report->text : NULL);
	say_time(j, "due", report->due_ms);
	say_time(j, "start", report->start_ms);
	say_u64(j, "wait_ms", report->wait_ms);
	say_u64(j, "duration_ms", report->duration_ms);
	say_bool(j, "metadata", report->metadata);
	say_u64(j, "telegrams", report->telegrams);
	say_u64(j, "attempts", report->attempts);
	say_u64(j, "readings", report->readings);
	say_u64(j, "history", report->history);
	say_u64(j, "seq", report->seq);
	json_out_end(j);
}

void say_identity(struct json_out *j, const struct mb_secondary *meter)
{
	char id[16], maker[5];

	snprintf(id, sizeof(id), "%08" PRIX32, meter->id);
	mb_manufacturer_letters(meter->manufacturer, maker);
	json_out_object(j);
	say_text(j, "identification", id);
	say_text(j, "manufacturer", maker);
	say_text(j, "manufacturer_name", mb_manufacturer_name(meter->manufacturer));
	say_u64(j, "version", meter->version);
	say_u64(j, "medium", meter->medium);
	say_text(j, "medium_text", mb_medium_text(meter->medium));
	json_out_end(j);
}

static void say_counters(struct json_out *j, const struct account_state *state)
{
	say_u64(j, "synchronisations", state->syncs);
	say_u64(j, "failures", state->failures);
	say_u64(j, "missed", state->missed);
	say_u64(j, "telegrams", state->telegrams);
	say_u64(j, "timeouts", state->timeouts);
	say_u64(j, "checksum_errors", state->checksums);
	say_u64(j, "repeats", state->repeats);
}

static void say_state(struct call *c, const struct account *account)
{
	struct account_state state;
	struct json_out *j = &c->j;

	if (!collector_state(c->api->config.collector, account->id, &state))
		return;
	json_out_object(j);
	say_text(j, "name", account->name);
	say_u64(j, "id", account->id);
	say_text(j, "connection", connection_status_name(state.connection));
	say_time(j, "connection_since", state.connection_ms);
	say_text(j, "synchronisation", sync_status_name(state.sync));
	say_bool(j, "answering", state.answering);
	say_time(j, "next_due", state.next_due_ms);
	say_time(j, "last_online", state.online_ms);
	say_time(j, "last_offline", state.offline_ms);
	json_out_key(j, "last");
	if (state.has_last)
		say_report(j, &state.last);
	else
		json_out_null(j);
	json_out_key(j, "meter");
	if (state.has_identity)
		say_identity(j, &state.identity);
	else
		json_out_null(j);
	say_u64(j, "status_byte", state.status_byte);
	json_out_key(j, "clock_drift_s");
	if (state.has_drift)
		json_out_i64(j, state.drift_s);
	else
		json_out_null(j);
	say_counters(j, &state);
	json_out_end(j);
}

static void list_states(struct call *c)
{
	account_page(c, say_state);
}

static void get_state(struct call *c)
{
	const struct account *account = call_account(c);

	if (!account)
		return;
	say_state(c, account);
	call_answer(c);
}

static void get_log(struct call *c)
{
	const struct account *account = call_account(c);
	const struct sync_report *reports[LOG_MAX];
	size_t n;

	if (!account)
		return;
	n = collector_log(c->api->config.collector, account->id, reports,
		(size_t)call_count(c, "limit", LOG_MAX));
	say_items(&c->j);
	for (size_t i = 0; i < n; i++)
		say_report(&c->j, reports[i]);
	json_out_end(&c->j);
	json_out_end(&c->j);
	call_answer(c);
}

/* ---- orders ---- */

static void synced(void *ctx, const struct sync_report *report)
{
	struct call *c = ctx;

	if (call_over(c))
		return;
	say_report(&c->j, report);
	call_answer(c);
}

static void forget(void *ctx, const struct sync_report *report)
{
	(void)ctx, (void)report;
}

static enum sync_kind kind_of(const json_t *body)
{
	const char *word = body_text(body, "kind");

	if (body_text(body, "key"))
		return SYNC_PARTIAL;
	return word && strcmp(word, "connect") == 0 ? SYNC_CONNECT : SYNC_FULL;
}

static void refused(struct call *c, int rc)
{
	if (rc == STORE_E_FULL)
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "too many wait for this account");
	else
		problem_respond_error(c->r, rc, NULL);
}

/* Without an answer to wait for, the state tells the rest. */
static void answer_begun(struct call *c, const struct account *account)
{
	struct sync_report report = {.account = account->id, .text = "begun"};

	report.start_ms = loop_wall_ms(c->api->config.loop);
	say_report(&c->j, &report);
	call_answer(c);
}

static void post_sync(struct call *c)
{
	const struct account *account = call_account(c);
	bool wait = body_flag(c->body, "wait", true);
	const char *word = body_text(c->body, "kind");
	struct sync_request request = {
		.kind = kind_of(c->body),
		.key = body_text(c->body, "key"),
		.who = c->who,
	};
	int rc;

	if (!account)
		return;
	if ((word && strcmp(word, "partial") == 0) != (request.key != NULL)) {
		problem_respond(c->r, PROBLEM_INVALID, "kind partial and key belong together");
		return;
	}
	rc = collector_sync(c->api->config.collector, account->id, &request, wait ? synced : forget,
		wait ? (void *)c : (void *)c->api);
	if (rc < 0)
		refused(c, rc);
	else if (!wait)
		answer_begun(c, account);
}

static void post_reset(struct call *c)
{
	const struct account *account = call_account(c);
	int rc;

	if (!account)
		return;
	rc = collector_reset(c->api->config.collector, account->id, c->who, synced, c);
	if (rc < 0)
		refused(c, rc);
}

/* ---- the table ---- */

/* clang-format off */
static const struct schema_field report_fields[] = {
	{"kind", "full|partial|connect", NULL},
	{"scheduled", "flag", "else on demand"},
	{"result", "integer", "0 is success"},
	{"result_text", "text", NULL},
	{"error", "integer", "0: none"},
	{"error_name", "~text", NULL},
	{"text", "~text", "more about it"},
	{"due", "~time", "slot of the schedule"},
	{"start", "~time", NULL},
	{"wait_ms", "integer", "for the bus"},
	{"duration_ms", "integer", "on the bus"},
	{"metadata", "flag", "metadata were read"},
	{"telegrams", "integer", NULL},
	{"attempts", "integer", NULL},
	{"readings", "integer", NULL},
	{"history", "integer", "points that were new"},
	{"seq", "integer", "first telegram in the store, 0: none"},
	{NULL, NULL, NULL},
};
static const struct schema_field meter_fields[] = {
	{"identification", "text", "eight digits, A-F possible"},
	{"manufacturer", "text", "three letters"},
	{"manufacturer_name", "~text", NULL},
	{"version", "integer", NULL},
	{"medium", "integer", NULL},
	{"medium_text", "~text", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field state_fields[] = {
	{"name", "text", "of the account"},
	{"id", "integer", NULL},
	{"connection", "offline|online|suspended|unknown|maintenance", "the port is open, or the host connected"},
	{"connection_since", "~time", NULL},
	{"synchronisation", "ok|waiting|error|undefined|connecting|reading-metadata|synchronizing", NULL},
	{"answering", "flag", "the last read got an answer"},
	{"next_due", "~time", NULL},
	{"last_online", "~time", NULL},
	{"last_offline", "~time", NULL},
	{"last", "~SyncReport", "the last synchronisation that ended"},
	{"meter", "~Meter", "who answered last"},
	{"status_byte", "integer", "of the meter"},
	{"clock_drift_s", "~integer", "the meter's clock minus ours"},
	{"synchronisations", "integer", "since the start, as all that follow"},
	{"failures", "integer", NULL},
	{"missed", "integer", NULL},
	{"telegrams", "integer", NULL},
	{"timeouts", "integer", NULL},
	{"checksum_errors", "integer", NULL},
	{"repeats", "integer", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field states_fields[] = {
	{"items", "[AccountState]", NULL},
	{"next", "~text", "cursor of the next page"},
	{NULL, NULL, NULL},
};
static const struct schema_field log_fields[] = {
	{"items", "[SyncReport]", "newest first"},
	{NULL, NULL, NULL},
};
static const struct schema_field sync_fields[] = {
	{"kind", "?full|partial|connect", "all; one reading; only open the port"},
	{"key", "?text", "of the reading, with kind partial"},
	{"wait", "?flag", "answer when it has ended (the default), or at once"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"SyncReport", "how a synchronisation ended", report_fields, NULL},
	{"Meter", "who a meter is", meter_fields, NULL},
	{"AccountState", "connection and synchronisation of an account", state_fields, NULL},
	{"AccountStates", "a page of states", states_fields, NULL},
	{"SyncLog", "the last synchronisations", log_fields, NULL},
	{"SyncOrder", "what to synchronise", sync_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param log_params[] = {
	{"limit", PARAM_COUNT, "items", 1, LOG_MAX},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/states", ROLE_VIEWER, list_states, "listStates", "States of accounts", account_list_params, NULL, 200, "AccountStates"},
	{"GET", "/accounts/{name}/state", ROLE_VIEWER, get_state, "getState", "State of an account", NULL, NULL, 200, "AccountState"},
	{"GET", "/accounts/{name}/log", ROLE_VIEWER, get_log, "getLog", "The last synchronisations of an account", log_params, NULL, 200, "SyncLog"},
	{"POST", "/accounts/{name}/sync", ROLE_OPERATOR, post_sync, "sync", "Read the meter now", NULL, "?SyncOrder", 200, "SyncReport"},
	{"POST", "/accounts/{name}/reset", ROLE_OPERATOR, post_reset, "reset", "Forget what was learned of the meter, then read it", NULL, NULL, 200, "SyncReport"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_sync = {routes, schemas};
