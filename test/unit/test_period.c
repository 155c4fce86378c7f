/* SPDX-License-Identifier: MIT */
/* Slots of periods against brute force: libc's clock, minute by minute. */
#include "collect/period.h"

#include <meterbus/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "period_help.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE_S 60
#define DAY_S 86400

/* --- texts ------------------------------------------------------------------------------------- */

static void test_texts(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *shown;
		uint32_t s;
		bool local;
	} good[] = {
		{"1M", "1M", 60, false},       {"15m", "15M", 900, false},  {"1H", "1H", 3600, false},
		{"2h", "2H", 7200, true},      {"1D", "1D", 86400, true},   {"900", "15M", 900, false},
		{"900s", "15M", 900, false},   {"1S", "1S", 1, false},      {"7200S", "7200S", 7200, false},
		{"2678400S", "2678400S", 2678400, false},                   {"none", "NONE", 0, false},
	};
	static const char *const bad[] = {
		"", "0", "0S", "2678401", "7M", "2D", "M", "S", "15MM", "15M ", " 15M", "-1S", "1.5S",
		"99999999999999999999S", "900SS", "NONE1",
	};
	/* clang-format on */
	struct period period = {77, true};
	char text[PERIOD_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(period_parse(bad[i], &period), MB_E_INVALID);
		assert_int_equal(period.s, 77);
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		period = period_of(good[i].text);
		assert_int_equal(period.s, good[i].s);
		assert_int_equal(period.local, good[i].local);
		assert_int_equal(period_format(period, text), strlen(good[i].shown));
		assert_string_equal(text, good[i].shown);
	}
	for (unsigned i = 0; i < PERIOD_STEPS; i++) {
		period_format(period_of(period_step(i)), text);
		assert_string_equal(text, period_step(i));
		assert_non_null(strstr(PERIOD_HELP, text));
	}
	assert_null(period_step(PERIOD_STEPS));
}

/* --- brute force ---------------------------------------------------------------------------------- */

struct track {
	struct period period;
	int64_t next_ms, last_ms; /* as period_*() say */
	uint64_t count;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t libc_local_s(int64_t at_s)
{
	time_t t = (time_t)at_s;
	struct tm tm;

	assert_non_null(localtime_r(&t, &tm));
	return at_s + tm.tm_gmtoff;
}

/*
 * A slot is the first minute at which the clock on the wall reads a multiple of the step, or more
 * when it jumped; a clock set back does not show it again.
 */
static bool is_slot(const struct track *t, int64_t at_s, int64_t local_s, int64_t highest_s)
{
	if (!t->period.local)
		return at_s % t->period.s == 0;
	return floor_div(local_s, t->period.s) > floor_div(highest_s, t->period.s);
}

static void check_minute(
	struct track *t, const struct zone *zone, int64_t begin_s, int64_t at_s, bool slot)
{
	int64_t at_ms = at_s * 1000;

