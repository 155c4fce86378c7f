/* SPDX-License-Identifier: MIT */
/*
 * The other end: waits for peers on tcp://host:port (port 0: any free one) or is a pty. Never
 * blocks. A TCP listener gives a stream per peer; a pty gives exactly one, which stays open
 * while clients come and go.
 */
#ifndef BASE_LISTENER_H
#define BASE_LISTENER_H

#include "base/stream.h"

struct listener;

/* NULL: no memory. listener_free(NULL) is fine; peers live on. */
struct listener *listener_new(const struct stream_url *url);
void listener_free(struct listener *l);

int listener_open(struct listener *l); /* 0 or MB_E_STREAM: see listener_error() */
void listener_close(struct listener *l); /* removes the pty's link, too */

/* The next peer's open stream, owned by the caller; NULL when none waits. */
struct stream *listener_accept(struct listener *l);

int listener_fd(const struct listener *l); /* wait for POLLIN; -1: nothing to wait for */
/* Where a client connects, with the real port: "tcp://127.0.0.1:40123", "serial:/dev/pts/3". */
const char *listener_name(const struct listener *l);
const char *listener_error(const struct listener *l);

#endif
