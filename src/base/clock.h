/* SPDX-License-Identifier: MIT */
/* The two clocks: one that never goes back, for engines and deadlines; one that people read. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define US_PER_MS 1000u

uint64_t clock_mono_us(void); /* since some start, never backwards */
int64_t clock_wall_us(void); /* since 1970-01-01 UTC, may jump */

/* Milliseconds for poll(2) until a deadline: rounded up, 0 when past, -1 for MB_NEVER. */
int clock_poll_ms(uint64_t now_us, uint64_t deadline_us);

#endif
