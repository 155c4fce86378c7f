/* SPDX-License-Identifier: MIT */
/*
 * How often: one of the 19 steps of AMS, which follow the wall clock, or any number of seconds.
 *
 * Slots of 1M..1H are the whole multiples of the step in UTC; of 2H..1D those of the local day, so
 * that 1D is local midnight on days of 23 and 25 hours too. A slot that the clock jumps over is at the
 * moment of the jump; one that it shows twice is at the first. Seconds are multiples since 1970.
 */
#ifndef COLLECT_PERIOD_H
#define COLLECT_PERIOD_H

#include "base/zone.h"

#define PERIOD_SECONDS_MAX (31 * 86400)
#define PERIOD_STEPS 19
#define PERIOD_TEXT_MAX 16
#define PERIOD_HELP \
	"1M 2M 3M 4M 5M 6M 10M 12M 15M 20M 30M 1H 2H 3H 4H 6H 8H 12H 1D, seconds like \"900S\" " \
	"(1S..2678400S), or NONE"
#define PERIOD_NEVER INT64_MAX

struct period {
	uint32_t s; /* 0: no schedule, read on demand only */
	bool local; /* slots are those of the local day */
};

/* "15M", "1D", "900S", "900", "NONE"; any case. 0 or MB_E_INVALID. */
int period_parse(const char *text, struct period *ret_period);
/* The shortest text that parses to it; always ends with NUL. Returns its length. */
size_t period_format(struct period period, char ret_text[PERIOD_TEXT_MAX]);
const char *period_step(unsigned n); /* "1M" ... "1D"; NULL from PERIOD_STEPS on */

/* The first slot after `after_ms`, PERIOD_NEVER when there is none. UTC. */
int64_t period_next_ms(struct period period, const struct zone *zone, int64_t after_ms);
/* The last slot not after `at_ms`; -PERIOD_NEVER when there is none. */
int64_t period_last_ms(struct period period, const struct zone *zone, int64_t at_ms);
/* How many slots are in (from_ms, to_ms]. */
uint64_t period_count(
	struct period period, const struct zone *zone, int64_t from_ms, int64_t to_ms);

/*
 * The period that spends at most reads_per_day (0: no limit): itself, or the smallest step, or number
 * of seconds, that is rare enough. So a budget is spread over the day instead of used up by morning.
 */
struct period period_thin(struct period period, uint32_t reads_per_day);

#endif
