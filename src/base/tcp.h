/* SPDX-License-Identifier: MIT */
/* What the listener, RFC 2217 and TLS need of TCP streams. */
#ifndef BASE_TCP_H
#define BASE_TCP_H

#include "base/stream_impl.h"

#define PEER_TEXT_MAX 120
#define PEER_TEXT_MIN 4 /* shorter is an accident */

/* A peer that says a sentence and hangs up ("Port already in use") gives the reason by it. */
struct peer_text {
	char bytes[PEER_TEXT_MAX + 1];
	size_t len;
	bool spoilt; /* it was no text, or too long */
};

void peer_text_add(struct peer_text *t, const uint8_t *bytes, size_t n);

/* Fails the stream with an errno (EPIPE: closed), or with what the peer said last. MB_E_STREAM. */
int tcp_failed(struct stream *s, struct peer_text *t, int error);
bool tcp_is_peer_end(int error); /* it hung up: there may be bytes to read yet */

/* Takes a connected, non-blocking socket. NULL: no memory, fd stays the caller's. */
struct stream *tcp_new_accepted(int fd, const struct stream_url *peer);

#endif
