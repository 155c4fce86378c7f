/* SPDX-License-Identifier: MIT */
/*
 * TLS in front of a server: takes a client's socket and gives a descriptor on which plain bytes come
 * and go. TLS 1.2 with forward secrecy and 1.3; certificates can be changed while it runs.
 */
#ifndef BASE_TLS_FRONT_H
#define BASE_TLS_FRONT_H

#include <stddef.h>

struct tls_front;
struct loop;

/* PEM files: the chain and its key. NULL: ret_err says why. */
struct tls_front *tls_front_new(
	const char *certificate, const char *key, char *ret_err, size_t err_max);
/* Reads the files again, for connections to come. 0, or -1 and the old ones stay. */
int tls_front_reload(struct tls_front *t, char *ret_err, size_t err_max);
void tls_front_free(struct tls_front *t); /* cuts what is open; NULL is fine */

/* Takes fd. Returns the plain side, which the caller closes; -1: fd is closed. */
int tls_front_accept(struct tls_front *t, struct loop *loop, int fd);

#endif
