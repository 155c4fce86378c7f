/* SPDX-License-Identifier: MIT */
/* The loop in virtual time: order, joined sources, jumps of the wall clock, work, descriptors. */
#include "base/loop_virtual.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_US 5000000
#define WALL_MS 1700000000000

struct world {
	struct loop *loop;
	struct loop_timer *timer[4];
	struct loop_watch *watch;
	char notes[512];
	int fd;
	int left;
};

static void note(struct world *w, const char *text)
{
	size_t at = strlen(w->notes);

	snprintf(w->notes + at, sizeof(w->notes) - at, "%s@%llu ", text,
		(unsigned long long)(loop_now_us(w->loop) - START_US));
}

static void note_a(void *ctx)
{
	note(ctx, "a");
}

static void note_b(void *ctx)
{
	note(ctx, "b");
}

static void note_c(void *ctx)
{
	note(ctx, "c");
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->loop = loop_virtual_new(START_US, WALL_MS);
	assert_non_null(w->loop);
	w->timer[0] = loop_timer_new(w->loop, note_a, w);
	w->timer[1] = loop_timer_new(w->loop, note_b, w);
	w->timer[2] = loop_timer_new(w->loop, note_c, w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < 4; i++)
		loop_timer_free(w->timer[i]);
	loop_watch_free(w->watch);
	loop_free(w->loop);
	free(w);
	return 0;
}

static void test_timers_go_off_in_order(void **state)
{
	struct world *w = *state;

	loop_timer_set(w->timer[0], START_US + 30);
	loop_timer_set(w->timer[1], START_US + 10);
	loop_timer_set(w->timer[2], START_US + 10);
	loop_run(w->loop);
	assert_string_equal(w->notes, "b@10 c@10 a@30 ");
	assert_true(loop_timer_at(w->timer[0]) == MB_NEVER);
}

static void test_setting_again_moves_a_timer_behind_its_equals(void **state)
{
	struct world *w = *state;

	loop_timer_set(w->timer[0], START_US + 10);
	loop_timer_set(w->timer[1], START_US + 10);
	loop_timer_set(w->timer[0], START_US + 10);
	loop_timer_set(w->timer[2], START_US + 5);
	loop_timer_set(w->timer[2], MB_NEVER);
	loop_run(w->loop);
	assert_string_equal(w->notes, "b@10 a@10 ");
}

static void again(void *ctx)
{
	struct world *w = ctx;

	note(w, "x");
	if (--w->left > 0)
		loop_timer_set(w->timer[3], 0);
}

static void test_a_timer_set_to_the_past_waits_for_those_that_are_due(void **state)
{
	struct world *w = *state;

	w->left = 3;
	w->timer[3] = loop_timer_new(w->loop, again, w);
	loop_timer_set(w->timer[3], 0);
	loop_timer_set(w->timer[0], START_US);
	loop_run(w->loop);
	assert_string_equal(w->notes, "x@0 a@0 x@0 x@0 ");
}

static void free_others(void *ctx)
{
	struct world *w = ctx;

	note(w, "x");
	for (size_t i = 0; i < 4; i++) {
		loop_timer_free(w->timer[i]);
		w->timer[i] = NULL;
	}
}

static void test_a_timer_may_free_itself_and_others_that_are_due(void **state)
{
	struct world *w = *state;

	w->timer[3] = loop_timer_new(w->loop, free_others, w);
	loop_timer_set(w->timer[3], START_US + 1);
	loop_timer_set(w->timer[0], START_US + 1);
	loop_timer_set(w->timer[1], START_US + 2);
	loop_run(w->loop);
	assert_string_equal(w->notes, "x@1 ");
}

