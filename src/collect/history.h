/* SPDX-License-Identifier: MIT */
/*
 * Which time a stored value of a meter belongs to. Storage 0 is now; a date record of the same
 * storage number dates all that is stored under it. What has no date has none: nothing is guessed.
 *
 *	history_begin(h, zone, now_ms);
 *	for each record of the chain: history_note(h, record);
 *	for each record of the chain: if (history_time(h, record, &time)) ...
 */
#ifndef COLLECT_HISTORY_H
#define COLLECT_HISTORY_H

#include "base/zone.h"
#include "store/point.h"

#include <meterbus/record.h>

#define HISTORY_DATES_MAX 512 /* of a chain; more are left out */

struct history_date {
	uint64_t storage;
	uint64_t of; /* hash of the key of the one record that it dates; 0: all of the storage */
	int64_t time_ms;
	int32_t offset_s;
	uint8_t function;
	uint8_t flags; /* enum store_point_flag */
};

/* A block of storages at equal distances: FD 20, 21, 24..29. */
struct history_block {
	bool has_first, has_last;
	uint64_t first, last;
	int32_t months; /* or */
	int64_t seconds;
};

struct history {
	const struct zone *zone;
	int64_t now_ms;
	size_t count;
	struct history_block block;
	struct history_date dates[HISTORY_DATES_MAX];
};

struct history_time {
	int64_t time_ms; /* never later than now */
	int32_t offset_s;
	uint8_t flags; /* enum store_point_flag */
	uint8_t source; /* enum store_point_source */
};

/* now_ms: when the chain was read. zone NULL: UTC. */
void history_begin(struct history *h, const struct zone *zone, int64_t now_ms);
void history_note(struct history *h, const struct mb_record *record);
/* Is it a stored value with a date? Records of storage 0, dates, and what is no value have none. */
bool history_time(
	const struct history *h, const struct mb_record *record, struct history_time *ret_time);

/* A date and time of a meter as UTC: false when it is periodic, has no day, or is no date. */
bool history_utc(
	const struct zone *zone, const struct mb_datetime *datetime, struct history_time *ret_time);

#endif
