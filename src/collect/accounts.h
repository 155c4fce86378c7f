/* SPDX-License-Identifier: MIT */
/* The accounts of a daemon: by number, by name, in order. It holds a reference to each. */
#ifndef COLLECT_ACCOUNTS_H
#define COLLECT_ACCOUNTS_H

#include "collect/account.h"

#define ACCOUNTS_MAX 100000
#define ACCOUNTS_IMPORT_MAX 16777216 /* bytes of one document of import */

struct accounts;

struct accounts *accounts_new(void); /* NULL: no memory */
void accounts_free(struct accounts *set);

uint32_t accounts_count(const struct accounts *set);
const struct account *accounts_by_id(const struct accounts *set, uint32_t id);
const struct account *accounts_by_name(const struct accounts *set, const char *name);
const struct account *accounts_at(
	const struct accounts *set, uint32_t n); /* by name; NULL: past the end */
/* Position of the first account whose name is not before this one: to go on with a page. */
uint32_t accounts_from_name(const struct accounts *set, const char *name);
uint32_t accounts_next_id(const struct accounts *set); /* above all that ever were in the set */

/*
 * Would it fit? Name and AMS index are free, depends_on names what is there and closes no circle. An
 * account with the same id does not count. Reasons are added to errors. 0 or -1.
 */
int accounts_check(
	const struct accounts *set, const struct account *account, struct account_errors *errors);
/* Who depends on it? NULL: nobody, so it may be deleted or renamed. */
const struct account *accounts_dependent(const struct accounts *set, const struct account *account);

/* Puts it in, in place of the one with its id; takes its own reference. 0 or -1: no memory, full. */
int accounts_put(struct accounts *set, const struct account *account);
void accounts_remove(struct accounts *set, uint32_t id);

/* Order on a bus: AMS index (those without one last), then name. */
int account_order(const struct account *a, const struct account *b);

/* --- lists ------------------------------------------------------------------------------------ */

/* NULL members match all. */
struct account_filter {
	const char *text; /* in name, description, address or place; any case */
	const char *tag;
	const char *place; /* as of account_place() */
	const char *connection; /* "serial", "tcp", "bus" */
	int suspended; /* -1: both */
};

#define ACCOUNT_FILTER_ALL \
	{ \
		.suspended = -1 \
	}

bool account_matches(const struct account *account, const struct account_filter *filter);

/* --- export and import ------------------------------------------------------------------------- */

/* {"format": "meterbus-accounts", "version": 1, "accounts": [...]}. False: the buffer is full. */
bool accounts_export(
	const struct accounts *set, const struct account_filter *filter, struct buf *buf);

enum accounts_import_mode {
	ACCOUNTS_IMPORT_NEW, /* a name that exists is an error */
	ACCOUNTS_IMPORT_MERGE, /* changes what the text names */
	ACCOUNTS_IMPORT_REPLACE, /* the rest gets its defaults; the key is kept */
};

/* Accounts to be committed together, then put into the set. Changed ones have the id and the revision
 * of the old, new ones an id above all. */
struct accounts_import {
	struct account **list;
	uint32_t n, n_new;
};

/* Reads an export, or a bare array of accounts. All or nothing: 0 or -1 with all reasons. */
int accounts_import(const struct accounts *set, const char *text, size_t len,
	enum accounts_import_mode mode, struct accounts_import *ret_import,
	struct account_errors *errors);
void accounts_import_done(struct accounts_import *import);

/* A copy under another name; changes is a JSON object or NULL. The AMS index is not copied. */
int account_copy(const struct account *base, const char *name, const char *changes, size_t len,
	struct account **ret_account, struct account_errors *errors);

#endif
