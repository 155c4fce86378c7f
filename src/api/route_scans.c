/* SPDX-License-Identifier: MIT */
/* A search of a bus: its start, what it has found so far, its end. */
#include "api/route_accounts.h"
#include "api/routes.h"
#include "api/scans.h"
#include "api/shape.h"
#include "bus/ports.h"

#include <string.h>

#define SCAN_WAIT_MAX_MS 60000

static void say_found(struct json_out *j, const struct scan_found *found)
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
	say_array(j, "found");
	for (size_t i = 0; i < s->n_found; i++)
		say_found(j, &s->found[i]);
	json_out_end(j);
	say_array(j, "notes");
	for (size_t i = 0; i < s->n_notes; i++)
		say_note(j, &s->notes[i]);
	json_out_end(j);
	json_out_end(j);
}

static void answer(struct call *c, const struct scan *s)
{
	say_scan(c, s);
	call_answer(c);
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

static void start(struct call *c, struct scan *s)
{
	int rc = scan_start(s, c->who);

	if (rc < 0) {
		scan_free(s);
		problem_respond_error(
			c->r, rc, rc == MB_E_BUSY ? "this bus is being searched already" : NULL);
		return;
	}
	answer(c, s);
}

static void post_scan(struct call *c)
{
	struct port *port = call_port(c);
	struct scans *scans = c->api->scans;
	struct scan *s;

	if (!port)
		return;
	if (!scans_have_room(scans)) {
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
		start(c, s);
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

static void get_scan(struct call *c)
{
	uint64_t wait_ms = call_count(c, "wait_ms", 0);
	struct scan *s = call_scan(c);

	if (!s)
		return;
	if (wait_ms && !s->ended_ms && !c->api->stopping && scan_wait(c, s, wait_ms, answer))
		return;
	answer(c, s);
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
	{"Scan", "a search and what it has found", scan_fields, NULL},
	{"ScanFound", "a meter", found_fields, NULL},
	{"ScanNote", "something the search noticed", note_fields, NULL},
	{"ScanOrder", "what to search", order_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param scan_params[] = {
	{"wait_ms", PARAM_COUNT, "answer when it has ended, or after so long", 1, SCAN_WAIT_MAX_MS},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/buses/{name}/scan", ROLE_VIEWER, get_scan, "getScan", "The last search of a bus", scan_params, NULL, 200, "Scan"},
	{"POST", "/buses/{name}/scan", ROLE_OPERATOR, post_scan, "startScan", "Search a bus, beside all that is read on it", NULL, "?ScanOrder", 202, "Scan"},
	{"DELETE", "/buses/{name}/scan", ROLE_OPERATOR, delete_scan, "endScan", "End a search; once it has ended, forget it", NULL, NULL, 204, NULL},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_scans = {routes, schemas};
