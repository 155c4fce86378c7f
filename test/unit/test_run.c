/* SPDX-License-Identifier: MIT */
/* The runner: an engine that is a script, over memory in virtual time, then over TCP in real. */
#include "stream_help.h"

#include "base/mem_stream.h"
#include "base/run.h"

#include <signal.h>
#include <unistd.h>

#define NOTES_MAX 4096
#define START_US 1000000

/* A clock that jumps to the deadline; the other end of the wire acts when it does. */
struct world {
	struct stream *near, *far;
	struct run run;
	struct run_clock clock;
	uint64_t now_us;
	char notes[NOTES_MAX]; /* what happened, in order: the engine's and the hooks' */
	/* the engine */
	const uint8_t *tx;
	size_t tx_len;
	struct mb_line line;
	uint32_t break_us;
	uint64_t deadline_us;
	bool sends_next; /* its deadline is of a tx, no tick helps */
	/* the scenario */
	int steps_left; /* step() ends the run when it gets to 0 */
	int lost_result;
	void (*on_wait)(struct world *w);
};

__attribute__((format(printf, 2, 3))) static void note(struct world *w, const char *format, ...)
{
	size_t at = strlen(w->notes);
	va_list args;

	va_start(args, format);
	vsnprintf(w->notes + at, sizeof(w->notes) - at, format, args);
	va_end(args);
}

static size_t engine_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	struct world *w = self;

	(void)now_us;
	*ret_bytes = w->tx;
	return w->tx_len;
}

static void engine_sent(void *self, size_t n, uint64_t end_us)
{
	struct world *w = self;

	note(w, "sent %zu end %llu\n", n, (unsigned long long)(end_us - START_US));
	w->tx += n;
	w->tx_len -= n;
	if (n == 0)
		w->break_us = 0;
}

static void engine_rx(
	void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	struct world *w = self;

	note(w, "rx");
	for (size_t i = 0; i < n; i++)
		note(w, marks[i] ? " %02X/%02X" : " %02X", bytes[i], marks[i]);
	note(w, " at %llu\n", (unsigned long long)(now_us - START_US));
}

static uint64_t engine_deadline(const void *self)
{
	return ((const struct world *)self)->deadline_us;
}

static void engine_tick(void *self, uint64_t now_us)
{
	struct world *w = self;

	note(w, "tick %llu\n", (unsigned long long)(now_us - START_US));
	if (!w->sends_next)
		w->deadline_us = MB_NEVER;
}

static void engine_line(const void *self, struct mb_line *ret_line)
{
	*ret_line = ((const struct world *)self)->line;
}

static uint32_t engine_break(const void *self)
{
	return ((const struct world *)self)->break_us;
}

static const struct mb_engine_ops engine_ops = {
	.tx = engine_tx,
	.sent = engine_sent,
	.rx = engine_rx,
	.deadline = engine_deadline,
	.tick = engine_tick,
	.line = engine_line,
	.send_break = engine_break,
};

static uint64_t world_now(void *ctx)
{
	return ((struct world *)ctx)->now_us;
}

static short world_wait(void *ctx, struct stream *stream, uint64_t deadline_us)
{
	struct world *w = ctx;

	(void)stream;
	if (deadline_us != MB_NEVER && deadline_us > w->now_us)
		w->now_us = deadline_us;
	if (w->on_wait)
		w->on_wait(w);
	return POLLIN;
}

static int world_step(void *ctx, uint64_t now_us)
{
	struct world *w = ctx;

	(void)now_us;
	return --w->steps_left <= 0;
}

static void world_tap(void *ctx, enum run_direction direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us)
{
	assert_true(n > 0 && bytes);
	assert_int_equal(marks == NULL, direction == RUN_TX);
	note(ctx, "tap %s %zu at %llu\n", direction == RUN_TX ? "tx" : "rx", n,
		(unsigned long long)(now_us - START_US));
}

