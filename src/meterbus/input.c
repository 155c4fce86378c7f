/* SPDX-License-Identifier: MIT */
#include "meterbus/input.h"

#include "base/hex.h"
#include "meterbus/input_record.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

#define PROBE 512 /* bytes that decide between text and binary */
#define BOM "\xEF\xBB\xBF"
#define LONG_DATA 7 /* offset of the data in a long frame */
#define CAPTURE_GAP_US 500000 /* a frame with a longer silence inside is broken */

void input_init(struct input *in)
{
	memset(in, 0, sizeof(*in));
	mb_deframer_init(&in->sides[0].deframer);
	mb_deframer_init(&in->sides[1].deframer);
}

size_t input_push(struct input *in, const uint8_t *bytes, size_t n)
{
	size_t room;

	memmove(in->buf, in->buf + in->used, in->len - in->used);
	in->len -= in->used;
	in->used = 0;
	room = sizeof(in->buf) - in->len;
	if (n > room)
		n = room;
	memcpy(in->buf + in->len, bytes, n);
	in->len += n;
	return n;
}

void input_end(struct input *in)
{
	in->ended = true;
}

static int give(struct input_item *item, const uint8_t *bytes, size_t len, int error)
{
	item->bytes = bytes;
	item->len = len;
	item->error = error;
	return 1;
}

static int give_text_error(struct input_item *item, unsigned long line, const char *note)
{
	item->line = line;
	snprintf(item->note, sizeof(item->note), "%s", note);
	return give(item, NULL, 0, MB_E_INVALID);
}

/* ---- what kind of input it is ---- */

static bool is_text_byte(uint8_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7F);
}

/* Text that is not ASCII stands in comments only. */
static bool looks_binary(const uint8_t *bytes, size_t n)
{
	bool comment = false;

	for (size_t i = 0; i < n && i < PROBE; i++) {
		if (bytes[i] == '#')
			comment = true;
		else if (bytes[i] == '\n')
			comment = false;
		else if (!is_text_byte(bytes[i]) && !(comment && bytes[i] >= 0x80))
			return true;
	}
	return false;
}

static void choose_mode(struct input *in)
{
	const uint8_t *bytes = in->buf + in->used;
	size_t n = in->len - in->used;
	bool bom = n >= 3 && memcmp(bytes, BOM, 3) == 0;

	if (n < 3 && !in->ended && memcmp(bytes, BOM, n) == 0)
		return;
	if (bom)
		in->used += 3;
	if (!bom && looks_binary(bytes, n))
		in->mode = INPUT_BINARY;
	else if (bom || in->ended || n >= PROBE || memchr(bytes, '\n', n))
		in->mode = INPUT_TEXT;
}

/* ---- lines of hex ---- */

/* Hands out the next frame of the bytes, or 0 when there is none (any more). */
static int hex_next(struct input *in, struct input_item *item, bool last)
{
	struct input_hex *h = &in->hex;
	const uint8_t *bytes = h->bytes + h->at;
	size_t left = h->len - h->at;
	struct mb_frame frame;
	int rc;

	if (left == 0)
		return 0;
	item->line = h->line;
	item->time_us = in->hex_time_us;
	rc = mb_frame_parse(bytes, left, &frame);
	if (rc == MB_E_INCOMPLETE && !last) {
		h->more = true;
		return 0;
	}
	if (rc > 0) {
		h->at += (size_t)rc;
		h->line = h->last_line; /* its first bytes alone were no frame */
		h->behind_frame = true;
		return give(item, bytes, (size_t)rc, 0);
	}
	h->at = h->len;
	if (rc == MB_E_BAD_START && h->behind_frame)
		rc = MB_E_TRAILING;
	return give(item, bytes, left, rc);
}

static void hex_drop(struct input_hex *h)
{
	h->len = h->at = 0;
	h->more = h->behind_frame = false;
}

/* "0000  68 1F ...|h..|": the offset in front and the letters behind. */
static void strip_letters(const char **text, size_t *len, const char *bar)
{
	const char *blank = memchr(*text, ' ', (size_t)(bar - *text));

	*text = blank ? blank : bar;
	*len = (size_t)(bar - *text);
}

