/* SPDX-License-Identifier: MIT */
#include "meterbus/doctor_hear.h"

#include <meterbus/error.h>

#include <string.h>

#define MODBUS_MIN 4 /* address, function, CRC */
#define MODBUS_MAX 256
#define MODBUS_ADDRESS_MAX 247
#define MODBUS_FUNCTION_MAX 0x2B
#define TEXT_MIN 4
#define TEXT_PERCENT 90
#define TEXT_LETTERS_MIN 3
#define STUCK_MIN 4
#define STUCK_PERCENT 80
#define GLITCHES_MAX 2 /* 00 or FF in front of an answer: a converter that switches */
#define EARLY_SERIAL 2 /* an echo in less than this part of the line's time never was on a line */
#define EARLY_NETWORK 16 /* 38400 Bd there, 2400 Bd here */

/* ---- other languages ---- */

static uint16_t modbus_crc(const uint8_t *bytes, size_t len)
{
	uint16_t crc = 0xFFFF;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1);
	}
	return crc;
}

/* Length of the shortest frame at the start; 0: none. The CRC over a frame with its CRC is 0. */
static size_t modbus_frame(const uint8_t *bytes, size_t len)
{
	size_t max = len < MODBUS_MAX ? len : MODBUS_MAX;
	uint8_t function = len > 1 ? bytes[1] & 0x7F : 0;

	if (!len || bytes[0] > MODBUS_ADDRESS_MAX || !function || function > MODBUS_FUNCTION_MAX)
		return 0;
	for (size_t n = MODBUS_MIN; n <= max; n++)
		if (modbus_crc(bytes, n) == 0)
			return n;
	return 0;
}

