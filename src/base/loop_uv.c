/* SPDX-License-Identifier: MIT */
/*
 * libuv counts in milliseconds and from the start of a round; the timers here are our own and
 * exact to what poll can do. uv only has to wake up in time: before it waits, its one timer is set
 * to the first of ours; after it has waited, what is due goes off.
 */
#include "base/clock.h"
#include "base/loop_impl.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#define WALL_SPEED_MAX 100000
#define SLOW_MAX 2 /* of the 4 threads of uv's pool */

struct real_work;

struct real_loop {
	struct loop loop;
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_timer_t alarm;
	uint64_t armed_us; /* what the alarm is set to */
	unsigned slow; /* works that are with the pool */
	struct real_work *first_slow, **last_slow; /* and those that wait for them */
	/* the wall clock, when it is made to run faster */
	int speed;
	uint64_t start_us;
	int64_t start_wall_ms;
	/* a timer that is cancelled when somebody sets the clock */
	int jump_fd;
	struct loop_watch *jump;
};

struct real_watch {
	struct loop_watch watch;
	uv_poll_t poll;
};

struct real_work {
	uv_work_t request;
	struct real_loop *loop;
	struct real_work *next;
	bool slow;
	loop_fn *work, *done;
	void *ctx;
};

static struct real_loop *real(struct loop *l)
{
	return (struct real_loop *)l;
}

/* ---- clocks ---- */

static uint64_t now_us(struct loop *l)
{
	(void)l;
	return clock_mono_us();
}

static int64_t wall_ms(struct loop *l)
{
	struct real_loop *r = real(l);

	if (r->speed == 1)
		return clock_wall_us() / 1000;
	return r->start_wall_ms +
	       (int64_t)((clock_mono_us() - r->start_us) / 1000 * (unsigned)r->speed);
}

static uint64_t wall_due_us(struct loop *l, int64_t at_ms)
{
	struct real_loop *r = real(l);
	int64_t left_ms = at_ms - wall_ms(l);

	if (left_ms <= 0)
		return clock_mono_us();
	return clock_mono_us() + (uint64_t)left_ms * 1000 / (unsigned)r->speed;
}

