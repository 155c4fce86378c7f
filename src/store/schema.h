/* SPDX-License-Identifier: MIT */
/* The tables, and how they came to be: forward only. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/sql.h"

#define SCHEMA_APPLICATION 0x4d425553 /* "MBUS" */

extern const char *const schema_steps[]; /* step i leads from version i to i + 1 */
extern const int schema_step_count;

/* STORE_E_NOT_STORE; STORE_E_VERSION: it is newer; STORE_E_READ_ONLY: it is older and may not be. */
int schema_check(struct sql *q, int count, bool read_only);
/*
 * Leads the file to version `count`, a transaction a step; a file that holds anything is copied to
 * "PATH.vN.bak" before. To be checked before.
 */
int schema_migrate(
	struct sql *q, const char *path, const char *vfs, const char *const *steps, int count);

/* A copy of what a connection sees, in a new file that is on disk when this returns. */
int schema_copy(struct sql *from, const char *path, const char *vfs,
	int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx);

/* The name of a file is on disk only with its directory. */
int schema_sync_directory(const char *path);

#endif
