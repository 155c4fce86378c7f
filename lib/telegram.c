/* SPDX-License-Identifier: MIT */
#include <meterbus/error.h>
#include <meterbus/telegram.h>

#include "telegram.h"

#define SHORT_LEN 4
#define LONG_LEN 12
#define ADDRESS_LEN 8
#define FIXED_HEAD_LEN 6
#define FIXED_LEN 16
#define CI_FIXED_OR_COMPACT 0x73
#define CI_AFL 0x90 /* in front of another CI, never of itself */
/* Modes 0..5, 7..10, 13, 15. Meters older than the field send FFFF and other fillers: plain. */
#define MODES_DEFINED 0x0000A7BFu

/* Layout in bits 3..0, header in 5..4. */
#define ROW(layout, header) (MB_LAYOUT_##layout | MB_HEADER_##header << 4)
#define MODE2 0x40 /* multi-byte fields most significant byte first */

/* EN 13757-7 table of CI fields; what is not listed is raw without a header. */
/* clang-format off */
static const uint8_t ci_rows[256] = {
	[0x50] = ROW(APPLICATION, NONE),
	[0x51] = ROW(RECORDS, NONE),
	[0x52] = ROW(SELECTION, NONE),
	[0x53] = ROW(APPLICATION, LONG),
	[0x54] = ROW(SYNC, NONE), /* D48; 2018: request of selected application */
	[0x55] = ROW(RECORDS, NONE) | MODE2, /* D48 */
	[0x56] = ROW(SELECTION, NONE) | MODE2, /* D48 */
	[0x57] = ROW(APPLICATION, SHORT),
	[0x5A] = ROW(RECORDS, SHORT),
	[0x5B] = ROW(RECORDS, LONG),
	[0x5C] = ROW(SYNC, NONE),
	[0x5F] = ROW(RAW, LONG),
	[0x60] = ROW(RAW, LONG),
	[0x61] = ROW(RAW, SHORT),
	[0x64] = ROW(RAW, LONG),
	[0x65] = ROW(RAW, SHORT),
	[0x66] = ROW(APPLICATION, NONE),
	[0x67] = ROW(APPLICATION, SHORT),
	[0x68] = ROW(APPLICATION, LONG),
	[0x69] = ROW(FORMAT, NONE),
	[0x6A] = ROW(FORMAT, SHORT),
	[0x6B] = ROW(FORMAT, LONG),
	[0x6C] = ROW(RAW, LONG),
	[0x6D] = ROW(RAW, LONG),
	[0x6E] = ROW(APPLICATION_ERROR, SHORT),
	[0x6F] = ROW(APPLICATION_ERROR, LONG),
	[0x70] = ROW(APPLICATION_ERROR, NONE),
	[0x71] = ROW(ALARM, NONE),
	[0x72] = ROW(RECORDS, LONG),
	[0x73] = ROW(COMPACT, LONG), /* or fixed, see ci_row() */
	[0x74] = ROW(ALARM, SHORT),
	[0x75] = ROW(ALARM, LONG),
	[0x76] = ROW(RECORDS, LONG) | MODE2,
	[0x77] = ROW(FIXED, FIXED) | MODE2,
	[0x78] = ROW(RECORDS, NONE),
	[0x79] = ROW(COMPACT, NONE),
	[0x7A] = ROW(RECORDS, SHORT),
	[0x7B] = ROW(COMPACT, SHORT),
	[0x7C] = ROW(RAW, LONG),
	[0x7D] = ROW(RAW, SHORT),
	[0x7E] = ROW(RAW, LONG),
	[0x7F] = ROW(RAW, SHORT),
	[0x80] = ROW(RAW, LONG),
	[0x82] = ROW(RAW, LONG),
	[0x84] = ROW(RAW, LONG),
	[0x85] = ROW(RAW, LONG),
	[0x87] = ROW(RAW, LONG),
	[0x88] = ROW(RAW, SHORT),
	[0x8A] = ROW(RAW, SHORT),
	[0x8B] = ROW(RAW, LONG),
	[0x9E] = ROW(RAW, SHORT),
	[0x9F] = ROW(RAW, LONG),
	[0xB8] = ROW(BAUD, NONE),
	[0xB9] = ROW(BAUD, NONE),
	[0xBA] = ROW(BAUD, NONE),
	[0xBB] = ROW(BAUD, NONE),
	[0xBC] = ROW(BAUD, NONE),
	[0xBD] = ROW(BAUD, NONE),
	[0xBE] = ROW(BAUD, NONE),
	[0xBF] = ROW(BAUD, NONE),
	[0xC0] = ROW(RAW, LONG),
	[0xC1] = ROW(RAW, SHORT),
	[0xC2] = ROW(RAW, LONG),
	[0xC3] = ROW(RAW, LONG),
	[0xC4] = ROW(RAW, SHORT),
	[0xC5] = ROW(RAW, LONG),
};
/* clang-format on */

