/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* the tables themselves */
#include "manufacturer.c"
#undef ARRAY_LEN
#undef X
#include "names.c"

static void assert_complete(const struct name_row *rows, size_t count, unsigned total)
{
	unsigned next = 0;

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].code, next);
		assert_true(rows[i].span > 0);
		assert_true(strlen(rows[i].text) > 0);
		next += rows[i].span;
	}
	assert_int_equal(next, total);
}

static void test_tables_have_no_hole(void **state)
{
	(void)state;
	assert_complete(cis, ARRAY_LEN(cis), 256);
	assert_complete(application_errors, ARRAY_LEN(application_errors), 256);
	assert_complete(applications, ARRAY_LEN(applications), 256);
	assert_complete(security_modes, ARRAY_LEN(security_modes), 256);
	assert_complete(media, ARRAY_LEN(media), 256);
	for (size_t i = 0; i < ARRAY_LEN(media); i++)
		assert_true(strlen(mb_medium_text(media[i].code)) > 0);
	for (uint8_t i = 0; i < 16; i++)
		assert_non_null(mb_fixed_medium_text(i));
}

static void test_some_texts(void **state)
{
	(void)state;
	assert_string_equal(mb_medium_key(0x06), "warm_water");
	assert_string_equal(mb_medium_text(0x06), "warm water (30..90 °C)");
	assert_string_equal(mb_medium_key(0x24), "reserved_switch");
	assert_string_equal(mb_medium_key(0x25), "customer_unit");
	assert_string_equal(mb_medium_key(0xFE), "reserved");
	assert_string_equal(mb_medium_key(0xFF), "wildcard");
	assert_string_equal(mb_fixed_medium_text(0xD), "water, mode 2");
	assert_string_equal(mb_ci_text(0x72), "variable data response, mode 1");
	assert_string_equal(mb_ci_text(0xB1), "manufacturer specific");
	assert_string_equal(mb_ci_text(0xBB), "set baud rate 2400");
	assert_string_equal(mb_ci_text(0xFF), "reserved");
	assert_string_equal(mb_application_error_text(0x08),
		"application too busy for handling readout request");
	assert_string_equal(mb_application_error_text(0xF1), "manufacturer specific");
	assert_string_equal(mb_application_text(0x10), "user data");
	assert_string_equal(mb_application_text(0x53), "instantaneous values");
	assert_string_equal(mb_security_mode_text(5), "AES-128-CBC, static key");
	assert_string_equal(mb_security_mode_text(31), "reserved");
}

static void test_status(void **state)
{
	/* clang-format off */
	static const struct {
		uint8_t status;
		const char *text;
	} rows[] = {
		{0x00, ""}, {0x01, "application busy"}, {0x02, "application error"},
		{0x03, "abnormal condition"}, {0x04, "power low"}, {0x14, "power low, temporary error"},
		{0x08, "permanent error"}, {0xE0, "manufacturer 1, manufacturer 2, manufacturer 3"},
	};
	/* clang-format on */
	char text[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int len = (int)strlen(rows[i].text);

		assert_int_equal(mb_status_text(rows[i].status, text, sizeof(text)), len);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(mb_status_text(rows[i].status, text, (size_t)len + 1), len);
		assert_int_equal(mb_status_text(rows[i].status, text, (size_t)len), MB_E_NO_SPACE);
	}
	assert_true(mb_status_text(0xFF, text, sizeof(text)) < MB_STATUS_TEXT_MAX);
}

static void test_makers_are_sorted_and_small(void **state)
{
	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(makers); i++)
		assert_true(makers[i - 1].word < makers[i].word);
	assert_true(sizeof(makers) + sizeof(maker_names) <= 6 * 1024);
}

static void test_every_maker_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		const char *name = mb_manufacturer_name(makers[i].word);
		char letters[5];

		assert_non_null(name);
		assert_true(strlen(name) > 0);
		assert_ptr_equal(name, mb_manufacturer_name(makers[i].word | 0x8000));
		assert_true(mb_manufacturer_letters(makers[i].word, letters));
	}
	assert_string_equal(mb_manufacturer_name(0x2C2D), "Kamstrup");
	assert_null(mb_manufacturer_name(0));
	assert_null(mb_manufacturer_name(0xFFFF));
	assert_null(mb_manufacturer_name((uint16_t)mb_manufacturer_word("QQQ")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_have_no_hole),
		cmocka_unit_test(test_some_texts),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_makers_are_sorted_and_small),
		cmocka_unit_test(test_every_maker_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
