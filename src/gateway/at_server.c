/* SPDX-License-Identifier: MIT */
#include "gateway/at_server.h"
#include "base/loop.h"
#include "gateway/at_telnet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 16 /* of work in one call; others have sessions, too */
#define LOGIN_MS 60000 /* for a client to say who it is */
#define END_MS 10000 /* for one that says no more, but may wait for an answer */

struct at_server {
	struct loop *loop;
	struct at_devices devices;
	bool login, greet;
	struct acceptor *acceptor;
};

struct session {
	struct at_server *server;
	struct conn *conn;
	struct at_telnet *telnet; /* NULL: a line */
	void *device;
	struct loop_timer *soon, *last;
	bool left; /* bytes in the conn */
	bool end; /* the client says no more */
	struct at_session at;
};

static void work(struct session *s);

/* ---- a session and its device ---- */

static void wake(void *ctx)
{
	loop_timer_set(((struct session *)ctx)->soon, 0);
}

static bool begin(struct session *s)
{
	const struct at_devices *devices = &s->server->devices;

	s->device = devices->open(
		devices->ctx, &s->at, conn_client(s->conn)->listener, s->server->login, wake, s);
	if (!s->device)
		return false;
	at_session_init(&s->at, devices->ops(s->device), s->device);
	return true;
}

static void end(struct session *s)
{
	if (!s->device)
		return;
	at_session_done(&s->at);
	s->server->devices.close(s->device);
	s->device = NULL;
}

/* A line has no end: who logs out there leaves it to the next one. */
static void begin_again(struct session *s)
{
	end(s);
	conn_client(s->conn)->who[0] = '\0';
	if (!begin(s))
		conn_close(s->conn, "no memory");
	else
		wake(s);
}

/* ---- bytes ---- */

/* From the client to the session. */
static size_t give(struct session *s, const uint8_t *bytes, size_t n)
{
	return s->telnet ? at_telnet_rx(s->telnet, bytes, n) : at_session_rx(&s->at, bytes, n);
}

static bool type(struct session *s)
{
	const uint8_t *bytes;
	size_t n;

	if (!s->telnet)
		return false;
	bytes = at_telnet_data(s->telnet, &n);
	n = at_session_rx(&s->at, bytes, n);
	at_telnet_taken(s->telnet, n);
	return n > 0;
}

static bool send_telnet(struct session *s)
{
	size_t n, sent;
	const uint8_t *bytes = at_telnet_tx(s->telnet, &n);

	sent = n ? conn_send(s->conn, bytes, n) : 0;
	at_telnet_sent(s->telnet, sent);
	return sent > 0;
}

static bool send_session(struct session *s)
{
	size_t n, sent = 0;
	const char *text = at_line_tx(&s->at.line, &n);

	if (n)
		sent = s->telnet ? at_telnet_send(s->telnet, text, n) : conn_send(s->conn, text, n);
	at_line_sent(&s->at.line, sent);
	return sent > 0;
}

static bool send_all(struct session *s)
{
	bool sent = send_session(s);

	return (s->telnet && send_telnet(s)) || sent;
}

static size_t unsent(const struct session *s)
{
	size_t session, telnet = 0;

	at_line_tx(&s->at.line, &session);
	if (s->telnet)
		at_telnet_tx(s->telnet, &telnet);
	return session + telnet;
}

/* ---- what follows ---- */

static void note_login(struct session *s)
{
	struct client *client = conn_client(s->conn);

	if (s->at.line.login_on || client->who[0] || !s->at.line.user[0])
		return;
	snprintf(client->who, sizeof(client->who), "%s", s->at.line.user);
	if (!s->end)
		loop_timer_set(s->last, MB_NEVER);
}

static bool has_work(const struct session *s)
{
	size_t typed = 0;

	if (s->telnet)
		at_telnet_data(s->telnet, &typed);
	return typed || s->at.line.held || unsent(s);
}

