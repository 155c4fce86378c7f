/* SPDX-License-Identifier: MIT */
#include "store/store_impl.h"

#include "store/schema.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_BYTES \
	(8u << 20) /* the log is cut back to this; a quarter of max_bytes if that is less */
#define LOG_SHARE 4
#define CACHE_BYTES (2u << 20)
#define PATH_LEN_MAX 4000

/* ---- connections ---- */

static uint64_t log_bytes(const struct store *s)
{
	if (s->max_bytes > 0 && s->max_bytes / LOG_SHARE < LOG_BYTES)
		return s->max_bytes / LOG_SHARE;
	return LOG_BYTES;
}

int store_sql_open(const struct store *s, bool read_only, struct sql *ret)
{
	int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	int rc = sql_open(ret, s->path, flags, s->vfs);

	if (rc < 0)
		return rc;
	rc = sql_exec_number(ret, "PRAGMA cache_size = -%lld", s->cache_bytes / 1024);
	if (rc == 0)
		rc = sql_exec(ret, "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;"
				   "PRAGMA temp_store = MEMORY");
	if (rc < 0)
		sql_close(ret);
	return rc;
}

static int set_up_writing(struct store *s)
{
	struct sql *q = &s->sql;
	int64_t limit = (int64_t)log_bytes(s);
	int rc;

	if ((rc = sql_exec_number(q, "PRAGMA page_size = %lld", STORE_PAGE)) < 0 ||
		(rc = sql_exec(q, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")) < 0 ||
		(rc = sql_exec_number(q, "PRAGMA journal_size_limit = %lld", limit)) < 0 ||
		(rc = sql_exec_number(
			 q, "PRAGMA wal_autocheckpoint = %lld", limit / 2 / STORE_PAGE)) < 0)
		return rc;
	if (s->max_bytes == 0)
		return 0;
	s->max_pages = (s->max_bytes - (uint64_t)limit) / STORE_PAGE;
	return sql_exec_number(q, "PRAGMA max_page_count = %lld", (int64_t)s->max_pages);
}

/* ---- what is known by heart ---- */

/* 0 when there is none */
static int load_number(
	struct store *s, enum statement id, const struct sql_value *values, size_t n, uint64_t *ret)
{
	int64_t number = 0;
	int rc = sql_number(&s->sql, id, values, n, &number);

	*ret = (uint64_t)number;
	return rc < 0 ? rc : 0;
}

static int load_sequences(struct store *s)
{
	struct store_live *live = &s->live;
	uint64_t account = 0, series = 0;
	struct store_ends ends;
	int rc;

	if ((rc = store_find_ends(&s->sql, &ends)) < 0 ||
		(rc = load_number(s, SQL_EVENT_FIRST, SQL_NONE, &live->first_event)) < 0 ||
		(rc = load_number(s, SQL_EVENT_LAST, SQL_NONE, &live->last_event)) < 0 ||
		(rc = load_number(s, SQL_SEQUENCE_GET, SQL_ARGS(SQL_T("account")), &account)) < 0 ||
		(rc = load_number(s, SQL_SEQUENCE_GET, SQL_ARGS(SQL_T("series")), &series)) < 0)
		return rc;
	live->first_seq = ends.first ? ends.first : 1;
	live->last_seq = ends.last;
	if (live->last_event == 0)
		live->first_event = 1;
	s->next_account = (uint32_t)account + 1;
	s->next_series = (uint32_t)series + 1;
	return 0;
}

static int load_usage(struct store *s)
{
	struct store_live *live = &s->live;
	/* clang-format off */
	const struct {
		const char *name;
		uint64_t *to;
	} usage[] = {
		{ "points.rows",  &live->rows[STORE_POINTS] },
		{ "points.bytes", &live->bytes[STORE_POINTS] },
		{ "events.bytes", &live->bytes[STORE_EVENTS] },
		{ "headed",       &live->headed },
		{ "epoch",        &s->stats.epoch },
	};
	/* clang-format on */
	int rc = 0;

	for (size_t i = 0; i < sizeof(usage) / sizeof(usage[0]) && rc == 0; i++)
		rc = load_number(s, SQL_STATE_GET, SQL_ARGS(SQL_T(usage[i].name)), usage[i].to);
	live->rows[STORE_TELEGRAMS] = live->last_seq + 1 - live->first_seq;
	live->rows[STORE_EVENTS] = live->last_event + 1 - live->first_event;
	return rc;
}

static int64_t load_heads(struct store *s)
{
	sqlite3_stmt *q;
	int64_t n = 0;
	int rc = sql_bind(&s->sql, SQL_HEAD_ALL, SQL_NONE, &q);

	if (rc < 0)
		return rc;
	while ((rc = sql_step(&s->sql, q)) > 0) {
		int64_t account = sqlite3_column_int64(q, 0);

		n++;
		if (account < 0 || account > STORE_ACCOUNT_MAX)
			rc = STORE_E_CORRUPT;
		else
			rc = heads_set(
				&s->heads, (uint32_t)account, (uint64_t)sqlite3_column_int64(q, 1));
		if (rc < 0)
			break;
		heads_keep(&s->heads);
	}
	sql_done(q);
	return rc < 0 ? rc : n;
}

/* Bytes of the telegrams in full blocks, but for the oldest: some of it may be gone. */
static int64_t load_blocks(struct store *s)
{
	sqlite3_stmt *q;
	int64_t n = 0;
	int rc = sql_bind(&s->sql, SQL_BLOCK_ALL, SQL_NONE, &q);

	if (rc < 0)
		return rc;
	while ((rc = sql_step(&s->sql, q)) > 0) {
		if ((uint64_t)sqlite3_column_int64(q, 0) > s->live.first_seq >> STORE_BLOCK_BITS)
			s->live.bytes[STORE_TELEGRAMS] += (uint64_t)sqlite3_column_int64(q, 3);
		n++;
	}
	sql_done(q);
	return rc < 0 ? rc : n;
}

static int load_telegrams(struct store *s)
{
	int64_t (*const steps[])(struct store * s) = {
		load_heads,
		load_blocks,
		store_scan_oldest,
		store_scan_newest,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int64_t n = steps[i](s);

		if (n < 0)
			return (int)n;
		s->stats.opened_rows += (uint64_t)n;
	}
	heads_keep(&s->heads);
	s->live.bytes[STORE_TELEGRAMS] += s->live.block.bytes;
	return 0;
}

static void load_stats(struct store *s)
{
	struct store_stats *st = &s->stats;

	st->first_seq = s->live.first_seq;
	st->last_seq = s->live.last_seq;
	st->first_event = s->live.first_event;
	st->last_event = s->live.last_event;
	st->max_bytes = s->max_bytes;
	memcpy(st->rows, s->live.rows, sizeof(st->rows));
	memcpy(st->bytes, s->live.bytes, sizeof(st->bytes));
}

/* ---- opening ---- */

/* One process writes. A file beside the store, for closing the store's own would drop SQLite's locks. */
static int lock(struct store *s)
{
	char path[PATH_LEN_MAX + 16];

	snprintf(path, sizeof(path), "%s.lock", s->path);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (s->lock_fd < 0)
		return STORE_E_IO;
	return flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0 ? STORE_E_LOCKED : 0;
}

/* Before SQLite does, for only we may read it. */
static int create(struct store *s)
{
	int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);

	if (fd < 0)
		return STORE_E_IO;
	close(fd);
	return 0;
}

static int load(struct store *s)
{
	int rc = load_sequences(s);

	if (rc == 0)
		rc = load_usage(s);
	if (rc == 0)
		rc = load_telegrams(s);
	if (rc == 0)
		load_stats(s);
	return rc;
}

static int open_all(struct store *s)
{
	int rc = 0;

	if (!s->read_only && ((rc = lock(s)) < 0 || (rc = create(s)) < 0))
		return rc;
	rc = store_sql_open(s, s->read_only, &s->sql);
	if (rc == 0)
		rc = schema_check(&s->sql, schema_step_count, s->read_only);
	if (rc == 0 && !s->read_only)
		rc = set_up_writing(s);
	if (rc == 0 && !s->read_only)
		rc = schema_migrate(&s->sql, s->path, s->vfs, schema_steps, schema_step_count);
	return rc == 0 ? load(s) : rc;
}

static const char *advice(int rc)
{
	/* clang-format off */
	static const struct {
		int rc;
		const char *text;
	} rows[] = {
		{ STORE_E_LOCKED,    "stop the other process, or give this one a store of its own" },
		{ STORE_E_VERSION,   "install that program, or go back to the backup it made" },
		{ STORE_E_CORRUPT,   "restore a backup, or move the file away to begin anew" },
		{ STORE_E_NOT_STORE, "name another path" },
		{ STORE_E_FULL,      "make room on the disk" },
		{ STORE_E_READ_ONLY, "an older program made it; let the daemon open it once" },
		{ STORE_E_IO,        "see that the directory exists and may be written" },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].rc == rc)
			return rows[i].text;
	return "see the system's log";
}