/* "00000010: 68 1F ...  h...": what a hex dump has around the bytes. */
static void strip_dump(struct input *in, const char **text, size_t *len)
{
	const char *bar = memchr(*text, '|', *len);
	const char *colon = memchr(*text, ':', *len < 9 ? *len : 9);
	const char *end = *text + *len;

	in->dump |= bar != NULL;
	if (bar)
		strip_letters(text, len, bar);
	else if (in->dump)
		*len = 0; /* the last line of such a dump is its length */
	if (!colon || bar)
		return;
	for (const char *p = *text; p < colon; p++)
		if (hex_digit(*p) < 0)
			return;
	if (colon - *text < 4 || colon + 1 == end || colon[1] != ' ')
		return;
	*text = colon + 1;
	for (const char *p = *text + 1; p + 1 < end; p++) {
		if (p[0] == ' ' && p[1] == ' ') {
			end = p;
			break;
		}
	}
	*len = (size_t)(end - *text);
}

/* A line begins a telegram of its own when it is one. */
static bool is_whole(const uint8_t *bytes, size_t len)
{
	struct mb_frame frame;

	return mb_frame_parse(bytes, len, &frame) > 0;
}

/* Bytes of a line behind those that wait. 0, or 1 with an error about the ones that waited. */
static int hex_line(
	struct input *in, unsigned long line, const char *text, size_t len, struct input_item *item)
{
	struct input_hex *h = &in->hex;
	size_t waiting = h->len - h->at;
	int n;

	strip_dump(in, &text, &len);
	memmove(h->bytes, h->bytes + h->at, waiting);
	n = hex_bytes(text, len, h->bytes + waiting, sizeof(h->bytes) - waiting);
	if (n < 0) {
		hex_drop(h);
		return in->logger ? 0 : give_text_error(item, line, "no hexadecimal bytes");
	}
	h->at = 0;
	h->last_line = line;
	if (waiting == 0)
		h->line = line;
	h->len = waiting + (size_t)n;
	h->behind_frame = false;
	if (waiting > 0 && n > 0 && is_whole(h->bytes + waiting, (size_t)n)) {
		h->at = waiting;
		item->line = h->line;
		h->line = line;
		return give(item, h->bytes, waiting, MB_E_INCOMPLETE);
	}
	return 0;
}

/* ---- lines ---- */

static bool begins(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text, with, n) == 0;
}

static size_t without_comment(const char *text, size_t len)
{
	const char *hash = memchr(text, '#', len);

	if (hash)
		len = (size_t)(hash - text);
	while (len > 0 && strchr(" \t\r", text[len - 1]))
		len--;
	return len;
}

/* A whole record of a logger. */
static int take_record(struct input *in, struct input_item *item)
{
	struct input_record record;
	char note[INPUT_NOTE_MAX];

	hex_drop(&in->hex);
	if (in->record_len == sizeof(in->record))
		return give_text_error(
			item, in->record_line, "a record of more than 65535 characters");
	if (!input_record_read(in->record, in->record_len, &record))
		return give_text_error(
			item, in->record_line, "no record of the form that SmartCom writes");
	item->time_us = record.time_us;
	if (!record.is_mbus) {
		in->skipped++;
		return 0;
	}
	if (record.error) {
		snprintf(note, sizeof(note), "device %lu: %s (SmartCom error %lu)", record.device,
			input_record_error_text(record.error), record.error);
		give_text_error(item, in->record_line, note);
		item->error = input_record_error(record.error);
		return 1;
	}
	in->hex_time_us = record.time_us;
	return hex_line(in, in->record_line, record.data, record.data_len, item);
}

/* The first line of a record, or one more: line ends may stand inside quotes. What does not fit is
 * not kept. */
static int record_line(struct input *in, const char *text, size_t len, struct input_item *item)
{
	size_t room;

	in->logger = true;
	if (!in->in_record) {
		in->record_len = 0;
		in->record_line = in->line;
	}
	room = sizeof(in->record) - in->record_len;
	if (!input_record_whole(text, len))
		in->in_record = !in->in_record;
	if (len > room)
		len = room;
	memcpy(in->record + in->record_len, text, len);
	in->record_len += len;
	return in->in_record ? 0 : take_record(in, item);
}

