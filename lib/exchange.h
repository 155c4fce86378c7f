/* SPDX-License-Identifier: MIT */
/*
 * One step of a dialogue: send a frame, hear what comes, give it a name. The master and the search
 * are made of these. It waits for an idle line, takes our echo out of what is heard, finds the end
 * of an answer by its length, and is over when the line may be used again: after the guard time
 * behind an answer, 33 bit times of idle behind garbage, at once after silence.
 *
 *	mbi_exchange_init(&x, &path, now);
 *	mbi_exchange_start(&x, bytes, len, MBI_EXPECT_ACK, false, now);
 *	... tx, sent, rx, tick, as the engine is asked ...
 *	if (mbi_exchange_result(&x, &r))	over: look at r, start the next one
 */
#ifndef METERBUS_LIB_EXCHANGE_H
#define METERBUS_LIB_EXCHANGE_H

#include <meterbus/path.h>

enum mbi_expect {
	MBI_EXPECT_NONE, /* nobody answers: broadcast */
	MBI_EXPECT_ACK, /* E5 */
	MBI_EXPECT_RESPONSE, /* RSP_UD; E5 is MB_E_NO_DATA */
	MBI_EXPECT_ANYTHING, /* whatever comes until the line is idle */
};

/*
 * outcome, by what was heard (less our echo):
 *	0			exactly the frame expected; NONE and ANYTHING: also nothing at all
 *	MB_E_SILENCE		nothing
 *	MB_E_NO_DATA, _NACK	E5 instead of RSP_UD; A2 (or 10 01 A CS 16)
 *	MB_E_WRONG_ANSWER	one clean frame of a slave, but another than expected
 *	MB_E_TRAILING		a good frame, then bytes that are none
 *	MB_E_COLLISION		a good frame, then another one
 *	MB_E_FOREIGN_MASTER	a frame of a master (C bit 6) that is not our echo
 *	MB_E_ECHO_DIFFERS	our bytes came back changed and no answer after them
 *	MB_E_BAD_LENGTH, _BAD_START2, _BAD_CHECKSUM, _BAD_STOP	a broken frame
 *	MB_E_CUT		a frame that stopped in the middle
 *	MB_E_PARITY		a frame with a marked byte in it
 *	MB_E_BAD_START		clean bytes of which none starts a frame
 *	MB_E_NOISE		the same with marks; a line that is never idle
 * Bytes 00 and FF in front of an answer (a converter switching) and garbage in front of a good
 * long frame do not change the outcome: see junk. A search that must be strict looks at
 * junk, trailing and late too.
 */
struct mbi_result {
	int outcome;
	int plain; /* outcome of the frame alone, as though no bytes were around it */
	bool has_frame; /* also with TRAILING, COLLISION, NO_DATA, NACK, WRONG_ANSWER */
	struct mb_frame frame; /* points into bytes */
	const uint8_t *bytes, *marks; /* all that was heard but our echo; until the next start */
	uint16_t len; /* of bytes: at most MB_HEARD_MAX */
	uint32_t count; /* bytes heard, kept or not */
	uint16_t junk; /* bytes in front of the frame */
	uint16_t trailing; /* bytes behind it */
	uint32_t late; /* bytes that came before our last one was out: not of this answer */
	bool echo; /* our bytes came back */
	bool echo_differs; /* changed */
	bool echo_changed; /* echo is now known to be there, or known to be gone: tell the user once */
	bool sent; /* false: the line was never idle, nothing was sent */
	uint64_t end_us; /* end of our last stop bit */
	uint64_t first_us, last_us; /* first and last byte heard; 0 without any */
	uint64_t frame_us; /* last byte of the frame */
};

#define MBI_BAUD_MAX 921600 /* of a stream; the bus ends at 38400 */

bool mbi_path_valid(const struct mb_path *path); /* path.c */

void mbi_exchange_init(struct mb_exchange *x, const struct mb_path *path, uint64_t now_us);
/* Path for the exchanges to come, e.g. another speed. What was learned about echo is kept. */
void mbi_exchange_set_path(struct mb_exchange *x, const struct mb_path *path);
/* Nothing is sent before this time (converters that hold the line, busy meters). */
void mbi_exchange_hold(struct mb_exchange *x, uint64_t until_us);

/*
 * bytes (1..65535) stay the caller's and must live until the result. whole_window: listen for the
 * whole answer time even behind a good frame, so that a second, later answer is noticed.
 */
void mbi_exchange_start(struct mb_exchange *x, const uint8_t *bytes, size_t len,
	enum mbi_expect expect, bool whole_window, uint64_t now_us);
/* Give up: nothing more is sent, no result. The line is drained before the next exchange. */
void mbi_exchange_abort(struct mb_exchange *x, uint64_t now_us);

size_t mbi_exchange_tx(struct mb_exchange *x, uint64_t now_us, const uint8_t **ret_bytes);
void mbi_exchange_sent(struct mb_exchange *x, size_t n, uint64_t end_us);
void mbi_exchange_rx(struct mb_exchange *x, const uint8_t *bytes, const uint8_t *marks, size_t n,
	uint64_t now_us);
uint64_t mbi_exchange_deadline(const struct mb_exchange *x);
void mbi_exchange_tick(struct mb_exchange *x, uint64_t now_us);

bool mbi_exchange_busy(const struct mb_exchange *x); /* started and not over */
/* True once when the exchange is over, false else. */
bool mbi_exchange_result(struct mb_exchange *x, struct mbi_result *ret_result);

#endif