static int check_options(const struct store_options *o, char *ret_err, size_t max)
{
	if (!o->path || !o->path[0] || strlen(o->path) > PATH_LEN_MAX) {
		snprintf(ret_err, max, "the path of the store must have 1 to %d bytes",
			PATH_LEN_MAX);
		return STORE_E_INVALID;
	}
	if (o->max_bytes > 0 && o->max_bytes < STORE_BYTES_MIN) {
		snprintf(ret_err, max, "%s: the store needs at least %u bytes, not %llu", o->path,
			STORE_BYTES_MIN, (unsigned long long)o->max_bytes);
		return STORE_E_INVALID;
	}
	return 0;
}

static struct store *store_new(const struct store_options *o)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	pthread_mutex_init(&s->mutex, NULL);
	s->lock_fd = -1;
	s->path = strdup(o->path);
	s->vfs = o->vfs ? strdup(o->vfs) : NULL;
	s->read_only = o->read_only;
	s->max_bytes = o->max_bytes;
	s->cache_bytes = o->cache_bytes ? o->cache_bytes : CACHE_BYTES;
	s->retention = o->retention;
	if (s->path && (s->vfs || !o->vfs))
		return s;
	store_close(s);
	return NULL;
}

int store_open(const struct store_options *options, struct store **ret, char *ret_err, size_t max)
{
	struct store *s;
	int rc = check_options(options, ret_err, max);

	if (rc < 0)
		return rc;
	s = store_new(options);
	rc = s ? open_all(s) : STORE_E_MEMORY;
	if (rc == 0) {
		*ret = s;
		return 0;
	}
	snprintf(ret_err, max, "%s: %s: %s", options->path, store_error_text(rc), advice(rc));
	store_close(s);
	return rc;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sql_close(&s->sql);
	heads_done(&s->heads);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	pthread_mutex_destroy(&s->mutex);
	free(s->path);
	free(s->vfs);
	free(s);
}

