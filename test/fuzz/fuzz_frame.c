/* SPDX-License-Identifier: MIT */
/* A frame that parses is written again byte for byte; a deframer loses no byte and invents none. */
#include <meterbus/error.h>
#include <meterbus/frame.h>
#include <string.h>

#include "fuzz.h"

static void write_again(const uint8_t *data, size_t size)
{
	uint8_t again[MB_FRAME_MAX];
	struct mb_frame frame;
	int n = mb_frame_parse(data, size, &frame);

	if (n <= 0)
		return;
	CHECK((size_t)n <= size && n == frame.size);
	CHECK(mb_frame_write(again, sizeof(again), &frame) == n);
	CHECK(memcmp(again, data, (size_t)n) == 0);
}

static size_t drain(struct mb_deframer *deframer)
{
	const uint8_t *evidence;
	struct mb_frame frame;
	size_t evidence_len, bytes = 0;
	int rc;

	while ((rc = mb_deframer_next(deframer, &frame, &evidence, &evidence_len)) != 0) {
		if (rc > 0)
			bytes += frame.size;
	}
	return bytes;
}

/* The first byte of the input says how the rest is cut into pieces. */
static void deframe(const uint8_t *data, size_t size)
{
	struct mb_deframer deframer;
	size_t piece = size ? data[0] % 32 + 1u : 1, at = 0, framed = 0;

	mb_deframer_init(&deframer);
	while (at < size) {
		size_t n = size - at < piece ? size - at : piece;
		size_t taken = mb_deframer_push(&deframer, data + at, NULL, n);

		CHECK(taken <= n);
		framed += drain(&deframer);
		CHECK(taken > 0 || mb_deframer_push(&deframer, data + at, NULL, 1) == 1);
		at += taken ? taken : 1;
	}
	framed += drain(&deframer);
	mb_deframer_idle(&deframer);
	framed += drain(&deframer);
	CHECK(framed + deframer.dropped <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	write_again(data, size);
	deframe(data, size);
	return 0;
}
