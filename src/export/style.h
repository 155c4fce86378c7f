/* SPDX-License-Identifier: MIT */
/* Colours of a terminal. */
#ifndef EXPORT_STYLE_H
#define EXPORT_STYLE_H

#include "export/put.h"

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_HEAD, /* frame and header */
	STYLE_DIB,
	STYLE_VIB,
	STYLE_DATA,
};

/* Switches colour; nothing when there is none. At most STYLE_MAX characters. */
char *put_style(char *p, bool color, enum style style);
#define STYLE_MAX 8

/* Characters that a terminal shows of UTF-8 text. */
size_t style_width(const char *text, size_t n);

#endif
