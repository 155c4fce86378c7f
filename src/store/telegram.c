/* SPDX-License-Identifier: MIT */
#include "store/crc.h"
#include "store/store_impl.h"

#define BLOCK_MASK ((UINT64_C(1) << STORE_BLOCK_BITS) - 1)

uint32_t store_crc_number(uint32_t crc, int64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)number >> 8 * i);
	return crc32_add(crc, bytes, sizeof(bytes));
}

static uint16_t row_flags(const struct store_telegram *t)
{
	return (uint16_t)(t->flags | t->step << 8);
}

uint32_t store_telegram_crc(const struct store_telegram *t)
{
	uint64_t words[] = {t->seq, t->account, (uint64_t)t->time_ms, (uint64_t)t->due_ms, t->prev,
		(uint64_t)t->ordinal << 48 | (uint64_t)t->count << 32 | t->duration_ms,
		(uint64_t)t->index << 48 | (uint64_t)(uint16_t)t->error << 32 |
			(uint64_t)row_flags(t) << 16 | t->len};
	uint8_t bytes[sizeof(words)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
	return crc32_add(crc32_add(0, bytes, sizeof(bytes)), t->bytes, t->len);
}

/* ---- what is known of the block that is being filled ---- */

static void span_add(struct store_live *live, uint64_t seq, int64_t time_ms, uint64_t bytes)
{
	struct store_span *span = &live->block;

	if ((seq & BLOCK_MASK) == 0 || seq == live->first_seq) {
		span->min_ms = time_ms;
		span->max_ms = time_ms;
		span->bytes = 0;
	}
	if (time_ms < span->min_ms)
		span->min_ms = time_ms;
	if (time_ms > span->max_ms)
		span->max_ms = time_ms;
	span->bytes += bytes;
}

/* Before the first telegram of a block: the block before is full. */
static int close_block(struct store *s, uint64_t seq)
{
	const struct store_span *span = &s->live.block;

	if ((seq & BLOCK_MASK) != 0 || s->live.first_seq > s->live.last_seq)
		return 0;
	return sql_run(&s->sql, SQL_BLOCK_SET,
		SQL_ARGS(SQL_I((seq >> STORE_BLOCK_BITS) - 1), SQL_I(span->min_ms),
			SQL_I(span->max_ms), SQL_I(span->bytes)));
}

/* ---- writing ---- */

static int insert(struct store *s, const struct store_telegram *t)
{
	struct sql_value late = SQL_I(t->time_ms - t->due_ms);

	if (t->due_ms == 0)
		late.type = SQL_NULL;
	return sql_run(&s->sql, SQL_TELEGRAM_ADD,
		SQL_ARGS(SQL_I(t->seq), SQL_I(t->account), SQL_I(t->time_ms), late, SQL_I0(t->prev),
			SQL_I(t->ordinal), SQL_I0(t->count), SQL_I0(t->duration_ms),
			SQL_I0(t->error), SQL_I0(row_flags(t)), SQL_I0(t->index),
			SQL_I(store_telegram_crc(t)), SQL_B(t->bytes, t->len)));
}

static int add(struct store *s, struct store_telegram *t)
{
	struct store_live *live = &s->live;
	int rc = close_block(s, t->seq);

	if (rc == 0)
		rc = insert(s, t);
	if (rc < 0)
		return rc;
	span_add(live, t->seq, t->time_ms, t->len + STORE_ROW_BYTES);
	live->last_seq = t->seq;
	live->rows[STORE_TELEGRAMS]++;
	live->bytes[STORE_TELEGRAMS] += t->len + STORE_ROW_BYTES;
	return 0;
}

int store_apply_telegrams(struct store *s, struct store_batch *b, struct op *op)
{
	struct store_telegram *rows = op->telegrams.rows;
	size_t n = op->telegrams.n;
	uint64_t head = s->live.last_seq + 1;
	int rc = 0;

	(void)b;
	for (size_t i = 0; i < n && rc == 0; i++) {
		rows[i].seq = head + i;
		rows[i].chain = head;
		rows[i].prev = i == 0 ? heads_get(&s->heads, rows[i].account) : 0;
		rows[i].ordinal = (uint16_t)i;
		rows[i].count = i == 0 ? (uint16_t)n : 0;
		rc = add(s, &rows[i]);
	}
	return rc < 0 ? rc : heads_set(&s->heads, rows[0].account, head);
}

int store_write_heads(struct store *s)
{
	struct store_live *live = &s->live;
	int rc = 0;

	if (live->last_seq - live->headed <= BLOCK_MASK)
		return 0;
	for (size_t i = 0; i < s->heads.size && rc == 0; i++)
		if (s->heads.seq[i] > live->headed)
			rc = sql_run(
				&s->sql, SQL_HEAD_SET, SQL_ARGS(SQL_I(i), SQL_I(s->heads.seq[i])));
	if (rc == 0)
		rc = sql_run(
			&s->sql, SQL_STATE_SET, SQL_ARGS(SQL_T("headed"), SQL_I(live->last_seq)));
	if (rc == 0)
		live->headed = live->last_seq;
	return rc;
}

/* ---- at the start ---- */

/*
 * An end of the sequence. There are no gaps, so a row without neighbour is one whose number was
 * damaged: it is left out. 1, 0: there are none.
 */
static int find_end(struct sql *q, bool is_last, int64_t *ret_seq)
{
	int64_t step = is_last ? -1 : 1, bound = is_last ? INT64_MAX : 0, seq = 0, other = 0;
	int rc;

	for (;;) {
		rc = sql_number(q, is_last ? SQL_TELEGRAM_LAST : SQL_TELEGRAM_FIRST,
			SQL_ARGS(SQL_I(bound)), &seq);
		if (rc <= 0)
			return rc;
		rc = sql_number(q, SQL_TELEGRAM_IS, SQL_ARGS(SQL_I(seq + step)), &other);
		if (rc == 0) /* the only row has none either */
			rc = sql_number(q, is_last ? SQL_TELEGRAM_LAST : SQL_TELEGRAM_FIRST,
				     SQL_ARGS(SQL_I(seq)), &other) == 0;
		*ret_seq = seq;
		if (rc != 0) /* where the neighbour cannot be read, there is one */
			return 1;
		bound = seq;
	}
}

int store_find_ends(struct sql *q, struct store_ends *ret)
{
	int64_t first = 0, last = 0;
	int rc = find_end(q, false, &first);

	if (rc > 0)
		rc = find_end(q, true, &last);
	ret->first = (uint64_t)first;
	ret->last = (uint64_t)last;
	return rc;
}

/* A row of the block under way, or of a chain that is later than the heads in the file. */
static int take_in(struct store *s, sqlite3_stmt *q)
{
	struct store_live *live = &s->live;
	uint64_t seq = (uint64_t)sqlite3_column_int64(q, 0);
	int64_t account = sqlite3_column_int64(q, 1);

	if (seq >= (live->last_seq & ~BLOCK_MASK))
		span_add(live, seq, sqlite3_column_int64(q, 2),
			(uint64_t)sqlite3_column_int64(q, 4) + STORE_ROW_BYTES);
	if (seq <= live->headed || sqlite3_column_int64(q, 3) != 0 || account < 0 ||
		account > STORE_ACCOUNT_MAX)
		return 0;
	return heads_set(&s->heads, (uint32_t)account, seq);
}

static int take_in_old(struct store *s, sqlite3_stmt *q)
{
	s->live.bytes[STORE_TELEGRAMS] += (uint64_t)sqlite3_column_int64(q, 4) + STORE_ROW_BYTES;
	return 0;
}

/* Rows that cannot be read are passed over, one by one. */
static int64_t scan(
	struct store *s, uint64_t from, uint64_t to, int (*row)(struct store *s, sqlite3_stmt *q))
{
	sqlite3_stmt *q;
	int64_t n = 0;
	int rc = STORE_E_CORRUPT;

	while (from <= to && rc == STORE_E_CORRUPT) {
		rc = sql_bind(&s->sql, SQL_TELEGRAM_SCAN, SQL_ARGS(SQL_I(from), SQL_I(to)), &q);
		if (rc < 0)
			return rc;
		while ((rc = sql_step(&s->sql, q)) > 0) {
			from = (uint64_t)sqlite3_column_int64(q, 0) + 1;
			n++;
			rc = row(s, q);
			if (rc < 0)
				break;
		}
		sql_done(q);
		from++;
	}
	return rc < 0 && rc != STORE_E_CORRUPT ? rc : n;
}

int64_t store_scan_newest(struct store *s)
{
	struct store_live *live = &s->live;
	uint64_t from = live->last_seq & ~BLOCK_MASK;

	if (live->headed + 1 < from)
		from = live->headed + 1;
	if (from < live->first_seq)
		from = live->first_seq;
	return scan(s, from, live->last_seq, take_in);
}

int64_t store_scan_oldest(struct store *s)
{
	const struct store_live *live = &s->live;
	uint64_t block = live->first_seq >> STORE_BLOCK_BITS;

	if (block == live->last_seq >> STORE_BLOCK_BITS)
		return 0;
	return scan(s, live->first_seq, ((block + 1) << STORE_BLOCK_BITS) - 1, take_in_old);
}
