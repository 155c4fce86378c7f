/* SPDX-License-Identifier: MIT */
/* Does a bus carry its schedule? A day of it is played through; nothing is read. */
#ifndef COLLECT_SCHEDULE_PLAN_H
#define COLLECT_SCHEDULE_PLAN_H

#include "collect/schedule.h"

struct plan_meter { /* in the order in which the bus serves them */
	struct period period;
	uint32_t reads_per_day; /* 0: no limit */
	uint32_t duration_ms; /* of one reading, with the pauses around it */
};

struct plan_result {
	uint32_t slots; /* of the day */
	uint32_t read; /* of them */
	uint32_t missed; /* the next slot came first */
	uint32_t late_ms; /* longest time from a slot to the end of its reading */
};

struct plan_bus {
	uint32_t busy_permille; /* of the day; what is asked for, so it can be over 1000 */
	uint32_t missed; /* slots of all meters */
	uint32_t late_ms; /* the worst of all */
	uint32_t worst; /* which meter that is */
	bool fits; /* nothing is missed */
	int64_t from_ms, to_ms; /* the day */
};

/*
 * Plays the local day that begins at or after from_ms. zone NULL: UTC. ret_results has a row a
 * meter, or is NULL.
 * 0 or -1: no memory.
 */
int schedule_plan(const struct plan_meter meters[], uint32_t n, struct zone *zone, int64_t from_ms,
	struct plan_result *ret_results, struct plan_bus *ret_bus);

#endif
