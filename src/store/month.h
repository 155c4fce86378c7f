/* SPDX-License-Identifier: MIT */
/*
 * A day of all series is written side by side, which is kind to the disk; a year of one series is
 * then read from 365 places, which is not. So when a month (32 days) is over, its chunks are put
 * together, series by series: a row a month. Each keeps its own CRC.
 *
 *	version (1), then a part a day: number in the month, length (4 bytes, low first), chunk
 */
#ifndef STORE_MONTH_H
#define STORE_MONTH_H

#include "store/batch_impl.h"

#include <stddef.h>

struct month_part {
	const uint8_t *bytes; /* NULL: none of that day */
	size_t len;
};

/* False: damaged; the parts before are good. NULL is a month without parts. */
bool month_read(const uint8_t *bytes, size_t len, struct month_part ret_parts[MONTH_DAYS]);

struct store;
/* Some series of the oldest month, once it is over; in the transaction of a commit. */
int store_merge(struct store *s);
/* A chunk is written. */
void store_merge_note(struct store *s, uint32_t day);

#endif
