/* SPDX-License-Identifier: MIT */
/* The loop in real time. What takes time is waited for by the loop itself, never slept through. */
#include "base/clock.h"
#include "base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct world {
	struct loop *loop;
	struct loop_timer *timer[3];
	struct loop_watch *watch;
	int fd;
	unsigned calls;
	short revents;
	uint64_t at_us[3];
	_Atomic pthread_t worker;
	atomic_uint worked;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->loop = loop_new();
	assert_non_null(w->loop);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < 3; i++)
		loop_timer_free(w->timer[i]);
	loop_watch_free(w->watch);
	loop_free(w->loop);
	free(w);
	return 0;
}

static void count_and_stop(void *ctx)
{
	struct world *w = ctx;

	w->calls++;
	loop_stop(w->loop);
}

static void count(void *ctx)
{
	struct world *w = ctx;

	w->at_us[w->calls++ % 3] = loop_now_us(w->loop);
}

static void test_timers_are_never_early_and_in_order(void **state)
{
	struct world *w = *state;
	uint64_t now_us = loop_now_us(w->loop);

	w->timer[0] = loop_timer_new(w->loop, count_and_stop, w);
	w->timer[1] = loop_timer_new(w->loop, count, w);
	w->timer[2] = loop_timer_new(w->loop, count, w);
	loop_timer_set(w->timer[0], now_us + 9500);
	loop_timer_set(w->timer[1], now_us + 3300);
	loop_timer_set(w->timer[2], 0);
	loop_run(w->loop);
	assert_int_equal(w->calls, 3);
	assert_true(w->at_us[0] >= now_us);
	assert_true(w->at_us[1] >= now_us + 3300);
	assert_true(loop_now_us(w->loop) >= now_us + 9500);
}

static void test_a_stopped_timer_stays_silent(void **state)
{
	struct world *w = *state;
	uint64_t now_us = loop_now_us(w->loop);

	w->timer[0] = loop_timer_new(w->loop, count, w);
	w->timer[1] = loop_timer_new(w->loop, count_and_stop, w);
	loop_timer_set(w->timer[0], now_us + 1000);
	loop_timer_set(w->timer[1], now_us + 2000);
	loop_timer_set(w->timer[0], MB_NEVER);
	loop_run(w->loop);
	assert_int_equal(w->calls, 1);
}

static void heard(void *ctx, short revents)
{
	struct world *w = ctx;

	w->calls++;
	w->revents = revents;
	loop_stop(w->loop);
}

static void watch(struct world *w, int fd, short events)
{
	w->watch = loop_watch_new(w->loop, fd, heard, w);
	assert_non_null(w->watch);
	loop_watch_set(w->watch, events);
}

static void unwatch(struct world *w)
{
	loop_watch_free(w->watch);
	w->watch = NULL;
}

static void test_a_descriptor_tells_what_was_asked_for(void **state)
{
	struct world *w = *state;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	watch(w, fds[0], POLLOUT);
	assert_true(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	loop_run(w->loop);
	assert_int_equal(w->revents, POLLOUT);
	assert_int_equal(write(fds[1], "x", 1), 1);
	loop_watch_set(w->watch, POLLIN);
	loop_run(w->loop);
	assert_int_equal(w->revents, POLLIN);
	loop_watch_set(w->watch, POLLIN | POLLOUT);
	loop_run(w->loop);
	assert_int_equal(w->revents, POLLIN | POLLOUT);
	assert_int_equal(w->calls, 3);
	unwatch(w);
	close(fds[0]);
	close(fds[1]);
}

static void test_the_number_of_a_descriptor_can_be_watched_again(void **state)
{
	struct world *w = *state;
	int fds[2], number = -1;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(pipe(fds), 0);
		assert_true(number < 0 || fds[0] == number);
		number = fds[0];
		watch(w, fds[0], POLLIN);
		assert_int_equal(write(fds[1], "x", 1), 1);
		loop_run(w->loop);
		assert_int_equal(w->revents, POLLIN);
		unwatch(w);
		close(fds[0]);
		close(fds[1]);
	}
	assert_int_equal(w->calls, 3);
}

/* An unplugged adapter: the other side of a pty is gone. */
static void test_a_hang_up_is_told_and_can_be_asked_again(void **state)
{
	struct world *w = *state;
	int master, slave;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	watch(w, slave, POLLIN);
	close(master);
	loop_run(w->loop);
	assert_true(w->revents & (POLLIN | POLLERR | POLLHUP));
	w->revents = 0;
	loop_watch_set(w->watch, POLLIN);
	loop_run(w->loop);
	assert_true(w->revents & (POLLIN | POLLERR | POLLHUP));
	assert_int_equal(w->calls, 2);
	unwatch(w);
	close(slave);
}

