/* SPDX-License-Identifier: MIT */
#include "api/http_impl.h"
#include "base/tcp_listen.h"
#include "base/tls_front.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SWEEP_MAX_US UINT64_C(1000000) /* between two looks at the deadlines */
#define ANSWER_BYTES_PER_S 16384 /* slower clients are cut */
#define MHD_SPARE 128 /* connections that we have cut and MHD has not noticed */

/* clang-format off */
static const struct http_limits limits_default = {
	.connections        = 1000,
	.connections_per_ip = 100,
	.header_bytes       = 16384,
	.body_bytes         = 1u << 20,
	.header_ms          = 20000,
	.body_ms            = 30000,
	.answer_ms          = 60000,
	.streams            = 200,
	.stream_bytes       = HTTP_STREAM_BYTES,
	.heartbeat_ms       = 15000,
};
/* clang-format on */

static void limits_fill(struct http_limits *limits)
{
	uint32_t *given = (uint32_t *)limits;
	const uint32_t *standard = (const uint32_t *)&limits_default;

	_Static_assert(sizeof(limits_default) % sizeof(uint32_t) == 0, "all limits are uint32_t");
	for (size_t i = 0; i < sizeof(*limits) / sizeof(uint32_t); i++) {
		if (!given[i])
			given[i] = standard[i];
	}
}

/* A quarter of the shortest limit is exact enough. */
static uint64_t sweep_us(const struct http_limits *l)
{
	const uint32_t times_ms[] = {l->header_ms, l->body_ms, l->answer_ms, l->heartbeat_ms};
	uint64_t us = SWEEP_MAX_US;

	for (size_t i = 0; i < sizeof(times_ms) / sizeof(*times_ms); i++) {
		if (times_ms[i] * UINT64_C(250) < us)
			us = times_ms[i] * UINT64_C(250);
	}
	return us;
}

/* ---- MHD on the loop ---- */

static void schedule(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	if (MHD_get_timeout(h->mhd, &wait_ms) == MHD_YES)
		loop_timer_set(h->timer, loop_now_us(h->loop) + wait_ms * 1000);
	else
		loop_timer_set(h->timer, MB_NEVER);
}

static void run(void *ctx)
{
	struct http *h = ctx;

	MHD_run(h->mhd);
	schedule(h);
}

static void on_ready(void *ctx, short revents)
{
	struct http *h = ctx;

	(void)revents;
	run(h);
}

void http_kick(struct http *h)
{
	loop_timer_set(h->timer, loop_now_us(h->loop));
}

void http_told_of(struct http *h, const struct http_conn *c, const char *text)
{
	if (h->told)
		h->told(h->ctx, c ? c->peer : "", text);
}

/* ---- connections ---- */

void http_cut(struct http *h, struct http_conn *c)
{
	if (c->cut)
		return;
	c->cut = true;
	h->dying++;
	h->totals.cut++;
	shutdown(c->fd, SHUT_RDWR);
	http_kick(h);
}

void http_conn_enter(
	struct http *h, struct http_conn *c, enum http_conn_state state, uint64_t bytes)
{
	const struct http_limits *l = &h->limits;
	uint64_t now_us = loop_now_us(h->loop), wait_ms = 0;

	c->state = state;
	if (state == HTTP_IDLE) {
		c->since_us = now_us;
		wait_ms = l->header_ms;
	} else if (state == HTTP_BODY) {
		wait_ms = l->body_ms;
	} else if (state == HTTP_ANSWER) {
		wait_ms = l->answer_ms + bytes * 1000 / ANSWER_BYTES_PER_S;
	}
	c->deadline_us = state == HTTP_BUSY ? MB_NEVER : now_us + wait_ms * 1000;
}

static void conn_link(struct http *h, struct http_conn *c)
{
	c->next = h->conns;
	if (c->next)
		c->next->before = c;
	h->conns = c;
	h->totals.connections++;
	h->totals.accepted++;
	if (loop_timer_at(h->sweep) == MB_NEVER)
		loop_timer_set(h->sweep, loop_now_us(h->loop) + h->sweep_us);
}

static void conn_free(struct http *h, struct http_conn *c)
{
	if (c->before)
		c->before->next = c->next;
	else
		h->conns = c->next;
	if (c->next)
		c->next->before = c->before;
	h->totals.connections--;
	h->dying -= c->cut;
	if (h->stopping)
		loop_timer_set(h->sweep, loop_now_us(h->loop));
	free(c);
}

