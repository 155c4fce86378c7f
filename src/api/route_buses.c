/* SPDX-License-Identifier: MIT */
/* Buses: who holds one, who waits, and what a search finds on it. */
#include "api/route_accounts.h"
#include "api/routes.h"
#include "api/shape.h"
#include "bus/ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITERS_MAX 1000
#define SCANS_MAX 64 /* kept, running ones included */
#define SCAN_METERS_MAX 1000 /* of one search */
#define SCAN_NOTES_MAX 256
#define SCAN_WAIT_MAX_MS 60000

/* ---- searches ---- */

struct found {
	struct mb_secondary identity;
	struct mb_address address;
	uint32_t baud;
	uint8_t primary, flags;
	bool has_identity, has_primary;
};

struct scan_note {
	const char *name, *text;
	char address[MB_ADDRESS_TEXT_MAX];
	bool trouble;
};

/* A request that is answered when the search has ended, or its time is up. */
struct scan_wait {
	struct scan_wait *next;
	struct scan *scan;
	struct call *call; /* frees this when it is answered */
	struct loop_timer *timer;
};

struct scan {
	struct scan *next;
	struct scans *scans;
	struct port *port; /* our reference */
	struct port_scan job;
	struct mb_search_node *nodes;
	struct mb_search_progress progress;
	struct mb_search_done result;
	struct found *found;
	size_t n_found;
	struct scan_note notes[SCAN_NOTES_MAX];
	size_t n_notes;
	int64_t started_ms, ended_ms; /* ended 0: it runs */
	struct scan_wait *waits; /* only while it runs */
	char error[PORT_TEXT_MAX];
};

struct scans {
	struct api *api;
	struct scan *list; /* newest first; one a port */
	size_t n;
};

static struct scan *scan_find(const struct scans *scans, const struct port *port)
{
	struct scan *s = scans->list;

	while (s && s->port != port)
		s = s->next;
	return s;
}

static void scan_free(struct scan *s)
{
	struct scan **at = &s->scans->list;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at) {
		*at = s->next;
		s->scans->n--;
	}
	if (!s->ended_ms && s->job.event)
		port_scan_cancel(&s->job);
	ports_put(s->port);
	free(s->nodes);
	free(s->found);
	free(s);
}

struct scans *scans_new(struct api *api)
{
	struct scans *scans = calloc(1, sizeof(*scans));

	if (scans)
		scans->api = api;
	return scans;
}

void scans_free(struct scans *s)
{
	if (!s)
		return;
	while (s->list)
		scan_free(s->list);
	free(s);
}

static void answer_waits(struct scan *s);

void scans_stop(struct scans *s)
{
	for (struct scan *scan = s->list; scan; scan = scan->next)
		answer_waits(scan);
}

static void add_found(struct scan *s, const struct mb_search_event *event)
{
	if (s->n_found == SCAN_METERS_MAX)
		return;
	s->found[s->n_found++] = (struct found){
		.identity = event->identity,
		.address = event->address,
		.baud = event->baud,
		.primary = event->primary,
		.flags = event->flags,
		.has_identity = event->has_identity,
		.has_primary = event->has_primary,
	};
}

static void add_note(struct scan *s, const struct mb_search_event *event, bool trouble)
{
	struct scan_note *note = &s->notes[s->n_notes];

	if (s->n_notes == SCAN_NOTES_MAX)
		return;
	s->n_notes++;
	note->trouble = trouble;
	note->name =
		trouble ? mb_search_trouble_name(event->code) : mb_search_note_name(event->code);
	note->text =
		trouble ? mb_search_trouble_text(event->code) : mb_search_note_text(event->code);
	if (mb_address_format(&event->address, note->address, sizeof(note->address)) < 0)
		note->address[0] = '\0';
}

static void on_scan(struct port_scan *job, const struct mb_search_event *event)
{
	struct scan *s = job->ctx;

	s->progress = event->progress;
	if (event->type == MB_SEARCH_FOUND) {
		add_found(s, event);
	} else if (event->type == MB_SEARCH_TROUBLE || event->type == MB_SEARCH_NOTE) {
		add_note(s, event, event->type == MB_SEARCH_TROUBLE);
	} else if (event->type == MB_SEARCH_DONE) {
		s->result = event->done;
		s->ended_ms = loop_wall_ms(s->scans->api->config.loop);
		if (job->result < 0)
			snprintf(s->error, sizeof(s->error), "%s",
				job->error ? job->error : port_error_text(job->result));
		answer_waits(s);
	}
}

