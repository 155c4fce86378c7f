/* SPDX-License-Identifier: MIT */
/* How connections are made and unmade: for acceptor.c and for tests. */
#ifndef GATEWAY_CONN_IMPL_H
#define GATEWAY_CONN_IMPL_H

#include "gateway/conn.h"

struct stream;

struct conn_config {
	struct loop *loop;
	struct clients *clients;
	enum client_kind kind;
	const char *listener, *peer;
	bool secure;
	uint32_t idle_ms; /* 0: never */
	int fd; /* a connected stream socket, or -1 and */
	struct stream *stream; /* an open line */
	void (*gone)(void *ctx, struct conn *c); /* after ended(), before it is freed; or NULL */
	void *ctx;
};

/* Takes fd or stream in any case. NULL: no memory. */
struct conn *conn_new(const struct conn_config *config);
bool conn_is_used(const struct conn *c);
/* At once: ended() and gone() are called from here. */
void conn_finish(struct conn *c, const char *reason);

#endif
