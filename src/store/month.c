/* SPDX-License-Identifier: MIT */
#include "store/month.h"

#include "base/buf.h"
#include "store/chunk.h"
#include "store/store_impl.h"

#include <string.h>

#define VERSION 1
#define PART_HEAD 5
#define LAG_DAYS 8 /* accounts may be compacted so late */
#define MERGE_SERIES 16 /* a commit, */
#define MERGE_SHARE \
	8 /* and one for so many chunks that it writes: a month has four times as many */
#define MONTH_BYTES_MAX ((size_t)MONTH_DAYS * (STORE_CHUNK_BYTES + PART_HEAD) + 1)

bool month_read(const uint8_t *bytes, size_t len, struct month_part ret_parts[MONTH_DAYS])
{
	size_t at = 1;

	memset(ret_parts, 0, MONTH_DAYS * sizeof(*ret_parts));
	if (!bytes)
		return true;
	if (len < 1 || bytes[0] != VERSION)
		return false;
	while (at < len) {
		const uint8_t *p = bytes + at;
		size_t n;

		if (len - at < PART_HEAD || p[0] >= MONTH_DAYS)
			return false;
		n = (size_t)p[1] | (size_t)p[2] << 8 | (size_t)p[3] << 16 | (size_t)p[4] << 24;
		if (n > len - at - PART_HEAD)
			return false;
		ret_parts[p[0]] = (struct month_part){p + PART_HEAD, n};
		at += PART_HEAD + n;
	}
	return true;
}

static int add_part(struct buf *out, unsigned day, const struct month_part *part)
{
	const uint8_t head[PART_HEAD] = {(uint8_t)day, (uint8_t)part->len,
		(uint8_t)(part->len >> 8), (uint8_t)(part->len >> 16), (uint8_t)(part->len >> 24)};

	return buf_add(out, head, sizeof(head)) && buf_add(out, part->bytes, part->len)
		       ? 0
		       : STORE_E_MEMORY;
}

/* A chunk that says that the day has no points. */
static bool is_empty(const struct month_part *part, int64_t id)
{
	struct chunk_cursor c;

	return chunk_open(&c, part->bytes, part->len, (uint64_t)id, chunk_day(id) * STORE_DAY_MS) ==
	       0;
}

/* The chunk of the day takes the place of the part. */
static int take_day(struct store *s, uint32_t series, unsigned day, const struct month_part *old,
	struct buf *out)
{
	int64_t id = chunk_id(series, (s->merge.month << MONTH_BITS) + day);
	struct month_part part = *old;
	sqlite3_stmt *q;
	int rc = sql_bind(&s->sql, SQL_CHUNK_GET, SQL_ARGS(SQL_I(id)), &q);

	if (rc < 0)
		return rc;
	rc = sql_step(&s->sql, q);
	if (rc > 0) {
		part.bytes = sqlite3_column_blob(q, 1);
		part.len = (size_t)sqlite3_column_bytes(q, 1);
	}
	if (rc >= 0 && part.bytes && !is_empty(&part, id))
		rc = add_part(out, day, &part);
	sql_done(q);
	return rc < 0 ? rc : 0;
}

static int write_month(struct store *s, int64_t id, size_t old_len, const struct buf *body)
{
	bool is_kept = body->len > 1;

	if (old_len > 0)
		store_count_out(s, 1, old_len);
	if (!is_kept)
		return old_len > 0 ? sql_run(&s->sql, SQL_MONTH_DELETE, SQL_ARGS(SQL_I(id))) : 0;
	s->live.rows[STORE_POINTS]++;
	s->live.bytes[STORE_POINTS] += body->len;
	s->live.usage_changed = true;
	return sql_run(&s->sql, SQL_MONTH_SET, SQL_ARGS(SQL_I(id), SQL_B(body->bytes, body->len)));
}

