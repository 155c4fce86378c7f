/* SPDX-License-Identifier: MIT */
/* The caller's buffer, and headers in it. Records are in write_record.c. */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "mem.h"
#include "writer.h"

#define FRAME_HEAD 7 /* 68 L L 68 C A CI */
#define FRAME_TAIL 2 /* checksum, stop */
#define FRAMES_MAX 0xFFFF

static bool ci_msb_first(uint8_t ci)
{
	return ci == 0x55 || ci == 0x56 || ci == 0x76 || ci == 0x77;
}

void mb_writer_begin_bytes(struct mb_writer *w, uint8_t *buf, size_t max)
{
	*w = (struct mb_writer){
		.bytes = buf,
		.max = (uint16_t)(max < FRAMES_MAX ? max : FRAMES_MAX),
	};
}

void mb_writer_begin(struct mb_writer *w, uint8_t *buf, size_t max, uint8_t ci)
{
	size_t room = max < FRAME_HEAD + FRAME_TAIL ? 0 : max - FRAME_HEAD - FRAME_TAIL;

	*w = (struct mb_writer){
		.frame = buf,
		.bytes = buf + (max < FRAME_HEAD ? 0 : FRAME_HEAD),
		.max = (uint16_t)(room < MB_FRAME_DATA_MAX ? room : MB_FRAME_DATA_MAX),
		.error = max < FRAME_HEAD + FRAME_TAIL ? MB_E_NO_SPACE : 0,
		.ci = ci,
		.msb_first = ci_msb_first(ci),
	};
}

int mb_writer_end(const struct mb_writer *w, uint8_t c, uint8_t a)
{
	if (w->error)
		return w->error;
	if (!w->frame)
		return MB_E_INVALID;
	return mb_frame_write_long(
		w->frame, FRAME_HEAD + w->max + FRAME_TAIL, c, a, w->ci, w->bytes, w->len);
}

int mb_writer_len(const struct mb_writer *w)
{
	return w->error ? w->error : w->len;
}

int mbi_write_fail(struct mb_writer *w, int error)
{
	if (!w->error)
		w->error = error;
	return w->error;
}

int mb_write_bytes(struct mb_writer *w, const uint8_t *bytes, size_t len)
{
	if (w->error)
		return w->error;
	if (len > (size_t)(w->max - w->len))
		return mbi_write_fail(w, MB_E_NO_SPACE);
	if (len)
		memcpy(w->bytes + w->len, bytes, len);
	w->len = (uint16_t)(w->len + len);
	return 0;
}

int mb_write_byte(struct mb_writer *w, uint8_t byte)
{
	return mb_write_bytes(w, &byte, 1);
}

int mbi_write_ordered(struct mb_writer *w, const uint8_t *bytes, size_t len)
{
	if (!w->msb_first)
		return mb_write_bytes(w, bytes, len);
	while (len--)
		mb_write_byte(w, bytes[len]);
	return w->error;
}

int mbi_write_number(struct mb_writer *w, uint64_t value, unsigned len)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	return mbi_write_ordered(w, bytes, len);
}

/* ---- headers ---- */

int mb_write_address(struct mb_writer *w, const struct mb_secondary *address)
{
	mbi_write_number(w, address->id, 4);
	mbi_write_number(w, address->manufacturer, 2);
	mb_write_byte(w, address->version);
	return mb_write_byte(w, address->medium);
}

int mb_write_short_header(struct mb_writer *w, const struct mb_header *header)
{
	mb_write_byte(w, header->access);
	mb_write_byte(w, header->status);
	return mbi_write_number(w, header->config, 2);
}

int mb_write_long_header(struct mb_writer *w, const struct mb_header *header)
{
	mb_write_address(w, &header->address);
	return mb_write_short_header(w, header);
}

bool mbi_bcd_nibbles(uint64_t value, unsigned digits, uint64_t *ret_nibbles)
{
	uint64_t nibbles = 0;

	for (unsigned i = 0; i < digits; i++, value /= 10)
		nibbles |= value % 10 << 4 * i;
	*ret_nibbles = nibbles;
	return !value;
}

static int write_fixed_counter(struct mb_writer *w, const struct mb_fixed *fixed, unsigned which)
{
	uint64_t raw = fixed->counter[which];

	if (!(fixed->status & 1) && !mbi_bcd_nibbles(raw, 8, &raw))
		return mbi_write_fail(w, MB_E_OVERFLOW);
	return mbi_write_number(w, raw, 4);
}

int mb_write_fixed(struct mb_writer *w, const struct mb_fixed *fixed)
{
	bool msb_first = w->msb_first;

	if (fixed->medium > 0xF || fixed->unit[0] > 0x3F || fixed->unit[1] > 0x3F)
		return mbi_write_fail(w, MB_E_INVALID);
	if (fixed->medium >= 0xA && fixed->medium <= 0xE)
		w->msb_first = true;
	mbi_write_number(w, fixed->id, 4);
	mb_write_byte(w, fixed->access);
	mb_write_byte(w, fixed->status);
	mb_write_byte(w, (uint8_t)(fixed->unit[0] | (fixed->medium & 3) << 6));
	mb_write_byte(w, (uint8_t)(fixed->unit[1] | (fixed->medium >> 2) << 6));
	write_fixed_counter(w, fixed, 0);
	write_fixed_counter(w, fixed, 1);
	w->msb_first = msb_first;
	return w->error;
}
