/* SPDX-License-Identifier: MIT */
/* How long a reading is computed to take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collect/bus_plan.h"

/*
 * 2400 8E1: 126 + 5 bytes of 11 bits, twice 198 bits and 25 ms. By hand: 131 * 11 / 2400 = 600.4 ms,
 * 396 / 2400 = 165 ms, 50 ms.
 */
static void test_primary(void **state)
{
	static const struct mb_line line = MB_LINE_2400_8E1;

	(void)state;
	assert_int_equal(bus_plan_duration_ms(&line, false), 816);
}

/* A selection has 12 bytes more than SND_NKE: 55 ms. */
static void test_secondary(void **state)
{
	static const struct mb_line line = MB_LINE_2400_8E1;

	(void)state;
	assert_int_equal(bus_plan_duration_ms(&line, true), 871);
}

/* At 300 Bd all but the 50 ms is 8 times as long, at 9600 a quarter. */
static void test_speeds(void **state)
{
	struct mb_line line = MB_LINE_2400_8E1;

	(void)state;
	line.baud = 300;
	assert_int_equal(bus_plan_duration_ms(&line, false), 6174);
	line.baud = 9600;
	assert_int_equal(bus_plan_duration_ms(&line, false), 242);
	line.parity = MB_PARITY_NONE; /* 10 bits a byte */
	assert_in_range(bus_plan_duration_ms(&line, false), 225, 230);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_primary),
		cmocka_unit_test(test_secondary),
		cmocka_unit_test(test_speeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
