/* SPDX-License-Identifier: MIT */
#include <meterbus/engine.h>

#define US_PER_S 1000000u

unsigned mb_line_bits(const struct mb_line *line)
{
	return 1u + line->data_bits + (line->parity != MB_PARITY_NONE) + line->stop_bits;
}

uint64_t mb_line_bit_us(const struct mb_line *line, size_t n_bits)
{
	if (!line->baud)
		return 0;
	return ((uint64_t)n_bits * US_PER_S + line->baud - 1) / line->baud;
}

uint64_t mb_line_bytes_us(const struct mb_line *line, size_t n)
{
	return mb_line_bit_us(line, n * mb_line_bits(line));
}

bool mb_line_equal(const struct mb_line *a, const struct mb_line *b)
{
	return a->baud == b->baud && a->data_bits == b->data_bits && a->parity == b->parity &&
	       a->stop_bits == b->stop_bits;
}
