/* SPDX-License-Identifier: MIT */
/*
 * Values are exact: a number is an integer and a power of ten. Nothing is rounded, nothing guessed;
 * what is not a value is INVALID with its reason. EN 13757-3 Annex A (types A..M).
 */
#ifndef METERBUS_VALUE_H
#define METERBUS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mb_value_type {
	MB_VALUE_NONE, /* no data (data field 0 or 8) */
	MB_VALUE_NUMBER, /* types A, B, C: magnitude, sign and exponent */
	MB_VALUE_REAL, /* type H: the meter sent an IEEE 754 single */
	MB_VALUE_TEXT, /* ISO 8859-1, transmission order */
	MB_VALUE_DATE, /* type G */
	MB_VALUE_DATETIME, /* types F and I */
	MB_VALUE_TIME, /* type J */
	MB_VALUE_BITS, /* type D: bit array */
	MB_VALUE_BYTES, /* anything opaque */
	MB_VALUE_DIGITS, /* identification: BCD digits with leading zeros, A..F possible */
	MB_VALUE_MANUFACTURER, /* manufacturer word, FD 0A */
	MB_VALUE_INVALID, /* see reason; the raw bytes are kept in the record */
};

/* X(NAME, "text") why a value is invalid */
/* clang-format off */
#define MB_REASON_MAP(X) \
	X(NONE,          "ok") \
	X(NOT_AVAILABLE, "not available") \
	X(BCD_ERROR,     "BCD error") \
	X(BCD_OVERFLOW,  "BCD overflow") \
	X(BCD_UNDERFLOW, "BCD underflow") \
	X(NO_DATE,       "no date yet") \
	X(BAD_DATE,      "impossible date") \
	X(TIME_INVALID,  "time invalid") \
	X(NOT_A_NUMBER,  "not a number") \
	X(RECORD_ERROR,  "record error") \
	X(TOO_LARGE,     "too large") \
	X(BAD_LENGTH,    "data length does not fit the type") \
	X(MISSING_BASE,  "base of the profile missing")
/* clang-format on */

enum mb_reason {
#define MB_X(name, text) MB_REASON_##name,
	MB_REASON_MAP(MB_X)
#undef MB_X
};
const char *mb_reason_text(unsigned reason);

/* (-1)^negative * magnitude * 10^exp10. Zero is never negative. */
struct mb_decimal {
	uint64_t magnitude;
	int16_t exp10;
	bool negative;
};

/*
 * A point in time as the meter sent it: local time of the meter, no zone. A field that is periodic
 * ("every month") holds MB_EVERY. Year is full (2014), month 1..12, day 1..31.
 */
#define MB_EVERY (-1)
struct mb_datetime {
	int16_t year;
	int8_t month, day;
	int8_t hour, minute, second; /* second 0 in type F */
	uint8_t type; /* 'F' 'G' 'I' 'J' */
	uint8_t weekday; /* type I: 1 Monday .. 7 Sunday, 0 unspecified */
	uint8_t week; /* type I: 1..53, 0 unspecified */
	int8_t dst_hours; /* type I: daylight-saving deviation, signed */
	bool summer; /* SU: summer time is applied */
	bool invalid; /* IV: the meter says its clock is not valid */
	bool leap_year; /* type I */
	bool periodic; /* at least one field is MB_EVERY */
};

struct mb_value {
	uint8_t type; /* enum mb_value_type */
	uint8_t reason; /* enum mb_reason; NONE unless INVALID, or TIME_INVALID on a date with IV,
			   BCD_OVERFLOW / BCD_UNDERFLOW on a number read by those rules */
	union {
		struct mb_decimal number; /* scaled: VIF, VIFE factors and constants applied */
		struct {
			uint32_t bits; /* IEEE 754 single, unscaled */
			int16_t exp10; /* value = real * 10^exp10 */
		} real;
		struct mb_datetime datetime;
		struct {
			const uint8_t *data; /* into the telegram */
			uint16_t len;
			bool msb_first; /* bytes stand most significant first (text: in reading order) */
		} bytes; /* TEXT, BITS, BYTES, DIGITS */
		uint16_t manufacturer;
	};
};

/* Longest text of a number, real, date (with NUL). Text, bits, bytes, digits: 2 * len + 1 suffices. */
#define MB_VALUE_TEXT_MAX 64

/*
 * Text of a value in the unit of its record: "1.891", "-3", "2015-04-02T16:53" (type F),
 * "2016-07-22T08:00:00" (type I), "2014-12-31", "16:53:07", "*-01-01T00:00" (every year), text in
 * UTF-8 without padding, "08031768" (digits), "LSE" (manufacturer), bits and bytes in upper-case hex
 * (bits most significant first, bytes as sent), "" for NONE and INVALID. Never rounds; a real has the
 * fewest digits that read back equal. Numbers keep trailing zeros that the scale implies ("1.890");
 * up to 20 zeros are written out, else "1891e25".
 * Returns the length without NUL, or MB_E_NO_SPACE.
 */
int mb_value_text(const struct mb_value *value, char *buf, size_t max);
int mb_decimal_text(const struct mb_decimal *number, char *buf, size_t max);
int mb_datetime_text(const struct mb_datetime *datetime, char *buf, size_t max);
/* Shortest decimal of a single: returns false for NaN and infinity. */
bool mb_real_decimal(uint32_t bits, struct mb_decimal *ret_number);
/* NUMBER, finite REAL or decimal DIGITS as one decimal, false else. */
bool mb_value_decimal(const struct mb_value *value, struct mb_decimal *ret_number);
/* -1, 0, 1; exact. */
int mb_decimal_cmp(const struct mb_decimal *a, const struct mb_decimal *b);
/* Sum, exact; false when it does not fit 64 bits. */
bool mb_decimal_add(
	const struct mb_decimal *a, const struct mb_decimal *b, struct mb_decimal *ret_sum);

/* Types F, G, I, J by length (4, 2, 6, 3 bytes, low byte first). Returns 0 and a value of type
 * DATE, DATETIME, TIME or INVALID; MB_E_INVALID for other lengths. */
int mb_datetime_read(const uint8_t *bytes, size_t len, struct mb_value *ret_value);
/* The inverse: type 'F', 'G', 'I', 'J' into 4, 2, 6, 3 bytes; MB_E_INVALID when a field is out of range. */
int mb_datetime_write(const struct mb_datetime *datetime, uint8_t type, uint8_t *ret_bytes);

#ifdef __cplusplus
}
#endif
#endif
