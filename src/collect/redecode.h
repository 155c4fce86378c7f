/* SPDX-License-Identifier: MIT */
/*
 * Telegrams are the truth: with better tables all that was made of them can be made again. First what
 * would change is counted, series by series, then it is changed, by the same steps. For a pool thread.
 *
 *	rd = redecode_new(&scope, next_series, ctx);
 *	while (redecode_step(rd, reader, batch) == 1)	batch NULL: only count; else commit it
 *		;
 *	redecode_report(rd, ...);
 *
 * Days whose telegrams are gone stay as they are. Points of history are added and revised, never
 * taken away: their telegrams may be gone.
 */
#ifndef COLLECT_REDECODE_H
#define COLLECT_REDECODE_H

#include "collect/past.h"
#include "store/batch.h"

struct redecode_difference {
	uint32_t series;
	const char *key;
	bool new_series; /* the store does not know it */
	const char *old_meta, *new_meta; /* JSON; NULL: it stays */
	uint64_t same, added, changed, removed; /* points; of history none is really removed */
};
typedef void redecode_fn(void *ctx, const struct redecode_difference *difference);

struct redecode;
/* next_series() as of readings_new(). NULL: no memory. */
struct redecode *redecode_new(
	const struct past_scope *scope, uint32_t (*next_series)(void *ctx), void *ctx);
void redecode_free(struct redecode *rd); /* NULL is fine */

/* 1: go on; 0: that was all, the batch is empty; or STORE_E_*. */
int redecode_step(struct redecode *rd, struct store_reader *reader, struct store_batch *batch);
/* The series that differ, or all; and how many chains were decoded. */
void redecode_report(const struct redecode *rd, bool all, redecode_fn *fn, void *ctx);
uint64_t redecode_chains(const struct redecode *rd);

#endif
