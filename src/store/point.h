/* SPDX-License-Identifier: MIT */
/* One value of a series at one time. */
#ifndef STORE_POINT_H
#define STORE_POINT_H

#include <meterbus/value.h>

#include <stdint.h>

enum store_point_type {
	STORE_NUMBER,
	STORE_TEXT,
	STORE_INVALID, /* no value; text may say why */
};

enum store_point_source {
	STORE_SPOT, /* read at that time */
	STORE_HISTORY, /* a dated storage of the meter */
	STORE_PROFILE, /* a compact or load profile of the meter */
};

enum store_point_flag {
	STORE_DATE_ONLY = 1, /* the meter gave a day, no time */
	STORE_REVISED = 2, /* an older revision differs */
	STORE_ROLLOVER = 4, /* the counter passed its end before this point */
	STORE_SWAPPED = 8, /* first point of another meter */
	STORE_METER_CLOCK = 16, /* the time is the meter's, not the bus's */
	STORE_METER_CLOCK_DOUBT = 32, /* the meter says its clock is not valid, or it is far off */
	STORE_SUMMER_TIME = 64, /* the meter says that summer time applied */
};

#define STORE_TEXT_MAX 1024 /* bytes of the text of a point */
/* 1970-01-01 .. 2999-12-31, UTC */
#define STORE_TIME_MAX_MS INT64_C(32503680000000)
#define STORE_OFFSET_MAX_S (26 * 3600) /* of local time from UTC, either way */
#define STORE_DAY_MS INT64_C(86400000)

struct store_point {
	int64_t time_ms; /* UTC */
	int32_t offset_s; /* local time = UTC + offset */
	uint8_t type; /* enum store_point_type */
	uint8_t quality; /* OPC: 0, 4, 8, 12 .. 192 good */
	uint8_t source; /* enum store_point_source */
	uint8_t flags; /* enum store_point_flag */
	uint16_t revision; /* 0 the first; given by the store */
	uint16_t text_len;
	struct mb_decimal number; /* STORE_NUMBER */
	const char *text; /* text_len bytes of UTF-8, no NUL needed; NULL when there is none */
};

#endif
