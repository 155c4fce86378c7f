/* SPDX-License-Identifier: MIT */
/* Series, the points of their past days, and where an account's telegrams of a day are. */
#include "store/chunk.h"
#include "store/crc.h"
#include "store/month.h"
#include "store/store_impl.h"

#include <string.h>

uint32_t store_crc_text(uint32_t crc, const char *text)
{
	return crc32_add(crc, text, strlen(text) + 1);
}

uint32_t store_series_crc(const struct store_series *series)
{
	const int64_t numbers[] = {series->id, series->account, series->segment, series->first_ms,
		series->last_ms, series->gone_ms};
	uint32_t crc = 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		crc = store_crc_number(crc, numbers[i]);
	return store_crc_text(store_crc_text(crc, series->key), series->meta);
}

int store_apply_series(struct store *s, struct store_batch *b, struct op *op)
{
	const struct store_series *series = &op->series;

	(void)b;
	return sql_run(&s->sql, SQL_SERIES_SET,
		SQL_ARGS(SQL_I(series->id), SQL_I(series->account), SQL_I(series->segment),
			SQL_T(series->key), SQL_T(series->meta), SQL_I(series->first_ms),
			SQL_I(series->last_ms), SQL_I(series->gone_ms),
			SQL_I(store_series_crc(series))));
}

/* ---- points ---- */

void store_count_out(struct store *s, uint64_t rows, uint64_t bytes)
{
	s->live.rows[STORE_POINTS] -= rows;
	s->live.bytes[STORE_POINTS] -= bytes;
	s->live.usage_changed = s->live.usage_changed || rows > 0;
}

/* 1, 0: it was not there */
static int delete_row(struct store *s, enum statement bytes_of, enum statement delete, int64_t id)
{
	int64_t bytes = 0;
	int rc = sql_number(&s->sql, bytes_of, SQL_ARGS(SQL_I(id)), &bytes);

	if (rc <= 0)
		return rc;
	store_count_out(s, 1, (uint64_t)bytes);
	rc = sql_run(&s->sql, delete, SQL_ARGS(SQL_I(id)));
	return rc < 0 ? rc : 1;
}

static int delete_chunk(struct store *s, int64_t id)
{
	return delete_row(s, SQL_CHUNK_BYTES, SQL_CHUNK_DELETE, id);
}

int64_t store_delete_history(struct store *s, uint32_t series, int64_t before_ms)
{
	int64_t size[2] = {0, 0};
	int rc =
		sql_two(&s->sql, SQL_HISTORY_SIZE, SQL_ARGS(SQL_I(series), SQL_I(before_ms)), size);

	if (rc < 0 || size[0] == 0)
		return rc < 0 ? rc : 0;
	store_count_out(s, (uint64_t)size[0], (uint64_t)size[1]);
	rc = sql_run(&s->sql, SQL_HISTORY_TRIM, SQL_ARGS(SQL_I(series), SQL_I(before_ms)));
	return rc < 0 ? rc : size[0];
}

static int insert_chunk(struct store *s, int64_t id, const void *body, size_t len)
{
	s->live.rows[STORE_POINTS]++;
	s->live.bytes[STORE_POINTS] += len;
	s->live.usage_changed = true;
	return sql_run(&s->sql, SQL_CHUNK_SET, SQL_ARGS(SQL_I(id), SQL_B(body, len)));
}

/* A day that a month may hold is not deleted, but said to be empty. */
static int insert_empty(struct store *s, int64_t id)
{
	int64_t month = chunk_id((uint32_t)id, chunk_day(id) >> MONTH_BITS), bytes = 0;
	int rc = sql_number(&s->sql, SQL_MONTH_BYTES, SQL_ARGS(SQL_I(month)), &bytes);
	struct buf body;

	if (rc <= 0)
		return rc;
	buf_init(&body, CHUNK_FRAME_MAX);
	rc = chunk_encode(&body, (uint64_t)id, chunk_day(id) * STORE_DAY_MS, NULL, 0);
	if (rc == 0)
		rc = insert_chunk(s, id, body.bytes, body.len);
	buf_done(&body);
	return rc;
}