/* ---- buses ---- */

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

	json_out_key(&c->j, "queue");
	json_out_array(&c->j);
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

	json_out_object(&c->j);
	json_out_key(&c->j, "items");
	json_out_array(&c->j);
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

/* ---- searches: routes ---- */

static void say_found(struct json_out *j, const struct found *found)
{
	char text[MB_ADDRESS_TEXT_MAX];

	json_out_object(j);
	say_text(j, "address",
		mb_address_format(&found->address, text, sizeof(text)) > 0 ? text : "");
	json_out_key(j, "meter");
	if (found->has_identity)
		say_identity(j, &found->identity);
	else
		json_out_null(j);
	json_out_key(j, "primary");
	if (found->has_primary)
		json_out_u64(j, found->primary);
	else
		json_out_null(j);
	say_u64(j, "baud_rate", found->baud);
	say_bool(j, "other_identity", found->flags & MB_SEARCH_OTHER_IDENTITY);
	say_bool(j, "no_data", found->flags & MB_SEARCH_NO_DATA);
	say_bool(j, "bad_data", found->flags & MB_SEARCH_BAD_DATA);
	say_bool(j, "twin", found->flags & MB_SEARCH_TWIN);
	json_out_end(j);
}

static void say_note(struct json_out *j, const struct scan_note *note)
{
	json_out_object(j);
	say_bool(j, "trouble", note->trouble);
	say_text(j, "name", note->name ? note->name : "");
	say_text(j, "text", note->text ? note->text : "");
	say_text(j, "address", note->address);
	json_out_end(j);
}

static void say_scan_progress(struct json_out *j, const struct mb_search_progress *progress)
{
	say_u64(j, "part_ppm", progress->part_ppm);
	say_u64(j, "selections", progress->selections);
	say_u64(j, "bus_ms", progress->bus_us / 1000);
	json_out_key(j, "eta_ms");
	if (progress->eta_us == MB_NEVER)
		json_out_null(j);
	else
		json_out_u64(j, progress->eta_us / 1000);
}

static void say_scan(struct call *c, const struct scan *s)
{
	struct json_out *j = &c->j;
	bool complete = s->ended_ms && s->result.complete && !*s->error;

	json_out_object(j);
	say_text(j, "bus", port_name(s->port));
	say_text(j, "kind", s->job.config.kind == MB_SEARCH_PRIMARY ? "primary" : "secondary");
	say_text(j, "state", s->ended_ms ? "done" : "running");
	say_time(j, "started", s->started_ms);
	say_time(j, "ended", s->ended_ms);
	say_scan_progress(j, &s->progress);
	say_bool(j, "complete", complete);
	say_text(j, "reason",
		s->ended_ms && !complete ? mb_search_reason_text(s->result.reason) : NULL);
	say_text(j, "error", *s->error ? s->error : NULL);
	json_out_key(j, "found");
	json_out_array(j);
	for (size_t i = 0; i < s->n_found; i++)
		say_found(j, &s->found[i]);
	json_out_end(j);
	json_out_key(j, "notes");
	json_out_array(j);
	for (size_t i = 0; i < s->n_notes; i++)
		say_note(j, &s->notes[i]);
	json_out_end(j);
	json_out_end(j);
}

static bool configure_scope(const json_t *body, struct mb_search_config *config)
{
	const char *text = body_text(body, "scope");
	struct mb_address address;

	if (!text)
		return true;
	if (mb_address_parse(text, &address) < 0 || address.type != MB_ADDRESS_SECONDARY)
		return false;
	config->has_scope = true;
	config->scope = address.secondary;
	return true;
}

static bool configure_bauds(const json_t *body, struct mb_search_config *config)
{
	json_t *baud;
	size_t i;

	json_array_foreach(json_object_get(body, "bauds"), i, baud)
	{
		json_int_t n = json_integer_value(baud);

		if (i == MB_SEARCH_BAUDS_MAX || n < 50 || n > 4000000)
			return false;
		config->bauds[config->n_bauds++] = (uint32_t)n;
	}
	return true;
}

