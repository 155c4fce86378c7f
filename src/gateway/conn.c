/* SPDX-License-Identifier: MIT */
#include "gateway/conn_impl.h"
#include "base/buf.h"
#include "base/loop.h"
#include "base/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS_MAX 8 /* of reading in one call; others have clients, too */

enum conn_state {
	CONN_OPEN,
	CONN_LINGER, /* what is to be sent is sent */
	CONN_OVER, /* ended() is due */
};

struct conn {
	struct client client;
	struct conn_config config;
	const struct conn_ops *ops; /* NULL: not used yet */
	void *ctx;
	struct loop_watch *watch;
	struct loop_timer *soon; /* what is due in the next round of the loop */
	struct loop_timer *limit; /* idle, or the end of lingering */
	enum conn_state state;
	bool held; /* rx() has left bytes */
	bool wants_room; /* conn_send() took less than it was given */
	bool at_end; /* the client sends no more */
	bool end_told, shut;
	bool served; /* within serve(), which looks at everything itself */
	uint64_t active_us;
	char reason[CLIENT_REASON_MAX];
	uint8_t in[CONN_IN_MAX];
	size_t in_len;
	struct buf out;
};

static void over(struct conn *c, const char *reason);

/* ---- bytes from and to the system ---- */

static void active(struct conn *c)
{
	c->active_us = loop_now_us(c->config.loop);
	c->client.active_ms = clients_now_ms(c->config.clients);
}

static const char *errno_text(int error)
{
	if (error == ECONNRESET || error == EPIPE)
		return "the client has hung up";
	return error == ETIMEDOUT ? "the client does not answer any more" : strerror(error);
}

static size_t stream_bytes(struct conn *c, int rc)
{
	if (rc < 0)
		over(c, stream_error(c->config.stream));
	return rc < 0 ? 0 : (size_t)rc;
}

static size_t take_in(struct conn *c, uint8_t *ret, size_t max)
{
	ssize_t n;

	if (c->config.stream)
		return stream_bytes(c, stream_read(c->config.stream, ret, NULL, max));
	n = recv(c->config.fd, ret, max, 0);
	if (n == 0)
		c->at_end = true;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		over(c, errno_text(errno));
	return n < 0 ? 0 : (size_t)n;
}