int store_apply_chunk(struct store *s, struct store_batch *b, struct op *op)
{
	int64_t id = chunk_id(op->chunk.series, op->chunk.day);
	int rc = delete_chunk(s, id);

	(void)b;
	if (rc < 0)
		return rc;
	store_merge_note(s, op->chunk.day);
	return op->chunk.len == 0 ? insert_empty(s, id)
				  : insert_chunk(s, id, op->chunk.body, op->chunk.len);
}

int store_apply_day(struct store *s, struct store_batch *b, struct op *op)
{
	(void)b;
	return sql_run(&s->sql, SQL_DAY_SET,
		SQL_ARGS(SQL_I(op->day.account), SQL_I(op->day.day), SQL_I(op->day.first),
			SQL_I(op->day.last)));
}

/* ---- all of an account ---- */

int store_find_days(struct sql *q, struct store_days *ret)
{
	int64_t first = 0, last = 0, first_month = 0, last_month = 0;
	int chunks, months;

	if ((chunks = sql_number(q, SQL_CHUNK_FIRST, SQL_NONE, &first)) < 0 ||
		(chunks = sql_number(q, SQL_CHUNK_LAST, SQL_NONE, &last)) < 0)
		return chunks;
	if ((months = sql_number(q, SQL_MONTH_FIRST, SQL_NONE, &first_month)) < 0 ||
		(months = sql_number(q, SQL_MONTH_LAST, SQL_NONE, &last_month)) < 0)
		return months;
	ret->first_chunk = chunks ? chunk_day(first) : CHUNK_DAY_MAX + 1;
	ret->first = ret->first_chunk;
	ret->last = chunks ? chunk_day(last) : 0;
	if (months) {
		int64_t begin = (int64_t)chunk_day(first_month) << MONTH_BITS;
		int64_t end = ((int64_t)chunk_day(last_month) << MONTH_BITS) + MONTH_DAYS - 1;

		ret->first = begin < ret->first ? begin : ret->first;
		ret->last = end > ret->last ? end : ret->last;
	}
	if (ret->last > CHUNK_DAY_MAX)
		ret->last = CHUNK_DAY_MAX;
	return chunks || months;
}

static int forget_points(struct store *s, uint32_t series)
{
	struct store_days days;
	int64_t gone;
	int rc = store_find_days(&s->sql, &days);

	for (int64_t day = days.first_chunk; rc > 0 && day <= days.last; day++)
		if (delete_chunk(s, chunk_id(series, (uint32_t)day)) < 0)
			rc = STORE_E_CORRUPT;
	for (int64_t day = days.first; rc > 0 && day <= days.last; day += MONTH_DAYS)
		if (delete_row(s, SQL_MONTH_BYTES, SQL_MONTH_DELETE,
			    chunk_id(series, (uint32_t)day >> MONTH_BITS)) < 0)
			rc = STORE_E_CORRUPT;
	if (rc < 0)
		return rc;
	gone = store_delete_history(s, series, INT64_MAX);
	return gone < 0 ? (int)gone : 0;
}

static int forget_series(struct store *s, uint32_t account)
{
	sqlite3_stmt *q;
	int rc = sql_bind(&s->sql, SQL_SERIES_IDS, SQL_ARGS(SQL_I(account)), &q);

	if (rc < 0)
		return rc;
	while ((rc = sql_step(&s->sql, q)) > 0) {
		rc = forget_points(s, (uint32_t)sqlite3_column_int64(q, 0));
		if (rc < 0)
			break;
	}
	sql_done(q);
	return rc;
}

int store_apply_forget(struct store *s, struct store_batch *b, struct op *op)
{
	const struct sql_value account = SQL_I(op->account_forgotten);
	int rc = forget_series(s, op->account_forgotten);

	(void)b;
	if (rc == 0)
		rc = sql_run(&s->sql, SQL_SERIES_FORGET, &account, 1);
	return rc < 0 ? rc : sql_run(&s->sql, SQL_DAY_FORGET, &account, 1);
}
