/* SPDX-License-Identifier: MIT */
/* "68 0B 0B" to bytes. */
#ifndef TEST_HEX_H
#define TEST_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Blanks are skipped; aborts on anything else and when the bytes do not fit. */
static inline size_t hex_read(const char *text, uint8_t *buf, size_t max)
{
	size_t n = 0;

	while (*text) {
		if (*text == ' ') {
			text++;
			continue;
		}
		if (n == max || hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0)
			abort();
		buf[n++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
		text += 2;
	}
	return n;
}

#endif
