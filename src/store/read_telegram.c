/* SPDX-License-Identifier: MIT */
/* Telegrams: all of them in their order, or an account's by walking back from chain to chain. */
#include "store/reader_impl.h"

#include <stdlib.h>
#include <string.h>

struct query {
	struct store_reader *r;
	const struct store_telegram_filter *filter;
	store_telegram_fn *fn;
	void *ctx;
	int64_t count;
	bool stopped;
};

/* ---- rows ---- */

static void get_row(sqlite3_stmt *q, struct store_telegram *t)
{
	memset(t, 0, sizeof(*t));
	t->seq = (uint64_t)sqlite3_column_int64(q, 0);
	t->account = (uint32_t)sqlite3_column_int64(q, 1);
	t->time_ms = sqlite3_column_int64(q, 2);
	if (sqlite3_column_type(q, 3) != SQLITE_NULL)
		t->due_ms = t->time_ms - sqlite3_column_int64(q, 3);
	t->prev = (uint64_t)sqlite3_column_int64(q, 4);
	t->ordinal = (uint16_t)sqlite3_column_int64(q, 5);
	t->count = (uint16_t)sqlite3_column_int64(q, 6);
	t->duration_ms = (uint32_t)sqlite3_column_int64(q, 7);
	t->error = (int16_t)sqlite3_column_int64(q, 8);
	t->flags = (uint8_t)(sqlite3_column_int64(q, 9) & 0xff);
	t->step = (uint8_t)(sqlite3_column_int64(q, 9) >> 8);
	t->index = (uint16_t)sqlite3_column_int64(q, 10);
	t->bytes = sqlite3_column_blob(q, 12);
	t->len = (uint16_t)sqlite3_column_bytes(q, 12);
	t->chain = t->seq - t->ordinal;
}

static void damaged(struct store_reader *r, uint64_t seq, struct store_telegram *ret)
{
	store_note_corrupt(r->store);
	memset(ret, 0, sizeof(*ret));
	ret->seq = seq;
	ret->chain = seq;
	ret->error = STORE_E_CORRUPT;
}

/* A good one, or one that says that it is damaged. */
static void get_checked(struct store_reader *r, sqlite3_stmt *q, struct store_telegram *t)
{
	get_row(q, t);
	if (sqlite3_column_bytes(q, 12) > STORE_TELEGRAM_MAX ||
		store_telegram_crc(t) != (uint32_t)sqlite3_column_int64(q, 11))
		damaged(r, t->seq, t);
}

static bool is_in(int64_t ms, int64_t from_ms, int64_t to_ms)
{
	return (from_ms == 0 || ms >= from_ms) && (to_ms == 0 || ms <= to_ms);
}

static bool fits(const struct store_telegram_filter *f, const struct store_telegram *t)
{
	if (t->error == STORE_E_CORRUPT && t->len == 0 && t->account == 0)
		return f->account == 0; /* nobody knows */
	return (f->account == 0 || t->account == f->account) && (!f->heads || t->ordinal == 0) &&
	       is_in(t->time_ms, f->from_ms, f->to_ms);
}

static void give(struct query *q, const struct store_telegram *t)
{
	if (q->stopped || !fits(q->filter, t))
		return;
	q->count++;
	q->stopped = q->fn(q->ctx, t) != 0 || q->count == q->filter->limit;
}

/* ---- ranges of the sequence ---- */

/* One row alone, where a range cannot be read: its page may be damaged. */
static void give_one(struct query *q, uint64_t seq)
{
	struct sql *sql = &q->r->sql;
	struct store_telegram t;
	sqlite3_stmt *row;
	int rc = sql_bind(sql, SQL_TELEGRAM_GET, SQL_ARGS(SQL_I(seq)), &row);

	if (rc < 0) {
		q->stopped = true;
		return;
	}
	rc = sql_step(sql, row);
	if (rc > 0)
		get_checked(q->r, row, &t);
	else
		damaged(q->r, seq, &t); /* also when it is not there: the sequence has no gaps */
	give(q, &t);
	sql_done(row);
}

