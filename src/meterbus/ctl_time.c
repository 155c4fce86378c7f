/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl_time.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS_PER_S 1000

/* ---- reading ---- */

/* Exactly n digits. */
static bool digits(const char **p, int n, int *ret_value)
{
	int value = 0;

	for (; n > 0; n--, ++*p) {
		if (**p < '0' || **p > '9')
			return false;
		value = 10 * value + (**p - '0');
	}
	*ret_value = value;
	return true;
}

static bool take(const char **p, const char *any)
{
	if (!**p || !strchr(any, **p))
		return false;
	++*p;
	return true;
}

static int days_of(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool date(const char **p, struct tm *tm)
{
	int year, month, day;

	if (!digits(p, 4, &year) || !take(p, "-") || !digits(p, 2, &month) || !take(p, "-") ||
		!digits(p, 2, &day))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of(year, month))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	return true;
}

/* Seconds and their fraction may be missing. */
static bool day_time(const char **p, struct tm *tm, int *ret_ms)
{
	int scale = 100;

	if (!digits(p, 2, &tm->tm_hour) || !take(p, ":") || !digits(p, 2, &tm->tm_min))
		return false;
	if (take(p, ":") && !digits(p, 2, &tm->tm_sec))
		return false;
	if (take(p, ".,")) {
		if (**p < '0' || **p > '9')
			return false;
		for (; **p >= '0' && **p <= '9'; ++*p, scale /= 10)
			*ret_ms += (**p - '0') * scale;
	}
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 61;
}

/* 0: neither Z nor an offset; -1: wrong. */
static int offset(const char **p, int *ret_s)
{
	int sign, hours, minutes;

	if (take(p, "Zz"))
		return 1;
	if (**p != '+' && **p != '-')
		return 0;
	sign = *(*p)++ == '-' ? -1 : 1;
	if (!digits(p, 2, &hours) || !take(p, ":") || !digits(p, 2, &minutes) || hours > 23 ||
		minutes > 59)
		return -1;
	*ret_s = sign * (3600 * hours + 60 * minutes);
	return 1;
}

static bool civil(const char *text, bool may_be_local, int64_t *ret_ms)
{
	struct tm tm = {.tm_isdst = -1};
	int ms = 0, offset_s = 0, zoned = 0;
	time_t t;

	if (!date(&text, &tm))
		return false;
	if (take(&text, "Tt ")) {
		if (!day_time(&text, &tm, &ms))
			return false;
		zoned = offset(&text, &offset_s);
	}
	if (*text || zoned < 0 || (!zoned && !may_be_local))
		return false;
	t = zoned ? timegm(&tm) : mktime(&tm);
	if (t == (time_t)-1)
		return false;
	*ret_ms = ((int64_t)t - offset_s) * MS_PER_S + ms;
	return true;
}

bool ctl_time_rfc3339(const char *text, int64_t *ret_ms)
{
	return civil(text, false, ret_ms);
}

/* clang-format off */
static const struct {
	const char *unit;
	int64_t ms;
} units[] = {
	{"s",   1000},
	{"min", 60000},
	{"h",   3600000},
	{"d",   86400000},
	{"w",   604800000},
};
/* clang-format on */

static bool ago(const char *text, int64_t now_ms, int64_t *ret_ms)
{
	char *end;
	long long n;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || n < 0)
		return false;
	if (!*end) {
		*ret_ms = n;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].unit) != 0 || n > now_ms / units[i].ms)
			continue;
		*ret_ms = now_ms - n * units[i].ms;
		return true;
	}
	return false;
}

bool ctl_time_parse(const char *text, int64_t now_ms, int64_t *ret_ms)
{
	if (strcmp(text, "now") == 0) {
		*ret_ms = now_ms;
		return true;
	}
	return civil(text, true, ret_ms) || ago(text, now_ms, ret_ms);
}

/* ---- writing ---- */

void ctl_time_put(int64_t ms, char *ret_text, size_t max)
{
	time_t t = (time_t)(ms / MS_PER_S);
	struct tm tm;

	if (!localtime_r(&t, &tm) || strftime(ret_text, max, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(ret_text, max, "?");
}

void ctl_time_span(int64_t ms, char *ret_text, size_t max)
{
	int64_t s = ms / MS_PER_S;

	if (ms < MS_PER_S)
		snprintf(ret_text, max, "%" PRId64 " ms", ms);
	else if (s < 120)
		snprintf(ret_text, max, "%" PRId64 " s", s);
	else if (s < 2 * 3600)
		snprintf(ret_text, max, "%" PRId64 " min", s / 60);
	else if (s < 2 * 86400)
		snprintf(ret_text, max, "%" PRId64 " h", s / 3600);
	else
		snprintf(ret_text, max, "%" PRId64 " d", s / 86400);
}

void ctl_time_age(int64_t ms, int64_t now_ms, char *ret_text, size_t max)
{
	int64_t age_ms = now_ms - ms;
	char span[32];

	ctl_time_span(age_ms < 0 ? -age_ms : age_ms, span, sizeof(span));
	if (age_ms > -MS_PER_S && age_ms < MS_PER_S)
		snprintf(ret_text, max, "now");
	else
		snprintf(ret_text, max, age_ms < 0 ? "in %s" : "%s ago", span);
}
