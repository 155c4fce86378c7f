/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/error.h>

static const int numbers[] = {
#define X(number, name, text, meaning) (number),
	MB_ERROR_MAP(X)
#undef X
};

#define COUNT (sizeof(numbers) / sizeof(numbers[0]))

static void test_names_are_there_and_differ(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		assert_true(numbers[i] < 0);
		assert_string_not_equal(mb_error_name(numbers[i]), "unknown error");
		assert_true(strlen(mb_error_text(numbers[i])) > 0);
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(numbers[i], numbers[k]);
			assert_string_not_equal(
				mb_error_name(numbers[i]), mb_error_name(numbers[k]));
		}
	}
}

static void test_some_names(void **state)
{
	(void)state;
	assert_string_equal(mb_error_name(MB_E_BAD_CHECKSUM), "bad checksum");
	assert_string_equal(
		mb_error_text(MB_E_NO_DATA), "the device is alive but has no data (E5)");
	assert_string_equal(mb_error_name(0), "ok");
	assert_string_equal(mb_error_name(17), "ok");
	assert_string_equal(mb_error_name(-29), "unknown error");
	assert_string_equal(mb_error_name(-10000), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_there_and_differ),
		cmocka_unit_test(test_some_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