/* Returns 0, or the error that ended the range; *at is then the first seq that was not given. */
static int range(struct query *q, uint64_t from, uint64_t to, uint64_t *at)
{
	struct sql *sql = &q->r->sql;
	bool down = q->filter->newest_first;
	struct store_telegram t;
	sqlite3_stmt *rows;
	int rc = sql_bind(sql, down ? SQL_TELEGRAM_DOWN : SQL_TELEGRAM_UP,
		SQL_ARGS(SQL_I(from), SQL_I(to)), &rows);

	if (rc < 0)
		return rc;
	while (!q->stopped && (rc = sql_step(sql, rows)) > 0) {
		if ((uint64_t)sqlite3_column_int64(rows, 0) != *at) {
			rc = STORE_E_CORRUPT; /* a row is missing, or is where it should not be */
			break;
		}
		get_checked(q->r, rows, &t);
		give(q, &t);
		*at += down ? UINT64_MAX : 1;
	}
	sql_done(rows);
	if (rc == 0 && !q->stopped && *at >= from && *at <= to)
		rc = STORE_E_CORRUPT; /* the last ones are missing */
	return rc < 0 ? rc : 0;
}

/* from <= to */
static int span(struct query *q, uint64_t from, uint64_t to)
{
	bool down = q->filter->newest_first;
	uint64_t at = down ? to : from;
	int rc;

	for (;;) {
		rc = down ? range(q, from, at, &at) : range(q, at, to, &at);
		if (rc != STORE_E_CORRUPT)
			return rc;
		if (!q->stopped && at >= from && at <= to) {
			give_one(q, at);
			at += down ? UINT64_MAX : 1;
		}
		if (q->stopped || at < from || at > to)
			return 0;
	}
}

/* ---- by time: full blocks that have none of it are left out ---- */

struct blocks {
	uint64_t *of; /* numbers of those to look at */
	size_t n, size;
};

static int add_block(struct blocks *b, uint64_t block)
{
	if (b->n == b->size) {
		size_t size = b->size ? b->size * 2 : 64;
		uint64_t *of = realloc(b->of, size * sizeof(*of));

		if (!of)
			return STORE_E_MEMORY;
		b->of = of;
		b->size = size;
	}
	b->of[b->n++] = block;
	return 0;
}

static int find_blocks(struct query *q, uint64_t first, uint64_t last, struct blocks *ret)
{
	const struct store_telegram_filter *f = q->filter;
	struct sql *sql = &q->r->sql;
	uint64_t next = first;
	sqlite3_stmt *rows;
	int rc = sql_bind(sql, SQL_BLOCK_UP, SQL_ARGS(SQL_I(first), SQL_I(last)), &rows);

	if (rc < 0)
		return rc;
	while ((rc = sql_step(sql, rows)) > 0) {
		uint64_t block = (uint64_t)sqlite3_column_int64(rows, 0);

		for (; next < block && rc >= 0; next++) /* nothing is known of it */
			rc = add_block(ret, next);
		if (rc >= 0 && (f->to_ms == 0 || sqlite3_column_int64(rows, 1) <= f->to_ms) &&
			(f->from_ms == 0 || sqlite3_column_int64(rows, 2) >= f->from_ms))
			rc = add_block(ret, block);
		next = block + 1;
		if (rc < 0)
			break;
	}
	sql_done(rows);
	for (; next <= last && rc >= 0; next++)
		rc = add_block(ret, next);
	return rc < 0 ? rc : 0;
}

static int span_by_time(struct query *q, uint64_t from, uint64_t to)
{
	struct blocks blocks = {NULL, 0, 0};
	int rc = find_blocks(q, from >> STORE_BLOCK_BITS, to >> STORE_BLOCK_BITS, &blocks);

	for (size_t i = 0; i < blocks.n && rc == 0 && !q->stopped; i++) {
		uint64_t block = blocks.of[q->filter->newest_first ? blocks.n - 1 - i : i];
		uint64_t begin = block << STORE_BLOCK_BITS;
		uint64_t end = begin + (UINT64_C(1) << STORE_BLOCK_BITS) - 1;

		rc = span(q, begin > from ? begin : from, end < to ? end : to);
	}
	free(blocks.of);
	return rc;
}

/* ---- an account: back from chain to chain ---- */

/* 1, 0 when it is not there any more, STORE_E_CORRUPT also when it is not this account's. */
static int get_head(
	struct store_reader *r, uint32_t account, uint64_t seq, struct store_telegram *ret)
{
	struct sql *sql = &r->sql;
	sqlite3_stmt *row;
	int rc = sql_bind(sql, SQL_TELEGRAM_GET, SQL_ARGS(SQL_I(seq)), &row);

	if (rc < 0)
		return rc;
	rc = sql_step(sql, row);
	if (rc > 0)
		get_checked(r, row, ret);
	sql_done(row);
	if (rc > 0 && (ret->account != account || ret->ordinal != 0))
		return STORE_E_CORRUPT;
	return rc;
}

