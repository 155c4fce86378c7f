/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "hex.h"

#define SND_UD 0x53
#define PAD 0x4024
#define ANY 0xFFFF, 0xFF, 0xFF

static void assert_frame(const uint8_t *buf, int size, const char *hex)
{
	uint8_t want[MB_FRAME_MAX];
	size_t len = hex_read(hex, want, sizeof(want));

	assert_int_equal(size, len);
	assert_memory_equal(buf, want, len);
}

static struct mb_address secondary(
	uint32_t id, uint16_t manufacturer, uint8_t version, uint8_t medium)
{
	return (struct mb_address){
		.type = MB_ADDRESS_SECONDARY,
		.secondary = {id, manufacturer, version, medium},
	};
}

static void test_select(void **state)
{
	uint8_t buf[MB_FRAME_MAX];
	struct mb_address address = secondary(0x12345678, ANY);

	(void)state;
	assert_frame(buf, mb_encode_select(buf, sizeof(buf), SND_UD, &address),
		"68 0B 0B 68 53 FD 52 78 56 34 12 FF FF FF FF B2 16");
	address = secondary(0x0FFFFFFF, ANY);
	assert_frame(buf, mb_encode_select(buf, sizeof(buf), SND_UD, &address),
		"68 0B 0B 68 53 FD 52 FF FF FF 0F FF FF FF FF AA 16");
	address = secondary(0x12345678, PAD, 1, 7);
	assert_frame(buf, mb_encode_select(buf, sizeof(buf), SND_UD, &address),
		"68 0B 0B 68 53 FD 52 78 56 34 12 24 40 01 07 22 16");
	assert_frame(buf, mb_encode_select_mode2(buf, sizeof(buf), SND_UD, &address.secondary),
		"68 0B 0B 68 53 FD 56 12 34 56 78 40 24 01 07 26 16");
	address = secondary(0x12345678, ANY);
	address.has_fabrication = true;
	address.fabrication = 0x01020304;
	assert_frame(buf, mb_encode_select(buf, sizeof(buf), SND_UD, &address),
		"68 11 11 68 53 FD 52 78 56 34 12 FF FF FF FF 0C 78 04 03 02 01 40 16");
	address.type = MB_ADDRESS_PRIMARY;
	assert_int_equal(mb_encode_select(buf, sizeof(buf), SND_UD, &address), MB_E_INVALID);
}

static void test_settings(void **state)
{
	static const struct mb_secondary new_address = {0x01020304, PAD, 1, 4};
	static const struct mb_datetime time = {
		.year = 2011, .month = 1, .day = 5, .hour = 15, .minute = 30, .type = 'F'};
	uint8_t buf[MB_FRAME_MAX];

	(void)state;
	assert_frame(buf, mb_encode_set_primary(buf, sizeof(buf), SND_UD, 254, 8),
		"68 06 06 68 53 FE 51 01 7A 08 25 16");
	assert_frame(buf, mb_encode_set_primary(buf, sizeof(buf), SND_UD, 253, 5),
		"68 06 06 68 53 FD 51 01 7A 05 21 16");
	assert_frame(buf, mb_encode_set_id(buf, sizeof(buf), SND_UD, 5, 0x12345678),
		"68 09 09 68 53 05 51 0C 79 78 56 34 12 42 16");
	assert_frame(buf, mb_encode_set_secondary(buf, sizeof(buf), SND_UD, 254, &new_address),
		"68 0D 0D 68 53 FE 51 07 79 04 03 02 01 24 40 01 04 95 16");
	assert_frame(buf, mb_encode_set_clock(buf, sizeof(buf), SND_UD, 5, &time, 'F'),
		"68 09 09 68 53 05 51 04 6D 1E 0F 65 11 BD 16");
	assert_frame(buf, mb_encode_set_baud(buf, sizeof(buf), SND_UD, 254, 2400),
		"68 03 03 68 53 FE BB 0C 16");
	assert_frame(buf, mb_encode_set_baud(buf, sizeof(buf), SND_UD, 254, 9600),
		"68 03 03 68 53 FE BD 0E 16");
	assert_frame(buf, mb_encode_application_select(buf, sizeof(buf), SND_UD, 5, NULL, 0),
		"68 03 03 68 53 05 50 A8 16");
	assert_frame(buf,
		mb_encode_application_select(
			buf, sizeof(buf), SND_UD, 254, (const uint8_t[]){0x10}, 1),
		"68 04 04 68 53 FE 50 10 B1 16");
	assert_frame(buf, mb_encode_sync(buf, sizeof(buf), SND_UD, 255, 0x5C),
		"68 03 03 68 53 FF 5C AE 16");
	assert_frame(buf, mb_encode_application_error(buf, sizeof(buf), 0x08, 5, 8),
		"68 04 04 68 08 05 70 08 85 16");
	assert_frame(buf, mb_encode_alarm(buf, sizeof(buf), 0x08, 5, 4),
		"68 04 04 68 08 05 71 04 82 16");
}

