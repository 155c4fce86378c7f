/* SPDX-License-Identifier: MIT */
#include "collect/series_query.h"

#include "collect/counter.h"
#include "collect/reading_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct query {
	const struct series_query *asked;
	struct past *past;
	/* the series */
	struct past_scope scope;
	char key[MB_KEY_MAX];
	uint64_t hash;
	bool has_meter, found;
	struct mb_secondary meter;
	uint64_t compacted; /* last telegram that chunks were made of */
	/* what the telegrams behind it hold, newest first, then in order of time */
	struct store_point *tail;
	size_t n_tail, size;
	size_t next; /* of the tail, to be given */
	bool took; /* this chain has had the value */
	int error;
	/* the caller */
	store_point_fn *fn;
	void *ctx;
	int64_t given;
	bool stopped;
};

/* ---- the series ---- */

static int on_series(void *ctx, const struct store_series *series)
{
	struct query *q = ctx;
	struct reading_meta_read *meta = malloc(sizeof(*meta));

	if (!meta) {
		q->error = STORE_E_MEMORY;
		return 1;
	}
	q->scope = q->asked->scope;
	q->scope.account = series->account;
	snprintf(q->key, sizeof(q->key), "%s", series->key);
	q->hash = reading_hash(q->key);
	q->found = true;
	if (reading_meta_read(series->meta, meta)) {
		q->has_meter = meta->has_identity;
		q->meter = meta->identity;
	}
	free(meta);
	return 0;
}

static int find_compacted(struct query *q, struct store_reader *reader)
{
	uint64_t first;
	uint32_t day;
	int rc = store_day_last(reader, q->scope.account, &day);

	if (rc < 0 || day == 0)
		return rc;
	rc = store_day_get(reader, q->scope.account, day, &first, &q->compacted);
	return rc == STORE_E_NOT_FOUND ? 0 : rc;
}

/* ---- the tail ---- */

static struct store_point *add_point(struct query *q)
{
	size_t size = q->size ? 2 * q->size : 256;
	struct store_point *tail;

	if (q->n_tail == SERIES_TAIL_MAX) {
		q->error = STORE_E_FULL;
		return NULL;
	}
	if (q->n_tail == q->size) {
		tail = realloc(q->tail, size * sizeof(*tail));
		if (!tail) {
			q->error = STORE_E_MEMORY;
			return NULL;
		}
		q->tail = tail;
		q->size = size;
	}
	return &q->tail[q->n_tail++];
}

/* Going back in time, this is the value before the one seen last. */
static void mark_rollover(struct query *q, const struct past_value *older)
{
	struct store_point *newer = q->n_tail ? &q->tail[q->n_tail - 1] : NULL;

	if (newer && older->point.type == STORE_NUMBER && newer->type == STORE_NUMBER &&
		counter_step(older->record, &older->point.number, &newer->number) ==
			COUNTER_ROLLOVER)
		newer->flags |= STORE_ROLLOVER;
}

static void on_value(void *ctx, const struct past_value *value)
{
	struct query *q = ctx;
	struct store_point *point;
	char *text;

	if (q->took || q->error || value->hash != q->hash || strcmp(value->key, q->key) != 0)
		return;
	q->took = true;
	mark_rollover(q, value);
	point = add_point(q);
	if (!point)
		return;
	*point = value->point;
	if (!point->text)
		return;
	text = malloc(point->text_len + 1u);
	if (!text) {
		q->n_tail--;
		q->error = STORE_E_MEMORY;
		return;
	}
	memcpy(text, point->text, point->text_len);
	point->text = text;
}

static void drop_last(struct query *q)
{
	free((char *)q->tail[--q->n_tail].text);
}

/* Another meter behind the account: its values belong to another series. */
static bool is_ours(const struct query *q, bool known, const struct mb_secondary *meter)
{
	return !known || !q->has_meter ||
	       (meter->id == q->meter.id && meter->manufacturer == q->meter.manufacturer);
}

static int on_chain(void *ctx, const struct past_chain *chain)
{
	struct query *q = ctx;
	struct mb_secondary meter;
	size_t before = q->n_tail;
	bool known;

	q->took = false;
	known = past_values(q->past, chain, on_value, q, &meter);
	if (q->error)
		return 1;
	if (!is_ours(q, known, &meter)) {
		if (q->n_tail > before)
			drop_last(q);
		if (q->n_tail)
			q->tail[q->n_tail - 1].flags =
				(q->tail[q->n_tail - 1].flags | STORE_SWAPPED) &
				(uint8_t)~STORE_ROLLOVER;
		return chain->seq <= q->compacted;
	}
	/* one chain more, for the mark of the first point */
	if (chain->seq <= q->compacted) {
		if (q->n_tail > before)
			drop_last(q);
		return 1;
	}
	return 0;
}

