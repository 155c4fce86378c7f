/* SPDX-License-Identifier: MIT */
/* A store in a directory of its own, and rows for it. */
#ifndef TEST_STORE_HELP_H
#define TEST_STORE_HELP_H

#include "store/batch.h"
#include "store/reader.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define STORE_T0 INT64_C(1700000000000) /* 2023-11-14T22:13:20Z */

struct test_store {
	char dir[256];
	char path[300];
	struct store_options options;
	struct store *store;
	struct store_reader *reader;
};

static inline void test_store_open(struct test_store *t)
{
	char err[512] = "";
	int rc = store_open(&t->options, &t->store, err, sizeof(err));

	if (rc < 0)
		fail_msg("%d %s", rc, err);
	assert_int_equal(store_reader_open(t->store, &t->reader), 0);
}

static inline void test_store_close(struct test_store *t)
{
	store_reader_close(t->reader);
	store_close(t->store);
	t->reader = NULL;
	t->store = NULL;
}

static inline void test_store_reopen(struct test_store *t)
{
	test_store_close(t);
	test_store_open(t);
}

static inline void test_store_dir(struct test_store *t)
{
	const char *tmp = getenv("TMPDIR");

	memset(t, 0, sizeof(*t));
	snprintf(t->dir, sizeof(t->dir), "%s/store.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->path, sizeof(t->path), "%s/store", t->dir);
	t->options.path = t->path;
	t->options.now_ms = STORE_T0;
}

static inline int test_store_unlink(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void test_store_done(struct test_store *t)
{
	test_store_close(t);
	nftw(t->dir, test_store_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* For cmocka: an open store is the state of each test. */
static inline int test_store_set_up(void **state)
{
	struct test_store *t = malloc(sizeof(*t));

	assert_non_null(t);
	test_store_dir(t);
	test_store_open(t);
	*state = t;
	return 0;
}

static inline int test_store_tear_down(void **state)
{
	test_store_done(*state);
	free(*state);
	return 0;
}

/* Commits and frees. */
static inline int test_store_commit_at(struct test_store *t, struct store_batch *b, int64_t now_ms)
{
	int rc = store_commit(t->store, &b, 1, now_ms);

	if (rc == 0)
		rc = store_batch_result(b);
	store_batch_free(b);
	return rc;
}

static inline int test_store_commit(struct test_store *t, struct store_batch *b)
{
	return test_store_commit_at(t, b, STORE_T0);
}

/* The bytes of a telegram tell which one it is. */
static inline uint16_t test_store_bytes(uint32_t account, int64_t time_ms, uint16_t n, uint8_t *to)
{
	uint32_t x =
		account * 2654435761u ^ (uint32_t)time_ms ^ (uint32_t)((uint64_t)time_ms >> 32);
	uint16_t len = (uint16_t)(60 + x % 90);

	for (uint16_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223 + n;
		to[i] = (uint8_t)(x >> 24);
	}
	return len;
}

/* A chain of n telegrams, 10 ms apart. */
static inline int test_store_chain(
	struct store_batch *b, uint32_t account, int64_t time_ms, uint16_t n)
{
	static uint8_t bytes[16][160];
	struct store_telegram chain[16];

	memset(chain, 0, sizeof(chain));
	for (uint16_t i = 0; i < n; i++) {
		chain[i].account = account;
		chain[i].time_ms = time_ms + 10 * i;
		chain[i].due_ms = time_ms - time_ms % 1000;
		chain[i].duration_ms = 250;
		chain[i].flags = STORE_SCHEDULED;
		chain[i].len = test_store_bytes(account, time_ms, i, bytes[i]);
		chain[i].bytes = bytes[i];
	}
	return store_batch_telegrams(b, chain, n);
}

static inline struct store_point test_store_number(
	int64_t time_ms, uint64_t magnitude, int16_t exp10)
{
	return (struct store_point){
		.time_ms = time_ms,
		.offset_s = 3600,
		.type = STORE_NUMBER,
		.quality = 192,
		.number = {.magnitude = magnitude, .exp10 = exp10},
	};
}

#endif
