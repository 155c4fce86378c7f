/* SPDX-License-Identifier: MIT */
/* From root to a user with as few rights as will do. */
#ifndef METERBUSD_RIGHTS_H
#define METERBUSD_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct rights {
	char user[64];
	uid_t uid;
	gid_t gid;
	bool change; /* we are root and shall not be */
};

/*
 * Who we shall be. Names may be NULL. 0, or -1 and a sentence: no such user, root without `user`,
 * another user without being root.
 */
int rights_find(
	const char *user, const char *group, struct rights *ret_rights, char *ret_err, size_t max);
/* For good: no program that is started gets more. 0, or -1 and a sentence. */
int rights_drop(const struct rights *rights, char *ret_err, size_t max);

#endif