static void world_init(struct world *w)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	struct stream *pair[2];

	memset(w, 0, sizeof(*w));
	assert_int_equal(mem_stream_pair(pair), 0);
	w->near = pair[0];
	w->far = pair[1];
	w->now_us = START_US;
	w->line = line;
	w->deadline_us = MB_NEVER;
	w->steps_left = 1000;
	w->clock = (struct run_clock){world_now, world_wait, w};
	w->run = (struct run){
		.stream = w->near,
		.engine = {&engine_ops, w},
		.step = world_step,
		.tap = world_tap,
		.ctx = w,
		.clock = &w->clock,
	};
}

static void world_done(struct world *w)
{
	stream_free(w->near);
	stream_free(w->far);
}

static void world_send(struct world *w, const char *bytes, size_t n)
{
	w->tx = (const uint8_t *)bytes;
	w->tx_len = n;
}

static void test_sends_and_reckons_the_end(void **state)
{
	struct world w;
	uint8_t got[8];

	(void)state;
	world_init(&w);
	world_send(&w, "\x10\x40\x01\x41\x16", 5);
	w.steps_left = 3;
	assert_int_equal(run_engine(&w.run), 1);
	assert_string_equal(w.notes, "tap tx 5 at 0\nsent 5 end 22917\n"); /* 55 bits */
	assert_int_equal(stream_read(w.far, got, NULL, sizeof(got)), 5);
	world_done(&w);
}

static void make_room(struct world *w)
{
	uint8_t drop[2];

	w->now_us += 100;
	stream_read(w->far, drop, NULL, 2);
}

static void test_goes_on_after_a_partial_write(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	mem_stream_set_room(w.near, 2);
	world_send(&w, "\x10\x40\x01\x41\x16", 5);
	w.on_wait = make_room;
	w.steps_left = 6;
	assert_int_equal(run_engine(&w.run), 1);
	assert_string_equal(w.notes, "tap tx 2 at 0\nsent 2 end 9167\n"
				     "tap tx 2 at 100\nsent 2 end 18334\n"
				     "tap tx 1 at 200\nsent 1 end 22918\n");
	world_done(&w);
}

static void answer(struct world *w)
{
	static const uint8_t bytes[] = {0xE5, 0x00};
	static const uint8_t marks[] = {0, MB_MARK_PARITY};

	w->now_us += 5000;
	mem_stream_feed(w->near, bytes, marks, 2);
	w->on_wait = NULL;
}

static void test_hands_over_bytes_with_marks(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.on_wait = answer;
	w.steps_left = 2;
	assert_int_equal(run_engine(&w.run), 1);
	assert_string_equal(w.notes, "tap rx 2 at 5000\nrx E5 00/01 at 5000\n");
	world_done(&w);
}

static void test_ticks_at_the_deadline(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.deadline_us = START_US + 187500;
	w.steps_left = 2;
	assert_int_equal(run_engine(&w.run), 1);
	assert_string_equal(w.notes, "tick 187500\n");
	world_done(&w);
}

/* The new speed comes only after the last stop bit at the old one. */
static void test_line_changes_after_draining(void **state)
{
	struct world w;
	struct mb_line line;

	(void)state;
	world_init(&w);
	world_send(&w, "12345", 5);
	assert_int_equal(run_turn(&w.run, 0, START_US), 0);
	w.line.baud = 9600;
	world_send(&w, "12345", 5);
	assert_int_equal(run_turn(&w.run, 0, START_US + 100), 0);
	assert_int_equal(w.tx_len, 5);
	assert_int_equal(run_deadline(&w.run), START_US + 22917);
	mem_stream_line(w.near, &line);
	assert_int_equal(line.baud, 2400);
	assert_int_equal(run_turn(&w.run, 0, START_US + 22917), 0);
	mem_stream_line(w.near, &line);
	assert_int_equal(line.baud, 9600);
	assert_string_equal(w.notes, "tap tx 5 at 0\nsent 5 end 22917\n"
				     "tap tx 5 at 22917\nsent 5 end 28647\n"); /* + 5730 */
	world_done(&w);
}

static void test_keep_line_leaves_it_alone(void **state)
{
	struct world w;
	struct mb_line line;

	(void)state;
	world_init(&w);
	w.run.keep_line = true;
	w.line.baud = 300;
	assert_int_equal(run_turn(&w.run, 0, START_US), 0);
	mem_stream_line(w.near, &line);
	assert_int_equal(line.baud, 2400);
	world_done(&w);
}

