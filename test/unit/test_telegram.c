/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/error.h>
#include <meterbus/telegram.h>

#include "guard.h"
#include "hex.h"
#include "vectors.h"

#define LONG_HEADER "78 56 34 12 24 40 01 07 55 04 00 00"
#define LONG_MODE2 "12 34 56 78 40 24 01 07 55 04 00 00"
#define SHORT_HEADER "55 04 00 00"

static struct mb_telegram telegram_of(uint8_t c, uint8_t ci, const char *data, int want)
{
	static uint8_t buf[MB_FRAME_MAX];
	uint8_t bytes[MB_FRAME_DATA_MAX];
	struct mb_telegram t = {0};
	size_t len = hex_read(data, bytes, sizeof(bytes));
	int size = mb_frame_write_long(buf, sizeof(buf), c, 1, ci, bytes, len);

	assert_true(size > 0);
	assert_int_equal(mb_telegram_read(buf, (size_t)size, &t), want < 0 ? want : size);
	return t;
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];
		uint8_t buf[MB_FRAME_MAX];
		size_t len = hex_read(v->hex, buf, sizeof(buf));
		struct mb_telegram t;
		int rc = mb_telegram_read(buf, len, &t);

		if (v->layout == MB_LAYOUT_RAW)
			assert_int_equal(rc, MB_E_UNKNOWN_CI);
		else
			assert_int_equal(rc, len);
		assert_int_equal(t.layout, v->layout);
		assert_int_equal(t.ci, v->ci);
		assert_int_equal(t.payload_len, v->payload_len);
		assert_int_equal(t.from_master, (v->c & MB_C_PRM) != 0);
		assert_false(t.msb_first);
	}
}

struct row {
	uint8_t c, ci;
	const char *data;
	int layout, header, payload_len;
	bool msb_first;
};

