/* SPDX-License-Identifier: MIT */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Value of a digit, -1 for any other character. */
int hex_digit(char c);
/* Two digits. */
bool hex_byte(const char *text, uint8_t *ret_byte);
/*
 * Bytes of a text: pairs of digits, with blanks, commas, colons, dashes or "0x" in front of them, or
 * none. Returns their count, or -1 when something else stands there or there are more than max.
 */
int hex_bytes(const char *text, size_t len, uint8_t *ret_bytes, size_t max);
/* "68310A": 2 * n letters and a NUL. */
void hex_text(const uint8_t *bytes, size_t n, char *ret_text);

#endif
