/* SPDX-License-Identifier: MIT */
/* Step one: all chains again, for series and history. The others: a compacted day each. */
#include "collect/redecode.h"

#include "collect/day_points.h"
#include "collect/reading_impl.h"

#include <stdlib.h>
#include <string.h>

#define POINTS_MAX 50000 /* of a day in memory at a time */

struct one {
	struct redecode_difference diff; /* its texts are ours */
	bool stored; /* the store knows the series */
};

struct again { /* a point of history */
	uint32_t series;
	struct store_point point;
};

struct redecode {
	struct past_scope scope;
	uint32_t (*next_series)(void *ctx);
	void *ctx;
	struct readings_shared *shared;
	struct readings *readings;
	struct past *past;
	struct one *all;
	size_t n_all;
	uint64_t *seqs; /* of all chains, newest first */
	size_t n_seqs, seqs_size;
	struct again *history;
	size_t n_history, history_size;
	int64_t first_ms; /* of the oldest chain */
	uint32_t day, last_day; /* the next one to do */
	uint64_t chains;
	bool replayed;
	int error;
};

struct redecode *redecode_new(
	const struct past_scope *scope, uint32_t (*next_series)(void *ctx), void *ctx)
{
	struct redecode *rd = calloc(1, sizeof(*rd));

	if (!rd)
		return NULL;
	rd->scope = *scope;
	rd->next_series = next_series;
	rd->ctx = ctx;
	rd->shared = readings_shared_new();
	rd->past = past_new(scope);
	if (rd->shared)
		rd->readings = readings_new(rd->shared, scope->account, next_series, ctx);
	if (rd->readings && rd->past)
		return rd;
	redecode_free(rd);
	return NULL;
}

void redecode_free(struct redecode *rd)
{
	if (!rd)
		return;
	for (size_t i = 0; i < rd->n_all; i++) {
		free((char *)rd->all[i].diff.key);
		free((char *)rd->all[i].diff.old_meta);
		free((char *)rd->all[i].diff.new_meta);
	}
	for (size_t i = 0; i < rd->n_history; i++)
		free((char *)rd->history[i].point.text);
	free(rd->all);
	free(rd->seqs);
	free(rd->history);
	past_free(rd->past);
	readings_free(rd->readings);
	readings_shared_free(rd->shared);
	free(rd);
}

static void *grown(struct redecode *rd, void *items, size_t count, size_t *size, size_t item)
{
	size_t wanted = *size ? 2 * *size : 64;
	void *more;

	if (count < *size)
		return items;
	more = realloc(items, wanted * item);
	if (more)
		*size = wanted;
	else
		rd->error = STORE_E_MEMORY;
	return more;
}

/* ---- series ---- */

static struct one *find_one(struct redecode *rd, uint32_t series)
{
	for (size_t i = 0; i < rd->n_all; i++)
		if (rd->all[i].diff.series == series)
			return &rd->all[i];
	return NULL;
}

static struct one *add_one(struct redecode *rd, const struct store_series *row, bool stored)
{
	struct one *all = realloc(rd->all, (rd->n_all + 1) * sizeof(*all));
	char *key = strdup(row->key), *meta = strdup(row->meta);

	if (all)
		rd->all = all;
	if (!all || !key || !meta) {
		free(key);
		free(meta);
		rd->error = STORE_E_MEMORY;
		return NULL;
	}
	all += rd->n_all++;
	*all = (struct one){.stored = stored};
	all->diff.series = row->id;
	all->diff.key = key;
	all->diff.new_series = !stored;
	all->diff.old_meta = stored ? meta : NULL;
	all->diff.new_meta = stored ? NULL : meta;
	return all;
}

static int on_series(void *ctx, const struct store_series *row)
{
	struct redecode *rd = ctx;
	int rc;

	if (!add_one(rd, row, true))
		return 1;
	rc = readings_restore(rd->readings, row);
	if (rc == STORE_E_MEMORY)
		rd->error = rc;
	return rd->error != 0;
}

/* ---- the replay ---- */

