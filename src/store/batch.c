/* SPDX-License-Identifier: MIT */
#include "store/batch_impl.h"

#include "store/chunk.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory: blocks that grow, freed together ---- */

#define BLOCK_FIRST 1024
#define BLOCK_LARGEST 65536

struct batch_block {
	struct batch_block *next;
	size_t used, size;
	alignas(max_align_t) uint8_t bytes[];
};

static void *fail(struct store_batch *b, int rc)
{
	if (b->rc == 0)
		b->rc = rc;
	return NULL;
}

static struct batch_block *grow(struct store_batch *b, size_t n)
{
	size_t size = b->blocks ? b->blocks->size * 2 : BLOCK_FIRST;
	struct batch_block *block;

	if (size > BLOCK_LARGEST)
		size = BLOCK_LARGEST;
	if (size < n)
		size = n;
	block = malloc(sizeof(*block) + size);
	if (!block)
		return fail(b, STORE_E_MEMORY);
	block->next = b->blocks;
	block->used = 0;
	block->size = size;
	b->blocks = block;
	b->bytes += sizeof(*block) + size;
	return block;
}

static void *take(struct store_batch *b, size_t n)
{
	struct batch_block *block = b->blocks;
	void *at;

	n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->size - block->used < n)
		block = grow(b, n);
	if (!block)
		return NULL;
	at = block->bytes + block->used;
	block->used += n;
	return at;
}

static void *copy(struct store_batch *b, const void *bytes, size_t n)
{
	void *at = take(b, n + !n);

	if (at && n > 0)
		memcpy(at, bytes, n);
	return at;
}

/* NULL becomes "". */
static const char *copy_text(struct store_batch *b, const char *text, size_t max)
{
	size_t n = text ? strlen(text) : 0;

	if (n > max)
		return fail(b, STORE_E_INVALID);
	return copy(b, text ? text : "", n + 1);
}

struct store_batch *store_batch_new(void)
{
	struct store_batch *b = calloc(1, sizeof(*b));

	if (b) {
		b->end = &b->first;
		b->bytes = sizeof(*b);
	}
	return b;
}

void store_batch_free(struct store_batch *b)
{
	if (!b)
		return;
	while (b->blocks) {
		struct batch_block *block = b->blocks;

		b->blocks = block->next;
		free(block);
	}
	free(b);
}

/* ---- operations ---- */

static struct op *op_new(struct store_batch *b, enum op_kind kind, bool valid)
{
	struct op *op;

	if (!valid)
		fail(b, STORE_E_INVALID);
	op = b->rc == 0 ? take(b, sizeof(*op)) : NULL;
	if (op) {
		memset(op, 0, sizeof(*op));
		op->kind = kind;
	}
	return op;
}

/* Belongs to the batch only when all of it could be copied. */
static int op_add(struct store_batch *b, struct op *op)
{
	if (b->rc < 0)
		return b->rc;
	*b->end = op;
	b->end = &op->next;
	return 0;
}

static bool telegram_valid(const struct store_telegram *t)
{
	return t->len <= STORE_TELEGRAM_MAX && (t->bytes || t->len == 0) && t->time_ms >= 0 &&
	       t->time_ms <= STORE_TIME_MAX_MS && t->due_ms >= 0 &&
	       t->due_ms <= STORE_TIME_MAX_MS && t->account <= STORE_ACCOUNT_MAX &&
	       t->step < STORE_STEPS;
}

int store_batch_telegrams(struct store_batch *b, const struct store_telegram *chain, size_t n)
{
	struct op *op = op_new(b, OP_TELEGRAMS, n > 0 && n <= STORE_CHAIN_MAX);
	struct store_telegram *rows = op ? take(b, n * sizeof(*rows)) : NULL;

	for (size_t i = 0; rows && i < n; i++) {
		rows[i] = chain[i];
		if (!telegram_valid(&chain[i]) || chain[i].account != chain[0].account)
			fail(b, STORE_E_INVALID);
		else
			rows[i].bytes = copy(b, chain[i].bytes, chain[i].len);
	}
	if (b->rc < 0)
		return b->rc;
	op->telegrams.rows = rows;
	op->telegrams.n = n;
	op->telegrams.number = b->chains++;
	op_add(b, op);
	return op->telegrams.number;
}

int store_batch_series(struct store_batch *b, const struct store_series *series)
{
	struct op *op = op_new(b, OP_SERIES, series->id > 0 && series->account > 0);

	if (!op)
		return b->rc;
	op->series = *series;
	op->series.key = copy_text(b, series->key, STORE_KEY_MAX);
	op->series.meta = copy_text(b, series->meta, STORE_DOCUMENT_MAX);
	return op_add(b, op);
}

int store_batch_history(
	struct store_batch *b, uint32_t series, const struct store_point *points, size_t n)
{
	struct op *op = op_new(b, OP_HISTORY, series > 0);
	struct store_point *to = op ? copy(b, points, n * sizeof(*points)) : NULL;

