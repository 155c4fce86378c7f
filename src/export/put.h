/* SPDX-License-Identifier: MIT */
/* Pieces of text into memory that is known to be large enough; each returns the new end. */
#ifndef EXPORT_PUT_H
#define EXPORT_PUT_H

#include "base/json_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A string literal: its length is known to the compiler. */
#define PUT(p, literal) put_bytes((p), "" literal, sizeof(literal) - 1)

extern const char put_hex_pairs[513]; /* "000102..FF" */
extern const char put_digit_pairs[201]; /* "000102..99" */

static inline char *put_bytes(char *p, const char *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

static inline char *put_text(char *p, const char *text)
{
	return stpcpy(p, text); /* its NUL is overwritten by what follows */
}

static inline char *put_char(char *p, char c)
{
	*p = c;
	return p + 1;
}

static inline char *put_hex_byte(char *p, uint8_t byte)
{
	return put_bytes(p, put_hex_pairs + 2u * byte, 2);
}

/* Two digits, n < 100. */
static inline char *put_2(char *p, unsigned n)
{
	return put_bytes(p, put_digit_pairs + 2 * n, 2);
}

char *put_u64_long(char *p, uint64_t n); /* n >= 100 */

static inline char *put_u64(char *p, uint64_t n)
{
	if (n < 10)
		return put_char(p, (char)('0' + n));
	if (n < 100)
		return put_2(p, (unsigned)n);
	return put_u64_long(p, n);
}

char *put_i64(char *p, int64_t n);
/* "6831" */
static inline char *put_hex(char *p, const uint8_t *bytes, size_t n)
{
	for (; n >= 4; n -= 4, bytes += 4, p += 8) {
		put_hex_byte(p, bytes[0]);
		put_hex_byte(p + 2, bytes[1]);
		put_hex_byte(p + 4, bytes[2]);
		put_hex_byte(p + 6, bytes[3]);
	}
	for (; n; n--)
		p = put_hex_byte(p, *bytes++);
	return p;
}

/* "68 31" */
char *put_hex_blanks(char *p, const uint8_t *bytes, size_t n);
/* Identification: eight digits, A..F possible. */
char *put_id(char *p, uint32_t id);
/* "2026-11-21T09:28:00Z", with ".123456" when there are microseconds and `fraction`. Always UTC. */
char *put_time(char *p, int64_t wall_us, bool fraction);
#define PUT_TIME_MAX 32

/* Inside XML in ISO 8859-1; text is UTF-8. What the encoding has not becomes a reference, what XML
 * has not a blank, as with libmbus. Up to 8 characters a byte. */
char *put_xml(char *p, const char *text, size_t n);
#define PUT_ESCAPED_MAX 8
/* On a terminal; text is UTF-8, `p` may be `text`. What would move the cursor becomes a blank: meters
 * must not write where they please. */
char *put_shown(char *p, const char *text, size_t n);

#endif
