/* SPDX-License-Identifier: MIT */
/* Type A: BCD with its signs, overflows and errors. */
#include <meterbus/value.h>

#include "number.h"

#define DIGIT_ERROR 0xD
#define DIGIT_UNDERFLOW 0xE /* stands for 8: E321 is 8321 - 10000 */
#define DIGIT_MINUS 0xF

/* clang-format off */
static const uint64_t power_of_ten[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
	100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
};
/* clang-format on */

/* Value of up to 16 decimal digits. */
static uint64_t bcd_value(uint64_t nibbles)
{
	return mbi_bcd_eight((uint32_t)nibbles) +
	       (uint64_t)mbi_bcd_eight((uint32_t)(nibbles >> 32)) * 100000000;
}

static void set_number(struct mb_value *value, uint64_t magnitude, bool negative, uint8_t reason)
{
	mbi_set_number(value, magnitude, negative && magnitude, 0);
	value->reason = reason;
}

/* Only the first digit may be a hex digit, and not D. */
static void read_special(uint64_t nibbles, unsigned digits, struct mb_value *value)
{
	unsigned shift = 4 * (digits - 1);
	unsigned first = (unsigned)(nibbles >> shift);
	uint64_t rest = nibbles & ((1ull << shift) - 1);
	uint64_t ones = MBI_NIBBLE_ONES >> (64 - 4 * digits);

	if (nibbles == ones * DIGIT_MINUS ||
		(first == DIGIT_ERROR && shift && rest == (ones >> 4) * 0xB)) {
		mbi_set_invalid(value, MB_REASON_NOT_AVAILABLE);
	} else if (mbi_bcd_has_hex(rest) || first == DIGIT_ERROR) {
		mbi_set_invalid(value, MB_REASON_BCD_ERROR);
	} else if (first == DIGIT_MINUS) {
		set_number(value, bcd_value(rest), true, MB_REASON_NONE);
	} else if (first == DIGIT_UNDERFLOW) {
		set_number(value, 2 * power_of_ten[digits - 1] - bcd_value(rest), true,
			MB_REASON_BCD_UNDERFLOW);
	} else {
		set_number(value, first * power_of_ten[digits - 1] + bcd_value(rest), false,
			MB_REASON_BCD_OVERFLOW);
	}
}

void mbi_bcd_read(const uint8_t *bytes, unsigned len, bool msb_first, struct mb_value *ret_value)
{
	uint64_t nibbles = mbi_load(bytes, len, msb_first);

	if (mbi_bcd_has_hex(nibbles))
		read_special(nibbles, 2 * len, ret_value);
	else
		set_number(ret_value, bcd_value(nibbles), false, MB_REASON_NONE);
}

/* The value of up to 30 digits when it fits. */
static uint8_t sum_digits(
	const uint8_t *bytes, unsigned len, bool msb_first, uint64_t *ret_magnitude)
{
	uint64_t sum = 0;
	bool all_f = true, bad = false, large = false;

	for (unsigned n = 0; n < 2 * len; n++) {
		unsigned digit = mbi_bcd_digit(bytes, len, msb_first, n);

		all_f &= digit == DIGIT_MINUS;
		bad |= digit > 9;
		large |= sum > (UINT64_MAX - digit) / 10;
		sum = sum * 10 + digit;
	}
	*ret_magnitude = sum;
	if (all_f)
		return MB_REASON_NOT_AVAILABLE;
	if (bad)
		return MB_REASON_BCD_ERROR;
	return large ? MB_REASON_TOO_LARGE : MB_REASON_NONE;
}

void mbi_bcd_read_long(const uint8_t *bytes, unsigned len, bool msb_first, bool negative,
	struct mb_value *ret_value)
{
	uint64_t magnitude;
	uint8_t reason = sum_digits(bytes, len, msb_first, &magnitude);

	if (reason == MB_REASON_NONE)
		set_number(ret_value, magnitude, negative, reason);
	else
		mbi_set_invalid(ret_value, reason);
}