static void test_bad_settings(void **state)
{
	static const struct mb_datetime time = {.year = 2011, .month = 1, .day = 5};
	static const uint8_t subcodes[11] = {0};
	struct mb_secondary wild = {0x0102030F, PAD, 1, 4};
	uint8_t buf[MB_FRAME_MAX];

	(void)state;
	assert_int_equal(mb_encode_set_primary(buf, sizeof(buf), SND_UD, 1, 251), MB_E_INVALID);
	assert_int_equal(mb_encode_set_id(buf, sizeof(buf), SND_UD, 1, 0x1234F678), MB_E_INVALID);
	assert_int_equal(mb_encode_set_secondary(buf, sizeof(buf), SND_UD, 1, &wild), MB_E_INVALID);
	wild = (struct mb_secondary){0x01020304, PAD, 0xFF, 4};
	assert_int_equal(mb_encode_set_secondary(buf, sizeof(buf), SND_UD, 1, &wild), MB_E_INVALID);
	assert_int_equal(mb_encode_set_baud(buf, sizeof(buf), SND_UD, 1, 1234), MB_E_INVALID);
	assert_int_equal(
		mb_encode_set_clock(buf, sizeof(buf), SND_UD, 1, &time, 'J'), MB_E_INVALID);
	assert_int_equal(mb_encode_sync(buf, sizeof(buf), SND_UD, 1, 0x50), MB_E_INVALID);
	assert_int_equal(mb_encode_application_select(buf, sizeof(buf), SND_UD, 1, subcodes, 11),
		MB_E_INVALID);
	for (size_t max = 0; max < 12; max++)
		assert_int_equal(mb_encode_set_primary(buf, max, SND_UD, 1, 5), MB_E_NO_SPACE);
}

static void test_baud_and_ci(void **state)
{
	static const uint32_t bauds[] = {300, 600, 1200, 2400, 4800, 9600, 19200, 38400};

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(mb_baud_ci(bauds[i]), 0xB8 + i);
		assert_int_equal(mb_ci_baud((uint8_t)(0xB8 + i)), bauds[i]);
	}
	assert_int_equal(mb_ci_baud(0xB7), 0);
	assert_int_equal(mb_ci_baud(0xC0), 0);
}

static void test_c_is_patched(void **state)
{
	uint8_t buf[MB_FRAME_MAX];
	struct mb_frame frame;
	int size = mb_encode_set_primary(buf, sizeof(buf), SND_UD, 254, 8);

	(void)state;
	mb_frame_set_c(buf, 0x73);
	assert_int_equal(mb_frame_parse(buf, (size_t)size, &frame), size);
	assert_int_equal(frame.c, 0x73);
	mb_frame_set_c(buf, 0x53);
	assert_frame(buf, size, "68 06 06 68 53 FE 51 01 7A 08 25 16");
}

