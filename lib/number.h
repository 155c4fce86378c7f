/* SPDX-License-Identifier: MIT */
/* Numbers as meters send them: integers and BCD. */
#ifndef METERBUS_LIB_NUMBER_H
#define METERBUS_LIB_NUMBER_H

#include <meterbus/value.h>

#define MBI_NUMBER_BYTES_MAX 8 /* longest integer */
#define MBI_BCD_BYTES_MAX 15 /* longest BCD: LVAR CF */

static inline void mbi_set_number(
	struct mb_value *value, uint64_t magnitude, bool negative, int exp10)
{
	value->type = MB_VALUE_NUMBER;
	value->reason = MB_REASON_NONE;
	value->number.magnitude = magnitude;
	value->number.negative = negative;
	value->number.exp10 = (int16_t)exp10;
}

static inline void mbi_set_invalid(struct mb_value *value, uint8_t reason)
{
	value->type = MB_VALUE_INVALID;
	value->reason = reason;
}

/* Up to 8 bytes. */
uint64_t mbi_load(const uint8_t *bytes, unsigned len, bool msb_first);
/* The low len bytes of n, low byte first. */
void mbi_store(uint8_t *bytes, uint64_t n, unsigned len);

#define MBI_NIBBLE_ONES 0x1111111111111111u

/* Is there a nibble over 9? Bit 3 together with bit 2 or 1. */
static inline bool mbi_bcd_has_hex(uint64_t nibbles)
{
	return (nibbles >> 3 & (nibbles >> 2 | nibbles >> 1)) & MBI_NIBBLE_ONES;
}

/* Eight digits at once: pairs, then fours, then all. */
static inline uint32_t mbi_bcd_eight(uint32_t n)
{
	n = (n & 0x0F0F0F0Fu) + (n >> 4 & 0x0F0F0F0Fu) * 10;
	n = (n & 0x00FF00FFu) + (n >> 8 & 0x00FF00FFu) * 100;
	return (n & 0xFFFFu) + (n >> 16) * 10000;
}

/*
 * Type A of 1..8 bytes, EN 13757-3 Annex A and D48 6.7.4. Sets NUMBER (exp10 0) or INVALID, and the
 * reason.
 */
void mbi_bcd_read(const uint8_t *bytes, unsigned len, bool msb_first, struct mb_value *ret_value);
/* BCD of LVAR C0..CF and D0..DF: digits only, the sign is given. Up to MBI_BCD_BYTES_MAX bytes. */
void mbi_bcd_read_long(const uint8_t *bytes, unsigned len, bool msb_first, bool negative,
	struct mb_value *ret_value);
/* Nibble n of BCD, 0 is the most significant. */
static inline unsigned mbi_bcd_digit(const uint8_t *bytes, unsigned len, bool msb_first, unsigned n)
{
	uint8_t byte = bytes[msb_first ? n / 2 : len - 1 - n / 2];

	return n & 1 ? byte & 0xFu : byte >> 4;
}

/* Divide by ten while it goes. */
void mbi_decimal_strip(struct mb_decimal *number);

#endif
