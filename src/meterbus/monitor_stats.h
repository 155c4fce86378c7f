/* SPDX-License-Identifier: MIT */
/* Who was asked how often, and how well that went. */
#ifndef METERBUS_TOOL_MONITOR_STATS_H
#define METERBUS_TOOL_MONITOR_STATS_H

#include "meterbus/monitor_track.h"

#define MONITOR_STATIONS_MAX 512 /* more are counted in the sums only */

/* One address that was asked: primary, or 253 with a selection. */
struct monitor_station {
	uint8_t a;
	bool by_selection;
	struct mb_secondary selection;
	bool has_identity;
	struct mb_secondary identity; /* of its last long header */
	uint32_t requests, answers, silences, broken, repeats;
	uint32_t timed; /* answers that have a time */
	uint64_t fastest_us, slowest_us, sum_us;
};

struct monitor_stats {
	uint32_t requests, answers, silences, broken, repeats, odd;
	uint64_t frame_bytes, broken_bytes;
	uint64_t busy_us; /* frames on the line */
	uint64_t first_us, last_us;
	bool any;
	size_t count;
	struct monitor_station stations[MONITOR_STATIONS_MAX];
};

void monitor_stats_take(struct monitor_stats *s, const struct monitor_event *e);
/* On stderr, for people. */
void monitor_stats_tell(const struct monitor_stats *s);
/* Lines of JSON on stdout: one a station, one for all. */
void monitor_stats_json(const struct monitor_stats *s);

#endif