static void test_a_file_cannot_be_watched(void **state)
{
	struct world *w = *state;
	char name[] = "/tmp/meterbus-loop-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_null(loop_watch_new(w->loop, fd, heard, w));
	assert_null(loop_watch_new(w->loop, -1, heard, w));
	close(fd);
	unlink(name);
}

static void do_work(void *ctx)
{
	struct world *w = ctx;

	w->worker = pthread_self();
	w->worked++; /* atomic: two works may run at once */
}

static void test_work_is_done_elsewhere_and_told_here(void **state)
{
	struct world *w = *state;

	assert_int_equal(loop_work(w->loop, do_work, count_and_stop, w), 0);
	assert_int_equal(w->calls, 0);
	loop_run(w->loop);
	assert_int_equal(w->calls, 1);
	assert_int_equal(w->worked, 1);
	assert_false(pthread_equal(w->worker, pthread_self()));
}

static void test_work_under_way_ends_with_the_loop(void **state)
{
	struct world *w = *state;

	assert_int_equal(loop_work(w->loop, do_work, count_and_stop, w), 0);
	assert_int_equal(loop_work(w->loop, do_work, count, w), 0);
	loop_free(w->loop);
	assert_int_equal(w->calls, 2);
	assert_int_equal(w->worked, 2);
	w->loop = loop_new();
}

/* ---- works that take long ---- */

struct slow {
	struct world *world;
	sem_t gate;
	atomic_uint begun;
	unsigned ended, begun_then;
};

static void wait_at_gate(void *ctx)
{
	struct slow *s = ctx;

	s->begun++;
	sem_wait(&s->gate);
}

static void ended(void *ctx)
{
	struct slow *s = ctx;

	if (++s->ended == 7)
		loop_stop(s->world->loop);
}

static void do_nothing(void *ctx)
{
	(void)ctx;
}

static void open_gate(void *ctx)
{
	struct slow *s = ctx;

	s->begun_then = s->begun;
	for (int i = 0; i < 6; i++)
		sem_post(&s->gate);
	ended(s);
}

static void test_slow_works_leave_threads_to_others(void **state)
{
	struct slow s = {.world = *state};

	sem_init(&s.gate, 0, 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(loop_work_slow(s.world->loop, wait_at_gate, ended, &s), 0);
	assert_int_equal(loop_work(s.world->loop, do_nothing, open_gate, &s), 0);
	loop_run(s.world->loop);
	assert_int_equal(s.ended, 7);
	assert_int_equal(s.begun, 6);
	assert_true(s.begun_then <= 2);
	sem_destroy(&s.gate);
}

static void test_the_wall_clock_is_that_of_the_system(void **state)
{
	struct world *w = *state;
	int64_t before_ms = clock_wall_us() / 1000, ms = loop_wall_ms(w->loop);

	assert_true(ms >= before_ms && ms <= clock_wall_us() / 1000);
	assert_true(loop_wall_due_us(w->loop, ms - 1) <= loop_now_us(w->loop));
	assert_true(loop_wall_due_us(w->loop, ms + 60000) > loop_now_us(w->loop) + 50000000);
}

static void stop(void *ctx)
{
	loop_stop(ctx);
}

static void test_the_wall_clock_can_be_made_faster(void **state)
{
	struct world *w = *state;
	struct loop *fast;
	uint64_t start_us;
	int64_t start_ms;

	setenv("METERBUSD_WALL_SPEED", "3600", 1);
	fast = loop_new();
	unsetenv("METERBUSD_WALL_SPEED");
	start_us = loop_now_us(fast);
	start_ms = loop_wall_ms(fast);
	assert_in_range(loop_wall_due_us(fast, start_ms + 3600000) - start_us, 990000, 10000000);
	w->timer[0] = loop_timer_new(fast, count, w);
	w->timer[1] = loop_timer_new(fast, stop, fast);
	loop_timer_set(w->timer[0], loop_wall_due_us(fast, start_ms + 10000));
	loop_timer_set(w->timer[1], loop_wall_due_us(fast, start_ms + 18000));
	loop_run(fast);
	assert_int_equal(w->calls, 1);
	assert_true(loop_wall_ms(fast) >= start_ms + 18000);
	loop_timer_free(w->timer[0]);
	loop_timer_free(w->timer[1]);
	w->timer[0] = w->timer[1] = NULL;
	loop_free(fast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_timers_are_never_early_and_in_order),
		T(test_a_stopped_timer_stays_silent),
		T(test_a_descriptor_tells_what_was_asked_for),
		T(test_the_number_of_a_descriptor_can_be_watched_again),
		T(test_a_hang_up_is_told_and_can_be_asked_again),
		T(test_a_file_cannot_be_watched),
		T(test_work_is_done_elsewhere_and_told_here),
		T(test_work_under_way_ends_with_the_loop),
		T(test_slow_works_leave_threads_to_others),
		T(test_the_wall_clock_is_that_of_the_system),
		T(test_the_wall_clock_can_be_made_faster),
#undef T
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