/* Looks at every telegram from `last` down to `first`. 1, 0 when there is none. */
static int search_head(
	struct store_reader *r, uint32_t account, uint64_t first, uint64_t last, uint64_t *ret_seq)
{
	int64_t seq = 0;
	int rc = sql_number(&r->sql, SQL_TELEGRAM_HEAD_BEFORE,
		SQL_ARGS(SQL_I(first), SQL_I(last), SQL_I(account)), &seq);

	if (rc > 0)
		*ret_seq = (uint64_t)seq;
	return rc;
}

/* The account's last head: in the table of heads, or among the telegrams after it was written. */
static int last_head(
	struct store_reader *r, uint32_t account, const struct store_ends *ends, uint64_t *ret_seq)
{
	int64_t headed = 0, head = 0;
	int rc = sql_number(&r->sql, SQL_STATE_GET, SQL_ARGS(SQL_T("headed")), &headed);

	if (rc >= 0)
		rc = search_head(r, account, (uint64_t)headed + 1, ends->last, ret_seq);
	if (rc != 0)
		return rc;
	rc = sql_number(&r->sql, SQL_HEAD_GET, SQL_ARGS(SQL_I(account)), &head);
	if (rc > 0)
		*ret_seq = (uint64_t)head;
	return rc;
}

#define SEARCH_ROWS 65536

/* The account's last head at or before ends->last. */
static int find_start(struct store_reader *r, uint32_t account, const struct store_ends *store,
	const struct store_ends *ends, uint64_t *ret_seq)
{
	uint64_t from = ends->last > SEARCH_ROWS ? ends->last - SEARCH_ROWS : 1;
	struct store_telegram head;
	int rc;

	if (ends->last < store->last) {
		rc = search_head(r, account, from, ends->last, ret_seq);
		if (rc != 0)
			return rc;
	}
	rc = last_head(r, account, store, ret_seq);
	while (rc > 0 && *ret_seq > ends->last) {
		rc = get_head(r, account, *ret_seq, &head);
		if (rc > 0)
			*ret_seq = head.prev;
		else if (rc == STORE_E_CORRUPT)
			rc = search_head(r, account, store->first, *ret_seq - 1, ret_seq);
	}
	return rc < 0 ? rc : *ret_seq >= store->first;
}

/* Called with each chain, back in time; anything but 0 ends the walk. */
typedef int chain_fn(void *ctx, uint64_t head, uint64_t count);

static int walk(struct store_reader *r, uint32_t account, uint64_t seq, uint64_t first,
	chain_fn *fn, void *ctx)
{
	struct store_telegram head;
	int rc;

	while (seq >= first && seq > 0) {
		rc = get_head(r, account, seq, &head);
		if (rc > 0) {
			rc = fn(ctx, seq, head.count);
			if (rc != 0)
				return rc < 0 ? rc : 0;
			seq = head.prev;
			continue;
		}
		if (rc < 0 && rc != STORE_E_CORRUPT)
			return rc;
		rc = search_head(r, account, first, seq - 1, &seq);
		if (rc <= 0)
			return rc;
	}
	return 0;
}

/* ---- queries ---- */

int store_last(struct store_reader *r, uint32_t account, uint64_t *ret_seq)
{
	struct store_ends ends;
	uint64_t seq = 0;
	int rc = reader_begin(r);

	if (rc < 0)
		return rc;
	rc = store_find_ends(&r->sql, &ends);
	if (rc > 0)
		rc = last_head(r, account, &ends, &seq);
	reader_end(r);
	if (rc < 0)
		return rc;
	*ret_seq = rc > 0 && seq >= ends.first ? seq : 0;
	return 0;
}

static int give_chain(void *ctx, uint64_t head, uint64_t count)
{
	struct query *q = ctx;
	int rc = span(q, head, head + count - 1);

	return rc < 0 ? rc : q->stopped;
}

int64_t store_back(
	struct store_reader *r, uint32_t account, uint64_t from, store_telegram_fn *fn, void *ctx)
{
	const struct store_telegram_filter filter = {.account = account};
	struct query q = {r, &filter, fn, ctx, 0, false};
	struct store_ends store, ends;
	uint64_t seq;
	int rc = reader_begin(r);

	if (rc < 0)
		return rc;
	rc = store_find_ends(&r->sql, &store);
	ends = store;
	if (from > 0 && from < ends.last)
		ends.last = from;
	if (rc > 0)
		rc = find_start(r, account, &store, &ends, &seq);
	if (rc > 0)
		rc = walk(r, account, seq, store.first, give_chain, &q);
	reader_end(r);
	return rc < 0 ? rc : q.count;
}

struct clipped { /* chains down, each within the ends */
	struct query *q;
	const struct store_ends *ends;
};

