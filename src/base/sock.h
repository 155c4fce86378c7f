/* SPDX-License-Identifier: MIT */
/*
 * Connecting to a host that may have several addresses, one after the other; each gets its share
 * of the connect timeout. Private to src/base.
 */
#ifndef BASE_SOCK_H
#define BASE_SOCK_H

#include "base/stream_impl.h"

struct addrinfo;

struct sock {
	struct addrinfo *list; /* owned; NULL: none */
	struct addrinfo *at; /* being tried */
	uint64_t share_us; /* time for each */
	int error; /* errno of the last try */
};

#define SOCK_CONNECTED 1

/* Each returns SOCK_CONNECTED, 0 while under way, or MB_E_STREAM (the stream has failed). */
int sock_start(struct stream *s, struct sock *k, uint64_t now_us);
int sock_continue(struct stream *s, struct sock *k, short revents, uint64_t now_us);
void sock_done(struct stream *s, struct sock *k); /* closes s->fd, too */

/* TCP: no delay, keepalive, a limit for unanswered data: a half-open peer is noticed. */
void sock_tune_tcp(int fd);

#endif