static int on_chain(void *ctx, const struct past_chain *chain)
{
	struct redecode *rd = ctx;
	uint64_t *seqs = grown(rd, rd->seqs, rd->n_seqs, &rd->seqs_size, sizeof(*seqs));

	if (!seqs)
		return 1;
	rd->seqs = seqs;
	seqs[rd->n_seqs++] = chain->seq;
	rd->first_ms = chain->time_ms;
	return 0;
}

static void keep_point(struct redecode *rd, uint32_t series, const struct store_point *point)
{
	struct again *history =
		grown(rd, rd->history, rd->n_history, &rd->history_size, sizeof(*history));
	char *text = NULL;

	if (!history)
		return;
	rd->history = history;
	if (point->text) {
		text = malloc(point->text_len + 1u);
		if (!text) {
			rd->error = STORE_E_MEMORY;
			return;
		}
		memcpy(text, point->text, point->text_len);
	}
	history += rd->n_history++;
	history->series = series;
	history->point = *point;
	history->point.text = text;
}

static int replay_chain(void *ctx, const struct past_chain *chain)
{
	struct redecode *rd = ctx;
	struct readings_change *change;
	const struct store_point *point;
	uint32_t series;

	rd->chains++;
	if (readings_apply(rd->readings, &chain->chain, &change) < 0)
		return 1; /* it gave nothing then, either */
	for (size_t i = 0; i < change->n_series && !rd->error; i++)
		if (!find_one(rd, change->series[i].id))
			add_one(rd, &change->series[i], false);
	for (size_t i = 0; !rd->error && (point = readings_history(change, i, &series)); i++)
		keep_point(rd, series, point);
	readings_accept(change);
	return 1;
}

static int replay(struct redecode *rd, struct store_reader *reader)
{
	int64_t rc = store_series_of(reader, rd->scope.account, on_series, rd);

	if (rc >= 0)
		rc = past_chains(rd->past, reader, 0, on_chain, rd);
	for (size_t i = rd->n_seqs; i > 0 && rc >= 0 && !rd->error; i--)
		rc = past_chains(rd->past, reader, rd->seqs[i - 1], replay_chain, rd);
	return rd->error ? rd->error : rc < 0 ? (int)rc : 0;
}

/* ---- what is told about a series ---- */

/* Rows of what the meter sends now; what is gone says what it was. */
static void compare_meta(struct redecode *rd, const struct reading *reading)
{
	const struct readings_state *state = readings_state(rd->readings);
	struct one *one = find_one(rd, reading->series);
	struct mb_record record;
	struct reading_meta meta = {
		.record = &record, .identity = state->has_identity ? &state->identity : NULL};
	struct buf buf;

	if (!one || !one->stored || reading->flags & (READING_GONE | READING_DATED))
		return;
	reading_record(reading, &record);
	meta.storage = record.storage;
	buf_init(&buf, READING_META_MAX);
	if (!reading_meta_write(&buf, &meta))
		rd->error = STORE_E_MEMORY;
	else if (strcmp((const char *)buf.bytes, one->diff.old_meta) != 0)
		one->diff.new_meta = strdup((const char *)buf.bytes);
	buf_done(&buf);
}

static void write_row(struct redecode *rd, struct store_batch *batch, const struct one *one)
{
	struct known *known = NULL;
	struct store_series row = {
		.id = one->diff.series,
		.account = rd->scope.account,
		.key = one->diff.key,
		.meta = one->diff.new_meta,
	};

	for (size_t i = 0; i < rd->readings->known_count; i++)
		if (rd->readings->known[i].series == row.id)
			known = &rd->readings->known[i];
	if (!known)
		return;
	row.segment = known->segment;
	row.first_ms = known->first_ms;
	row.last_ms = rd->readings->state.time_ms;
	store_batch_series(batch, &row);
}

static int series_step(struct redecode *rd, struct store_batch *batch)
{
	size_t count;
	const struct reading *list = readings_list(rd->readings, &count);

	for (size_t i = 0; i < count; i++)
		compare_meta(rd, &list[i]);
	for (size_t i = 0; batch && i < rd->n_all; i++)
		if (rd->all[i].diff.new_meta)
			write_row(rd, batch, &rd->all[i]);
	return rd->error;
}