static int give_clipped(void *ctx, uint64_t head, uint64_t count)
{
	const struct clipped *c = ctx;
	uint64_t first = head > c->ends->first ? head : c->ends->first;
	uint64_t last = head + count - 1 < c->ends->last ? head + count - 1 : c->ends->last;
	int rc = first <= last ? span(c->q, first, last) : 0;

	return rc < 0 ? rc : c->q->stopped;
}

/* Chains that are to be given in the other order. The oldest of too many. */
#define CHAINS_MAX (1u << 20)
struct chains {
	struct {
		uint64_t head, count;
	} * of;
	size_t size;
	uint64_t n; /* seen; the last `size` are kept */
};

static int collect_chain(void *ctx, uint64_t head, uint64_t count)
{
	struct chains *c = ctx;

	if (c->n == c->size && c->size < CHAINS_MAX) {
		size_t size = c->size ? c->size * 2 : 64;
		void *of = realloc(c->of, size * sizeof(*c->of));

		if (!of)
			return STORE_E_MEMORY;
		c->of = of;
		c->size = size;
	}
	c->of[c->n % c->size].head = head;
	c->of[c->n % c->size].count = count;
	c->n++;
	return 0;
}

static int give_up_in_time(struct query *q, uint64_t seq, const struct store_ends *ends)
{
	struct clipped clipped = {q, ends};
	struct chains chains = {NULL, 0, 0};
	uint64_t first = ends->first > STORE_CHAIN_MAX ? ends->first - STORE_CHAIN_MAX : 1;
	int rc = walk(q->r, q->filter->account, seq, first, collect_chain, &chains);

	for (uint64_t i = 0; i < chains.n && i < chains.size && rc == 0 && !q->stopped; i++) {
		uint64_t at = (chains.n - 1 - i) % chains.size;

		rc = give_clipped(&clipped, chains.of[at].head, chains.of[at].count);
	}
	free(chains.of);
	return rc < 0 ? rc : 0;
}

static int of_account(
	struct query *q, const struct store_ends *store, const struct store_ends *ends)
{
	struct clipped clipped = {q, ends};
	uint64_t seq = 0;
	uint64_t first = ends->first > STORE_CHAIN_MAX ? ends->first - STORE_CHAIN_MAX : 1;
	int rc = find_start(q->r, q->filter->account, store, ends, &seq);

	if (rc <= 0)
		return rc;
	if (q->filter->newest_first)
		return walk(q->r, q->filter->account, seq, first, give_clipped, &clipped);
	return give_up_in_time(q, seq, ends);
}

/* Ends of the sequence that hold all of the time that is asked for. */
static int narrow(struct query *q, struct store_ends *ends)
{
	struct blocks blocks = {NULL, 0, 0};
	int rc = find_blocks(
		q, ends->first >> STORE_BLOCK_BITS, ends->last >> STORE_BLOCK_BITS, &blocks);

	if (rc == 0 && blocks.n == 0) {
		ends->last = ends->first - 1;
	} else if (rc == 0) {
		uint64_t first = blocks.of[0] << STORE_BLOCK_BITS;
		uint64_t last = ((blocks.of[blocks.n - 1] + 1) << STORE_BLOCK_BITS) - 1;

		ends->first = first > ends->first ? first : ends->first;
		ends->last = last < ends->last ? last : ends->last;
	}
	free(blocks.of);
	return rc;
}

static int run(struct query *q)
{
	const struct store_telegram_filter *f = q->filter;
	struct store_ends store, ends;
	int rc = store_find_ends(&q->r->sql, &store);

	if (rc <= 0)
		return rc;
	ends = store;
	if (f->from_seq > ends.first)
		ends.first = f->from_seq;
	if (f->to_seq > 0 && f->to_seq < ends.last)
		ends.last = f->to_seq;
	if (ends.first > ends.last)
		return 0;
	if (f->account == 0)
		return f->from_ms || f->to_ms ? span_by_time(q, ends.first, ends.last)
					      : span(q, ends.first, ends.last);
	if (f->from_ms || f->to_ms)
		rc = narrow(q, &ends);
	if (rc < 0 || ends.first > ends.last)
		return rc < 0 ? rc : 0;
	return of_account(q, &store, &ends);
}

int64_t store_telegrams(struct store_reader *r, const struct store_telegram_filter *filter,
	store_telegram_fn *fn, void *ctx)
{
	struct query q = {r, filter, fn, ctx, 0, false};
	int rc = reader_begin(r);

	if (rc < 0)
		return rc;
	rc = run(&q);
	reader_end(r);
	return rc < 0 ? rc : q.count;
}
