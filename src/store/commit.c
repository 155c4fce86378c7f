/* SPDX-License-Identifier: MIT */
#include "store/month.h"
#include "store/store_impl.h"

#include <stdio.h>

#define TRIM_PAUSE 1000 /* commits, after trimming has failed */

typedef int apply_fn(struct store *s, struct store_batch *b, struct op *op);

static apply_fn *const apply[OP_KINDS] = {
	[OP_TELEGRAMS] = store_apply_telegrams,
	[OP_SERIES] = store_apply_series,
	[OP_HISTORY] = store_apply_history,
	[OP_ACCOUNT] = store_apply_account,
	[OP_EVENT] = store_apply_event,
	[OP_TOKEN] = store_apply_token,
	[OP_TOKEN_DELETE] = store_apply_token_delete,
	[OP_SETTING] = store_apply_setting,
	[OP_CHUNK] = store_apply_chunk,
	[OP_DAY] = store_apply_day,
	[OP_FORGET] = store_apply_forget,
};

static int apply_batch(struct store *s, struct store_batch *b)
{
	int rc = 0;

	b->event_seq = 0;
	for (struct op *op = b->first; op && rc == 0; op = op->next)
		rc = apply[op->kind](s, b, op);
	return rc;
}

static bool is_fault_of_batch(int rc)
{
	return rc == STORE_E_CONFLICT || rc == STORE_E_INVALID || rc == STORE_E_CORRUPT;
}

static int write_usage(struct store *s)
{
	/* clang-format off */
	const struct {
		const char *name;
		uint64_t value;
	} usage[] = {
		{ "points.rows",  s->live.rows[STORE_POINTS] },
		{ "points.bytes", s->live.bytes[STORE_POINTS] },
		{ "events.bytes", s->live.bytes[STORE_EVENTS] },
	};
	/* clang-format on */
	int rc = 0;

	if (!s->live.usage_changed)
		return 0;
	for (size_t i = 0; i < sizeof(usage) / sizeof(usage[0]) && rc == 0; i++)
		rc = sql_run(&s->sql, SQL_STATE_SET,
			SQL_ARGS(SQL_T(usage[i].name), SQL_I(usage[i].value)));
	s->live.usage_changed = false;
	return rc;
}

struct attempt {
	struct store_batch *const *batches;
	size_t n;
	int64_t now_ms;
	struct store_retention retention;
	bool no_trim;
};

/* ret_trim, ret_batch: what failed, if it was that */
static int fill(
	struct store *s, const struct attempt *a, bool *ret_trim, struct store_batch **ret_batch)
{
	int rc = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (a->batches[i]->rc < 0)
			continue;
		rc = apply_batch(s, a->batches[i]);
		if (rc < 0) {
			*ret_batch = a->batches[i];
			return rc;
		}
	}
	rc = store_write_heads(s);
	if (rc == 0 && !a->no_trim) {
		rc = store_trim(s, &a->retention, a->now_ms);
		if (rc == 0)
			rc = store_merge(s);
		*ret_trim = rc < 0;
	}
	return rc < 0 ? rc : write_usage(s);
}

static int try_commit(
	struct store *s, const struct attempt *a, bool *ret_trim, struct store_batch **ret_batch)
{
	struct store_live before = s->live;
	struct store_sweep sweep = s->sweep;
	struct store_merge_state merge = s->merge;
	int rc = sql_run(&s->sql, SQL_BEGIN, SQL_NONE);

	if (rc == 0)
		rc = fill(s, a, ret_trim, ret_batch);
	if (rc == 0)
		rc = sql_run(&s->sql, SQL_COMMIT, SQL_NONE);
	if (rc == 0) {
		heads_keep(&s->heads);
		return 0;
	}
	if (!sqlite3_get_autocommit(s->sql.db))
		sql_exec(&s->sql, "ROLLBACK");
	heads_undo(&s->heads);
	s->live = before;
	s->sweep = sweep;
	s->merge = merge;
	return rc;
}

/* Again without what failed for reasons of its own; each turn takes something out. */
static int commit_what_can_be(struct store *s, struct attempt *a)
{
	bool made_room = false;

	for (;;) {
		struct store_batch *batch = NULL;
		bool trim = false;
		int rc = try_commit(s, a, &trim, &batch);

		if (rc == 0)
			return 0;
		if (trim && !a->no_trim) {
			a->no_trim = true;
			s->trim_pause = TRIM_PAUSE;
		} else if (batch && is_fault_of_batch(rc)) {
			batch->rc = rc;
		} else if (rc == STORE_E_FULL && a->retention.ring && !made_room) {
			made_room = store_make_room(s) == 0;
			if (!made_room)
				return rc;
		} else {
			return rc;
		}
	}
}

static void publish(struct store *s, int rc, int64_t now_ms)
{
	struct store_stats *st = &s->stats;
	const struct store_live *live = &s->live;
	int64_t pages = 0, free_pages = 0;

	sql_number(&s->sql, SQL_PAGES, SQL_NONE, &pages);
	sql_number(&s->sql, SQL_PAGES_FREE, SQL_NONE, &free_pages);
	pthread_mutex_lock(&s->mutex);
	st->commits += rc == 0;
	st->failures += rc < 0;
	st->first_seq = live->first_seq;
	st->last_seq = live->last_seq;
	st->first_event = live->first_event;
	st->last_event = live->last_event;
	for (int i = 0; i < STORE_KINDS; i++) {
		st->rows[i] = live->rows[i];
		st->bytes[i] = live->bytes[i];
		st->trimmed[i] = live->trimmed[i];
	}
	st->free_bytes = (uint64_t)free_pages * STORE_PAGE;
	st->disk_bytes = (uint64_t)pages * STORE_PAGE;
	if (rc == 0)
		st->full_since_ms = 0;
	else if (rc == STORE_E_FULL && st->full_since_ms == 0)
		st->full_since_ms = now_ms > 0 ? now_ms : 1;
	pthread_mutex_unlock(&s->mutex);
}

int store_commit(struct store *s, struct store_batch *const *batches, size_t n, int64_t now_ms)
{
	struct attempt a = {.batches = batches, .n = n, .now_ms = now_ms};
	int rc;

	if (s->read_only)
		return STORE_E_READ_ONLY;
	pthread_mutex_lock(&s->mutex);
	a.retention = s->retention;
	pthread_mutex_unlock(&s->mutex);
	if (s->trim_pause > 0)
		s->trim_pause--;
	a.no_trim = s->trim_pause > 0;
	rc = commit_what_can_be(s, &a);
	publish(s, rc, now_ms);
	return rc;
}

/* Rows that take the place of others would always find room: pages must be free too. */
#define PROBE_PAGES 32

int store_probe(struct store *s, int64_t now_ms)
{
	struct store_batch *b = store_batch_new();
	int64_t pages = 0, unused = 0;
	char now[24];
	int rc;

	if (!b)
		return STORE_E_MEMORY;
	snprintf(now, sizeof(now), "%lld", (long long)now_ms);
	store_batch_setting(b, "probed", now);
	rc = store_commit(s, &b, 1, now_ms);
	if (rc == 0)
		rc = store_batch_result(b);
	store_batch_free(b);
	if (rc < 0 || s->max_pages == 0)
		return rc;
	sql_number(&s->sql, SQL_PAGES, SQL_NONE, &pages);
	sql_number(&s->sql, SQL_PAGES_FREE, SQL_NONE, &unused);
	return (uint64_t)(pages - unused) + PROBE_PAGES > s->max_pages ? STORE_E_FULL : 0;
}
