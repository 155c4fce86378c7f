/* SPDX-License-Identifier: MIT */
/* A batch from within: a list of operations in memory of its own. */
#ifndef STORE_BATCH_IMPL_H
#define STORE_BATCH_IMPL_H

#include "store/batch.h"

enum op_kind {
	OP_TELEGRAMS,
	OP_SERIES,
	OP_HISTORY,
	OP_ACCOUNT,
	OP_EVENT,
	OP_TOKEN,
	OP_TOKEN_DELETE,
	OP_SETTING,
	OP_CHUNK,
	OP_DAY,
	OP_FORGET,
	OP_KINDS,
};

struct op {
	struct op *next;
	enum op_kind kind;
	union {
		struct {
			struct store_telegram *rows;
			size_t n;
			int number;
		} telegrams;
		struct store_series series;
		struct {
			uint32_t series;
			struct store_point *points;
			size_t n;
		} history;
		struct {
			uint32_t id;
			uint64_t expected;
			const char *document;
		} account;
		struct store_event event;
		struct store_token token;
		const char *name; /* TOKEN_DELETE */
		struct {
			const char *key, *value;
		} setting;
		struct {
			uint32_t series, day;
			const uint8_t *body;
			size_t len; /* 0: delete */
		} chunk;
		struct {
			uint32_t account, day;
			uint64_t first, last;
		} day;
		uint32_t account_forgotten;
	};
};

struct batch_block;

struct store_batch {
	struct op *first, **end;
	struct batch_block *blocks; /* the one in use first */
	size_t bytes;
	int rc; /* first failure */
	int chains;
	uint64_t event_seq; /* after the commit */
};

/*
 * The key of a chunk; its base is the beginning of the day. By day first: what is compacted together
 * lies together, so a day dirties few pages, and the oldest days go page by page.
 */
#define CHUNK_DAY_MAX ((1u << 20) - 1)
static inline int64_t chunk_id(uint32_t series, uint32_t day)
{
	return (int64_t)((uint64_t)day << 32 | series);
}
static inline uint32_t chunk_day(int64_t id)
{
	return (uint32_t)((uint64_t)id >> 32);
}

/* Later the chunks of 32 days become one row, by month first: see month.h. */
#define MONTH_BITS 5
#define MONTH_DAYS (1 << MONTH_BITS)

#endif
