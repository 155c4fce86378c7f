/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of telegrams, read at once and in pieces: what the reader gives as a frame is
 * one, and it comes to an end.
 */
#include "meterbus/input.h"

#include <meterbus/frame.h>
#include <string.h>

#include "fuzz.h"

static void take_all(struct input *in)
{
	struct input_item item;
	struct mb_frame frame;

	while (input_next(in, &item) > 0) {
		CHECK(memchr(item.note, '\0', sizeof(item.note)) != NULL);
		CHECK(item.len == 0 || item.bytes != NULL);
		if (item.error == 0)
			CHECK(mb_frame_parse(item.bytes, item.len, &frame) == (int)item.len);
	}
}

static void read_pieces(const uint8_t *data, size_t size, size_t piece)
{
	static struct input in;
	size_t at = 0;

	input_init(&in);
	while (at < size) {
		size_t n = size - at < piece ? size - at : piece;
		size_t taken = input_push(&in, data + at, n);

		CHECK(taken <= n);
		take_all(&in);
		if (taken == 0)
			taken = input_push(&in, data + at, n);
		CHECK(taken > 0);
		at += taken;
	}
	input_end(&in);
	take_all(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_pieces(data, size, size);
	read_pieces(data, size, 7);
	return 0;
}
