/* SPDX-License-Identifier: MIT */
#include "collect/background.h"

#include "base/log.h"
#include "base/loop.h"
#include "collect/collect_error.h"
#include "collect/collector_impl.h"
#include "collect/compact.h"

#include <stdlib.h>

#define IDLE_MS 100 /* default pause between two steps */
#define ROUND_MS 600000 /* between two looks at all accounts */

struct background {
	struct collector *c;
	struct loop_timer *timer;
	struct store_reader *reader;
	uint32_t next; /* account to be looked at */
	/* the account under way */
	uint32_t id; /* 0: none */
	const struct account *account; /* our reference */
	struct compact *compact;
	uint32_t day; /* all before it are past */
	/* the step under way, also on the pool */
	struct store_batch *batch;
	int64_t now_ms;
	int rc;
	bool busy;
};

struct past_scope device_scope(const struct device *d)
{
	const struct account *a = d->account;

	return (struct past_scope){
		.account = a->id,
		.zone = a->zone ? a->zone : d->c->zone,
		.cipher = d->c->config.cipher,
		.key = account_has(a, "key") ? a->key : NULL,
		.history = a->history,
	};
}

static void rest(struct background *b, uint32_t ms)
{
	uint64_t now_us = loop_now_us(b->c->config.loop);

	loop_timer_set(b->timer, b->c->stopping ? MB_NEVER : now_us + ms * UINT64_C(1000));
}

static void pause_short(struct background *b)
{
	rest(b, b->c->config.compact_idle_ms ? b->c->config.compact_idle_ms : IDLE_MS);
}

/* ---- an account ------------------------------------------------------------------------------------- */

static void leave(struct background *b)
{
	compact_free(b->compact);
	account_put((struct account *)(uintptr_t)b->account);
	b->compact = NULL;
	b->account = NULL;
	b->id = 0;
}

static bool take_up(struct background *b, struct device *d, uint32_t day)
{
	struct past_scope scope;

	b->account = account_ref(d->account);
	b->id = d->account->id;
	b->day = day;
	scope = device_scope(d);
	b->compact = compact_new(&scope);
	if (b->compact)
		return true;
	leave(b);
	return false;
}

/* The next account with past days that are no chunks yet. */
static bool find(struct background *b)
{
	struct collector *c = b->c;
	int64_t now_ms = loop_wall_ms(c->config.loop);
	uint32_t day = (uint32_t)((now_ms - COMPACT_LATE_MS) / STORE_DAY_MS);

	for (; b->next < c->n_devices; b->next++) {
		struct device *d = c->devices[b->next];

		if (d && d->compacted_day < day && take_up(b, d, day))
			return true;
	}
	b->next = 0;
	return false;
}

static void mark_done(struct background *b)
{
	struct device *d = collector_device(b->c, b->id);

	if (d)
		d->compacted_day = b->day;
	leave(b);
	b->next++;
}

/* ---- a step ------------------------------------------------------------------------------------------- */

static void work(void *ctx)
{
	struct background *b = ctx;

	b->rc = compact_step(b->compact, b->reader, b->now_ms, b->batch);
}

static void committed(void *ctx, int rc, const struct store_batch *batch)
{
	struct background *b = ctx;

	(void)batch;
	b->busy = false;
	if (rc < 0)
		mark_done(b); /* the store is full or failing: tomorrow again */
	pause_short(b);
	collector_settle(b->c);
}

static void worked(void *ctx)
{
	struct background *b = ctx;
	struct store_batch *batch = b->batch;

	b->batch = NULL;
	if (b->rc == 1 && !b->c->stopping && collector_device(b->c, b->id)) {
		b->rc = store_queue_add(b->c->config.queue, batch, STORE_WINDOW, committed, b);
		if (b->rc == 0)
			return;
	}
	store_batch_free(batch);
	if (b->rc < 0)
		log_warning("past days of account %u are not laid together: %s", b->id,
			collect_error_text(b->rc));
	b->busy = false;
	mark_done(b);
	pause_short(b);
	collector_settle(b->c);
}

static void on_timer(void *ctx)
{
	struct background *b = ctx;

	if (b->busy || b->c->stopping)
		return;
	if (!b->id && !find(b)) {
		rest(b, ROUND_MS);
		return;
	}
	b->batch = store_batch_new();
	b->now_ms = loop_wall_ms(b->c->config.loop);
	b->busy = b->batch && loop_work(b->c->config.loop, work, worked, b) == 0;
	if (b->busy)
		return;
	store_batch_free(b->batch);
	b->batch = NULL;
	rest(b, ROUND_MS);
}

/* ---- life ------------------------------------------------------------------------------------------------ */

struct background *background_new(struct collector *c)
{
	struct background *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->c = c;
	b->timer = loop_timer_new(c->config.loop, on_timer, b);
	if (b->timer && store_reader_open(c->config.store, &b->reader) == 0)
		return b;
	background_free(b);
	return NULL;
}

void background_free(struct background *b)
{
	if (!b)
		return;
	if (b->id)
		leave(b);
	loop_timer_free(b->timer);
	store_reader_close(b->reader);
	free(b);
}

void background_start(struct background *b)
{
	pause_short(b);
}

void background_stop(struct background *b)
{
	loop_timer_set(b->timer, MB_NEVER);
}

bool background_busy(const struct background *b)
{
	return b->busy;
}
