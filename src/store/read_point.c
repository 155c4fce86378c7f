/* SPDX-License-Identifier: MIT */
/* Points: the chunks of the days and the points of history, merged by time. */
#include "store/chunk.h"
#include "store/month.h"
#include "store/reader_impl.h"

#include <string.h>

/* One of the two sources: a statement, a cursor in the blob of its row, the next point. */
struct source {
	struct sql *sql;
	sqlite3_stmt *rows;
	struct chunk_cursor cursor;
	struct store_reader *r;
	uint32_t series;
	int64_t from_ms, to_ms;
	bool is_history;
	struct store_days days; /* spot: first is the next one to look for */
	sqlite3_stmt *month_row;
	int64_t month; /* of that row; -1: none yet */
	struct month_part parts[MONTH_DAYS];
	const void *body; /* of the present row */
	size_t len;
	int64_t id;
	bool has_point; /* cursor.point is the next one */
	int rc;
};

static int64_t open_row(struct source *s)
{
	if (s->is_history) /* the time is the base, the series the key */
		return chunk_open(&s->cursor, s->body, s->len, s->series, s->id);
	return chunk_open(
		&s->cursor, s->body, s->len, (uint64_t)s->id, chunk_day(s->id) * STORE_DAY_MS);
}

/* Key and blob of the present row. */
static int take_row(struct source *s, int blob)
{
	int rc = sql_step(s->sql, s->rows);

	if (rc > 0) {
		s->id = sqlite3_column_int64(s->rows, 0);
		s->body = sqlite3_column_blob(s->rows, blob);
		s->len = (size_t)sqlite3_column_bytes(s->rows, blob);
	}
	return rc;
}

/* The parts of a month, or none. */
static int load_month(struct source *s, int64_t month)
{
	const uint8_t *bytes = NULL;
	size_t len = 0;
	int rc;

	s->month = month;
	sql_done(s->month_row);
	rc = sql_bind(s->sql, SQL_MONTH_GET, SQL_ARGS(SQL_I(chunk_id(s->series, (uint32_t)month))),
		&s->month_row);
	if (rc == 0)
		rc = sql_step(s->sql, s->month_row);
	if (rc > 0) {
		bytes = sqlite3_column_blob(s->month_row, 1);
		len = (size_t)sqlite3_column_bytes(s->month_row, 1);
	}
	if (!month_read(bytes, len, s->parts))
		rc = STORE_E_CORRUPT;
	return rc;
}

/* The day's own chunk, or its part of the month: 1, 0 when it has neither. */
static int load_day(struct source *s, int64_t day)
{
	const struct month_part *part = &s->parts[day % MONTH_DAYS];
	int rc = 0;

	s->id = chunk_id(s->series, (uint32_t)day);
	if (day >= s->days.first_chunk) {
		sql_done(s->rows);
		rc = sql_bind(s->sql, SQL_CHUNK_GET, SQL_ARGS(SQL_I(s->id)), &s->rows);
		if (rc == 0)
			rc = take_row(s, 1);
	}
	if (rc != 0 || !part->bytes)
		return rc;
	s->body = part->bytes;
	s->len = part->len;
	return 1;
}

/* To the next row: of history, or of the next day that has one that can be read. */
static int next_row(struct source *s)
{
	if (s->is_history)
		return take_row(s, 2);
	while (s->days.first <= s->days.last) {
		int64_t day = s->days.first++;
		int rc = 0;

		if (day / MONTH_DAYS != s->month)
			rc = load_month(s, day / MONTH_DAYS);
		if (rc == STORE_E_CORRUPT)
			store_note_corrupt(s->r->store);
		else if (rc < 0)
			return rc;
		rc = load_day(s, day);
		if (rc == STORE_E_CORRUPT)
			store_note_corrupt(s->r->store);
		else if (rc != 0)
			return rc;
	}
	return 0;
}

/* To the next point in the range; has_point says whether there is one. */
static void advance(struct source *s)
{
	s->has_point = false;
	while (s->rc >= 0) {
		s->rc = chunk_next(&s->cursor);
		if (s->rc > 0 && s->cursor.point.time_ms >= s->from_ms &&
			s->cursor.point.time_ms <= s->to_ms) {
			s->has_point = true;
			return;
		}
		if (s->rc > 0)
			continue;
		if (s->rc < 0)
			store_note_corrupt(s->r->store);
		s->rc = next_row(s);
		if (s->rc == 0)
			return;
		if (s->rc > 0 && open_row(s) < 0) {
			store_note_corrupt(s->r->store);
			memset(&s->cursor, 0, sizeof(s->cursor));
		}
	}
}

/* Both begin with an empty cursor: the first step opens a row. */
static int begin_history(struct source *s, enum statement id)
{
	s->is_history = true;
	s->rc = sql_bind(s->sql, id, SQL_ARGS(SQL_I(s->series), SQL_I(s->from_ms), SQL_I(s->to_ms)),
		&s->rows);
	if (s->rc == 0)
		advance(s);
	return s->rc;
}

static int begin_spot(struct source *s)
{
	s->month = -1;
	s->rc = store_find_days(s->sql, &s->days);
	if (s->rc <= 0) {
		s->days.last = s->days.first - 1;
		return s->rc;
	}
	if (s->days.first < s->from_ms / STORE_DAY_MS)
		s->days.first = s->from_ms / STORE_DAY_MS;
	if (s->days.last > s->to_ms / STORE_DAY_MS)
		s->days.last = s->to_ms / STORE_DAY_MS;
	advance(s);
	return s->rc;
}

static void clamp(int64_t *from_ms, int64_t *to_ms)
{
	if (*from_ms < 0)
		*from_ms = 0;
	if (*to_ms > STORE_TIME_MAX_MS)
		*to_ms = STORE_TIME_MAX_MS;
}

