/* SPDX-License-Identifier: MIT */
/* A bus that answers each kind of telegram in one way, which may be wrong in any. Takes a site's streams. */
#ifndef TEST_FAKE_BUS_H
#define TEST_FAKE_BUS_H

#include "base/loop.h"
#include "base/stream.h"

/* What comes back: hex, NULL nothing, or */
#define CHANGED "changed" /* what was sent, one byte otherwise */
#define BABBLE "babble" /* E5, and then the line is never quiet */
#define BAD_LINE "bad line" /* the port refuses the speed */
#define FOREIGN "10 5B 05 60 16" /* a request, of another master */
#define ACK "E5"
#define GLITCH "00 00"
#define HEAD "68 0F 0F 68 08 05 72 78 56 34 12 24 40 01 07 55 00 00 00 "
#define GOOD HEAD "54 16"

struct fake_bus {
	const char *nke, *select, *request;
	bool bad_line;
	unsigned answers; /* so many, and then silence; 0: no end */
	struct stream *stream;
	struct loop *loop;
	bool babbles;
	unsigned answered;
	uint64_t ready_us;
	uint8_t bytes[64], n;
};

extern struct fake_bus bus;

struct stream *fake_bus_stream(void *ctx, const struct stream_url *url);
void fake_bus_babble(void); /* unasked, until .babbles is false */

#endif
