/* SPDX-License-Identifier: MIT */
#include "number.h"

uint64_t mbi_load(const uint8_t *bytes, unsigned len, bool msb_first)
{
	uint64_t n = 0;

	if (!msb_first)
		while (len--)
			n = n << 8 | bytes[len];
	else
		while (len--)
			n = n << 8 | *bytes++;
	return n;
}

void mbi_store(uint8_t *bytes, uint64_t n, unsigned len)
{
	for (; len--; n >>= 8)
		*bytes++ = (uint8_t)n;
}
