/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "base/clock.h"

#include <meterbus/engine.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_grows_to_its_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (int i = 0; i < 1000; i++) {
		uint8_t byte = (uint8_t)i;

		assert_int_equal(buf_room(&b), 1000 - i);
		assert_true(buf_add(&b, &byte, 1));
	}
	assert_false(buf_add(&b, "x", 1));
	assert_int_equal(b.len, 1000);
	assert_true(b.size <= 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(b.bytes[i], (uint8_t)i);
	buf_done(&b);
	assert_null(b.bytes);
}

static void test_adds_all_or_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_true(buf_add(&b, "abc", 3));
	assert_false(buf_add(&b, "de", 2));
	assert_int_equal(b.len, 3);
	assert_true(buf_add(&b, "d", 1));
	assert_memory_equal(b.bytes, "abcd", 4);
	buf_done(&b);
}

static void test_drops_at_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_add(&b, "abcdef", 6);
	buf_drop(&b, 2);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.bytes, "cdef", 4);
	buf_drop(&b, 100);
	assert_int_equal(b.len, 0);
	assert_true(buf_add(&b, "12345678", 8));
	buf_clear(&b);
	assert_int_equal(buf_room(&b), 8);
	buf_done(&b);
}

static void test_poll_ms_rounds_up(void **state)
{
	(void)state;
	assert_int_equal(clock_poll_ms(0, MB_NEVER), -1);
	assert_int_equal(clock_poll_ms(5000, 5000), 0);
	assert_int_equal(clock_poll_ms(5001, 5000), 0);
	assert_int_equal(clock_poll_ms(5000, 5001), 1);
	assert_int_equal(clock_poll_ms(5000, 6000), 1);
	assert_int_equal(clock_poll_ms(5000, 6001), 2);
	assert_int_equal(clock_poll_ms(0, MB_NEVER - 1), INT_MAX);
}

static void test_mono_never_goes_back(void **state)
{
	uint64_t last = clock_mono_us();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_mono_us();

		assert_true(now >= last);
		last = now;
	}
	assert_true(clock_wall_us() > 1700000000000000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_to_its_maximum),
		cmocka_unit_test(test_adds_all_or_nothing),
		cmocka_unit_test(test_drops_at_the_front),
		cmocka_unit_test(test_poll_ms_rounds_up),
		cmocka_unit_test(test_mono_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
