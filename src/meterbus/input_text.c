/* SPDX-License-Identifier: MIT */
/* Telegrams out of lines: hexadecimal bytes, hex dumps, logs of SmartCom terminals. */
#include "meterbus/input_impl.h"

#include "base/hex.h"
#include "meterbus/input_record.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

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
		return input_give(item, bytes, (size_t)rc, 0);
	}
	h->at = h->len;
	if (rc == MB_E_BAD_START && h->behind_frame)
		rc = MB_E_TRAILING;
	return input_give(item, bytes, left, rc);
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
		return in->logger ? 0 : input_give_error(item, line, "no hexadecimal bytes");
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
		return input_give(item, h->bytes, waiting, MB_E_INCOMPLETE);
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
		return input_give_error(
			item, in->record_line, "a record of more than 65535 characters");
	if (!input_record_read(in->record, in->record_len, &record))
		return input_give_error(
			item, in->record_line, "no record of the form that SmartCom writes");
	item->time_us = record.time_us;
	if (!record.is_mbus) {
		in->skipped++;
		return 0;
	}
	if (record.error) {
		snprintf(note, sizeof(note), "device %lu: %s (SmartCom error %lu)", record.device,
			input_record_error_text(record.error), record.error);
		input_give_error(item, in->record_line, note);
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
	input_give_error(item, in->line, note);
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

/* A line that fills the buffer is told once and dropped to its end. */
static bool is_overlong(struct input *in, size_t len)
{
	bool was = in->overlong;

	in->overlong = len == sizeof(in->buf);
	return was || in->overlong;
}

int input_text_next(struct input *in, struct input_item *item)
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
		if (!input_line(in, &text, &len))
			return in->ended ? hex_next(in, item, true) : 0;
		in->line += !in->overlong;
		in->hex.more = false;
		if (is_overlong(in, len))
			rc = in->overlong ? input_give_error(item, in->line,
						    "a line of more than 65535 characters")
					  : 0;
		else
			rc = text_line(in, text, len, item);
		if (rc > 0)
			return rc;
	}
}
