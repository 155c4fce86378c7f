/* SPDX-License-Identifier: MIT */
#include "base/hex.h"

#include <string.h>

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_byte(const char *text, uint8_t *ret_byte)
{
	int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

	if (low < 0)
		return false;
	*ret_byte = (uint8_t)(high << 4 | low);
	return true;
}

static bool is_separator(char c)
{
	return c && strchr(" \t\r\n,;:-", c) != NULL;
}

int hex_bytes(const char *text, size_t len, uint8_t *ret_bytes, size_t max)
{
	const char *end = text + len;
	size_t n = 0;

	while (text < end) {
		if (is_separator(*text)) {
			text++;
			continue;
		}
		if (end - text >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
			text += 2;
		if (n == max || end - text < 2 || !hex_byte(text, &ret_bytes[n]))
			return -1;
		n++;
		text += 2;
	}
	return (int)n;
}

void hex_text(const uint8_t *bytes, size_t n, char *ret_text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		*ret_text++ = digits[bytes[i] >> 4];
		*ret_text++ = digits[bytes[i] & 15];
	}
	*ret_text = '\0';
}
