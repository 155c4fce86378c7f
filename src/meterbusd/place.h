/* SPDX-License-Identifier: MIT */
/* The directory of the store, and that it is ours alone. */
#ifndef METERBUSD_PLACE_H
#define METERBUSD_PLACE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct place {
	char dir[PATH_MAX];
	int lock_fd; /* -1: not locked */
};

/*
 * Finds the directory (`configured`, or by the environment when NULL) and makes it, its parents too,
 * for this owner. 0, or -1 and a sentence.
 */
int place_make(struct place *place, const char *configured, uid_t uid, gid_t gid, char *ret_err,
	size_t max);
/* Until the process ends. 0, or -1 and a sentence that names who holds it. */
int place_lock(struct place *place, char *ret_err, size_t max);
void place_unlock(struct place *place);

#endif
