/* SPDX-License-Identifier: MIT */
/* What happens, as server-sent events; and the ticket with which a browser opens the stream. */
#include "api/route_events.h"
#include "api/routes.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_MAX 10000 /* events that a client that comes back is told */
#define TICKETS_MAX 64
#define TICKET_LEN 32
#define TICKET_US UINT64_C(60000000)
#define EVENT_JSON_MAX 65536

struct listener {
	struct listener *next;
	struct live *live;
	struct http_stream *stream;
	uint32_t account; /* 0: all */
	char kind[STORE_NAME_MAX + 1]; /* "": all */
	uint8_t severity_max;
	uint64_t last_seq; /* told; older ones are not told again */
	bool replaying;
	struct buf held; /* events that came while the old ones are told */
};

struct ticket {
	char text[TICKET_LEN + 1];
	uint64_t until_us; /* 0: none */
	enum role role;
};

struct live {
	struct api *api;
	struct event_listener *heard;
	struct listener *listeners;
	struct ticket tickets[TICKETS_MAX];
};

static bool matches(const struct listener *l, const struct event *event, const char *kind)
{
	size_t len = strlen(l->kind);

	if (l->account && l->account != event->account)
		return false;
	if (l->severity_max && event->severity > l->severity_max)
		return false;
	if (len > 0 && l->kind[len - 1] == '.')
		return strncmp(l->kind, kind, len) == 0;
	return len == 0 || strcmp(l->kind, kind) == 0;
}

static void listener_free(struct listener *l)
{
	struct listener **at = &l->live->listeners;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	events_watch(l->live->api->config.events, -1);
	buf_done(&l->held);
	free(l);
}

static void ended(void *ctx, bool slow)
{
	struct listener *l = ctx;

	(void)slow; /* the server has told of it */
	l->stream = NULL;
	if (!l->replaying)
		listener_free(l);
}

/* What was sent before has its number; live events have none. */
static void tell(struct listener *l, uint64_t seq, const char *kind, const char *json, size_t len)
{
	char id[24];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)seq);
	if (seq && seq <= l->last_seq)
		return;
	if (seq)
		l->last_seq = seq;
	if (l->stream)
		http_stream_send(l->stream, seq ? id : NULL, kind, json, len);
}

/* Held events: seq, lengths, texts one after the other. */
struct held_head {
	uint64_t seq;
	uint32_t kind_len, len;
};

static void hold(struct listener *l, uint64_t seq, const char *kind, const char *json, size_t len)
{
	struct held_head head = {seq, (uint32_t)strlen(kind) + 1, (uint32_t)len};

	if (buf_room(&l->held) < sizeof(head) + head.kind_len + len)
		return; /* a client that comes back so late asks for the events, too */
	buf_add(&l->held, &head, sizeof(head));
	buf_add(&l->held, kind, head.kind_len);
	buf_add(&l->held, json, len);
}

static void release(struct listener *l)
{
	for (size_t at = 0; at < l->held.len;) {
		const char *p = (const char *)l->held.bytes + at;
		struct held_head head;

		memcpy(&head, p, sizeof(head));
		p += sizeof(head);
		tell(l, head.seq, p, p + head.kind_len, head.len);
		at += sizeof(head) + head.kind_len + head.len;
	}
	buf_done(&l->held);
}

static void heard(void *ctx, const struct event *event)
{
	struct live *live = ctx;
	const char *kind = event_kind_name(event->kind);
	struct store_event row = {
		.seq = event->seq,
		.time_ms = event->time_ms,
		.kind = kind,
		.severity = event->severity,
		.account = event->account,
		.bus = event->bus,
		.text = event->text,
		.data = event->data,
	};
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);

	if (!live->listeners || !kind)
		return;
	buf_init(&buf, EVENT_JSON_MAX);
	say_event(&j, &row, event->account_name ? event->account_name : "");
	for (struct listener *l = live->listeners; json_out_ok(&j) && l; l = l->next) {
		if (!matches(l, event, kind))
			continue;
		if (l->replaying)
			hold(l, event->seq, kind, (const char *)buf.bytes, buf.len);
		else
			tell(l, event->seq, kind, (const char *)buf.bytes, buf.len);
	}
	buf_done(&buf);
}

/* The stream begins with what was missed: it is read first, then the request becomes a stream. */
struct replay {
	struct listener *listener;
	struct store_event_filter filter;
	struct buf told;
};

static int on_missed(void *ctx, const struct store_event *event)
{
	struct call *c = ctx;
	struct replay *replay = c->ctx;
	struct held_head head = {event->seq, (uint32_t)strlen(event->kind) + 1, 0};
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);

	buf_init(&buf, EVENT_JSON_MAX);
	say_event(&j, event, NULL);
	head.len = (uint32_t)buf.len;
	if (json_out_ok(&j) && buf_room(&replay->told) > sizeof(head) + head.kind_len + head.len) {
		buf_add(&replay->told, &head, sizeof(head));
		buf_add(&replay->told, event->kind, head.kind_len);
		buf_add(&replay->told, buf.bytes, buf.len);
	}
	buf_done(&buf);
	return 0;
}

static int work_replay(struct call *c, struct store_reader *reader)
{
	struct replay *replay = c->ctx;
	int64_t rc = store_events(reader, &replay->filter, on_missed, c);

	return rc < 0 ? (int)rc : 0;
}

static void begin_stream(struct call *c, struct listener *l)
{
	l->stream = http_respond_stream(c->r, ended, l);
	l->replaying = false;
	if (!l->stream) {
		listener_free(l);
		return;
	}
	release(l);
}

