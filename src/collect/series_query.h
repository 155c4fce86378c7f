/* SPDX-License-Identifier: MIT */
/*
 * The points of a series: those of compacted days, those that the latest telegrams hold, and history,
 * in one order. For a pool thread.
 */
#ifndef COLLECT_SERIES_QUERY_H
#define COLLECT_SERIES_QUERY_H

#include "collect/past.h"

#define SERIES_TAIL_MAX 500000 /* points of days that are not compacted; more: STORE_E_FULL */

struct series_query {
	struct past_scope scope; /* its account is taken from the series */
	uint32_t series;
	int64_t from_ms, to_ms; /* both belong to it */
};

/* In order of time; at the same time history comes after spot. How many were given, or STORE_E_*. */
int64_t series_points(struct store_reader *reader, const struct series_query *query,
	store_point_fn *fn, void *ctx);
/* The range in n (1..STORE_BUCKETS_MAX) buckets of equal length; empty ones are left out. */
int64_t series_buckets(struct store_reader *reader, const struct series_query *query, uint32_t n,
	store_bucket_fn *fn, void *ctx);

#endif