/* clang-format off */
static const struct row rows[] = {
	{0x53, 0x50, "", MB_LAYOUT_APPLICATION, MB_HEADER_NONE, 0, false},
	{0x53, 0x51, "01 7A 05", MB_LAYOUT_RECORDS, MB_HEADER_NONE, 3, false},
	{0x53, 0x52, "78 56 34 12 24 40 01 07", MB_LAYOUT_SELECTION, MB_HEADER_NONE, 0, false},
	{0x53, 0x53, LONG_HEADER "10", MB_LAYOUT_APPLICATION, MB_HEADER_LONG, 1, false},
	{0x53, 0x54, "", MB_LAYOUT_SYNC, MB_HEADER_NONE, 0, false},
	{0x53, 0x55, "01 7A 05", MB_LAYOUT_RECORDS, MB_HEADER_NONE, 3, true},
	{0x53, 0x56, "12 34 56 78 40 24 01 07", MB_LAYOUT_SELECTION, MB_HEADER_NONE, 0, true},
	{0x53, 0x57, SHORT_HEADER "10", MB_LAYOUT_APPLICATION, MB_HEADER_SHORT, 1, false},
	{0x53, 0x5A, SHORT_HEADER "01 7A 05", MB_LAYOUT_RECORDS, MB_HEADER_SHORT, 3, false},
	{0x53, 0x5B, LONG_HEADER "01 7A 05", MB_LAYOUT_RECORDS, MB_HEADER_LONG, 3, false},
	{0x53, 0x5C, "", MB_LAYOUT_SYNC, MB_HEADER_NONE, 0, false},
	{0x08, 0x66, "10", MB_LAYOUT_APPLICATION, MB_HEADER_NONE, 1, false},
	{0x08, 0x67, SHORT_HEADER "10", MB_LAYOUT_APPLICATION, MB_HEADER_SHORT, 1, false},
	{0x08, 0x68, LONG_HEADER "10", MB_LAYOUT_APPLICATION, MB_HEADER_LONG, 1, false},
	{0x08, 0x69, "02 00 00 04 13", MB_LAYOUT_FORMAT, MB_HEADER_NONE, 5, false},
	{0x08, 0x6A, SHORT_HEADER "02 00 00 04 13", MB_LAYOUT_FORMAT, MB_HEADER_SHORT, 5, false},
	{0x08, 0x6B, LONG_HEADER "02 00 00 04 13", MB_LAYOUT_FORMAT, MB_HEADER_LONG, 5, false},
	{0x08, 0x6E, SHORT_HEADER "08", MB_LAYOUT_APPLICATION_ERROR, MB_HEADER_SHORT, 1, false},
	{0x08, 0x6F, LONG_HEADER "02", MB_LAYOUT_APPLICATION_ERROR, MB_HEADER_LONG, 1, false},
	{0x08, 0x70, "", MB_LAYOUT_APPLICATION_ERROR, MB_HEADER_NONE, 0, false},
	{0x08, 0x71, "04", MB_LAYOUT_ALARM, MB_HEADER_NONE, 1, false},
	{0x08, 0x72, LONG_HEADER "0C 13 78 56 34 12", MB_LAYOUT_RECORDS, MB_HEADER_LONG, 6, false},
	{0x08, 0x72, LONG_HEADER, MB_LAYOUT_RECORDS, MB_HEADER_LONG, 0, false},
	{0x08, 0x73, LONG_HEADER "00 00 00 00 01", MB_LAYOUT_COMPACT, MB_HEADER_LONG, 5, false},
	{0x08, 0x74, SHORT_HEADER "04", MB_LAYOUT_ALARM, MB_HEADER_SHORT, 1, false},
	{0x08, 0x75, LONG_HEADER "04", MB_LAYOUT_ALARM, MB_HEADER_LONG, 1, false},
	{0x08, 0x76, LONG_MODE2 "0C 13 12 34 56 78", MB_LAYOUT_RECORDS, MB_HEADER_LONG, 6, true},
	{0x08, 0x78, "0C 13 78 56 34 12", MB_LAYOUT_RECORDS, MB_HEADER_NONE, 6, false},
	{0x08, 0x79, "00 00 00 00 01", MB_LAYOUT_COMPACT, MB_HEADER_NONE, 5, false},
	{0x08, 0x7A, SHORT_HEADER "0C 13 78 56 34 12", MB_LAYOUT_RECORDS, MB_HEADER_SHORT, 6, false},
	{0x08, 0x7B, SHORT_HEADER "00 00 00 00 01", MB_LAYOUT_COMPACT, MB_HEADER_SHORT, 5, false},
	{0x53, 0xB8, "", MB_LAYOUT_BAUD, MB_HEADER_NONE, 0, false},
	{0x53, 0xBF, "", MB_LAYOUT_BAUD, MB_HEADER_NONE, 0, false},
	{0x08, 0x6C, LONG_HEADER "01", MB_LAYOUT_RAW, MB_HEADER_LONG, 1, false},
	{0x08, 0x6C, "01 02", MB_LAYOUT_RAW, MB_HEADER_NONE, 2, false},
	{0x08, 0x8A, SHORT_HEADER, MB_LAYOUT_RAW, MB_HEADER_SHORT, 0, false},
	{0x08, 0xB7, "01 02 03", MB_LAYOUT_RAW, MB_HEADER_NONE, 3, false},
	{0x08, 0xFF, "", MB_LAYOUT_RAW, MB_HEADER_NONE, 0, false},
};
/* clang-format on */

static void test_each_ci(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct mb_telegram t = telegram_of(row->c, row->ci, row->data,
			row->layout == MB_LAYOUT_RAW ? MB_E_UNKNOWN_CI : 0);
		bool is_long = row->header == MB_HEADER_LONG;

		assert_int_equal(t.ci, row->ci);
		assert_int_equal(t.layout, row->layout);
		assert_int_equal(t.header_type, row->header);
		assert_int_equal(t.payload_len, row->payload_len);
		assert_int_equal(t.msb_first, row->msb_first);
		assert_int_equal(t.from_master, row->c == 0x53);
		assert_int_equal(t.has_address, is_long || row->layout == MB_LAYOUT_SELECTION);
		if (t.has_address) {
			assert_int_equal(t.address.id, 0x12345678);
			assert_int_equal(t.address.manufacturer, 0x4024);
			assert_int_equal(t.address.version, 1);
			assert_int_equal(t.address.medium, 7);
		}
		assert_int_equal(t.has_status, is_long || row->header == MB_HEADER_SHORT);
		if (t.has_status) {
			assert_int_equal(t.access, 0x55);
			assert_int_equal(t.status, MB_STATUS_POWER_LOW);
			assert_int_equal(t.config, 0);
		}
	}
}

