/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <meterbus/engine.h>

#include <limits.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

uint64_t clock_mono_us(void)
{
	return (uint64_t)read_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int clock_poll_ms(uint64_t now_us, uint64_t deadline_us)
{
	uint64_t left_us;

	if (deadline_us == MB_NEVER)
		return -1;
	if (deadline_us <= now_us)
		return 0;
	left_us = deadline_us - now_us;
	if (left_us / 1000 >= INT_MAX)
		return INT_MAX;
	return (int)(left_us / 1000 + (left_us % 1000 != 0));
}
