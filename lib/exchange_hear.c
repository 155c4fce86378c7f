/* SPDX-License-Identifier: MIT */
#include "exchange_hear.h"

#include <meterbus/error.h>

#include "mem.h"

#define FUNCTION_ACK 0 /* short frames instead of E5 and A2, IEC 60870-5-2 */
#define FUNCTION_NACK 1
#define FUNCTION_RESPONSE 8
#define ECHO_LOSSES 4

/* ---- echo ---- */

static uint16_t same_bytes(const struct mb_exchange *x, bool prefix_only)
{
	uint16_t n = x->len < x->tx_len ? x->len : x->tx_len;
	uint16_t same = 0;

	for (uint16_t i = 0; i < n; i++) {
		if (x->heard[i] == x->tx[i])
			same++;
		else if (prefix_only)
			break;
	}
	return same;
}

static bool from_master(const struct mb_frame *frame)
{
	return (frame->type == MB_FRAME_SHORT || frame->type == MB_FRAME_LONG) &&
	       (frame->c & MB_C_PRM);
}

/* What passes all checks was not spoilt: it is somebody else's. */
static bool starts_with_frame(const struct mb_exchange *x)
{
	struct mb_frame frame;

	return mb_frame_parse(x->heard, x->len, &frame) > 0;
}

/*
 * Bytes heard that are ours with some lost on the way back, 0 when it is not that. One in so many
 * may be lost, or it is rather something else.
 */
static uint16_t echo_with_losses(const struct mb_exchange *x)
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < x->tx_len; i++)
		n = (uint16_t)(n + (n < x->len && x->heard[n] == x->tx[i]));
	return x->tx_len - n <= 1 + x->tx_len / ECHO_LOSSES ? n : 0;
}

static void take_echo(struct mb_exchange *x, uint16_t len, bool differs)
{
	x->echo_len = len;
	x->echo_closed = true;
	x->echo_differs = differs;
	x->echo_changed = x->echo != MB_ECHO_YES;
	x->echo = MB_ECHO_YES;
}

/* A device answered, and before it nothing came back. */
static void note_no_echo(struct mb_exchange *x)
{
	struct mb_frame frame;

	mb_frame_parse(x->heard + x->frame_at, x->frame_size, &frame);
	if (x->echo_len || from_master(&frame))
		return;
	x->echo_changed = x->echo == MB_ECHO_YES;
	x->echo = MB_ECHO_NO;
}

void mbi_hear_echo(struct mb_exchange *x, bool final)
{
	bool alike, whole = x->len >= x->tx_len;
	uint16_t lossy;

	if (x->echo_closed || !x->len)
		return;
	if (same_bytes(x, true) == x->tx_len) {
		take_echo(x, x->tx_len, false);
		return;
	}
	if (same_bytes(x, true) == x->len && !final)
		return; /* it may come in pieces */
	lossy = x->echo == MB_ECHO_YES ? echo_with_losses(x) : 0;
	if (lossy && (final || lossy < x->len)) {
		take_echo(x, lossy, true);
		return;
	}
	/* a collision spoils some bytes, never their number */
	alike = 2 * same_bytes(x, false) >= (whole ? x->tx_len : x->len);
	if (starts_with_frame(x) || (whole && !alike) || final)
		x->echo_closed = true;
	else if (whole)
		take_echo(x, x->tx_len, true);
	else if (!alike && x->echo != MB_ECHO_YES)
		x->echo_closed = true;
}

/* ---- frames ---- */

static bool is_glitch(uint8_t byte)
{
	return byte == 0x00 || byte == 0xFF; /* what a converter that switches looks like */
}

static bool marked(const struct mb_exchange *x, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x->marks[at + i])
			return true;
	return false;
}

/* Only a long frame of a slave is believed behind garbage: an E5 there may be anything. */
static bool believable(const struct mb_exchange *x, uint16_t at, const struct mb_frame *frame)
{
	if (at == x->echo_len + x->junk_len)
		return true;
	return frame->type == MB_FRAME_LONG && !from_master(frame);
}

static int parse_at(const struct mb_exchange *x, uint16_t at)
{
	struct mb_frame frame;
	int rc = mb_frame_parse(x->heard + at, (size_t)x->len - at, &frame);

	if (rc > 0 && marked(x, at, (size_t)rc))
		return MB_E_PARITY;
	if (rc > 0 && !believable(x, at, &frame))
		return MB_E_BAD_START;
	return rc;
}

