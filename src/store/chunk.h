/* SPDX-License-Identifier: MIT */
/*
 * Points as bytes: times and numbers as differences, exact. Layout:
 *
 *	version (1), number of points, points, CRC-32 (4 bytes, low byte first)
 *	point: 2 * zigzag(change of the step of time) + (1 if a shape follows)
 *		shape: type (+ 40 negative, + 80 wide), quality, source, flags,
 *			zigzag(offset_s), zigzag(exp10), revision
 *		NUMBER: zigzag(difference to the number before); wide: magnitude
 *		else: 0 the text before, or 1 + length, bytes
 *
 * All integers are of variable length, 7 bits a byte, low ones first. The CRC covers a key too, so
 * that a row in the wrong place is not taken for a good one.
 */
#ifndef STORE_CHUNK_H
#define STORE_CHUNK_H

#include "base/buf.h"
#include "store/point.h"

#include <stddef.h>

/* Most bytes of a point, and of what is around all of them. */
#define CHUNK_POINT_MAX (10 + 24 + 3 + STORE_TEXT_MAX)
#define CHUNK_FRAME_MAX 16

/* Adds a chunk to out. STORE_E_INVALID: a point out of range or order; STORE_E_MEMORY. */
int chunk_encode(
	struct buf *out, uint64_t key, int64_t base_ms, const struct store_point *points, size_t n);
/* 0, or STORE_E_INVALID. */
int chunk_check_point(const struct store_point *point);

struct chunk_cursor {
	const uint8_t *at, *end;
	uint64_t left; /* points */
	int64_t step_ms;
	uint64_t number; /* two's complement */
	const char *text; /* the last one */
	uint16_t text_len;
	int16_t exp10;
	bool wide, negative;
	struct store_point point; /* the last one given */
};

/* Number of points, or STORE_E_CORRUPT. The bytes must live as long as the cursor and its texts. */
int64_t chunk_open(
	struct chunk_cursor *c, const void *bytes, size_t len, uint64_t key, int64_t base_ms);
/* 1 and c->point, 0 at the end, STORE_E_CORRUPT. */
int chunk_next(struct chunk_cursor *c);

#endif
