/* SPDX-License-Identifier: MIT */
/* Values as people write them. */
#ifndef SIM_KEYS_READ_H
#define SIM_KEYS_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole text is a number, decimal or 0x.., within min and max. */
bool keys_read_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
bool keys_read_hex(const char *text, unsigned digits, uint32_t *ret); /* exactly so many digits */
/* Hex with or without blanks. Returns the count of bytes, or -1. */
int keys_read_bytes(const char *text, uint8_t *ret_bytes, size_t max);
/* Milliseconds with a fraction, as microseconds. */
bool keys_read_ms(const char *text, uint32_t max_ms, uint32_t *ret_us);
int keys_read_bool(const char *value); /* yes 1, no 0, else -1 */

#endif
