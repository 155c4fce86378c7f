/* SPDX-License-Identifier: MIT */
/* Values of records as text, for the writers. */
#ifndef EXPORT_VALUES_H
#define EXPORT_VALUES_H

#include <meterbus/record.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALUES_TEXT_MAX 1024 /* bytes of any value's text: 252 bytes with blanks, text in UTF-8 */

typedef char *put_escaped(char *p, const char *text, size_t n);

/* "12.565000": at least so many decimals, never rounded. */
char *put_decimal(char *p, const struct mb_decimal *number, unsigned decimals_min);
#define PUT_DECIMAL_MAX 96

/* As %f of the real times a power of ten >= 0: the digits of the binary number. Reals are rare. */
char *put_real(char *p, const struct mb_record *r, int exp10, unsigned decimals);
#define PUT_REAL_MAX 128 /* the longest is cut */

/* The bits of a bit array as a number; false for other values and more than 64 bits. */
bool values_bits(const struct mb_record *r, uint64_t *ret_bits);

/*
 * The value as libmbus prints it: an integer without scale and leading zeros, a real with decimals,
 * a date, text, or bytes as "37 FD 17" in the order of transmission.
 */
char *put_raw_value(
	char *p, const struct mb_record *r, unsigned real_decimals, put_escaped *escaped);

/* mb_record_description() with the words of a driver that puzzle people replaced. */
int values_description(const struct mb_record *r, char *buf, size_t max);
/* Plain-text VIF in reading order, UTF-8. Returns the length. */
int values_plain_text(const struct mb_record *r, char *buf, size_t max);
/* Unit code 0..3F of a counter of the fixed structure. */
uint8_t values_fixed_unit(const struct mb_record *r);

#endif
