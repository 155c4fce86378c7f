/* SPDX-License-Identifier: MIT */
/* Time zones against facts of the calendar, and against libc, which reads the same files its own way. */
#include "base/zone_impl.h"

#include <meterbus/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "guard.h"
#include "period_help.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */
static const struct {
	const char *zone, *utc, *local;
	int32_t offset_s;
	bool dst;
} locals[] = {
	{"UTC",                 "2024-02-29 12:00", "2024-02-29 12:00", 0,      false},
	{"Europe/Prague",       "2026-03-29 00:59", "2026-03-29 01:59", 3600,   false},
	{"Europe/Prague",       "2026-03-29 01:00", "2026-03-29 03:00", 7200,   true},
	{"Europe/Prague",       "2026-10-25 00:59", "2026-10-25 02:59", 7200,   true},
	{"Europe/Prague",       "2026-10-25 01:00", "2026-10-25 02:00", 3600,   false},
	{"Europe/Prague",       "2060-07-01 00:00", "2060-07-01 02:00", 7200,   true},  /* by the footer */
	{"America/New_York",    "2026-03-08 07:00", "2026-03-08 03:00", -14400, true},
	{"America/New_York",    "2090-12-01 05:00", "2090-12-01 00:00", -18000, false},
	{"Australia/Lord_Howe", "2026-04-04 15:00", "2026-04-05 01:30", 37800,  false},
	{"Australia/Lord_Howe", "2060-01-01 00:00", "2060-01-01 11:00", 39600,  true},
	{"Asia/Kathmandu",      "2026-01-01 00:00", "2026-01-01 05:45", 20700,  false},
	{"Pacific/Apia",        "2011-12-30 10:00", "2011-12-31 00:00", 50400,  true},  /* no 30th there */
};

static const struct {
	const char *zone, *local;
	enum zone_fit fit;
	const char *winter, *summer; /* UTC without and with prefer_dst */
} moments[] = {
	{"Europe/Prague",       "2026-01-15 12:00", ZONE_ONCE,  "2026-01-15 11:00", "2026-01-15 11:00"},
	{"Europe/Prague",       "2026-03-29 01:59", ZONE_ONCE,  "2026-03-29 00:59", "2026-03-29 00:59"},
	{"Europe/Prague",       "2026-03-29 02:00", ZONE_GAP,   "2026-03-29 01:00", "2026-03-29 01:00"},
	{"Europe/Prague",       "2026-03-29 02:30", ZONE_GAP,   "2026-03-29 01:00", "2026-03-29 01:00"},
	{"Europe/Prague",       "2026-03-29 03:00", ZONE_ONCE,  "2026-03-29 01:00", "2026-03-29 01:00"},
	{"Europe/Prague",       "2026-10-25 01:59", ZONE_ONCE,  "2026-10-24 23:59", "2026-10-24 23:59"},
	{"Europe/Prague",       "2026-10-25 02:00", ZONE_TWICE, "2026-10-25 01:00", "2026-10-25 00:00"},
	{"Europe/Prague",       "2026-10-25 02:59", ZONE_TWICE, "2026-10-25 01:59", "2026-10-25 00:59"},
	{"Europe/Prague",       "2026-10-25 03:00", ZONE_ONCE,  "2026-10-25 02:00", "2026-10-25 02:00"},
	{"Europe/Prague",       "2070-10-26 02:30", ZONE_TWICE, "2070-10-26 01:30", "2070-10-26 00:30"},
	{"America/New_York",    "2026-11-01 01:30", ZONE_TWICE, "2026-11-01 06:30", "2026-11-01 05:30"},
	{"Australia/Lord_Howe", "2026-10-04 02:15", ZONE_GAP,   "2026-10-03 15:30", "2026-10-03 15:30"},
	{"Australia/Lord_Howe", "2026-04-05 01:45", ZONE_TWICE, "2026-04-04 15:15", "2026-04-04 14:45"},
	{"Pacific/Apia",        "2011-12-30 12:00", ZONE_GAP,   "2011-12-30 10:00", "2011-12-30 10:00"},
	/* a clock set back without summer time: the first */
	{"Europe/Moscow",       "2014-10-26 01:30", ZONE_TWICE, "2014-10-25 21:30", "2014-10-25 21:30"},
};
/* clang-format on */

