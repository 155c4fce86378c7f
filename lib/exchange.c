/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include <meterbus/error.h>

#include "exchange_hear.h"
#include "mem.h"

/* A line that goes on for so long behind the answer time never ends. */
#define BABBLE_FRAMES 4
#define BABBLE_US 2000000

enum state {
	STATE_IDLE,
	STATE_WAIT, /* for an idle line */
	STATE_SEND,
	STATE_LISTEN,
	STATE_OVER,
};

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t babble_us(const struct mb_exchange *x)
{
	return BABBLE_FRAMES * mb_line_bytes_us(&x->path.line, MB_FRAME_MAX) + BABBLE_US +
	       BABBLE_FRAMES * (uint64_t)x->path.latency_us;
}

void mbi_exchange_init(struct mb_exchange *x, const struct mb_path *path, uint64_t now_us)
{
	memset(x, 0, sizeof(*x));
	x->path = *path;
	x->echo = path->echo;
	x->quiet_us = now_us;
}

void mbi_exchange_set_path(struct mb_exchange *x, const struct mb_path *path)
{
	x->path = *path;
}

void mbi_exchange_hold(struct mb_exchange *x, uint64_t until_us)
{
	x->quiet_us = max_u64(x->quiet_us, until_us);
}

void mbi_exchange_start(struct mb_exchange *x, const uint8_t *bytes, size_t len,
	enum mbi_expect expect, bool whole_window, uint64_t now_us)
{
	memset(x, 0, offsetof(struct mb_exchange, echo));
	x->tx = bytes;
	x->tx_len = (uint16_t)len;
	x->state = STATE_WAIT;
	x->expect = (uint8_t)expect;
	x->whole_window = whole_window;
	x->start_us = max_u64(now_us, x->quiet_us);
}

void mbi_exchange_abort(struct mb_exchange *x, uint64_t now_us)
{
	/* what was sent may still be answered */
	if (x->state == STATE_SEND || x->state == STATE_LISTEN)
		mbi_exchange_hold(x, max_u64(now_us, x->end_us) + mb_path_idle_us(&x->path));
	x->state = STATE_IDLE;
}

size_t mbi_exchange_tx(struct mb_exchange *x, uint64_t now_us, const uint8_t **ret_bytes)
{
	if (x->state == STATE_WAIT && now_us >= x->quiet_us)
		x->state = STATE_SEND;
	if (x->state != STATE_SEND)
		return 0;
	*ret_bytes = x->tx + x->tx_sent;
	return (size_t)x->tx_len - x->tx_sent;
}

void mbi_exchange_sent(struct mb_exchange *x, size_t n, uint64_t end_us)
{
	size_t left = (size_t)x->tx_len - x->tx_sent;

	if (x->state != STATE_SEND)
		return;
	x->tx_sent = (uint16_t)(x->tx_sent + (n < left ? n : left));
	x->end_us = end_us;
	if (x->tx_sent < x->tx_len)
		return;
	x->state = STATE_LISTEN;
	mbi_hear_echo(x, false);
}

/* ---- when it is over ---- */

static uint64_t window_end(const struct mb_exchange *x)
{
	uint64_t from_us = max_u64(x->end_us, x->echo_us);

	if (x->expect == MBI_EXPECT_NONE && !x->whole_window)
		return from_us + mb_path_guard_us(&x->path) +
		       (x->echo == MB_ECHO_NO ? 0 : x->path.latency_us);
	return from_us + mb_path_answer_us(&x->path);
}

/* Bytes behind the frame: the line must be idle as after any garbage. */
static uint64_t frame_end(const struct mb_exchange *x)
{
	uint64_t end_us = x->frame_us + mb_path_guard_us(&x->path);

	if (x->frame_at + x->frame_size < x->len)
		end_us = max_u64(end_us, x->last_us + mb_path_idle_us(&x->path));
	return x->whole_window ? max_u64(end_us, window_end(x)) : end_us;
}

static uint64_t listen_end(const struct mb_exchange *x)
{
	uint64_t gap_us = x->last_us + mb_path_gap_us(&x->path);

	if (x->expect == MBI_EXPECT_ANYTHING && x->found != MBI_FOUND_NOTHING)
		return x->whole_window ? max_u64(gap_us, window_end(x)) : gap_us;
	switch (x->found) {
	case MBI_FOUND_FRAME:
		return frame_end(x);
	case MBI_FOUND_PART:
		return gap_us;
	case MBI_FOUND_BROKEN:
		gap_us = x->last_us + mb_path_idle_us(&x->path);
		return x->whole_window ? max_u64(gap_us, window_end(x)) : gap_us;
	case MBI_FOUND_JUNK: /* the answer may still come behind it */
		return max_u64(window_end(x), x->last_us + mb_path_idle_us(&x->path));
	default: /* not even our whole echo, if there is one */
		return x->len > x->echo_len ? max_u64(window_end(x), gap_us) : window_end(x);
	}
}

/* Whatever comes, it ends here. */
static uint64_t limit_end(const struct mb_exchange *x)
{
	return (x->state == STATE_WAIT ? x->start_us : window_end(x)) + babble_us(x);
}

