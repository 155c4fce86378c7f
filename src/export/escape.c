/* SPDX-License-Identifier: MIT */
#include "export/put.h"

static char *json_control(char *p, uint8_t c)
{
	static const char letters[14] = "uuuuuuuubtnufr"; /* 00..0D */

	p = put_char(p, '\\');
	if (c < sizeof(letters) && letters[c] != 'u')
		return put_char(p, letters[c]);
	p = PUT(p, "u00");
	return put_hex_byte(p, c);
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
			p = PUT(p, "\\u00");
			p = put_hex_byte(p, (uint8_t)text[i]);
			continue;
		}
		if (c == '"' || c == '\\')
			p = put_char(p, '\\');
		p = put_char(p, (char)c);
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

/* One character of UTF-8, which comes from our own tables and from ISO 8859-1: 1..3 bytes. */
static size_t utf8_next(const char *text, size_t n, uint32_t *ret_c)
{
	uint8_t c = (uint8_t)text[0];

	if (c >= 0xE0 && n >= 3) {
		*ret_c = (c & 0x0Fu) << 12 | ((uint8_t)text[1] & 0x3Fu) << 6 |
			 ((uint8_t)text[2] & 0x3Fu);
		return 3;
	}
	if (c >= 0xC0 && n >= 2) {
		*ret_c = (c & 0x1Fu) << 6 | ((uint8_t)text[1] & 0x3Fu);
		return 2;
	}
	*ret_c = c;
	return 1;
}

static char *xml_char(char *p, uint32_t c)
{
	switch (c) {
	case '&':
		return PUT(p, "&amp;");
	case '<':
		return PUT(p, "&lt;");
	case '>':
		return PUT(p, "&gt;");
	case '"':
		return PUT(p, "&quot;");
	default:
		break;
	}
	if (c < 0x20 || (c >= 0x7F && c < 0xA0))
		return put_char(p, ' ');
	if (c <= 0xFF)
		return put_char(p, (char)c);
	p = PUT(p, "&#");
	return put_char(put_u64(p, c), ';');
}

char *put_shown(char *p, const char *text, size_t n)
{
	while (n > 0) {
		uint32_t c;
		size_t len = utf8_next(text, n, &c);

		if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
			p = put_char(p, ' ');
		} else {
			memmove(p, text, len);
			p += len;
		}
		text += len;
		n -= len;
	}
	return p;
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7F && c != '&' && c != '<' && c != '>' && c != '"';
}

char *put_xml(char *p, const char *text, size_t n)
{
	while (n > 0) {
		uint32_t c;
		size_t len;

		if (is_plain((uint8_t)*text)) {
			*p++ = *text++;
			n--;
			continue;
		}
		len = utf8_next(text, n, &c);
		p = xml_char(p, c);
		text += len;
		n -= len;
	}
	return p;
}