static size_t give_out(struct conn *c, const uint8_t *bytes, size_t n)
{
	ssize_t sent;

	if (c->config.stream)
		return stream_bytes(
			c, stream_write(c->config.stream, bytes, n, loop_now_us(c->config.loop)));
	sent = send(c->config.fd, bytes, n, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		over(c, errno_text(errno));
	return sent < 0 ? 0 : (size_t)sent;
}

static void flush(struct conn *c)
{
	size_t n;

	if (c->out.len == 0 || c->state == CONN_OVER)
		return;
	n = give_out(c, c->out.bytes, c->out.len);
	if (n > 0)
		active(c);
	c->client.bytes_out += n;
	buf_drop(&c->out, n);
	if (c->out.len == 0)
		buf_done(&c->out); /* most of the time nobody needs it */
}

/* True: there was something. */
static bool fill(struct conn *c)
{
	size_t n;

	if (c->at_end || c->in_len == sizeof(c->in))
		return false;
	n = take_in(c, c->in + c->in_len, sizeof(c->in) - c->in_len);
	if (n > 0)
		active(c);
	c->client.bytes_in += n;
	c->in_len += n;
	return n > 0;
}

/* ---- the owner ---- */

static void deliver(struct conn *c)
{
	size_t n;

	if (c->in_len == 0 || c->held)
		return;
	n = c->ops->rx(c->ctx, c->in, c->in_len);
	c->in_len -= n;
	memmove(c->in, c->in + n, c->in_len);
	c->held = c->in_len > 0;
}

static void tell_end(struct conn *c)
{
	if (c->state != CONN_OPEN || !c->at_end || c->in_len > 0 || c->end_told)
		return;
	c->end_told = true;
	if (c->ops->end)
		c->ops->end(c->ctx);
	else
		conn_close(c, "the client has hung up");
}

static void tell_room(struct conn *c)
{
	if (c->state != CONN_OPEN || !c->wants_room || buf_room(&c->out) == 0)
		return;
	c->wants_room = false;
	if (c->ops->room)
		c->ops->room(c->ctx);
}

/* Nothing is heard any more: so the system does not tell the client that its words were lost. */
static void linger(struct conn *c)
{
	uint8_t ignored[512];

	if (c->state != CONN_LINGER || c->out.len > 0)
		return;
	if (c->config.stream) {
		over(c, c->reason);
		return;
	}
	if (!c->shut)
		shutdown(c->config.fd, SHUT_WR);
	c->shut = true;
	while (c->state == CONN_LINGER && !c->at_end && take_in(c, ignored, sizeof(ignored)) > 0)
		;
	if (c->at_end)
		over(c, c->reason);
}

static void watch(struct conn *c)
{
	short events = 0;

	if (c->state == CONN_OPEN && c->ops && !c->held && !c->at_end)
		events |= POLLIN;
	if (c->state == CONN_LINGER && !c->at_end)
		events |= POLLIN;
	if (c->out.len > 0)
		events |= POLLOUT;
	loop_watch_set(c->watch, c->state == CONN_OVER ? 0 : events);
}

/* All that can be done now. Callbacks change the state, but for nothing the conn itself. */
static void serve(struct conn *c)
{
	c->served = true;
	flush(c);
	tell_room(c);
	for (int i = 0; i < ROUNDS_MAX && c->ops && c->state == CONN_OPEN && !c->held; i++) {
		bool more = fill(c);

		if (c->state == CONN_OPEN)
			deliver(c);
		if (!more)
			break;
	}
	tell_end(c);
	flush(c);
	linger(c);
	c->served = false;
	watch(c);
}

static void serve_soon(struct conn *c)
{
	if (!c->served)
		loop_timer_set(c->soon, 0);
}

static void on_ready(void *ctx, short revents)
{
	struct conn *c = ctx;

	if (c->config.stream &&
		stream_handle(c->config.stream, revents, loop_now_us(c->config.loop)) < 0)
		over(c, stream_error(c->config.stream));
	if (c->state != CONN_OVER)
		serve(c);
}

static void on_soon(void *ctx)
{
	struct conn *c = ctx;

	if (c->state == CONN_OVER)
		conn_finish(c, c->reason);
	else
		serve(c);
}

static void on_limit(void *ctx)
{
	struct conn *c = ctx;
	uint64_t idle_us = c->active_us + c->config.idle_ms * UINT64_C(1000);
	char reason[CLIENT_REASON_MAX];

	if (c->state == CONN_LINGER) {
		over(c, c->reason);
	} else if (c->ops && c->ops->busy && c->ops->busy(c->ctx)) {
		c->active_us = loop_now_us(c->config.loop);
		loop_timer_set(c->limit, c->active_us + c->config.idle_ms * UINT64_C(1000));
	} else if (idle_us > loop_now_us(c->config.loop)) {
		loop_timer_set(c->limit, idle_us);
	} else {
		snprintf(reason, sizeof(reason), "idle for %u s",
			(unsigned)(c->config.idle_ms / 1000));
		conn_close(c, reason);
	}
}

/* ---- the end ---- */

/* The first reason is kept. */
static void leave(struct conn *c, enum conn_state state, const char *reason)
{
	if (!c->client.leaving)
		snprintf(c->reason, sizeof(c->reason), "%s", reason);
	c->client.leaving = true;
	if (c->state < state)
		c->state = state;
}

static void over(struct conn *c, const char *reason)
{
	leave(c, CONN_OVER, reason);
	loop_watch_set(c->watch, 0);
	loop_timer_set(c->soon, 0);
}

void conn_close(struct conn *c, const char *reason)
{
	if (c->state != CONN_OPEN)
		return;
	leave(c, CONN_LINGER, reason);
	loop_timer_set(c->limit, loop_now_us(c->config.loop) + CONN_LINGER_MS * UINT64_C(1000));
	serve_soon(c);
}

void conn_cut(struct conn *c, const char *reason)
{
	over(c, reason);
}

static void on_disconnect(struct client *client, const char *reason)
{
	conn_cut((struct conn *)client, reason); /* its first member */
}

static void release(struct conn *c)
{
	loop_watch_free(c->watch);
	loop_timer_free(c->soon);
	loop_timer_free(c->limit);
	if (c->config.fd >= 0)
		close(c->config.fd);
	stream_free(c->config.stream);
	buf_done(&c->out);
	free(c);
}

void conn_finish(struct conn *c, const char *reason)
{
	struct conn_config config = c->config;

	leave(c, CONN_OVER, reason);
	clients_leave(config.clients, &c->client, c->reason);
	if (c->ops)
		c->ops->ended(c->ctx, c->reason);
	if (config.gone)
		config.gone(config.ctx, c);
	release(c);
}

/* ---- the beginning ---- */

static bool prepare(struct conn *c)
{
	const struct conn_config *config = &c->config;
	int fd = config->stream ? stream_fd(config->stream) : config->fd;

	c->soon = loop_timer_new(config->loop, on_soon, c);
	c->limit = loop_timer_new(config->loop, on_limit, c);
	c->watch = loop_watch_new(config->loop, fd, on_ready, c);
	return c->soon && c->limit && c->watch;
}

struct conn *conn_new(const struct conn_config *config)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		if (config->fd >= 0)
			close(config->fd);
		stream_free(config->stream);
		return NULL;
	}
	c->config = *config;
	buf_init(&c->out, CONN_OUT_MAX);
	if (!prepare(c)) {
		release(c);
		return NULL;
	}
	c->client.kind = config->kind;
	c->client.secure = config->secure;
	c->client.disconnect = on_disconnect;
	snprintf(c->client.listener, sizeof(c->client.listener), "%s", config->listener);
	snprintf(c->client.peer, sizeof(c->client.peer), "%s", config->peer);
	c->config.listener = c->client.listener;
	c->config.peer = c->client.peer;
	clients_enter(config->clients, &c->client);
	c->active_us = loop_now_us(config->loop);
	if (config->idle_ms)
		loop_timer_set(c->limit, c->active_us + config->idle_ms * UINT64_C(1000));
	return c;
}

bool conn_is_used(const struct conn *c)
{
	return c->ops;
}

void conn_use(struct conn *c, const struct conn_ops *ops, void *ctx)
{
	c->ops = ops;
	c->ctx = ctx;
	serve_soon(c);
}

size_t conn_send(struct conn *c, const void *bytes, size_t n)
{
	size_t taken = 0, piece;

	do {
		piece = conn_room(c);
		if (piece > n - taken)
			piece = n - taken;
		if (piece > 0 && !buf_add(&c->out, (const uint8_t *)bytes + taken, piece)) {
			over(c, "no memory");
			break;
		}
		flush(c);
		taken += piece;
	} while (taken < n && piece > 0);
	c->wants_room = taken < n;
	if (!c->served)
		watch(c);
	return taken;
}

size_t conn_room(const struct conn *c)
{
	return c->state == CONN_OPEN ? buf_room(&c->out) : 0;
}

size_t conn_unsent(const struct conn *c)
{
	return c->out.len;
}

void conn_resume(struct conn *c)
{
	c->held = false;
	serve_soon(c);
}

struct client *conn_client(struct conn *c)
{
	return &c->client;
}

bool conn_is_line(const struct conn *c)
{
	return c->config.stream;
}
