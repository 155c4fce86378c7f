/* SPDX-License-Identifier: MIT */
/* The TZ string of POSIX, with the hours of RFC 8536 (-167..167). */
#include "base/zone_impl.h"

#include <string.h>

#define DAY_S 86400
#define NAME_MIN 3
#define HOURS_MAX 167
#define OFFSET_HOURS_MAX 24
#define CHANGE_S (2 * 3600) /* when no time is given */
#define YEARS 3 /* the year before, this one, the one behind */

/* --- reading --------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

static bool take_number(const char **at, unsigned max, unsigned *ret_number)
{
	unsigned number = 0;

	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); ++*at) {
		number = number * 10 + (unsigned)(**at - '0');
		if (number > max)
			return false;
	}
	*ret_number = number;
	return true;
}

/* "CET" or "<+03>" */
static bool take_name(const char **at)
{
	const char *begin = *at;
	bool quoted = take(at, '<');
	size_t len = 0;

	for (; **at; ++*at, len++) {
		char c = **at;
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		if (!letter && !(quoted && (is_digit(c) || c == '+' || c == '-')))
			break;
	}
	if (quoted && !take(at, '>'))
		return false;
	return *at != begin && len >= NAME_MIN;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(const char **at, unsigned hours_max, int32_t *ret_s)
{
	bool minus = take(at, '-');
	unsigned hours = 0, minutes = 0, seconds = 0;

	if (!minus)
		take(at, '+');
	if (!take_number(at, hours_max, &hours))
		return false;
	if (take(at, ':') && !take_number(at, 59, &minutes))
		return false;
	if (take(at, ':') && !take_number(at, 59, &seconds))
		return false;
	*ret_s = (int32_t)(hours * 3600 + minutes * 60 + seconds) * (minus ? -1 : 1);
	return true;
}

/* POSIX counts to the west, we to the east. */
static bool take_offset(const char **at, int32_t *ret_offset_s)
{
	if (!take_time(at, OFFSET_HOURS_MAX, ret_offset_s))
		return false;
	*ret_offset_s = -*ret_offset_s;
	return true;
}

static bool take_month(const char **at, struct zone_rule *rule)
{
	unsigned month, week, weekday;

	if (!take_number(at, 12, &month) || !take(at, '.') || !take_number(at, 5, &week) ||
		!take(at, '.') || !take_number(at, 6, &weekday) || month == 0 || week == 0)
		return false;
	rule->day_type = ZONE_DAY_MONTH;
	rule->month = (uint8_t)month;
	rule->week = (uint8_t)week;
	rule->weekday = (uint8_t)weekday;
	return true;
}

static bool take_day(const char **at, struct zone_rule *rule)
{
	bool julian = take(at, 'J');
	unsigned day;

	if (!take_number(at, 365, &day) || (julian && day == 0))
		return false;
	rule->day_type = julian ? ZONE_DAY_JULIAN : ZONE_DAY_ZERO;
	rule->day = (uint16_t)day;
	return true;
}

/* ,M3.5.0/2 */
static bool take_rule(const char **at, struct zone_rule *rule)
{
	rule->time_s = CHANGE_S;
	if (!take(at, ','))
		return false;
	if (take(at, 'M') ? !take_month(at, rule) : !take_day(at, rule))
		return false;
	return !take(at, '/') || take_time(at, HOURS_MAX, &rule->time_s);
}

bool zone_tail_parse(const char *text, struct zone_tail *ret_tail)
{
	struct zone_tail tail = {.is_known = true};

	if (!take_name(&text) || !take_offset(&text, &tail.standard.offset_s))
		return false;
	if (*text) {
		tail.has_dst = true;
		tail.daylight = (struct zone_type){tail.standard.offset_s + 3600, true};
		if (!take_name(&text))
			return false;
		if (*text != ',' && !take_offset(&text, &tail.daylight.offset_s))
			return false;
		if (!take_rule(&text, &tail.begin) || !take_rule(&text, &tail.end) || *text)
			return false;
	}
	*ret_tail = tail;
	return true;
}

/* --- reckoning ------------------------------------------------------------------------------- */

static bool is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t month_day(int32_t year, const struct zone_rule *rule)
{
	int64_t first = civil_day(year, rule->month, 1);
	int64_t next = rule->month == 12 ? civil_day(year + 1, 1, 1)
					 : civil_day(year, rule->month + 1u, 1);
	int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
	int64_t day = first + (rule->weekday - weekday + 7) % 7 + (rule->week - 1) * 7;

	return day < next ? day : day - 7;
}

/* Seconds of the local clock before the change. */
static int64_t rule_local_s(int32_t year, const struct zone_rule *rule)
{
	int64_t day;

	if (rule->day_type == ZONE_DAY_MONTH)
		day = month_day(year, rule);
	else if (rule->day_type == ZONE_DAY_ZERO)
		day = civil_day(year, 1, 1) + rule->day;
	else
		day = civil_day(year, 1, 1) + rule->day - 1 + (is_leap(year) && rule->day >= 60);
	return day * DAY_S + rule->time_s;
}

/* Beyond these years there are no changes: no overflow, whatever the time. */
static int64_t within_years(int64_t utc_s)
{
	if (utc_s > ZONE_S_MAX)
		return ZONE_S_MAX;
	return utc_s < -ZONE_S_MAX ? -ZONE_S_MAX : utc_s;
}

struct change {
	int64_t at_s;
	bool to_dst;
};

/* The changes of three years in order; at one moment the begin of summer is the later one. */
static void changes_around(
	const struct zone_tail *tail, int64_t utc_s, struct change ret_changes[2 * YEARS])
{
	int32_t year = civil_of_s(within_years(utc_s)).year - 1;
	size_t n = 0;

	for (int32_t y = year; y < year + YEARS; y++) {
		const struct change pair[2] = {
			{rule_local_s(y, &tail->end) - tail->daylight.offset_s, false},
			{rule_local_s(y, &tail->begin) - tail->standard.offset_s, true},
		};

		for (size_t i = 0; i < 2; i++) {
			size_t at = n++;

			for (; at > 0 && ret_changes[at - 1].at_s > pair[i].at_s; at--)
				ret_changes[at] = ret_changes[at - 1];
			ret_changes[at] = pair[i];
		}
	}
}

struct zone_type zone_tail_type(const struct zone_tail *tail, int64_t utc_s)
{
	struct change changes[2 * YEARS];
	bool dst = false;

	if (!tail->has_dst)
		return tail->standard;
	changes_around(tail, utc_s, changes);
	for (size_t i = 0; i < 2 * YEARS && changes[i].at_s <= utc_s; i++)
		dst = changes[i].to_dst;
	return dst ? tail->daylight : tail->standard;
}

int64_t zone_tail_next_s(const struct zone_tail *tail, int64_t utc_s)
{
	struct change changes[2 * YEARS];

	if (!tail->has_dst)
		return ZONE_NEVER;
	changes_around(tail, utc_s, changes);
	for (size_t i = 0; i < 2 * YEARS; i++) {
		if (changes[i].at_s > utc_s)
			return changes[i].at_s;
	}
	return ZONE_NEVER;
}