/* CLOCK_REALTIME, cancelled by settimeofday(): see timerfd_create(2). */
static void wait_for_jump(struct real_loop *r)
{
	struct itimerspec never = {.it_value.tv_sec = INT32_MAX};

	timerfd_settime(r->jump_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static void jumped(void *ctx, short revents)
{
	struct real_loop *r = ctx;
	uint64_t expirations;

	(void)revents;
	if (read(r->jump_fd, &expirations, sizeof(expirations)) >= 0 || errno != ECANCELED)
		return;
	wait_for_jump(r);
	loop_tell_wall_set(&r->loop);
}

static void watch_for_jumps(struct real_loop *r)
{
	r->jump_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (r->jump_fd < 0)
		return; /* a jump is then seen by whoever compares the clocks */
	wait_for_jump(r);
	r->jump = loop_watch_new(&r->loop, r->jump_fd, jumped, r);
	if (r->jump)
		loop_watch_set(r->jump, POLLIN);
}

static int wall_speed(void)
{
	const char *text = getenv("METERBUSD_WALL_SPEED");
	long speed = text ? strtol(text, NULL, 10) : 1;

	return speed >= 1 && speed <= WALL_SPEED_MAX ? (int)speed : 1;
}

/* ---- rounds ---- */

static void woken(uv_timer_t *alarm)
{
	struct real_loop *r = alarm->data;

	r->armed_us = MB_NEVER;
}

static void before_wait(uv_prepare_t *prepare)
{
	struct real_loop *r = prepare->data;
	uint64_t next_us = loop_timers_next(&r->loop);

	if (next_us == r->armed_us)
		return;
	r->armed_us = next_us;
	if (next_us == MB_NEVER) {
		uv_timer_stop(&r->alarm);
		return;
	}
	uv_update_time(&r->uv);
	uv_timer_start(&r->alarm, woken, (uint64_t)clock_poll_ms(clock_mono_us(), next_us), 0);
}

static void after_wait(uv_check_t *check)
{
	struct real_loop *r = check->data;

	loop_timers_run(&r->loop);
}

static void run(struct loop *l)
{
	uv_run(&real(l)->uv, UV_RUN_DEFAULT);
}

static void stop(struct loop *l)
{
	uv_stop(&real(l)->uv);
}

static void free_loop(struct loop *l)
{
	struct real_loop *r = real(l);
	int rc;

	loop_watch_free(r->jump);
	if (r->jump_fd >= 0)
		close(r->jump_fd);
	uv_close((uv_handle_t *)&r->prepare, NULL);
	uv_close((uv_handle_t *)&r->check, NULL);
	uv_close((uv_handle_t *)&r->alarm, NULL);
	while (uv_run(&r->uv, UV_RUN_DEFAULT) != 0)
		; /* somebody has stopped it meanwhile: what is under way is still to end */
	rc = uv_loop_close(&r->uv);
	assert(rc == 0); /* a watch was not freed */
	(void)rc;
	loop_timers_done(l);
	free(r);
}

/* ---- descriptors ---- */

static void ready(uv_poll_t *poll, int status, int events)
{
	struct loop_watch *w = poll->data;
	short revents = 0;

	if (status < 0) {
		/* uv tells POLLERR as UV_EBADF and stops; reading or writing then says why. */
		uv_poll_stop(poll);
		revents = (short)(POLLERR | POLLHUP | w->events);
		w->events = 0;
	}
	if (events & UV_READABLE)
		revents |= POLLIN;
	if (events & UV_WRITABLE)
		revents |= POLLOUT;
	w->fn(w->ctx, revents);
}

static struct loop_watch *watch_new(struct loop *l, int fd)
{
	struct real_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	if (uv_poll_init(&real(l)->uv, &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->poll.data = w;
	return &w->watch;
}

static void watch_set(struct loop_watch *watch, short events)
{
	struct real_watch *w = (struct real_watch *)watch;
	int wanted = (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0);

	if (wanted)
		uv_poll_start(&w->poll, wanted, ready);
	else
		uv_poll_stop(&w->poll);
}

static void watch_closed(uv_handle_t *poll)
{
	free(poll->data);
}

static void watch_free(struct loop_watch *watch)
{
	struct real_watch *w = (struct real_watch *)watch;

	uv_close((uv_handle_t *)&w->poll, watch_closed);
}

/* ---- work ---- */

static void do_work(uv_work_t *request)
{
	struct real_work *w = request->data;

	w->work(w->ctx);
}

static void work_done(uv_work_t *request, int status);

static void begin(struct real_work *w)
{
	w->loop->slow += w->slow;
	uv_queue_work(&w->loop->uv, &w->request, do_work, work_done); /* cannot fail */
}

static void begin_slow(struct real_loop *r)
{
	struct real_work *w = r->first_slow;

	if (!w || r->slow >= SLOW_MAX)
		return;
	r->first_slow = w->next;
	if (!w->next)
		r->last_slow = &r->first_slow;
	begin(w);
}

static void work_done(uv_work_t *request, int status)
{
	struct real_work *w = request->data;
	struct real_work done = *w;

	(void)status; /* it is never cancelled */
	free(w);
	done.loop->slow -= done.slow;
	begin_slow(done.loop);
	done.done(done.ctx);
}

static int work(struct loop *l, bool slow, loop_fn *fn, loop_fn *done, void *ctx)
{
	struct real_loop *r = real(l);
	struct real_work *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	*w = (struct real_work){.loop = r, .slow = slow, .work = fn, .done = done, .ctx = ctx};
	w->request.data = w;
	if (!slow) {
		begin(w);
		return 0;
	}
	*r->last_slow = w;
	r->last_slow = &w->next;
	begin_slow(r);
	return 0;
}

static const struct loop_ops real_ops = {
	.free = free_loop,
	.run = run,
	.stop = stop,
	.now_us = now_us,
	.wall_ms = wall_ms,
	.wall_due_us = wall_due_us,
	.watch_new = watch_new,
	.watch_set = watch_set,
	.watch_free = watch_free,
	.work = work,
};

struct loop *loop_new(void)
{
	struct real_loop *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	if (uv_loop_init(&r->uv) < 0) {
		free(r);
		return NULL;
	}
	r->loop.ops = &real_ops;
	r->last_slow = &r->first_slow;
	r->prepare.data = r->check.data = r->alarm.data = r;
	uv_prepare_init(&r->uv, &r->prepare);
	uv_check_init(&r->uv, &r->check);
	uv_timer_init(&r->uv, &r->alarm);
	uv_prepare_start(&r->prepare, before_wait);
	uv_check_start(&r->check, after_wait);
	r->armed_us = MB_NEVER;
	r->jump_fd = -1;
	r->speed = wall_speed();
	r->start_us = clock_mono_us();
	r->start_wall_ms = clock_wall_us() / 1000;
	if (r->speed == 1)
		watch_for_jumps(r);
	return &r->loop;
}
