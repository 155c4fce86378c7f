/* SPDX-License-Identifier: MIT */
/*
 * Telegrams of past days become chunks: a day of a series in one row, so that a year is read at once
 * and that 3,000 series do not touch 3,000 pages with every round. For a pool thread, in the
 * background; what was not committed is found again by the next one.
 *
 *	c = compact_new(&scope);
 *	while (compact_step(c, reader, now_ms, batch = store_batch_new()) == 1)
 *		commit the batch;
 */
#ifndef COLLECT_COMPACT_H
#define COLLECT_COMPACT_H

#include "collect/past.h"
#include "store/batch.h"

#define COMPACT_LATE_MS (60 * 60 * INT64_C(1000)) /* a day is past when this has passed since */
#define COMPACT_POINTS_MAX 50000 /* in memory at a time */

struct compact;
struct compact *compact_new(const struct past_scope *scope); /* NULL: no memory */
void compact_free(struct compact *c); /* NULL is fine */

/*
 * Puts the next day of the account into the batch: 1; 0 when no day is left; or STORE_E_*. One day, or
 * the part of one up to a jump of the clock, a step. The batch must be committed before the next step.
 */
int compact_step(
	struct compact *c, struct store_reader *reader, int64_t now_ms, struct store_batch *batch);

#endif
