/* SPDX-License-Identifier: MIT */
/*
 * A file system under SQLite that counts and remembers what is written, fails on demand, and can
 * say what a disk would hold after the power was cut: what was not synced is there, or not, or
 * half of it, in 512-byte sectors; what lies beside a torn write stays as it was. Registered as
 * "test". Syncs are only thought of: the real disk is spared.
 */
#ifndef TEST_STORE_VFS_H
#define TEST_STORE_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VFS_NAME "test"
#define VFS_SECTOR 512

struct vfs_counters {
	uint64_t writes, bytes, syncs;
	uint64_t log_bytes; /* of bytes: into -wal */
};

void vfs_register(void);
void vfs_reset(void); /* forgets all; counts from zero */
void vfs_record(bool on); /* remember writes, from files as they are now: empty ones at best */
struct vfs_counters vfs_counters(void);

/* The n-th write or sync from now on, and all after it, fail: 0 never. error: an SQLITE_ code. */
void vfs_fail_after(uint64_t n, int error);

/* How many steps are recorded: each write, sync, truncation, making and removal of a file is one. */
size_t vfs_steps(void);
/* The user marks the present step: "up to here, this much was acknowledged". */
void vfs_mark(uint64_t acknowledged);
/* The last mark at or before a step. */
uint64_t vfs_marked(size_t step);
/*
 * Builds in `dir` what a disk may hold when the power is cut after so many steps. Chance decides on
 * what was not synced; of the write under way at the cut, perhaps some sectors. mode 0: nothing
 * that was not synced is there; 1: all of it; 2: by chance, each write for itself; 3: as 2, torn.
 */
void vfs_rebuild(size_t step, const char *dir, unsigned seed, int mode);

#endif
