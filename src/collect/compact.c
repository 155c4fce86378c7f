/* SPDX-License-Identifier: MIT */
/*
 * Chains are taken in the order of their numbers. A run of chains of one day is one step; where the
 * clock was set back, a day has two runs and is made again with the second.
 */
#include "collect/compact.h"

#include "collect/day_points.h"

#include <stdlib.h>

struct head {
	uint64_t seq;
	uint32_t day;
};

struct compact {
	struct past_scope scope;
	bool looked; /* for chains that are not compacted */
	struct head *heads; /* of them, oldest last */
	size_t n_heads, size;
	uint64_t compacted; /* last telegram that is */
	uint32_t last_day;
	int error;
};

struct compact *compact_new(const struct past_scope *scope)
{
	struct compact *c = calloc(1, sizeof(*c));

	if (c)
		c->scope = *scope;
	return c;
}

void compact_free(struct compact *c)
{
	if (!c)
		return;
	free(c->heads);
	free(c);
}

/* ---- what is to be done ---- */

static int on_chain(void *ctx, const struct past_chain *chain)
{
	struct compact *c = ctx;

	if (chain->seq <= c->compacted)
		return 1;
	if (c->n_heads == c->size) {
		size_t size = c->size ? 2 * c->size : 256;
		struct head *heads = realloc(c->heads, size * sizeof(*heads));

		if (!heads) {
			c->error = STORE_E_MEMORY;
			return 1;
		}
		c->heads = heads;
		c->size = size;
	}
	c->heads[c->n_heads++] =
		(struct head){chain->seq, (uint32_t)(chain->time_ms / STORE_DAY_MS)};
	return 0;
}

static int look(struct compact *c, struct day_points *d)
{
	uint64_t first;
	int64_t rc = store_day_last(d->reader, c->scope.account, &c->last_day);

	if (rc == 0 && c->last_day)
		rc = store_day_get(d->reader, c->scope.account, c->last_day, &first, &c->compacted);
	if (rc < 0)
		return (int)rc;
	rc = past_chains(d->past, d->reader, 0, on_chain, c);
	c->looked = true;
	return c->error ? c->error : rc < 0 ? (int)rc : 0;
}

/* How many chains of the same day come first. A run that nothing follows may still grow. */
static size_t first_run(const struct compact *c, int64_t now_ms)
{
	size_t n = 1;
	uint32_t day;

	if (c->n_heads == 0)
		return 0;
	day = c->heads[c->n_heads - 1].day;
	while (n < c->n_heads && c->heads[c->n_heads - 1 - n].day == day)
		n++;
	if (n == c->n_heads && ((int64_t)day + 1) * STORE_DAY_MS + COMPACT_LATE_MS > now_ms)
		return 0;
	return n;
}

/* ---- doing it ---- */

static int put_series(struct store_batch *batch, const struct day_series *s, uint32_t day)
{
	size_t n = s->count < STORE_CHUNK_POINTS ? s->count : STORE_CHUNK_POINTS;

	return n ? store_batch_chunk(batch, s->id, day, s->points, n) : 0;
}

static int put_day(struct day_points *d, uint32_t day, struct store_batch *batch)
{
	size_t step = day_points_step(d, COMPACT_POINTS_MAX);
	int rc = 0;

	for (size_t from = 0; from < d->n_series && rc >= 0; from += step) {
		rc = day_points_decode(d, from, from + step);
		for (size_t i = from; i < from + step && i < d->n_series && rc >= 0; i++)
			rc = put_series(batch, &d->series[i], day);
	}
	return rc;
}

/* The numbers of a day widen when it comes a second time; those of the last day say how far we are. */
static int put_range(struct compact *c, struct day_points *d, uint32_t day, uint64_t first,
	uint64_t last, struct store_batch *batch)
{
	uint64_t begin, end;
	int rc = store_batch_day(batch, c->scope.account, day, first, last);

	if (rc < 0 || day >= c->last_day)
		return rc;
	rc = store_day_get(d->reader, c->scope.account, c->last_day, &begin, &end);
	return rc < 0 ? rc : store_batch_day(batch, c->scope.account, c->last_day, begin, last);
}

static int step(struct compact *c, struct day_points *d, int64_t now_ms, struct store_batch *batch)
{
	size_t n = first_run(c, now_ms);
	uint64_t first, last, old_first, old_last;
	uint32_t day;
	int rc;

	if (n == 0)
		return 0;
	day = c->heads[c->n_heads - 1].day;
	first = c->heads[c->n_heads - 1].seq;
	last = c->heads[c->n_heads - n].seq;
	rc = store_day_get(d->reader, c->scope.account, day, &old_first, &old_last);
	if (rc == 0 && old_first < first)
		first = old_first;
	if (rc == 0 || rc == STORE_E_NOT_FOUND)
		rc = day_points_find(d, day, first, last);
	if (rc == 0)
		rc = put_day(d, day, batch);
	if (rc == 0)
		rc = put_range(c, d, day, first, last, batch);
	if (rc < 0)
		return rc;
	c->n_heads -= n;
	if (day > c->last_day)
		c->last_day = day;
	return 1;
}

int compact_step(
	struct compact *c, struct store_reader *reader, int64_t now_ms, struct store_batch *batch)
{
	struct day_points d;
	int rc = day_points_init(&d, &c->scope, reader);

	if (rc == 0 && !c->looked)
		rc = look(c, &d);
	if (rc == 0)
		rc = step(c, &d, now_ms, batch);
	day_points_done(&d);
	return rc;
}
