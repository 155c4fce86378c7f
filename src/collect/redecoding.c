/* SPDX-License-Identifier: MIT */
/* The stored telegrams of one account decoded again: step by step on the pool, each step committed. */
#include "base/loop.h"
#include "collect/background.h"
#include "collect/collect_error.h"
#include "collect/collector_impl.h"
#include "collect/collector_load.h"
#include "collect/redecode.h"

#include <stdlib.h>

struct redecoding {
	struct collector *c;
	uint32_t id;
	const struct account *account; /* our reference: the scope borrows from it */
	struct redecode *redecode;
	struct store_reader *reader;
	struct store_batch *batch; /* of the step under way; NULL: only counted */
	uint32_t series; /* the next of READINGS_MAX numbers that were taken for it */
	bool dry_run;
	int rc;
	collector_redecoded *done;
	void *ctx;
};

/* On the pool: the store gives its numbers on the loop only. */
static uint32_t next_series(void *ctx)
{
	struct redecoding *r = ctx;

	return r->series++;
}

static void free_all(struct redecoding *r)
{
	redecode_free(r->redecode);
	store_reader_close(r->reader);
	account_put((struct account *)(uintptr_t)r->account);
	free(r);
}

static void finish(struct redecoding *r)
{
	struct collector *c = r->c;
	struct device *d = collector_device(c, r->id);

	if (!r->dry_run && d && d->sync)
		d->reload = true;
	else if (!r->dry_run && d)
		collector_load_readings(d);
	c->redecoding = NULL;
	if (r->done)
		r->done(r->ctx, r->rc, r->redecode);
	free_all(r);
	collector_settle(c);
}

static void next_step(struct redecoding *r);

static void committed(void *ctx, int rc, const struct store_batch *batch)
{
	struct redecoding *r = ctx;

	(void)batch;
	r->rc = rc;
	if (rc < 0)
		finish(r);
	else
		next_step(r);
}

static void work(void *ctx)
{
	struct redecoding *r = ctx;

	r->rc = redecode_step(r->redecode, r->reader, r->batch);
}

static void worked(void *ctx)
{
	struct redecoding *r = ctx;
	struct store_batch *batch = r->batch;

	r->batch = NULL;
	if (r->rc == 1 && r->c->stopping)
		r->rc = STORE_E_INTERRUPTED;
	if (r->rc == 1 && r->dry_run) {
		next_step(r);
		return;
	}
	if (r->rc == 1) {
		r->rc = store_queue_add(r->c->config.queue, batch, STORE_WINDOW, committed, r);
		if (r->rc == 0)
			return;
	}
	store_batch_free(batch);
	finish(r);
}

static void next_step(struct redecoding *r)
{
	if (!r->dry_run)
		r->batch = store_batch_new();
	if ((r->dry_run || r->batch) && loop_work(r->c->config.loop, work, worked, r) == 0)
		return;
	store_batch_free(r->batch);
	r->rc = STORE_E_MEMORY;
	finish(r);
}

/* Numbers never come back, so as many are taken as an account can have readings. */
static uint32_t take_numbers(struct collector *c)
{
	uint32_t first = store_next_series(c->config.store);

	for (uint32_t i = 1; i < READINGS_MAX; i++)
		store_next_series(c->config.store);
	return first;
}

int collector_redecode(
	struct collector *c, uint32_t account, bool dry_run, collector_redecoded *done, void *ctx)
{
	struct device *d = collector_device(c, account);
	struct redecoding *r;
	struct past_scope scope;

	if (!d)
		return STORE_E_NOT_FOUND;
	if (c->redecoding || c->stopping)
		return STORE_E_FULL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return STORE_E_MEMORY;
	*r = (struct redecoding){.c = c, .id = account, .dry_run = dry_run};
	r->account = account_ref(d->account);
	r->done = done;
	r->ctx = ctx;
	r->series = take_numbers(c);
	scope = device_scope(d);
	r->redecode = redecode_new(&scope, next_series, r);
	if (!r->redecode || store_reader_open(c->config.store, &r->reader) < 0) {
		free_all(r);
		return STORE_E_MEMORY;
	}
	c->redecoding = r;
	next_step(r);
	return 0;
}
