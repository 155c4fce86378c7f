/* SPDX-License-Identifier: MIT */
/*
 * Capture files: what passed on a bus, with times, as text (doc/capture.md).
 *
 *	# meterbus capture 1
 *	# started 2026-11-21T09:28:00.000000Z
 *	# line 2400 8E1
 *	0.000000 > 10 40 01 41 16
 *	0.084210 < E5
 */
#ifndef METERBUS_TOOL_CAPTURE_H
#define METERBUS_TOOL_CAPTURE_H

#include <meterbus/engine.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CAPTURE_VERSION 1
#define CAPTURE_MAGIC "# meterbus capture "
/* For printf with the version of a file that is not ours. */
#define CAPTURE_UNKNOWN \
	"capture version %d, of a newer meterbus; this one reads version 1: update it"
#define CAPTURE_BYTES_MAX 512 /* on a line */
#define CAPTURE_LINE_MAX (CAPTURE_BYTES_MAX * 5 + 64)

#define CAPTURE_SENT '>' /* by a master (by us) */
#define CAPTURE_RECEIVED '<'

/* One line of bytes. */
struct capture_event {
	uint64_t time_us; /* since the start */
	char direction; /* CAPTURE_SENT, CAPTURE_RECEIVED; a listener cannot tell: '<' */
	uint16_t len;
	uint8_t bytes[CAPTURE_BYTES_MAX];
	uint8_t marks[CAPTURE_BYTES_MAX]; /* MB_MARK_* */
};

/* ---- writing; errors stay in the FILE ---- */

struct capture_writer {
	FILE *file;
	uint64_t start_us; /* of the clock that capture_write() is given */
};

/* Writes the head. line may be NULL. */
void capture_begin(struct capture_writer *w, FILE *file, int64_t wall_us, uint64_t now_us,
	const struct mb_line *line);
/* Any number of bytes; marks may be NULL. Flushes, so that a cut capture is whole up to there. */
void capture_write(struct capture_writer *w, char direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us);

/* ---- reading, line by line ---- */

struct capture_head {
	int64_t started_us; /* since 1970 UTC, 0 not known */
	struct mb_line line;
	bool has_line;
};

enum capture_kind {
	CAPTURE_NOTHING, /* blank, or a comment */
	CAPTURE_HEAD, /* something about the whole file, now in the head */
	CAPTURE_EVENT,
	CAPTURE_BAD, /* no line of a capture */
};

/* The version that the first line of a capture file tells, -1 when this is none. */
int capture_version(const char *line, size_t len);
/* One line without its newline. */
enum capture_kind capture_line(
	struct capture_head *head, const char *line, size_t len, struct capture_event *ret_event);

#endif
