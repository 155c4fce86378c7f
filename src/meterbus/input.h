/* SPDX-License-Identifier: MIT */
/*
 * Telegrams out of whatever people have: hex in many spellings, several a line or one over several
 * lines, hex dumps, binary frames back to back, captures, logs of SmartCom terminals. Bytes go in,
 * telegrams come out; no I/O.
 *
 *	input_init(&in);
 *	while ((n = read(...)) > 0)
 *		for (at = 0; at < n; ) {
 *			at += input_push(&in, bytes + at, n - at);
 *			while (input_next(&in, &item) > 0) ...
 *		}
 *	input_end(&in);
 *	while (input_next(&in, &item) > 0) ...
 */
#ifndef METERBUS_TOOL_INPUT_H
#define METERBUS_TOOL_INPUT_H

#include "meterbus/capture.h"

#include <meterbus/frame.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_LINE_MAX 65536 /* characters of a line, and of a SmartCom record over several */
#define INPUT_BYTES_MAX (INPUT_LINE_MAX / 2)
#define INPUT_NOTE_MAX 96

struct input_item {
	const uint8_t *bytes; /* a whole frame, or what was refused; valid until the next call */
	size_t len;
	int error; /* 0: a good frame; else MB_E_*, of the frame, the text or the logger */
	int64_t time_us; /* when it came, since 1970 UTC; 0 not known */
	unsigned long line; /* of a text, the one that it begins in, from 1; 0 of a binary file */
	unsigned long offset; /* of a binary file */
	char direction; /* CAPTURE_SENT, CAPTURE_RECEIVED; 0 not known */
	char note[INPUT_NOTE_MAX]; /* more about an error, or "" */
};

enum input_mode {
	INPUT_UNKNOWN,
	INPUT_TEXT,
	INPUT_BINARY,
	INPUT_CAPTURE,
	INPUT_REFUSED, /* a capture of another version: nothing in it is understood */
};

/* Bytes of a text line being cut into frames. */
struct input_hex {
	uint8_t bytes[INPUT_BYTES_MAX];
	size_t len;
	size_t at; /* first byte that is not handed out yet */
	unsigned long line; /* where that byte came from */
	unsigned long last_line; /* where the last bytes came from */
	bool more; /* the last frame may go on in the next line */
	bool behind_frame; /* a frame of this line was handed out before `at` */
};

/* Frames of one direction. */
struct input_side {
	struct mb_deframer deframer;
	uint8_t junk[64]; /* bytes that begin no frame, handed out together */
	size_t junk_len;
	unsigned long given; /* bytes of good frames */
	unsigned long offset, junk_offset; /* of what the deframer said last, of the junk */
	unsigned long line, junk_line; /* the same, in a capture */
	unsigned long pushed; /* bytes */
	unsigned long first_line, last_line; /* of those that the deframer has */
	size_t last_len; /* bytes of the last line */
	/* what the deframer said, while the junk before it is handed out */
	bool held;
	int rc;
	struct mb_frame frame;
	const uint8_t *evidence;
	size_t len;
};

/* Private but for `skipped`. */
struct input {
	uint8_t buf[INPUT_LINE_MAX];
	size_t len;
	size_t used; /* of buf, dropped with the next call */
	bool ended;
	bool overlong; /* inside a line that does not fit */
	enum input_mode mode;
	unsigned long line;
	unsigned long skipped; /* records of a logger that are no M-Bus telegrams */
	struct input_hex hex;
	int64_t hex_time_us;
	/* a SmartCom record being joined */
	char record[INPUT_LINE_MAX]; /* full: too long */
	size_t record_len;
	unsigned long record_line; /* its first */
	bool in_record;
	bool logger; /* there was one: other lines are its chatter */
	bool dump; /* lines of hexdump -C: those without letters have no bytes */
	/* a capture or a binary file */
	struct input_side sides[2]; /* received, sent */
	struct capture_head head;
	struct capture_event event;
	size_t event_used;
	uint8_t small[8]; /* a short frame or an E5 from a deframer */
	bool idled; /* the deframers know that nothing more comes */
};

void input_init(struct input *in);
/* Takes up to n bytes; returns how many. Fewer only when full: call input_next() until 0. */
size_t input_push(struct input *in, const uint8_t *bytes, size_t n);
/* No more bytes will come. */
void input_end(struct input *in);
/* 1 and an item, 0 when more bytes are needed or all is done. */
int input_next(struct input *in, struct input_item *ret_item);

#endif