/* In order of time; the clock may have been set back between. */
static int by_time(const void *a, const void *b)
{
	const struct store_point *x = a, *y = b;

	return (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
}

static int64_t read_tail(struct query *q, struct store_reader *reader)
{
	int64_t rc = past_chains(q->past, reader, 0, on_chain, q);

	if (rc < 0 || q->error)
		return rc < 0 ? rc : q->error;
	for (size_t i = 0; i < q->n_tail / 2; i++) {
		struct store_point point = q->tail[i];

		q->tail[i] = q->tail[q->n_tail - 1 - i];
		q->tail[q->n_tail - 1 - i] = point;
	}
	if (q->n_tail > 1)
		qsort(q->tail, q->n_tail, sizeof(*q->tail), by_time);
	return 0;
}

/* ---- all of it ---- */

static int give(struct query *q, const struct store_point *point)
{
	if (q->stopped || point->time_ms < q->asked->from_ms || point->time_ms > q->asked->to_ms)
		return q->stopped;
	q->given++;
	q->stopped = q->fn(q->ctx, point) != 0;
	return q->stopped;
}

static int give_tail(struct query *q, int64_t until_ms)
{
	while (q->next < q->n_tail && q->tail[q->next].time_ms <= until_ms && !q->stopped)
		give(q, &q->tail[q->next++]);
	return q->stopped;
}

static int on_point(void *ctx, const struct store_point *point)
{
	struct query *q = ctx;
	/* spot goes before history of the same time */
	int64_t until_ms = point->time_ms - (point->source == STORE_SPOT ? 1 : 0);

	return give_tail(q, until_ms) || give(q, point);
}

static int64_t run(struct query *q, struct store_reader *reader)
{
	int64_t rc = store_series_get(reader, q->asked->series, on_series, q);

	if (rc < 0 || q->error)
		return rc < 0 ? rc : q->error;
	if (!q->found)
		return STORE_E_NOT_FOUND;
	rc = find_compacted(q, reader);
	if (rc < 0)
		return rc;
	q->past = past_new(&q->scope);
	if (!q->past)
		return STORE_E_MEMORY;
	rc = read_tail(q, reader);
	if (rc == 0)
		rc = store_points(
			reader, q->asked->series, q->asked->from_ms, q->asked->to_ms, on_point, q);
	if (rc < 0)
		return rc;
	give_tail(q, INT64_MAX);
	return q->given;
}

int64_t series_points(struct store_reader *reader, const struct series_query *query,
	store_point_fn *fn, void *ctx)
{
	struct query q = {.asked = query, .fn = fn, .ctx = ctx};
	int64_t rc = run(&q, reader);

	while (q.n_tail > 0)
		drop_last(&q);
	free(q.tail);
	past_free(q.past);
	return rc;
}

/* ---- buckets ---- */

struct buckets {
	const struct series_query *asked;
	uint32_t n, at; /* the present one */
	struct store_bucket bucket;
	struct mb_decimal sum; /* exact while it fits, */
	double rough; /* what did not */
	store_bucket_fn *fn;
	void *ctx;
	int64_t given;
};

/* The range may be all of time: no product of it and n fits. */
static int64_t bucket_start(const struct buckets *b, uint32_t i)
{
	uint64_t span = (uint64_t)(b->asked->to_ms - b->asked->from_ms) + 1;

	return b->asked->from_ms + (int64_t)(span / b->n * i + span % b->n * i / b->n);
}

static double as_double(const struct mb_decimal *number)
{
	double value = (double)number->magnitude, power = 1;

	for (int i = number->exp10 < 0 ? -number->exp10 : number->exp10; i > 0; i--)
		power *= 10;
	value = number->exp10 < 0 ? value / power : value * power;
	return number->negative ? -value : value;
}

static int end_bucket(struct buckets *b)
{
	int stop = 0;

	if (b->bucket.count) {
		b->bucket.from_ms = bucket_start(b, b->at);
		b->bucket.to_ms = bucket_start(b, b->at + 1);
		b->bucket.mean = (as_double(&b->sum) + b->rough) / b->bucket.count;
		b->given++;
		stop = b->fn(b->ctx, &b->bucket);
	}
	b->bucket.count = 0;
	b->sum = (struct mb_decimal){0};
	b->rough = 0;
	return stop;
}

static void add_to_bucket(struct buckets *b, const struct store_point *point)
{
	struct store_point bare = *point;

	bare.text = NULL;
	bare.text_len = 0;
	if (b->bucket.count++ == 0)
		b->bucket.first = b->bucket.min = b->bucket.max = bare;
	b->bucket.last = bare;
	if (mb_decimal_cmp(&bare.number, &b->bucket.min.number) < 0)
		b->bucket.min = bare;
	if (mb_decimal_cmp(&bare.number, &b->bucket.max.number) > 0)
		b->bucket.max = bare;
	if (!mb_decimal_add(&b->sum, &bare.number, &b->sum))
		b->rough += as_double(&bare.number);
}

static int on_bucket_point(void *ctx, const struct store_point *point)
{
	struct buckets *b = ctx;
	int stop = 0;

	if (point->type != STORE_NUMBER)
		return 0;
	if (point->time_ms >= bucket_start(b, b->at + 1)) {
		stop = end_bucket(b);
		while (point->time_ms >= bucket_start(b, b->at + 1))
			b->at++;
	}
	if (!stop)
		add_to_bucket(b, point);
	return stop;
}

int64_t series_buckets(struct store_reader *reader, const struct series_query *query, uint32_t n,
	store_bucket_fn *fn, void *ctx)
{
	struct buckets b = {.asked = query, .n = n, .fn = fn, .ctx = ctx};
	int64_t rc;

	if (n < 1 || n > STORE_BUCKETS_MAX || query->to_ms < query->from_ms || query->from_ms < 0 ||
		query->to_ms > STORE_TIME_MAX_MS)
		return STORE_E_INVALID;
	rc = series_points(reader, query, on_bucket_point, &b);
	if (rc < 0)
		return rc;
	end_bucket(&b);
	return b.given;
}