static void test_line_that_cannot_be(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	mem_stream_set_line_result(w.near, MB_E_UNSUPPORTED); /* tcp: go on */
	world_send(&w, "1", 1);
	assert_int_equal(run_turn(&w.run, 0, START_US), 0);
	assert_int_equal(w.tx_len, 0);
	w.line.baud = 600;
	mem_stream_set_line_result(w.near, MB_E_INVALID);
	assert_int_equal(run_turn(&w.run, 0, START_US + 100000), MB_E_STREAM);
	assert_string_equal(stream_error(w.near), "mem:a: this line is not possible");
	assert_int_equal(stream_state(w.near), STREAM_OPEN);
	world_done(&w);
}

static void test_break_goes_before_the_bytes(void **state)
{
	struct world w;
	uint8_t got[8];
	uint8_t marks[8];

	(void)state;
	world_init(&w);
	w.break_us = 50000;
	world_send(&w, "1", 1);
	assert_int_equal(run_turn(&w.run, 0, START_US), 0);
	assert_string_equal(w.notes, "");
	assert_int_equal(run_deadline(&w.run), START_US + 50000);
	assert_int_equal(run_turn(&w.run, 0, START_US + 50000), 0);
	assert_string_equal(w.notes, "sent 0 end 50000\ntap tx 1 at 50000\nsent 1 end 54584\n");
	assert_int_equal(stream_read(w.far, got, marks, sizeof(got)), 2);
	assert_int_equal(marks[0], MB_MARK_BREAK);
	assert_int_equal(got[1], '1');
	world_done(&w);
}

/* The last bytes before the failure reach the engine, and step() sees their event. */
static void test_failure_comes_after_the_last_bytes(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	stream_write(w.far, (const uint8_t *)"\xE5", 1, START_US);
	stream_free(w.far);
	w.far = NULL;
	assert_int_equal(run_engine(&w.run), MB_E_STREAM);
	assert_string_equal(w.notes, "tap rx 1 at 0\nrx E5 at 0\n");
	assert_string_equal(stream_error(w.near), "mem:a: closed by the peer");
	assert_true(w.steps_left < 1000);
	world_done(&w);
}

static int world_lost(void *ctx, uint64_t now_us)
{
	struct world *w = ctx;

	note(w, "lost at %llu\n", (unsigned long long)(now_us - START_US));
	if (w->lost_result == 0)
		stream_reopen(w->near, now_us, 3000000);
	return w->lost_result;
}

static void test_lost_decides(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.run.lost = world_lost;
	mem_stream_fail(w.near, "pulled out");
	assert_int_equal(run_turn(&w.run, 0, START_US), 0);
	assert_string_equal(stream_error(w.near), "mem:a: pulled out");
	assert_int_equal(run_deadline(&w.run), START_US + 3000000);
	w.lost_result = 7;
	assert_int_equal(run_engine(&w.run), 7); /* memory cannot be opened again */
	assert_string_equal(w.notes, "lost at 0\nlost at 3000000\n");
	world_done(&w);
}

/* What it would send waits for the stream, and nobody turns round and round meanwhile. */
static void test_waits_for_the_stream(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.run.lost = world_lost;
	w.sends_next = true;
	w.deadline_us = START_US;
	mem_stream_fail(w.near, "pulled out");
	assert_int_equal(run_turn(&w.run, 0, START_US), 0);
	assert_int_equal(run_turn(&w.run, 0, START_US + 1), 0);
	assert_int_equal(run_deadline(&w.run), START_US + 3000000);
	w.deadline_us = START_US + 2000000; /* another one is kept */
	assert_int_equal(run_turn(&w.run, 0, START_US + 2), 0);
	assert_int_equal(run_deadline(&w.run), START_US + 2000000);
	world_done(&w);
}

