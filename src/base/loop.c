/* SPDX-License-Identifier: MIT */
#include "base/loop_impl.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the heap of timers ---- */

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void put(struct loop_heap *h, size_t place, struct loop_timer *t)
{
	h->at[place] = t;
	t->place = place;
}

/* Finds the place of t, from `place` on, which is free. */
static void settle(struct loop_heap *h, size_t place, struct loop_timer *t)
{
	size_t child;

	for (; place > 1 && before(t, h->at[place / 2]); place /= 2)
		put(h, place, h->at[place / 2]);
	for (; (child = 2 * place) <= h->n; place = child) {
		if (child < h->n && before(h->at[child + 1], h->at[child]))
			child++;
		if (!before(h->at[child], t))
			break;
		put(h, place, h->at[child]);
	}
	put(h, place, t);
}

static void take_out(struct loop_timer *t)
{
	struct loop_heap *h = &t->loop->heap;
	size_t place = t->place;
	struct loop_timer *last = h->at[h->n--];

	t->place = 0;
	t->at_us = MB_NEVER;
	if (last != t)
		settle(h, place, last);
}

static int make_room(struct loop_heap *h)
{
	struct loop_timer **at;
	size_t room = h->room ? 2 * h->room : 16;

	if (h->timers + 1 < h->room)
		return 0;
	at = realloc(h->at, room * sizeof(*at));
	if (!at)
		return -1;
	h->at = at;
	h->room = room;
	return 0;
}

struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *ctx)
{
	struct loop_timer *t;

	if (make_room(&l->heap) < 0)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	l->heap.timers++;
	t->loop = l;
	t->fn = fn;
	t->ctx = ctx;
	t->at_us = MB_NEVER;
	return t;
}

void loop_timer_set(struct loop_timer *t, uint64_t at_us)
{
	struct loop_heap *h = &t->loop->heap;
	uint64_t now_us;

	if (t->place)
		take_out(t);
	if (at_us == MB_NEVER)
		return;
	/* A timer that sets itself to the past must not get ahead of those that wait. */
	now_us = t->loop->ops->now_us(t->loop);
	t->at_us = at_us > now_us ? at_us : now_us;
	t->order = h->order++;
	settle(h, ++h->n, t);
}

uint64_t loop_timer_at(const struct loop_timer *t)
{
	return t->at_us;
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	if (t->place)
		take_out(t);
	t->loop->heap.timers--;
	free(t);
}

uint64_t loop_timers_next(const struct loop *l)
{
	return l->heap.n ? l->heap.at[1]->at_us : MB_NEVER;
}

size_t loop_timers_run(struct loop *l)
{
	struct loop_heap *h = &l->heap;
	uint64_t now_us = l->ops->now_us(l), end = h->order;
	struct loop_timer *t;
	size_t n = 0;

	while (h->n && h->at[1]->at_us <= now_us && h->at[1]->order < end) {
		t = h->at[1];
		take_out(t);
		t->fn(t->ctx);
		n++;
	}
	return n;
}

void loop_timers_done(struct loop *l)
{
	assert(l->heap.timers == 0);
	free(l->heap.at);
}

/* ---- the rest is the loop's own ---- */

void loop_free(struct loop *l)
{
	if (l)
		l->ops->free(l);
}

void loop_run(struct loop *l)
{
	l->ops->run(l);
}

void loop_stop(struct loop *l)
{
	l->ops->stop(l);
}

uint64_t loop_now_us(struct loop *l)
{
	return l->ops->now_us(l);
}

int64_t loop_wall_ms(struct loop *l)
{
	return l->ops->wall_ms(l);
}

uint64_t loop_wall_due_us(struct loop *l, int64_t wall_ms)
{
	return l->ops->wall_due_us(l, wall_ms);
}

void loop_on_wall_set(struct loop *l, loop_fn *fn, void *ctx)
{
	l->wall_set = fn;
	l->wall_ctx = ctx;
}

void loop_tell_wall_set(struct loop *l)
{
	if (l->wall_set)
		l->wall_set(l->wall_ctx);
}

struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_watch_fn *fn, void *ctx)
{
	struct loop_watch *w = l->ops->watch_new(l, fd);

	if (!w)
		return NULL;
	w->loop = l;
	w->fn = fn;
	w->ctx = ctx;
	return w;
}

void loop_watch_set(struct loop_watch *w, short events)
{
	if (events == w->events)
		return;
	w->events = events;
	w->loop->ops->watch_set(w, events);
}

void loop_watch_free(struct loop_watch *w)
{
	if (w)
		w->loop->ops->watch_free(w);
}

int loop_work(struct loop *l, loop_fn *work, loop_fn *done, void *ctx)
{
	return l->ops->work(l, false, work, done, ctx);
}

int loop_work_slow(struct loop *l, loop_fn *work, loop_fn *done, void *ctx)
{
	return l->ops->work(l, true, work, done, ctx);
}
