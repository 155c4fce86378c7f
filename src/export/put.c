/* SPDX-License-Identifier: MIT */
#include "export/put.h"

#define DIGITS_MAX 20 /* of 64 bits */

#define HEX_ROW(h) \
	h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" h "8" h "9" h "A" h "B" h "C" h "D" h \
	  "E" h "F"
#define DEC_ROW(d) d "0" d "1" d "2" d "3" d "4" d "5" d "6" d "7" d "8" d "9"

/* clang-format off */
const char put_hex_pairs[513] =
	HEX_ROW("0") HEX_ROW("1") HEX_ROW("2") HEX_ROW("3") HEX_ROW("4") HEX_ROW("5") HEX_ROW("6") HEX_ROW("7")
	HEX_ROW("8") HEX_ROW("9") HEX_ROW("A") HEX_ROW("B") HEX_ROW("C") HEX_ROW("D") HEX_ROW("E") HEX_ROW("F");
const char put_digit_pairs[201] =
	DEC_ROW("0") DEC_ROW("1") DEC_ROW("2") DEC_ROW("3") DEC_ROW("4")
	DEC_ROW("5") DEC_ROW("6") DEC_ROW("7") DEC_ROW("8") DEC_ROW("9");
/* clang-format on */

/* Of n >= 100. */
static unsigned count_digits(uint64_t n)
{
	unsigned digits = 3;

	for (uint64_t limit = 1000; n >= limit && digits < DIGITS_MAX; limit *= 10)
		digits++;
	return digits;
}

char *put_u64_long(char *p, uint64_t n)
{
	char *end = p + count_digits(n), *d = end;

	while (n >= 100) {
		d -= 2;
		memcpy(d, put_digit_pairs + 2 * (n % 100), 2);
		n /= 100;
	}
	if (n >= 10)
		memcpy(d - 2, put_digit_pairs + 2 * n, 2);
	else
		d[-1] = (char)('0' + n);
	return end;
}

char *put_i64(char *p, int64_t n)
{
	if (n < 0)
		p = put_char(p, '-');
	return put_u64(p, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

char *put_hex_blanks(char *p, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			p = put_char(p, ' ');
		p = put_hex_byte(p, bytes[i]);
	}
	return p;
}

char *put_id(char *p, uint32_t id)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		p = put_hex_byte(p, (uint8_t)(id >> shift));
	return p;
}

/* Days since 1970-01-01 to a civil date, proleptic Gregorian. */
static void civil_date(int64_t days, int *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	int64_t shifted = days + 719468; /* from 0000-03-01, so that leap days end the years */
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	unsigned of_era = (unsigned)(shifted - era * 146097);
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153;

	*ret_day = of_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = (int)(year + era * 400) + (*ret_month <= 2);
}

char *put_time(char *p, int64_t wall_us, bool fraction)
{
	int64_t seconds = wall_us / 1000000, us = wall_us % 1000000, days, second;
	unsigned month, day;
	int year;

	if (us < 0) {
		us += 1000000;
		seconds--;
	}
	days = seconds / 86400;
	second = seconds % 86400;
	if (second < 0) {
		second += 86400;
		days--;
	}
	civil_date(days, &year, &month, &day);
	p = put_2(put_2(p, (unsigned)year / 100 % 100), (unsigned)year % 100);
	p = put_2(put_char(p, '-'), month);
	p = put_2(put_char(p, '-'), day);
	p = put_2(put_char(p, 'T'), (unsigned)(second / 3600));
	p = put_2(put_char(p, ':'), (unsigned)(second / 60 % 60));
	p = put_2(put_char(p, ':'), (unsigned)(second % 60));
	if (fraction && us > 0) {
		p = put_2(put_char(p, '.'), (unsigned)(us / 10000));
		p = put_2(p, (unsigned)(us / 100 % 100));
		p = put_2(p, (unsigned)(us % 100));
	}
	return put_char(p, 'Z');
}
