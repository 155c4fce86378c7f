/* SPDX-License-Identifier: MIT */
/* The far ends of TCP buses, on a loop: each request gets the same answer, at once. */
#ifndef TEST_RESPONDER_H
#define TEST_RESPONDER_H

#include "base/loop.h"

#include <meterbus/frame.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct responder;

struct responder_peer {
	struct responder *responder;
	struct responder_peer *next;
	struct loop_watch *watch;
	int fd;
	size_t len;
	uint8_t bytes[2 * MB_FRAME_MAX];
};

struct responder {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	struct responder_peer *peers;
	const uint8_t *telegram; /* RSP_UD */
	size_t telegram_len;
	bool mute; /* takes all and answers nothing */
	unsigned accepted, answers;
};

static inline void responder_close_peer(struct responder_peer *p)
{
	struct responder_peer **at = &p->responder->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	loop_watch_free(p->watch);
	close(p->fd);
	free(p);
}

static inline void responder_close_all(struct responder *r)
{
	while (r->peers)
		responder_close_peer(r->peers);
}

static inline void responder_answer(struct responder_peer *p, const struct mb_frame *frame)
{
	static const uint8_t ack = 0xE5;
	struct responder *r = p->responder;
	bool data = (frame->c & 0x0E) == 0x0A;

	if (r->mute)
		return;
	r->answers += data;
	if (send(p->fd, data ? r->telegram : &ack, data ? r->telegram_len : 1, MSG_NOSIGNAL) < 0)
		r->answers -= data;
}

static inline void responder_take(struct responder_peer *p)
{
	struct mb_frame frame;

	while (p->len && mb_frame_parse(p->bytes, p->len, &frame) >= 0) {
		responder_answer(p, &frame);
		p->len -= frame.size;
		memmove(p->bytes, p->bytes + frame.size, p->len);
	}
	if (p->len == sizeof(p->bytes))
		p->len = 0;
}

static inline void responder_read(void *ctx, short revents)
{
	struct responder_peer *p = ctx;
	ssize_t n = recv(p->fd, p->bytes + p->len, sizeof(p->bytes) - p->len, MSG_DONTWAIT);

	(void)revents;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		responder_close_peer(p);
		return;
	}
	p->len += (size_t)n;
	responder_take(p);
}

static inline void responder_accept(void *ctx, short revents)
{
	struct responder *r = ctx;
	int fd;

	(void)revents;
	while ((fd = accept4(r->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct responder_peer *p = calloc(1, sizeof(*p));

		if (!p)
			abort();
		*p = (struct responder_peer){.responder = r, .next = r->peers, .fd = fd};
		r->peers = p;
		r->accepted++;
		p->watch = loop_watch_new(r->loop, fd, responder_read, p);
		loop_watch_set(p->watch, POLLIN);
	}
}

/* On this address, port 0: any. Returns the port. */
static inline unsigned responder_open(struct responder *r, struct loop *l, const char *address,
	unsigned port, const uint8_t *telegram, size_t telegram_len)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t size = sizeof(at);
	int one = 1;

	*r = (struct responder){.loop = l, .telegram = telegram, .telegram_len = telegram_len};
	inet_pton(AF_INET, address, &at.sin_addr);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(r->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(r->fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(r->fd, 4096) < 0 ||
		getsockname(r->fd, (struct sockaddr *)&at, &size) < 0)
		abort();
	r->watch = loop_watch_new(l, r->fd, responder_accept, r);
	loop_watch_set(r->watch, POLLIN);
	return ntohs(at.sin_port);
}

static inline void responder_close(struct responder *r)
{
	responder_close_all(r);
	loop_watch_free(r->watch);
	close(r->fd);
}

#endif
