/* SPDX-License-Identifier: MIT */
/*
 * Mutates as libFuzzer does, then mostly repairs the frames in the input: second length, second
 * start, checksum, stop. Without it nothing behind the checksum would ever be reached.
 */
#include <stdbool.h>

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

#define UNREPAIRED 8 /* one input in so many stays broken */
#define L_MIN 3
#define L_MAX 255

static uint8_t sum(const uint8_t *bytes, size_t n)
{
	uint8_t total = 0;

	while (n-- > 0)
		total = (uint8_t)(total + *bytes++);
	return total;
}

/* A long frame of what is there, or of all that is left; 0 when too little is left. */
static size_t repair_long(uint8_t *frame, size_t left, bool stretch)
{
	size_t length = frame[1];

	if (left < L_MIN + 6)
		return 0;
	if (length < L_MIN || length + 6 > left || stretch)
		length = left - 6 < L_MAX ? left - 6 : L_MAX;
	frame[1] = frame[2] = (uint8_t)length;
	frame[3] = 0x68;
	frame[4 + length] = sum(frame + 4, length);
	frame[5 + length] = 0x16;
	return length + 6;
}

static size_t repair_short(uint8_t *frame, size_t left)
{
	if (left < 5)
		return 0;
	frame[3] = sum(frame + 1, 2);
	frame[4] = 0x16;
	return 5;
}

static void repair(uint8_t *data, size_t size, bool stretch)
{
	size_t at = 0, n;

	while (at < size) {
		n = 0;
		if (data[at] == 0x68 && (at == 0 || (size - at > 3 && data[at + 3] == 0x68)))
			n = repair_long(data + at, size - at, stretch);
		else if (data[at] == 0x10 && size - at >= 5 && data[at + 4] == 0x16)
			n = repair_short(data + at, size - at);
		at += n ? n : 1;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size = LLVMFuzzerMutate(data, size, max);
	if (seed % UNREPAIRED)
		repair(data, size, seed / UNREPAIRED % 2);
	return size;
}