/* The heap against a plain search for the least, with timers moved and stopped at random. */
static void test_many_timers_keep_their_order(void **state)
{
	struct world *w = *state;
	struct loop_timer *timers[200];
	uint64_t last_us = 0, least_us;
	uint32_t random = 1;
	size_t n = 0;

	for (size_t i = 0; i < 200; i++)
		timers[i] = loop_timer_new(w->loop, note_a, w);
	for (size_t i = 0; i < 2000; i++) {
		random = random * 1664525 + 1013904223;
		loop_timer_set(timers[(random >> 8) % 200],
			random >> 29 == 0 ? MB_NEVER : START_US + 1 + (random >> 16));
	}
	for (;;) {
		least_us = MB_NEVER;
		for (size_t i = 0; i < 200; i++)
			least_us = loop_timer_at(timers[i]) < least_us ? loop_timer_at(timers[i])
								       : least_us;
		if (least_us == MB_NEVER)
			break;
		w->notes[0] = '\0';
		loop_virtual_run_until(w->loop, least_us - 1);
		assert_string_equal(w->notes, "");
		loop_virtual_run_until(w->loop, least_us);
		assert_string_not_equal(w->notes, "");
		assert_true(least_us > last_us);
		last_us = least_us;
		n++;
	}
	assert_in_range(n, 100, 200);
	for (size_t i = 0; i < 200; i++)
		loop_timer_free(timers[i]);
}

static void test_run_until_stops_the_time_there(void **state)
{
	struct world *w = *state;

	loop_timer_set(w->timer[0], START_US + 10);
	loop_timer_set(w->timer[1], START_US + 20);
	loop_virtual_run_until(w->loop, START_US + 10);
	assert_string_equal(w->notes, "a@10 ");
	loop_virtual_run_until(w->loop, START_US + 15);
	assert_string_equal(w->notes, "a@10 ");
	assert_true(loop_now_us(w->loop) == START_US + 15);
	assert_true(loop_timer_at(w->timer[1]) == START_US + 20);
}

static void stop_now(void *ctx)
{
	struct world *w = ctx;

	loop_stop(w->loop);
}

static void test_stop_ends_the_run_but_not_what_is_due(void **state)
{
	struct world *w = *state;

	w->timer[3] = loop_timer_new(w->loop, stop_now, w);
	loop_timer_set(w->timer[3], START_US + 1);
	loop_timer_set(w->timer[0], START_US + 1);
	loop_timer_set(w->timer[1], START_US + 2);
	loop_run(w->loop);
	assert_string_equal(w->notes, "a@1 ");
	assert_true(loop_now_us(w->loop) == START_US + 1);
	loop_run(w->loop);
	assert_string_equal(w->notes, "a@1 b@2 ");
}

/* ---- the wall clock ---- */

static void test_the_wall_clock_follows_the_time(void **state)
{
	struct world *w = *state;

	assert_true(loop_wall_ms(w->loop) == WALL_MS);
	loop_virtual_run_until(w->loop, START_US + 86400000000);
	assert_true(loop_wall_ms(w->loop) == WALL_MS + 86400000);
	assert_true(loop_wall_due_us(w->loop, WALL_MS + 86400001) == START_US + 86400001000);
	assert_true(loop_wall_due_us(w->loop, WALL_MS) == START_US + 86400000000);
}

static void test_setting_the_wall_clock_is_told_once(void **state)
{
	struct world *w = *state;

	loop_on_wall_set(w->loop, note_c, w);
	loop_virtual_run_until(w->loop, START_US + 1000000);
	loop_virtual_set_wall(w->loop, WALL_MS - 3600000);
	assert_true(loop_wall_ms(w->loop) == WALL_MS - 3600000);
	assert_string_equal(w->notes, "");
	loop_virtual_run_until(w->loop, START_US + 2000000);
	assert_string_equal(w->notes, "c@1000000 ");
	assert_true(loop_wall_ms(w->loop) == WALL_MS - 3599000);
	assert_true(loop_wall_due_us(w->loop, WALL_MS) == START_US + 2000000 + 3599000000);
}

/* ---- sources ---- */

/* Something happens there every `step_us`; it can be read until it is taken. */
struct source {
	struct world *world;
	uint64_t now_us, step_us;
	unsigned steps, waiting;
};

static uint64_t source_next(void *ctx)
{
	struct source *s = ctx;

	return s->steps ? s->now_us - s->now_us % s->step_us + s->step_us : MB_NEVER;
}

static void source_advance(void *ctx, uint64_t until_us)
{
	struct source *s = ctx;

	assert_true(until_us >= s->now_us);
	assert_true(until_us <= source_next(s));
	if (until_us == source_next(s)) {
		s->steps--;
		s->waiting++;
	}
	s->now_us = until_us;
}

static short source_ready(void *ctx)
{
	struct source *s = ctx;

	return s->waiting ? POLLIN : 0;
}

