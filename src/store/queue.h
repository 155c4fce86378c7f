/* SPDX-License-Identifier: MIT */
/*
 * Group commit on a loop: batches wait a moment for company, then one transaction on a pool thread
 * makes all of them durable. Order stays. Nothing is told before it is on disk.
 *
 * Full disk: a state, not a failure. Batches that can wait are refused and counted, urgent ones are
 * tried, and every probe_ms a small write finds out whether there is room again.
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include "store/batch.h"

struct loop;
struct store_queue;

struct store_queue_options {
	uint32_t window_ms; /* 0: 1000 */
	uint32_t probe_ms; /* 0: 10000 */
	size_t max_bytes; /* of batches that wait; 0: 16 MiB */
};

enum store_urgency {
	STORE_NOW, /* somebody waits */
	STORE_WINDOW, /* within the window */
};

/* After the commit: 0, or why not. The batch (store_batch_head()) is freed afterwards. */
typedef void store_done_fn(void *ctx, int rc, const struct store_batch *batch);

struct store_queue *store_queue_new(
	struct loop *loop, struct store *store, const struct store_queue_options *options);
/* Nothing may be under way: drain first. NULL is fine. */
void store_queue_free(struct store_queue *q);

/*
 * Takes the batch and returns 0; done (or NULL) is called once, on the loop, never from within this
 * call. Returns < 0 and leaves the batch to the caller: STORE_E_FULL (too much waits, or the store is
 * full), or the failure of the batch itself.
 */
int store_queue_add(struct store_queue *q, struct store_batch *batch, enum store_urgency urgency,
	store_done_fn *done, void *ctx);
/* Commits what waits, and calls `idle` once nothing is under way any more; not from within. */
void store_queue_drain(struct store_queue *q, void (*idle)(void *ctx), void *ctx);
void store_queue_set_window(struct store_queue *q, uint32_t window_ms);

enum store_queue_state {
	STORE_QUEUE_OK,
	STORE_QUEUE_FULL, /* STORE_E_FULL */
	STORE_QUEUE_FAILING, /* any other failure of a commit */
};

struct store_queue_status {
	enum store_queue_state state;
	int64_t since_ms; /* of this state, wall clock */
	int error; /* of the last failed commit while not OK, else 0 */
	size_t waiting, waiting_bytes; /* batches */
	uint64_t commits, batches; /* done */
	uint64_t failed; /* batches that were taken and are not stored */
	uint64_t refused; /* batches not taken */
	uint64_t commit_us_max, commit_us_last;
};
void store_queue_status(const struct store_queue *q, struct store_queue_status *ret);
/* Called at every change of state; at most 8 listeners. */
void store_queue_listen(struct store_queue *q, void (*fn)(void *ctx), void *ctx);

#endif