static void test_local_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(locals); i++) {
		struct zone *zone = zone_named(locals[i].zone);
		struct civil utc = civil_of(locals[i].utc), local = civil_of(locals[i].local);
		struct zone_time time;

		zone_local(zone, civil_s(&utc), &time);
		assert_int_equal(civil_s(&time.civil), civil_s(&local));
		assert_int_equal(time.offset_s, locals[i].offset_s);
		assert_int_equal(time.dst, locals[i].dst);
		zone_put(zone);
	}
}

static void test_moments_of_local_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(moments); i++) {
		struct zone *zone = zone_named(moments[i].zone);
		struct civil local = civil_of(moments[i].local);
		struct civil winter = civil_of(moments[i].winter),
			     summer = civil_of(moments[i].summer);
		int64_t utc_s;

		assert_int_equal(zone_utc(zone, &local, false, &utc_s), moments[i].fit);
		assert_int_equal(utc_s, civil_s(&winter));
		assert_int_equal(zone_utc(zone, &local, true, &utc_s), moments[i].fit);
		assert_int_equal(utc_s, civil_s(&summer));
		zone_put(zone);
	}
}

static void test_next_change(void **state)
{
	struct zone *zone = zone_named("Europe/Prague");
	struct civil from = civil_of("2026-01-01 00:00"), spring = civil_of("2026-03-29 01:00");
	struct civil far = civil_of("2080-06-01 00:00"), autumn = civil_of("2080-10-27 01:00");

	(void)state;
	assert_int_equal(zone_next_change_s(zone, civil_s(&from)), civil_s(&spring));
	assert_int_equal(zone_next_change_s(zone, civil_s(&far)), civil_s(&autumn));
	assert_true(zone_next_change_s(zone, INT64_C(1) << 50) == ZONE_NEVER);
	zone_put(zone);
	zone = zone_named("Asia/Kathmandu");
	assert_true(zone_next_change_s(zone, civil_s(&from)) == ZONE_NEVER);
	zone_put(zone);
	assert_true(zone_next_change_s(zone_of_utc(), 0) == ZONE_NEVER);
}

/* --- against libc ------------------------------------------------------------------------------- */

