/* SPDX-License-Identifier: MIT */
/*
 * Stored telegrams, decoded again: what the series of an account are made of. For pool threads, with
 * a reader of their own. Nothing here knows the cache of the loop.
 */
#ifndef COLLECT_PAST_H
#define COLLECT_PAST_H

#include "collect/readings.h"
#include "store/reader.h"

/* How the telegrams of an account are to be understood. Borrowed. */
struct past_scope {
	uint32_t account;
	const struct zone *zone; /* of the meter; NULL: UTC */
	const struct mb_cipher *cipher; /* NULL: encrypted telegrams stay closed */
	const uint8_t *key; /* MB_KEY_LEN bytes, or NULL */
	bool history; /* process historical data */
};

#define PAST_TELEGRAMS_MAX 256 /* of a chain; what is behind is left out */

struct past;
struct past *past_new(const struct past_scope *scope); /* NULL: no memory */
void past_free(struct past *p); /* NULL is fine */

/* A chain that gave something. Its telegrams are lent. */
struct past_chain {
	uint64_t seq; /* of its first telegram */
	int64_t time_ms;
	struct readings_chain chain;
};
/* 0 to go on, else the walk ends. */
typedef int past_chain_fn(void *ctx, const struct past_chain *chain);

/*
 * The account's chains from the one at or before `from` (0: the last) back in time, without those that
 * failed. How many were given, or an error of the store.
 */
int64_t past_chains(
	struct past *p, struct store_reader *reader, uint64_t from, past_chain_fn *fn, void *ctx);

/* A value of a chain under the time of the bus. */
struct past_value {
	const char *key; /* of the series */
	uint64_t hash; /* of the key */
	const struct mb_record *record;
	struct store_point point; /* lent, with its text */
};
typedef void past_value_fn(void *ctx, const struct past_value *value);
/*
 * The spot values of a chain in their order. ret_meter: who sent it; false when it does not say. The
 * first error of its records is no failure: what stands before it is given.
 */
bool past_values(struct past *p, const struct past_chain *chain, past_value_fn *fn, void *ctx,
	struct mb_secondary *ret_meter);

#endif
