/* SPDX-License-Identifier: MIT */
/*
 * Drives an engine (meterbus/engine.h) over a stream in real time.
 *
 * run_engine() is the whole loop for a program that does one thing at a time; run_turn() with
 * run_deadline() is one round of it for a program with its own loop:
 *
 *	wait for stream_events() on stream_fd(), at most until run_deadline(r)
 *	rc = run_turn(r, revents, now)
 */
#ifndef BASE_RUN_H
#define BASE_RUN_H

#include "base/stream.h"

#include <meterbus/engine.h>
#include <meterbus/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum run_direction {
	RUN_RX,
	RUN_TX,
};

/*
 * Called after every progress and once at the start: pull the engine's events, submit what comes
 * next. Non-zero ends the run and is its result; keep to positive numbers or MB_E_*.
 */
typedef int run_step(void *ctx, uint64_t now_us);
/* Sees all bytes that pass; marks may be NULL. TX: now_us is when they were handed to the port. */
typedef void run_tap(void *ctx, enum run_direction direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us);
/* The stream has failed: 0 to go on (after stream_reopen()), else the result of the run. */
typedef int run_lost(void *ctx, uint64_t now_us);

/* Time and waiting, for tests in virtual time. */
struct run_clock {
	uint64_t (*now_us)(void *ctx);
	/* Waits for events on the stream, at most until the deadline. Returns revents or 0. */
	short (*wait)(void *ctx, struct stream *stream, uint64_t deadline_us);
	void *ctx;
};

/* Zero it, fill in the first part, keep it where it is while it runs. */
struct run {
	struct stream *stream; /* opened, or opening */
	struct mb_engine engine;
	run_step *step; /* may be NULL: never ends by itself */
	run_tap *tap; /* may be NULL */
	run_lost *lost; /* may be NULL: a failure ends the run */
	void *ctx; /* of step, tap and lost */
	bool keep_line; /* never set the line: it is not ours (a listener's peer) */
	int extra_fd; /* a descriptor that ends the run when readable; 0: none */
	const struct run_clock *clock; /* NULL: real time and poll(2) */

	/* private */
	struct mb_line line;
	bool line_known;
	bool breaking;
	bool waits; /* the engine, which would send now, for the stream to open */
	uint64_t retry_us; /* when to ask the stream again, or MB_NEVER */
};

/*
 * Runs until step() ends it (its result), a signal of run_catch_signals() or extra_fd says stop
 * (MB_E_CANCELLED), or the stream fails (MB_E_STREAM: see stream_error()). The line settings that
 * the engine wants are applied as soon as all before them is sent.
 */
int run_engine(struct run *r);

/* One round without waiting: moves all that can move. 0 to go on; else as run_engine(). */
int run_turn(struct run *r, short revents, uint64_t now_us);
/* When run_turn() must be called at the latest, or MB_NEVER. */
uint64_t run_deadline(const struct run *r);

/* Waits until the stream is open: 0, MB_E_STREAM, MB_E_CANCELLED. For a clear error up front. */
int run_wait_open(struct stream *s);

/*
 * SIGINT and SIGTERM end runs instead of the program; a second one kills it as usual. Call it once.
 * Returns 0, or -1 with errno.
 */
int run_catch_signals(void);
int run_stop_fd(void); /* readable once a signal came; -1 before run_catch_signals() */
int run_stop_signal(void); /* its number, 0 when none came */

#endif
