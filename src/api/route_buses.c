/* SPDX-License-Identifier: MIT */
/* Buses: who holds one, and who waits. */
#include "api/api_impl.h"
#include "api/routes.h"
#include "bus/ports.h"

#include <stdlib.h>
#include <string.h>

#define WAITERS_MAX 1000 /* shown of one queue */

struct port *call_port(struct call *c)
{
	struct ports *ports = c->api->config.ports;
	struct port *port = ports_find(ports, c->values[0]), *p = NULL;

	while (!port && (p = ports_next(ports, p)) != NULL) {
		if (strcmp(port_url_name(p), c->values[0]) == 0)
			ports_get(ports, port_url(p), &port);
	}
	if (!port)
		problem_respond(c->r, PROBLEM_NOT_FOUND, "there is no bus '%s'", c->values[0]);
	return port;
}

/* Of the clock of the loop, as a moment of the wall clock. */
static int64_t wall_of(const struct api *api, uint64_t us)
{
	struct loop *loop = api->config.loop;
	uint64_t now_us = loop_now_us(loop);

	if (us == 0 || us == MB_NEVER)
		return 0;
	return loop_wall_ms(loop) + ((int64_t)us - (int64_t)now_us) / 1000;
}

static const char *const priorities[] = {"background", "scheduled", "interactive"};

static void say_waiter(struct call *c, const struct port_waiter *waiter)
{
	json_out_object(&c->j);
	say_text(&c->j, "who", waiter->who);
	say_text(&c->j, "priority", priorities[waiter->priority % 3]);
	say_time(&c->j, "since", wall_of(c->api, waiter->since_us));
	json_out_end(&c->j);
}

static void say_port_counters(struct json_out *j, const struct port_counters *n)
{
	json_out_key(j, "counters");
	json_out_object(j);
	say_u64(j, "dialogues", n->dialogues);
	say_u64(j, "failed", n->failed);
	say_u64(j, "dropped", n->dropped);
	say_u64(j, "frames", n->frames);
	say_u64(j, "telegrams", n->telegrams);
	say_u64(j, "timeouts", n->timeouts);
	say_u64(j, "checksum_errors", n->checksums);
	say_u64(j, "received_bytes", n->received);
	say_u64(j, "sent_bytes", n->sent);
	say_u64(j, "stray_bytes", n->stray);
	say_u64(j, "opened", n->opened);
	say_u64(j, "lost", n->lost);
	json_out_end(j);
}

static void say_queue(struct call *c, const struct port *port)
{
	struct port_waiter *waiters = calloc(WAITERS_MAX, sizeof(*waiters));
	size_t n = waiters ? port_waiters(port, waiters, WAITERS_MAX) : 0;

	say_array(&c->j, "queue");
	for (size_t i = 0; i < n; i++)
		say_waiter(c, &waiters[i]);
	json_out_end(&c->j);
	free(waiters);
}

static void say_port(struct call *c, const struct port *port, bool queue)
{
	struct port_status status;
	struct json_out *j = &c->j;

	port_status(port, &status);
	json_out_object(j);
	say_text(j, "name", port_name(port));
	say_text(j, "url", port_url_name(port));
	say_bool(j, "named", port_named(port));
	say_text(j, "state", port_state_name(status.state));
	say_time(j, "since", wall_of(c->api, status.since_us));
	say_time(j, "retry", status.state == PORT_FAILED ? wall_of(c->api, status.retry_us) : 0);
	say_text(j, "error", *status.error ? status.error : NULL);
	say_text(j, "warning", *status.warning ? status.warning : NULL);
	json_out_key(j, "holder");
	if (status.held)
		say_waiter(c, &status.holder);
	else
		json_out_null(j);
	say_u64(j, "waiting", status.waiting);
	if (queue)
		say_queue(c, port);
	say_bool(j, "scanning", status.scanning);
	say_u64(j, "wait_p50_ms", status.wait_p50_ms);
	say_u64(j, "wait_max_ms", status.wait_max_ms);
	say_u64(j, "busy_ppm", status.busy_ppm);
	say_port_counters(j, &status.counters);
	json_out_end(j);
}

/* The cursor counts: ports keep their order, and rarely come and go. */
static void list_buses(struct call *c)
{
	const struct ports *ports = c->api->config.ports;
	uint64_t limit = call_count(c, "limit", API_PAGE), from = call_count(c, "cursor", 0), n = 0;
	bool named = call_flag(c, "named");
	const struct port *port = NULL;
	uint64_t given = 0;

	say_items(&c->j);
	while ((port = ports_next(ports, port)) != NULL) {
		if (named && !port_named(port))
			continue;
		if (n++ < from)
			continue;
		if (given++ == limit)
			break;
		say_port(c, port, false);
	}
	json_out_end(&c->j);
	say_next_u64(&c->j, port ? from + limit : 0);
	json_out_end(&c->j);
	call_answer(c);
}

static void get_bus(struct call *c)
{
	struct port *port = call_port(c);

	if (!port)
		return;
	say_port(c, port, true);
	ports_put(port);
	call_answer(c);
}

/* ---- the table ---- */

/* clang-format off */
static const struct schema_field waiter_fields[] = {
	{"who", "text", NULL},
	{"priority", "background|scheduled|interactive", NULL},
	{"since", "~time", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field counter_fields[] = {
	{"dialogues", "integer", NULL},
	{"failed", "integer", "without success"},
	{"dropped", "integer", "never begun"},
	{"frames", "integer", "sent"},
	{"telegrams", "integer", "good answers"},
	{"timeouts", "integer", NULL},
	{"checksum_errors", "integer", NULL},
	{"received_bytes", "integer", NULL},
	{"sent_bytes", "integer", NULL},
	{"stray_bytes", "integer", "came while nobody had asked"},
	{"opened", "integer", NULL},
	{"lost", "integer", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field bus_fields[] = {
	{"name", "text", "of the configuration; else its URL"},
	{"url", "text", NULL},
	{"named", "flag", NULL},
	{"state", "closed|connecting|open|failed", NULL},
	{"since", "~time", "of this state"},
	{"retry", "~time", "failed: when it is opened again"},
	{"error", "~text", "of the last failure"},
	{"warning", "~text", NULL},
	{"holder", "~BusWaiter", "who has it now"},
	{"waiting", "integer", NULL},
	{"queue", "?[BusWaiter]", "in their order; only for one bus"},
	{"scanning", "flag", NULL},
	{"wait_p50_ms", "integer", NULL},
	{"wait_max_ms", "integer", NULL},
	{"busy_ppm", "integer", "of the last minutes"},
	{"counters", "BusCounters", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field buses_fields[] = {
	{"items", "[Bus]", NULL},
	{"next", "~text", "cursor of the next page"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Bus", "one port and its arbiter", bus_fields, NULL},
	{"Buses", "a page of buses", buses_fields, NULL},
	{"BusWaiter", "someone who has a bus or waits for it", waiter_fields, NULL},
	{"BusCounters", "since the start", counter_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param list_params[] = {
	{"named", PARAM_FLAG, "only those of the configuration", 0, 0},
	{"cursor", PARAM_COUNT, "next of the page before", 1, PORTS_MAX},
	{"limit", PARAM_COUNT, "items of a page", 1, API_PAGE_MAX},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/buses", ROLE_VIEWER, list_buses, "listBuses", "Buses, named or not", list_params, NULL, 200, "Buses"},
	{"GET", "/buses/{name}", ROLE_VIEWER, get_bus, "getBus", "One bus with its queue", NULL, NULL, 200, "Bus"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_buses = {routes, schemas};
