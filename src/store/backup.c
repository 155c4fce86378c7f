/* SPDX-License-Identifier: MIT */
#include "store/schema.h"
#include "store/store_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The copy is another store from now on: what it will number is not what this one will. */
static int give_epoch(const struct store *s, const char *path)
{
	struct sql q;
	int rc = sql_open(&q, path, SQLITE_OPEN_READWRITE, s->vfs);

	if (rc < 0)
		return rc;
	/* without a log beside it, the copy is one file */
	rc = sql_exec(&q, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;"
			  "UPDATE state SET value = random() | 1 WHERE name = 'epoch'");
	sql_close(&q);
	return rc;
}

static int copy(const struct store *s, const char *path, store_progress_fn *progress, void *ctx)
{
	struct sql from;
	int rc = store_sql_open(s, true, &from);

	if (rc < 0)
		return rc;
	rc = schema_copy(&from, path, s->vfs, progress, ctx);
	sql_close(&from);
	return rc == 0 ? give_epoch(s, path) : rc;
}

int store_backup(struct store *s, const char *path, store_progress_fn *progress, void *ctx)
{
	size_t len = strlen(path) + sizeof(".part");
	char *part = malloc(len);
	int rc;

	if (!part)
		return STORE_E_MEMORY;
	snprintf(part, len, "%s.part", path);
	rc = copy(s, part, progress, ctx);
	if (rc == 0 && rename(part, path) < 0)
		rc = STORE_E_IO;
	if (rc == 0)
		rc = schema_sync_directory(path);
	else
		unlink(part);
	free(part);
	return rc;
}