	if (slot != (t->next_ms == at_ms))
		fail_msg("%s, %u s: %lld is %s slot, next is %lld", zone_name(zone), t->period.s,
			(long long)at_s, slot ? "a" : "no", (long long)t->next_ms / 1000);
	if (slot) {
		if (t->count > 0 && t->period.local) {
			assert_int_equal(period_last_ms(t->period, zone, at_ms - 1), t->last_ms);
			assert_int_equal(period_next_ms(t->period, zone, at_ms - 1), at_ms);
		}
		t->last_ms = at_ms;
		t->next_ms = period_next_ms(t->period, zone, at_ms);
		t->count++;
	}
	if ((slot && t->period.local) || at_s % (97 * MINUTE_S) == 0) {
		if (t->count > 0)
			assert_int_equal(period_last_ms(t->period, zone, at_ms), t->last_ms);
		assert_int_equal(period_next_ms(t->period, zone, at_ms), t->next_ms);
		assert_int_equal(
			period_count(t->period, zone, begin_s * 1000 - 1, at_ms), t->count);
	}
}

static void walk(const char *name, const char *from, const char *to)
{
	struct track tracks[PERIOD_STEPS];
	struct zone *zone = zone_named(name);
	int64_t begin_s = utc_s(from), highest_s;

	setenv("TZ", name, 1);
	tzset();
	highest_s = libc_local_s(begin_s - 1);
	for (unsigned i = 0; i < PERIOD_STEPS; i++) {
		tracks[i] = (struct track){.period = period_of(period_step(i))};
		tracks[i].next_ms = period_next_ms(tracks[i].period, zone, begin_s * 1000 - 1);
	}
	for (int64_t at_s = begin_s; at_s < utc_s(to); at_s += MINUTE_S) {
		int64_t local_s = libc_local_s(at_s);

		for (unsigned i = 0; i < PERIOD_STEPS; i++)
			check_minute(&tracks[i], zone, begin_s, at_s,
				is_slot(&tracks[i], at_s, local_s, highest_s));
		if (local_s > highest_s)
			highest_s = local_s;
	}
	unsetenv("TZ");
	zone_put(zone);
}

/* A year each, leap days, both changes, and zones that are whole days off. */
static void test_slots_of_a_year(void **state)
{
	/* clang-format off */
	static const struct {
		const char *zone, *from, *to;
	} years[] = {
		{"Europe/Prague",       "2027-12-20", "2029-01-05"}, /* 29 February 2028 */
		{"America/New_York",    "2026-03-01", "2026-03-15"},
		{"America/New_York",    "2026-10-25", "2026-11-08"},
		{"Australia/Lord_Howe", "2026-03-28", "2026-04-12"}, /* half an hour */
		{"Australia/Lord_Howe", "2026-09-27", "2026-10-11"},
		{"Asia/Kathmandu",      "2026-01-01", "2026-02-01"}, /* +5:45 */
		{"UTC",                 "2028-02-01", "2028-03-05"},
		{"Africa/Casablanca",   "2026-02-08", "2026-03-29"}, /* back for Ramadan */
		{"America/Havana",      "2026-03-01", "2026-03-15"}, /* no midnight */
		{"America/Havana",      "2026-10-25", "2026-11-08"}, /* midnight comes twice */
		{"Pacific/Apia",        "2011-12-20", "2012-01-10"}, /* a day that never was */
		{"Antarctica/Troll",    "2026-03-22", "2026-04-05"}, /* two hours */
		{"Antarctica/Troll",    "2026-10-18", "2026-11-01"},
		{"Europe/Dublin",       "2070-03-20", "2070-04-05"}, /* by the footer */
		{"Europe/Dublin",       "2070-10-20", "2070-11-05"},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT(years); i++)
		walk(years[i].zone, years[i].from, years[i].to);
}

static void test_days_of_23_and_25_hours(void **state)
{
	/* clang-format off */
	static const struct {
		const char *period, *from, *to; /* local midnights in Prague as UTC */
		uint64_t slots;
	} days[] = {
		{"1H",  "2026-03-28 23:00", "2026-03-29 22:00", 23},
		{"1H",  "2026-10-24 22:00", "2026-10-25 23:00", 25},
		{"15M", "2026-03-28 23:00", "2026-03-29 22:00", 92},
		{"15M", "2026-10-24 22:00", "2026-10-25 23:00", 100},
		{"2H",  "2026-03-28 23:00", "2026-03-29 22:00", 12},
		{"2H",  "2026-10-24 22:00", "2026-10-25 23:00", 12},
		{"12H", "2026-10-24 22:00", "2026-10-25 23:00", 2},
		{"1D",  "2026-03-28 23:00", "2026-03-29 22:00", 1},
		{"1D",  "2026-10-24 22:00", "2026-10-25 23:00", 1},
	};
	/* clang-format on */
	struct zone *zone = zone_named("Europe/Prague");

	(void)state;
	for (size_t i = 0; i < COUNT(days); i++)
		assert_int_equal(
			period_count(period_of(days[i].period), zone,
				utc_s(days[i].from) * 1000 - 1, utc_s(days[i].to) * 1000 - 1),
			days[i].slots);
	zone_put(zone);
}

static void test_seconds_are_multiples_since_1970(void **state)
{
	struct period p = period_of("7S");

	(void)state;
	assert_int_equal(period_next_ms(p, zone_of_utc(), 0), 7000);
	assert_int_equal(period_next_ms(p, zone_of_utc(), 6999), 7000);
	assert_int_equal(period_next_ms(p, zone_of_utc(), 7000), 14000);
	assert_int_equal(period_last_ms(p, zone_of_utc(), 13999), 7000);
	assert_int_equal(period_last_ms(p, zone_of_utc(), -1), -7000);
	assert_int_equal(period_count(p, zone_of_utc(), 0, 14000), 2);
	assert_int_equal(period_count(p, zone_of_utc(), 14000, 0), 0);
}

static void test_no_slots(void **state)
{
	struct period none = period_of("NONE"), day = period_of("1D");
	struct zone *zone = zone_named("Europe/Prague");

	(void)state;
	assert_true(period_next_ms(none, zone, 0) == PERIOD_NEVER);
	assert_true(period_last_ms(none, zone, 0) == -PERIOD_NEVER);
	assert_int_equal(period_count(none, zone, 0, INT64_MAX), 0);
	/* the ends of time do no harm */
	assert_true(period_next_ms(day, zone, INT64_MAX) == PERIOD_NEVER);
	assert_true(period_next_ms(day, zone, INT64_MIN) < 0);
	assert_true(period_last_ms(day, zone, INT64_MIN) == -PERIOD_NEVER);
	assert_true(period_last_ms(day, zone, INT64_MAX) > 0);
	assert_true(period_count(period_of("15M"), zone, INT64_MIN, INT64_MAX) > 0);
	zone_put(zone);
}

/* A slot of the thinned period is a slot of the period, too. 95 a day: 30M, as 20M is no multiple. */
static void test_thin_to_a_budget(void **state)
{
	/* clang-format off */
	static const struct {
		const char *period;
		uint32_t reads_per_day;
		const char *thin;
	} rows[] = {
		{"15M",  0,     "15M"},   {"15M",  96,  "15M"},   {"15M",  95,  "30M"},  {"15M", 24, "1H"},
		{"1M",   10,    "3H"},    {"1H",   1,   "1D"},    {"12H",  1,   "1D"},   {"1D",  1,  "1D"},
		{"4M",   300,   "12M"},   {"7S",   100, "868S"},  {"900S", 10,  "3H"},   {"NONE", 5, "NONE"},
		{"86401S", 1,   "86401S"},
	};
	/* clang-format on */
	char text[PERIOD_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		period_format(period_thin(period_of(rows[i].period), rows[i].reads_per_day), text);
		assert_string_equal(text, rows[i].thin);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_slots_of_a_year),
		cmocka_unit_test(test_days_of_23_and_25_hours),
		cmocka_unit_test(test_seconds_are_multiples_since_1970),
		cmocka_unit_test(test_no_slots),
		cmocka_unit_test(test_thin_to_a_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
