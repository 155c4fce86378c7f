/* SPDX-License-Identifier: MIT */
/* Type A: signs, overflows, underflows, errors, and what a display shows of them. */
#include <meterbus/record.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "hex.h"
#include "number.h"

static void test_digits(void **state)
{
	static const struct {
		const char *hex;
		uint8_t type, reason;
		int64_t number;
		const char *display;
	} cases[] = {
		{"00", MB_VALUE_NUMBER, MB_REASON_NONE, 0, "00"},
		{"23 01", MB_VALUE_NUMBER, MB_REASON_NONE, 123, "0123"},
		{"99 99 99 99 99 99", MB_VALUE_NUMBER, MB_REASON_NONE, 999999999999,
			"999999999999"},
		{"23 F1", MB_VALUE_NUMBER, MB_REASON_NONE, -123, "-123"},
		{"00 F0", MB_VALUE_NUMBER, MB_REASON_NONE, 0, "-000"},
		{"F5", MB_VALUE_NUMBER, MB_REASON_NONE, -5, "-5"},
		{"21 A3", MB_VALUE_NUMBER, MB_REASON_BCD_OVERFLOW, 10321, "0321"},
		{"21 B3", MB_VALUE_NUMBER, MB_REASON_BCD_OVERFLOW, 11321, "1321"},
		{"21 C3", MB_VALUE_NUMBER, MB_REASON_BCD_OVERFLOW, 12321, "2321"},
		{"21 E3", MB_VALUE_NUMBER, MB_REASON_BCD_UNDERFLOW, -1679, "8321"},
		{"A3", MB_VALUE_NUMBER, MB_REASON_BCD_OVERFLOW, 103, "03"},
		{"E3", MB_VALUE_NUMBER, MB_REASON_BCD_UNDERFLOW, -17, "83"},
		{"21 D3", MB_VALUE_INVALID, MB_REASON_BCD_ERROR, 0, " 321"},
		{"BB DB", MB_VALUE_INVALID, MB_REASON_NOT_AVAILABLE, 0, "----"},
		{"BB BB BB DB", MB_VALUE_INVALID, MB_REASON_NOT_AVAILABLE, 0, "--------"},
		{"FF FF", MB_VALUE_INVALID, MB_REASON_NOT_AVAILABLE, 0, "----"},
		{"FF", MB_VALUE_INVALID, MB_REASON_NOT_AVAILABLE, 0, "--"},
		{"A1 00", MB_VALUE_INVALID, MB_REASON_BCD_ERROR, 0, "00A1"},
		{"CB 0E", MB_VALUE_INVALID, MB_REASON_BCD_ERROR, 0, "0EC-"},
		{"F5 F1", MB_VALUE_INVALID, MB_REASON_BCD_ERROR, 0, "91F5"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const uint8_t fields[] = {0, 9, 0xA, 0xB, 0xC, 0, 0xE};
		uint8_t bytes[16];
		size_t len = hex_read(cases[i].hex, bytes, sizeof(bytes));
		struct mb_record rec = {
			.data = bytes, .data_len = (uint16_t)len, .data_field = fields[len]};
		struct mb_value value;
		char text[32];

		mbi_bcd_read(bytes, (unsigned)len, false, &value);
		assert_int_equal(value.type, cases[i].type);
		assert_int_equal(value.reason, cases[i].reason);
		if (value.type == MB_VALUE_NUMBER) {
			uint64_t magnitude = (uint64_t)(cases[i].number < 0 ? -cases[i].number
									    : cases[i].number);

			assert_int_equal(value.number.magnitude, magnitude);
			assert_int_equal(value.number.negative, cases[i].number < 0);
		}
		assert_int_equal(mb_record_display_text(&rec, text, sizeof(text)), 2 * len);
		assert_string_equal(text, cases[i].display);
	}
}

/* All values of two bytes: decimal ones are their number, and nothing else is called fine. */
static void test_all_of_two_bytes(void **state)
{
	(void)state;
	for (unsigned n = 0; n <= 0xFFFF; n++) {
		uint8_t bytes[2] = {(uint8_t)n, (uint8_t)(n >> 8)};
		unsigned d[4] = {n >> 12, n >> 8 & 15, n >> 4 & 15, n & 15};
		bool tail = d[1] <= 9 && d[2] <= 9 && d[3] <= 9;
		struct mb_value value;

		mbi_bcd_read(bytes, 2, false, &value);
		if (tail && d[0] <= 9) {
			assert_int_equal(value.number.magnitude,
				d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3]);
			assert_int_equal(value.reason, MB_REASON_NONE);
		} else if (tail && d[0] != 0xD) {
			assert_int_equal(value.type, MB_VALUE_NUMBER);
			assert_int_equal(value.reason == MB_REASON_NONE, d[0] == 0xF);
		} else {
			assert_int_equal(value.type, MB_VALUE_INVALID);
		}
	}
}

static void test_long(void **state)
{
	uint8_t bytes[15];
	struct mb_value value;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 0x45;
	mbi_bcd_read_long(bytes, 15, false, true, &value);
	assert_int_equal(value.number.magnitude, 45);
	assert_true(value.number.negative);
	memset(bytes, 0x99, sizeof(bytes));
	mbi_bcd_read_long(bytes, 15, false, false, &value);
	assert_int_equal(value.reason, MB_REASON_TOO_LARGE);
	mbi_bcd_read_long(bytes, 9, false, false, &value);
	assert_int_equal(value.number.magnitude, 999999999999999999u);
	memset(bytes, 0xFF, sizeof(bytes));
	mbi_bcd_read_long(bytes, 15, false, false, &value);
	assert_int_equal(value.reason, MB_REASON_NOT_AVAILABLE);
}

/* 18446744073709551615 is the largest number. */
static void test_long_limit(void **state)
{
	uint8_t bytes[10];
	struct mb_value value;

	(void)state;
	hex_read("15 16 55 09 37 07 44 67 44 18", bytes, sizeof(bytes));
	mbi_bcd_read_long(bytes, 10, false, false, &value);
	assert_int_equal(value.type, MB_VALUE_NUMBER);
	assert_true(value.number.magnitude == UINT64_MAX);
	bytes[0] = 0x16;
	mbi_bcd_read_long(bytes, 10, false, false, &value);
	assert_int_equal(value.reason, MB_REASON_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_all_of_two_bytes),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_long_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
