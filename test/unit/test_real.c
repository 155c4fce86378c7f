/* SPDX-License-Identifier: MIT */
/* The shortest decimal of a single reads back as it, and none with fewer digits does. */
#include <meterbus/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define STEP 65521u /* a prime: about 32,000 of the positive singles */

static float from_bits(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static unsigned digits_of(uint64_t n)
{
	unsigned digits = 1;

	for (; n >= 10; n /= 10)
		digits++;
	return digits;
}

static void assert_shortest(uint32_t bits)
{
	struct mb_decimal number;
	char text[64];
	unsigned digits = 1;
	float f = from_bits(bits);

	assert_true(mb_real_decimal(bits, &number));
	snprintf(text, sizeof(text), "%s%llue%d", number.negative ? "-" : "",
		(unsigned long long)number.magnitude, number.exp10);
	assert_true(strtof(text, NULL) == f);
	for (; digits < 9; digits++) {
		snprintf(text, sizeof(text), "%.*e", (int)digits - 1, (double)f);
		if (strtof(text, NULL) == f)
			break;
	}
	assert_true(digits_of(number.magnitude) <= digits);
}

static void test_across_the_range(void **state)
{
	(void)state;
	for (uint32_t bits = 1; bits < 0x7F800000u; bits += STEP)
		assert_shortest(bits);
	for (uint32_t bits = 0x80000001u; bits < 0xFF800000u; bits += 16 * STEP)
		assert_shortest(bits);
}

/* Powers of two, where the neighbours are at different distances, and the ends. */
static void test_edges(void **state)
{
	(void)state;
	for (uint32_t exponent = 0; exponent < 0xFF; exponent++) {
		for (int32_t near = -2; near <= 2; near++) {
			uint32_t bits = (exponent << 23) + (uint32_t)near;

			if (bits < 0x7F800000u)
				assert_shortest(bits);
		}
	}
}

static void test_known(void **state)
{
	static const struct {
		uint32_t bits;
		const char *text;
	} cases[] = {
		{0x00000000, "0"},
		{0x80000000, "0"},
		{0x3F800000, "1"},
		{0xBF000000, "-0.5"},
		{0x3DCCCCCD, "0.1"},
		{0x41AB147B, "21.385"},
		{0x4B800000, "16777216"},
		{0x4B989680, "20000000"},
		{0x00000001, "1e-45"},
		{0x7F7FFFFF, "34028235e31"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mb_decimal number;
		char text[MB_VALUE_TEXT_MAX];

		assert_true(mb_real_decimal(cases[i].bits, &number));
		assert_true(mb_decimal_text(&number, text, sizeof(text)) > 0);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_not_a_number(void **state)
{
	struct mb_decimal number;

	(void)state;
	assert_false(mb_real_decimal(0x7F800000, &number));
	assert_false(mb_real_decimal(0xFF800000, &number));
	assert_false(mb_real_decimal(0x7FC00000, &number));
	assert_false(mb_real_decimal(0x7F800001, &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_across_the_range),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_not_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
