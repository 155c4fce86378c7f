/* SPDX-License-Identifier: MIT */
/* Readers, and the queries of few rows. */
#include "store/reader_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int store_reader_open(struct store *s, struct store_reader **ret)
{
	struct store_reader *r = calloc(1, sizeof(*r));
	int rc = STORE_E_MEMORY;

	if (r) {
		r->store = s;
		rc = store_sql_open(s, true, &r->sql);
	}
	if (rc < 0) {
		free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

void store_reader_close(struct store_reader *r)
{
	if (!r)
		return;
	sql_close(&r->sql);
	free(r);
}

void store_reader_cancel(struct store_reader *r)
{
	sqlite3_interrupt(r->sql.db);
}

int reader_begin(struct store_reader *r)
{
	return sql_run(&r->sql, SQL_BEGIN_READ, SQL_NONE);
}

void reader_end(struct store_reader *r)
{
	sql_run(&r->sql, SQL_COMMIT, SQL_NONE);
}

/* ---- a row each ---- */

/* 1: given, and more is wanted; 0: given, the last; STORE_E_CORRUPT: not given */
typedef int row_fn(struct store_reader *r, sqlite3_stmt *q, void *fn_ctx);

static int64_t each(struct store_reader *r, enum statement id, const struct sql_value *values,
	size_t n, row_fn *row, void *row_ctx)
{
	sqlite3_stmt *q;
	int64_t count = 0;
	int rc = sql_bind(&r->sql, id, values, n, &q);

	if (rc < 0)
		return rc;
	while ((rc = sql_step(&r->sql, q)) > 0) {
		int more = row(r, q, row_ctx);

		if (more < 0) {
			store_note_corrupt(r->store);
			continue;
		}
		count++;
		if (more == 0)
			break;
	}
	sql_done(q);
	return rc < 0 ? rc : count;
}

struct account_query {
	store_account_fn *fn;
	void *ctx;
};

static int give_account(struct store_reader *r, sqlite3_stmt *q, void *query_ctx)
{
	const struct account_query *query = query_ctx;
	struct store_account account = {
		.id = (uint32_t)sqlite3_column_int64(q, 0),
		.revision = (uint64_t)sqlite3_column_int64(q, 1),
		.document = sql_text(q, 2),
	};

	(void)r;
	if (store_account_crc(&account) != (uint32_t)sqlite3_column_int64(q, 3))
		return STORE_E_CORRUPT;
	return query->fn(query->ctx, &account) == 0;
}

int64_t store_accounts(struct store_reader *r, store_account_fn *fn, void *ctx)
{
	struct account_query query = {fn, ctx};

	return each(r, SQL_ACCOUNT_ALL, SQL_NONE, give_account, &query);
}

struct series_query {
	store_series_fn *fn;
	void *ctx;
};

static int give_series(struct store_reader *r, sqlite3_stmt *q, void *query_ctx)
{
	const struct series_query *query = query_ctx;
	struct store_series series = {
		.id = (uint32_t)sqlite3_column_int64(q, 0),
		.account = (uint32_t)sqlite3_column_int64(q, 1),
		.segment = (uint32_t)sqlite3_column_int64(q, 2),
		.key = sql_text(q, 3),
		.meta = sql_text(q, 4),
		.first_ms = sqlite3_column_int64(q, 5),
		.last_ms = sqlite3_column_int64(q, 6),
		.gone_ms = sqlite3_column_int64(q, 7),
	};

	(void)r;
	if (store_series_crc(&series) != (uint32_t)sqlite3_column_int64(q, 8))
		return STORE_E_CORRUPT;
	return query->fn(query->ctx, &series) == 0;
}

int64_t store_series_of(struct store_reader *r, uint32_t account, store_series_fn *fn, void *ctx)
{
	struct series_query query = {fn, ctx};

	if (account == 0)
		return each(r, SQL_SERIES_ALL, SQL_NONE, give_series, &query);
	return each(r, SQL_SERIES_OF, SQL_ARGS(SQL_I(account)), give_series, &query);
}

int store_series_get(struct store_reader *r, uint32_t series, store_series_fn *fn, void *ctx)
{
	struct series_query query = {fn, ctx};
	int64_t n = each(r, SQL_SERIES_GET, SQL_ARGS(SQL_I(series)), give_series, &query);

	if (n < 0)
		return (int)n;
	return n == 0 ? STORE_E_NOT_FOUND : 0;
}

struct token_query {
	store_token_fn *fn;
	void *ctx;
};

static int give_token(struct store_reader *r, sqlite3_stmt *q, void *query_ctx)
{
	const struct token_query *query = query_ctx;
	struct store_token token = {
		.name = sql_text(q, 0),
		.role = (uint8_t)sqlite3_column_int64(q, 1),
		.created_ms = sqlite3_column_int64(q, 3),
		.expires_ms = sqlite3_column_int64(q, 4),
	};
	const void *hash = sqlite3_column_blob(q, 2);

	(void)r;
	if (!hash || sqlite3_column_bytes(q, 2) != (int)sizeof(token.hash))
		return STORE_E_CORRUPT;
	memcpy(token.hash, hash, sizeof(token.hash));
	return query->fn(query->ctx, &token) == 0;
}

int64_t store_tokens(struct store_reader *r, store_token_fn *fn, void *ctx)
{
	struct token_query query = {fn, ctx};

	return each(r, SQL_TOKEN_ALL, SQL_NONE, give_token, &query);
}

struct setting_query {
	store_setting_fn *fn;
	void *ctx;
};

static int give_setting(struct store_reader *r, sqlite3_stmt *q, void *query_ctx)
{
	const struct setting_query *query = query_ctx;

	(void)r;
	return query->fn(query->ctx, sql_text(q, 0), sql_text(q, 1)) == 0;
}

int64_t store_settings(struct store_reader *r, store_setting_fn *fn, void *ctx)
{
	struct setting_query query = {fn, ctx};

	return each(r, SQL_SETTING_ALL, SQL_NONE, give_setting, &query);
}

int store_setting(struct store_reader *r, const char *key, char *ret_value, size_t max)
{
	sqlite3_stmt *q;
	int rc = sql_bind(&r->sql, SQL_SETTING_GET, SQL_ARGS(SQL_T(key)), &q);

	if (rc < 0)
		return rc;
	rc = sql_step(&r->sql, q);
	if (rc == 0)
		rc = STORE_E_NOT_FOUND;
	if (rc > 0)
		rc = snprintf(ret_value, max, "%s", sql_text(q, 0));
	sql_done(q);
	return rc;
}

/* ---- numbers ---- */

int store_day_last(struct store_reader *r, uint32_t account, uint32_t *ret_day)
{
	int64_t day = 0;
	int rc = sql_number(&r->sql, SQL_DAY_LAST, SQL_ARGS(SQL_I(account)), &day);

	if (rc < 0)
		return rc;
	*ret_day = (uint32_t)day;
	return 0;
}

int store_day_get(struct store_reader *r, uint32_t account, uint32_t day, uint64_t *ret_first_seq,
	uint64_t *ret_last_seq)
{
	int64_t ends[2];
	int rc = sql_two(&r->sql, SQL_DAY_GET, SQL_ARGS(SQL_I(account), SQL_I(day)), ends);

	if (rc <= 0)
		return rc < 0 ? rc : STORE_E_NOT_FOUND;
	*ret_first_seq = (uint64_t)ends[0];
	*ret_last_seq = (uint64_t)ends[1];
	return 0;
}

/* ---- events ---- */

struct event_query {
	const struct store_event_filter *filter;
	store_event_fn *fn;
	void *ctx;
	uint32_t count;
};

static bool kind_fits(const char *wanted, const char *kind)
{
	size_t n = wanted ? strlen(wanted) : 0;

	if (n == 0)
		return true;
	return wanted[n - 1] == '.' ? strncmp(kind, wanted, n) == 0 : strcmp(kind, wanted) == 0;
}

static bool event_fits(const struct store_event_filter *f, const struct store_event *e)
{
	return (f->from_ms == 0 || e->time_ms >= f->from_ms) &&
	       (f->to_ms == 0 || e->time_ms <= f->to_ms) &&
	       (f->account == 0 || e->account == f->account) &&
	       (f->severity_max == 0 || e->severity <= f->severity_max) &&
	       kind_fits(f->kind, e->kind);
}

static int give_event(struct store_reader *r, sqlite3_stmt *q, void *query_ctx)
{
	struct event_query *query = query_ctx;
	struct store_event event = {
		.seq = (uint64_t)sqlite3_column_int64(q, 0),
		.time_ms = sqlite3_column_int64(q, 1),
		.kind = sql_text(q, 2),
		.severity = (uint8_t)sqlite3_column_int64(q, 3),
		.account = (uint32_t)sqlite3_column_int64(q, 4),
		.bus = sql_text(q, 5),
		.text = sql_text(q, 6),
		.data = sql_text(q, 7),
	};

	(void)r;
	if (!event_fits(query->filter, &event))
		return 1;
	query->count++;
	return query->fn(query->ctx, &event) == 0 && query->count != query->filter->limit;
}

int64_t store_events(struct store_reader *r, const struct store_event_filter *filter,
	store_event_fn *fn, void *ctx)
{
	struct event_query query = {filter, fn, ctx, 0};
	enum statement id = filter->newest_first ? SQL_EVENT_DOWN : SQL_EVENT_UP;
	int64_t to = filter->before_seq ? (int64_t)filter->before_seq - 1 : INT64_MAX;
	int64_t rc =
		each(r, id, SQL_ARGS(SQL_I(filter->after_seq + 1), SQL_I(to)), give_event, &query);

	return rc < 0 ? rc : query.count;
}
