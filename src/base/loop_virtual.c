/* SPDX-License-Identifier: MIT */
#include "base/loop_impl.h"
#include "base/loop_virtual.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>

#define SOURCE_FD(i) (-2 - (int)(i))
#define SOURCE_OF(fd) ((size_t)(-2 - (fd)))

struct virtual_watch {
	struct loop_watch watch;
	struct virtual_watch *next;
	int fd; /* below -1: a source */
	short revents;
	bool freed; /* while the watches are walked */
};

struct virtual_work {
	struct virtual_work *next;
	struct virtual_loop *loop;
	struct loop_timer *timer;
	loop_fn *work, *done;
	void *ctx;
	bool worked;
};

struct joined {
	struct loop_source source;
	void *ctx;
};

struct virtual_loop {
	struct loop loop;
	uint64_t now_us;
	int64_t wall_ms; /* at now_us 0 */
	struct loop_timer *wall_jump;
	uint64_t work_us;
	bool stopped, walking;
	struct joined *sources;
	size_t n_sources;
	struct virtual_watch *watches;
	struct virtual_work *works;
};

static struct virtual_loop *virtual(struct loop *l)
{
	return (struct virtual_loop *)l;
}

/* ---- clocks ---- */

static uint64_t now_us(struct loop *l)
{
	return virtual(l)->now_us;
}

static int64_t wall_ms(struct loop *l)
{
	return virtual(l)->wall_ms + (int64_t)(virtual(l)->now_us / 1000);
}

static uint64_t wall_due_us(struct loop *l, int64_t at_ms)
{
	struct virtual_loop *v = virtual(l);
	int64_t since_0_ms = at_ms - v->wall_ms;

	if (at_ms <= wall_ms(l))
		return v->now_us;
	return (uint64_t)since_0_ms * 1000;
}

static void jumped(void *ctx)
{
	struct virtual_loop *v = ctx;

	loop_tell_wall_set(&v->loop);
}

void loop_virtual_set_wall(struct loop *l, int64_t at_ms)
{
	struct virtual_loop *v = virtual(l);

	v->wall_ms = at_ms - (int64_t)(v->now_us / 1000);
	loop_timer_set(v->wall_jump, v->now_us);
}

/* ---- sources ---- */

int loop_virtual_join(struct loop *l, const struct loop_source *source, void *ctx)
{
	struct virtual_loop *v = virtual(l);
	struct joined *grown;
	size_t i = 0;

	while (i < v->n_sources && v->sources[i].source.advance)
		i++;
	if (i == v->n_sources) {
		grown = realloc(v->sources, (i + 1) * sizeof(*grown));
		if (!grown)
			return -1;
		v->sources = grown;
		v->n_sources++;
	}
	v->sources[i] = (struct joined){*source, ctx};
	return SOURCE_FD(i);
}

void loop_virtual_leave(struct loop *l, int fd)
{
	virtual(l)->sources[SOURCE_OF(fd)] = (struct joined){0};
}

static uint64_t sources_next(struct virtual_loop *v)
{
	uint64_t next = MB_NEVER, at;

	for (size_t i = 0; i < v->n_sources; i++) {
		if (!v->sources[i].source.advance)
			continue;
		at = v->sources[i].source.next_us(v->sources[i].ctx);
		if (at < next)
			next = at;
	}
	return next;
}

static void jump_to(struct virtual_loop *v, uint64_t until_us)
{
	for (size_t i = 0; i < v->n_sources; i++) {
		if (v->sources[i].source.advance)
			v->sources[i].source.advance(v->sources[i].ctx, until_us);
	}
	v->now_us = until_us;
}

/* ---- descriptors ---- */

static short source_ready(struct virtual_loop *v, const struct virtual_watch *w)
{
	const struct joined *s = &v->sources[SOURCE_OF(w->fd)];

	return s->source.ready ? (short)(s->source.ready(s->ctx) & w->watch.events) : 0;
}

/* Asks poll(2) about all real descriptors at once, and fd if it is one. Returns how many are ready. */
static int poll_real(struct virtual_loop *v, int fd, int timeout_ms)
{
	struct pollfd *fds;
	size_t n = fd >= 0, i = 0;
	int ready;

	for (struct virtual_watch *w = v->watches; w; w = w->next)
		n += w->fd >= 0 && w->watch.events;
	if (n == 0)
		return 0;
	fds = calloc(n, sizeof(*fds));
	if (!fds)
		return 0;
	for (struct virtual_watch *w = v->watches; w; w = w->next) {
		if (w->fd >= 0 && w->watch.events)
			fds[i++] = (struct pollfd){w->fd, w->watch.events, 0};
	}
	if (fd >= 0)
		fds[i] = (struct pollfd){fd, POLLIN, 0};
	ready = poll(fds, (nfds_t)n, timeout_ms);
	i = 0;
	for (struct virtual_watch *w = v->watches; w; w = w->next) {
		if (w->fd >= 0 && w->watch.events)
			w->revents = fds[i++].revents;
	}
	free(fds);
	return ready;
}

