/* SPDX-License-Identifier: MIT */
#include "gateway/transparent.h"

#include "base/clock.h"
#include "bus/port_raw.h"
#include "gateway/rfc2217_server.h"
#include "gateway/scdata.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUNG_UP "the client has hung up"
#define NO_ROOM "the client does not take what it is sent"

struct transparent {
	struct port *port;
	struct transparent_options options; /* without those of the acceptor */
	char bus[PORT_NAME_MAX];
	struct acceptor *acceptor;
};

/* One client of it. */
struct member {
	struct transparent *t;
	struct conn *conn;
	struct rfc2217_server *serial; /* NULL: plain bytes */
	struct mb_line line; /* its own; baud 0: the bus's */
	bool raw; /* which of the two it is */
	bool last_words; /* it says no more, but is to hear the answer */
	bool cut; /* nothing more is sent */
	union {
		struct port_guest as_guest;
		struct port_raw as_raw;
	};
};

static const char *const protocols[] = {
#define MB_X(name, text) text,
	TRANSPARENT_PROTOCOL_MAP(MB_X)};
static const char *const modes[] = {TRANSPARENT_MODE_MAP(MB_X)
#undef MB_X
};

/* ---- to the client: all or nothing, so that no frame is torn ---- */

static bool has_room(struct member *m, size_t n)
{
	if (!m->cut && conn_room(m->conn) < n) {
		m->cut = true;
		conn_cut(m->conn, NO_ROOM);
	}
	return !m->cut;
}

static void send_plain(void *ctx, const uint8_t *bytes, size_t n)
{
	struct member *m = ctx;

	if (has_room(m, n))
		(void)conn_send(m->conn, bytes, n);
}

static void tell(struct member *m, const uint8_t *bytes, size_t n)
{
	if (!m->serial)
		send_plain(m, bytes, n);
	else if (has_room(m, RFC2217_SENT_MAX(n)))
		rfc2217_server_data(m->serial, bytes, n);
}

static void on_guest_bytes(struct port_guest *guest, const uint8_t *bytes, size_t n)
{
	tell(guest->ctx, bytes, n);
}

static void on_raw_bytes(struct port_raw *raw, const uint8_t *bytes, size_t n)
{
	tell(raw->ctx, bytes, n);
}

/* ---- its line ---- */

static void its_line(void *ctx, struct mb_line *ret_line)
{
	const struct member *m = ctx;

	*ret_line = m->line.baud ? m->line : port_path(m->t->port)->line;
}

/* A bus behind plain TCP has the line of its converter. */
static bool can_set(const struct port *port)
{
	enum stream_kind kind = port_url(port)->kind;

	return kind == STREAM_SERIAL || kind == STREAM_RFC2217;
}

static bool set_its_line(void *ctx, const struct mb_line *line)
{
	struct member *m = ctx;

	if (!can_set(m->t->port) || !scdata_baud(line->baud))
		return false;
	m->line = *line;
	if (m->raw)
		port_raw_set_line(&m->as_raw, line);
	else
		m->as_guest.line = *line;
	return true;
}

static void purge(void *ctx)
{
	struct member *m = ctx;

	if (m->raw)
		port_raw_purge(&m->as_raw);
	else
		port_guest_purge(&m->as_guest);
}

/* ---- from the client ---- */

static size_t give(struct member *m, const uint8_t *bytes, size_t n)
{
	if (m->raw)
		return port_raw_feed(&m->as_raw, bytes, n);
	port_guest_feed(&m->as_guest, bytes, n);
	return n;
}

static void give_byte(void *ctx, uint8_t byte)
{
	(void)give(ctx, &byte, 1); /* on_rx() has asked whether there is room */
}

static const struct rfc2217_server_ops serial_ops = {
	.data = give_byte,
	.send = send_plain,
	.line = its_line,
	.set_line = set_its_line,
	.purge = purge,
};

