/* SPDX-License-Identifier: MIT */
#include "sim/wave.h"

#include <string.h>

#define NS_PER_S 1000000000u

static uint64_t bits_ns(const struct mb_line *line, uint64_t n_bits)
{
	return (n_bits * NS_PER_S + line->baud - 1) / line->baud;
}

void wave_init(struct wave *w, const struct mb_line *line, const uint8_t *bytes, size_t n,
	uint64_t start_ns)
{
	*w = (struct wave){.start_ns = start_ns, .line = *line, .n = (uint16_t)n};
	w->end_ns = start_ns + bits_ns(line, n * mb_line_bits(line));
	memcpy(w->bytes, bytes, n);
}

void wave_init_break(struct wave *w, uint64_t start_ns, uint64_t length_ns)
{
	*w = (struct wave){.start_ns = start_ns, .end_ns = start_ns + length_ns, .space = true};
}

static bool odd_ones(uint8_t byte)
{
	byte ^= (uint8_t)(byte >> 4);
	byte ^= (uint8_t)(byte >> 2);
	byte ^= (uint8_t)(byte >> 1);
	return byte & 1;
}

static uint8_t data_mask(const struct mb_line *line)
{
	return (uint8_t)((1u << line->data_bits) - 1);
}

static bool parity_bit(const struct mb_line *line, uint8_t byte)
{
	return odd_ones(byte & data_mask(line)) != (line->parity == MB_PARITY_ODD);
}

/* Bit i of a byte on the line: start, data from the lowest, parity, stop. */
static bool line_bit(const struct mb_line *line, uint8_t byte, unsigned i)
{
	if (i == 0)
		return false;
	if (i <= line->data_bits)
		return byte >> (i - 1) & 1;
	if (i == line->data_bits + 1u && line->parity != MB_PARITY_NONE)
		return parity_bit(line, byte);
	return true;
}

static bool wave_bit(const struct wave *w, uint64_t bit)
{
	unsigned per_byte = mb_line_bits(&w->line);

	return line_bit(&w->line, w->bytes[bit / per_byte], (unsigned)(bit % per_byte));
}

static uint64_t wave_bit_at(const struct wave *w, uint64_t t_ns)
{
	return (t_ns - w->start_ns) * w->line.baud / NS_PER_S;
}

static bool wave_mark(const struct wave *w, uint64_t t_ns)
{
	if (t_ns < w->start_ns || t_ns >= w->end_ns)
		return true;
	return !w->space && wave_bit(w, wave_bit_at(w, t_ns));
}

/* First time from t on at which this wave has the wanted level; MB_NEVER. */
static uint64_t wave_find(const struct wave *w, bool mark, uint64_t t_ns)
{
	uint64_t n_bits = (uint64_t)w->n * mb_line_bits(&w->line);

	if (t_ns < w->start_ns) {
		if (mark)
			return t_ns;
		t_ns = w->start_ns;
	}
	if (t_ns >= w->end_ns)
		return mark ? t_ns : MB_NEVER;
	if (w->space)
		return mark ? w->end_ns : t_ns;
	for (uint64_t bit = wave_bit_at(w, t_ns); bit < n_bits; bit++) {
		uint64_t at_ns = w->start_ns + bits_ns(&w->line, bit);

		if (wave_bit(w, bit) == mark)
			return at_ns > t_ns ? at_ns : t_ns;
	}
	return mark ? w->end_ns : MB_NEVER;
}

/* ---- the line: AND of all ---- */

static bool overlapped(const struct wave *waves, size_t n, size_t self, uint64_t t_ns)
{
	for (size_t i = 0; i < n; i++)
		if (i != self && !waves[i].silent && t_ns >= waves[i].start_ns &&
			t_ns < waves[i].end_ns)
			return true;
	return false;
}

static bool line_mark(const struct wave *waves, size_t n, uint64_t t_ns)
{
	for (size_t i = 0; i < n; i++) {
		if (wave_mark(&waves[i], t_ns))
			continue;
		if (!waves[i].silent || overlapped(waves, n, i, t_ns))
			return false;
	}
	return true;
}