static int64_t merge(struct source *spot, struct source *history, store_point_fn *fn, void *ctx)
{
	int64_t count = 0;

	while (spot->has_point || history->has_point) {
		struct source *next = spot;

		if (!spot->has_point || (history->has_point && history->cursor.point.time_ms <
								       spot->cursor.point.time_ms))
			next = history;
		count++;
		if (fn(ctx, &next->cursor.point) != 0)
			return count;
		advance(next);
	}
	if (spot->rc < 0)
		return spot->rc;
	return history->rc < 0 ? history->rc : count;
}

int64_t store_points(struct store_reader *r, uint32_t series, int64_t from_ms, int64_t to_ms,
	store_point_fn *fn, void *ctx)
{
	struct source spot, history;
	int64_t count;

	clamp(&from_ms, &to_ms);
	if (from_ms > to_ms)
		return 0;
	spot = (struct source){
		.sql = &r->sql, .r = r, .series = series, .from_ms = from_ms, .to_ms = to_ms};
	history = spot;
	count = reader_begin(r);
	if (count < 0)
		return count;
	count = begin_spot(&spot);
	if (count >= 0)
		count = begin_history(&history, SQL_HISTORY_UP);
	if (count >= 0)
		count = merge(&spot, &history, fn, ctx);
	sql_done(spot.rows);
	sql_done(spot.month_row);
	sql_done(history.rows);
	reader_end(r);
	return count;
}

int64_t store_revisions(struct store_reader *r, uint32_t series, int64_t from_ms, int64_t to_ms,
	store_point_fn *fn, void *ctx)
{
	struct source none = {.rc = 0};
	struct source history;
	int64_t count;

	clamp(&from_ms, &to_ms);
	history = (struct source){.sql = &r->sql,
		.r = r,
		.series = series,
		.from_ms = from_ms,
		.to_ms = to_ms,
		.is_history = true};
	count = begin_history(&history, SQL_HISTORY_ALL);
	if (count >= 0)
		count = merge(&none, &history, fn, ctx);
	sql_done(history.rows);
	return count;
}

/* ---- buckets ---- */

struct buckets {
	int64_t from_ms, width_ms; /* width: of all but perhaps the last */
	int64_t to_ms;
	store_bucket_fn *fn;
	void *ctx;
	struct store_bucket bucket;
	double offset, sum; /* mean = offset + sum / count: less is rounded away */
	int64_t count;
	bool stopped;
};

static double power_of_ten(int exp10)
{
	double power = 1;

	for (; exp10 > 0 && power < 1e300; exp10--)
		power *= 10;
	return power;
}

/* The nearest double, almost. */
static double to_double(const struct mb_decimal *number)
{
	double value = (double)number->magnitude;

	value = number->exp10 >= 0 ? value * power_of_ten(number->exp10)
				   : value / power_of_ten(-number->exp10);
	return number->negative ? -value : value;
}

static void end_bucket(struct buckets *b)
{
	if (b->bucket.count == 0 || b->stopped)
		return;
	b->bucket.mean = b->offset + b->sum / b->bucket.count;
	b->count++;
	b->stopped = b->fn(b->ctx, &b->bucket) != 0;
	b->bucket.count = 0;
}

static void begin_bucket(struct buckets *b, const struct store_point *p)
{
	struct store_bucket *bucket = &b->bucket;
	int64_t index = (p->time_ms - b->from_ms) / b->width_ms;

	bucket->from_ms = b->from_ms + index * b->width_ms;
	bucket->to_ms = bucket->from_ms + b->width_ms;
	if (bucket->to_ms > b->to_ms)
		bucket->to_ms = b->to_ms;
	bucket->first = *p;
	bucket->min = *p;
	bucket->max = *p;
	b->offset = to_double(&p->number);
	b->sum = 0;
}

/* Of equal exponents, which is the rule, the magnitudes tell. */
static bool is_less(const struct mb_decimal *a, const struct mb_decimal *b)
{
	if (a->exp10 == b->exp10 && !a->negative && !b->negative)
		return a->magnitude < b->magnitude;
	return mb_decimal_cmp(a, b) < 0;
}

static int add_point(void *ctx, const struct store_point *p)
{
	struct buckets *b = ctx;
	struct store_bucket *bucket = &b->bucket;

	if (p->type != STORE_NUMBER)
		return 0;
	if (bucket->count > 0 && p->time_ms >= bucket->to_ms)
		end_bucket(b);
	if (b->stopped)
		return 1;
	if (bucket->count == 0)
		begin_bucket(b, p);
	if (is_less(&p->number, &bucket->min.number))
		bucket->min = *p;
	if (is_less(&bucket->max.number, &p->number))
		bucket->max = *p;
	bucket->last = *p;
	bucket->count++;
	b->sum += to_double(&p->number) - b->offset;
	return 0;
}

int64_t store_buckets(struct store_reader *r, uint32_t series, int64_t from_ms, int64_t to_ms,
	uint32_t n, store_bucket_fn *fn, void *ctx)
{
	struct buckets b = {.fn = fn, .ctx = ctx};
	int64_t rc;

	clamp(&from_ms, &to_ms);
	if (n == 0 || n > STORE_BUCKETS_MAX || from_ms > to_ms)
		return STORE_E_INVALID;
	b.from_ms = from_ms;
	b.to_ms = to_ms + 1;
	b.width_ms = (to_ms - from_ms) / n + 1;
	rc = store_points(r, series, from_ms, to_ms, add_point, &b);
	if (rc < 0)
		return rc;
	end_bucket(&b);
	return b.count;
}