/* Readout selection, network.md 7, and object actions, 8. */
static void test_records_to_a_slave(void **state)
{
	uint8_t buf[MB_FRAME_MAX];
	struct mb_writer w;
	uint8_t vife;

	(void)state;
	mb_writer_begin(&w, buf, sizeof(buf), 0x51);
	mb_write_data(&w, &(struct mb_record_head){.vif_code = 0x13}, MB_DATA_SELECT, NULL, 0);
	mb_write_data(&w, &(struct mb_record_head){.vif_code = 0x5A}, MB_DATA_SELECT, NULL, 0);
	assert_frame(buf, mb_writer_end(&w, SND_UD, 7), "68 07 07 68 53 07 51 08 13 08 5A 28 16");

	mb_writer_begin(&w, buf, sizeof(buf), 0x51);
	mb_write_data(&w, &(struct mb_record_head){.vif_code = 0x7E, .storage = 31, .tariff = 3},
		MB_DATA_SELECT, NULL, 0);
	assert_frame(buf, mb_writer_end(&w, SND_UD, 1), "68 06 06 68 53 01 51 C8 3F 7E 2A 16");

	assert_frame(buf, mb_encode_send(buf, sizeof(buf), SND_UD, 3, (const uint8_t[]){0x7F}, 1),
		"68 04 04 68 53 03 51 7F 26 16");

	mb_writer_begin(&w, buf, sizeof(buf), 0x51);
	vife = MB_ACTION_WRITE;
	mb_write_bcd(&w, &(struct mb_record_head){.vif_code = 6, .vife = &vife, .vife_len = 1},
		MB_DATA_BCD8, 107);
	assert_frame(buf, mb_writer_end(&w, SND_UD, 1),
		"68 0A 0A 68 53 01 51 0C 86 00 07 01 00 00 3F 16");

	mb_writer_begin(&w, buf, sizeof(buf), 0x51);
	vife = MB_ACTION_ADD;
	mb_write_bcd(&w, &(struct mb_record_head){.vif_code = 6, .vife = &vife, .vife_len = 1},
		MB_DATA_BCD8, 10);
	assert_frame(buf, mb_writer_end(&w, SND_UD, 1),
		"68 0A 0A 68 53 01 51 0C 86 01 10 00 00 00 48 16");

	mb_writer_begin(&w, buf, sizeof(buf), 0x51);
	vife = MB_ACTION_ADD_ENTRY;
	mb_write_bcd(&w, &(struct mb_record_head){.vif_code = 6, .vife = &vife, .vife_len = 1},
		MB_DATA_BCD8, 511);
	assert_frame(buf, mb_writer_end(&w, SND_UD, 5),
		"68 0A 0A 68 53 05 51 0C 86 08 11 05 00 00 59 16");

	mb_writer_begin(&w, buf, sizeof(buf), 0x51);
	vife = MB_ACTION_FREEZE;
	mb_write_data(&w,
		&(struct mb_record_head){
			.vif_code = 0x5A, .storage = 1, .vife = &vife, .vife_len = 1},
		MB_DATA_NONE, NULL, 0);
	assert_frame(buf, mb_writer_end(&w, SND_UD, 1), "68 06 06 68 53 01 51 40 DA 0B CA 16");

	mb_writer_begin(&w, buf, sizeof(buf), 0x51);
	vife = MB_ACTION_ADD_TO_READOUT;
	mb_write_head(&w, &(struct mb_record_head){.vif_code = 6, .vife = &vife, .vife_len = 1},
		MB_DATA_BCD8);
	assert_frame(buf, mb_writer_end(&w, SND_UD, 1), "68 06 06 68 53 01 51 0C 86 0C 43 16");
}

static void test_id_and_counter(void **state)
{
	uint8_t buf[MB_FRAME_MAX];
	struct mb_writer w;

	(void)state;
	mb_writer_begin(&w, buf, sizeof(buf), 0x51);
	mb_write_bcd(&w, &(struct mb_record_head){.vif_code = 0x79}, MB_DATA_BCD8, 12345678);
	mb_write_bcd(&w, &(struct mb_record_head){.vif_code = 0x06}, MB_DATA_BCD8, 107);
	assert_frame(buf, mb_writer_end(&w, SND_UD, 254),
		"68 0F 0F 68 53 FE 51 0C 79 78 56 34 12 0C 06 07 01 00 00 55 16");
}

