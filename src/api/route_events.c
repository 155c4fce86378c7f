/* SPDX-License-Identifier: MIT */
/* What happened, from the store. */
#include "api/route_events.h"
#include "api/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 10000 /* items of a page */

void say_event(struct json_out *j, const struct store_event *event, const char *account)
{
	json_out_object(j);
	say_u64(j, "seq", event->seq);
	say_time(j, "time", event->time_ms);
	say_text(j, "kind", event->kind);
	say_u64(j, "severity", event->severity);
	say_u64(j, "account_id", event->account);
	if (account)
		say_text(j, "account", account);
	say_text(j, "bus", event->bus && *event->bus ? event->bus : NULL);
	say_text(j, "text", event->text ? event->text : "");
	json_out_key(j, "data");
	if (event->data && *event->data)
		json_out_raw(j, event->data, strlen(event->data));
	else
		json_out_null(j);
	json_out_end(j);
}

struct wanted {
	struct store_event_filter filter;
	char kind[STORE_NAME_MAX + 1];
	struct seq_page page;
};

static int on_event(void *ctx, const struct store_event *event)
{
	struct call *c = ctx;
	struct wanted *wanted = c->ctx;

	if (!seq_page_takes(&wanted->page, event->seq))
		return 1;
	say_event(&c->j, event, NULL);
	return c->j.failed;
}

static int work(struct call *c, struct store_reader *reader)
{
	struct wanted *wanted = c->ctx;
	int64_t rc;

	say_items(&c->j);
	rc = store_events(reader, &wanted->filter, on_event, c);
	json_out_end(&c->j);
	say_next_u64(&c->j, wanted->page.next);
	json_out_end(&c->j);
	return rc < 0 ? (int)rc : 0;
}

static void list_events(struct call *c)
{
	struct wanted *wanted;
	const char *kind = call_text(c, "kind"), *order = call_text(c, "order");
	uint64_t cursor = call_count(c, "cursor", 0);
	uint32_t account;

	if (!call_account_id(c, &account))
		return;
	wanted = c->ctx = calloc(1, sizeof(*wanted));
	if (!wanted) {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	if (kind)
		snprintf(wanted->kind, sizeof(wanted->kind), "%s", kind);
	wanted->page.limit = (uint32_t)call_count(c, "limit", API_PAGE);
	wanted->filter = (struct store_event_filter){
		.after_seq = call_count(c, "after_seq", 0),
		.from_ms = call_time(c, "from", 0),
		.to_ms = call_time(c, "to", 0),
		.account = account,
		.severity_max = (uint8_t)call_count(c, "severity_max", 0),
		.kind = kind ? wanted->kind : NULL,
		.newest_first = !order || strcmp(order, "newest") == 0,
		.limit = wanted->page.limit + 1,
	};
	if (cursor && wanted->filter.newest_first)
		wanted->filter.before_seq = cursor + 1;
	else if (cursor)
		wanted->filter.after_seq = cursor - 1;
	query_start(c, work);
}

/* ---- the table ---- */

/* clang-format off */
static const struct schema_field event_fields[] = {
	{"seq", "integer", "in the store; 0: only in the live stream"},
	{"time", "~time", NULL},
	{"kind", "text", "account.offline, sync.failed, values ..."},
	{"severity", "integer", "as syslog: 1 alert, 3 error, 4 warning, 5 notice, 6 information, 7 live only"},
	{"account_id", "integer", "0: of none"},
	{"account", "?text", "its name, in the live stream"},
	{"bus", "~text", NULL},
	{"text", "text", "one sentence"},
	{"data", "any", "an object, or null"},
	{NULL, NULL, NULL},
};
static const struct schema_field events_fields[] = {
	{"items", "[Event]", NULL},
	{"next", "~text", "cursor of the next page"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Event", "something that happened", event_fields, NULL},
	{"Events", "a page of events", events_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param list_params[] = {
	EVENT_PARAMS,
	{"from", PARAM_TIME, "first time", 0, 0},
	{"to", PARAM_TIME, "last time", 0, 0},
	{"order", PARAM_WORD, "newest|oldest: comes first", 0, 0},
	{"cursor", PARAM_COUNT, "next of the page before", 1, INT64_MAX},
	{"limit", PARAM_COUNT, "items of a page", 1, EVENTS_MAX},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/events", ROLE_VIEWER, list_events, "listEvents", "What happened", list_params, NULL, 200, "Events"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_events = {routes, schemas};
