/* SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <stddef.h>

#define JSON_ESCAPED_MAX 6 /* characters that one byte of text can become */

/* Inside JSON quotes; text is UTF-8. The room must be there; returns the new end. */
char *put_json(char *p, const char *text, size_t n);

#endif
