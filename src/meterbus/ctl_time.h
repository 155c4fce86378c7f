/* SPDX-License-Identifier: MIT */
/* Moments and spans for people: local time, ages. */
#ifndef METERBUS_TOOL_CTL_TIME_H
#define METERBUS_TOOL_CTL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "2026-11-21T13:30:06.415Z", an offset, no fraction: all of RFC 3339. */
bool ctl_time_rfc3339(const char *text, int64_t *ret_ms);
/*
 * What a user means: RFC 3339; "2026-11-21", with " 13:30" or "T13:30:06", of local time; "15min",
 * "2h", "7d" ago; "now"; milliseconds since 1970.
 */
bool ctl_time_parse(const char *text, int64_t now_ms, int64_t *ret_ms);
#define CTL_TIME_HELP "2026-11-21, 2026-11-21T13:30, 2h (ago)"

/* "2026-11-21 13:30:06", local. */
void ctl_time_put(int64_t ms, char *ret_text, size_t max);
/* "3 s", "2 min", "5 h", "12 d" */
void ctl_time_span(int64_t ms, char *ret_text, size_t max);
/* "2 min ago", "in 3 h", "now" */
void ctl_time_age(int64_t ms, int64_t now_ms, char *ret_text, size_t max);

#endif