uint64_t mbi_exchange_deadline(const struct mb_exchange *x)
{
	uint64_t end_us;

	if (x->state != STATE_WAIT && x->state != STATE_LISTEN)
		return MB_NEVER;
	end_us = x->state == STATE_WAIT ? x->quiet_us : listen_end(x);
	return end_us < limit_end(x) ? end_us : limit_end(x);
}

/* When was byte `at` of heard complete, if the last one was at last_us? */
static uint64_t time_of(const struct mb_exchange *x, size_t at)
{
	uint64_t back_us = mb_line_bytes_us(&x->path.line, x->len > at ? x->len - 1 - at : 0);

	return x->last_us > back_us ? x->last_us - back_us : 0;
}

/* What do the bytes say by now, and when did what they say come? */
static void look(struct mb_exchange *x, bool final)
{
	bool had_frame = x->found == MBI_FOUND_FRAME;
	uint16_t echo_before = x->echo_len;

	mbi_hear_echo(x, final);
	mbi_hear_frame(x, final);
	if (x->echo_len > echo_before)
		x->echo_us = time_of(x, x->echo_len - 1u);
	if (!x->first_us && x->echo_closed && x->len > x->echo_len)
		x->first_us = x->echo_len ? time_of(x, x->echo_len) : x->begin_us;
	if (!had_frame && x->found == MBI_FOUND_FRAME)
		x->frame_us = time_of(x, (size_t)x->frame_at + x->frame_size - 1u);
}

static void finish(struct mb_exchange *x)
{
	if (x->found == MBI_FOUND_NOTHING || x->found == MBI_FOUND_PART)
		look(x, true);
	x->state = STATE_OVER;
}

void mbi_exchange_tick(struct mb_exchange *x, uint64_t now_us)
{
	if (now_us < mbi_exchange_deadline(x))
		return;
	if (x->state == STATE_LISTEN && now_us >= limit_end(x))
		mbi_exchange_hold(x, x->last_us + mb_path_idle_us(&x->path));
	if (x->state == STATE_LISTEN)
		finish(x);
	else if (x->state == STATE_WAIT && now_us < x->quiet_us)
		x->state = STATE_OVER; /* never idle; tx_sent is 0 */
}

/* ---- hearing ---- */

static void keep(struct mb_exchange *x, uint8_t byte, uint8_t mark)
{
	x->count++;
	if (x->len == MB_HEARD_MAX)
		return;
	x->heard[x->len] = byte;
	x->marks[x->len++] = mark;
}

/* While we send only our own echo can come; the rest belongs to somebody else's dialogue. */
static void rx_sending(struct mb_exchange *x, const uint8_t *bytes, const uint8_t *marks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (x->len < x->tx_len && (x->echo == MB_ECHO_YES || bytes[i] == x->tx[x->len]))
			keep(x, bytes[i], marks ? marks[i] : 0);
		else
			x->late++;
	}
}

static void rx_listening(struct mb_exchange *x, const uint8_t *bytes, const uint8_t *marks,
	size_t n, uint64_t now_us)
{
	uint16_t len_before = x->len;

	for (size_t i = 0; i < n; i++)
		keep(x, bytes[i], marks ? marks[i] : 0);
	x->last_us = now_us;
	if (!len_before)
		x->begin_us = time_of(x, 0);
	look(x, false);
}

/*
 * Bytes are taken although a deadline has passed, as long as no tick has said so: a program that
 * was not scheduled finds both at once. Only behind a good frame are they not ours.
 */
void mbi_exchange_rx(struct mb_exchange *x, const uint8_t *bytes, const uint8_t *marks, size_t n,
	uint64_t now_us)
{
	if (x->found == MBI_FOUND_FRAME || !n)
		mbi_exchange_tick(x, now_us);
	if (!n)
		return;
	if (x->state == STATE_SEND)
		rx_sending(x, bytes, marks, n);
	else if (x->state == STATE_LISTEN)
		rx_listening(x, bytes, marks, n, now_us);
	else
		mbi_exchange_hold(x, now_us + mb_path_idle_us(&x->path));
	if (x->state != STATE_SEND && now_us >= limit_end(x))
		mbi_exchange_tick(x, now_us);
}

/* ---- result ---- */

bool mbi_exchange_busy(const struct mb_exchange *x)
{
	return x->state == STATE_WAIT || x->state == STATE_SEND || x->state == STATE_LISTEN;
}

bool mbi_exchange_result(struct mb_exchange *x, struct mbi_result *ret_result)
{
	if (x->state != STATE_OVER)
		return false;
	x->state = STATE_IDLE;
	memset(ret_result, 0, sizeof(*ret_result));
	mbi_hear_outcome(x, ret_result);
	ret_result->sent = x->tx_sent == x->tx_len;
	if (!ret_result->sent)
		ret_result->outcome = ret_result->plain = MB_E_NOISE;
	ret_result->late = x->late;
	ret_result->echo = x->echo_len;
	ret_result->echo_differs = x->echo_differs;
	ret_result->echo_changed = x->echo_changed;
	ret_result->end_us = x->end_us;
	ret_result->first_us = x->first_us;
	ret_result->last_us = x->last_us;
	ret_result->frame_us = x->frame_us;
	return true;
}
