/* SPDX-License-Identifier: MIT */
/* What a frame on the bus says, in one line. */
#ifndef METERBUS_TOOL_MONITOR_TEXT_H
#define METERBUS_TOOL_MONITOR_TEXT_H

#include "export/answer.h"
#include "meterbus/monitor_track.h"

#define MONITOR_TEXT_MAX 512

/* "REQ_UD2", "E5", "silence" */
const char *monitor_text_name(const struct monitor_event *e);
/*
 * "12345678 KAM heat: Energy 12 kWh, Volume 3.4 m³, 9 more". answer: the frame of e taken apart, or NULL
 * where it is none.
 */
const char *monitor_text(
	const struct monitor_event *e, const struct answer *answer, char buf[MONITOR_TEXT_MAX]);

/* How much of mb_medium_text() is worth a place in a line. */
int monitor_medium_len(uint8_t medium);

/* Names of the flags of an event; the last row has no flag. */
struct monitor_flag {
	uint8_t flag;
	const char *key, *text;
};
extern const struct monitor_flag monitor_flags[];

#endif
