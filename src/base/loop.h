/* SPDX-License-Identifier: MIT */
/*
 * The event loop, as all modules see it: timers, descriptors, work for the pool of threads, and
 * the two clocks. All calls are made on the thread that runs the loop, but for the work itself.
 * Callbacks may make, change and free anything, themselves included.
 *
 * loop_new() waits in real time (libuv); loop_virtual.h jumps from deadline to deadline.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <meterbus/engine.h> /* MB_NEVER */

#include <stdint.h>

struct loop;
struct loop_timer;
struct loop_watch;

typedef void loop_fn(void *ctx);
/* revents as of poll(2). POLLERR or POLLHUP may come without being asked for, and end the watch. */
typedef void loop_watch_fn(void *ctx, short revents);

/*
 * In real time. The environment variable METERBUSD_WALL_SPEED (1..100000) makes the wall clock run
 * so many times faster, for tests. NULL: no memory or descriptors.
 */
struct loop *loop_new(void);
/* Waits for the work under way (its done() is still called); timers and watches are gone before. */
void loop_free(struct loop *l); /* NULL is fine */

/* Until loop_stop(); the callbacks that are due by then are still called. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* ---- clocks ---- */

uint64_t loop_now_us(struct loop *l); /* never goes back: for deadlines */
int64_t loop_wall_ms(struct loop *l); /* since 1970 UTC: for people; it may jump either way */
/*
 * When, by loop_now_us(), the wall clock will show this if nobody sets it; now when it is past.
 * A timer set by it is to be set again after loop_on_wall_set().
 */
uint64_t loop_wall_due_us(struct loop *l, int64_t wall_ms);
/* fn() is called after somebody has set the wall clock. One for the loop; NULL: none. */
void loop_on_wall_set(struct loop *l, loop_fn *fn, void *ctx);

/* ---- timers ---- */

/* Stopped. NULL: no memory. */
struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *ctx);
/*
 * fn() is called once, not before this time; a time that is past means in the next round of the
 * loop. Timers go off in the order of their times, equal ones in the order in which they were set.
 * MB_NEVER stops it.
 */
void loop_timer_set(struct loop_timer *t, uint64_t at_us);
uint64_t loop_timer_at(const struct loop_timer *t); /* MB_NEVER when stopped */
void loop_timer_free(struct loop_timer *t); /* NULL is fine */

/* ---- descriptors ---- */

/*
 * Watches for nothing yet. One watch a descriptor, which becomes non-blocking; free the watch
 * before closing it. NULL: no memory, or nothing that can be waited for (a file).
 */
struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_watch_fn *fn, void *ctx);
/* POLLIN, POLLOUT or both: fn() as long as it is so. 0: none. To be called again after an error. */
void loop_watch_set(struct loop_watch *w, short events);
void loop_watch_free(struct loop_watch *w); /* NULL is fine */

/* ---- work ---- */

/*
 * work() on a thread of the pool, then done() on the loop, both with ctx. At most 4 works run at
 * once; the others wait in order. 0 or -1: no memory.
 */
int loop_work(struct loop *l, loop_fn *work, loop_fn *done, void *ctx);
/*
 * The same for what may take long: a look-up, a query, a copy. Half of the threads are never given to
 * these, so that a commit need not wait for them.
 */
int loop_work_slow(struct loop *l, loop_fn *work, loop_fn *done, void *ctx);

#endif
