/* SPDX-License-Identifier: MIT */
#include "collect/past.h"

#include "collect/reading_impl.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (PAST_TELEGRAMS_MAX * STORE_TELEGRAM_MAX)

struct past {
	struct past_scope scope;
	struct chain_decoder *decoder;
	struct history history;
	struct buf bytes;
	struct readings_bytes telegrams[PAST_TELEGRAMS_MAX];
	size_t at[PAST_TELEGRAMS_MAX], n;
	struct past_chain chain;
	past_chain_fn *fn;
	void *ctx;
	int64_t given;
	int stop;
};

struct past *past_new(const struct past_scope *scope)
{
	struct past *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->scope = *scope;
	buf_init(&p->bytes, BYTES_MAX);
	p->decoder = chain_decoder_new();
	if (p->decoder)
		return p;
	past_free(p);
	return NULL;
}

void past_free(struct past *p)
{
	if (!p)
		return;
	buf_done(&p->bytes);
	chain_decoder_free(p->decoder);
	free(p);
}

/* ---- chains ---- */

static void give(struct past *p)
{
	struct readings_chain *chain = &p->chain.chain;

	if (p->n == 0 || p->stop)
		return;
	for (size_t i = 0; i < p->n; i++)
		p->telegrams[i].bytes = p->bytes.bytes + p->at[i];
	*chain = (struct readings_chain){
		.telegrams = p->telegrams,
		.n = p->n,
		.time_ms = p->chain.time_ms,
		.zone = p->scope.zone,
		.cipher = p->scope.cipher,
		.key = p->scope.key,
		.history = p->scope.history,
	};
	p->given++;
	p->stop = p->fn(p->ctx, &p->chain);
	p->n = 0;
}

static void keep(struct past *p, const struct store_telegram *t)
{
	if (t->error || !t->len || p->n == PAST_TELEGRAMS_MAX)
		return;
	p->at[p->n] = p->bytes.len;
	if (!buf_add(&p->bytes, t->bytes, t->len))
		return;
	p->telegrams[p->n++].len = t->len;
}

static int on_telegram(void *ctx, const struct store_telegram *t)
{
	struct past *p = ctx;

	if (t->ordinal == 0) {
		give(p); /* the one before is whole */
		p->n = 0;
		buf_clear(&p->bytes);
		p->chain.seq = t->seq;
		p->chain.time_ms = t->time_ms;
	}
	keep(p, t);
	return p->stop;
}

int64_t past_chains(
	struct past *p, struct store_reader *reader, uint64_t from, past_chain_fn *fn, void *ctx)
{
	int64_t rc;

	p->fn = fn;
	p->ctx = ctx;
	p->given = 0;
	p->n = 0;
	p->stop = 0;
	rc = store_back(reader, p->scope.account, from, on_telegram, p);
	if (rc < 0)
		return rc;
	give(p);
	return p->given;
}

/* ---- values ---- */

/* A stored value with a date is no spot value, whatever its series was before. */
static void read_dates(struct past *p, const struct past_chain *chain)
{
	struct mb_record record;

	history_begin(&p->history, p->scope.zone, chain->time_ms);
	if (!p->scope.history)
		return;
	chain_decoder_begin(p->decoder, &chain->chain);
	while (chain_decoder_next(p->decoder, &record) > 0)
		history_note(&p->history, &record);
}

static bool is_spot(const struct past *p, const struct mb_record *record)
{
	struct history_time time;

	if (!reading_has_points(record))
		return false;
	if (record->storage == 0 && !(record->flags & MB_RECORD_UNROLLED))
		return true;
	return p->scope.history && !(record->flags & MB_RECORD_TIMED) &&
	       !history_time(&p->history, record, &time);
}

bool past_values(struct past *p, const struct past_chain *chain, past_value_fn *fn, void *ctx,
	struct mb_secondary *ret_meter)
{
	const struct zone *zone = p->scope.zone ? p->scope.zone : zone_of_utc();
	char key[MB_KEY_MAX], text[READINGS_TEXT_MAX];
	struct mb_record record;
	struct past_value value = {.key = key, .record = &record};

	read_dates(p, chain);
	chain_decoder_begin(p->decoder, &chain->chain);
	while (chain_decoder_next(p->decoder, &record) > 0) {
		if (!is_spot(p, &record) || mb_record_key(&record, key, sizeof(key)) < 0)
			continue;
		value.hash = reading_hash(key);
		reading_point(&record, text, &value.point);
		value.point.time_ms = chain->time_ms;
		value.point.offset_s = zone_offset_s(zone, chain->time_ms / 1000);
		value.point.source = STORE_SPOT;
		fn(ctx, &value);
	}
	if (p->decoder->has_identity)
		*ret_meter = p->decoder->identity;
	return p->decoder->has_identity;
}