/* From t on: the line's next mark. */
static uint64_t line_find_mark(const struct wave *waves, size_t n, uint64_t t_ns)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < n; i++) {
			uint64_t at_ns = wave_find(&waves[i], true, t_ns);

			if (at_ns > t_ns && !waves[i].silent) {
				t_ns = at_ns;
				moved = true;
			}
		}
	}
	return t_ns;
}

/* From t on: the line's next space; MB_NEVER. */
static uint64_t line_find_space(const struct wave *waves, size_t n, uint64_t t_ns)
{
	uint64_t first_ns = MB_NEVER;

	for (size_t i = 0; i < n; i++) {
		uint64_t at_ns = waves[i].silent ? MB_NEVER : wave_find(&waves[i], false, t_ns);

		if (at_ns < first_ns)
			first_ns = at_ns;
	}
	return first_ns;
}

/* ---- the UART ---- */

static struct uart_byte sample(
	const struct uart *u, const struct wave *waves, size_t n, uint64_t edge_ns)
{
	struct uart_byte b = {.end_ns = edge_ns + bits_ns(&u->line, mb_line_bits(&u->line))};
	uint64_t half_ns = bits_ns(&u->line, 1) / 2;
	bool parity = false, stop, any = false;
	unsigned bit = 1;

	for (; bit <= u->line.data_bits; bit++) {
		bool mark = line_mark(waves, n, edge_ns + bits_ns(&u->line, bit) + half_ns);

		b.byte = (uint8_t)(b.byte | mark << (bit - 1));
		any |= mark;
	}
	if (u->line.parity != MB_PARITY_NONE)
		parity = line_mark(waves, n, edge_ns + bits_ns(&u->line, bit++) + half_ns);
	stop = line_mark(waves, n, edge_ns + bits_ns(&u->line, bit) + half_ns);
	if (u->line.parity != MB_PARITY_NONE && parity != parity_bit(&u->line, b.byte))
		b.marks |= MB_MARK_PARITY;
	if (!stop)
		b.marks =
			any || parity ? b.marks | MB_MARK_FRAMING : MB_MARK_BREAK | MB_MARK_FRAMING;
	return b;
}

/* The wave whose byte begins here, if it is heard as it was sent: at our speed, and nobody else. */
static const struct wave *clean(
	const struct uart *u, const struct wave *waves, size_t n, uint64_t edge_ns)
{
	uint64_t end_ns = edge_ns + bits_ns(&u->line, mb_line_bits(&u->line));
	const struct wave *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (waves[i].end_ns <= edge_ns || waves[i].start_ns >= end_ns)
			continue;
		if (found || waves[i].silent || waves[i].space)
			return NULL;
		found = &waves[i];
	}
	return found && mb_line_equal(&found->line, &u->line) ? found : NULL;
}

/* The same as to sample it, but a byte at once. */
static bool take(const struct uart *u, const struct wave *waves, size_t n, uint64_t edge_ns,
	struct uart_byte *ret_byte)
{
	const struct wave *w = clean(u, waves, n, edge_ns);
	unsigned per_byte = mb_line_bits(&u->line);
	uint64_t bit;

	if (!w)
		return false;
	bit = wave_bit_at(w, edge_ns);
	if (bit % per_byte || w->start_ns + bits_ns(&w->line, bit) != edge_ns)
		return false;
	*ret_byte = (struct uart_byte){
		.byte = w->bytes[bit / per_byte] & data_mask(&w->line),
		.end_ns = edge_ns + bits_ns(&w->line, per_byte),
	};
	return true;
}

bool uart_next(struct uart *u, const struct wave *waves, size_t n, struct uart_byte *ret_byte)
{
	uint64_t half_ns = bits_ns(&u->line, 1) / 2;
	uint64_t edge_ns;

	edge_ns = u->space ? line_find_mark(waves, n, u->now_ns) : u->now_ns;
	edge_ns = line_find_space(waves, n, edge_ns);
	if (edge_ns == MB_NEVER)
		return false;
	if (!take(u, waves, n, edge_ns, ret_byte))
		*ret_byte = sample(u, waves, n, edge_ns);
	/* from the middle of the stop bit on it looks for the next start bit */
	u->now_ns = ret_byte->end_ns - half_ns;
	u->space = ret_byte->marks & MB_MARK_FRAMING;
	return true;
}
