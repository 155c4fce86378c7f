/* SPDX-License-Identifier: MIT */
#include "meterbus/input_impl.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

#define PROBE 512 /* bytes that decide between text and binary */
#define BOM "\xEF\xBB\xBF"

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

int input_give(struct input_item *item, const uint8_t *bytes, size_t len, int error)
{
	item->bytes = bytes;
	item->len = len;
	item->error = error;
	return 1;
}

int input_give_error(struct input_item *item, unsigned long line, const char *note)
{
	item->line = line;
	snprintf(item->note, sizeof(item->note), "%s", note);
	return input_give(item, NULL, 0, MB_E_INVALID);
}

bool input_line(struct input *in, const char **ret_text, size_t *ret_len)
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

int input_next(struct input *in, struct input_item *ret_item)
{
	*ret_item = (struct input_item){0};
	if (in->mode == INPUT_UNKNOWN)
		choose_mode(in);
	if (in->mode == INPUT_TEXT) {
		int rc = input_text_next(in, ret_item);

		if (rc > 0 || in->mode == INPUT_TEXT)
			return rc;
	}
	if (in->mode == INPUT_BINARY)
		return input_binary_next(in, ret_item);
	if (in->mode == INPUT_CAPTURE)
		return input_capture_next(in, ret_item);
	if (in->mode == INPUT_REFUSED)
		in->used = in->len;
	return 0;
}