static void finish_replay(struct call *c, int rc)
{
	struct replay *replay = c->ctx;
	struct listener *l = replay->listener;
	struct buf live = l->held;

	if (rc < 0) {
		buf_done(&replay->told);
		listener_free(l);
		problem_respond_error(c->r, rc, NULL);
		return;
	}
	l->held = replay->told; /* the old ones first */
	replay->told = (struct buf){0};
	if (live.len > 0 && buf_room(&l->held) >= live.len)
		buf_add(&l->held, live.bytes, live.len);
	buf_done(&live);
	begin_stream(c, l);
}

static struct listener *listener_new(struct call *c, uint32_t account)
{
	struct live *live = c->api->live;
	struct listener *l = calloc(1, sizeof(*l));
	const char *kind = call_text(c, "kind");

	if (!l)
		return NULL;
	l->live = live;
	l->account = account;
	l->severity_max = (uint8_t)call_count(c, "severity_max", 0);
	l->replaying = true;
	if (kind)
		snprintf(l->kind, sizeof(l->kind), "%s", kind);
	buf_init(&l->held, c->api->config.limits.stream_bytes ? c->api->config.limits.stream_bytes
							      : HTTP_STREAM_BYTES);
	l->next = live->listeners;
	live->listeners = l;
	events_watch(live->api->config.events, 1);
	return l;
}

/* Last-Event-ID of a browser that comes back, or after_seq. */
static uint64_t resume_seq(const struct call *c)
{
	const char *header = http_header(c->r, "Last-Event-ID");
	uint64_t seq;

	if (header && param_count(header, &seq))
		return seq;
	return call_count(c, "after_seq", UINT64_MAX);
}

static void get_stream(struct call *c)
{
	uint64_t after = resume_seq(c);
	struct replay *replay;
	struct listener *l;
	uint32_t account;

	if (!call_account_id(c, &account))
		return;
	l = listener_new(c, account);
	replay = c->ctx = calloc(1, sizeof(*replay));
	if (!l || !replay) {
		if (l)
			listener_free(l);
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	if (after == UINT64_MAX) {
		begin_stream(c, l);
		return;
	}
	l->last_seq = after;
	replay->listener = l;
	buf_init(&replay->told, l->held.max);
	replay->filter = (struct store_event_filter){
		.after_seq = after,
		.account = account,
		.severity_max = l->severity_max,
		.kind = *l->kind ? l->kind : NULL,
		.limit = REPLAY_MAX,
	};
	query_start_with(c, work_replay, finish_replay);
}

/* ---- tickets ---- */

static void post_ticket(struct call *c)
{
	struct live *live = c->api->live;
	struct ticket *ticket = &live->tickets[0];
	uint64_t now_us = loop_now_us(c->api->config.loop);
	uint8_t random[TICKET_LEN / 2];

	for (int i = 0; i < TICKETS_MAX; i++) {
		if (live->tickets[i].until_us < ticket->until_us)
			ticket = &live->tickets[i]; /* a free one, or the oldest */
	}
	if (RAND_bytes(random, sizeof(random)) != 1) {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no random numbers to be had");
		return;
	}
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(ticket->text + 2 * i, 3, "%02x", random[i]);
	ticket->until_us = now_us + TICKET_US;
	ticket->role = c->role;
	json_out_object(&c->j);
	say_text(&c->j, "ticket", ticket->text);
	say_u64(&c->j, "expires_s", TICKET_US / 1000000);
	json_out_end(&c->j);
	call_answer(c);
}

/* Once only. A ticket has 128 random bits, so the order of letters tells nothing in its minute. */
bool live_ticket_use(struct live *l, const char *ticket, enum role *ret_role)
{
	uint64_t now_us = loop_now_us(l->api->config.loop);

	for (int i = 0; i < TICKETS_MAX; i++) {
		struct ticket *t = &l->tickets[i];

		if (now_us >= t->until_us || strcmp(t->text, ticket) != 0)
			continue;
		*ret_role = t->role;
		*t = (struct ticket){0};
		return true;
	}
	return false;
}

/* ---- life ---- */

struct live *live_new(struct api *api)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	live->api = api;
	live->heard = events_listen(api->config.events, heard, live);
	if (live->heard)
		return live;
	free(live);
	return NULL;
}

void live_end(struct live *l)
{
	struct listener *next;

	events_unlisten(l->heard);
	l->heard = NULL;
	for (struct listener *at = l->listeners; at; at = next) {
		next = at->next;
		if (at->replaying)
			continue; /* finish_replay() frees it */
		http_stream_end(at->stream);
		listener_free(at);
	}
}

void live_free(struct live *l)
{
	if (!l)
		return;
	live_end(l);
	while (l->listeners)
		listener_free(l->listeners);
	free(l);
}

/* ---- the table ---- */

/* clang-format off */
static const struct schema_field ticket_fields[] = {
	{"ticket", "text", "for ticket= of one request, in place of a token"},
	{"expires_s", "integer", NULL},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Ticket", "a right for one request", ticket_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param stream_params[] = {
	EVENT_PARAMS,
	{"ticket", PARAM_TEXT, "of /stream/ticket, for browsers", 0, TICKET_LEN},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/stream", ROLE_VIEWER, get_stream, "getStream", "What happens, as server-sent events; Last-Event-ID goes on", stream_params, NULL, 200, "text/event-stream"},
	{"POST", "/stream/ticket", ROLE_VIEWER, post_ticket, "createTicket", "A ticket for one request, for browsers", NULL, NULL, 200, "Ticket"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_stream = {routes, schemas};
