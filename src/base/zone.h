/* SPDX-License-Identifier: MIT */
/*
 * Time zones of the IANA database, read from TZif files (RFC 8536, footer included), several in one
 * process: TZ and localtime() know only one. A zone is constant once loaded: any thread may use it.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONE_NAME_MAX 64 /* with its NUL */
#define ZONE_NEVER INT64_MAX

struct zone;

/* A date and time without a zone. Gregorian also before 1582. */
struct civil {
	int32_t year;
	uint8_t month; /* 1..12 */
	uint8_t day; /* 1..31 */
	uint8_t hour, minute, second;
};

struct zone_time {
	struct civil civil;
	int32_t offset_s; /* local time less UTC */
	bool dst; /* daylight saving time */
};

/* How a local time fits the zone. */
enum zone_fit {
	ZONE_ONCE,
	ZONE_TWICE, /* the clock went back over it */
	ZONE_GAP, /* the clock went forward over it: it never was */
};

/*
 * Loads "Europe/Prague", "UTC", or for NULL and "" the zone of this system (TZ, /etc/localtime).
 * Files are in $TZDIR, else /usr/share/zoneinfo; "UTC" needs none. One zone is loaded once: the same
 * name gives the same zone. 0, or MB_E_INVALID and a sentence in ret_err.
 */
int zone_load(const char *name, struct zone **ret_zone, char *ret_err, size_t err_max);
struct zone *zone_ref(struct zone *zone);
void zone_put(struct zone *zone); /* NULL is fine */
const struct zone *zone_of_utc(void); /* never fails, needs no zone_put() */

const char *zone_name(const struct zone *zone); /* that of the system may be "localtime" */

void zone_local(const struct zone *zone, int64_t utc_s, struct zone_time *ret_local);
int32_t zone_offset_s(const struct zone *zone, int64_t utc_s);
/*
 * The moment of a local time. Twice: prefer_dst picks the one in daylight saving time; when both or
 * none are, the first. Gap: the moment of the change, which is the first that follows.
 */
enum zone_fit zone_utc(
	const struct zone *zone, const struct civil *civil, bool prefer_dst, int64_t *ret_utc_s);
/* The first moment at which the local clock reads this or later: the earlier one of two. */
int64_t zone_first_utc_s(const struct zone *zone, int64_t local_s);
/* The first change of the offset after utc_s, or ZONE_NEVER. */
int64_t zone_next_change_s(const struct zone *zone, int64_t utc_s);

/* Seconds since 1970-01-01 00:00 of the same clock, and back. */
int64_t civil_s(const struct civil *civil);
struct civil civil_of_s(int64_t s);
/* Days since 1970-01-01. */
int64_t civil_day(int32_t year, unsigned month, unsigned day);
bool civil_valid(const struct civil *civil); /* a day that exists; second up to 59 */

#endif
