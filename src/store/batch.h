/* SPDX-License-Identifier: MIT */
/*
 * What one transaction will do. Built on the loop thread, all values copied; then it belongs to
 * store_commit() or the queue. The first failure (memory, a row out of range) stays: such a batch is
 * refused as a whole. Calls return 0 or that failure.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/store.h"

struct store_batch *store_batch_new(void); /* NULL: no memory */
void store_batch_free(struct store_batch *b); /* NULL is fine */

/*
 * A chain: all or nothing. seq, chain, prev, ordinal and count are given by the store; account,
 * the rest is of each telegram. Returns the number of the chain in this batch, from 0.
 */
int store_batch_telegrams(struct store_batch *b, const struct store_telegram *chain, size_t n);
int store_batch_series(struct store_batch *b, const struct store_series *series); /* upsert */
/*
 * Points under the meter's own time. Idempotent: the key is (series, local time). The same value
 * again changes nothing; another one is a new revision, the old one stays.
 */
int store_batch_history(
	struct store_batch *b, uint32_t series, const struct store_point *points, size_t n);
/* expected: the revision to change, 0 to create, STORE_ANY. document NULL deletes. Wrong: CONFLICT. */
#define STORE_ANY UINT64_MAX
int store_batch_account(
	struct store_batch *b, uint32_t account, uint64_t expected, const char *document);
int store_batch_event(struct store_batch *b, const struct store_event *event);
int store_batch_token(struct store_batch *b, const struct store_token *token); /* upsert by name */
int store_batch_token_delete(struct store_batch *b, const char *name);
int store_batch_setting(
	struct store_batch *b, const char *key, const char *value); /* NULL deletes */

/*
 * Compaction: all spot points of a series of one UTC day (ms / STORE_DAY_MS), in order of time;
 * replaces that day, n 0 deletes it. At most STORE_CHUNK_POINTS.
 */
#define STORE_CHUNK_POINTS 90000 /* one a second and some */
#define STORE_CHUNK_BYTES (8u << 20) /* as stored; only texts can come near */
int store_batch_chunk(struct store_batch *b, uint32_t series, uint32_t day,
	const struct store_point *points, size_t n);
/* Where the chains of an account on that day are; says too that the day is compacted. */
int store_batch_day(struct store_batch *b, uint32_t account, uint32_t day, uint64_t first_seq,
	uint64_t last_seq);
/* All that belongs to an account but its telegrams: series, points, history, days. */
int store_batch_forget(struct store_batch *b, uint32_t account);

size_t store_batch_bytes(const struct store_batch *b); /* memory */
/* After the commit: 0, or why this batch is not part of it. Before: the first failure. */
int store_batch_result(const struct store_batch *b);
/* After the commit: first seq of a chain, by the number that store_batch_telegrams() returned. */
uint64_t store_batch_head(const struct store_batch *b, int chain);
/* After the commit: seq of the batch's first event; the others follow it. 0: it had none. */
uint64_t store_batch_event_seq(const struct store_batch *b);

#endif
