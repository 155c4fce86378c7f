/* SPDX-License-Identifier: MIT */
/*
 * Commits whose content follows from their number, so that any store can be compared with what it
 * has to hold after exactly so many of them.
 */
#ifndef TEST_STORE_WORKLOAD_H
#define TEST_STORE_WORKLOAD_H

#include "store/batch.h"
#include "store/reader.h"

/* Commit i, from 0. */
int workload_commit(struct store *s, uint64_t i);
uint64_t workload_last_seq(uint64_t commits);

/*
 * Opens the store and compares all of it: NULL, or what is wrong. It must hold at least so many
 * commits, at most one more, whole; *ret_commits says how many. Opening may look at a bounded
 * number of rows only.
 */
const char *workload_check(const char *path, uint64_t acknowledged, uint64_t *ret_commits);

#endif
