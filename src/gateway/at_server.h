/* SPDX-License-Identifier: MIT */
/* The AT interface at one place: a session (at_session.h) for each client of an acceptor. */
#ifndef GATEWAY_AT_SERVER_H
#define GATEWAY_AT_SERVER_H

#include "gateway/acceptor.h"
#include "gateway/at_session.h"

#define AT_REFUSAL "\r\nBUSY\r\n" /* to a client too many */

struct at_server;

/*
 * What sessions act on: makes the device of a session, whose reader is the listener until somebody
 * has logged in. login: its ops have login(), else NULL. After at_session_..._done(), and whenever
 * else the session may go on, it calls wake(wake_ctx), from the loop.
 */
struct at_devices {
	/* NULL: no memory. */
	void *(*open)(void *ctx, struct at_session *s, const char *listener, bool login,
		void (*wake)(void *wake_ctx), void *wake_ctx);
	const struct at_device_ops *(*ops)(void *device); /* their ctx is the device */
	void (*close)(void *device); /* after at_session_done() */
	void *ctx;
};

struct at_server_options {
	struct acceptor_options listen; /* kind and refusal are filled in here */
	bool login;
	bool greet; /* begin telnet unasked */
	struct at_devices devices;
};

/* 0, or as acceptor_new(). loop, clients and what devices.ctx is outlive it. */
int at_server_new(struct loop *loop, struct clients *clients,
	const struct at_server_options *options, struct at_server **ret_server, char *ret_err,
	size_t err_max);
void at_server_free(struct at_server *s); /* sessions end without a word; NULL is fine */
struct acceptor *at_server_acceptor(struct at_server *s);

#endif
