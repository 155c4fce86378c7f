/* SPDX-License-Identifier: MIT */
/* Points under the meter's own time: once each, however often the meter tells them. */
#include "store/chunk.h"
#include "store/store_impl.h"

#include <string.h>

#define REVISION_MAX UINT16_MAX

static bool same_value(const struct store_point *a, const struct store_point *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == STORE_NUMBER)
		return mb_decimal_cmp(&a->number, &b->number) == 0;
	return a->text_len == b->text_len &&
	       (a->text_len == 0 || memcmp(a->text, b->text, a->text_len) == 0);
}

static int insert(
	struct store *s, uint32_t series, const struct store_point *point, int64_t local_ms)
{
	struct buf body;
	int rc;

	buf_init(&body, CHUNK_POINT_MAX + CHUNK_FRAME_MAX);
	rc = chunk_encode(&body, series, point->time_ms, point, 1);
	if (rc == 0)
		rc = sql_run(&s->sql, SQL_HISTORY_ADD,
			SQL_ARGS(SQL_I(series), SQL_I(point->time_ms), SQL_I(point->revision),
				SQL_I(local_ms), SQL_B(body.bytes, body.len)));
	if (rc == 0) {
		s->live.rows[STORE_POINTS]++;
		s->live.bytes[STORE_POINTS] += body.len;
		s->live.usage_changed = true;
	}
	buf_done(&body);
	return rc;
}

enum found {
	NONE,
	SAME,
	OTHER
};

/*
 * What is stored under that local time. The same local time may have stood for another UTC once
 * (rules of zones change): the row keeps the UTC that it got first.
 */
static int find(struct store *s, uint32_t series, int64_t local_ms, struct store_point *point)
{
	const int64_t around_ms = 2 * STORE_OFFSET_MAX_S * INT64_C(1000);
	struct chunk_cursor c;
	sqlite3_stmt *q;
	int64_t revision = 0;
	int found = NONE;
	int rc = sql_bind(&s->sql, SQL_HISTORY_FIND,
		SQL_ARGS(SQL_I(series), SQL_I(point->time_ms - around_ms),
			SQL_I(point->time_ms + around_ms), SQL_I(local_ms), SQL_I(point->time_ms)),
		&q);

	if (rc < 0)
		return rc;
	rc = sql_step(&s->sql, q);
	if (rc > 0 && sqlite3_column_type(q, 0) != SQLITE_NULL) {
		const void *body = sqlite3_column_blob(q, 2);
		int64_t time_ms = sqlite3_column_int64(q, 0);

		found = OTHER; /* a damaged row is superseded */
		revision = sqlite3_column_int64(q, 1);
		if (chunk_open(&c, body, (size_t)sqlite3_column_bytes(q, 2), series, time_ms) ==
				1 &&
			chunk_next(&c) == 1 && same_value(&c.point, point))
			found = SAME;
		point->time_ms = time_ms;
	}
	sql_done(q);
	if (rc < 0)
		return rc;
	if (found == OTHER && revision >= REVISION_MAX)
		return SAME; /* a meter that never says the same twice must not fill the disk */
	point->revision = (uint16_t)(found == OTHER ? revision + 1 : 0);
	return found;
}

static int add(struct store *s, uint32_t series, struct store_point point)
{
	int64_t local_ms = point.time_ms + point.offset_s * INT64_C(1000);
	int found = find(s, series, local_ms, &point);

	if (found < 0 || found == SAME)
		return found < 0 ? found : 0;
	point.flags &= (uint8_t)~STORE_REVISED;
	if (found == OTHER)
		point.flags |= STORE_REVISED;
	return insert(s, series, &point, local_ms);
}

int store_apply_history(struct store *s, struct store_batch *b, struct op *op)
{
	int rc = 0;

	(void)b;
	for (size_t i = 0; i < op->history.n && rc == 0; i++)
		rc = add(s, op->history.series, op->history.points[i]);
	return rc;
}