static void source_take(void *ctx, short revents)
{
	struct source *s = ctx;

	assert_int_equal(revents, POLLIN);
	assert_true(loop_now_us(s->world->loop) == s->now_us);
	s->waiting = 0;
	note(s->world, "take");
}

static const struct loop_source source_ops = {source_next, source_advance, source_ready};

static void test_a_source_shares_the_time(void **state)
{
	struct world *w = *state;
	struct source s = {w, START_US, 40, 3, 0};

	w->fd = loop_virtual_join(w->loop, &source_ops, &s);
	assert_true(w->fd < -1);
	w->watch = loop_watch_new(w->loop, w->fd, source_take, &s);
	assert_non_null(w->watch);
	loop_watch_set(w->watch, POLLIN);
	loop_timer_set(w->timer[0], START_US + 50);
	loop_timer_set(w->timer[1], START_US + 80);
	loop_run(w->loop);
	assert_string_equal(w->notes, "take@40 a@50 b@80 take@80 take@120 ");
	loop_watch_free(w->watch);
	w->watch = NULL;
	loop_virtual_leave(w->loop, w->fd);
	assert_int_equal(loop_virtual_join(w->loop, &source_ops, &s), w->fd);
	loop_virtual_leave(w->loop, w->fd);
}

static void test_a_source_without_a_watch_only_passes_time(void **state)
{
	struct world *w = *state;
	struct source s = {w, START_US, 40, 2, 0};

	loop_virtual_join(w->loop, &source_ops, &s);
	loop_virtual_run_until(w->loop, START_US + 100);
	assert_int_equal(s.waiting, 2);
	assert_true(s.now_us == START_US + 100);
	loop_virtual_leave(w->loop, -2);
}

/* ---- work ---- */

static void test_work_is_done_then_told(void **state)
{
	struct world *w = *state;

	loop_virtual_set_work_us(w->loop, 70);
	assert_int_equal(loop_work(w->loop, note_a, note_b, w), 0);
	assert_int_equal(loop_work(w->loop, note_c, note_b, w), 0);
	assert_string_equal(w->notes, "");
	loop_run(w->loop);
	assert_string_equal(w->notes, "a@0 c@0 b@70 b@70 ");
}

static void test_work_under_way_ends_with_the_loop(void **state)
{
	struct world *w = *state;
	struct world own = {.loop = loop_virtual_new(START_US, WALL_MS)};

	(void)w;
	assert_int_equal(loop_work(own.loop, note_a, note_b, &own), 0);
	loop_free(own.loop);
	assert_string_equal(own.notes, "a@0 b@0 ");
}

/* ---- descriptors ---- */

static void take_byte(void *ctx, short revents)
{
	struct world *w = ctx;
	char byte[2] = "";

	assert_true(revents & POLLIN);
	assert_int_equal(read(w->fd, byte, 1), 1);
	note(w, byte);
}

static void test_a_real_descriptor_is_heard(void **state)
{
	struct world *w = *state;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	w->fd = fds[0];
	w->watch = loop_watch_new(w->loop, fds[0], take_byte, w);
	loop_watch_set(w->watch, POLLIN);
	assert_int_equal(write(fds[1], "xy", 2), 2);
	loop_timer_set(w->timer[0], START_US + 10);
	loop_virtual_run_until(w->loop, START_US + 20);
	assert_string_equal(w->notes, "x@0 y@0 a@10 ");
	loop_watch_free(w->watch);
	w->watch = NULL;
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_timers_go_off_in_order),
		T(test_setting_again_moves_a_timer_behind_its_equals),
		T(test_a_timer_set_to_the_past_waits_for_those_that_are_due),
		T(test_a_timer_may_free_itself_and_others_that_are_due),
		T(test_many_timers_keep_their_order),
		T(test_run_until_stops_the_time_there),
		T(test_stop_ends_the_run_but_not_what_is_due),
		T(test_the_wall_clock_follows_the_time),
		T(test_setting_the_wall_clock_is_told_once),
		T(test_a_source_shares_the_time),
		T(test_a_source_without_a_watch_only_passes_time),
		T(test_work_is_done_then_told),
		T(test_work_under_way_ends_with_the_loop),
		T(test_a_real_descriptor_is_heard),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