/* What is good so far is a broken frame once a byte of it has a mark or no more will come. */
static int settle(const struct mb_exchange *x, uint16_t at, int rc, bool final)
{
	if (rc == MB_E_INCOMPLETE && marked(x, at, (size_t)x->len - at))
		rc = MB_E_PARITY;
	if (rc < 0 && rc != MB_E_INCOMPLETE && rc != MB_E_BAD_START && marked(x, at, 1))
		rc = MB_E_PARITY;
	if (rc == MB_E_INCOMPLETE && final)
		rc = MB_E_CUT;
	return rc;
}

static void hunt(struct mb_exchange *x, uint16_t from, bool final)
{
	int rc;

	for (uint16_t at = from; at < x->len; at++) {
		rc = settle(x, at, parse_at(x, at), final);
		if (rc > 0) {
			x->found = MBI_FOUND_FRAME;
			x->frame_at = at;
			x->frame_size = (uint16_t)rc;
			note_no_echo(x);
			return;
		}
		if (rc == MB_E_INCOMPLETE && !x->error) {
			x->found = MBI_FOUND_PART;
			return;
		}
		if (rc != MB_E_BAD_START && rc != MB_E_INCOMPLETE && !x->error)
			x->error = rc;
	}
	x->found = x->error ? MBI_FOUND_BROKEN : MBI_FOUND_JUNK;
}

void mbi_hear_frame(struct mb_exchange *x, bool final)
{
	uint16_t at = x->echo_len;

	if (x->found == MBI_FOUND_FRAME || (!x->echo_closed && !final))
		return;
	x->error = 0;
	if (at >= x->len)
		return;
	while (at < x->len && is_glitch(x->heard[at]))
		at++;
	x->junk_len = (uint16_t)(at - x->echo_len);
	hunt(x, at, final);
}

/* ---- names ---- */

static int name_frame(const struct mb_frame *frame, uint8_t expect)
{
	uint8_t function = frame->c & MB_C_FUNCTION;
	bool is_short = frame->type == MB_FRAME_SHORT;

	if (from_master(frame))
		return MB_E_FOREIGN_MASTER;
	if (expect == MBI_EXPECT_ANYTHING)
		return 0;
	if (frame->type == MB_FRAME_NACK || (is_short && function == FUNCTION_NACK))
		return MB_E_NACK;
	if (frame->type == MB_FRAME_ACK || (is_short && function == FUNCTION_ACK))
		return expect == MBI_EXPECT_ACK ? 0 : MB_E_NO_DATA;
	if (is_short || function != FUNCTION_RESPONSE || expect != MBI_EXPECT_RESPONSE)
		return MB_E_WRONG_ANSWER;
	return 0;
}

static int name_surroundings(const struct mb_exchange *x, const struct mbi_result *r)
{
	struct mb_frame second;
	uint16_t at = (uint16_t)(x->frame_at + x->frame_size);
	int rc;

	if (!r->trailing || x->expect == MBI_EXPECT_ANYTHING || r->plain == MB_E_FOREIGN_MASTER)
		return r->plain;
	rc = at < x->len ? mb_frame_parse(x->heard + at, (size_t)x->len - at, &second) : 0;
	return rc > 0 && !marked(x, at, (size_t)rc) ? MB_E_COLLISION : MB_E_TRAILING;
}

static int name_garbage(const struct mb_exchange *x)
{
	if (x->count <= x->echo_len)
		return x->echo_differs ? MB_E_ECHO_DIFFERS : MB_E_SILENCE;
	if (x->error)
		return x->error;
	if (x->len - x->echo_len == x->junk_len)
		return MB_E_NOISE;
	return marked(x, x->echo_len, (size_t)x->len - x->echo_len) ? MB_E_NOISE : MB_E_BAD_START;
}

static int name_nothing(const struct mb_exchange *x, int error)
{
	bool any = x->expect == MBI_EXPECT_NONE || x->expect == MBI_EXPECT_ANYTHING;

	return any && (error == MB_E_SILENCE || error == MB_E_ECHO_DIFFERS) ? 0 : error;
}

void mbi_hear_outcome(const struct mb_exchange *x, struct mbi_result *r)
{
	r->bytes = x->heard + x->echo_len;
	r->marks = x->marks + x->echo_len;
	r->len = (uint16_t)(x->len - x->echo_len);
	r->count = x->count - x->echo_len;
	if (x->found != MBI_FOUND_FRAME) {
		r->outcome = r->plain = name_nothing(x, name_garbage(x));
		return;
	}
	mb_frame_parse(x->heard + x->frame_at, x->frame_size, &r->frame);
	r->has_frame = true;
	r->junk = (uint16_t)(x->frame_at - x->echo_len);
	r->trailing = (uint16_t)(x->len - x->frame_at - x->frame_size);
	r->plain = name_frame(&r->frame, x->expect);
	r->outcome = name_surroundings(x, r);
}
