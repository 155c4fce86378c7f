/* SPDX-License-Identifier: MIT */
/* Types F, G, I, J: vectors, invalid and periodic values, and the way back. */
#include <meterbus/error.h>
#include <meterbus/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "hex.h"

static void test_vectors(void **state)
{
	static const struct {
		const char *hex;
		uint8_t type, reason;
		const char *text;
	} cases[] = {
		{"0B 0B CD 13", MB_VALUE_DATETIME, MB_REASON_NONE, "2014-03-13T11:11"},
		{"10 09 05 C5", MB_VALUE_DATETIME, MB_REASON_NONE, "1996-05-05T09:16"},
		{"1A 2F 65 11", MB_VALUE_DATETIME, MB_REASON_NONE, "2011-01-05T15:26"},
		{"A1 15 E9 17", MB_VALUE_DATETIME, MB_REASON_TIME_INVALID, "2015-07-09T21:33"},
		{"00 00 E1 F1", MB_VALUE_DATETIME, MB_REASON_NONE, "*-01-01T00:00"},
		{"8C 11", MB_VALUE_DATE, MB_REASON_NONE, "2012-01-12"},
		{"BF 1C", MB_VALUE_DATE, MB_REASON_NONE, "2013-12-31"},
		{"1F 0C", MB_VALUE_DATE, MB_REASON_NONE, "2000-12-31"},
		{"00 00 08 16 27 00", MB_VALUE_DATETIME, MB_REASON_NONE, "2016-07-22T08:00:00"},
		{"07 35 10", MB_VALUE_TIME, MB_REASON_NONE, "16:53:07"},
		{"00 00 00", MB_VALUE_TIME, MB_REASON_NONE, "00:00:00"},
		{"3F 35 10", MB_VALUE_TIME, MB_REASON_NONE, "16:53:*"},
		/* year 80 is 2080, 81 is 1981; 100 is none */
		{"01 A1", MB_VALUE_DATE, MB_REASON_NONE, "2080-01-01"},
		{"21 A1", MB_VALUE_DATE, MB_REASON_NONE, "1981-01-01"},
		{"81 C1", MB_VALUE_INVALID, MB_REASON_BAD_DATE, ""},
		/* every day of March 2015, every month on the 5th */
		{"E0 13", MB_VALUE_DATE, MB_REASON_NONE, "2015-03-*"},
		{"E5 1F", MB_VALUE_DATE, MB_REASON_NONE, "2015-*-05"},
		/* nothing yet, nothing at all */
		{"00 00", MB_VALUE_INVALID, MB_REASON_NO_DATE, ""},
		{"E0 10", MB_VALUE_INVALID, MB_REASON_NO_DATE, ""},
		{"00 00 00 00", MB_VALUE_INVALID, MB_REASON_NO_DATE, ""},
		{"80 00 00 00", MB_VALUE_INVALID, MB_REASON_NO_DATE, ""},
		{"00 00 00 00 00 00", MB_VALUE_INVALID, MB_REASON_NO_DATE, ""},
		{"FF FF", MB_VALUE_INVALID, MB_REASON_NOT_AVAILABLE, ""},
		{"FF FF FF", MB_VALUE_INVALID, MB_REASON_NOT_AVAILABLE, ""},
		{"FF FF FF FF", MB_VALUE_INVALID, MB_REASON_NOT_AVAILABLE, ""},
		{"FF FF FF FF FF FF", MB_VALUE_INVALID, MB_REASON_NOT_AVAILABLE, ""},
		/* 31 April, 29 February 2015 and 2016, month 13, month 0, hour 24, minute 60 */
		{"FF 14", MB_VALUE_INVALID, MB_REASON_BAD_DATE, ""},
		{"FD 12", MB_VALUE_INVALID, MB_REASON_BAD_DATE, ""},
		{"1D 22", MB_VALUE_DATE, MB_REASON_NONE, "2016-02-29"},
		{"E1 1D", MB_VALUE_INVALID, MB_REASON_BAD_DATE, ""},
		{"E1 10", MB_VALUE_INVALID, MB_REASON_BAD_DATE, ""},
		{"0B 18 CD 13", MB_VALUE_INVALID, MB_REASON_BAD_DATE, ""},
		{"3C 0B CD 13", MB_VALUE_INVALID, MB_REASON_BAD_DATE, ""},
		{"07 35 18", MB_VALUE_INVALID, MB_REASON_BAD_DATE, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[8];
		size_t len = hex_read(cases[i].hex, bytes, sizeof(bytes));
		struct mb_value value;
		char text[MB_VALUE_TEXT_MAX];

		assert_int_equal(mb_datetime_read(bytes, len, &value), 0);
		assert_int_equal(value.type, cases[i].type);
		assert_int_equal(value.reason, cases[i].reason);
		assert_true(mb_value_text(&value, text, sizeof(text)) >= 0);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_flags(void **state)
{
	uint8_t bytes[8];
	struct mb_value value;

	(void)state;
	/* summer time, type F */
	hex_read("0B 8B CD 13", bytes, sizeof(bytes));
	mb_datetime_read(bytes, 4, &value);
	assert_true(value.datetime.summer);
	assert_false(value.datetime.periodic);
	/* type I: 7 s, summer, leap year, Thursday, week 11, deviation +1 h */
	hex_read("C7 4B 8B CD 13 4B", bytes, sizeof(bytes));
	mb_datetime_read(bytes, 6, &value);
	assert_true(value.datetime.summer);
	assert_true(value.datetime.leap_year);
	assert_int_equal(value.datetime.second, 7);
	assert_int_equal(value.datetime.weekday, 4);
	assert_int_equal(value.datetime.week, 11);
	assert_int_equal(value.datetime.dst_hours, 1);
	bytes[1] = 0x0B;
	mb_datetime_read(bytes, 6, &value);
	assert_int_equal(value.datetime.dst_hours, -1);
	bytes[1] = 0x8B;
	mb_datetime_read(bytes, 6, &value);
	assert_int_equal(value.reason, MB_REASON_TIME_INVALID);
}

static void test_other_lengths(void **state)
{
	uint8_t bytes[9] = {0};
	struct mb_value value;

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		int rc = mb_datetime_read(bytes, len, &value);

		assert_int_equal(
			rc, len == 2 || len == 3 || len == 4 || len == 6 ? 0 : MB_E_INVALID);
	}
}

/* Every date that can be read is written as the same two bytes, and is a day of the calendar. */
static void test_all_of_type_g(void **state)
{
	unsigned dates = 0;

	(void)state;
	for (unsigned n = 0; n <= 0xFFFF; n++) {
		uint8_t bytes[2] = {(uint8_t)n, (uint8_t)(n >> 8)}, back[2];
		struct mb_value value;

		mb_datetime_read(bytes, 2, &value);
		if (value.type == MB_VALUE_INVALID)
			continue;
		assert_int_equal(mb_datetime_write(&value.datetime, 'G', back), 0);
		assert_memory_equal(bytes, back, 2);
		dates += !value.datetime.periodic;
	}
	assert_int_equal(dates, 36525); /* 1981..2080 */
}

static void assert_same_again(const uint8_t *bytes, size_t len, uint8_t type)
{
	uint8_t back[8];
	struct mb_value value, again;

	mb_datetime_read(bytes, len, &value);
	if (value.type == MB_VALUE_INVALID)
		return;
	assert_int_equal(mb_datetime_write(&value.datetime, type, back), 0);
	mb_datetime_read(back, len, &again);
	assert_int_equal(again.type, value.type);
	assert_memory_equal(&again.datetime, &value.datetime, sizeof(value.datetime));
}

static void test_written_dates_read_the_same(void **state)
{
	uint32_t n = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		uint8_t bytes[8];

		for (unsigned k = 0; k < sizeof(bytes); k++) {
			n = n * 1664525u + 1013904223u;
			bytes[k] = (uint8_t)(n >> 24);
		}
		assert_same_again(bytes, 4, 'F');
		assert_same_again(bytes, 3, 'J');
		assert_same_again(bytes, 6, 'I');
	}
}

static void test_write_refuses(void **state)
{
	static const struct mb_datetime good = {
		.year = 2015, .month = 4, .day = 30, .hour = 23, .minute = 59, .second = 59};
	struct mb_datetime dt;
	uint8_t bytes[6];

	(void)state;
	assert_int_equal(mb_datetime_write(&good, 'F', bytes), 0);
	assert_int_equal(mb_datetime_write(&good, 'I', bytes), 0);
	assert_int_equal(mb_datetime_write(&good, 'X', bytes), MB_E_INVALID);
	dt = good;
	dt.day = 31;
	assert_int_equal(mb_datetime_write(&dt, 'F', bytes), MB_E_INVALID);
	dt = good;
	dt.month = 13;
	assert_int_equal(mb_datetime_write(&dt, 'G', bytes), MB_E_INVALID);
	dt = good;
	dt.hour = 24;
	assert_int_equal(mb_datetime_write(&dt, 'J', bytes), MB_E_INVALID);
	dt = good;
	dt.year = 2081; /* only type F has hundreds */
	assert_int_equal(mb_datetime_write(&dt, 'G', bytes), MB_E_INVALID);
	assert_int_equal(mb_datetime_write(&dt, 'F', bytes), 0);
	dt.year = 1980;
	assert_int_equal(mb_datetime_write(&dt, 'F', bytes), MB_E_INVALID);
	dt = good;
	dt.week = 54;
	assert_int_equal(mb_datetime_write(&dt, 'I', bytes), MB_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_other_lengths),
		cmocka_unit_test(test_all_of_type_g),
		cmocka_unit_test(test_written_dates_read_the_same),
		cmocka_unit_test(test_write_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
