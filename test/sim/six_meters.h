/* SPDX-License-Identifier: MIT */
/* The segment of most tests of a bus: six water meters at the addresses 1 to 6. */
#ifndef TEST_SIX_METERS_H
#define TEST_SIX_METERS_H

#include <meterbus/telegram.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METERS 6
#define FIRST_ID 0x10000001u
#define SEGMENT "[bus] seed=1\n[meter] model=water id=10000001 primary=1 count=6 delay=20..60\n"
#define TCP "tcp://127.0.0.1:1?latency=20"

/* Is it exactly one telegram, of this meter, counted from 0? */
static inline bool is_of_meter(const uint8_t *bytes, size_t n, unsigned meter)
{
	struct mb_telegram t;

	return n > 0 && mb_telegram_read(bytes, n, &t) == (int)n &&
	       t.address.id == FIRST_ID + meter;
}

#endif
