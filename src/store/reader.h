/* SPDX-License-Identifier: MIT */
/*
 * Reading. A reader is a connection of its own: one thread at a time, any thread. It sees what is
 * committed. Rows are lent to the callback until it returns; it returns 0 to go on, else the query
 * ends there. Queries return how many rows were given, or an error.
 *
 * A damaged row is counted (store_stats) and the rest is given; a damaged telegram is given too,
 * with STORE_E_CORRUPT as its error, so that no sequence seems to miss.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "store/store.h"

struct store_reader;

int store_reader_open(struct store *s, struct store_reader **ret);
void store_reader_close(struct store_reader *r); /* NULL is fine */
void store_reader_cancel(struct store_reader *r); /* any thread: its query ends, INTERRUPTED */

typedef int store_telegram_fn(void *ctx, const struct store_telegram *telegram);
typedef int store_series_fn(void *ctx, const struct store_series *series);
typedef int store_point_fn(void *ctx, const struct store_point *point);
typedef int store_account_fn(void *ctx, const struct store_account *account);
typedef int store_event_fn(void *ctx, const struct store_event *event);
typedef int store_token_fn(void *ctx, const struct store_token *token);
typedef int store_setting_fn(void *ctx, const char *key, const char *value);

/* 0 in a field: it does not matter. Both ends of a range belong to it. */
struct store_telegram_filter {
	uint32_t account;
	uint64_t from_seq, to_seq;
	int64_t from_ms, to_ms;
	bool newest_first; /* chains whole, their telegrams in order of the direction */
	bool heads; /* only the first of each chain */
	uint32_t limit; /* telegrams */
};
int64_t store_telegrams(struct store_reader *r, const struct store_telegram_filter *filter,
	store_telegram_fn *fn, void *ctx);
/*
 * The account's chains from the one at or before `from` (0: the last) back in time, each as its
 * telegrams in order of reading, until the callback says stop.
 */
int64_t store_back(
	struct store_reader *r, uint32_t account, uint64_t from, store_telegram_fn *fn, void *ctx);
/* First seq of the account's last chain, 0: none. */
int store_last(struct store_reader *r, uint32_t account, uint64_t *ret_seq);

int64_t store_accounts(struct store_reader *r, store_account_fn *fn, void *ctx); /* by id */
int64_t store_series_of(
	struct store_reader *r, uint32_t account /* 0: all */, store_series_fn *fn, void *ctx);
int store_series_get(struct store_reader *r, uint32_t series, store_series_fn *fn, void *ctx);

/*
 * Points in order of time, from and to included: spot points of the compacted days and history.
 * At the same time history comes after spot. Only the last revision of a point of history.
 */
int64_t store_points(struct store_reader *r, uint32_t series, int64_t from_ms, int64_t to_ms,
	store_point_fn *fn, void *ctx);
/* Every revision of the points of history, oldest first. */
int64_t store_revisions(struct store_reader *r, uint32_t series, int64_t from_ms, int64_t to_ms,
	store_point_fn *fn, void *ctx);

/* Numbers only; exact, but for the mean. */
struct store_bucket {
	int64_t from_ms, to_ms; /* to_ms is not in it */
	uint32_t count; /* 0: nothing else is set */
	struct store_point first, last, min, max; /* without text */
	double mean;
};
#define STORE_BUCKETS_MAX 100000
typedef int store_bucket_fn(void *ctx, const struct store_bucket *bucket);
/* The range in n buckets of equal length; empty ones are left out. Spot and history alike. */
int64_t store_buckets(struct store_reader *r, uint32_t series, int64_t from_ms, int64_t to_ms,
	uint32_t n, store_bucket_fn *fn, void *ctx);

/* Compacted days of an account: last one, 0 none; chains of one day (NOT_FOUND). */
int store_day_last(struct store_reader *r, uint32_t account, uint32_t *ret_day);
int store_day_get(struct store_reader *r, uint32_t account, uint32_t day, uint64_t *ret_first_seq,
	uint64_t *ret_last_seq);

struct store_event_filter {
	uint64_t after_seq; /* later ones only */
	uint64_t before_seq;
	int64_t from_ms, to_ms;
	uint32_t account;
	uint8_t severity_max; /* 4: warnings and worse */
	const char *kind; /* NULL; "account." with a dot at the end: all that begin so */
	bool newest_first;
	uint32_t limit;
};
int64_t store_events(struct store_reader *r, const struct store_event_filter *filter,
	store_event_fn *fn, void *ctx);

int64_t store_tokens(struct store_reader *r, store_token_fn *fn, void *ctx);
int64_t store_settings(struct store_reader *r, store_setting_fn *fn, void *ctx);
/* One setting. Returns its length, ret_value cut to fit; NOT_FOUND. */
int store_setting(struct store_reader *r, const char *key, char *ret_value, size_t max);

#endif