static void test_short_header_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		uint8_t data[MB_FRAME_DATA_MAX], buf[MB_FRAME_MAX];
		size_t len = hex_read(row->data, data, sizeof(data)) - (size_t)row->payload_len;

		if (row->layout == MB_LAYOUT_RAW)
			continue;
		for (size_t n = 0; n < len; n++) {
			struct mb_telegram t = {.ci = 77};
			int size =
				mb_frame_write_long(buf, sizeof(buf), row->c, 1, row->ci, data, n);

			assert_int_equal(
				mb_telegram_read(buf, (size_t)size, &t), MB_E_HEADER_SHORT);
			assert_int_equal(t.ci, 77);
		}
	}
}

static void test_fixed_structure(void **state)
{
	/* clang-format off */
	static const struct {
		uint8_t ci;
		const char *data;
		uint8_t medium;
		bool msb_first;
	} fixed[] = {
		{0x73, "78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00", 7, false},
		{0x77, "12 34 56 78 0A 00 E9 7E 00 00 00 01 00 00 01 35", 7, true},
		/* water, mode 2: most significant byte first whatever the CI says */
		{0x73, "12 34 56 78 0A 00 69 FE 00 00 00 01 00 00 01 35", 13, true},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		struct mb_telegram t = telegram_of(0x08, fixed[i].ci, fixed[i].data, 0);

		assert_int_equal(t.layout, MB_LAYOUT_FIXED);
		assert_int_equal(t.header_type, MB_HEADER_FIXED);
		assert_int_equal(t.address.id, 0x12345678);
		assert_int_equal(t.address.manufacturer, MB_MANUFACTURER_ANY);
		assert_int_equal(t.access, 10);
		assert_int_equal(t.status, 0);
		assert_int_equal(t.payload_len, 10);
		assert_int_equal(t.msb_first, fixed[i].msb_first);
		assert_int_equal(mb_telegram_fixed_medium(&t), fixed[i].medium);
	}
	/* one byte more and it is the compact frame of 2018, one fewer is nothing */
	telegram_of(0x08, 0x73, "78 56 34 12 0A 00 E9 7E 01 00 00", MB_E_HEADER_SHORT);
	telegram_of(0x08, 0x77, "78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00", MB_E_HEADER_SHORT);
}

static void test_application_error(void **state)
{
	struct mb_telegram t = telegram_of(0x08, 0x70, "08", 0);

	(void)state;
	assert_int_equal(mb_telegram_error_code(&t), 8);
	t = telegram_of(0x08, 0x6F, LONG_HEADER "02", 0);
	assert_int_equal(mb_telegram_error_code(&t), 2);
	t = telegram_of(0x08, 0x70, "", 0);
	assert_int_equal(mb_telegram_error_code(&t), 0);
}

static void test_security_mode(void **state)
{
	/* clang-format off */
	static const struct {
		const char *config;
		int mode, layout;
	} modes[] = {
		{"00 00", 0, MB_LAYOUT_RECORDS},
		{"50 05", 5, MB_LAYOUT_ENCRYPTED},
		{"00 05", 5, MB_LAYOUT_RECORDS}, /* no block is encrypted */
		{"20 07", 7, MB_LAYOUT_ENCRYPTED},
		{"10 01", 1, MB_LAYOUT_ENCRYPTED},
		{"00 0D", 13, MB_LAYOUT_ENCRYPTED},
		{"FF FF", 0, MB_LAYOUT_RECORDS}, /* mode 31 is none: filler of an old meter */
		{"27 B6", 0, MB_LAYOUT_RECORDS},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		char data[128] = "78 56 34 12 24 40 01 07 55 04 ";
		struct mb_telegram t;

		strcat(data, modes[i].config);
		strcat(data, "0C 13 78 56 34 12");
		t = telegram_of(0x08, 0x72, data, 0);
		assert_int_equal(t.security_mode, modes[i].mode);
		assert_int_equal(t.layout, modes[i].layout);
		assert_int_equal(t.address.id, 0x12345678);
		assert_int_equal(t.payload_len, 6);
	}
}