static void set_libc(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static void compare(const struct zone *zone, int64_t utc_s)
{
	time_t t = (time_t)utc_s;
	struct zone_time mine;
	struct tm libc;

	assert_non_null(localtime_r(&t, &libc));
	zone_local(zone, utc_s, &mine);
	if (mine.offset_s != libc.tm_gmtoff || mine.dst != (libc.tm_isdst > 0) ||
		mine.civil.year != libc.tm_year + 1900 || mine.civil.month != libc.tm_mon + 1 ||
		mine.civil.day != libc.tm_mday || mine.civil.hour != libc.tm_hour ||
		mine.civil.minute != libc.tm_min || mine.civil.second != libc.tm_sec)
		fail_msg("%s at %lld: offset %d, libc says %ld", zone_name(zone), (long long)utc_s,
			mine.offset_s, libc.tm_gmtoff);
}

/* Every zone of the list, each change of it from 1970 to 2100 and the days between. */
static void compare_zone(const char *name, int64_t step_s)
{
	struct zone *zone = zone_named(name);
	int64_t end = INT64_C(4102444800), at_s = 0;

	set_libc(name);
	for (int64_t utc_s = 0; utc_s < end; utc_s += step_s)
		compare(zone, utc_s);
	while ((at_s = zone_next_change_s(zone, at_s)) < end) {
		compare(zone, at_s - 1);
		compare(zone, at_s);
	}
	zone_put(zone);
}

static void test_all_zones_as_libc_has_them(void **state)
{
	FILE *list = fopen("/usr/share/zoneinfo/tzdata.zi", "r");
	char line[256], name[128];
	unsigned n = 0;

	(void)state;
	if (!list)
		skip();
	while (fgets(line, sizeof(line), list)) {
		if (sscanf(line, "Z %127s", name) != 1)
			continue;
		compare_zone(name, 19 * 86400 + 12345);
		n++;
	}
	fclose(list);
	unsetenv("TZ");
	assert_true(n > 200);
}

static void test_rules_as_libc_has_them(void **state)
{
	static const char *const rules[] = {
		"CET-1CEST,M3.5.0,M10.5.0/3",
		"EST5EDT,M3.2.0,M11.1.0",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		"IST-1GMT0,M10.5.0,M3.5.0/1",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		"AAA-3BBB,J60/0,J300/0",
		"AAA3BBB,59/0,300/25:30:10",
		"EET-2EEST,M3.4.4/50,M10.4.4/50",
		"UTC0",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++) {
		struct zone *zone;

		set_libc(rules[i]);
		zone = zone_named(NULL);
		assert_int_equal(
			strcmp(zone_name(zone), "localtime") == 0, strchr(rules[i], ',') != NULL);
		for (int64_t utc_s = INT64_C(1600000000); utc_s < INT64_C(2000000000);
			utc_s += 7211)
			compare(zone, utc_s);
		zone_put(zone);
	}
	unsetenv("TZ");
}

/* --- names ------------------------------------------------------------------------------------- */

static void test_zones_are_shared(void **state)
{
	struct zone *a = zone_named("Europe/Prague"), *b = zone_named("Europe/Prague"), *c;

	(void)state;
	assert_ptr_equal(a, b);
	c = zone_ref(a);
	zone_put(a);
	zone_put(b);
	assert_string_equal(zone_name(c), "Europe/Prague");
	zone_put(c);
	zone_put(NULL);
}

static void test_bad_names_are_refused(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name, *error;
	} bad[] = {
		{"Europe/Brague",      "time zone Europe/Brague: unknown: use a name like Europe/Prague"},
		{"../../etc/passwd",   "time zone ../../etc/passwd: unknown: use a name like Europe/Prague"},
		{"/etc/localtime",     "time zone /etc/localtime: unknown: use a name like Europe/Prague"},
		{"Europe",             "time zone Europe: Is a directory"},
		{"tzdata/zi",          "time zone tzdata/zi: unknown: use a name like Europe/Prague"},
		{"posixrules ",        "time zone posixrules : unknown: use a name like Europe/Prague"},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct zone *zone = NULL;
		char err[200] = "";

		assert_int_equal(zone_load(bad[i].name, &zone, err, sizeof(err)), MB_E_INVALID);
		assert_string_equal(err, bad[i].error);
		assert_null(zone);
	}
}

static void test_zone_of_this_system(void **state)
{
	struct zone *zone;

	(void)state;
	set_libc(":Asia/Kathmandu");
	zone = zone_named("");
	assert_string_equal(zone_name(zone), "Asia/Kathmandu");
	assert_int_equal(zone_offset_s(zone, INT64_C(1700000000)), 20700);
	zone_put(zone);
	setenv("TZDIR", "/nonexistent", 1);
	zone = zone_named("UTC"); /* needs no file */
	assert_int_equal(zone_offset_s(zone, 0), 0);
	zone_put(zone);
	unsetenv("TZDIR");
	unsetenv("TZ");
}

