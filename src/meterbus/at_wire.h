/* SPDX-License-Identifier: MIT */
/* The bytes of a connection. On TCP telnet's options: never asked for, answered as is polite. */
#ifndef METERBUS_TOOL_AT_WIRE_H
#define METERBUS_TOOL_AT_WIRE_H

#include "base/buf.h"
#ifdef METERBUS_WITH_RFC2217
#include "base/telnet_peer.h"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct at_wire {
	bool on; /* or else bytes pass as they are */
#ifdef METERBUS_WITH_RFC2217
	struct telnet_peer peer;
#endif
	struct buf *in, *out;
	bool broken; /* the far side keeps to no rules, or there is no memory */
};

/* What comes goes to `in`, what is to be sent to `out`. It stays where it is. False: no memory. */
bool at_wire_init(struct at_wire *ret_wire, bool on, struct buf *in, struct buf *out);
void at_wire_done(struct at_wire *t);
/* False: see broken. */
bool at_wire_rx(struct at_wire *t, const uint8_t *bytes, size_t n);
bool at_wire_tx(struct at_wire *t, const char *bytes, size_t n);

#endif