/* ---- history ---- */

static bool same_point(const struct store_point *a, const struct store_point *b)
{
	if (a->type != b->type || a->quality != b->quality)
		return false;
	if (a->type == STORE_NUMBER)
		return mb_decimal_cmp(&a->number, &b->number) == 0;
	return a->text_len == b->text_len &&
	       (a->text_len == 0 || memcmp(a->text, b->text, a->text_len) == 0);
}

/* By series and time; what was told last stays last. */
static int by_place(const void *a, const void *b)
{
	const struct again *x = *(const struct again *const *)a;
	const struct again *y = *(const struct again *const *)b;

	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	if (x->point.time_ms != y->point.time_ms)
		return x->point.time_ms < y->point.time_ms ? -1 : 1;
	return (x > y) - (x < y);
}

struct stored {
	struct one *one;
	const struct again **now; /* sorted, of this series */
	size_t n, next;
};

static bool is_last(const struct stored *s, size_t i)
{
	return i + 1 == s->n || s->now[i + 1]->point.time_ms != s->now[i]->point.time_ms;
}

static void count_until(struct stored *s, int64_t time_ms)
{
	for (; s->next < s->n && s->now[s->next]->point.time_ms < time_ms; s->next++)
		s->one->diff.added += is_last(s, s->next);
}

static int on_stored(void *ctx, const struct store_point *point)
{
	struct stored *s = ctx;
	struct redecode_difference *diff = &s->one->diff;

	if (point->source == STORE_SPOT)
		return 0;
	count_until(s, point->time_ms);
	if (s->next == s->n || s->now[s->next]->point.time_ms != point->time_ms) {
		diff->removed++;
		return 0;
	}
	while (!is_last(s, s->next))
		s->next++;
	if (same_point(&s->now[s->next]->point, point))
		diff->same++;
	else
		diff->changed++;
	s->next++;
	return 0;
}

static int compare_history(
	struct redecode *rd, struct store_reader *reader, const struct again **sorted)
{
	size_t at = 0;

	for (size_t i = 0; i < rd->n_history; i++)
		sorted[i] = &rd->history[i];
	if (rd->n_history > 1)
		qsort(sorted, rd->n_history, sizeof(*sorted), by_place);
	for (size_t i = 0; i < rd->n_all; i++) {
		struct stored s = {.one = &rd->all[i]};
		int64_t rc = 0;

		for (at = 0; at < rd->n_history && sorted[at]->series != s.one->diff.series;)
			at++;
		s.now = sorted + at;
		while (at + s.n < rd->n_history && sorted[at + s.n]->series == s.one->diff.series)
			s.n++;
		if (s.one->stored)
			rc = store_points(
				reader, s.one->diff.series, 0, STORE_TIME_MAX_MS, on_stored, &s);
		if (rc < 0)
			return (int)rc;
		count_until(&s, INT64_MAX);
	}
	return 0;
}

static int history_step(struct redecode *rd, struct store_reader *reader, struct store_batch *batch)
{
	const struct again **sorted = calloc(rd->n_history + 1, sizeof(*sorted));
	int rc;

	if (!sorted)
		return STORE_E_MEMORY;
	rc = compare_history(rd, reader, sorted);
	free(sorted);
	for (size_t i = 0; batch && i < rd->n_history && rc == 0; i++)
		rc = store_batch_history(batch, rd->history[i].series, &rd->history[i].point, 1);
	return rc;
}

/* ---- days ---- */

struct day_compare {
	struct one *one;
	const struct day_series *now;
	size_t next;
	bool differs;
};

static int on_day_point(void *ctx, const struct store_point *point)
{
	struct day_compare *c = ctx;
	struct redecode_difference *diff = &c->one->diff;
	const struct day_series *now = c->now;

	if (point->source != STORE_SPOT)
		return 0;
	for (; c->next < now->count && now->points[c->next].time_ms < point->time_ms; c->next++) {
		diff->added++;
		c->differs = true;
	}
	if (c->next == now->count || now->points[c->next].time_ms != point->time_ms) {
		diff->removed++;
		c->differs = true;
	} else if (same_point(&now->points[c->next++], point)) {
		diff->same++;
	} else {
		diff->changed++;
		c->differs = true;
	}
	return 0;
}

