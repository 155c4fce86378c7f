/* SPDX-License-Identifier: MIT */
#include <meterbus/error.h>
#include <meterbus/frame.h>

#include "frame_sum.h"
#include "mem.h"

#define START_SHORT 0x10
#define START_LONG 0x68
#define STOP 0x16
#define SHORT_SIZE 5
#define LONG_HEAD 4 /* 68 L L 68, not summed */
#define LONG_EXTRA 6 /* head, checksum, stop */
#define L_MIN 3 /* C A CI */
#define C_KIND 0x4F /* PRM and function, without FCB and FCV */
#define CI_SELECT 0x52
#define CI_SELECT_MSB_FIRST 0x56

static int parse_tail(const uint8_t *sum_from, size_t sum_len, size_t len)
{
	/* len counts from sum_from */
	if (len <= sum_len)
		return MB_E_INCOMPLETE;
	if (sum_from[sum_len] != mbi_frame_sum(sum_from, sum_len))
		return MB_E_BAD_CHECKSUM;
	if (len < sum_len + 2)
		return MB_E_INCOMPLETE;
	return sum_from[sum_len + 1] == STOP ? 0 : MB_E_BAD_STOP;
}

static int parse_single(uint8_t type, struct mb_frame *ret_frame)
{
	*ret_frame = (struct mb_frame){.type = type, .size = 1};
	return 1;
}

static int parse_short(const uint8_t *buf, size_t len, struct mb_frame *ret_frame)
{
	int rc = parse_tail(buf + 1, 2, len - 1);

	if (rc < 0)
		return rc;
	*ret_frame = (struct mb_frame){
		.type = MB_FRAME_SHORT,
		.size = SHORT_SIZE,
		.c = buf[1],
		.a = buf[2],
	};
	return SHORT_SIZE;
}

static int parse_long(const uint8_t *buf, size_t len, struct mb_frame *ret_frame)
{
	unsigned l;
	int rc;

	if (len < 2)
		return MB_E_INCOMPLETE;
	l = buf[1];
	if (l < L_MIN || (len > 2 && buf[2] != l))
		return MB_E_BAD_LENGTH;
	if (len > 3 && buf[3] != START_LONG)
		return MB_E_BAD_START2;
	if (len <= LONG_HEAD)
		return MB_E_INCOMPLETE;
	rc = parse_tail(buf + LONG_HEAD, l, len - LONG_HEAD);
	if (rc < 0)
		return rc;
	ret_frame->data = buf + 7;
	ret_frame->data_len = (uint16_t)(l - L_MIN);
	ret_frame->size = (uint16_t)(l + LONG_EXTRA);
	ret_frame->type = MB_FRAME_LONG;
	ret_frame->c = buf[4];
	ret_frame->a = buf[5];
	ret_frame->ci = buf[6];
	return (int)(l + LONG_EXTRA);
}

int mb_frame_parse(const uint8_t *buf, size_t len, struct mb_frame *ret_frame)
{
	if (!len)
		return MB_E_INCOMPLETE;
	if (buf[0] == START_LONG)
		return parse_long(buf, len, ret_frame);
	if (buf[0] == START_SHORT)
		return parse_short(buf, len, ret_frame);
	if (buf[0] == MB_ACK)
		return parse_single(MB_FRAME_ACK, ret_frame);
	if (buf[0] == MB_NACK)
		return parse_single(MB_FRAME_NACK, ret_frame);
	return MB_E_BAD_START;
}

int mb_frame_write_short(uint8_t *buf, size_t max, uint8_t c, uint8_t a)
{
	if (max < SHORT_SIZE)
		return MB_E_NO_SPACE;
	buf[0] = START_SHORT;
	buf[1] = c;
	buf[2] = a;
	buf[3] = (uint8_t)(c + a);
	buf[4] = STOP;
	return SHORT_SIZE;
}

int mb_frame_write_long(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t ci, const uint8_t *data, size_t len)
{
	uint8_t l;

	if (len > MB_FRAME_DATA_MAX)
		return MB_E_INVALID;
	if (max < L_MIN + LONG_EXTRA + len)
		return MB_E_NO_SPACE;
	if (len)
		memmove(buf + 7, data, len);
	l = (uint8_t)(L_MIN + len);
	buf[0] = START_LONG;
	buf[1] = l;
	buf[2] = l;
	buf[3] = START_LONG;
	buf[4] = c;
	buf[5] = a;
	buf[6] = ci;
	buf[LONG_HEAD + l] = mbi_frame_sum(buf + LONG_HEAD, l);
	buf[LONG_HEAD + l + 1] = STOP;
	return l + LONG_EXTRA;
}

static int write_single(uint8_t *buf, size_t max, uint8_t byte)
{
	if (max < 1)
		return MB_E_NO_SPACE;
	buf[0] = byte;
	return 1;
}

int mb_frame_write(uint8_t *buf, size_t max, const struct mb_frame *frame)
{
	switch (frame->type) {
	case MB_FRAME_ACK:
		return write_single(buf, max, MB_ACK);
	case MB_FRAME_NACK:
		return write_single(buf, max, MB_NACK);
	case MB_FRAME_SHORT:
		return mb_frame_write_short(buf, max, frame->c, frame->a);
	case MB_FRAME_LONG:
		return mb_frame_write_long(
			buf, max, frame->c, frame->a, frame->ci, frame->data, frame->data_len);
	}
	return MB_E_INVALID;
}

bool mb_frame_selects(const struct mb_frame *frame)
{
	return frame->type == MB_FRAME_LONG && frame->a == MB_A_NETWORK &&
	       (frame->c & C_KIND) == (MB_C_SND_UD & C_KIND) &&
	       (frame->ci == CI_SELECT || frame->ci == CI_SELECT_MSB_FIRST);
}
