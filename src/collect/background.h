/* SPDX-License-Identifier: MIT */
/* Work of the collector that nobody waits for: past days into chunks, one account after the other. */
#ifndef COLLECT_BACKGROUND_H
#define COLLECT_BACKGROUND_H

#include "collect/past.h"

#include <stdbool.h>

struct background;
struct collector;
struct device;

struct background *background_new(struct collector *c); /* NULL: no memory */
void background_free(struct background *b); /* not while background_busy(); NULL is fine */
void background_start(struct background *b);
void background_stop(struct background *b); /* a step under way is finished, its result dropped */
bool background_busy(const struct background *b);

/* How the telegrams of this account are understood; borrows from the account. */
struct past_scope device_scope(const struct device *d);

#endif