static size_t on_rx(void *ctx, const uint8_t *bytes, size_t n)
{
	struct member *m = ctx;

	if (!m->serial)
		return give(m, bytes, n);
	for (size_t i = 0; i < n; i++) {
		if (m->raw && !port_raw_room(&m->as_raw))
			return i;
		if (rfc2217_server_rx(m->serial, bytes[i]) == 0)
			continue;
		conn_close(m->conn, "this is no telnet as RFC 2217 wants it");
		return n;
	}
	return n;
}

static void on_raw_room(struct port_raw *raw)
{
	struct member *m = raw->ctx;

	conn_resume(m->conn);
}

/* ---- its end ---- */

static bool idle(const struct member *m)
{
	return m->raw ? port_raw_idle(&m->as_raw) : port_guest_idle(&m->as_guest);
}

static void leave_when_idle(struct member *m)
{
	if (m->last_words && idle(m))
		conn_close(m->conn, HUNG_UP);
}

static void on_guest_idle(struct port_guest *guest)
{
	leave_when_idle(guest->ctx);
}

static void on_raw_idle(struct port_raw *raw)
{
	leave_when_idle(raw->ctx);
}

/* As who pipes a question into it does, and waits. */
static void on_end(void *ctx)
{
	struct member *m = ctx;

	m->last_words = true;
	if (m->raw)
		port_raw_said_all(&m->as_raw);
	leave_when_idle(m);
}

static bool on_busy(void *ctx)
{
	return !idle(ctx);
}

static void member_free(struct member *m)
{
	if (m->raw)
		port_raw_close(&m->as_raw);
	else
		port_guest_close(&m->as_guest);
	rfc2217_server_free(m->serial);
	free(m);
}

static void on_ended(void *ctx, const char *reason)
{
	(void)reason;
	member_free(ctx);
}

static const struct conn_ops conn_ops = {
	.rx = on_rx,
	.end = on_end,
	.busy = on_busy,
	.ended = on_ended,
};

/* ---- its beginning ---- */

static void tell_bus(void *ctx, struct client_bus *ret)
{
	const struct member *m = ctx;
	const struct transparent_options *o = &m->t->options;
	const struct port_waits *waits = m->raw ? &m->as_raw.waits : &m->as_guest.waits;

	*ret = (struct client_bus){
		.bus = m->t->bus,
		.protocol = protocols[o->protocol],
		.mode = modes[o->mode],
		.turns = m->raw ? m->as_raw.turns : m->as_guest.turns,
		.wait_p50_us = port_waits_p50_ms(waits) * (uint64_t)US_PER_MS,
		.wait_max_us = waits->max_ms * (uint64_t)US_PER_MS,
	};
	memcpy(ret->dropped, m->raw ? m->as_raw.dropped : m->as_guest.dropped,
		sizeof(ret->dropped));
}

static int open_guest(struct member *m, const char *who)
{
	const struct transparent_options *o = &m->t->options;

	m->as_guest.priority = PORT_SCHEDULED; /* takes turns with the schedule */
	m->as_guest.stale_ms = o->stale_ms;
	m->as_guest.on_bytes = on_guest_bytes;
	m->as_guest.on_idle = on_guest_idle;
	m->as_guest.ctx = m;
	snprintf(m->as_guest.who, sizeof(m->as_guest.who), "%s", who);
	return port_guest_open(m->t->port, &m->as_guest);
}

static int open_raw(struct member *m, const char *who)
{
	const struct transparent_options *o = &m->t->options;

	m->as_raw.priority = PORT_SCHEDULED;
	m->as_raw.stale_ms = o->stale_ms;
	m->as_raw.quiet_ms = o->quiet_ms;
	m->as_raw.turn_max_ms = o->turn_max_ms;
	m->as_raw.on_bytes = on_raw_bytes;
	m->as_raw.on_room = on_raw_room;
	m->as_raw.on_idle = on_raw_idle;
	m->as_raw.ctx = m;
	snprintf(m->as_raw.who, sizeof(m->as_raw.who), "%s", who);
	return port_raw_open(m->t->port, &m->as_raw);
}

