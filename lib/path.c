/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#define ANSWER_BITS 330 /* D48 5.4 */
#define ANSWER_US 50000
#define IDLE_BITS 33
#define GAP_MIN_US 50000

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

bool mbi_path_valid(const struct mb_path *path)
{
	const struct mb_line *line = &path->line;

	return line->baud && line->baud <= MBI_BAUD_MAX && line->data_bits >= 7 &&
	       line->data_bits <= 8 && line->stop_bits >= 1 && line->stop_bits <= 2 &&
	       line->parity <= MB_PARITY_ODD && path->echo <= MB_ECHO_YES;
}

uint64_t mb_path_answer_us(const struct mb_path *path)
{
	uint64_t wait_us = path->answer_us;

	if (!wait_us)
		wait_us = mb_line_bit_us(&path->line, ANSWER_BITS) + ANSWER_US;
	/* the limit is for the start bit, we see the end of the byte */
	return wait_us + mb_line_bytes_us(&path->line, 1) + path->latency_us;
}

uint64_t mb_path_gap_us(const struct mb_path *path)
{
	uint64_t gap_us = path->gap_us;

	if (!gap_us)
		gap_us = max_u64(mb_line_bit_us(&path->line, IDLE_BITS), GAP_MIN_US);
	return gap_us + mb_line_bytes_us(&path->line, 1) + path->latency_us;
}

uint64_t mb_path_guard_us(const struct mb_path *path)
{
	return path->guard_us ? path->guard_us : mb_line_bit_us(&path->line, IDLE_BITS);
}

uint64_t mb_path_idle_us(const struct mb_path *path)
{
	return mb_line_bit_us(&path->line, IDLE_BITS) + path->latency_us;
}