static uint8_t row_layout(uint8_t row)
{
	return row & 0xF ? row & 0xF : MB_LAYOUT_RAW;
}

static uint8_t row_header(uint8_t row)
{
	return row >> 4 & 3;
}

/* 73 is the fixed structure of D48 and, since 2018, a compact frame with a long header: in 16 bytes
 * such a frame could hold no data. */
static uint8_t ci_row(uint8_t ci, size_t len)
{
	if (ci == CI_FIXED_OR_COMPACT && len == FIXED_LEN)
		return ROW(FIXED, FIXED);
	return ci_rows[ci];
}

uint8_t mbi_ci_layout(uint8_t ci)
{
	return row_layout(ci_rows[ci]);
}

uint8_t mbi_ci_header(uint8_t ci)
{
	return row_header(ci_rows[ci]);
}

static uint16_t get16(const uint8_t *p, bool msb_first)
{
	return (uint16_t)(msb_first ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static uint32_t get32(const uint8_t *p, bool msb_first)
{
	uint32_t high = get16(p + (msb_first ? 0 : 2), msb_first);

	return high << 16 | get16(p + (msb_first ? 2 : 0), msb_first);
}

static void take_address(struct mb_telegram *t, const uint8_t *p)
{
	t->has_address = true;
	t->address.id = get32(p, t->msb_first);
	t->address.manufacturer = get16(p + 4, t->msb_first);
	t->address.version = p[6];
	t->address.medium = p[7];
}

static void take_status(struct mb_telegram *t, const uint8_t *p)
{
	t->has_status = true;
	t->access = p[0];
	t->status = p[1];
	t->config = get16(p + 2, t->msb_first);
	t->security_mode = t->config >> 8 & 0x1F;
	if (!(MODES_DEFINED >> t->security_mode & 1))
		t->security_mode = 0;
}

static int header_none(struct mb_telegram *t, const uint8_t *p, size_t len)
{
	if (t->layout != MB_LAYOUT_SELECTION)
		return 0;
	if (len < ADDRESS_LEN)
		return MB_E_HEADER_SHORT;
	take_address(t, p);
	return ADDRESS_LEN;
}

static int header_short(struct mb_telegram *t, const uint8_t *p, size_t len)
{
	if (len < SHORT_LEN)
		return MB_E_HEADER_SHORT;
	take_status(t, p);
	return SHORT_LEN;
}

static int header_long(struct mb_telegram *t, const uint8_t *p, size_t len)
{
	if (len < LONG_LEN)
		return MB_E_HEADER_SHORT;
	take_address(t, p);
	take_status(t, p + ADDRESS_LEN);
	return LONG_LEN;
}

static uint8_t fixed_medium(const uint8_t *units)
{
	return (uint8_t)(units[0] >> 6 | (units[1] >> 6) << 2);
}

static int header_fixed(struct mb_telegram *t, const uint8_t *p, size_t len)
{
	uint8_t medium;

	if (len < FIXED_LEN)
		return MB_E_HEADER_SHORT;
	medium = fixed_medium(p + FIXED_HEAD_LEN);
	if (medium >= 0xA && medium <= 0xE)
		t->msb_first = true;
	t->has_address = true;
	t->address = (struct mb_secondary){
		.id = get32(p, t->msb_first),
		.manufacturer = MB_MANUFACTURER_ANY,
		.version = MB_VERSION_ANY,
		.medium = MB_MEDIUM_ANY,
	};
	t->has_status = true;
	t->access = p[4];
	t->status = p[5];
	return FIXED_HEAD_LEN;
}

static int take_header(struct mb_telegram *t, const uint8_t *p, size_t len)
{
	static int (*const readers[])(struct mb_telegram *, const uint8_t *, size_t) = {
		[MB_HEADER_NONE] = header_none,
		[MB_HEADER_SHORT] = header_short,
		[MB_HEADER_LONG] = header_long,
		[MB_HEADER_FIXED] = header_fixed,
	};
	int rc = readers[t->header_type](t, p, len);

	/* what is not decoded anyway needs no header */
	if (rc < 0 && t->layout == MB_LAYOUT_RAW) {
		t->header_type = MB_HEADER_NONE;
		return 0;
	}
	return rc;
}

/* Mode 5 with no encrypted block is plain (EN 13757-7 7.7.5). */
static bool is_encrypted(const struct mb_telegram *t)
{
	if (!t->security_mode || t->layout == MB_LAYOUT_RAW)
		return false;
	return t->security_mode != MBI_MODE_CBC_IV || t->config & MBI_CONFIG_BLOCKS;
}

/* CI, header, payload; from the frame or from behind an AFL. */
static int take_ci(struct mb_telegram *t, uint8_t ci, const uint8_t *p, size_t len)
{
	uint8_t row = ci_row(ci, len);
	int n;

	t->ci = ci;
	t->layout = row_layout(row);
	t->header_type = row_header(row);
	t->msb_first = row & MODE2;
	n = take_header(t, p, len);
	if (n < 0)
		return n;
	t->payload = p + n;
	t->payload_len = (uint16_t)(len - (size_t)n);
	if (is_encrypted(t))
		t->layout = MB_LAYOUT_ENCRYPTED;
	return t->layout == MB_LAYOUT_RAW ? MB_E_UNKNOWN_CI : 0;
}

static int take_afl(struct mb_telegram *t, const uint8_t *p, size_t len)
{
	uint16_t control;
	size_t afl_len;
	int rc;

	if (!len || p[0] < MBI_AFL_LEN_MIN || len < 1u + p[0] + 1u)
		return MB_E_HEADER_SHORT;
	afl_len = 1u + p[0];
	control = get16(p + 1, false);
	t->afl = p;
	t->afl_len = (uint16_t)afl_len;
	if (control & MBI_AFL_MORE || (control & MBI_AFL_FRAGMENT) > 1) {
		t->payload = p + afl_len; /* fragments are kept raw */
		t->payload_len = (uint16_t)(len - afl_len);
		t->layout = MB_LAYOUT_RAW;
		return MB_E_UNKNOWN_CI;
	}
	rc = take_ci(t, p[afl_len], p + afl_len + 1, len - afl_len - 1);
	if (!rc && (control & MBI_AFL_MAC || t->layout == MB_LAYOUT_ENCRYPTED))
		t->layout = MB_LAYOUT_AFL;
	return rc;
}

int mb_telegram_parse(const struct mb_frame *frame, struct mb_telegram *ret_telegram)
{
	struct mb_telegram t = {
		.frame = *frame,
		.from_master = frame->c & MB_C_PRM,
		.ci = frame->ci,
	};
	int rc = 0;

	if (frame->type == MB_FRAME_LONG) {
		if (frame->ci == CI_AFL)
			rc = take_afl(&t, frame->data, frame->data_len);
		else
			rc = take_ci(&t, frame->ci, frame->data, frame->data_len);
	}
	if (!rc || rc == MB_E_UNKNOWN_CI)
		*ret_telegram = t;
	return rc;
}

int mb_telegram_read(const uint8_t *buf, size_t len, struct mb_telegram *ret_telegram)
{
	struct mb_frame frame;
	int size = mb_frame_parse(buf, len, &frame);
	int rc;

	if (size < 0)
		return size;
	rc = mb_telegram_parse(&frame, ret_telegram);
	return rc < 0 ? rc : size;
}

uint8_t mb_telegram_error_code(const struct mb_telegram *telegram)
{
	return telegram->payload_len ? telegram->payload[0] : 0;
}

uint8_t mb_telegram_fixed_medium(const struct mb_telegram *telegram)
{
	return fixed_medium(telegram->payload);
}