static struct member *member_new(struct transparent *t, struct conn *conn)
{
	struct member *m = calloc(1, sizeof(*m));
	char who[PORT_WHO_MAX];

	if (!m)
		return NULL;
	m->t = t;
	m->conn = conn;
	m->raw = t->options.mode == TRANSPARENT_RAW;
	snprintf(who, sizeof(who), "transparent %.*s", (int)(sizeof(who) - sizeof("transparent ")),
		conn_client(conn)->peer);
	if (t->options.protocol == TRANSPARENT_RFC2217)
		m->serial = rfc2217_server_new(&serial_ops, m);
	if ((t->options.protocol == TRANSPARENT_RFC2217 && !m->serial) ||
		(m->raw ? open_raw(m, who) : open_guest(m, who)) < 0) {
		rfc2217_server_free(m->serial);
		free(m);
		return NULL;
	}
	return m;
}

void transparent_take(struct transparent *t, struct conn *conn)
{
	struct member *m = member_new(t, conn);
	struct client *client = conn_client(conn);

	if (!m) {
		conn_close(conn, "no memory");
		return;
	}
	client->bus = tell_bus;
	client->bus_ctx = m;
	conn_use(conn, &conn_ops, m);
}

static void on_client(void *ctx, struct conn *conn)
{
	transparent_take(ctx, conn);
}

/* ---- the whole ---- */

static int check(const struct transparent_options *o, char *ret_err, size_t err_max)
{
	if (!o->listen.host || !o->bus || o->protocol >= TRANSPARENT_PROTOCOLS ||
		o->mode >= TRANSPARENT_MODES) {
		snprintf(ret_err, err_max,
			"needs a bus, a place to listen at, a protocol and a mode");
		return MB_E_INVALID;
	}
	if (o->protocol == TRANSPARENT_RFC2217 && !rfc2217_server_built()) {
		snprintf(ret_err, err_max,
			"this build has no RFC 2217; build with "
			"-Drfc2217=enabled (libtelnet), or use protocol = tcp");
		return MB_E_UNSUPPORTED;
	}
	return 0;
}

static int begin(struct transparent *t, struct loop *loop, struct clients *clients,
	struct acceptor_options listen, char *ret_err, size_t err_max)
{
	if (!t->port) {
		snprintf(ret_err, err_max, "there is no bus \"%s\"", t->bus);
		return MB_E_INVALID;
	}
	listen.kind = CLIENT_TRANSPARENT;
	return acceptor_new(loop, clients, &listen, on_client, t, &t->acceptor, ret_err, err_max);
}

int transparent_new(struct loop *loop, struct clients *clients, struct ports *ports,
	const struct transparent_options *options, struct transparent **ret_transparent,
	char *ret_err, size_t err_max)
{
	int rc = check(options, ret_err, err_max);
	struct transparent *t;

	if (rc < 0)
		return rc;
	t = calloc(1, sizeof(*t));
	if (!t) {
		snprintf(ret_err, err_max, "no memory");
		return MB_E_NO_SPACE;
	}
	t->options = *options;
	snprintf(t->bus, sizeof(t->bus), "%s", options->bus);
	t->options.bus = t->bus;
	t->options.listen = (struct acceptor_options){0};
	t->port = ports_find(ports, t->bus);
	rc = begin(t, loop, clients, options->listen, ret_err, err_max);
	if (rc < 0)
		transparent_free(t);
	else
		*ret_transparent = t;
	return rc;
}

void transparent_free(struct transparent *t)
{
	if (!t)
		return;
	acceptor_free(t->acceptor);
	ports_put(t->port);
	free(t);
}

struct acceptor *transparent_acceptor(struct transparent *t)
{
	return t->acceptor;
}