/* MHD calls it from within MHD_add_connection(), and at the end. */
static void on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_ctx,
	enum MHD_ConnectionNotificationCode code)
{
	struct http *h = ctx;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		h->adding->mhd = mhd;
		*socket_ctx = h->adding;
	} else if (*socket_ctx) {
		conn_free(h, *socket_ctx);
		*socket_ctx = NULL;
	}
}

/* ---- accepting ---- */

static bool same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	/* a network of /64 is one subscriber */
	return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		       &((const struct sockaddr_in6 *)b)->sin6_addr, 8) == 0;
}

/* When all places are taken, the one that has been silent for longest gives way. */
static bool make_room(struct http *h)
{
	struct http_conn *oldest = NULL;

	if (h->totals.connections - h->dying < h->limits.connections)
		return h->dying < MHD_SPARE;
	for (struct http_conn *c = h->conns; c; c = c->next) {
		if (c->state == HTTP_IDLE && !c->cut && (!oldest || c->since_us < oldest->since_us))
			oldest = c;
	}
	if (oldest)
		http_cut(h, oldest);
	return oldest && h->dying < MHD_SPARE;
}

static bool may_connect(struct http *h, const struct http_conn *new)
{
	uint32_t n = 0;

	if (new->listener->loopback)
		return make_room(h);
	for (struct http_conn *c = h->conns; c; c = c->next)
		n += !c->cut && same_host(&c->address, &new->address);
	return n < h->limits.connections_per_ip && make_room(h);
}

/* Takes the descriptor. */
static bool conn_start(struct http *h, struct http_conn *c, int fd, socklen_t len)
{
	struct sockaddr_storage unix_address = {.ss_family = AF_UNIX};
	const struct sockaddr *address = (struct sockaddr *)&c->address;

	c->fd = fd;
	if (c->listener->tls) {
		c->fd = tls_front_accept(c->listener->tls, h->loop, fd);
		address = (struct sockaddr *)&unix_address;
		len = sizeof(sa_family_t);
	}
	if (c->fd < 0)
		return false;
	http_conn_enter(h, c, HTTP_IDLE, 0);
	conn_link(h, c);
	h->adding = c;
	/* closes the descriptor when it fails */
	if (MHD_add_connection(h->mhd, c->fd, address, len) == MHD_YES && c->mhd)
		return true;
	if (!c->mhd)
		conn_free(h, c);
	return true;
}

static bool accept_one(struct http_listener *l)
{
	struct http *h = l->h;
	struct http_conn *c = calloc(1, sizeof(*c));
	socklen_t len = sizeof(c->address);
	int fd;

	if (!c)
		return false;
	c->listener = l;
	fd = accept4(l->fd, (struct sockaddr *)&c->address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE) {
			h->accept_paused = true;
			loop_watch_set(l->watch, 0);
			loop_timer_set(h->sweep, loop_now_us(h->loop) + h->sweep_us);
			http_told_of(h, NULL, "no descriptors left for more connections");
		}
		free(c);
		return false;
	}
	tcp_peer_name((struct sockaddr *)&c->address, c->peer);
	if (!may_connect(h, c)) {
		h->totals.refused++;
		close(fd);
		free(c);
	} else if (!conn_start(h, c, fd, len)) {
		free(c);
	}
	return true;
}

static void on_accept(void *ctx, short revents)
{
	struct http_listener *l = ctx;

	(void)revents;
	for (int i = 0; i < 64 && accept_one(l); i++)
		;
	http_kick(l->h);
}

int http_listen(struct http *h, const struct http_listen *listen, uint16_t *ret_port, char *ret_err,
	size_t err_max)
{
	return http_listen_with(h, listen, on_accept, ret_port, ret_err, err_max);
}

/* ---- deadlines ---- */

static const char *late_text(enum http_conn_state state)
{
	if (state == HTTP_IDLE)
		return NULL; /* the usual end of a connection that is kept */
	return state == HTTP_BODY ? "a client that sent its request too slowly was cut"
				  : "a client that took its answer too slowly was cut";
}

static void check_deadlines(struct http *h, uint64_t now_us)
{
	for (struct http_conn *c = h->conns; c; c = c->next) {
		const char *text = late_text(c->state);

		if (c->cut || now_us < c->deadline_us)
			continue;
		if (text)
			http_told_of(h, c, text);
		http_cut(h, c);
	}
}

static void listeners_close(struct http *h)
{
	for (unsigned i = 0; i < h->n_listeners; i++) {
		struct http_listener *l = h->listeners[i];

		loop_watch_free(l->watch);
		l->watch = NULL;
		if (l->fd >= 0)
			close(l->fd);
		l->fd = -1;
	}
}

