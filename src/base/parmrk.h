/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a Linux terminal with PARMRK, as bytes with marks: FF FF is FF, FF 00 x is x with
 * a parity or framing error, FF 00 00 a break (or a broken 00: the two look alike, so it gets
 * both marks).
 */
#ifndef BASE_PARMRK_H
#define BASE_PARMRK_H

#include <stddef.h>
#include <stdint.h>

struct parmrk {
	uint8_t seen; /* bytes of an escape that is not complete: 0, 1 (FF), 2 (FF 00) */
};

/*
 * Decodes n bytes in place and marks them; what an incomplete escape leaves is kept in *p for the
 * next call. Returns the count, at most n.
 */
size_t parmrk_decode(struct parmrk *p, uint8_t *bytes, uint8_t *ret_marks, size_t n);

#endif