static int compare_day(struct redecode *rd, const struct day_points *d,
	const struct day_series *now, struct store_batch *batch)
{
	struct day_compare c = {.one = find_one(rd, now->id), .now = now};
	int64_t from_ms = (int64_t)d->day * STORE_DAY_MS, rc = 0;

	if (!c.one)
		return 0;
	if (c.one->stored)
		rc = store_points(
			d->reader, now->id, from_ms, from_ms + STORE_DAY_MS - 1, on_day_point, &c);
	if (rc < 0)
		return (int)rc;
	c.one->diff.added += now->count - c.next;
	c.differs = c.differs || c.next < now->count;
	if (!batch || !c.differs)
		return 0;
	return store_batch_chunk(batch, now->id, d->day, now->points, now->count);
}

static int add_new_series(const struct redecode *rd, struct day_points *d)
{
	int rc = 0;

	for (size_t i = 0; i < rd->n_all && rc == 0; i++) {
		const struct redecode_difference *diff = &rd->all[i].diff;
		bool there = false;

		for (size_t k = 0; k < d->n_series; k++)
			there = there || d->series[k].id == diff->series;
		if (!there)
			rc = day_points_add(d, diff->series, diff->key, diff->new_meta);
	}
	return rc;
}

static int day_step(
	struct redecode *rd, struct store_reader *reader, uint32_t day, struct store_batch *batch)
{
	struct day_points d;
	uint64_t first, last;
	size_t step;
	int rc = store_day_get(reader, rd->scope.account, day, &first, &last);

	if (rc < 0) /* a day without chains has no row */
		return rc == STORE_E_NOT_FOUND ? 0 : rc;
	if (rd->n_seqs == 0 || first < rd->seqs[rd->n_seqs - 1])
		return 0; /* its telegrams are gone */
	rc = day_points_init(&d, &rd->scope, reader);
	if (rc == 0)
		rc = add_new_series(rd, &d);
	if (rc == 0)
		rc = day_points_find(&d, day, first, last);
	step = day_points_step(&d, POINTS_MAX);
	for (size_t from = 0; from < d.n_series && rc == 0; from += step) {
		rc = day_points_decode(&d, from, from + step);
		for (size_t i = from; i < from + step && i < d.n_series && rc == 0; i++)
			rc = compare_day(rd, &d, &d.series[i], batch);
	}
	day_points_done(&d);
	return rc;
}

/* ---- steps ---- */

static int first_step(struct redecode *rd, struct store_reader *reader, struct store_batch *batch)
{
	int rc = replay(rd, reader);

	rd->replayed = true;
	if (rc == 0)
		rc = store_day_last(reader, rd->scope.account, &rd->last_day);
	rd->day = (uint32_t)(rd->first_ms / STORE_DAY_MS);
	if (rc == 0)
		rc = series_step(rd, batch);
	if (rc == 0)
		rc = history_step(rd, reader, batch);
	return rc < 0 ? rc : 1;
}

int redecode_step(struct redecode *rd, struct store_reader *reader, struct store_batch *batch)
{
	int rc;

	if (!rd->replayed)
		return first_step(rd, reader, batch);
	if (rd->n_seqs == 0 || rd->day > rd->last_day)
		return 0;
	rc = day_step(rd, reader, rd->day++, batch);
	return rc < 0 ? rc : 1;
}

void redecode_report(const struct redecode *rd, bool all, redecode_fn *fn, void *ctx)
{
	for (size_t i = 0; i < rd->n_all; i++) {
		const struct redecode_difference *d = &rd->all[i].diff;

		if (all || d->new_meta || d->added || d->changed || d->removed)
			fn(ctx, d);
	}
}

uint64_t redecode_chains(const struct redecode *rd)
{
	return rd->chains;
}
