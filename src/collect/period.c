/* SPDX-License-Identifier: MIT */
#include "collect/period.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY_S 86400
#define HOUR_S 3600
/* No slots outside: years -9999 to 9999 or so, where no sum overflows. */
#define REACH_S (INT64_C(10000) * 365 * DAY_S)
/* A clock is never set back by more. */
#define SET_BACK_MAX_S DAY_S

/* clang-format off */
static const struct step {
	char name[4];
	uint32_t s;
} steps[PERIOD_STEPS] = {
	{"1M",  60},    {"2M",  120},   {"3M",  180},   {"4M",  240},    {"5M",  300},
	{"6M",  360},   {"10M", 600},   {"12M", 720},   {"15M", 900},    {"20M", 1200},
	{"30M", 1800},  {"1H",  3600},  {"2H",  7200},  {"3H",  10800},  {"4H",  14400},
	{"6H",  21600}, {"8H",  28800}, {"12H", 43200}, {"1D",  86400},
};
/* clang-format on */

static struct period period_of_step(const struct step *step)
{
	return (struct period){step->s, step->s > HOUR_S};
}

const char *period_step(unsigned n)
{
	return n < PERIOD_STEPS ? steps[n].name : NULL;
}

/* --- text ------------------------------------------------------------------------------------ */

/* "900" and "900S" */
static int parse_seconds(const char *text, struct period *ret_period)
{
	uint32_t s = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		s = s * 10 + (uint32_t)(*at - '0');
		if (s > PERIOD_SECONDS_MAX)
			return MB_E_INVALID;
	}
	if (at == text || s == 0 || (*at && strcasecmp(at, "S") != 0))
		return MB_E_INVALID;
	*ret_period = (struct period){s, false};
	return 0;
}

int period_parse(const char *text, struct period *ret_period)
{
	for (size_t i = 0; i < PERIOD_STEPS; i++) {
		if (strcasecmp(text, steps[i].name) != 0)
			continue;
		*ret_period = period_of_step(&steps[i]);
		return 0;
	}
	if (strcasecmp(text, "NONE") == 0) {
		*ret_period = (struct period){0, false};
		return 0;
	}
	return parse_seconds(text, ret_period);
}

size_t period_format(struct period period, char ret_text[PERIOD_TEXT_MAX])
{
	int n;

	/* 60 s and 1M have the same slots, and the shorter name */
	for (size_t i = 0; i < PERIOD_STEPS; i++) {
		struct period step = period_of_step(&steps[i]);

		if (step.s == period.s && step.local == period.local)
			return (size_t)snprintf(ret_text, PERIOD_TEXT_MAX, "%s", steps[i].name);
	}
	if (period.s == 0)
		n = snprintf(ret_text, PERIOD_TEXT_MAX, "NONE");
	else
		n = snprintf(ret_text, PERIOD_TEXT_MAX, "%uS", period.s);
	return (size_t)n;
}

/* --- slots ----------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t next_local_s(int64_t step, const struct zone *zone, int64_t after_s)
{
	int64_t local_s = after_s + zone_offset_s(zone, after_s);
	int64_t slot = floor_div(local_s, step) * step;
	int64_t utc_s;

	do {
		slot += step;
		utc_s = zone_first_utc_s(zone, slot);
	} while (utc_s <= after_s);
	return utc_s;
}

/* What the local clock has shown before it was set back. */
static int64_t highest_local_s(const struct zone *zone, int64_t at_s)
{
	int64_t highest_s = at_s + zone_offset_s(zone, at_s);
	int64_t change_s = zone_next_change_s(zone, at_s - SET_BACK_MAX_S);

	for (; change_s <= at_s; change_s = zone_next_change_s(zone, change_s)) {
		int64_t before_s = change_s - 1 + zone_offset_s(zone, change_s - 1);

		if (before_s > highest_s)
			highest_s = before_s;
	}
	return highest_s;
}

/* By the local clock. */
static int64_t last_slot(int64_t step, const struct zone *zone, int64_t at_s)
{
	return floor_div(highest_local_s(zone, at_s), step) * step;
}

int64_t period_next_ms(struct period period, const struct zone *zone, int64_t after_ms)
{
	int64_t after_s = floor_div(after_ms, 1000);

	if (period.s == 0 || after_s > REACH_S)
		return PERIOD_NEVER;
	if (after_s < -REACH_S)
		after_s = -REACH_S;
	if (period.local)
		return next_local_s(period.s, zone, after_s) * 1000;
	return (floor_div(after_s, period.s) + 1) * period.s * 1000;
}

int64_t period_last_ms(struct period period, const struct zone *zone, int64_t at_ms)
{
	int64_t at_s = floor_div(at_ms, 1000);

	if (period.s == 0 || at_s < -REACH_S)
		return -PERIOD_NEVER;
	if (at_s > REACH_S)
		at_s = REACH_S;
	if (period.local)
		return zone_first_utc_s(zone, last_slot(period.s, zone, at_s)) * 1000;
	return floor_div(at_s, period.s) * period.s * 1000;
}

/* Slots that a jump over a day has at one moment count once. */
static uint64_t merged(int64_t step, const struct zone *zone, int64_t from_s, int64_t to_s)
{
	uint64_t n = 0;
	int64_t at_s = zone_next_change_s(zone, from_s);

	for (; at_s <= to_s; at_s = zone_next_change_s(zone, at_s)) {
		int64_t before = at_s + zone_offset_s(zone, at_s - 1);
		int64_t behind = at_s + zone_offset_s(zone, at_s);
		int64_t slots = floor_div(behind, step) - floor_div(before - 1, step);

		if (slots > 1)
			n += (uint64_t)(slots - 1);
	}
	return n;
}

static uint64_t count_local(int64_t step, const struct zone *zone, int64_t from_s, int64_t to_s)
{
	int64_t slots = last_slot(step, zone, to_s) - last_slot(step, zone, from_s);

	return (uint64_t)(slots / step) - merged(step, zone, from_s, to_s);
}

uint64_t period_count(struct period period, const struct zone *zone, int64_t from_ms, int64_t to_ms)
{
	int64_t from_s = floor_div(from_ms, 1000);
	int64_t to_s = floor_div(to_ms, 1000);

	if (from_s < -REACH_S)
		from_s = -REACH_S;
	if (to_s > REACH_S)
		to_s = REACH_S;
	if (period.s == 0 || to_s <= from_s)
		return 0;
	if (period.local)
		return count_local(period.s, zone, from_s, to_s);
	return (uint64_t)(floor_div(to_s, period.s) - floor_div(from_s, period.s));
}

struct period period_thin(struct period period, uint32_t reads_per_day)
{
	uint32_t least_s;

	if (reads_per_day == 0 || period.s == 0)
		return period;
	least_s = (DAY_S + reads_per_day - 1) / reads_per_day;
	if (period.s >= least_s)
		return period;
	for (size_t i = 0; i < PERIOD_STEPS; i++) {
		struct period step = period_of_step(&steps[i]);

		if (step.s >= least_s && step.s % period.s == 0)
			return step;
	}
	/* no step is a multiple: seconds that are */
	return (struct period){(least_s + period.s - 1) / period.s * period.s, false};
}
