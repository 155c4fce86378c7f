/* SPDX-License-Identifier: MIT */
#include "collect/day_points.h"

#include "collect/counter.h"
#include "collect/reading_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- the series of the account ---- */

int day_points_add(struct day_points *d, uint32_t id, const char *key, const char *meta_text)
{
	struct day_series *series = realloc(d->series, (d->n_series + 1) * sizeof(*series));
	struct reading_meta_read *meta = malloc(sizeof(*meta));

	if (series)
		d->series = series;
	if (!series || !meta) {
		free(meta);
		return STORE_E_MEMORY;
	}
	series += d->n_series++;
	*series = (struct day_series){.hash = reading_hash(key), .id = id};
	if (reading_meta_read(meta_text, meta)) {
		series->has_meter = meta->has_identity;
		series->meter = meta->identity;
	}
	free(meta);
	return 0;
}

static int on_series(void *ctx, const struct store_series *row)
{
	struct day_points *d = ctx;

	d->error = day_points_add(d, row->id, row->key, row->meta);
	return d->error;
}

int day_points_init(
	struct day_points *d, const struct past_scope *scope, struct store_reader *reader)
{
	int64_t rc;

	*d = (struct day_points){.reader = reader, .account = scope->account};
	d->past = past_new(scope);
	if (!d->past)
		return STORE_E_MEMORY;
	rc = store_series_of(reader, scope->account, on_series, d);
	return d->error ? d->error : rc < 0 ? (int)rc : 0;
}

static void drop_points(struct day_points *d)
{
	for (size_t i = 0; i < d->n_series; i++) {
		for (size_t k = 0; k < d->series[i].count; k++)
			free((char *)d->series[i].points[k].text);
		free(d->series[i].points);
		d->series[i].points = NULL;
		d->series[i].count = d->series[i].size = 0;
	}
}

void day_points_done(struct day_points *d)
{
	drop_points(d);
	free(d->series);
	free(d->seqs);
	past_free(d->past);
}

/* ---- the chains of the day ---- */

static int on_chain(void *ctx, const struct past_chain *chain)
{
	struct day_points *d = ctx;

	if (chain->seq < d->until_seq)
		return 1;
	if (chain->time_ms / STORE_DAY_MS != d->day)
		return 0;
	if (d->n_seqs == d->seqs_size) {
		size_t size = d->seqs_size ? 2 * d->seqs_size : 256;
		uint64_t *seqs = realloc(d->seqs, size * sizeof(*seqs));

		if (!seqs) {
			d->error = STORE_E_MEMORY;
			return 1;
		}
		d->seqs = seqs;
		d->seqs_size = size;
	}
	d->seqs[d->n_seqs++] = chain->seq;
	return 0;
}

int day_points_find(struct day_points *d, uint32_t day, uint64_t first_seq, uint64_t last_seq)
{
	int64_t rc;

	d->day = day;
	d->until_seq = first_seq;
	d->n_seqs = 0;
	rc = past_chains(d->past, d->reader, last_seq, on_chain, d);
	return d->error ? d->error : rc < 0 ? (int)rc : 0;
}

size_t day_points_step(const struct day_points *d, size_t points_max)
{
	size_t step = points_max / (d->n_seqs ? d->n_seqs : 1);

	return step ? step : 1;
}

/* ---- their values ---- */

struct values {
	struct day_points *d;
	const struct mb_secondary *meter; /* NULL: not known */
	bool before; /* the chain before the day: only for the marks of the first points */
};

static bool sends(const struct mb_secondary *meter, const struct day_series *s)
{
	return !meter || !s->has_meter ||
	       (meter->id == s->meter.id && meter->manufacturer == s->meter.manufacturer);
}

static bool add_point(struct day_series *s, const struct store_point *point)
{
	size_t size = s->size ? 2 * s->size : 16;
	char *text = NULL;

	if (s->count == s->size) {
		struct store_point *points = realloc(s->points, size * sizeof(*points));

		if (!points)
			return false;
		s->points = points;
		s->size = size;
	}
	if (point->text) {
		text = malloc(point->text_len + 1u);
		if (!text)
			return false;
		memcpy(text, point->text, point->text_len);
	}
	s->points[s->count] = *point;
	s->points[s->count++].text = text;
	return true;
}

static void mark(struct day_series *s, const struct mb_record *record, struct store_point *point)
{
	if (s->swapped)
		point->flags |= STORE_SWAPPED;
	else if (point->type == STORE_NUMBER && s->has_last &&
		 counter_step(record, &s->last, &point->number) == COUNTER_ROLLOVER)
		point->flags |= STORE_ROLLOVER;
	s->swapped = false;
	if (point->type == STORE_NUMBER) {
		s->has_last = true;
		s->last = point->number;
	}
}

static void on_value(void *ctx, const struct past_value *value)
{
	struct values *v = ctx;
	struct day_points *d = v->d;

	for (size_t i = 0; i < d->n_series && !d->error; i++) {
		struct day_series *s = &d->series[i];
		struct store_point point = value->point;

		if (!s->wanted || s->hash != value->hash || !sends(v->meter, s))
			continue;
		mark(s, value->record, &point);
		if (!v->before && !add_point(s, &point))
			d->error = STORE_E_MEMORY;
		return;
	}
}

/* Points of series of another meter than the chain's: their next one is a first one again. */
static void note_swap(struct day_points *d, const struct mb_secondary *meter)
{
	for (size_t i = 0; i < d->n_series; i++)
		if (!sends(meter, &d->series[i]))
			d->series[i].swapped = true;
}

static void no_value(void *ctx, const struct past_value *value)
{
	(void)ctx;
	(void)value;
}

static int decode_chain(void *ctx, const struct past_chain *chain)
{
	struct values *v = ctx;
	struct mb_secondary meter;
	bool known = past_values(v->d->past, chain, no_value, NULL, &meter);

	v->meter = known ? &meter : NULL;
	if (known)
		note_swap(v->d, &meter);
	past_values(v->d->past, chain, on_value, v, &meter);
	v->meter = NULL;
	return 1; /* only this one */
}

static int by_time(const void *a, const void *b)
{
	const struct store_point *x = a, *y = b;

	return (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
}

static void decode_one(struct values *v, uint64_t seq, bool first)
{
	struct day_points *d = v->d;
	int64_t rc = 0;

	if (first && seq > 1) {
		v->before = true;
		rc = past_chains(d->past, d->reader, seq - 1, decode_chain, v);
		v->before = false;
	}
	if (rc >= 0 && !d->error)
		rc = past_chains(d->past, d->reader, seq, decode_chain, v);
	if (rc < 0)
		d->error = (int)rc;
}

int day_points_decode(struct day_points *d, size_t from, size_t to)
{
	struct values v = {.d = d};

	drop_points(d);
	for (size_t i = 0; i < d->n_series; i++) {
		d->series[i].wanted = i >= from && i < to;
		d->series[i].has_last = d->series[i].swapped = false;
	}
	for (size_t i = d->n_seqs; i > 0; i--)
		decode_one(&v, d->seqs[i - 1], i == d->n_seqs);
	for (size_t i = from; i < to && i < d->n_series; i++)
		if (d->series[i].count > 1)
			qsort(d->series[i].points, d->series[i].count, sizeof(struct store_point),
				by_time);
	return d->error;
}