static void test_answers(void **state)
{
	static const struct mb_header header = {.address = {0x12345678, PAD, 1, 7}, .access = 0x55};
	static const struct mb_fixed fixed = {
		.id = 0x12345678,
		.access = 10,
		.medium = 7,
		.unit = {0x29, 0x3E},
		.counter = {1, 135},
	};
	uint8_t buf[MB_FRAME_MAX];
	struct mb_writer w;

	(void)state;
	mb_writer_begin(&w, buf, sizeof(buf), 0x72);
	mb_write_long_header(&w, &header);
	mb_write_integer(&w, &(struct mb_record_head){.vif_code = 0x13}, MB_DATA_INT24, 12565);
	mb_write_bcd(&w,
		&(struct mb_record_head){
			.vif_code = 0x3B, .function = MB_FUNCTION_MAXIMUM, .storage = 5},
		MB_DATA_BCD4, 113);
	mb_write_bcd(&w, &(struct mb_record_head){.vif_code = 4, .tariff = 2, .subunit = 1},
		MB_DATA_BCD6, 21837);
	assert_frame(buf, mb_writer_end(&w, 0x08, 2),
		"68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B"
		" 13 01 8B 60 04 37 18 02 18 16");

	mb_writer_begin(&w, buf, sizeof(buf), 0x73);
	mb_write_fixed(&w, &fixed);
	assert_frame(buf, mb_writer_end(&w, 0x08, 5),
		"68 13 13 68 08 05 73 78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00 3C 16");

	mb_writer_begin(&w, buf, sizeof(buf), 0x78);
	mb_write_manufacturer(&w, false, (const uint8_t[]){1, 2}, 2);
	assert_frame(buf, mb_writer_end(&w, 0x08, 1), "68 06 06 68 08 01 78 0F 01 02 93 16");
	mb_writer_begin(&w, buf, sizeof(buf), 0x7A);
	mb_write_short_header(&w, &header);
	mb_write_manufacturer(&w, true, NULL, 0);
	assert_frame(buf, mb_writer_end(&w, 0x08, 1), "68 08 08 68 08 01 7A 55 00 00 00 1F F7 16");
}

struct record_row {
	struct mb_record_head head;
	uint8_t data_field;
	char how; /* i(nteger), u(nsigned), b(cd), r(eal) */
	int64_t value;
	const char *want;
};

/* clang-format off */
static const struct record_row numbers[] = {
	{{.vif_code = 0x13}, MB_DATA_INT8, 'i', -1, "01 13 FF"},
	{{.vif_code = 0x13}, MB_DATA_INT8, 'i', -128, "01 13 80"},
	{{.vif_code = 0x13}, MB_DATA_INT16, 'i', -2, "02 13 FE FF"},
	{{.vif_code = 0x13}, MB_DATA_INT24, 'i', 8388607, "03 13 FF FF 7F"},
	{{.vif_code = 0x13}, MB_DATA_INT32, 'u', 4294967295, "04 13 FF FF FF FF"},
	{{.vif_code = 0x13}, MB_DATA_INT48, 'i', -1, "06 13 FF FF FF FF FF FF"},
	{{.vif_code = 0x13}, MB_DATA_INT64, 'i', INT64_MIN, "07 13 00 00 00 00 00 00 00 80"},
	{{.vif_code = 0x13}, MB_DATA_BCD2, 'b', 99, "09 13 99"},
	{{.vif_code = 0x13}, MB_DATA_BCD4, 'b', -123, "0A 13 23 F1"},
	{{.vif_code = 0x13}, MB_DATA_BCD12, 'b', 123456789012, "0E 13 12 90 78 56 34 12"},
	{{.vif_code = 0x13}, MB_DATA_BCD12, 'b', -23456789012, "0E 13 12 90 78 56 34 F2"},
	{{.vif_code = 0x13}, MB_DATA_LVAR, 'b', 12345, "0D 13 C3 45 23 01"},
	{{.vif_code = 0x13}, MB_DATA_LVAR, 'b', -12, "0D 13 D1 12"},
	{{.vif_code = 0x13}, MB_DATA_LVAR, 'b', 0, "0D 13 C1 00"},
	{{.vif_code = 0x13}, MB_DATA_LVAR, 'i', -129, "0D 13 E2 7F FF"},
	{{.vif_code = 0x13}, MB_DATA_LVAR, 'u', 255, "0D 13 E1 FF"},
	{{.vif_code = 0x13}, MB_DATA_REAL32, 'r', 0x3F800000, "05 13 00 00 80 3F"},
	{{.vif_code = 0x13, .tariff = 1}, MB_DATA_INT8, 'i', 1, "81 10 13 01"},
	{{.vif_code = 0x13, .storage = 3}, MB_DATA_INT8, 'i', 1, "C1 01 13 01"},
	{{.vif_code = 0x13, .storage = 34}, MB_DATA_INT8, 'i', 1, "81 81 01 13 01"},
	{{.vif_code = 0x13, .dife_min = 2}, MB_DATA_INT8, 'i', 1, "81 80 00 13 01"},
	{{.vif_code = 0x13, .storage = 0x1FFFFFFFFFF, .tariff = 0xFFFFF, .subunit = 0x3FF},
		MB_DATA_INT8, 'i', 1, "C1 FF FF FF FF FF FF FF FF FF 7F 13 01"},
	{{.vif_code = 0x01, .vif_table = MB_VIF_FB}, MB_DATA_INT8, 'i', 1, "01 FB 01 01"},
	{{.vif_code = 0x10, .vif_table = MB_VIF_FD}, MB_DATA_INT8, 'i', 1, "01 FD 10 01"},
	{{.vif_code = 0x02, .vif_table = MB_VIF_FDFD}, MB_DATA_INT8, 'i', 1, "01 FD FD 02 01"},
	{{.vif_table = MB_VIF_MANUFACTURER}, MB_DATA_INT8, 'i', 1, "01 7F 01"},
	{{.vif_code = 0x93, .vife = (const uint8_t[]){0xFC, 0x01, 0x3B}, .vife_len = 3},
		MB_DATA_INT8, 'i', 1, "01 93 FC 81 3B 01"},
	{{.vif_table = MB_VIF_PLAIN_TEXT, .text = "%RH", .text_len = 3}, MB_DATA_INT8, 'i', 1,
		"01 7C 03 48 52 25 01"},
	{{.vif_table = MB_VIF_PLAIN_TEXT, .text = "%RH", .text_len = 3,
		.vife = (const uint8_t[]){0x74}, .vife_len = 1}, MB_DATA_INT8, 'i', 1,
		"01 FC 74 03 48 52 25 01"},
	{{.vif_table = MB_VIF_PLAIN_TEXT, .text = "%RH", .text_len = 3, .text_first = true,
		.vife = (const uint8_t[]){0x74}, .vife_len = 1}, MB_DATA_INT8, 'i', 1,
		"01 FC 03 48 52 25 74 01"},
};

