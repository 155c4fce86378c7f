/* SPDX-License-Identifier: MIT */
/* Telegrams out of binary files and captures, as a deframer finds them. */
#include "meterbus/input_impl.h"

#include <meterbus/error.h>

#include <string.h>

#define LONG_DATA 7 /* offset of the data in a long frame */
#define CAPTURE_GAP_US 500000 /* a frame with a longer silence inside is broken */

static int give_frame(struct input *in, const struct mb_frame *frame, struct input_item *item)
{
	if (frame->type == MB_FRAME_LONG)
		return input_give(item, frame->data - LONG_DATA, frame->size, 0);
	mb_frame_write(in->small, sizeof(in->small), frame);
	return input_give(item, in->small, frame->size, 0);
}

/* Bytes that begin no frame are gathered. */
static bool is_junk(struct input_side *side, int rc, const uint8_t *evidence, size_t len)
{
	if (rc != MB_E_BAD_START || len > sizeof(side->junk) - side->junk_len)
		return false;
	memcpy(side->junk + side->junk_len, evidence, len);
	side->junk_len += len;
	return true;
}

static int give_junk(struct input_side *side, struct input_item *item)
{
	size_t len = side->junk_len;

	side->junk_len = 0;
	item->offset = side->junk_offset;
	item->line = side->junk_line;
	return input_give(item, side->junk, len, MB_E_BAD_START);
}

/* Asks the deframer, until it says something else than "junk". */
static void ask_deframer(struct input_side *side)
{
	do {
		side->offset = side->given + side->deframer.dropped;
		side->line = side->pushed - side->offset > side->last_len ? side->first_line
									  : side->last_line;
		if (side->junk_len == 0) {
			side->junk_offset = side->offset;
			side->junk_line = side->line;
		}
		side->rc = mb_deframer_next(
			&side->deframer, &side->frame, &side->evidence, &side->len);
	} while (is_junk(side, side->rc, side->evidence, side->len));
	if (side->rc > 0)
		side->given += side->frame.size;
}

/* The next frame or wreck of a deframer. */
static int deframed_next(struct input *in, unsigned which, struct input_item *item)
{
	struct input_side *side = &in->sides[which];

	if (!side->held)
		ask_deframer(side);
	side->held = side->junk_len > 0 && side->rc != 0;
	if (side->held || (side->junk_len > 0 && in->idled))
		return give_junk(side, item);
	item->offset = side->offset;
	item->line = side->line;
	if (side->rc < 0)
		return input_give(item, side->evidence, side->len, side->rc);
	return side->rc > 0 ? give_frame(in, &side->frame, item) : 0;
}

/* Returns how many bytes the deframer took. */
static size_t push_side(struct input_side *side, const uint8_t *bytes, const uint8_t *marks,
	size_t n, unsigned long line)
{
	if (side->pushed == side->given + side->deframer.dropped)
		side->first_line = line;
	if (side->last_line != line)
		side->last_len = 0;
	n = mb_deframer_push(&side->deframer, bytes, marks, n);
	side->last_line = line;
	side->last_len += n;
	side->pushed += n;
	return n;
}

static void idle(struct input *in)
{
	mb_deframer_idle(&in->sides[0].deframer);
	mb_deframer_idle(&in->sides[1].deframer);
}

/* No more bytes come: what waits is incomplete. False when that was said before. */
static bool end_frames(struct input *in)
{
	if (!in->ended || in->idled)
		return false;
	in->idled = true;
	idle(in);
	return true;
}

int input_binary_next(struct input *in, struct input_item *item)
{
	for (;;) {
		size_t taken;

		if (deframed_next(in, 0, item) > 0)
			return 1;
		taken = push_side(&in->sides[0], in->buf + in->used, NULL, in->len - in->used, 0);
		in->used += taken;
		if (taken == 0 && !end_frames(in))
			return 0;
	}
}

/* The next line of a capture; 1 with an error about it, 0 when it is good, -1 when it has not come. */
static int capture_take_line(struct input *in, struct input_item *item)
{
	struct capture_event *event = &in->event;
	uint64_t before_us = event->time_us;
	const char *text;
	size_t len;

	if (!input_line(in, &text, &len))
		return -1;
	in->line++;
	in->event_used = event->len = 0;
	switch (capture_line(&in->head, text, len, event)) {
	case CAPTURE_BAD:
		event->len = 0;
		item->direction = 0;
		return input_give_error(item, in->line, "no line of a capture");
	case CAPTURE_EVENT:
		if (event->time_us > before_us + CAPTURE_GAP_US)
			idle(in);
		return 0;
	default:
		return 0;
	}
}

int input_capture_next(struct input *in, struct input_item *item)
{
	struct capture_event *event = &in->event;

	for (;;) {
		int rc;

		for (unsigned which = 0; which < 2; which++) {
			item->direction = which ? CAPTURE_SENT : CAPTURE_RECEIVED;
			if (in->head.started_us)
				item->time_us = in->head.started_us + (int64_t)event->time_us;
			if (deframed_next(in, which, item) > 0)
				return 1;
		}
		if (in->event_used < event->len) {
			unsigned to = event->direction == CAPTURE_SENT;

			in->event_used += push_side(&in->sides[to], event->bytes + in->event_used,
				event->marks + in->event_used, event->len - in->event_used,
				in->line);
			continue;
		}
		rc = capture_take_line(in, item);
		if (rc > 0)
			return rc;
		if (rc < 0 && !end_frames(in))
			return 0;
	}
}
