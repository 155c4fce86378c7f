/* SPDX-License-Identifier: MIT */
/*
 * A master that writes on paper: the very frames that would go out, and why, if the meter answers as
 * it should. Opens nothing, waits for nothing.
 */
#ifndef METERBUS_TOOL_BUS_PAPER_H
#define METERBUS_TOOL_BUS_PAPER_H

#include "meterbus/bus.h"

#include <meterbus/master.h>

struct bus_paper {
	struct mb_master master;
	/* the meter that answers */
	uint8_t primary;
	struct mb_secondary identity;
	bool selected;
	bool written; /* the op has reached it */
	uint8_t records[MB_FRAME_DATA_MAX]; /* what was written: read back it is the same */
	uint16_t records_len;
	uint8_t op;
	uint64_t now_us;
};

/* The speed that a frame goes out with, and what it is for; NULL: it does what is asked. */
typedef void bus_paper_frame(
	void *ctx, const uint8_t *frame, size_t len, uint32_t baud, const char *purpose);

/* The meter is the one that this address calls. */
int bus_paper_init(struct bus_paper *p, const struct bus *b, const struct mb_address *address);
/* Would mb_master_submit() take it? 0 or its error. */
int bus_paper_check(const struct mb_request *request);
/* One request; 0, or MB_E_INVALID, MB_E_UNSUPPORTED as mb_master_submit(). */
int bus_paper_ask(
	struct bus_paper *p, const struct mb_request *request, bus_paper_frame *frame, void *ctx);

#endif