static const struct record_row too_big[] = {
	{{.vif_code = 0x13}, MB_DATA_INT8, 'i', 128, NULL},
	{{.vif_code = 0x13}, MB_DATA_INT8, 'i', -129, NULL},
	{{.vif_code = 0x13}, MB_DATA_INT8, 'u', 256, NULL},
	{{.vif_code = 0x13}, MB_DATA_INT48, 'i', (int64_t)1 << 47, NULL},
	{{.vif_code = 0x13}, MB_DATA_BCD2, 'b', 100, NULL},
	{{.vif_code = 0x13}, MB_DATA_BCD2, 'b', -10, NULL},
	{{.vif_code = 0x13}, MB_DATA_BCD12, 'b', 1000000000000, NULL},
	{{.vif_code = 0x13}, MB_DATA_LVAR, 'b', INT64_MAX, NULL},
};

static const struct record_row invalid[] = {
	{{.vif_code = 0x13}, MB_DATA_BCD2, 'i', 1, NULL},
	{{.vif_code = 0x13}, MB_DATA_REAL32, 'i', 1, NULL},
	{{.vif_code = 0x13}, MB_DATA_NONE, 'i', 1, NULL},
	{{.vif_code = 0x13}, MB_DATA_INT8, 'b', 1, NULL},
	{{.vif_code = 0x13}, 0xF, 'i', 1, NULL},
	{{.vif_code = 0x13, .storage = (uint64_t)1 << 41}, MB_DATA_INT8, 'i', 1, NULL},
	{{.vif_code = 0x13, .tariff = 1 << 20}, MB_DATA_INT8, 'i', 1, NULL},
	{{.vif_code = 0x13, .subunit = 1 << 10}, MB_DATA_INT8, 'i', 1, NULL},
	{{.vif_code = 0x13, .function = 4}, MB_DATA_INT8, 'i', 1, NULL},
	{{.vif_code = 0x13, .vif_table = 7}, MB_DATA_INT8, 'i', 1, NULL},
	{{.vif_code = 0x13, .vife_len = 11}, MB_DATA_INT8, 'i', 1, NULL},
	{{.vif_code = 0x13, .dife_min = 11}, MB_DATA_INT8, 'i', 1, NULL},
};
/* clang-format on */