/* Do these bytes divide into Modbus RTU frames without a rest? */
static bool is_modbus(const uint8_t *bytes, size_t len)
{
	size_t n;

	for (size_t at = 0; at < len; at += n) {
		n = modbus_frame(bytes + at, len - at);
		if (!n)
			return false;
	}
	return len > 0;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_text(const uint8_t *bytes, size_t len)
{
	size_t good = 0, letters = 0;

	for (size_t i = 0; i < len; i++) {
		good += (bytes[i] >= ' ' && bytes[i] < 0x7F) || bytes[i] == '\r' ||
			bytes[i] == '\n';
		letters += is_letter(bytes[i]);
	}
	return len >= TEXT_MIN && good * 100 >= len * TEXT_PERCENT && letters >= TEXT_LETTERS_MIN;
}

/* Any burst between pauses will do: a listener starts in the middle of a frame. */
static bool has_modbus(const struct doctor_probe *p, size_t from)
{
	uint64_t pause_us = mb_line_bytes_us(&p->line, 4);
	size_t begin = from;

	for (size_t i = from; i <= p->len; i++) {
		if (i < p->len && (i == begin || p->at_us[i] - p->at_us[i - 1] < pause_us))
			continue;
		if (is_modbus(p->heard + begin, i - begin))
			return true;
		begin = i;
	}
	return false;
}

/* ---- echo ---- */

static size_t same_bytes(const struct doctor_probe *p)
{
	size_t n = p->len < p->tx_len ? p->len : p->tx_len;
	size_t same = 0;

	for (size_t i = 0; i < n; i++)
		same += p->heard[i] == p->tx[i];
	return same;
}

/* Returns how many bytes of what was heard are the echo. */
static size_t hear_echo(const struct doctor_probe *p, bool network, struct doctor_heard *h)
{
	uint64_t line_us = mb_line_bytes_us(&p->line, p->tx_len);
	size_t same = same_bytes(p);
	struct mb_frame frame;

	if (!p->tx_len || p->len < p->tx_len)
		return 0;
	h->echo = same == p->tx_len;
	if (!h->echo && (2 * same < p->tx_len || mb_frame_parse(p->heard, p->len, &frame) > 0))
		return 0; /* an answer has something in common with any request */
	h->echo_bent = !h->echo;
	h->echo_early =
		h->echo && p->at_us[p->tx_len - 1] <
				   p->begin_us + line_us / (network ? EARLY_NETWORK : EARLY_SERIAL);
	return p->tx_len;
}

/* ---- frames ---- */

static bool marked(const struct doctor_probe *p, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		if (p->marks[i])
			return true;
	return false;
}

static bool is_glitch(const struct doctor_probe *p, size_t at)
{
	return p->heard[at] == 0x00 || p->heard[at] == 0xFF;
}

static bool from_master(const struct mb_frame *f)
{
	return f->type >= MB_FRAME_SHORT && (f->c & MB_C_PRM);
}

static void take_frame(struct doctor_heard *h, const struct mb_frame *frame)
{
	if (!h->answers && !h->masters)
		h->frame = *frame;
	if (from_master(frame))
		h->masters++;
	else
		h->answers++;
}

/* Good frames from here on; returns how many bytes are none of them. */
static size_t hear_frames(const struct doctor_probe *p, size_t at, struct doctor_heard *h)
{
	size_t junk = 0, glitches = 0;
	struct mb_frame frame;

	for (; at < p->len && glitches < GLITCHES_MAX && is_glitch(p, at); at++)
		glitches++;
	while (at < p->len) {
		int rc = mb_frame_parse(p->heard + at, p->len - at, &frame);

		/* an acknowledge is one byte: behind garbage it is garbage, too */
		if (rc > 0 && !marked(p, at, (size_t)rc) && (rc > 1 || !junk)) {
			take_frame(h, &frame);
			at += (size_t)rc;
			continue;
		}
		if (!h->error && rc < 0 && rc != MB_E_BAD_START)
			h->error = rc == MB_E_INCOMPLETE ? MB_E_CUT : rc;
		junk++;
		at++;
	}
	return h->answers || h->masters ? junk : junk + glitches;
}

static void hear_marks(const struct doctor_probe *p, size_t from, struct doctor_heard *h)
{
	size_t zeros = 0, breaks = 0, errors = 0, n = p->len - from;

	for (size_t i = from; i < p->len; i++) {
		zeros += p->heard[i] == 0;
		breaks += (p->marks[i] & MB_MARK_BREAK) != 0;
		errors += (p->marks[i] & (MB_MARK_PARITY | MB_MARK_FRAMING)) != 0;
	}
	h->parity = errors > 0;
	h->stuck = breaks > 1 || (n >= STUCK_MIN && zeros * 100 >= n * STUCK_PERCENT);
}

static uint8_t name_sound(const struct doctor_heard *h, size_t junk)
{
	if (h->masters)
		return DOCTOR_MASTER;
	if (h->len == 0)
		return DOCTOR_NOTHING;
	if (junk || !h->answers)
		return DOCTOR_BROKEN;
	if (h->answers > 1)
		return DOCTOR_SEVERAL;
	if (h->frame.type == MB_FRAME_ACK)
		return DOCTOR_ACK;
	return h->frame.type == MB_FRAME_LONG ? DOCTOR_RESPONSE : DOCTOR_BROKEN;
}

void doctor_hear(const struct doctor_probe *p, bool network, struct doctor_heard *ret_heard)
{
	struct doctor_heard h = {0};
	size_t from = hear_echo(p, network, &h);
	size_t junk;

	h.bytes = p->heard + from;
	h.len = p->len - from;
	junk = hear_frames(p, from, &h);
	hear_marks(p, from, &h);
	h.sound = name_sound(&h, junk);
	if (h.sound == DOCTOR_BROKEN) {
		h.modbus = has_modbus(p, from);
		h.text = is_text(h.bytes, h.len);
		if (!h.error)
			h.error = h.parity ? MB_E_PARITY : MB_E_NOISE;
	}
	*ret_heard = h;
}
