/* SPDX-License-Identifier: MIT */
/*
 * A bus for programs that speak M-Bus by themselves: a TCP port whose clients take turns with the
 * schedule and with each other (bus/port_guest.h, or bus/port_raw.h for other bytes). Each client may
 * set the line for itself when the protocol is RFC 2217.
 */
#ifndef GATEWAY_TRANSPARENT_H
#define GATEWAY_TRANSPARENT_H

#include "bus/ports.h"
#include "gateway/acceptor.h"

/* X(NAME, "name in the configuration") */
#define TRANSPARENT_PROTOCOL_MAP(X) \
	X(TCP, "tcp") \
	X(RFC2217, "rfc2217")
#define TRANSPARENT_MODE_MAP(X) \
	X(MBUS, "mbus") \
	X(RAW, "raw")

enum transparent_protocol {
#define MB_X(name, text) TRANSPARENT_##name,
	TRANSPARENT_PROTOCOL_MAP(MB_X) TRANSPARENT_PROTOCOLS
};
enum transparent_mode {
	TRANSPARENT_MODE_MAP(MB_X)
#undef MB_X
	TRANSPARENT_MODES
};

/* Everything is copied. */
struct transparent_options {
	struct acceptor_options listen; /* TCP; kind is filled in here */
	const char *bus; /* its name */
	uint8_t protocol, mode; /* enum transparent_... */
	uint32_t stale_ms; /* what waited longer is never sent; 0: as port_guest.h, port_raw.h */
	/* RAW: a turn ends after this silence; or, when others wait, after this time. 0: PORT_RAW_* */
	uint32_t quiet_ms, turn_max_ms;
};

struct transparent;

/*
 * Listens. 0; MB_E_INVALID: options, no such bus; MB_E_UNSUPPORTED: a build without RFC 2217;
 * MB_E_STREAM: it cannot listen; MB_E_NO_SPACE; with a sentence. loop, clients and ports outlive it,
 * and it holds the bus: free it before the bus of this name is made anew.
 */
int transparent_new(struct loop *loop, struct clients *clients, struct ports *ports,
	const struct transparent_options *options, struct transparent **ret_transparent,
	char *ret_err, size_t err_max);
void transparent_free(struct transparent *t); /* disconnects all its clients; NULL is fine */
struct acceptor *transparent_acceptor(struct transparent *t);
/* For tests: one more client, that was not accepted here and is disconnected before t is freed. */
void transparent_take(struct transparent *t, struct conn *conn);

#endif