static int write_row(struct mb_writer *w, const struct record_row *row)
{
	switch (row->how) {
	case 'i':
		return mb_write_integer(w, &row->head, row->data_field, row->value);
	case 'u':
		return mb_write_unsigned(w, &row->head, row->data_field, (uint64_t)row->value);
	case 'b':
		return mb_write_bcd(w, &row->head, row->data_field, row->value);
	default:
		return mb_write_real(w, &row->head, (uint32_t)row->value);
	}
}

static void assert_fails(const struct record_row *rows, size_t n, int error)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t buf[64];
		struct mb_writer w;

		mb_writer_begin_bytes(&w, buf, sizeof(buf));
		assert_int_equal(write_row(&w, &rows[i]), error);
		/* and it sticks */
		assert_int_equal(mb_write_byte(&w, 0), error);
		assert_int_equal(mb_writer_len(&w), error);
	}
}

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint8_t buf[64];
		struct mb_writer w;

		mb_writer_begin_bytes(&w, buf, sizeof(buf));
		write_row(&w, &numbers[i]);
		assert_frame(buf, mb_writer_len(&w), numbers[i].want);
	}
	assert_fails(too_big, sizeof(too_big) / sizeof(too_big[0]), MB_E_OVERFLOW);
	assert_fails(invalid, sizeof(invalid) / sizeof(invalid[0]), MB_E_INVALID);
}

static void test_text_and_lvar(void **state)
{
	static const struct mb_record_head head = {.vif_table = MB_VIF_FD, .vif_code = 0x11};
	static const uint8_t bytes[256] = {1, 2};
	/* clang-format off */
	static const struct {
		uint8_t lvar;
		int len; /* -1: reserved */
	} lvars[] = {
		{0x00, 0}, {0xBF, 191}, {0xC0, 0}, {0xC9, 9}, {0xD9, 9}, {0xE0, 0}, {0xEF, 15},
		{0xF0, 16}, {0xF1, 20}, {0xF4, 32}, {0xF5, 48}, {0xF6, 64}, {0xF7, -1}, {0xFF, -1},
	};
	/* clang-format on */
	uint8_t buf[MB_FRAME_MAX];
	struct mb_writer w;

	(void)state;
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	mb_write_text(&w, &head, "ABC", 3);
	assert_frame(buf, mb_writer_len(&w), "0D FD 11 03 43 42 41");
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	mb_write_text(&w, &head, "", 0);
	assert_frame(buf, mb_writer_len(&w), "0D FD 11 00");
	assert_int_equal(mb_write_text(&w, &head, (const char *)bytes, 192), MB_E_OVERFLOW);
	for (size_t i = 0; i < sizeof(lvars) / sizeof(lvars[0]); i++) {
		size_t len = lvars[i].len < 0 ? 0 : (size_t)lvars[i].len;

		mb_writer_begin_bytes(&w, buf, sizeof(buf));
		mb_write_lvar(&w, &head, lvars[i].lvar, bytes, len);
		assert_int_equal(
			mb_writer_len(&w), lvars[i].len < 0 ? MB_E_INVALID : 4 + lvars[i].len);
		mb_writer_begin_bytes(&w, buf, sizeof(buf));
		assert_int_equal(
			mb_write_lvar(&w, &head, lvars[i].lvar, bytes, len + 1), MB_E_INVALID);
	}
}

static void test_mode2_is_msb_first(void **state)
{
	static const struct mb_header header = {
		.address = {0x12345678, PAD, 1, 7}, .config = 0x0102};
	static const struct mb_record_head plain = {
		.vif_table = MB_VIF_PLAIN_TEXT, .text = "AB", .text_len = 2};
	uint8_t buf[MB_FRAME_MAX];
	struct mb_writer w;

	(void)state;
	mb_writer_begin(&w, buf, sizeof(buf), 0x76);
	mb_write_long_header(&w, &header);
	mb_write_bcd(&w, &(struct mb_record_head){.vif_code = 0x13}, MB_DATA_BCD4, 1234);
	mb_write_text(&w, &plain, "XYZ", 3);
	assert_frame(buf, mb_writer_end(&w, 0x08, 1),
		"68 1C 1C 68 08 01 76 12 34 56 78 40 24 01 07 00 00 01 02 0A 13 12 34"
		" 0D 7C 02 41 42 03 58 59 5A 81 16");
}