/* ---- small things ---- */

uint32_t store_next_account(struct store *s)
{
	return s->next_account++;
}

uint32_t store_next_series(struct store *s)
{
	return s->next_series++;
}

void store_set_retention(struct store *s, const struct store_retention *retention)
{
	pthread_mutex_lock(&s->mutex);
	s->retention = *retention;
	pthread_mutex_unlock(&s->mutex);
}

void store_note_corrupt(struct store *s)
{
	pthread_mutex_lock(&s->mutex);
	s->stats.corrupt++;
	pthread_mutex_unlock(&s->mutex);
}

static uint64_t file_bytes(const struct store *s, const char *suffix)
{
	char path[PATH_LEN_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", s->path, suffix);
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* The pages of the last commit may be in the log still; before the first one there is the file. */
static uint64_t room(const struct store *s, const struct store_stats *st)
{
	uint64_t file = file_bytes(s, ""), limit = s->max_pages * STORE_PAGE;
	uint64_t used = (file > st->disk_bytes ? file : st->disk_bytes) - st->free_bytes;

	if (s->max_pages == 0)
		return UINT64_MAX;
	return limit > used ? limit - used : 0;
}

void store_stats(struct store *s, struct store_stats *ret)
{
	pthread_mutex_lock(&s->mutex);
	*ret = s->stats;
	pthread_mutex_unlock(&s->mutex);
	ret->room_bytes = room(s, ret);
	ret->disk_bytes = file_bytes(s, "") + file_bytes(s, "-wal") + file_bytes(s, "-shm");
}
