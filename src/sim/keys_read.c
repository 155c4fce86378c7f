/* SPDX-License-Identifier: MIT */
#include "sim/keys_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_MS 1000

bool keys_read_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	char *end;
	unsigned long long n;

	if (!isdigit((unsigned char)text[0]))
		return false;
	n = strtoull(text, &end, 0);
	if (*end || n < min || n > max)
		return false;
	*ret = n;
	return true;
}

bool keys_read_hex(const char *text, unsigned digits, uint32_t *ret)
{
	if (strlen(text) != digits || strspn(text, "0123456789abcdefABCDEF") != digits)
		return false;
	*ret = (uint32_t)strtoul(text, NULL, 16);
	return true;
}

int keys_read_bytes(const char *text, uint8_t *ret_bytes, size_t max)
{
	size_t n = 0;

	while (*text) {
		char pair[3] = {0};
		uint32_t byte;

		if (isspace((unsigned char)*text)) {
			text++;
			continue;
		}
		strncpy(pair, text, 2);
		if (n == max || !keys_read_hex(pair, 2, &byte))
			return -1;
		ret_bytes[n++] = (uint8_t)byte;
		text += 2;
	}
	return (int)n;
}

bool keys_read_ms(const char *text, uint32_t max_ms, uint32_t *ret_us)
{
	char *end;
	double ms = strtod(text, &end);

	if (end == text || *end || !(ms >= 0) || ms > max_ms)
		return false;
	*ret_us = (uint32_t)(ms * US_PER_MS + 0.5);
	return true;
}

int keys_read_bool(const char *value)
{
	return !strcmp(value, "yes") ? 1 : !strcmp(value, "no") ? 0 : -1;
}