static void test_full_telegram(void **state)
{
	uint8_t buf[MB_FRAME_MAX];
	uint8_t bytes[MB_FRAME_DATA_MAX + 1] = {0};
	struct mb_writer w;

	(void)state;
	mb_writer_begin(&w, buf, sizeof(buf), 0x78);
	assert_int_equal(mb_write_bytes(&w, bytes, MB_FRAME_DATA_MAX), 0);
	assert_int_equal(mb_writer_end(&w, 0x08, 1), MB_FRAME_MAX);
	assert_int_equal(mb_write_byte(&w, 0), MB_E_NO_SPACE);
	assert_int_equal(mb_writer_end(&w, 0x08, 1), MB_E_NO_SPACE);
	for (size_t max = 0; max < 12; max++) {
		mb_writer_begin(&w, buf, max, 0x78);
		mb_write_bytes(&w, bytes, 3);
		assert_int_equal(mb_writer_end(&w, 0x08, 1), MB_E_NO_SPACE);
	}
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	assert_int_equal(mb_writer_end(&w, 0x08, 1), MB_E_INVALID);
}

static void test_fixed_limits(void **state)
{
	struct mb_fixed fixed = {.counter = {99999999, 0}};
	uint8_t buf[32];
	struct mb_writer w;

	(void)state;
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	assert_int_equal(mb_write_fixed(&w, &fixed), 0);
	fixed.counter[0]++;
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	assert_int_equal(mb_write_fixed(&w, &fixed), MB_E_OVERFLOW);
	fixed.status = 1; /* binary */
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	assert_int_equal(mb_write_fixed(&w, &fixed), 0);
	fixed.medium = 16;
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	assert_int_equal(mb_write_fixed(&w, &fixed), MB_E_INVALID);
}

static void test_crc(void **state)
{
	(void)state;
	assert_int_equal(mb_crc16((const uint8_t *)"123456789", 9), 0xC2B7);
	assert_int_equal(mb_crc16(NULL, 0), 0xFFFF);
}

static void test_format_and_compact(void **state)
{
	static const uint8_t records[] = {0x0C, 0x13, 0x78, 0x56, 0x34, 0x12, 0x0D, 0xFD, 0x11,
		0x02, 0x42, 0x41, 0x84, 0x10, 0x06, 1, 2, 3, 4};
	static const uint8_t format[] = {0x0C, 0x13, 0x0D, 0xFD, 0x11, 0x84, 0x10, 0x06};
	static const uint8_t data[] = {0x78, 0x56, 0x34, 0x12, 0x02, 0x42, 0x41, 1, 2, 3, 4};
	static const uint8_t maker[] = {0x0F, 1, 2};
	uint16_t signature = mb_crc16(format, sizeof(format));
	uint16_t crc = mb_crc16(records, sizeof(records));
	uint8_t buf[MB_FRAME_MAX];
	struct mb_writer w;

	(void)state;
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	mb_write_format(&w, records, sizeof(records));
	assert_int_equal(mb_writer_len(&w), 3 + sizeof(format));
	assert_int_equal(buf[0], sizeof(format));
	assert_int_equal(buf[1] | buf[2] << 8, signature);
	assert_memory_equal(buf + 3, format, sizeof(format));

	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	mb_write_compact(&w, records, sizeof(records));
	assert_int_equal(mb_writer_len(&w), 4 + sizeof(data));
	assert_int_equal(buf[0] | buf[1] << 8, signature);
	assert_int_equal(buf[2] | buf[3] << 8, crc);
	assert_memory_equal(buf + 4, data, sizeof(data));

	assert_int_equal(mb_write_compact(&w, maker, sizeof(maker)), MB_E_INVALID);
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	assert_int_equal(mb_write_format(&w, records, sizeof(records) - 1), MB_E_RECORD_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_bad_settings),
		cmocka_unit_test(test_baud_and_ci),
		cmocka_unit_test(test_c_is_patched),
		cmocka_unit_test(test_records_to_a_slave),
		cmocka_unit_test(test_id_and_counter),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_text_and_lvar),
		cmocka_unit_test(test_mode2_is_msb_first),
		cmocka_unit_test(test_full_telegram),
		cmocka_unit_test(test_fixed_limits),
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_format_and_compact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