static int begin_capture(struct input *in, int version, struct input_item *item)
{
	char note[INPUT_NOTE_MAX];

	in->mode = version == CAPTURE_VERSION ? INPUT_CAPTURE : INPUT_REFUSED;
	if (version == CAPTURE_VERSION)
		return 0;
	snprintf(note, sizeof(note), CAPTURE_UNKNOWN, version);
	give_text_error(item, in->line, note);
	item->error = MB_E_UNSUPPORTED;
	return 1;
}

static int text_line(struct input *in, const char *text, size_t len, struct input_item *item)
{
	while (len > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	if (in->in_record || begins(text, len, INPUT_RECORD_START))
		return record_line(in, text, len, item);
	if (in->line == 1 && capture_version(text, len) >= 0)
		return begin_capture(in, capture_version(text, len), item);
	len = without_comment(text, len);
	in->hex_time_us = 0;
	if (len > 0)
		return hex_line(in, in->line, text, len, item);
	return hex_next(in, item, true); /* a blank line ends a telegram */
}

/* The next line of buf; false when it has not come yet. */
static bool next_line(struct input *in, const char **ret_text, size_t *ret_len)
{
	uint8_t *start = in->buf + in->used;
	size_t left = in->len - in->used;
	uint8_t *newline = memchr(start, '\n', left);

	if (left == 0 || (!newline && !in->ended && left < sizeof(in->buf)))
		return false;
	*ret_text = (const char *)start;
	*ret_len = newline ? (size_t)(newline - start) : left;
	in->used += *ret_len + (newline != NULL);
	return true;
}

/* A line that fills the buffer is told once and dropped to its end. */
static bool is_overlong(struct input *in, size_t len)
{
	bool was = in->overlong;

	in->overlong = len == sizeof(in->buf);
	return was || in->overlong;
}

static int text_next(struct input *in, struct input_item *item)
{
	const char *text;
	size_t len;
	int rc;

	for (;;) {
		if (!in->hex.more) {
			rc = hex_next(in, item, false);
			if (rc > 0)
				return rc;
		}
		if (in->mode != INPUT_TEXT)
			return 0;
		if (!next_line(in, &text, &len))
			return in->ended ? hex_next(in, item, true) : 0;
		in->line += !in->overlong;
		in->hex.more = false;
		if (is_overlong(in, len))
			rc = in->overlong ? give_text_error(item, in->line,
						    "a line of more than 65535 characters")
					  : 0;
		else
			rc = text_line(in, text, len, item);
		if (rc > 0)
			return rc;
	}
}

/* ---- binary and captures ---- */

static int give_frame(struct input *in, const struct mb_frame *frame, struct input_item *item)
{
	if (frame->type == MB_FRAME_LONG)
		return give(item, frame->data - LONG_DATA, frame->size, 0);
	mb_frame_write(in->small, sizeof(in->small), frame);
	return give(item, in->small, frame->size, 0);
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
	return give(item, side->junk, len, MB_E_BAD_START);
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
		return give(item, side->evidence, side->len, side->rc);
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

static int binary_next(struct input *in, struct input_item *item)
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

	if (!next_line(in, &text, &len))
		return -1;
	in->line++;
	in->event_used = event->len = 0;
	switch (capture_line(&in->head, text, len, event)) {
	case CAPTURE_BAD:
		event->len = 0;
		item->direction = 0;
		return give_text_error(item, in->line, "no line of a capture");
	case CAPTURE_EVENT:
		if (event->time_us > before_us + CAPTURE_GAP_US) {
			idle(in);
		}
		return 0;
	default:
		return 0;
	}
}

static int capture_next(struct input *in, struct input_item *item)
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

int input_next(struct input *in, struct input_item *ret_item)
{
	*ret_item = (struct input_item){0};
	if (in->mode == INPUT_UNKNOWN)
		choose_mode(in);
	if (in->mode == INPUT_TEXT) {
		int rc = text_next(in, ret_item);

		if (rc > 0 || in->mode == INPUT_TEXT)
			return rc;
	}
	if (in->mode == INPUT_BINARY)
		return binary_next(in, ret_item);
	if (in->mode == INPUT_CAPTURE)
		return capture_next(in, ret_item);
	if (in->mode == INPUT_REFUSED)
		in->used = in->len;
	return 0;
}
