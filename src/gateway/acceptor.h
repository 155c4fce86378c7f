/* SPDX-License-Identifier: MIT */
/*
 * Waits for clients of the gateway at one place: a TCP port, with TLS or without, or a line (serial
 * or pty), which is one client that is always there; a line that fails is opened again.
 */
#ifndef GATEWAY_ACCEPTOR_H
#define GATEWAY_ACCEPTOR_H

#include "gateway/clients.h"
#include "gateway/conn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCEPTOR_CLIENTS 16 /* default, and at most ACCEPTOR_CLIENTS_MAX */
#define ACCEPTOR_CLIENTS_MAX 1000
#define ACCEPTOR_REOPEN_MS 5000 /* a line that failed */

struct acceptor;

/* Everything is copied. */
struct acceptor_options {
	const char *name; /* of its section, for people */
	enum client_kind kind;
	const char *host; /* an address or a name; NULL: a line */
	uint16_t port; /* 0: any free one */
	/*
	 * Without host: "serial:/dev/ttyS0?baud=115200", "pty:/run/meterbus/at". 115200 8N1 unless
	 * said otherwise.
	 */
	const char *line;
	uint32_t idle_ms; /* no byte either way: it is disconnected; 0: never, as a line wants it */
	/* TCP only */
	const char *const *allow; /* texts of allow.h, NULL ends; NULL: everybody */
	const char *certificate, *key; /* PEM files; NULL: no TLS */
	bool insecure; /* beyond loopback without TLS is wanted */
	uint32_t clients_max; /* 0: ACCEPTOR_CLIENTS */
	const char *refusal; /* what one too many is told: "\r\nBUSY\r\n"; NULL: nothing */
};

/* A new client: conn_use() it, or else it is closed ("not taken"). May conn_close() it. */
typedef void acceptor_client(void *ctx, struct conn *conn);

/* What is wrong with options, as far as it can be seen without opening anything. 0 or MB_E_INVALID. */
int acceptor_check(const struct acceptor_options *options, char *ret_err, size_t err_max);
/*
 * 0; MB_E_INVALID: options; MB_E_STREAM: it cannot listen; MB_E_NO_SPACE; with a sentence. A line that
 * is not there is no error: the log says so, and it is tried again. loop and clients outlive it.
 */
int acceptor_new(struct loop *loop, struct clients *clients, const struct acceptor_options *options,
	acceptor_client *client, void *ctx, struct acceptor **ret_acceptor, char *ret_err,
	size_t err_max);
/*
 * Disconnects all its clients at once: ended() is called from here. Not from within a call of a
 * conn's owner. NULL is fine.
 */
void acceptor_free(struct acceptor *a);

/* Only what is about clients to come; those who are connected stay. -1: the old ones stay. */
int acceptor_reload(struct acceptor *a, char *ret_err, size_t err_max); /* certificate and key */
/* Another port of the same host; MB_E_* with a sentence: it stays where it was. */
int acceptor_move(struct acceptor *a, uint16_t port, char *ret_err, size_t err_max);
/* The list of addresses is looked at, or not. On at first. */
void acceptor_check_addresses(struct acceptor *a, bool on);

struct acceptor_totals {
	uint32_t clients; /* now */
	uint64_t accepted, refused_address, refused_full;
};
void acceptor_totals(const struct acceptor *a, struct acceptor_totals *ret_totals);
uint16_t acceptor_port(const struct acceptor *a); /* the real one; 0 of a line */
const char *acceptor_place(const struct acceptor *a); /* "127.0.0.1:10000", "/dev/ttyS0" */

#endif