static bool configure(const json_t *body, struct mb_search_config *config)
{
	const char *kind = body_text(body, "kind");
	int64_t first = body_integer(body, "first", 0), last = body_integer(body, "last", 0);

	if (kind && strcmp(kind, "primary") == 0)
		config->kind = MB_SEARCH_PRIMARY;
	if (first < 0 || last < first || last > 250)
		return false;
	config->first = (uint8_t)first;
	config->last = (uint8_t)last;
	config->ask_silent = body_flag(body, "ask_silent", false);
	config->verify = body_flag(body, "verify", false);
	config->hex = body_flag(body, "hex", false);
	config->max_us = (uint64_t)body_integer(body, "max_s", 0) * 1000000;
	return configure_scope(body, config) && configure_bauds(body, config);
}

/* The oldest that has ended makes room. */
static void make_room(struct scans *scans)
{
	struct scan *oldest = NULL;

	for (struct scan *s = scans->list; s; s = s->next) {
		if (s->ended_ms)
			oldest = s;
	}
	if (scans->n >= SCANS_MAX && oldest)
		scan_free(oldest);
}

/* Takes the reference to the port. */
static struct scan *scan_new(struct scans *scans, struct port *port)
{
	struct scan *s = calloc(1, sizeof(*s));

	if (!s) {
		ports_put(port);
		return NULL;
	}
	s->scans = scans;
	s->port = port;
	s->nodes = calloc(MB_SEARCH_NODES(SCAN_METERS_MAX), sizeof(*s->nodes));
	s->found = calloc(SCAN_METERS_MAX, sizeof(*s->found));
	s->started_ms = loop_wall_ms(scans->api->config.loop);
	if (s->nodes && s->found)
		return s;
	scan_free(s);
	return NULL;
}

static void run_scan(struct call *c, struct scan *s)
{
	struct scans *scans = c->api->scans;
	struct scan *old = scan_find(scans, s->port);
	int rc;

	s->job.config.nodes = s->nodes;
	s->job.config.n_nodes = MB_SEARCH_NODES(SCAN_METERS_MAX);
	s->job.event = on_scan;
	s->job.ctx = s;
	snprintf(s->job.who, sizeof(s->job.who), "%s", c->who);
	rc = port_scan_start(s->port, &s->job);
	if (rc < 0) {
		s->job.event = NULL; /* nothing to cancel */
		scan_free(s);
		problem_respond_error(
			c->r, rc, rc == MB_E_BUSY ? "this bus is being searched already" : NULL);
		return;
	}
	if (old)
		scan_free(old);
	s->next = scans->list;
	scans->list = s;
	scans->n++;
	say_scan(c, s);
	call_answer(c);
}

