/* SPDX-License-Identifier: MIT */
#include "frame_sum.h"

#define SUM_LANES 16

/* In lanes that a compiler turns into vector instructions. */
uint8_t mbi_frame_sum(const uint8_t *p, size_t len)
{
	uint8_t lanes[SUM_LANES] = {0};
	unsigned sum = 0;

	if (len >= SUM_LANES) {
		for (; len >= SUM_LANES; p += SUM_LANES, len -= SUM_LANES)
			for (unsigned i = 0; i < SUM_LANES; i++)
				lanes[i] = (uint8_t)(lanes[i] + p[i]);
		for (unsigned i = 0; i < SUM_LANES; i++)
			sum += lanes[i];
	}
	while (len--)
		sum += *p++;
	return (uint8_t)sum;
}
