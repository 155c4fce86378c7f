/* SPDX-License-Identifier: MIT */
/*
 * One question of the doctor: some bytes, or none, and then listening to the end, whatever comes.
 * An engine (meterbus/engine.h); nothing is repeated, removed or believed.
 *
 *	doctor_probe_init(&p, &line, frame, len, &times, now);
 *	run doctor_probe_engine(&p) until doctor_probe_over(&p, now)
 */
#ifndef METERBUS_TOOL_DOCTOR_PROBE_H
#define METERBUS_TOOL_DOCTOR_PROBE_H

#include <meterbus/engine.h>
#include <meterbus/frame.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_HEARD_MAX 1024 /* bytes kept of one question; more are counted */

struct doctor_times {
	uint64_t silence_us; /* from our last stop bit, when nothing comes */
	uint64_t window_us; /* from there, or from the end of an echo, when something comes */
	uint64_t gap_us; /* and from the last byte */
};

struct doctor_probe {
	struct mb_line line;
	uint8_t tx[MB_FRAME_MAX];
	uint16_t tx_len, tx_sent;
	struct doctor_times times;
	/* read these */
	uint64_t begin_us; /* when sending began */
	uint64_t end_us; /* end of listening */
	uint64_t sent_us; /* our last stop bit, reckoned */
	uint64_t first_us, last_us; /* heard */
	size_t len, count; /* kept, heard */
	uint8_t heard[DOCTOR_HEARD_MAX], marks[DOCTOR_HEARD_MAX];
	uint64_t at_us[DOCTOR_HEARD_MAX]; /* when each came */
};

void doctor_probe_init(struct doctor_probe *p, const struct mb_line *line, const uint8_t *bytes,
	size_t len, const struct doctor_times *times, uint64_t now_us);
bool doctor_probe_over(const struct doctor_probe *p, uint64_t now_us);
struct mb_engine doctor_probe_engine(struct doctor_probe *p);

#endif
