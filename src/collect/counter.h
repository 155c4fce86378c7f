/* SPDX-License-Identifier: MIT */
/* Counters only go up, until they are full and begin anew, or somebody changes the meter. */
#ifndef COLLECT_COUNTER_H
#define COLLECT_COUNTER_H

#include <meterbus/record.h>

enum counter_step {
	COUNTER_NONE, /* not a counter, or not comparable */
	COUNTER_UP, /* or the same */
	COUNTER_ROLLOVER,
	COUNTER_FELL,
};

/*
 * From one value of a counter to the next. `record` says how many digits or bits it has. A rollover is
 * taken for one when the old value was in the last tenth of the range and the new one is not far behind
 * the end of it: otherwise the counter fell.
 */
enum counter_step counter_step(
	const struct mb_record *record, const struct mb_decimal *old, const struct mb_decimal *now);

#endif
