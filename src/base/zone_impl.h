/* SPDX-License-Identifier: MIT */
/* What a zone is inside; only for zone*.c. */
#ifndef BASE_ZONE_IMPL_H
#define BASE_ZONE_IMPL_H

#include "base/zone.h"

#define ZONE_FILE_MAX 65536 /* the largest of tzdata has 4 kB */
#define ZONE_CHANGES_MAX 4096
#define ZONE_TYPES_MAX 256
#define ZONE_S_MAX (INT64_C(10000) * 365 * 86400) /* of rules: about 10,000 years to either side */
#define ZONE_OFFSET_MAX_S (26 * 3600) /* RFC 8536: less than 26 hours to either side */

struct zone_type {
	int32_t offset_s;
	bool dst;
};

enum zone_day {
	ZONE_DAY_MONTH, /* Mm.w.d */
	ZONE_DAY_JULIAN, /* Jn: 1..365, 29 February never counts */
	ZONE_DAY_ZERO, /* n: 0..365 */
};

/* When a year's clock is changed, by the local time before it. */
struct zone_rule {
	uint8_t day_type; /* enum zone_day */
	uint8_t month, week, weekday; /* week 5: the last; weekday 0: Sunday */
	uint16_t day;
	int32_t time_s; /* may be below 0 and above 24 h */
};

/* The footer: what holds after the last change of the file. */
struct zone_tail {
	bool is_known;
	bool has_dst;
	struct zone_type standard, daylight;
	struct zone_rule begin, end; /* of daylight saving time */
};

struct zone {
	char name[ZONE_NAME_MAX];
	unsigned refs;
	struct zone *next;
	struct zone_tail tail;
	uint16_t n_changes;
	uint16_t n_types;
	struct zone_type *types;
	int64_t *at_s; /* n_changes, ascending */
	uint8_t *type; /* of each change */
};

/* "CET-1CEST,M3.5.0,M10.5.0/3", all of it. False: it is none. */
bool zone_tail_parse(const char *text, struct zone_tail *ret_tail);
/* What holds at utc_s by the tail alone. */
struct zone_type zone_tail_type(const struct zone_tail *tail, int64_t utc_s);
int64_t zone_tail_next_s(const struct zone_tail *tail, int64_t utc_s);

/* Reads a TZif file into *ret_zone (types, changes, tail). NULL, or what is wrong with it. */
const char *zone_file_parse(const uint8_t *bytes, size_t n, struct zone *ret_zone);
void zone_file_done(struct zone *zone);

#endif