static void check_stop(struct http *h, uint64_t now_us)
{
	void (*stopped)(void *ctx) = h->stopped;

	for (struct http_conn *c = h->conns; c; c = c->next) {
		if (c->state == HTTP_IDLE || c->state == HTTP_BODY)
			http_cut(h, c);
	}
	if (stopped && (!h->conns || now_us >= h->stop_us)) {
		h->stopped = NULL;
		stopped(h->stopped_ctx);
	}
}

static void sweep(void *ctx)
{
	struct http *h = ctx;
	uint64_t now_us = loop_now_us(h->loop);
	bool again = h->conns || h->accept_paused;

	check_deadlines(h, now_us);
	http_streams_beat(h, now_us);
	if (h->accept_paused && !h->stopping) {
		h->accept_paused = false;
		for (unsigned i = 0; i < h->n_listeners; i++)
			loop_watch_set(h->listeners[i]->watch, POLLIN);
	}
	if (h->stopping)
		check_stop(h, now_us); /* may free us: the last thing */
	else if (again)
		loop_timer_set(h->sweep, now_us + h->sweep_us);
}

void http_stop(struct http *h, uint64_t deadline_us, void (*done)(void *ctx), void *ctx)
{
	h->stopping = true;
	h->stop_us = deadline_us;
	h->stopped = done;
	h->stopped_ctx = ctx;
	listeners_close(h);
	http_requests_refuse(h);
	http_streams_end(h);
	loop_timer_set(h->sweep, loop_now_us(h->loop));
}

void http_totals(const struct http *h, struct http_totals *ret_totals)
{
	*ret_totals = h->totals;
	ret_totals->connections -= h->dying;
}

/* ---- life ---- */

static size_t keep_escapes(void *ctx, struct MHD_Connection *mhd, char *text)
{
	(void)ctx, (void)mhd;
	return strlen(text); /* http_target.c decodes, once */
}

static void mhd_log(void *ctx, const char *format, va_list args)
{
	(void)ctx, (void)format, (void)args; /* what is wrong with a client, it is told */
}

static struct MHD_Daemon *mhd_start(struct http *h)
{
	struct MHD_OptionItem options[] = {
		{MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, h},
		{MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_request_end, h},
		{MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_request_begin, h},
		{MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escapes, NULL},
		{MHD_OPTION_CONNECTION_LIMIT, (intptr_t)h->limits.connections + MHD_SPARE, NULL},
		{MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)h->limits.header_bytes, NULL},
		{MHD_OPTION_CONNECTION_TIMEOUT, 0, NULL},
		{MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_ERROR_LOG;

	return MHD_start_daemon(flags, 0, NULL, NULL, http_request_step, h,
		MHD_OPTION_EXTERNAL_LOGGER, mhd_log, NULL, MHD_OPTION_ARRAY, options,
		MHD_OPTION_END);
}

static bool start(struct http *h)
{
	const union MHD_DaemonInfo *info;

	h->mhd = mhd_start(h);
	if (!h->mhd)
		return false;
	info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	h->watch = loop_watch_new(h->loop, info->epoll_fd, on_ready, h);
	h->timer = loop_timer_new(h->loop, run, h);
	h->sweep = loop_timer_new(h->loop, sweep, h);
	if (!h->watch || !h->timer || !h->sweep)
		return false;
	loop_watch_set(h->watch, POLLIN);
	return true;
}

struct http *http_new(const struct http_config *config)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->loop = config->loop;
	h->limits = config->limits;
	h->handle = config->handle;
	h->told = config->told;
	h->ctx = config->ctx;
	limits_fill(&h->limits);
	h->sweep_us = sweep_us(&h->limits);
	if (start(h))
		return h;
	http_free(h);
	return NULL;
}

static void listener_free_all(struct http *h)
{
	for (unsigned i = 0; i < h->n_listeners; i++) {
		struct http_listener *l = h->listeners[i];

		for (char **host = l->hosts; host && *host; host++)
			free(*host);
		free(l->hosts);
		free(l);
	}
}

void http_free(struct http *h)
{
	if (!h)
		return;
	h->freeing = true;
	h->stopping = false;
	listeners_close(h);
	http_requests_refuse(h);
	http_streams_end(h);
	loop_watch_free(h->watch);
	if (h->mhd)
		MHD_stop_daemon(h->mhd);
	http_streams_free(h);
	loop_timer_free(h->timer);
	loop_timer_free(h->sweep);
	listener_free_all(h);
	free(h);
}