static void look_for_the_end(struct session *s)
{
	bool refused = s->at.rights == AT_RIGHTS_NONE;

	if (s->telnet && at_telnet_failed(s->telnet))
		conn_cut(s->conn, "the client does not keep to telnet");
	else if (s->at.line.closing && !unsent(s) && conn_is_line(s->conn))
		begin_again(s);
	else if (s->at.line.closing && !unsent(s))
		conn_close(s->conn, refused ? "no valid login" : "logged out");
	else if (s->end && !has_work(s))
		conn_close(s->conn, "the client has hung up");
}

static void work(struct session *s)
{
	bool more = true;

	for (int i = 0; i < ROUNDS_MAX && more; i++) {
		more = type(s);
		more |= at_session_run(&s->at);
		more |= send_all(s);
	}
	if (more)
		wake(s);
	note_login(s);
	look_for_the_end(s);
}

/* ---- the connection ---- */

static size_t on_rx(void *ctx, const uint8_t *bytes, size_t n)
{
	struct session *s = ctx;
	size_t taken = 0, k;

	do {
		k = give(s, bytes + taken, n - taken);
		taken += k;
		work(s);
	} while (k > 0 && taken < n && s->device);
	s->left = taken < n;
	return taken;
}

static void go_on(void *ctx)
{
	struct session *s = ctx;

	if (!s->device)
		return;
	work(s);
	if (s->left)
		conn_resume(s->conn);
}

static void on_end(void *ctx)
{
	struct session *s = ctx;

	s->end = true;
	loop_timer_set(s->last, loop_now_us(s->server->loop) + END_MS * UINT64_C(1000));
	go_on(s);
}

static void on_last(void *ctx)
{
	struct session *s = ctx;

	conn_close(s->conn, s->end ? "the client has hung up" : "it did not log in");
}

static bool on_busy(void *ctx)
{
	return ((struct session *)ctx)->at.waiting;
}

static void session_free(struct session *s)
{
	end(s);
	at_telnet_free(s->telnet);
	loop_timer_free(s->soon);
	loop_timer_free(s->last);
	free(s);
}

static void on_ended(void *ctx, const char *reason)
{
	(void)reason;
	session_free(ctx);
}

static const struct conn_ops conn_ops = {
	.rx = on_rx,
	.room = go_on,
	.end = on_end,
	.busy = on_busy,
	.ended = on_ended,
};

static bool prepare(struct session *s)
{
	s->soon = loop_timer_new(s->server->loop, go_on, s);
	s->last = loop_timer_new(s->server->loop, on_last, s);
	if (!s->soon || !s->last)
		return false;
	if (conn_is_line(s->conn))
		return begin(s);
	s->telnet = at_telnet_new();
	if (s->telnet && s->server->greet)
		at_telnet_greet(s->telnet);
	if (s->server->login)
		loop_timer_set(s->last, loop_now_us(s->server->loop) + LOGIN_MS * UINT64_C(1000));
	return s->telnet && begin(s);
}

static void on_client(void *ctx, struct conn *conn)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s) {
		conn_close(conn, "no memory");
		return;
	}
	s->server = ctx;
	s->conn = conn;
	if (!prepare(s)) {
		conn_close(conn, "no memory");
		session_free(s);
		return;
	}
	conn_use(conn, &conn_ops, s);
	wake(s); /* what it says first */
}

/* ---- the server ---- */

int at_server_new(struct loop *loop, struct clients *clients,
	const struct at_server_options *options, struct at_server **ret_server, char *ret_err,
	size_t err_max)
{
	struct acceptor_options listen = options->listen;
	struct at_server *server = calloc(1, sizeof(*server));
	int rc;

	if (!server) {
		snprintf(ret_err, err_max, "no memory");
		return MB_E_NO_SPACE;
	}
	server->loop = loop;
	server->devices = options->devices;
	server->login = options->login;
	server->greet = options->greet;
	listen.kind = CLIENT_AT;
	listen.refusal = AT_REFUSAL;
	rc = acceptor_new(
		loop, clients, &listen, on_client, server, &server->acceptor, ret_err, err_max);
	if (rc < 0)
		free(server);
	else
		*ret_server = server;
	return rc;
}

void at_server_free(struct at_server *s)
{
	if (!s)
		return;
	acceptor_free(s->acceptor);
	free(s);
}

struct acceptor *at_server_acceptor(struct at_server *s)
{
	return s->acceptor;
}
