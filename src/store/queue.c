/* SPDX-License-Identifier: MIT */
#include "store/queue.h"

#include "base/clock.h"
#include "base/loop.h"

#include <stdlib.h>

#define WINDOW_MS 1000
#define PROBE_MS 10000
#define MAX_BYTES ((size_t)16 << 20)
#define LISTENERS_MAX 8

struct part {
	struct part *next;
	struct store_batch *batch;
	store_done_fn *done;
	void *ctx;
};

struct store_queue {
	struct loop *loop;
	struct store *store;
	struct store_queue_options options;
	struct loop_timer *commit_timer, *probe_timer;

	struct part *waiting, **end;
	uint64_t due_us; /* of the next commit; MB_NEVER: nothing waits */

	/* the commit under way; the thread of the pool has these meanwhile */
	bool under_way;
	struct part *flying; /* none: it is a probe */
	struct store_batch **batches;
	size_t n, bytes;
	int64_t now_ms;
	uint64_t begin_us;
	int rc;

	void (*idle)(void *ctx);
	void *idle_ctx;
	struct store_queue_status status;
	struct {
		void (*fn)(void *ctx);
		void *ctx;
	} listeners[LISTENERS_MAX];
	size_t listener_count;
};

static void on_commit_timer(void *ctx);
static void on_probe_timer(void *ctx);

struct store_queue *store_queue_new(
	struct loop *loop, struct store *store, const struct store_queue_options *options)
{
	struct store_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->loop = loop;
	q->store = store;
	if (options)
		q->options = *options;
	if (q->options.window_ms == 0)
		q->options.window_ms = WINDOW_MS;
	if (q->options.probe_ms == 0)
		q->options.probe_ms = PROBE_MS;
	if (q->options.max_bytes == 0)
		q->options.max_bytes = MAX_BYTES;
	q->end = &q->waiting;
	q->due_us = MB_NEVER;
	q->status.since_ms = loop_wall_ms(loop);
	q->commit_timer = loop_timer_new(loop, on_commit_timer, q);
	q->probe_timer = loop_timer_new(loop, on_probe_timer, q);
	if (q->commit_timer && q->probe_timer)
		return q;
	store_queue_free(q);
	return NULL;
}

static void free_parts(struct part *part)
{
	while (part) {
		struct part *next = part->next;

		store_batch_free(part->batch);
		free(part);
		part = next;
	}
}

void store_queue_free(struct store_queue *q)
{
	if (!q)
		return;
	free_parts(q->waiting);
	loop_timer_free(q->commit_timer);
	loop_timer_free(q->probe_timer);
	free(q);
}

/* ---- state ---- */

static void set_state(struct store_queue *q, int rc)
{
	enum store_queue_state state = STORE_QUEUE_OK;

	if (rc < 0)
		state = rc == STORE_E_FULL ? STORE_QUEUE_FULL : STORE_QUEUE_FAILING;
	loop_timer_set(q->probe_timer,
		rc == 0 ? MB_NEVER
			: loop_now_us(q->loop) + (uint64_t)q->options.probe_ms * US_PER_MS);
	q->status.error = rc;
	if (state == q->status.state)
		return;
	q->status.state = state;
	q->status.since_ms = loop_wall_ms(q->loop);
	for (size_t i = 0; i < q->listener_count; i++)
		q->listeners[i].fn(q->listeners[i].ctx);
}

/* ---- a commit ---- */

static void on_done(void *ctx);

static void work(void *ctx)
{
	struct store_queue *q = ctx;

	q->rc = q->flying ? store_commit(q->store, q->batches, q->n, q->now_ms)
			  : store_probe(q->store, q->now_ms);
}

/* Later, when it cannot be begun now. */
static void begin(struct store_queue *q)
{
	q->under_way = true;
	q->now_ms = loop_wall_ms(q->loop);
	q->begin_us = loop_now_us(q->loop);
	if (loop_work(q->loop, work, on_done, q) == 0)
		return;
	q->rc = STORE_E_MEMORY;
	on_done(q);
}

