/* SPDX-License-Identifier: MIT */
/*
 * The server's side of RFC 2217 for one client: telnet with control of a serial port. Bytes come in and
 * go out through its callbacks; whose they are, and what of the port may be set, is the owner's affair.
 *
 *	from the client		rfc2217_server_rx()	-> data(), set_line(), purge(), send()
 *	from the serial port	rfc2217_server_data()	-> send()
 *
 * Nothing is sent before the client asks. Flow control is none, break and modem lines reach nobody else:
 * DTR and RTS are the client's own memory, the lines from the modem are always on.
 */
#ifndef GATEWAY_RFC2217_SERVER_H
#define GATEWAY_RFC2217_SERVER_H

#include <meterbus/engine.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for send() that n bytes of either side may need. */
#define RFC2217_SENT_MAX(n) (2 * (n) + 64)

struct rfc2217_server;

struct rfc2217_server_ops {
	/* One byte for the port. */
	void (*data)(void *ctx, uint8_t byte);
	void (*send)(void *ctx, const uint8_t *bytes, size_t n); /* to the client */
	void (*line)(void *ctx, struct mb_line *ret_line); /* as it is for this client */
	bool (*set_line)(void *ctx, const struct mb_line *line); /* false: it stays as it is */
	void (*purge)(void *ctx); /* what waits for the port */
};

bool rfc2217_server_built(void); /* this build has libtelnet */
/* ops live as long as it. NULL: no memory, or not built. */
struct rfc2217_server *rfc2217_server_new(const struct rfc2217_server_ops *ops, void *ctx);
void rfc2217_server_free(
	struct rfc2217_server *s); /* not from within its callbacks; NULL is fine */

/* One byte of the client's. 0, or MB_E_INVALID: this is no telnet; hang up. */
int rfc2217_server_rx(struct rfc2217_server *s, uint8_t byte);
/* Bytes of the port, for the client. */
void rfc2217_server_data(struct rfc2217_server *s, const uint8_t *bytes, size_t n);

#endif
