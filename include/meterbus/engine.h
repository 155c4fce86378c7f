/* SPDX-License-Identifier: MIT */
/*
 * The shape that the master, the search and the slave share: no I/O, no clock. Bytes and time go
 * in; bytes, a deadline and events come out. Time is microseconds of any monotonic clock, given
 * by the caller with each call and never going backwards.
 *
 *	for (;;) {
 *		while (engine has an event) take it;
 *		line(&want): set the port's speed and format before the next tx when it differs
 *		n = tx(now, &bytes): lend bytes to the port; after writing k of them sent(k, end)
 *		wait until deadline() or bytes arrive; then rx(bytes, marks, n, now) or tick(now)
 *	}
 */
#ifndef METERBUS_ENGINE_H
#define METERBUS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_NEVER UINT64_MAX /* a deadline that never comes */

enum mb_parity {
	MB_PARITY_NONE,
	MB_PARITY_EVEN, /* M-Bus: EN 13757-2 */
	MB_PARITY_ODD,
};

/* Settings of a serial line. M-Bus is 8E1: 11 bits a byte. */
struct mb_line {
	uint32_t baud; /* 300..38400 for M-Bus; a stream may allow others */
	uint8_t data_bits; /* 7 or 8 */
	uint8_t parity; /* enum mb_parity */
	uint8_t stop_bits; /* 1 or 2 */
};

#define MB_LINE_2400_8E1 \
	{ \
		2400, 8, MB_PARITY_EVEN, 1 \
	}

/* Bits of one byte on the line, start bit included (8E1: 11). */
unsigned mb_line_bits(const struct mb_line *line);
/* Time of n bytes on this line in microseconds, rounded up. baud 0 gives 0. */
uint64_t mb_line_bytes_us(const struct mb_line *line, size_t n);
/* Time of n bit times in microseconds, rounded up. */
uint64_t mb_line_bit_us(const struct mb_line *line, size_t n_bits);
bool mb_line_equal(const struct mb_line *a, const struct mb_line *b);

/* Marks that may accompany received bytes, one a byte; NULL for none. */
#define MB_MARK_PARITY 0x01 /* parity error */
#define MB_MARK_FRAMING 0x02 /* stop bit missing */
#define MB_MARK_BREAK 0x04 /* a break, the byte is 0 */
#define MB_MARK_OVERRUN 0x08 /* bytes were lost before this one */

/*
 * What a runner needs to drive any engine. `self` is the engine.
 *
 * tx      lends the bytes that should go out now: returns their count and sets *ret_bytes, or 0.
 *         The bytes stay valid until sent() has taken all of them. May be asked again and again.
 * sent    n of the lent bytes went out; end_us is the computed end of their last stop bit on the
 *         line (now + line time of what is queued before it, never just the return of write()).
 * rx      n bytes arrived (n may be 0); now_us is when the last of them was complete.
 * deadline  when tick() wants to be called at the latest, or MB_NEVER.
 * tick    time has passed.
 * line    the settings that the next tx wants. Same until the engine changes it.
 * send_break  microseconds of break (space) wanted before the next tx, or 0; sent(0, end) follows it.
 */
struct mb_engine_ops {
	size_t (*tx)(void *self, uint64_t now_us, const uint8_t **ret_bytes);
	void (*sent)(void *self, size_t n, uint64_t end_us);
	void (*rx)(
		void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us);
	uint64_t (*deadline)(const void *self);
	void (*tick)(void *self, uint64_t now_us);
	void (*line)(const void *self, struct mb_line *ret_line);
	uint32_t (*send_break)(const void *self); /* may be NULL: never */
};

struct mb_engine {
	const struct mb_engine_ops *ops;
	void *self;
};

#ifdef __cplusplus
}
#endif
#endif
