/* SPDX-License-Identifier: MIT */
/*
 * A change on its way to the store, and the events that will be told of it: a batch of the queue
 * whose events are published after its commit, with the numbers that they got there.
 */
#ifndef COLLECT_POST_H
#define COLLECT_POST_H

#include "collect/events.h"
#include "store/queue.h"

struct collector;
struct post;

typedef void post_done(void *ctx, int rc, const struct store_batch *batch);

struct post *post_new(struct collector *c); /* NULL: no memory */
struct store_batch *post_batch(struct post *p); /* to be filled */

/*
 * The time is now, the severity that of the kind; data is a JSON object or NULL, texts are copied.
 * Events that are never stored are told in their place among the others.
 */
__attribute__((format(printf, 6, 7))) void post_event(struct post *p, enum event_kind kind,
	uint32_t account, const char *bus, const char *data, const char *format, ...);

/* What it tells becomes true with its commit: nothing is told when that fails. */
void post_if_committed(struct post *p);
/*
 * Hands it over. done(), or NULL, is called once: after the commit, or, if the queue does not take
 * it, from within this call. The events are told then in either case, after done().
 */
void post_send(struct post *p, enum store_urgency urgency, post_done *done, void *ctx);
void post_tell(struct post *p); /* its events at once; nothing of it is stored */
void post_drop(struct post *p); /* nothing happens */

#endif
