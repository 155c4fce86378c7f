/* SPDX-License-Identifier: MIT */
/* One connection to SQLite: prepared statements, values, errors of ours. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "store/statements.h"

#include <sqlite3.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sql {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_COUNT]; /* prepared when first used */
};

enum sql_type {
	SQL_NULL,
	SQL_INT,
	SQL_TEXT,
	SQL_BLOB
};

/* Lent until the statement is reset. */
struct sql_value {
	enum sql_type type;
	int64_t number;
	const void *bytes;
	size_t len;
};

#define SQL_I(v) ((struct sql_value){.type = SQL_INT, .number = (int64_t)(v)})
#define SQL_I0(v) /* 0 is stored as nothing */ \
	((struct sql_value){.type = (v) ? SQL_INT : SQL_NULL, .number = (int64_t)(v)})
#define SQL_T(v) ((struct sql_value){.type = SQL_TEXT, .bytes = (v)})
#define SQL_B(v, n) ((struct sql_value){.type = SQL_BLOB, .bytes = (v), .len = (n)})
#define SQL_ARGS(...) \
	(const struct sql_value[]){__VA_ARGS__}, \
		sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)
#define SQL_NONE NULL, 0

int sql_open(struct sql *q, const char *path, int flags, const char *vfs);
void sql_close(struct sql *q);
/* Any statements without values. */
int sql_exec(struct sql *q, const char *text);
int sql_exec_number(struct sql *q, const char *format, int64_t number); /* one %lld */

/* Bound and ready to be stepped; sql_done() when through. */
int sql_bind(struct sql *q, enum statement id, const struct sql_value *values, size_t n,
	sqlite3_stmt **ret);
int sql_step(struct sql *q, sqlite3_stmt *statement); /* 1 a row, 0 the end, < 0 */
void sql_done(sqlite3_stmt *statement);
/* Without rows: 0 or < 0. */
int sql_run(struct sql *q, enum statement id, const struct sql_value *values, size_t n);
/* First column of the first row: 1; 0: no row, or NULL. */
int sql_number(
	struct sql *q, enum statement id, const struct sql_value *values, size_t n, int64_t *ret);
int sql_two(
	struct sql *q, enum statement id, const struct sql_value *values, size_t n, int64_t ret[2]);

/* STORE_E_* of the last failure of this connection. */
int sql_error(struct sql *q, int rc);
/* "" for NULL */
const char *sql_text(sqlite3_stmt *statement, int column);

#endif
