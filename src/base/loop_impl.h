/* SPDX-License-Identifier: MIT */
/* What the two loops share: the timers, and the way to their own functions. */
#ifndef BASE_LOOP_IMPL_H
#define BASE_LOOP_IMPL_H

#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>

struct loop_ops {
	void (*free)(struct loop *l);
	void (*run)(struct loop *l);
	void (*stop)(struct loop *l);
	uint64_t (*now_us)(struct loop *l);
	int64_t (*wall_ms)(struct loop *l);
	uint64_t (*wall_due_us)(struct loop *l, int64_t wall_ms);
	struct loop_watch *(*watch_new)(struct loop *l, int fd);
	void (*watch_set)(struct loop_watch *w, short events);
	void (*watch_free)(struct loop_watch *w);
	int (*work)(struct loop *l, bool slow, loop_fn *work, loop_fn *done, void *ctx);
};

struct loop_timer {
	struct loop *loop;
	loop_fn *fn;
	void *ctx;
	uint64_t at_us;
	uint64_t order; /* of being set */
	size_t place; /* in the heap, from 1; 0 when stopped */
};

/* A heap from 1 on; it has room for all timers that exist, so that setting one cannot fail. */
struct loop_heap {
	struct loop_timer **at;
	size_t n, room, timers;
	uint64_t order; /* of the next to be set */
};

struct loop {
	const struct loop_ops *ops;
	struct loop_heap heap;
	loop_fn *wall_set;
	void *wall_ctx;
};

struct loop_watch {
	struct loop *loop;
	loop_watch_fn *fn;
	void *ctx;
	short events;
};

/* When the first timer goes off, or MB_NEVER. */
uint64_t loop_timers_next(const struct loop *l);
/* Calls those that are due and were set before this call. Returns how many. */
size_t loop_timers_run(struct loop *l);
void loop_timers_done(struct loop *l);
void loop_tell_wall_set(struct loop *l);

#endif