static int merge_series(struct store *s, uint32_t series)
{
	struct month_part parts[MONTH_DAYS];
	int64_t id = chunk_id(series, s->merge.month);
	const uint8_t version = VERSION;
	size_t old_len = 0;
	struct buf body;
	sqlite3_stmt *q;
	int rc = sql_bind(&s->sql, SQL_MONTH_GET, SQL_ARGS(SQL_I(id)), &q);

	if (rc < 0)
		return rc;
	buf_init(&body, MONTH_BYTES_MAX);
	rc = sql_step(&s->sql, q);
	if (rc > 0)
		old_len = (size_t)sqlite3_column_bytes(q, 1);
	if (rc >= 0 && !month_read(rc > 0 ? sqlite3_column_blob(q, 1) : NULL, old_len, parts))
		store_note_corrupt(s);
	if (rc >= 0)
		rc = buf_add(&body, &version, 1) ? 0 : STORE_E_MEMORY;
	for (unsigned day = 0; day < MONTH_DAYS && rc == 0; day++)
		rc = take_day(s, series, day, &parts[day], &body);
	sql_done(q);
	if (rc == 0)
		rc = write_month(s, id, old_len, &body);
	buf_done(&body);
	return rc;
}

/* The next series that has chunks in the month: 1, 0 when there is none. */
static int next_series(struct store *s, uint32_t *ret_series)
{
	uint32_t first = s->merge.month << MONTH_BITS;
	int64_t id = 0;
	bool found = false;

	for (uint32_t day = first; day < first + MONTH_DAYS; day++) {
		int rc = sql_number(&s->sql, SQL_CHUNK_AFTER,
			SQL_ARGS(SQL_I(chunk_id(s->merge.series, day) + 1),
				SQL_I(chunk_id(UINT32_MAX, day))),
			&id);

		if (rc < 0)
			return rc;
		if (rc > 0 && (!found || (uint32_t)id < *ret_series)) {
			*ret_series = (uint32_t)id;
			found = true;
		}
	}
	return found;
}

/* All of it is in the months: the days go, page by page. */
static int drop_days(struct store *s)
{
	int64_t end = chunk_id(0, (s->merge.month + 1) << MONTH_BITS), size[2] = {0, 0};
	int rc = sql_two(&s->sql, SQL_CHUNK_SIZE, SQL_ARGS(SQL_I(end)), size);

	s->merge.under_way = false;
	if (rc < 0)
		return rc;
	store_count_out(s, (uint64_t)size[0], (uint64_t)size[1]);
	return sql_run(&s->sql, SQL_CHUNK_TRIM, SQL_ARGS(SQL_I(end - 1)));
}

static int begin(struct store *s)
{
	struct store_days days;
	int rc = store_find_days(&s->sql, &days);
	uint32_t month = (uint32_t)days.first_chunk >> MONTH_BITS;

	if (rc <= 0 || days.first_chunk > days.last ||
		((month + 1) << MONTH_BITS) + LAG_DAYS > days.last)
		return rc < 0 ? rc : 0;
	s->merge.under_way = true;
	s->merge.month = month;
	s->merge.series = 0;
	return 0;
}

int store_merge(struct store *s)
{
	uint32_t n = MERGE_SERIES + s->merge.written / MERGE_SHARE;
	int rc = 0;

	s->merge.written = 0;
	if (!s->merge.under_way)
		rc = begin(s);
	for (uint32_t i = 0; i < n && s->merge.under_way && rc == 0; i++) {
		uint32_t series = 0;

		rc = next_series(s, &series);
		if (rc <= 0)
			return rc < 0 ? rc : drop_days(s);
		rc = merge_series(s, series);
		s->merge.series = series;
	}
	return rc;
}

/* It may be merged already: begins anew, from the oldest month. */
void store_merge_note(struct store *s, uint32_t day)
{
	s->merge.written++;
	if (day >> MONTH_BITS <= s->merge.month)
		s->merge.under_way = false;
}