static void post_scan(struct call *c)
{
	struct port *port = call_port(c);
	struct scans *scans = c->api->scans;
	struct scan *s;

	if (!port)
		return;
	make_room(scans);
	if (scans->n >= SCANS_MAX) {
		ports_put(port);
		problem_respond(
			c->r, PROBLEM_UNAVAILABLE, "%d buses are being searched", SCANS_MAX);
		return;
	}
	s = scan_new(scans, port);
	if (!s) {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	if (configure(c->body, &s->job.config)) {
		run_scan(c, s);
		return;
	}
	scan_free(s);
	problem_respond(c->r, PROBLEM_INVALID,
		"first and last are 0..250, scope is a secondary address with wildcards, bauds are "
		"at most %d",
		MB_SEARCH_BAUDS_MAX);
}

static struct scan *call_scan(struct call *c)
{
	struct port *port = call_port(c);
	struct scan *s;

	if (!port)
		return NULL;
	s = scan_find(c->api->scans, port);
	ports_put(port);
	if (!s)
		problem_respond(c->r, PROBLEM_NOT_FOUND, "this bus was not searched");
	return s;
}

static void wait_over(void *ctx)
{
	struct scan_wait *w = ctx, **at = &w->scan->waits;
	struct call *c = w->call;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	loop_timer_free(w->timer);
	if (call_over(c))
		return;
	say_scan(c, w->scan);
	call_answer(c);
}

static void answer_waits(struct scan *s)
{
	while (s->waits)
		wait_over(s->waits);
}

/* False: it cannot wait. */
static bool scan_wait(struct call *c, struct scan *s, uint64_t wait_ms)
{
	struct loop *loop = c->api->config.loop;
	struct scan_wait *w = c->ctx = calloc(1, sizeof(*w));

	if (!w)
		return false;
	w->timer = loop_timer_new(loop, wait_over, w);
	if (!w->timer)
		return false;
	w->call = c;
	w->scan = s;
	w->next = s->waits;
	s->waits = w;
	loop_timer_set(w->timer, loop_now_us(loop) + wait_ms * 1000);
	return true;
}

static void get_scan(struct call *c)
{
	uint64_t wait_ms = call_count(c, "wait_ms", 0);
	struct scan *s = call_scan(c);

	if (!s)
		return;
	if (wait_ms && !s->ended_ms && !c->api->stopping && scan_wait(c, s, wait_ms))
		return;
	say_scan(c, s);
	call_answer(c);
}

static void delete_scan(struct call *c)
{
	struct scan *s = call_scan(c);

	if (!s)
		return;
	if (!s->ended_ms)
		port_scan_cancel(&s->job); /* what it has found stays to be asked for */
	else
		scan_free(s);
	call_done(c);
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
static const struct schema_field found_fields[] = {
	{"address", "text", "selects this meter alone"},
	{"meter", "~Meter", NULL},
	{"primary", "~integer", NULL},
	{"baud_rate", "integer", NULL},
	{"other_identity", "flag", "its answer carries another identity than selects it"},
	{"no_data", "flag", NULL},
	{"bad_data", "flag", NULL},
	{"twin", "flag", "told from another one by its fabrication number only"},
	{NULL, NULL, NULL},
};
static const struct schema_field note_fields[] = {
	{"trouble", "flag", NULL},
	{"name", "text", NULL},
	{"text", "text", NULL},
	{"address", "text", "where"},
	{NULL, NULL, NULL},
};
static const struct schema_field scan_fields[] = {
	{"bus", "text", NULL},
	{"kind", "secondary|primary", NULL},
	{"state", "running|done", NULL},
	{"started", "~time", NULL},
	{"ended", "~time", NULL},
	{"part_ppm", "integer", "of the work, as far as is known"},
	{"selections", "integer", NULL},
	{"bus_ms", "integer", NULL},
	{"eta_ms", "~integer", NULL},
	{"complete", "flag", "nobody was missed"},
	{"reason", "~text", "why it is not complete"},
	{"error", "~text", NULL},
	{"found", "[ScanFound]", NULL},
	{"notes", "[ScanNote]", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field order_fields[] = {
	{"kind", "?secondary|primary", NULL},
	{"first", "?integer", "primary: 0..250"},
	{"last", "?integer", NULL},
	{"ask_silent", "?flag", "primary: ask for data also where nobody acknowledges"},
	{"scope", "?text", "secondary: only these, e.g. 1234FFFF"},
	{"hex", "?flag", "secondary: digits A-F, too"},
	{"verify", "?flag", "read each meter again by its full address"},
	{"bauds", "?[integer]", "speeds, one after the other"},
	{"max_s", "?integer", "bound of the time on the bus"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Bus", "one port and its arbiter", bus_fields, NULL},
	{"Buses", "a page of buses", buses_fields, NULL},
	{"BusWaiter", "someone who has a bus or waits for it", waiter_fields, NULL},
	{"BusCounters", "since the start", counter_fields, NULL},
	{"Scan", "a search and what it has found", scan_fields, NULL},
	{"ScanFound", "a meter", found_fields, NULL},
	{"ScanNote", "something the search noticed", note_fields, NULL},
	{"ScanOrder", "what to search", order_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param list_params[] = {
	{"named", PARAM_FLAG, "only those of the configuration", 0, 0},
	{"cursor", PARAM_COUNT, "next of the page before", 1, PORTS_MAX},
	{"limit", PARAM_COUNT, "items of a page", 1, API_PAGE_MAX},
	{NULL, 0, NULL, 0, 0},
};
static const struct route_param scan_params[] = {
	{"wait_ms", PARAM_COUNT, "answer when it has ended, or after so long", 1, SCAN_WAIT_MAX_MS},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/buses", ROLE_VIEWER, list_buses, "listBuses", "Buses, named or not", list_params, NULL, 200, "Buses"},
	{"GET", "/buses/{name}", ROLE_VIEWER, get_bus, "getBus", "One bus with its queue", NULL, NULL, 200, "Bus"},
	{"GET", "/buses/{name}/scan", ROLE_VIEWER, get_scan, "getScan", "The last search of a bus", scan_params, NULL, 200, "Scan"},
	{"POST", "/buses/{name}/scan", ROLE_OPERATOR, post_scan, "startScan", "Search a bus, beside all that is read on it", NULL, "?ScanOrder", 202, "Scan"},
	{"DELETE", "/buses/{name}/scan", ROLE_OPERATOR, delete_scan, "endScan", "End a search; once it has ended, forget it", NULL, NULL, 204, NULL},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_buses = {routes, schemas};
