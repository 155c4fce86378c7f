/* SPDX-License-Identifier: MIT */
#include "base/run.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define READ_MAX 1024
#define RETRY_US 2000 /* how soon to ask again a port that is not ready for new settings */
#define MOVES_A_TURN 16 /* then the engine's time goes on, however much there is to move */

/* --- signals ----------------------------------------------------------------------------------- */

static int stop_fd = -1;
static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
	static const uint64_t one = 1;
	int error = errno;
	ssize_t written = write(stop_fd, &one, sizeof(one));

	(void)written; /* the counter is full: it is readable already */
	stop_signal = number;
	errno = error;
}

int run_catch_signals(void)
{
	/* RESETHAND: the second one ends a program that hangs. */
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	if (stop_fd < 0)
		stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return -1;
	if (sigaction(SIGINT, &action, NULL) < 0)
		return -1;
	return sigaction(SIGTERM, &action, NULL);
}

int run_stop_fd(void)
{
	return stop_fd;
}

int run_stop_signal(void)
{
	return stop_signal;
}

/* --- one round --------------------------------------------------------------------------------- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int step(struct run *r, uint64_t now_us)
{
	return r->step ? r->step(r->ctx, now_us) : 0;
}

static void tap(struct run *r, enum run_direction direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us)
{
	if (r->tap)
		r->tap(r->ctx, direction, bytes, marks, n, now_us);
}

static int receive(struct run *r, uint64_t now_us)
{
	const struct mb_engine *e = &r->engine;
	uint8_t bytes[READ_MAX];
	uint8_t marks[READ_MAX];

	for (int i = 0; i < MOVES_A_TURN; i++) {
		int n = stream_read(r->stream, bytes, marks, sizeof(bytes));

		if (n <= 0)
			return n;
		tap(r, RUN_RX, bytes, marks, (size_t)n, now_us);
		e->ops->rx(e->self, bytes, marks, (size_t)n, now_us);
	}
	r->retry_us = now_us; /* what waits inside the stream wakes no poll(2) */
	return 0;
}

/* STREAM_DONE: the line is as the engine wants it. */
static int follow_line(struct run *r, uint64_t now_us)
{
	struct mb_line want;
	int rc;

	if (r->keep_line)
		return STREAM_DONE;
	r->engine.ops->line(r->engine.self, &want);
	if (r->line_known && mb_line_equal(&want, &r->line))
		return STREAM_DONE;
	rc = stream_set_line(r->stream, &want, now_us);
	if (rc == STREAM_LATER)
		return rc;
	if (rc < 0 && rc != MB_E_UNSUPPORTED)
		return MB_E_STREAM;
	r->line = want;
	r->line_known = true;
	return STREAM_DONE;
}

/* STREAM_DONE: no break is wanted, or it is over. */
static int follow_break(struct run *r, uint64_t now_us)
{
	const struct mb_engine *e = &r->engine;
	uint32_t break_us = e->ops->send_break ? e->ops->send_break(e->self) : 0;
	int rc;

	if (r->breaking) {
		if (now_us < stream_tx_end_us(r->stream))
			return STREAM_LATER;
		r->breaking = false;
		e->ops->sent(e->self, 0, stream_tx_end_us(r->stream));
		return STREAM_DONE;
	}
	if (break_us == 0)
		return STREAM_DONE;
	rc = stream_break(r->stream, break_us, now_us);
	if (rc == MB_E_UNSUPPORTED) { /* the engine must not wait for it forever */
		e->ops->sent(e->self, 0, now_us);
		return STREAM_DONE;
	}
	r->breaking = rc == STREAM_DONE;
	return rc < 0 ? MB_E_STREAM : STREAM_LATER;
}

/* Returns how many bytes went out. */
static int transmit(struct run *r, uint64_t now_us)
{
	const struct mb_engine *e = &r->engine;
	const uint8_t *bytes;
	size_t n;
	int rc;

	rc = follow_line(r, now_us);
	if (rc == STREAM_DONE)
		rc = follow_break(r, now_us);
	if (rc == STREAM_LATER) {
		r->retry_us = later(now_us + RETRY_US, stream_tx_end_us(r->stream));
		return 0;
	}
	if (rc < 0)
		return rc;
	n = e->ops->tx(e->self, now_us, &bytes);
	rc = n > 0 ? stream_write(r->stream, bytes, n, now_us) : 0;
	if (rc <= 0)
		return rc;
	tap(r, RUN_TX, bytes, NULL, (size_t)rc, now_us);
	e->ops->sent(e->self, (size_t)rc, stream_tx_end_us(r->stream));
	return rc;
}

