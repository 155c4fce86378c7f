/* SPDX-License-Identifier: MIT */
/* Bytes as hexadecimal digits, there and back. */
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *text;
	int n; /* -1: refused */
	uint8_t bytes[4];
} rows[] = {
	{"", 0, {0}},
	{"68310a", 3, {0x68, 0x31, 0x0A}},
	{"68 31:0A-FF", 4, {0x68, 0x31, 0x0A, 0xFF}},
	{"0x68,0X31", 2, {0x68, 0x31}},
	{"683", -1, {0}},
	{"6 8", -1, {0}},
	{"6G", -1, {0}},
	{"0102030405", -1, {0}},
};

static void test_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t bytes[4];

		assert_int_equal(
			hex_bytes(rows[i].text, strlen(rows[i].text), bytes, sizeof(bytes)),
			rows[i].n);
		if (rows[i].n > 0)
			assert_memory_equal(bytes, rows[i].bytes, (size_t)rows[i].n);
	}
}

static void test_all_digits(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	(void)state;
	for (int c = 0; c < 256; c++) {
		const char *at = c ? strchr(digits, c) : NULL;
		int value = at ? (int)(at - digits) : -1;

		assert_int_equal(hex_digit((char)c), value > 15 ? value - 6 : value);
	}
}

static void test_there_and_back(void **state)
{
	uint8_t bytes[256], back[256];
	char text[2 * 256 + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	hex_text(bytes, sizeof(bytes), text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text, "000102", 6);
	assert_string_equal(text + 506, "FDFEFF");
	assert_int_equal(hex_bytes(text, strlen(text), back, sizeof(back)), 256);
	assert_memory_equal(back, bytes, sizeof(bytes));
	hex_text(bytes, 0, text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_all_digits),
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
