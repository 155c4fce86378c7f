/* SPDX-License-Identifier: MIT */
/*
 * A loop whose time is virtual: it jumps from one deadline to the next, so a year is over in
 * seconds and every run is the same. For tests and forecasts.
 *
 * Work is done by the loop itself, in the round after it was given; its done() is another event.
 * Real descriptors are looked at in every round, and waited for only when nothing else is to come.
 */
#ifndef BASE_LOOP_VIRTUAL_H
#define BASE_LOOP_VIRTUAL_H

#include "base/loop.h"

/* Something with a time of its own that shares that of the loop, such as a simulated segment. */
struct loop_source {
	uint64_t (*next_us)(void *ctx); /* when something happens there next, or MB_NEVER */
	/* Lets time pass until then; not less, as until_us is never past next_us(). */
	void (*advance)(void *ctx, uint64_t until_us);
	/* What can be done there now, POLLIN | POLLOUT; called for watches only. May be NULL. */
	short (*ready)(void *ctx);
};

struct loop *loop_virtual_new(uint64_t now_us, int64_t wall_ms); /* NULL: no memory */

/*
 * Returns a number below -1 that stands for a descriptor in loop_watch_new(), or -1: no memory.
 * The source is copied; ctx outlives the loop, or loop_virtual_leave() is called before.
 */
int loop_virtual_join(struct loop *l, const struct loop_source *source, void *ctx);
void loop_virtual_leave(struct loop *l, int fd); /* its watch has been freed */

/* Runs what is due until then, and sets the time to it; sooner when stopped. */
void loop_virtual_run_until(struct loop *l, uint64_t until_us);
/*
 * Waits in real time until a descriptor that is watched is ready, or fd (-1: none) can be read. False:
 * none was for so long.
 */
bool loop_virtual_wait(struct loop *l, int fd, int timeout_ms);
/* How long each work takes from now on (0 at first). */
void loop_virtual_set_work_us(struct loop *l, uint64_t work_us);
/* Somebody sets the wall clock: loop_on_wall_set() is told in the next round. */
void loop_virtual_set_wall(struct loop *l, int64_t wall_ms);

#endif
