/* SPDX-License-Identifier: MIT */
/* The spot points of one account and one UTC day, series by series, decoded from its chains. */
#ifndef COLLECT_DAY_POINTS_H
#define COLLECT_DAY_POINTS_H

#include "collect/past.h"

/* All series of an account: which key of which meter is which. */
struct day_series {
	uint64_t hash; /* of the key */
	uint32_t id;
	bool has_meter;
	struct mb_secondary meter;
	/* of the day */
	struct store_point *points;
	size_t count, size;
	bool wanted; /* in this pass */
	bool has_last;
	bool swapped; /* the next point is the first of this meter */
	struct mb_decimal last;
};

struct day_points {
	struct past *past;
	struct store_reader *reader;
	struct day_series *series;
	size_t n_series;
	uint32_t account;
	int error;
	/* of the present walk */
	uint32_t day;
	uint64_t until_seq;
	uint64_t *seqs; /* chains of the day, newest first */
	size_t n_seqs, seqs_size;
};

/* 0 or STORE_E_*. */
int day_points_init(
	struct day_points *d, const struct past_scope *scope, struct store_reader *reader);
/* A series that the store does not have yet. */
int day_points_add(struct day_points *d, uint32_t id, const char *key, const char *meta);
void day_points_done(struct day_points *d);

/*
 * Finds the chains of the day among those of the telegrams first..last. 0 or STORE_E_*; n_seqs says
 * how many there are.
 */
int day_points_find(struct day_points *d, uint32_t day, uint64_t first_seq, uint64_t last_seq);
/*
 * Decodes the values of the series from..to (not included) of those chains, in order of time, marks
 * set. Valid until the next call. 0 or STORE_E_*.
 */
int day_points_decode(struct day_points *d, size_t from, size_t to);
/* How many series a pass may take so that no more than that many points are in memory. */
size_t day_points_step(const struct day_points *d, size_t points_max);

#endif
