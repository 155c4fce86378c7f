/* SPDX-License-Identifier: MIT */
/*
 * Follows a dialogue by ear: cuts what passes on a bus into frames of master and meters, pairs
 * requests with answers, times them and names what is wrong. No I/O, no clock.
 *
 *	monitor_track_init(&t, &line, latency_us, seen, ctx);
 *	monitor_track_rx(&t, CAPTURE_RECEIVED, bytes, marks, n, now);
 *	monitor_track_tick(&t, now);	at monitor_track_deadline(&t)
 */
#ifndef METERBUS_TOOL_MONITOR_TRACK_H
#define METERBUS_TOOL_MONITOR_TRACK_H

#include <meterbus/address.h>
#include <meterbus/engine.h>
#include <meterbus/frame.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MONITOR_JUNK_MAX 64 /* bytes without a frame that are told as one */

enum monitor_kind {
	MONITOR_REQUEST, /* a good frame of the master */
	MONITOR_ANSWER, /* a good frame of a meter */
	MONITOR_BROKEN, /* bytes that are no frame: error */
	MONITOR_SILENCE, /* the last request was not answered */
	MONITOR_KINDS
};

/* Flags of an event. */
#define MONITOR_ECHO 0x01 /* the master's own bytes, returned by its converter */
#define MONITOR_REPEAT 0x02 /* the request before, once more */
#define MONITOR_UNASKED 0x04 /* an answer without a request */
#define MONITOR_LATE 0x20 /* behind the answer time */
#define MONITOR_SECOND 0x08 /* one more answer to the same request */
#define MONITOR_OTHER_ADDRESS 0x10 /* not the one that was asked */

/* One thing that happened; pointers are good during the call. */
struct monitor_event {
	uint8_t kind; /* enum monitor_kind */
	uint8_t flags;
	uint64_t begin_us, end_us; /* first start bit, last stop bit, as far as can be told */
	const uint8_t *bytes, *marks; /* marks are NULL for good frames */
	uint16_t len;
	struct mb_frame frame; /* REQUEST, ANSWER */
	int error; /* BROKEN */
	/* the request that it belongs to, itself for REQUEST */
	bool has_request;
	uint8_t asked_c, asked_a;
	const struct mb_secondary *selected; /* whom a request to 253 means; NULL not known */
	bool timed;
	uint64_t response_us; /* the request's last stop bit to the answer's first start bit */
};

typedef void monitor_seen(void *ctx, const struct monitor_event *event);

/* Private. */
struct monitor_request {
	bool known; /* there was one */
	bool open; /* an answer may still come */
	bool sent; /* by us, so that an echo may come */
	bool broken; /* and were told as broken */
	uint8_t answers;
	uint8_t c, a;
	uint64_t end_us;
	uint8_t bytes[MB_FRAME_MAX];
	uint16_t len;
};

struct monitor_track {
	struct mb_line line;
	uint64_t gap_us, answer_us;
	monitor_seen *seen;
	void *ctx;
	struct mb_deframer deframers[2]; /* received, sent */
	uint64_t last_us; /* end of the last byte */
	uint64_t frame_us; /* end of the last frame */
	struct monitor_request request;
	bool selecting, has_selected;
	struct mb_secondary selected;
	/* bytes without a frame */
	uint8_t junk[MONITOR_JUNK_MAX], junk_marks[MONITOR_JUNK_MAX];
	uint16_t junk_len;
	int junk_error;
	uint64_t junk_us; /* end of the last one */
};

/* latency_us: how much later than on the line bytes may come to us. */
void monitor_track_init(struct monitor_track *t, const struct mb_line *line, uint64_t latency_us,
	monitor_seen *seen, void *ctx);
/*
 * Bytes that passed, the last of them complete at now_us; direction: CAPTURE_SENT or
 * CAPTURE_RECEIVED, which is everything for a listener. marks may be NULL.
 */
void monitor_track_rx(struct monitor_track *t, char direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us);
void monitor_track_tick(struct monitor_track *t, uint64_t now_us);
uint64_t monitor_track_deadline(const struct monitor_track *t);
/* Nothing more will come: tells what is held. */
void monitor_track_end(struct monitor_track *t);

#endif
