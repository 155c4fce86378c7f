/* SPDX-License-Identifier: MIT */
/* Telnet's options on a TCP connection: never asked for, answered as is polite. */
#ifndef METERBUS_TOOL_AT_TELNET_H
#define METERBUS_TOOL_AT_TELNET_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct at_telnet {
	void *telnet; /* NULL: off, bytes pass as they are */
	struct buf *in, *out;
	bool broken; /* the far side keeps to no rules, or there is no memory */
};

/* What comes goes to `in`, what is to be sent to `out`. False: no memory. */
bool at_telnet_init(struct at_telnet *ret_telnet, bool on, struct buf *in, struct buf *out);
void at_telnet_done(struct at_telnet *t);
/* False: see broken. */
bool at_telnet_rx(struct at_telnet *t, const uint8_t *bytes, size_t n);
bool at_telnet_tx(struct at_telnet *t, const char *bytes, size_t n);

#endif