static void test_bad_rules_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"C",
		"CE-1",
		"CET",
		"CET-",
		"CET-25",
		"CET-1:60",
		"CET-1CEST",
		"CET-1CEST,",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M3.5.0,",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M0.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M3.0.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,J0,J5",
		"CET-1CEST,J366,J5",
		"CET-1CEST,366,5",
		"CET-1CEST,M3.5.0/168,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/3 ",
		"<CET-1",
		"<+1>-1",
	};
	struct zone_tail tail;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (zone_tail_parse(bad[i], &tail))
			fail_msg("\"%s\" was taken", bad[i]);
}

/* --- files ------------------------------------------------------------------------------------- */

static size_t read_prague(uint8_t *ret_bytes, size_t max)
{
	FILE *f = fopen("/usr/share/zoneinfo/Europe/Prague", "rb");
	size_t n;

	if (!f)
		skip();
	n = fread(ret_bytes, 1, max, f);
	fclose(f);
	return n;
}

static void test_cut_files_are_refused(void **state)
{
	uint8_t bytes[8192];
	size_t n = read_prague(bytes, sizeof(bytes));
	struct guard guard;

	(void)state;
	guard_init(&guard);
	for (size_t len = 0; len < n; len++) {
		struct zone zone = {0};

		if (!zone_file_parse(guard_copy(&guard, bytes, len), len, &zone))
			fail_msg("%zu of %zu bytes were taken", len, n);
		assert_null(zone.types);
	}
	guard_done(&guard);
}

/* A changed byte may make another zone, but no harm: every moment has an offset, every change an end. */
static void test_changed_files_do_no_harm(void **state)
{
	uint8_t bytes[8192];
	size_t n = read_prague(bytes, sizeof(bytes));

	(void)state;
	for (size_t i = 0; i < n * 3; i++) {
		static const uint8_t masks[3] = {0x01, 0x80, 0xFF};
		struct zone zone = {0};

		bytes[i / 3] ^= masks[i % 3];
		if (!zone_file_parse(bytes, n, &zone)) {
			for (int64_t s = -(INT64_C(1) << 33); s < INT64_C(1) << 33;
				s += INT64_C(1) << 29) {
				int32_t offset_s = zone_offset_s(&zone, s);

				assert_true(abs(offset_s) < ZONE_OFFSET_MAX_S);
				assert_true(zone_next_change_s(&zone, s) > s);
				assert_true(llabs(zone_first_utc_s(&zone, s) - s) <=
					    2 * ZONE_OFFSET_MAX_S);
			}
			zone_file_done(&zone);
		}
		bytes[i / 3] ^= masks[i % 3];
	}
}

/* --- the calendar -------------------------------------------------------------------------------- */

static void test_days_from_year_1_to_9999(void **state)
{
	int64_t day = civil_day(1, 1, 1);

	(void)state;
	assert_int_equal(day, -719162);
	for (int32_t year = 1; year <= 9999; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

		for (unsigned month = 1; month <= 12; month++) {
			unsigned last = days[month - 1] + (leap && month == 2);
			struct civil c = {year, (uint8_t)month, (uint8_t)last, 0, 0, 0};

			assert_int_equal(civil_day(year, month, 1), day);
			day += last;
			assert_true(civil_valid(&c));
			assert_int_equal(civil_of_s((day - 1) * 86400 + 86399).day, last);
			c.day++;
			assert_false(civil_valid(&c));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local_times),
		cmocka_unit_test(test_moments_of_local_times),
		cmocka_unit_test(test_next_change),
		cmocka_unit_test(test_all_zones_as_libc_has_them),
		cmocka_unit_test(test_rules_as_libc_has_them),
		cmocka_unit_test(test_zones_are_shared),
		cmocka_unit_test(test_bad_names_are_refused),
		cmocka_unit_test(test_zone_of_this_system),
		cmocka_unit_test(test_bad_rules_are_refused),
		cmocka_unit_test(test_cut_files_are_refused),
		cmocka_unit_test(test_changed_files_do_no_harm),
		cmocka_unit_test(test_days_from_year_1_to_9999),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