static void begin_commit(struct store_queue *q)
{
	size_t i = 0;

	q->batches = malloc(q->status.waiting * sizeof(*q->batches));
	if (!q->batches) { /* what waits goes on waiting */
		q->due_us = loop_now_us(q->loop) + (uint64_t)q->options.window_ms * US_PER_MS;
		loop_timer_set(q->commit_timer, q->due_us);
		return;
	}
	for (struct part *part = q->waiting; part; part = part->next)
		q->batches[i++] = part->batch;
	q->n = i;
	q->bytes = q->status.waiting_bytes;
	q->flying = q->waiting;
	q->waiting = NULL;
	q->end = &q->waiting;
	q->due_us = MB_NEVER;
	begin(q);
}

static void on_commit_timer(void *ctx)
{
	struct store_queue *q = ctx;

	if (q->under_way)
		return;
	if (q->waiting) {
		begin_commit(q);
	} else if (q->idle) {
		void (*idle)(void *ctx) = q->idle;

		q->idle = NULL;
		idle(q->idle_ctx);
	}
}

static void on_probe_timer(void *ctx)
{
	struct store_queue *q = ctx;

	if (!q->under_way)
		begin(q);
}

/* Tells everyone in the order of their coming; they may add more. */
static void tell(struct store_queue *q, struct part *part, int rc)
{
	for (; part; part = part->next) {
		int result = rc < 0 ? rc : store_batch_result(part->batch);

		if (result < 0)
			q->status.failed++;
		else
			q->status.batches++;
		if (part->done)
			part->done(part->ctx, result, part->batch);
	}
}

static void on_done(void *ctx)
{
	struct store_queue *q = ctx;
	struct part *parts = q->flying;
	uint64_t us = loop_now_us(q->loop) - q->begin_us;

	if (parts) {
		q->status.commits += q->rc == 0;
		q->status.commit_us_last = us;
		if (us > q->status.commit_us_max)
			q->status.commit_us_max = us;
	}
	q->status.waiting -= q->n;
	q->status.waiting_bytes -= q->bytes;
	q->n = q->bytes = 0;
	free(q->batches);
	q->batches = NULL;
	q->flying = NULL;
	if (parts && q->rc == 0 && q->status.state == STORE_QUEUE_FULL)
		loop_timer_set(
			q->probe_timer, loop_now_us(q->loop)); /* small ones may pass still */
	else
		set_state(q, q->rc);
	tell(q, parts, q->rc);
	free_parts(parts);
	q->under_way = false;
	if (q->idle)
		q->due_us = loop_now_us(q->loop);
	loop_timer_set(q->commit_timer, q->due_us);
}

/* ---- what others call ---- */

static int refuse(struct store_queue *q, int rc)
{
	q->status.refused++;
	return rc;
}

int store_queue_add(struct store_queue *q, struct store_batch *batch, enum store_urgency urgency,
	store_done_fn *done, void *ctx)
{
	uint64_t due_us = loop_now_us(q->loop);
	size_t bytes = store_batch_bytes(batch);
	struct part *part;

	if (store_batch_result(batch) < 0)
		return refuse(q, store_batch_result(batch));
	if ((q->status.state == STORE_QUEUE_FULL && urgency == STORE_WINDOW) ||
		bytes > q->options.max_bytes - q->status.waiting_bytes)
		return refuse(q, STORE_E_FULL);
	part = malloc(sizeof(*part));
	if (!part)
		return refuse(q, STORE_E_MEMORY);
	*part = (struct part){NULL, batch, done, ctx};
	*q->end = part;
	q->end = &part->next;
	q->status.waiting++;
	q->status.waiting_bytes += bytes;
	if (urgency == STORE_WINDOW)
		due_us += (uint64_t)q->options.window_ms * US_PER_MS;
	if (due_us < q->due_us) {
		q->due_us = due_us;
		if (!q->under_way)
			loop_timer_set(q->commit_timer, due_us);
	}
	return 0;
}

void store_queue_drain(struct store_queue *q, void (*idle)(void *ctx), void *ctx)
{
	q->idle = idle;
	q->idle_ctx = ctx;
	if (!q->under_way)
		loop_timer_set(q->commit_timer, loop_now_us(q->loop));
}

void store_queue_set_window(struct store_queue *q, uint32_t window_ms)
{
	q->options.window_ms = window_ms;
}

void store_queue_status(const struct store_queue *q, struct store_queue_status *ret)
{
	*ret = q->status;
}

void store_queue_listen(struct store_queue *q, void (*fn)(void *ctx), void *ctx)
{
	if (q->listener_count == LISTENERS_MAX)
		return;
	q->listeners[q->listener_count].fn = fn;
	q->listeners[q->listener_count++].ctx = ctx;
}
