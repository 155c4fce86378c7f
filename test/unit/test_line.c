/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <meterbus/engine.h>

static void test_bits_of_a_byte(void **state)
{
	(void)state;
	assert_int_equal(mb_line_bits(&(struct mb_line)MB_LINE_2400_8E1), 11);
	assert_int_equal(mb_line_bits(&(struct mb_line){9600, 8, MB_PARITY_NONE, 1}), 10);
	assert_int_equal(mb_line_bits(&(struct mb_line){9600, 7, MB_PARITY_ODD, 2}), 11);
}

static void test_times(void **state)
{
	/* longest frame: 9.57 s at 300, 1.196 s at 2400, 0.299 s at 9600; rounded up */
	/* clang-format off */
	static const struct {
		uint32_t baud;
		size_t n_bytes;
		uint64_t us;
	} rows[] = {
		{300, 1, 36667}, {2400, 1, 4584}, {9600, 1, 1146}, {2400, 0, 0}, {0, 5, 0},
		{300, 261, 9570000}, {2400, 261, 1196250}, {9600, 261, 299063},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mb_line line = {rows[i].baud, 8, MB_PARITY_EVEN, 1};

		assert_int_equal(mb_line_bytes_us(&line, rows[i].n_bytes), rows[i].us);
	}
	assert_int_equal(mb_line_bit_us(&(struct mb_line)MB_LINE_2400_8E1, 330), 137500);
}

static void test_equal(void **state)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	struct mb_line others[] = {line, line, line, line};

	(void)state;
	others[0].baud = 300;
	others[1].data_bits = 7;
	others[2].parity = MB_PARITY_NONE;
	others[3].stop_bits = 2;
	assert_true(mb_line_equal(&line, &line));
	for (size_t i = 0; i < 4; i++)
		assert_false(mb_line_equal(&line, &others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits_of_a_byte),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
