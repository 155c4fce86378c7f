/* SPDX-License-Identifier: MIT */
/*
 * What is on the line, bit by bit, and the UART that listens to it. A wave is what one sender
 * puts on the line; the line is a space where anyone sends a space (AND of all). Collisions, a
 * wrong speed, a wrong parity and breaks need no rules of their own: the UART samples them.
 */
#ifndef SIM_WAVE_H
#define SIM_WAVE_H

#include <meterbus/engine.h>
#include <meterbus/frame.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAVE_BYTES_MAX (MB_FRAME_MAX + 1)

struct wave {
	uint64_t start_ns, end_ns;
	struct mb_line line;
	bool space; /* a break: space all along */
	bool silent; /* heard only where another wave runs into it */
	uint16_t n;
	uint8_t bytes[WAVE_BYTES_MAX];
};

void wave_init(struct wave *w, const struct mb_line *line, const uint8_t *bytes, size_t n,
	uint64_t start_ns); /* n <= WAVE_BYTES_MAX */
void wave_init_break(struct wave *w, uint64_t start_ns, uint64_t length_ns);

struct uart {
	struct mb_line line;
	uint64_t now_ns; /* the line is decoded up to here */
	bool space; /* it was a space: a start bit comes only after a mark */
};

struct uart_byte {
	uint64_t end_ns; /* of its stop bit */
	uint8_t byte;
	uint8_t marks; /* MB_MARK_* */
};

/* The next byte that the UART sees in these waves; false: no start bit from now_ns on. */
bool uart_next(struct uart *u, const struct wave *waves, size_t n, struct uart_byte *ret_byte);

#endif
