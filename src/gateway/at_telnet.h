/* SPDX-License-Identifier: MIT */
/*
 * Telnet between a client and a session: options are taken out of what comes, FF is doubled in what
 * goes. No I/O. Nothing is said unasked: a plain TCP client sees no telnet. A client that begins is
 * told that we echo and need no go-ahead; every other option is refused, its values are ignored.
 */
#ifndef GATEWAY_AT_TELNET_H
#define GATEWAY_AT_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_TELNET_IN_MAX 1024 /* received, and not yet taken */
#define AT_TELNET_OUT_MAX 2048 /* to be sent */

struct at_telnet;

struct at_telnet *at_telnet_new(void); /* NULL: no memory */
void at_telnet_free(struct at_telnet *t); /* NULL is fine */

/* Tells it unasked: for terminals, which would show each line twice until they begin by themselves. */
void at_telnet_greet(struct at_telnet *t);

/* From the client: returns how many bytes were taken, as far as there is room both ways. */
size_t at_telnet_rx(struct at_telnet *t, const uint8_t *bytes, size_t n);
/* Lends what was typed; taken() spends it. */
const uint8_t *at_telnet_data(const struct at_telnet *t, size_t *ret_n);
void at_telnet_taken(struct at_telnet *t, size_t n);

/* To the client: returns how many bytes were taken. */
size_t at_telnet_send(struct at_telnet *t, const void *bytes, size_t n);
/* Lends what is to be sent; sent() spends it. */
const uint8_t *at_telnet_tx(const struct at_telnet *t, size_t *ret_n);
void at_telnet_sent(struct at_telnet *t, size_t n);

bool at_telnet_failed(const struct at_telnet *t); /* it does not keep to the protocol: hang up */

#endif
