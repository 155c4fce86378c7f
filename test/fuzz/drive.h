/* SPDX-License-Identifier: MIT */
/*
 * Plays the bus for a master or a search: the input is what it hears. Frames in it come as a whole;
 * of other bytes, 00..3F let time pass up to the deadline, 40 echoes what was sent last, and the rest is
 * heard as garbage. Behind the input there is silence.
 */
#ifndef METERBUS_TEST_FUZZ_DRIVE_H
#define METERBUS_TEST_FUZZ_DRIVE_H

#include <meterbus/engine.h>
#include <meterbus/frame.h>

#include "fuzz.h"

struct drive {
	struct mb_engine engine;
	const uint8_t *data; /* still to be heard */
	size_t size;
	uint64_t now_us;
	bool any_bytes; /* what is sent need not be a frame */
	uint8_t sent[MB_FRAME_MAX];
	size_t sent_len;
};

/* One round: send, or hear, or let time pass. False when nothing is left to happen. */
bool drive_round(struct drive *drive);

#endif
