/* SPDX-License-Identifier: MIT */
/* The store from within: one connection that writes, and what it knows by heart. */
#ifndef STORE_STORE_IMPL_H
#define STORE_STORE_IMPL_H

#include "store/batch_impl.h"
#include "store/heads.h"
#include "store/reader.h"
#include "store/sql.h"

#include <pthread.h>

#define STORE_PAGE 4096
#define STORE_BLOCK_BITS 12 /* 4096 telegrams a block */
#define STORE_ROW_BYTES 40 /* what a telegram's fields count for, beside its bytes */

struct store_span { /* of telegrams */
	int64_t min_ms, max_ms;
	uint64_t bytes;
};

/* As of the last commit; a copy is set back when a transaction fails. */
struct store_live {
	uint64_t first_seq, last_seq, first_event,
		last_event; /* first: last + 1 when there are none */
	uint64_t rows[STORE_KINDS], bytes[STORE_KINDS];
	struct store_span block; /* of the block that last_seq is in */
	uint64_t headed; /* the heads in the file are as of this seq */
	bool usage_changed; /* bytes of points or events */
	uint64_t trimmed[STORE_KINDS];
};

/* History is trimmed series by series, a few a commit, in rounds. */
struct store_sweep {
	bool under_way;
	uint32_t series; /* the last one seen to */
	int64_t cutoff_ms; /* of this round, or of the last one */
	int64_t oldest_ms; /* left after the round; 0: not known */
};

/* Chunks of days become rows of months, series by series, a few a commit. */
struct store_merge_state {
	bool under_way;
	uint32_t month;
	uint32_t series; /* the last one that is merged */
	uint32_t written; /* chunks, in this commit */
};

struct store {
	struct sql sql;
	char *path, *vfs;
	bool read_only;
	int lock_fd;
	uint32_t cache_bytes;
	uint64_t max_bytes, max_pages;
	struct store_live live;
	struct heads heads;
	struct store_sweep sweep;
	struct store_merge_state merge;
	int64_t next_age_ms; /* when to look at the age of telegrams and events again */
	uint32_t trim_pause; /* commits without trimming, after it failed */
	uint32_t next_account, next_series;

	pthread_mutex_t mutex; /* for what follows */
	struct store_retention retention;
	struct store_stats stats;
};

/* store.c */
void store_note_corrupt(struct store *s);
int store_sql_open(const struct store *s, bool read_only, struct sql *ret);

/* telegram.c */
int store_apply_telegrams(struct store *s, struct store_batch *b, struct op *op);
/* The heads of all accounts, once a block. */
int store_write_heads(struct store *s);
struct store_ends { /* of the sequence */
	uint64_t first, last;
};
int store_find_ends(struct sql *q, struct store_ends *ret); /* 1, 0: no telegrams */
/* At the start: spans and heads that are not in the file, and bytes. How many rows they looked at. */
int64_t store_scan_newest(struct store *s);
int64_t store_scan_oldest(struct store *s);
uint32_t store_telegram_crc(const struct store_telegram *t);

/* others */
int store_apply_series(struct store *s, struct store_batch *b, struct op *op);
int store_apply_history(struct store *s, struct store_batch *b, struct op *op);
int store_apply_chunk(struct store *s, struct store_batch *b, struct op *op);
int store_apply_day(struct store *s, struct store_batch *b, struct op *op);
int store_apply_forget(struct store *s, struct store_batch *b, struct op *op);
int store_apply_account(struct store *s, struct store_batch *b, struct op *op);
int store_apply_event(struct store *s, struct store_batch *b, struct op *op);
int store_apply_token(struct store *s, struct store_batch *b, struct op *op);
int store_apply_token_delete(struct store *s, struct store_batch *b, struct op *op);
int store_apply_setting(struct store *s, struct store_batch *b, struct op *op);

/* series.c */
struct store_days {
	int64_t first, last; /* that may have points */
	int64_t first_chunk; /* from here on days may have chunks of their own */
};
int store_find_days(struct sql *q, struct store_days *ret); /* 1, 0: no spot points */
void store_count_out(struct store *s, uint64_t rows, uint64_t bytes); /* of points, deleted */
int64_t store_delete_history(struct store *s, uint32_t series, int64_t before_ms); /* rows */

/* retention.c, in the transaction of a commit */
int store_trim(struct store *s, const struct store_retention *retention, int64_t now_ms);
int store_make_room(struct store *s); /* ring: a transaction that frees some of the oldest */

/* Over the fields in this order, and what they hold. */
uint32_t store_crc_text(uint32_t crc, const char *text);
uint32_t store_crc_number(uint32_t crc, int64_t number);
uint32_t store_series_crc(const struct store_series *series);
uint32_t store_account_crc(const struct store_account *account);

#endif
