/* SPDX-License-Identifier: MIT */
#include "export/values.h"

#include "export/put.h"

#include <meterbus/encode.h>

#include <stdio.h>

#define ZEROS_MAX 30 /* more are written as e31 */
#define LVAR_BINARY 0xE0

static char *put_zeros(char *p, unsigned n)
{
	memset(p, '0', n);
	return p + n;
}

/* A point into the n digits in front of p, and zeros where they do not reach. */
static char *put_point(char *p, unsigned n, unsigned places)
{
	char *digits = p - n;

	if (n <= places) {
		memmove(digits + 2 + places - n, digits, n);
		memcpy(digits, "0.", 2);
		memset(digits + 2, '0', places - n);
		return digits + 2 + places;
	}
	for (; places; places--, p--)
		*p = p[-1];
	*p = '.';
	return digits + n + 1;
}

char *put_decimal(char *p, const struct mb_decimal *number, unsigned decimals_min)
{
	int exp10 = number->exp10;
	unsigned places = 0;
	char *digits;

	if (number->negative)
		p = put_char(p, '-');
	digits = p;
	p = put_u64(p, number->magnitude);
	if (exp10 == 0 && decimals_min == 0)
		return p;
	if (exp10 < -ZEROS_MAX || exp10 > ZEROS_MAX)
		return put_i64(put_char(p, 'e'), exp10);
	if (exp10 < 0) {
		places = (unsigned)-exp10;
		p = put_point(p, (unsigned)(p - digits), places);
	} else if (number->magnitude) {
		p = put_zeros(p, (unsigned)exp10);
	}
	if (places >= decimals_min)
		return p;
	if (places == 0)
		p = put_char(p, '.');
	return put_zeros(p, decimals_min - places);
}

char *put_real(char *p, const struct mb_record *r, int exp10, unsigned decimals)
{
	struct mb_decimal number;
	double scaled;
	float real;
	int len;

	if (!mb_real_decimal(r->value.real.bits, &number))
		return p;
	memcpy(&real, &r->value.real.bits, sizeof(real));
	for (scaled = (double)real; exp10 > 0; exp10--)
		scaled *= 10;
	len = snprintf(p, PUT_REAL_MAX, "%.*f", (int)decimals, scaled);
	return p + (len < PUT_REAL_MAX ? len : PUT_REAL_MAX - 1);
}

/* Without the zeros in front of a number. */
static char *put_stripped(char *p, const char *text, size_t len, put_escaped *escaped)
{
	if (len > 0 && *text == '-') {
		p = put_char(p, '-');
		text++;
		len--;
	}
	while (len > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
		text++;
		len--;
	}
	return escaped(p, text, len);
}

/* Bytes with the most significant one first. */
static char *put_backwards(char *p, const struct mb_record *r, char between)
{
	for (size_t i = 0; i < r->data_len; i++) {
		if (i > 0 && between)
			p = put_char(p, between);
		p = put_hex_byte(p, r->data[r->msb_first ? i : r->data_len - 1u - i]);
	}
	return p;
}

static bool is_bcd(const struct mb_record *r)
{
	return r->data_field > MB_DATA_SELECT && r->data_field != MB_DATA_LVAR;
}

bool values_bits(const struct mb_record *r, uint64_t *ret_bits)
{
	uint64_t bits = 0;

	if (r->value.type != MB_VALUE_BITS || r->data_len > sizeof(bits))
		return false;
	for (size_t i = 0; i < r->data_len; i++)
		bits = bits << 8 | r->data[r->msb_first ? i : r->data_len - 1u - i];
	*ret_bits = bits;
	return true;
}

char *put_raw_value(
	char *p, const struct mb_record *r, unsigned real_decimals, put_escaped *escaped)
{
	char text[VALUES_TEXT_MAX];
	int len;

	if (r->value.type == MB_VALUE_NUMBER && r->vife_len == 0) { /* only scaled */
		if (r->value.number.negative)
			p = put_char(p, '-');
		return put_u64(p, r->value.number.magnitude);
	}
	if (r->kind != MB_RECORD_DATA)
		return put_hex_blanks(p, r->data, r->data_len);
	if (r->value.type == MB_VALUE_REAL)
		return put_real(p, r, 0, real_decimals);
	if (r->value.type == MB_VALUE_BYTES)
		return put_hex_blanks(p, r->data, r->data_len);
	if (r->lvar >= LVAR_BINARY && (r->value.type == MB_VALUE_BITS || r->data_len > 8))
		return put_backwards(p, r, ' ');
	if (r->value.reason == MB_REASON_TIME_INVALID)
		return p; /* this shape has no place for the flag */
	if (r->value.type == MB_VALUE_INVALID && is_bcd(r))
		return put_backwards(p, r, 0);
	len = mb_record_raw_text(r, text, sizeof(text));
	if (len <= 0)
		return p;
	if (r->value.type == MB_VALUE_TEXT)
		return escaped(p, text, (size_t)len);
	return put_stripped(p, text, (size_t)len, escaped);
}

#define DRIVER_WORDS "next VIFE's and data of this block are manufacturer specific"
#define OUR_WORDS "manufacturer specific"

int values_description(const struct mb_record *r, char *buf, size_t max)
{
	int len = mb_record_description(r, buf, max);
	char *words = len > 0 && r->vife_len > 0 ? strstr(buf, DRIVER_WORDS) : NULL;
	size_t cut = strlen(DRIVER_WORDS) - strlen(OUR_WORDS);

	if (!words)
		return len;
	memmove(words, words + cut, strlen(words + cut) + 1); /* theirs end with ours */
	return len - (int)cut;
}

int values_plain_text(const struct mb_record *r, char *buf, size_t max)
{
	struct mb_value text = {.type = MB_VALUE_TEXT};
	int len;

	text.bytes.data = r->text;
	text.bytes.len = r->text_len;
	text.bytes.msb_first = r->msb_first;
	len = mb_value_text(&text, buf, max);
	return len < 0 ? 0 : len;
}

uint8_t values_fixed_unit(const struct mb_record *r)
{
	return r->vib[0] & 0x3F;
}
