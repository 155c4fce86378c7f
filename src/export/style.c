/* SPDX-License-Identifier: MIT */
#include "export/style.h"

char *put_style(char *p, bool color, enum style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "\033[0m",
		[STYLE_BOLD] = "\033[1m",
		[STYLE_DIM] = "\033[2m",
		[STYLE_GOOD] = "\033[32m",
		[STYLE_BAD] = "\033[31m",
		[STYLE_HEAD] = "\033[34m",
		[STYLE_DIB] = "\033[33m",
		[STYLE_VIB] = "\033[36m",
		[STYLE_DATA] = "\033[32m",
	};

	return color ? put_text(p, codes[style]) : p;
}

size_t style_width(const char *text, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((uint8_t)text[i] & 0xC0) != 0x80;
	return width;
}
