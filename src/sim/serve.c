/* SPDX-License-Identifier: MIT */
#include "sim/serve.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/run.h"

#include <meterbus/error.h>
#include <meterbus/frame.h>

#include <poll.h>

#define READ_MAX 1024
#define ANSWER_BITS 330 /* + 50 ms: how long a master waits for an answer */
#define ANSWER_US 50000
#define GUARD_BITS 33 /* idle line before the next telegram */

struct session {
	struct serve *serve;
	struct sim *sim;
	struct stream *peer; /* NULL: nobody */
	struct buf out; /* for the peer */
	struct buf request; /* what the client has sent of a frame */
	uint64_t last_us; /* real time up to which the segment has moved */
	bool answered;
	bool over;
};

/* ---- the segment ---- */

static void collect(struct session *s)
{
	uint8_t bytes[READ_MAX], marks[READ_MAX];
	size_t n;

	while ((n = sim_receive(s->sim, bytes, marks, sizeof(bytes)))) {
		s->answered = true;
		if (s->peer)
			buf_add(&s->out, bytes, n); /* a client that does not read loses */
	}
}

static void advance(struct session *s, uint64_t until_us)
{
	do {
		sim_advance(s->sim, until_us);
		collect(s);
	} while (sim_now(s->sim) < until_us);
}

/* As much time passes on the line as has passed here. */
static void follow_clock(struct session *s, uint64_t now_us)
{
	uint64_t passed_us = now_us - s->last_us;

	s->last_us = now_us;
	advance(s, sim_now(s->sim) + passed_us);
}

/* Fast: everything that the bytes led to, at once. */
static void settle(struct session *s)
{
	while (!sim_quiet(s->sim)) {
		sim_advance(s->sim, sim_next(s->sim));
		collect(s);
	}
}

/* Charges the pause that a master makes after a whole frame. */
static void charge_pause(struct session *s)
{
	struct mb_frame frame;
	struct mb_line line;
	uint64_t pause_us;

	if (mb_frame_parse(s->request.bytes, s->request.len, &frame) == MB_E_INCOMPLETE)
		return;
	buf_clear(&s->request);
	sim_line(s->sim, &line);
	pause_us = s->answered ? mb_line_bit_us(&line, GUARD_BITS)
			       : mb_line_bit_us(&line, ANSWER_BITS) + ANSWER_US;
	advance(s, sim_now(s->sim) + pause_us);
}

static void hurry(struct session *s, const uint8_t *bytes, size_t n)
{
	uint64_t begin_us = sim_now(s->sim);

	if (!buf_add(&s->request, bytes, n))
		buf_clear(&s->request);
	settle(s);
	charge_pause(s);
	s->serve->bus_us += sim_now(s->sim) - begin_us;
}

/* A pty knows the speed that its client has set; parity is not kept there. */
static void follow_line(struct session *s)
{
	struct mb_line wanted, line;

	sim_line(s->sim, &line);
	if (!stream_peer_line(s->peer, &wanted) || !wanted.baud)
		return;
	if (wanted.parity == MB_PARITY_NONE)
		wanted.parity = line.parity;
	wanted.data_bits = line.data_bits;
	if (!mb_line_equal(&wanted, &line))
		sim_set_line(s->sim, &wanted);
}

/* ---- the client ---- */

static void leave(struct session *s)
{
	stream_free(s->peer);
	s->peer = NULL;
	buf_clear(&s->out);
	buf_clear(&s->request);
	s->over = s->serve->once;
}

static void enter(struct session *s)
{
	if (s->peer)
		return;
	s->peer = listener_accept(s->serve->listener);
	s->serve->clients += s->peer != NULL;
}

static void take_bytes(struct session *s)
{
	uint8_t bytes[READ_MAX];
	int n;

	while ((n = stream_read(s->peer, bytes, NULL, sizeof(bytes))) > 0) {
		follow_line(s);
		s->answered = false;
		sim_send(s->sim, bytes, (size_t)n);
		if (s->serve->fast)
			hurry(s, bytes, (size_t)n);
	}
}

static void give_bytes(struct session *s, uint64_t now_us)
{
	while (s->out.len) {
		int n = stream_write(s->peer, s->out.bytes, s->out.len, now_us);

		if (n <= 0)
			return;
		buf_drop(&s->out, (size_t)n);
	}
}

static void serve_peer(struct session *s, short revents, uint64_t now_us)
{
	stream_handle(s->peer, revents, now_us);
	if (stream_state(s->peer) == STREAM_OPEN)
		take_bytes(s);
	if (stream_state(s->peer) == STREAM_OPEN)
		give_bytes(s, now_us);
	if (stream_state(s->peer) == STREAM_CLOSED)
		leave(s);
}

/* ---- the loop ---- */

static uint64_t next_us(const struct session *s, uint64_t now_us)
{
	uint64_t next = sim_next(s->sim);
	uint64_t deadline_us = s->peer ? stream_deadline(s->peer) : MB_NEVER;

	if (next != MB_NEVER) /* from the segment's time to ours */
		next = now_us + (next - sim_now(s->sim));
	return next < deadline_us ? next : deadline_us;
}

/* False: time to stop. */
static bool wait_for_events(struct session *s, short *ret_revents)
{
	struct pollfd fds[] = {
		{.fd = s->peer ? stream_fd(s->peer) : -1,
			.events = s->peer ? stream_events(s->peer) : 0},
		{.fd = s->peer ? -1 : listener_fd(s->serve->listener), .events = POLLIN},
		{.fd = run_stop_fd(), .events = POLLIN},
		{.fd = s->serve->stop_fd > 0 ? s->serve->stop_fd : -1, .events = POLLIN},
	};
	uint64_t now_us = clock_mono_us();

	if (poll(fds, 4, clock_poll_ms(now_us, next_us(s, now_us))) < 0)
		return !run_stop_signal();
	*ret_revents = fds[0].revents;
	return !fds[2].revents && !fds[3].revents;
}

static void turn(struct session *s, short revents)
{
	uint64_t now_us = clock_mono_us();

	follow_clock(s, now_us);
	enter(s);
	if (s->peer)
		serve_peer(s, revents, now_us);
}

int serve_run(struct serve *serve)
{
	struct session s = {.serve = serve, .sim = serve->sim, .last_us = clock_mono_us()};
	uint64_t begin_us = sim_now(serve->sim);
	short revents = 0;

	buf_init(&s.out, SIM_RECEIVE_MAX);
	buf_init(&s.request, 2 * MB_FRAME_MAX);
	do {
		turn(&s, revents);
		revents = 0;
	} while (!s.over && wait_for_events(&s, &revents));
	if (!serve->fast)
		serve->bus_us = sim_now(serve->sim) - begin_us;
	stream_free(s.peer);
	buf_done(&s.out);
	buf_done(&s.request);
	return 0;
}
