/* SPDX-License-Identifier: MIT */
/* Times, zones and periods from their texts; a text that is none fails the test. */
#ifndef TEST_PERIOD_HELP_H
#define TEST_PERIOD_HELP_H

#include "base/zone.h"
#include "collect/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static inline struct zone *zone_named(const char *name)
{
	struct zone *zone;
	char err[200] = "";

	if (zone_load(name, &zone, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	return zone;
}

static inline struct period period_of(const char *text)
{
	struct period period;

	if (period_parse(text, &period) < 0)
		fail_msg("\"%s\" is no period", text);
	return period;
}

/* "2026-03-29", "2026-03-29 01:59", "2026-03-29 01:59:30" */
static inline struct civil civil_of(const char *text)
{
	int y, mo, d, h = 0, mi = 0, s = 0;

	assert_true(sscanf(text, "%d-%d-%d %d:%d:%d", &y, &mo, &d, &h, &mi, &s) >= 3);
	return (struct civil){y, (uint8_t)mo, (uint8_t)d, (uint8_t)h, (uint8_t)mi, (uint8_t)s};
}

static inline int64_t utc_s(const char *text)
{
	struct civil c = civil_of(text);

	return civil_s(&c);
}

#endif