/* Much at once: the rest is asked for at once, though no event of poll(2) tells of it. */
static void test_comes_back_for_the_rest(void **state)
{
	static uint8_t block[40000];
	struct world w;
	size_t rounds = 0;

	(void)state;
	world_init(&w);
	w.run.tap = NULL;
	assert_int_equal(stream_write(w.far, block, sizeof(block), 0), sizeof(block));
	while (run_turn(&w.run, 0, START_US) == 0 && run_deadline(&w.run) == START_US)
		rounds++;
	assert_int_equal(rounds, 2); /* 16 reads of 1024 a turn */
	assert_int_equal(stream_read(w.near, block, NULL, 1), 0);
	world_done(&w);
}

static int echo_step(void *ctx, uint64_t now_us)
{
	struct world *w = ctx;

	(void)now_us;
	return strstr(w->notes, "rx E5") ? 42 : 0;
}

static void test_real_time_over_tcp(void **state)
{
	struct listener *l = open_listener("tcp://127.0.0.1:0");
	struct world w;
	struct stream *port = new_stream(listener_name(l));
	struct stream *peer;

	(void)state;
	world_init(&w);
	assert_true(stream_open(port, clock_mono_us()) >= 0);
	assert_int_equal(run_wait_open(port), 0);
	peer = wait_accept(l);
	stream_write(peer, (const uint8_t *)"\xE5", 1, 0);
	w.run.stream = port;
	w.run.clock = NULL;
	w.run.step = echo_step;
	assert_int_equal(run_engine(&w.run), 42);
	stream_free(port);
	stream_free(peer);
	listener_free(l);
	world_done(&w);
}

static void test_deadline_in_real_time(void **state)
{
	struct listener *l = open_listener("pty:");
	struct stream *meter = listener_accept(l);
	struct world w;
	uint64_t start_us = clock_mono_us();

	(void)state;
	world_init(&w);
	w.run.stream = meter;
	w.run.clock = NULL;
	w.deadline_us = start_us + 30000;
	w.steps_left = 2; /* the second comes with the tick */
	assert_int_equal(run_engine(&w.run), 1);
	assert_true(clock_mono_us() >= start_us + 30000);
	assert_contains(w.notes, "tick ");
	stream_free(meter);
	listener_free(l);
	world_done(&w);
}

static void test_extra_fd_ends_the_run(void **state)
{
	struct listener *l = open_listener("pty:");
	struct stream *meter = listener_accept(l);
	struct world w;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	world_init(&w);
	w.run.stream = meter;
	w.run.clock = NULL;
	w.run.extra_fd = ends[0];
	assert_int_equal(run_engine(&w.run), MB_E_CANCELLED);
	close(ends[0]);
	close(ends[1]);
	stream_free(meter);
	listener_free(l);
	world_done(&w);
}

/* Last: the signal stays noted. */
static void test_signal_ends_the_run(void **state)
{
	struct listener *l = open_listener("pty:");
	struct stream *meter = listener_accept(l);
	struct world w;

	(void)state;
	assert_int_equal(run_stop_fd(), -1);
	assert_int_equal(run_catch_signals(), 0);
	assert_int_equal(run_stop_signal(), 0);
	world_init(&w);
	w.run.stream = meter;
	w.run.clock = NULL;
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(run_engine(&w.run), MB_E_CANCELLED);
	assert_int_equal(run_stop_signal(), SIGTERM);
	stream_free(meter);
	listener_free(l);
	world_done(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sends_and_reckons_the_end),
		cmocka_unit_test(test_goes_on_after_a_partial_write),
		cmocka_unit_test(test_hands_over_bytes_with_marks),
		cmocka_unit_test(test_ticks_at_the_deadline),
		cmocka_unit_test(test_line_changes_after_draining),
		cmocka_unit_test(test_keep_line_leaves_it_alone),
		cmocka_unit_test(test_line_that_cannot_be),
		cmocka_unit_test(test_break_goes_before_the_bytes),
		cmocka_unit_test(test_failure_comes_after_the_last_bytes),
		cmocka_unit_test(test_lost_decides),
		cmocka_unit_test(test_waits_for_the_stream),
		cmocka_unit_test(test_comes_back_for_the_rest),
		cmocka_unit_test(test_real_time_over_tcp),
		cmocka_unit_test(test_deadline_in_real_time),
		cmocka_unit_test(test_extra_fd_ends_the_run),
		cmocka_unit_test(test_signal_ends_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