/* The engine's time goes on while there is no stream, too. */
static void pass_time(struct run *r, uint64_t now_us)
{
	const struct mb_engine *e = &r->engine;

	if (e->ops->deadline(e->self) <= now_us)
		e->ops->tick(e->self, now_us);
}

static int lost(struct run *r, uint64_t now_us)
{
	r->line_known = false;
	r->breaking = false;
	return r->lost ? r->lost(r->ctx, now_us) : MB_E_STREAM;
}

/* Lets step and engine take turns until neither has anything more to do. */
static int send_all(struct run *r, uint64_t now_us)
{
	for (int i = 0; i < MOVES_A_TURN; i++) {
		int rc = step(r, now_us);

		if (rc != 0 || stream_state(r->stream) != STREAM_OPEN)
			return rc;
		rc = transmit(r, now_us);
		if (rc <= 0)
			return rc;
	}
	r->retry_us = now_us;
	return 0;
}

int run_turn(struct run *r, short revents, uint64_t now_us)
{
	int rc = stream_handle(r->stream, revents, now_us);

	r->retry_us = MB_NEVER;
	if (rc >= 0 && stream_state(r->stream) == STREAM_OPEN)
		receive(r, now_us); /* when it fails here, it fails again below */
	pass_time(r, now_us);
	rc = send_all(r, now_us);
	r->waits = stream_state(r->stream) != STREAM_OPEN &&
		   r->engine.ops->deadline(r->engine.self) <= now_us;
	if (rc == 0 && stream_state(r->stream) == STREAM_CLOSED)
		rc = MB_E_STREAM;
	if (rc == MB_E_STREAM && stream_state(r->stream) == STREAM_CLOSED)
		return lost(r, now_us);
	return rc;
}

uint64_t run_deadline(const struct run *r)
{
	uint64_t deadline_us = stream_deadline(r->stream);

	if (!r->waits)
		deadline_us = earlier(deadline_us, r->engine.ops->deadline(r->engine.self));
	return earlier(deadline_us, r->retry_us);
}

/* --- the loop ---------------------------------------------------------------------------------- */

#define WAIT_STOP (-1) /* of wait_real(): no revents are negative */

static short wait_real(struct stream *stream, int extra_fd, uint64_t deadline_us)
{
	struct pollfd fds[] = {
		{.fd = stream_fd(stream), .events = stream_events(stream)},
		{.fd = stop_fd, .events = POLLIN},
		{.fd = extra_fd > 0 ? extra_fd : -1, .events = POLLIN},
	};
	uint64_t now_us = clock_mono_us();
	uint64_t left_us = deadline_us > now_us ? deadline_us - now_us : 0;
	struct timespec left = {
		.tv_sec = (time_t)(left_us / 1000000), .tv_nsec = (long)(left_us % 1000000) * 1000};

	if (ppoll(fds, 3, deadline_us == MB_NEVER ? NULL : &left, NULL) < 0)
		return 0; /* interrupted: the next round finds out why */
	return fds[1].revents || fds[2].revents ? WAIT_STOP : fds[0].revents;
}

int run_engine(struct run *r)
{
	const struct run_clock *clock = r->clock;
	short revents = 0;

	for (;;) {
		uint64_t now_us = clock ? clock->now_us(clock->ctx) : clock_mono_us();
		int rc = run_turn(r, revents, now_us);

		if (rc != 0)
			return rc;
		if (clock)
			revents = clock->wait(clock->ctx, r->stream, run_deadline(r));
		else
			revents = wait_real(r->stream, r->extra_fd, run_deadline(r));
		if (revents == WAIT_STOP)
			return MB_E_CANCELLED;
	}
}

int run_wait_open(struct stream *s)
{
	short revents = 0;

	while (stream_state(s) == STREAM_CONNECTING) {
		revents = wait_real(s, 0, stream_deadline(s));
		if (revents == WAIT_STOP)
			return MB_E_CANCELLED;
		stream_handle(s, revents, clock_mono_us());
	}
	return stream_state(s) == STREAM_OPEN ? 0 : MB_E_STREAM;
}
