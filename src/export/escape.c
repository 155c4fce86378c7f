/* SPDX-License-Identifier: MIT */
#include "export/put.h"

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
