/* SPDX-License-Identifier: MIT */
/*
 * Telnet with one peer, for all who speak it: libtelnet, behind the guard. No I/O. It never says more
 * than it was asked for: memory and answers are bounded by what comes.
 */
#ifndef BASE_TELNET_PEER_H
#define BASE_TELNET_PEER_H

#include "base/telnet_guard.h"

#include <libtelnet.h>

/* ctx is the owner's. Those behind the empty line may be NULL. */
struct telnet_peer_ops {
	void (*data)(void *ctx, const uint8_t *bytes, size_t n);
	void (*send)(void *ctx, const uint8_t *bytes, size_t n); /* to the peer */

	void (*agreed)(void *ctx, uint8_t option); /* DO, to what we offered or would do */
	void (*refused)(void *ctx, uint8_t verb, uint8_t option); /* TELNET_WONT, TELNET_DONT */
	void (*sub)(void *ctx, const uint8_t *bytes, size_t n); /* of the option that passes */
};

struct telnet_peer {
	telnet_t *telnet; /* NULL: not begun */
	struct telnet_guard guard;
	const struct telnet_peer_ops *ops;
	void *ctx;
	bool broken;
};

/*
 * options: what we do and let be done, all else is refused; ended by an option of -1. sub_option: as the
 * guard's. These and ops live as long as it, which stays where it is. False: no memory.
 */
bool telnet_peer_init(struct telnet_peer *ret_peer, const telnet_telopt_t *options,
	int16_t sub_option, const struct telnet_peer_ops *ops, void *ctx);
void telnet_peer_done(struct telnet_peer *p); /* zeroed is fine; not from within its callbacks */

/* What the peer sent. False, from then on: it does not keep to the protocol; hang up. */
bool telnet_peer_rx(struct telnet_peer *p, const uint8_t *bytes, size_t n);
void telnet_peer_tx(struct telnet_peer *p, const void *bytes, size_t n); /* data: FF is doubled */
/* TELNET_WILL offers an option, TELNET_DO wants it. Nothing is said twice. */
void telnet_peer_negotiate(struct telnet_peer *p, uint8_t verb, uint8_t option);
void telnet_peer_sub(struct telnet_peer *p, const void *bytes, size_t n); /* of sub_option */

#endif
