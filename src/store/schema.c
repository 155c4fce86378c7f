/* SPDX-License-Identifier: MIT */
#include "store/schema.h"

#include "store/store_error.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_PAGES 512 /* between two calls of progress */
#define PATH_LEN_MAX 4096

/* clang-format off */
const char *const schema_steps[] = {
	/* 0 -> 1
	 * telegram: seq has no gaps, and its last row is never deleted. late: time - due.
	 * flags: step << 8 | flags.
	 * entry: AMS index.
	 * head: last chain of each account as of state 'headed'; the telegrams after it tell the rest.
	 * block: what lies between seq 4096 * block and the next block; only for full blocks.
	 * chunk: id = day << 32 | series.
	 * month: id = day / 32 << 32 | series; the chunks of those days. A chunk of its own comes first. */
	"CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE telegram (seq INTEGER PRIMARY KEY, account INTEGER NOT NULL,"
	" time INTEGER NOT NULL, late INTEGER, prev INTEGER, ordinal INTEGER, count INTEGER,"
	" duration INTEGER, error INTEGER, flags INTEGER, entry INTEGER, crc INTEGER NOT NULL,"
	" bytes BLOB);"
	"CREATE TABLE head (account INTEGER PRIMARY KEY, seq INTEGER NOT NULL);"
	"CREATE TABLE block (block INTEGER PRIMARY KEY, min_time INTEGER NOT NULL,"
	" max_time INTEGER NOT NULL, bytes INTEGER NOT NULL);"
	"CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, revision INTEGER NOT NULL,"
	" document TEXT NOT NULL, crc INTEGER NOT NULL);"
	"CREATE TABLE series (id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL,"
	" segment INTEGER NOT NULL, key TEXT NOT NULL, meta TEXT NOT NULL, first INTEGER NOT NULL,"
	" last INTEGER NOT NULL, gone INTEGER NOT NULL, crc INTEGER NOT NULL);"
	"CREATE INDEX series_account ON series (account);"
	"CREATE TABLE chunk (id INTEGER PRIMARY KEY, body BLOB NOT NULL);"
	"CREATE TABLE month (id INTEGER PRIMARY KEY, body BLOB NOT NULL);"
	"CREATE TABLE history (series INTEGER, time INTEGER, revision INTEGER, local INTEGER NOT NULL,"
	" body BLOB NOT NULL, PRIMARY KEY (series, time, revision)) WITHOUT ROWID;"
	"CREATE TABLE day (account INTEGER, day INTEGER, first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" PRIMARY KEY (account, day)) WITHOUT ROWID;"
	"CREATE TABLE event (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL,"
	" severity INTEGER NOT NULL, account INTEGER, bus TEXT, text TEXT NOT NULL, data TEXT);"
	"CREATE TABLE token (name TEXT PRIMARY KEY, role INTEGER NOT NULL, hash BLOB NOT NULL,"
	" created INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
	/* 64 bits, never 0 */
	"INSERT INTO state VALUES ('epoch', random() | 1);",
};
/* clang-format on */
const int schema_step_count = sizeof(schema_steps) / sizeof(schema_steps[0]);

static int pragma(struct sql *q, const char *text, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(q->db, text, -1, &statement, NULL);

	if (rc != SQLITE_OK)
		return sql_error(q, rc);
	rc = sql_step(q, statement);
	if (rc > 0)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return rc < 0 ? rc : 0;
}

int schema_sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_LEN_MAX] = ".";
	int fd, rc;

	if (slash == path)
		memcpy(dir, "/", 2);
	else if (slash && (size_t)(slash - path) < sizeof(dir)) {
		memcpy(dir, path, (size_t)(slash - path));
		dir[slash - path] = '\0';
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return STORE_E_IO;
	rc = fsync(fd);
	close(fd);
	return rc < 0 ? STORE_E_IO : 0;
}

static int copy_pages(struct sql *from, struct sql *to,
	int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx)
{
	sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");
	int rc;

	if (!backup)
		return sql_error(to, sqlite3_errcode(to->db));
	do {
		uint64_t total, done;

		rc = sqlite3_backup_step(backup, COPY_PAGES);
		total = (uint64_t)sqlite3_backup_pagecount(backup);
		done = total - (uint64_t)sqlite3_backup_remaining(backup);
		if (rc == SQLITE_OK && progress && progress(ctx, done, total) != 0)
			rc = SQLITE_INTERRUPT;
	} while (rc == SQLITE_OK);
	sqlite3_backup_finish(backup);
	return rc == SQLITE_DONE ? 0 : sql_error(to, rc);
}

int schema_copy(struct sql *from, const char *path, const char *vfs,
	int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx)
{
	struct sql to;
	int64_t pages;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
	int rc;

	if (fd < 0)
		return STORE_E_IO;
	close(fd);
	rc = sql_open(&to, path, SQLITE_OPEN_READWRITE, vfs);
	if (rc < 0)
		return rc;
	rc = sql_exec(&to, "PRAGMA synchronous = FULL");
	/* the read transaction keeps one state of the source in sight for all of the steps */
	if (rc == 0)
		rc = sql_exec(from, "BEGIN");
	if (rc == 0) {
		rc = pragma(from, "SELECT count(*) FROM sqlite_master", &pages);
		if (rc == 0)
			rc = copy_pages(from, &to, progress, ctx);
		sql_exec(from, "COMMIT");
	}
	sql_close(&to);
	return rc == 0 ? schema_sync_directory(path) : rc;
}

static int apply_step(struct sql *q, const char *step, int version)
{
	int rc = sql_exec(q, "BEGIN IMMEDIATE");

	if (rc == 0)
		rc = sql_exec(q, step);
	if (rc == 0)
		rc = sql_exec_number(q, "PRAGMA application_id = %lld", SCHEMA_APPLICATION);
	if (rc == 0)
		rc = sql_exec_number(q, "PRAGMA user_version = %lld", version);
	if (rc == 0)
		rc = sql_exec(q, "COMMIT");
	if (rc < 0 && !sqlite3_get_autocommit(q->db))
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* version 0 with tables: not ours */
static int get_version(struct sql *q, int64_t *ret_version, int64_t *ret_tables)
{
	int rc = pragma(q, "PRAGMA user_version", ret_version);

	return rc < 0 ? rc : pragma(q, "SELECT count(*) FROM sqlite_master", ret_tables);
}

int schema_check(struct sql *q, int count, bool read_only)
{
	int64_t version = 0, application = 0, tables = 0;
	int rc = get_version(q, &version, &tables);

	if (rc == 0)
		rc = pragma(q, "PRAGMA application_id", &application);
	if (rc < 0)
		return rc;
	if (tables > 0 && application != SCHEMA_APPLICATION)
		return STORE_E_NOT_STORE;
	if (version > count)
		return STORE_E_VERSION;
	return read_only && version < count ? STORE_E_READ_ONLY : 0;
}

int schema_migrate(
	struct sql *q, const char *path, const char *vfs, const char *const *steps, int count)
{
	int64_t version = 0, tables = 0;
	char backup[PATH_LEN_MAX];
	int rc = get_version(q, &version, &tables);

	if (rc == 0 && version < count && tables > 0) {
		if (snprintf(backup, sizeof(backup), "%s.v%d.bak", path, (int)version) >=
			(int)sizeof(backup))
			return STORE_E_INVALID;
		rc = schema_copy(q, backup, vfs, NULL, NULL);
	} else if (rc == 0 && tables == 0) {
		rc = schema_sync_directory(path);
	}
	for (; rc == 0 && version < count; version++)
		rc = apply_step(q, steps[version], (int)version + 1);
	return rc;
}
