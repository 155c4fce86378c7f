/* SPDX-License-Identifier: MIT */
#include "bus/port_fcb.h"

#include <string.h>

static bool get(const uint8_t *bits, unsigned a)
{
	return bits[a / 8] >> a % 8 & 1;
}

static void put(uint8_t *bits, unsigned a, bool value)
{
	unsigned bit = 1u << a % 8;

	bits[a / 8] = (uint8_t)(value ? bits[a / 8] | bit : bits[a / 8] & ~bit);
}

bool port_fcb_requests(const struct mb_frame *frame)
{
	return frame->type == MB_FRAME_SHORT &&
	       (frame->c & MB_C_FUNCTION) == (MB_C_REQ_UD2 & MB_C_FUNCTION);
}

static bool resets(const struct mb_frame *frame)
{
	return frame->type == MB_FRAME_SHORT && frame->c == MB_C_SND_NKE;
}

static bool reaches_all(const struct mb_frame *frame)
{
	return frame->a == MB_A_TEST || frame->a == MB_A_BROADCAST;
}

void port_fcb_heard(struct port_fcb *f, const struct mb_frame *frame)
{
	bool request = port_fcb_requests(frame);
	bool fcb = request && frame->c & MB_C_FCB; /* after SND_NKE 1 is the next one */
	bool follows = resets(frame) || frame->c & MB_C_FCV; /* else the next one is new anyway */

	if ((!request && !resets(frame)) || frame->a == MB_A_NETWORK)
		return; /* 253: the selection, which each master makes by itself */
	if (reaches_all(frame)) {
		memset(f->others, follows ? 0xFF : 0, sizeof(f->others));
		memset(f->last, fcb ? 0xFF : 0, sizeof(f->last));
		return;
	}
	put(f->others, frame->a, follows);
	put(f->last, frame->a, fcb);
	put(f->others, MB_A_TEST, follows); /* it may be the one that 254 reaches */
	put(f->last, MB_A_TEST, fcb);
}

bool port_fcb_shared(const struct port_fcb *f, uint8_t a)
{
	return get(f->others, a);
}

static void reset(struct port_fcb *f, const struct mb_frame *frame)
{
	put(f->others, frame->a, false);
	put(f->turned, frame->a, false);
	if (!reaches_all(frame))
		return;
	memset(f->others, 0, sizeof(f->others));
	memset(f->turned, 0, sizeof(f->turned));
}

bool port_fcb_turns(struct port_fcb *f, const struct mb_frame *frame)
{
	bool fcb = frame->c & MB_C_FCB;

	if (resets(frame))
		reset(f, frame);
	if (!port_fcb_requests(frame) || !(frame->c & MB_C_FCV) || frame->a == MB_A_NETWORK)
		return false;
	if (get(f->others, frame->a))
		put(f->turned, frame->a, get(f->last, frame->a) == fcb);
	put(f->others, frame->a, false);
	return get(f->turned, frame->a);
}
