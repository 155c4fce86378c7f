/* SPDX-License-Identifier: MIT */
#include "store/sql.h"

#include "store/store_error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const texts[SQL_COUNT] = {
#define STATEMENT_X(name, text) [SQL_##name] = (text),
	STATEMENT_MAP(STATEMENT_X)
#undef STATEMENT_X
};

static const struct {
	int sqlite, store;
} errors[] = {
	{SQLITE_FULL, STORE_E_FULL},
	{SQLITE_CORRUPT, STORE_E_CORRUPT},
	{SQLITE_NOTADB, STORE_E_NOT_STORE},
	{SQLITE_NOMEM, STORE_E_MEMORY},
	{SQLITE_INTERRUPT, STORE_E_INTERRUPTED},
	{SQLITE_READONLY, STORE_E_READ_ONLY},
	{SQLITE_BUSY, STORE_E_LOCKED},
	{SQLITE_LOCKED, STORE_E_LOCKED},
	{SQLITE_TOOBIG, STORE_E_INVALID},
	{SQLITE_CONSTRAINT, STORE_E_CONFLICT},
};

int sql_error(struct sql *q, int rc)
{
	int system = sqlite3_system_errno(q->db);

	/* a full disk shows as I/O error where SQLite grows its shared memory */
	if ((rc & 0xff) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT))
		return STORE_E_FULL;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].sqlite == (rc & 0xff))
			return errors[i].store;
	return STORE_E_IO;
}

int sql_open(struct sql *q, const char *path, int flags, const char *vfs)
{
	int rc;

	memset(q, 0, sizeof(*q));
	rc = sqlite3_open_v2(path, &q->db, flags | SQLITE_OPEN_NOMUTEX, vfs);
	if (!q->db)
		return STORE_E_MEMORY;
	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_busy_timeout(q->db, 5000);
	if (rc == SQLITE_OK)
		return 0;
	rc = sql_error(q, rc);
	sql_close(q);
	return rc;
}

void sql_close(struct sql *q)
{
	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(q->statements[i]);
	sqlite3_close(q->db);
	memset(q, 0, sizeof(*q));
}

int sql_exec(struct sql *q, const char *text)
{
	int rc = sqlite3_exec(q->db, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sql_error(q, rc);
}

int sql_exec_number(struct sql *q, const char *format, int64_t number)
{
	char *text = sqlite3_mprintf(format, (sqlite3_int64)number);
	int rc = text ? sql_exec(q, text) : STORE_E_MEMORY;

	sqlite3_free(text);
	return rc;
}

static int bind_value(sqlite3_stmt *statement, int at, const struct sql_value *v)
{
	switch (v->type) {
	case SQL_INT:
		return sqlite3_bind_int64(statement, at, v->number);
	case SQL_TEXT:
		return sqlite3_bind_text(statement, at, v->bytes, -1, SQLITE_STATIC);
	case SQL_BLOB:
		return sqlite3_bind_blob64(statement, at, v->bytes, v->len, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(statement, at);
	}
}

int sql_bind(struct sql *q, enum statement id, const struct sql_value *values, size_t n,
	sqlite3_stmt **ret)
{
	sqlite3_stmt **statement = &q->statements[id];
	int rc = SQLITE_OK;

	if (!*statement)
		rc = sqlite3_prepare_v3(
			q->db, texts[id], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
	for (size_t i = 0; i < n && rc == SQLITE_OK; i++)
		rc = bind_value(*statement, (int)i + 1, &values[i]);
	if (rc != SQLITE_OK)
		return sql_error(q, rc);
	*ret = *statement;
	return 0;
}

int sql_step(struct sql *q, sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : sql_error(q, rc);
}

void sql_done(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
}

int sql_run(struct sql *q, enum statement id, const struct sql_value *values, size_t n)
{
	sqlite3_stmt *statement;
	int rc = sql_bind(q, id, values, n, &statement);

	if (rc < 0)
		return rc;
	rc = sql_step(q, statement);
	sql_done(statement);
	return rc < 0 ? rc : 0;
}

int sql_number(
	struct sql *q, enum statement id, const struct sql_value *values, size_t n, int64_t *ret)
{
	sqlite3_stmt *statement;
	int rc = sql_bind(q, id, values, n, &statement);

	if (rc < 0)
		return rc;
	rc = sql_step(q, statement);
	if (rc > 0 && sqlite3_column_type(statement, 0) == SQLITE_NULL)
		rc = 0;
	if (rc > 0)
		*ret = sqlite3_column_int64(statement, 0);
	sql_done(statement);
	return rc;
}

int sql_two(
	struct sql *q, enum statement id, const struct sql_value *values, size_t n, int64_t ret[2])
{
	sqlite3_stmt *statement;
	int rc = sql_bind(q, id, values, n, &statement);

	if (rc < 0)
		return rc;
	rc = sql_step(q, statement);
	if (rc > 0)
		for (int i = 0; i < 2; i++)
			ret[i] = sqlite3_column_int64(statement, i);
	sql_done(statement);
	return rc;
}

const char *sql_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text ? (const char *)text : "";
}
