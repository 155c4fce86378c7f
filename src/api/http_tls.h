/* SPDX-License-Identifier: MIT */
/*
 * TLS before HTTP: takes a client's socket and gives a descriptor on which plain HTTP comes and
 * goes. TLS 1.2 with forward secrecy and 1.3; certificates can be changed while it runs.
 */
#ifndef API_HTTP_TLS_H
#define API_HTTP_TLS_H

#include <stddef.h>

struct http_tls;
struct loop;

/* PEM files: the chain and its key. NULL: ret_err says why. */
struct http_tls *http_tls_new(
	const char *certificate, const char *key, char *ret_err, size_t err_max);
/* Reads the files again, for connections to come. 0, or -1 and the old ones stay. */
int http_tls_reload(struct http_tls *t, char *ret_err, size_t err_max);
void http_tls_free(struct http_tls *t); /* cuts what is open; NULL is fine */

/* Takes fd. Returns the plain side, which the caller closes; -1: fd is closed. */
int http_tls_accept(struct http_tls *t, struct loop *loop, int fd);

#endif