static void test_afl(void **state)
{
	/* length 0F: control, MCL, MCR, MAC of 8 */
	static const char with_mac[] =
		"0F 00 2C 25 01 00 00 00 11 22 33 44 55 66 77 88 7A 55 04 10 07 10 AA BB";
	struct mb_telegram t = telegram_of(0x08, 0x90, with_mac, 0);

	(void)state;
	assert_int_equal(t.layout, MB_LAYOUT_AFL);
	assert_int_equal(t.ci, 0x7A);
	assert_int_equal(t.frame.ci, 0x90);
	assert_int_equal(t.afl_len, 16);
	assert_int_equal(t.afl[0], 0x0F);
	assert_int_equal(t.header_type, MB_HEADER_SHORT);
	assert_int_equal(t.security_mode, 7);
	assert_int_equal(t.payload_len, 3);
	/* no MAC, no encryption: what is inside is plain */
	t = telegram_of(0x08, 0x90, "02 00 00 7A 55 04 00 00 0C 13 78 56 34 12", 0);
	assert_int_equal(t.layout, MB_LAYOUT_RECORDS);
	assert_int_equal(t.payload_len, 6);
	/* a fragment stays raw */
	t = telegram_of(0x08, 0x90, "02 01 40 7A 55 04 00 00", MB_E_UNKNOWN_CI);
	assert_int_equal(t.layout, MB_LAYOUT_RAW);
	assert_int_equal(t.payload_len, 5);
	/* nor is there one inside another */
	t = telegram_of(0x08, 0x90, "02 00 00 90 02 00 00 78", MB_E_UNKNOWN_CI);
	assert_int_equal(t.layout, MB_LAYOUT_RAW);
	telegram_of(0x08, 0x90, "", MB_E_HEADER_SHORT);
	telegram_of(0x08, 0x90, "00 72", MB_E_HEADER_SHORT);
	telegram_of(0x08, 0x90, "02 00 00", MB_E_HEADER_SHORT);
	telegram_of(0x08, 0x90, "FF 00 00 72", MB_E_HEADER_SHORT);
	telegram_of(0x08, 0x90, "02 00 00 72 55", MB_E_HEADER_SHORT);
}

/* Every CI with every length of data, ending at a guard page: no read behind the end, and what is
 * filled in lies inside. */
static void test_all_ci_all_lengths(void **state)
{
	struct guard guard;
	uint8_t data[64];

	(void)state;
	guard_init(&guard);
	for (unsigned fill = 0; fill < 3; fill++) {
		memset(data, (int)(fill == 1 ? 0xFF : fill * 3), sizeof(data));
		for (unsigned ci = 0; ci < 256; ci++) {
			for (size_t n = 0; n <= 40; n++) {
				uint8_t *end = guard_copy(&guard, data, n) + n;
				struct mb_frame frame = {
					.type = MB_FRAME_LONG,
					.c = 0x08,
					.ci = (uint8_t)ci,
					.data = end - n,
					.data_len = (uint16_t)n,
				};
				struct mb_telegram t;
				int rc = mb_telegram_parse(&frame, &t);

				if (rc == MB_E_HEADER_SHORT)
					continue;
				assert_int_equal(
					rc, t.layout == MB_LAYOUT_RAW ? MB_E_UNKNOWN_CI : 0);
				assert_ptr_equal(t.payload + t.payload_len, end);
			}
		}
	}
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_each_ci),
		cmocka_unit_test(test_short_header_is_refused),
		cmocka_unit_test(test_fixed_structure),
		cmocka_unit_test(test_application_error),
		cmocka_unit_test(test_security_mode),
		cmocka_unit_test(test_afl),
		cmocka_unit_test(test_all_ci_all_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