static void sweep(struct virtual_loop *v)
{
	struct virtual_watch **at = &v->watches, *w;

	while ((w = *at)) {
		if (w->freed) {
			*at = w->next;
			free(w);
		} else {
			at = &w->next;
		}
	}
}

static size_t watches_run(struct virtual_loop *v)
{
	short revents;
	size_t n = 0;

	v->walking = true;
	for (struct virtual_watch *w = v->watches; w; w = w->next) {
		revents = w->fd < 0 && !w->freed ? source_ready(v, w) : w->revents;
		w->revents = 0;
		if (w->freed || revents == 0 || w->watch.events == 0)
			continue;
		if (revents & POLLERR)
			w->watch.events = 0;
		w->watch.fn(w->watch.ctx, revents);
		n++;
	}
	v->walking = false;
	sweep(v);
	return n;
}

static struct loop_watch *watch_new(struct loop *l, int fd)
{
	struct virtual_loop *v = virtual(l);
	struct virtual_watch *w;

	if (fd == -1 || (fd < -1 && SOURCE_OF(fd) >= v->n_sources))
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->fd = fd;
	w->next = v->watches;
	v->watches = w;
	return &w->watch;
}

static void watch_set(struct loop_watch *watch, short events)
{
	(void)watch;
	(void)events; /* it is looked at in every round */
}

static void watch_free(struct loop_watch *watch)
{
	struct virtual_watch *w = (struct virtual_watch *)watch;
	struct virtual_loop *v = virtual(watch->loop);

	w->freed = true;
	if (!v->walking)
		sweep(v);
}

/* ---- work ---- */

static void work_forget(struct virtual_work *w)
{
	struct virtual_work **at = &w->loop->works;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	loop_timer_free(w->timer);
	free(w);
}

/* First the work, then, by another event, the news of it. */
static void work_step(void *ctx)
{
	struct virtual_work *w = ctx, done = *w;

	if (!w->worked) {
		w->worked = true;
		w->work(w->ctx);
		loop_timer_set(w->timer, w->loop->now_us + w->loop->work_us);
		return;
	}
	work_forget(w);
	done.done(done.ctx);
}

static int work(struct loop *l, bool slow, loop_fn *fn, loop_fn *done, void *ctx)
{
	struct virtual_loop *v = virtual(l);
	struct virtual_work **at = &v->works, *w = calloc(1, sizeof(*w));

	(void)slow; /* nothing waits here */
	if (!w)
		return -1;
	*w = (struct virtual_work){.loop = v, .work = fn, .done = done, .ctx = ctx};
	w->timer = loop_timer_new(l, work_step, w);
	if (!w->timer) {
		free(w);
		return -1;
	}
	while (*at)
		at = &(*at)->next;
	*at = w;
	loop_timer_set(w->timer, v->now_us);
	return 0;
}

void loop_virtual_set_work_us(struct loop *l, uint64_t work_us)
{
	virtual(l)->work_us = work_us;
}

/* ---- rounds ---- */

/* One round; false when nothing happens any more until then. */
static bool turn(struct virtual_loop *v, uint64_t until_us)
{
	uint64_t next_us, source_us;
	size_t n = loop_timers_run(&v->loop);

	poll_real(v, -1, 0);
	if (watches_run(v) + n > 0)
		return true;
	next_us = loop_timers_next(&v->loop);
	source_us = sources_next(v);
	if (source_us < next_us)
		next_us = source_us;
	if (next_us == MB_NEVER && until_us == MB_NEVER)
		return poll_real(v, -1, -1) > 0 && watches_run(v) > 0;
	if (next_us > until_us)
		return false;
	jump_to(v, next_us > v->now_us ? next_us : v->now_us);
	return true;
}

void loop_virtual_run_until(struct loop *l, uint64_t until_us)
{
	struct virtual_loop *v = virtual(l);

	v->stopped = false;
	while (!v->stopped && turn(v, until_us))
		;
	if (!v->stopped && until_us != MB_NEVER && until_us > v->now_us)
		jump_to(v, until_us);
}

bool loop_virtual_wait(struct loop *l, int fd, int timeout_ms)
{
	return poll_real(virtual(l), fd, timeout_ms) > 0;
}

static void run(struct loop *l)
{
	loop_virtual_run_until(l, MB_NEVER);
}

static void stop(struct loop *l)
{
	virtual(l)->stopped = true;
}

static void free_loop(struct loop *l)
{
	struct virtual_loop *v = virtual(l);

	while (v->works)
		work_step(v->works);
	loop_timer_free(v->wall_jump);
	assert(!v->watches);
	loop_timers_done(l);
	free(v->sources);
	free(v);
}

static const struct loop_ops virtual_ops = {
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

struct loop *loop_virtual_new(uint64_t at_us, int64_t at_wall_ms)
{
	struct virtual_loop *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->loop.ops = &virtual_ops;
	v->now_us = at_us;
	v->wall_ms = at_wall_ms - (int64_t)(at_us / 1000);
	v->wall_jump = loop_timer_new(&v->loop, jumped, v);
	if (!v->wall_jump) {
		loop_timers_done(&v->loop);
		free(v);
		return NULL;
	}
	return &v->loop;
}
