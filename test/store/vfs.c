/* SPDX-License-Identifier: MIT */
#include "vfs.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 16

enum step_kind {
	STEP_WRITE,
	STEP_SYNC,
	STEP_TRUNCATE,
	STEP_CREATE,
	STEP_REMOVE
};

struct step {
	enum step_kind kind;
	int file; /* in names */
	int64_t offset; /* or length */
	size_t len;
	uint8_t *bytes;
	uint64_t marked;
};

static struct {
	pthread_mutex_t mutex;
	struct vfs_counters counters;
	bool recording;
	struct step *steps;
	size_t count, size;
	char names[FILES_MAX][64]; /* without the directory */
	int name_count;
	uint64_t fail_after;
	int fail_error;
	uint64_t marked;
} v = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* ---- recording ---- */

static int file_number(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (int i = 0; i < v.name_count; i++)
		if (strcmp(v.names[i], name) == 0)
			return i;
	assert(v.name_count < FILES_MAX && strlen(name) < sizeof(v.names[0]));
	strcpy(v.names[v.name_count], name);
	return v.name_count++;
}

static void record(
	enum step_kind kind, const char *path, int64_t offset, const void *bytes, size_t len)
{
	struct step *step;

	if (!v.recording)
		return;
	if (v.count == v.size) {
		v.size = v.size ? 2 * v.size : 1024;
		v.steps = realloc(v.steps, v.size * sizeof(*v.steps));
		assert(v.steps);
	}
	step = &v.steps[v.count++];
	*step = (struct step){kind, file_number(path), offset, len, NULL, v.marked};
	if (len > 0) {
		step->bytes = malloc(len);
		assert(step->bytes);
		memcpy(step->bytes, bytes, len);
	}
}

/* SQLITE_OK or the error that is wanted now. */
static int pass(void)
{
	if (v.fail_after == 0)
		return SQLITE_OK;
	if (v.fail_after > 1) {
		v.fail_after--;
		return SQLITE_OK;
	}
	return v.fail_error;
}

/* ---- files ---- */

struct file {
	sqlite3_file base;
	const char *path; /* SQLite keeps it as long as the file is open */
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static const char *path_of(sqlite3_file *f)
{
	return ((struct file *)f)->path;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static int file_close(sqlite3_file *f)
{
	return real_of(f)->pMethods ? real_of(f)->pMethods->xClose(real_of(f)) : SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 offset)
{
	return real_of(f)->pMethods->xRead(real_of(f), to, n, offset);
}

static int file_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 offset)
{
	int rc;

	pthread_mutex_lock(&v.mutex);
	rc = pass();
	if (rc == SQLITE_OK && path_of(f)) {
		v.counters.writes++;
		v.counters.bytes += (uint64_t)n;
		if (ends_with(path_of(f), "-wal"))
			v.counters.log_bytes += (uint64_t)n;
		record(STEP_WRITE, path_of(f), offset, bytes, (size_t)n);
	}
	pthread_mutex_unlock(&v.mutex);
	return rc == SQLITE_OK ? real_of(f)->pMethods->xWrite(real_of(f), bytes, n, offset) : rc;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	pthread_mutex_lock(&v.mutex);
	if (path_of(f))
		record(STEP_TRUNCATE, path_of(f), size, NULL, 0);
	pthread_mutex_unlock(&v.mutex);
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

/* The real one is spared: this disk is lost only in our thoughts. */
static int file_sync(sqlite3_file *f, int flags)
{
	int rc;

	(void)flags;
	pthread_mutex_lock(&v.mutex);
	rc = pass();
	if (rc == SQLITE_OK && path_of(f)) {
		v.counters.syncs++;
		record(STEP_SYNC, path_of(f), 0, NULL, 0);
	}
	pthread_mutex_unlock(&v.mutex);
	return rc == SQLITE_OK || rc == SQLITE_FULL ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), ret);
}

static int file_lock(sqlite3_file *f, int lock)
{
	return real_of(f)->pMethods->xLock(real_of(f), lock);
}

static int file_unlock(sqlite3_file *f, int lock)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), lock);
}

static int file_check_lock(sqlite3_file *f, int *ret)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int file_device(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, ret);
}

static int file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int file_shm_unmap(sqlite3_file *f, int remove_it)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), remove_it);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_check_lock,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_device,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

/* ---- the file system ---- */

static sqlite3_vfs *below(sqlite3_vfs *vfs)
{
	return vfs->pAppData;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *ret_flags)
{
	struct file *file = (struct file *)f;
	bool is_new = path && access(path, F_OK) != 0;
	int rc;

	file->path = path;
	file->real = (sqlite3_file *)(file + 1);
	memset(file->real, 0, (size_t)below(vfs)->szOsFile);
	rc = below(vfs)->xOpen(below(vfs), path, file->real, flags, ret_flags);
	f->pMethods = rc == SQLITE_OK ? &methods : NULL;
	if (rc == SQLITE_OK && is_new) {
		pthread_mutex_lock(&v.mutex);
		record(STEP_CREATE, path, 0, NULL, 0);
		pthread_mutex_unlock(&v.mutex);
	}
	return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_dir)
{
	pthread_mutex_lock(&v.mutex);
	record(STEP_REMOVE, path, 0, NULL, 0);
	pthread_mutex_unlock(&v.mutex);
	return below(vfs)->xDelete(below(vfs), path, sync_dir);
}