	for (size_t i = 0; to && i < n; i++) {
		if (chunk_check_point(&to[i]) < 0)
			return fail(b, STORE_E_INVALID), b->rc;
		if (to[i].type == STORE_NUMBER || to[i].text_len == 0)
			to[i].text = NULL, to[i].text_len = 0;
		else
			to[i].text = copy(b, to[i].text, to[i].text_len);
	}
	if (!op)
		return b->rc;
	op->history.series = series;
	op->history.points = to;
	op->history.n = n;
	return op_add(b, op);
}

int store_batch_account(
	struct store_batch *b, uint32_t account, uint64_t expected, const char *document)
{
	struct op *op = op_new(b, OP_ACCOUNT, account > 0 && account <= STORE_ACCOUNT_MAX);

	if (!op)
		return b->rc;
	op->account.id = account;
	op->account.expected = expected;
	if (document)
		op->account.document = copy_text(b, document, STORE_DOCUMENT_MAX);
	return op_add(b, op);
}

int store_batch_event(struct store_batch *b, const struct store_event *event)
{
	struct op *op = op_new(b, OP_EVENT, event->kind && event->kind[0]);

	if (!op)
		return b->rc;
	op->event = *event;
	op->event.kind = copy_text(b, event->kind, STORE_NAME_MAX);
	op->event.bus = copy_text(b, event->bus, STORE_NAME_MAX);
	op->event.text = copy_text(b, event->text, STORE_DOCUMENT_MAX);
	op->event.data = copy_text(b, event->data, STORE_DOCUMENT_MAX);
	return op_add(b, op);
}

int store_batch_token(struct store_batch *b, const struct store_token *token)
{
	struct op *op = op_new(b, OP_TOKEN, token->name && token->name[0]);

	if (!op)
		return b->rc;
	op->token = *token;
	op->token.name = copy_text(b, token->name, STORE_NAME_MAX);
	return op_add(b, op);
}

int store_batch_token_delete(struct store_batch *b, const char *name)
{
	struct op *op = op_new(b, OP_TOKEN_DELETE, true);

	if (!op)
		return b->rc;
	op->name = copy_text(b, name, STORE_NAME_MAX);
	return op_add(b, op);
}

int store_batch_setting(struct store_batch *b, const char *key, const char *value)
{
	struct op *op = op_new(b, OP_SETTING, key && key[0]);

	if (!op)
		return b->rc;
	op->setting.key = copy_text(b, key, STORE_NAME_MAX);
	if (value)
		op->setting.value = copy_text(b, value, STORE_DOCUMENT_MAX);
	return op_add(b, op);
}

/* All of one day, spot. */
static bool chunk_valid(uint32_t day, const struct store_point *points, size_t n)
{
	int64_t begin_ms = day * STORE_DAY_MS;

	if (n > STORE_CHUNK_POINTS || day > CHUNK_DAY_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (points[i].time_ms < begin_ms || points[i].time_ms - begin_ms >= STORE_DAY_MS)
			return false;
	return true;
}

int store_batch_chunk(struct store_batch *b, uint32_t series, uint32_t day,
	const struct store_point *points, size_t n)
{
	struct op *op = op_new(b, OP_CHUNK, series > 0 && chunk_valid(day, points, n));
	struct buf body;
	int rc = 0;

	if (!op)
		return b->rc;
	op->chunk.series = series;
	op->chunk.day = day;
	buf_init(&body, STORE_CHUNK_BYTES);
	if (n > 0)
		rc = chunk_encode(
			&body, (uint64_t)chunk_id(series, day), day * STORE_DAY_MS, points, n);
	if (rc < 0)
		fail(b, rc);
	else
		op->chunk.body = copy(b, body.bytes, body.len);
	op->chunk.len = body.len;
	buf_done(&body);
	return op_add(b, op);
}

int store_batch_day(struct store_batch *b, uint32_t account, uint32_t day, uint64_t first_seq,
	uint64_t last_seq)
{
	struct op *op = op_new(b, OP_DAY, account > 0 && first_seq <= last_seq);

	if (!op)
		return b->rc;
	op->day.account = account;
	op->day.day = day;
	op->day.first = first_seq;
	op->day.last = last_seq;
	return op_add(b, op);
}

int store_batch_forget(struct store_batch *b, uint32_t account)
{
	struct op *op = op_new(b, OP_FORGET, account > 0);

	if (!op)
		return b->rc;
	op->account_forgotten = account;
	return op_add(b, op);
}

/* ---- afterwards ---- */

size_t store_batch_bytes(const struct store_batch *b)
{
	return b->bytes;
}

int store_batch_result(const struct store_batch *b)
{
	return b->rc;
}

uint64_t store_batch_head(const struct store_batch *b, int chain)
{
	for (const struct op *op = b->first; op; op = op->next)
		if (op->kind == OP_TELEGRAMS && op->telegrams.number == chain)
			return op->telegrams.rows[0].seq;
	return 0;
}

uint64_t store_batch_event_seq(const struct store_batch *b)
{
	return b->event_seq;
}
