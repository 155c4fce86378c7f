/* SPDX-License-Identifier: MIT */
#include "base/json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* u00XX */
static char *put_u00(char *p, uint8_t c)
{
	static const char digits[] = "0123456789ABCDEF";

	memcpy(p, "u00", 3);
	p[3] = digits[c >> 4];
	p[4] = digits[c & 15];
	return p + 5;
}

static char *json_control(char *p, uint8_t c)
{
	static const char letters[14] = "uuuuuuuubtnufr"; /* 00..0D */

	*p++ = '\\';
	if (c >= sizeof(letters) || letters[c] == 'u')
		return put_u00(p, c);
	*p++ = letters[c];
	return p;
}

#define REPEAT(byte) ((uint64_t)-1 / 255 * (byte))

/* DEL, or C1 in UTF-8 (C2 80..9F): a terminal would obey them. */
static bool is_high_control(const char *text, size_t left)
{
	const uint8_t *bytes = (const uint8_t *)text;

	return *bytes == 0x7F ||
	       (*bytes == 0xC2 && left > 1 && bytes[1] >= 0x80 && bytes[1] < 0xA0);
}

/* Which of eight bytes are below `limit` (<= 80 hex): their bit 7 is set, and perhaps that of bytes
 * behind the first one. Bytes from 80 on are never below. */
static inline uint64_t below(uint64_t word, uint8_t limit)
{
	return (word - REPEAT(limit)) & ~word & REPEAT(0x80);
}

static inline uint64_t equal(uint64_t word, uint8_t byte)
{
	return below(word ^ REPEAT(byte), 1);
}

static char *json_bytes(char *p, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c < 0x20) {
			p = json_control(p, c);
			continue;
		}
		if (is_high_control(text + i, n - i)) {
			i += c != 0x7F;
			*p++ = '\\';
			p = put_u00(p, (uint8_t)text[i]);
			continue;
		}
		if (c == '"' || c == '\\')
			*p++ = '\\';
		*p++ = (char)c;
	}
	return p;
}

/* Eight letters at once, as long as they are plain ASCII. */
char *put_json(char *p, const char *text, size_t n)
{
	for (; n >= sizeof(uint64_t); n -= sizeof(uint64_t), text += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, text, sizeof(word));
		if (below(word, 0x20) | equal(word, '"') | equal(word, '\\') | equal(word, 0x7F) |
			(word & REPEAT(0x80)))
			break;
		memcpy(p, &word, sizeof(word));
		p += sizeof(word);
	}
	return json_bytes(p, text, n);
}