void vfs_register(void)
{
	static sqlite3_vfs vfs;
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	if (vfs.zName)
		return;
	vfs = *real;
	vfs.pNext = NULL;
	vfs.zName = VFS_NAME;
	vfs.szOsFile = (int)sizeof(struct file) + real->szOsFile;
	vfs.pAppData = real;
	vfs.xOpen = vfs_open;
	vfs.xDelete = vfs_delete;
	assert(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

void vfs_reset(void)
{
	for (size_t i = 0; i < v.count; i++)
		free(v.steps[i].bytes);
	free(v.steps);
	v.steps = NULL;
	v.count = v.size = 0;
	v.name_count = 0;
	v.recording = false;
	v.fail_after = 0;
	v.marked = 0;
	memset(&v.counters, 0, sizeof(v.counters));
}

void vfs_record(bool on)
{
	v.recording = on;
}

struct vfs_counters vfs_counters(void)
{
	return v.counters;
}

void vfs_fail_after(uint64_t n, int error)
{
	v.fail_after = n;
	v.fail_error = error;
}

/* ---- after the cut ---- */

size_t vfs_steps(void)
{
	return v.count;
}

void vfs_mark(uint64_t acknowledged)
{
	v.marked = acknowledged;
}

uint64_t vfs_marked(size_t step)
{
	/* the mark of a step was set before it; what came after the last one is not known to be safe */
	return step < v.count ? v.steps[step].marked : v.marked;
}

struct disk_file {
	bool exists;
	uint8_t *bytes;
	size_t len, size;
};

static void disk_write(struct disk_file *d, size_t offset, const uint8_t *bytes, size_t n)
{
	if (offset + n > d->size) {
		d->size = (offset + n) * 2;
		d->bytes = realloc(d->bytes, d->size);
		assert(d->bytes);
	}
	if (offset > d->len)
		memset(d->bytes + d->len, 0, offset - d->len);
	memcpy(d->bytes + offset, bytes, n);
	if (offset + n > d->len)
		d->len = offset + n;
}

static void disk_truncate(struct disk_file *d, size_t len)
{
	if (len < d->len)
		d->len = len;
}

static unsigned chance(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static void apply_torn(struct disk_file *d, const struct step *s, unsigned *seed)
{
	size_t first = VFS_SECTOR - (size_t)s->offset % VFS_SECTOR;

	for (size_t at = 0; at < s->len;) {
		size_t n = at == 0 ? first : VFS_SECTOR;

		if (n > s->len - at)
			n = s->len - at;
		if (chance(seed) & 1)
			disk_write(d, (size_t)s->offset + at, s->bytes + at, n);
		at += n;
	}
}

static void apply(struct disk_file *d, const struct step *s)
{
	if (s->kind == STEP_WRITE)
		disk_write(d, (size_t)s->offset, s->bytes, s->len);
	else if (s->kind == STEP_TRUNCATE)
		disk_truncate(d, (size_t)s->offset);
}

static void apply_unsynced(struct disk_file *d, const struct step *s, unsigned *seed, int mode)
{
	switch (mode) {
	case 0:
		return;
	case 1:
		apply(d, s);
		return;
	case 2:
		if (chance(seed) & 1)
			apply(d, s);
		return;
	default:
		if (s->kind == STEP_WRITE)
			apply_torn(d, s, seed);
		else if (chance(seed) & 1)
			apply(d, s);
	}
}

static void write_file(const char *dir, const char *name, const struct disk_file *d)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	if (!d->exists)
		return;
	f = fopen(path, "w");
	assert(f);
	assert(fwrite(d->bytes ? d->bytes : (const uint8_t *)"", 1, d->len, f) == d->len);
	fclose(f);
}

void vfs_rebuild(size_t cut, const char *dir, unsigned seed, int mode)
{
	struct disk_file disk[FILES_MAX];
	bool synced[FILES_MAX] = {false};
	uint8_t *safe = calloc(cut + 1, 1);

	assert(safe);
	memset(disk, 0, sizeof(disk));
	for (size_t i = cut; i-- > 0;) { /* from the end: what a later sync covers */
		if (v.steps[i].kind == STEP_SYNC)
			synced[v.steps[i].file] = true;
		safe[i] = synced[v.steps[i].file];
	}
	for (size_t i = 0; i < cut; i++) {
		const struct step *s = &v.steps[i];
		struct disk_file *d = &disk[s->file];

		d->exists = s->kind != STEP_REMOVE;
		if (s->kind == STEP_REMOVE || s->kind == STEP_CREATE)
			d->len = 0;
		if (safe[i])
			apply(d, s);
		else
			apply_unsynced(d, s, &seed, mode);
	}
	for (int i = 0; i < v.name_count; i++) {
		write_file(dir, v.names[i], &disk[i]);
		free(disk[i].bytes);
	}
	free(safe);
}
