/* SPDX-License-Identifier: MIT */
/* Exact decimals, and the texts of values. */
#include <meterbus/error.h>
#include <meterbus/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void test_decimal_text(void **state)
{
	static const struct {
		struct mb_decimal number;
		const char *text;
	} cases[] = {
		{{1891, -3, false}, "1.891"},
		{{1890, -3, false}, "1.890"},
		{{3, 0, true}, "-3"},
		{{0, 0, false}, "0"},
		{{0, -3, false}, "0.000"},
		{{0, 5, false}, "0"},
		{{5, -3, true}, "-0.005"},
		{{1000, -3, false}, "1.000"},
		{{12, 3, false}, "12000"},
		{{1, 20, false}, "100000000000000000000"},
		{{1891, 21, false}, "1891e21"},
		{{1, -20, false}, "0.00000000000000000001"},
		{{7, -21, false}, "7e-21"},
		{{UINT64_MAX, 0, false}, "18446744073709551615"},
		{{UINT64_MAX, -19, true}, "-1.8446744073709551615"},
		{{UINT64_MAX, -20, true}, "-0.18446744073709551615"},
		{{UINT64_MAX, 20, true}, "-1844674407370955161500000000000000000000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[MB_VALUE_TEXT_MAX];
		int len = mb_decimal_text(&cases[i].number, text, sizeof(text));

		assert_int_equal(len, strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
		assert_int_equal(
			mb_decimal_text(&cases[i].number, text, (size_t)len), MB_E_NO_SPACE);
		assert_int_equal(mb_decimal_text(&cases[i].number, NULL, 0), MB_E_NO_SPACE);
	}
}

static void test_decimal_compare(void **state)
{
	/* in ascending order; those of one rank are equal */
	static const struct {
		int rank;
		struct mb_decimal number;
	} cases[] = {
		{0, {UINT64_MAX, 100, true}},
		{1, {2, 0, true}},
		{1, {20, -1, true}},
		{2, {1, -30, true}},
		{3, {0, 0, false}},
		{3, {0, 50, false}},
		{4, {1, -300, false}},
		{5, {999, -3, false}},
		{6, {1, 0, false}},
		{6, {1000, -3, false}},
		{7, {1001, -3, false}},
		{8, {UINT64_MAX, 0, false}},
		{9, {2, 19, false}},
		{10, {UINT64_MAX, 1, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
			int expected =
				(cases[i].rank > cases[k].rank) - (cases[i].rank < cases[k].rank);

			assert_int_equal(
				mb_decimal_cmp(&cases[i].number, &cases[k].number), expected);
		}
	}
}

static void test_decimal_add(void **state)
{
	static const struct {
		struct mb_decimal a, b;
		bool fits;
		const char *text;
	} cases[] = {
		{{1, 0, false}, {5, -3, false}, true, "1.005"},
		{{1, 0, false}, {5, -3, true}, true, "0.995"},
		{{1, 0, true}, {5, -3, false}, true, "-0.995"},
		{{1, 0, true}, {5, -3, true}, true, "-1.005"},
		{{5, 0, false}, {5, 0, true}, true, "0"},
		{{UINT64_MAX, 0, false}, {1, 0, false}, false, ""},
		{{UINT64_MAX, 0, false}, {1, 0, true}, true, "18446744073709551614"},
		{{1, 19, false}, {1, -1, false}, false, ""},
		{{1, 0, false}, {1, -30, false}, false, ""},
		{{1000000000000000000u, -18, false}, {1, 2, false}, true, "101"},
		{{0, -30, false}, {7, 0, false}, true, "7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mb_decimal sum = {77, 0, false};
		char text[MB_VALUE_TEXT_MAX];

		assert_int_equal(mb_decimal_add(&cases[i].a, &cases[i].b, &sum), cases[i].fits);
		if (!cases[i].fits) {
			assert_int_equal(sum.magnitude, 77);
			continue;
		}
		mb_decimal_text(&sum, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void test_value_text(void **state)
{
	static const uint8_t letters[] = {0x00, 'C', 0xB0, ' ', '1', 0xFF};
	struct mb_value value = {.type = MB_VALUE_TEXT};
	struct mb_decimal number;
	char text[32];

	(void)state;
	value.bytes.data = letters;
	value.bytes.len = sizeof(letters);
	assert_int_equal(mb_value_text(&value, text, sizeof(text)), 5);
	assert_string_equal(text, "1 °C");
	value.bytes.msb_first = true;
	mb_value_text(&value, text, sizeof(text));
	assert_string_equal(text, "C° 1");
	value.type = MB_VALUE_BYTES;
	mb_value_text(&value, text, sizeof(text));
	assert_string_equal(text, "0043B02031FF");
	value.bytes.msb_first = false;
	value.type = MB_VALUE_BITS;
	mb_value_text(&value, text, sizeof(text));
	assert_string_equal(text, "FF3120B04300");
	assert_int_equal(mb_value_text(&value, text, 12), MB_E_NO_SPACE);
	assert_false(mb_value_decimal(&value, &number));
	value.type = MB_VALUE_MANUFACTURER;
	value.manufacturer = 0x3265;
	mb_value_text(&value, text, sizeof(text));
	assert_string_equal(text, "LSE");
	value.type = MB_VALUE_INVALID;
	assert_int_equal(mb_value_text(&value, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	value.type = 200;
	assert_int_equal(mb_value_text(&value, text, sizeof(text)), MB_E_INVALID);
}

static void test_value_decimal(void **state)
{
	static const uint8_t digits[] = {0x68, 0x17, 0x03, 0x08}, hex[] = {0x6A, 0x17};
	struct mb_value value = {.type = MB_VALUE_DIGITS};
	struct mb_decimal number;

	(void)state;
	value.bytes.data = digits;
	value.bytes.len = sizeof(digits);
	assert_true(mb_value_decimal(&value, &number));
	assert_int_equal(number.magnitude, 8031768);
	value.bytes.data = hex;
	value.bytes.len = sizeof(hex);
	assert_false(mb_value_decimal(&value, &number));
	value.type = MB_VALUE_REAL;
	value.real.bits = 0x3F000000; /* 0.5 */
	value.real.exp10 = -2;
	assert_true(mb_value_decimal(&value, &number));
	assert_int_equal(number.magnitude, 5);
	assert_int_equal(number.exp10, -3);
}

static void test_reasons_have_texts(void **state)
{
	(void)state;
	assert_string_equal(mb_reason_text(MB_REASON_NONE), "ok");
	assert_string_equal(mb_reason_text(MB_REASON_NO_DATE), "no date yet");
	assert_string_equal(mb_reason_text(MB_REASON_MISSING_BASE), "base of the profile missing");
	assert_string_equal(mb_reason_text(1000), "unknown reason");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal_text),
		cmocka_unit_test(test_decimal_compare),
		cmocka_unit_test(test_decimal_add),
		cmocka_unit_test(test_value_text),
		cmocka_unit_test(test_value_decimal),
		cmocka_unit_test(test_reasons_have_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
