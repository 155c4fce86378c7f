/* SPDX-License-Identifier: MIT */
/* Accounts as documents: export, import, copies. */
#include "collect/account_impl.h"
#include "collect/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "meterbus-accounts"
#define VERSION 1

bool accounts_export(
	const struct accounts *set, const struct account_filter *filter, struct buf *buf)
{
	struct json_out j = JSON_OUT(buf);

	json_out_object(&j);
	json_out_key(&j, "format");
	json_out_text(&j, FORMAT);
	json_out_key(&j, "version");
	json_out_u64(&j, VERSION);
	json_out_key(&j, "accounts");
	json_out_array(&j);
	for (uint32_t i = 0; i < accounts_count(set); i++) {
		const struct account *account = accounts_at(set, i);

		if (account_matches(account, filter))
			account_write(account, ACCOUNT_GIVEN, &j);
	}
	json_out_end(&j);
	json_out_end(&j);
	return json_out_ok(&j);
}

/* --- import ---------------------------------------------------------------------------------------- */

struct import {
	const struct accounts *set;
	enum accounts_import_mode mode;
	struct accounts *after; /* as the set will be */
	struct accounts_import made;
	struct account_errors *errors;
};

/* The array of accounts in a document; NULL: it is none. */
static json_t *find_list(json_t *document, struct account_errors *errors)
{
	const char *format = json_string_value(json_object_get(document, "format"));
	json_t *list = json_object_get(document, "accounts");

	if (json_is_array(document))
		return document;
	if (!format || strcmp(format, FORMAT) != 0)
		account_errors_add(errors, "format", "must be \"%s\"", FORMAT);
	else if (json_integer_value(json_object_get(document, "version")) != VERSION)
		account_errors_add(
			errors, "version", "must be %d: this is another program's", VERSION);
	else if (!json_is_array(list))
		account_errors_add(errors, "accounts", "must be an array");
	else
		return list;
	return NULL;
}

/* "port" of the third account: "accounts[2].port". */
static void add_errors(struct import *in, size_t at, const struct account_errors *found)
{
	char property[2 * sizeof(found->list[0].property)];

	for (uint32_t i = 0; i < found->count; i++) {
		const struct account_error *e = &found->list[i < ACCOUNT_ERRORS_MAX ? i : 0];

		snprintf(property, sizeof(property), "accounts[%zu]%s%s", at,
			*e->property ? "." : "", e->property);
		account_errors_add(in->errors, property, "%s", e->text);
	}
}

/* REPLACE: what is not named is default again, but a key, which no export has, is kept. */
static int read_replacing(json_t *object, const struct account *old, struct account **ret_account,
	struct account_errors *errors)
{
	for (size_t i = 0; i < ACCOUNT_ROWS; i++) {
		const struct account_property *shown = &account_rows[i].shown;

		if (shown->secret || json_object_get(object, shown->key))
			continue;
		if (json_object_set_new(object, shown->key, json_null()) < 0) {
			account_errors_add(errors, "", "there is no memory for it");
			return -1;
		}
	}
	return account_from_object(object, old, ret_account, errors);
}

static int read_one(struct import *in, json_t *object, struct account **ret_account,
	struct account_errors *errors)
{
	const char *name = json_string_value(json_object_get(object, "name"));
	const struct account *old = name ? accounts_by_name(in->set, name) : NULL;
	int rc;

	if (!json_is_object(object)) {
		account_errors_add(errors, "", "must be an object");
		return -1;
	}
	if (old && in->mode == ACCOUNTS_IMPORT_NEW) {
		account_errors_add(errors, "name", "there is an account \"%s\"", name);
		return -1;
	}
	if (old && in->mode == ACCOUNTS_IMPORT_REPLACE)
		return read_replacing(object, old, ret_account, errors);
	rc = account_from_object(object, old, ret_account, errors);
	if (rc == 0 && !old)
		(*ret_account)->id = accounts_next_id(in->after);
	return rc;
}

/* Twice the same name in a document: the second finds the first, though the set does not have it. */
static int take_one(struct import *in, json_t *object, struct account_errors *errors)
{
	struct account *account;
	bool is_new;

	if (read_one(in, object, &account, errors) < 0)
		return -1;
	for (uint32_t i = 0; i < in->made.n; i++) {
		if (strcmp(in->made.list[i]->name, account->name) == 0)
			account_errors_add(errors, "name", "is twice in the document");
	}
	is_new = !accounts_by_id(in->set, account->id);
	in->made.list[in->made.n++] = account;
	in->made.n_new += is_new;
	if (errors->count == 0 && accounts_put(in->after, account) < 0)
		account_errors_add(errors, "", "there is no room for it");
	return errors->count ? -1 : 0;
}

/* The names that it depends on may come later in the document: checked when all are there. */
static void check_all(struct import *in)
{
	for (uint32_t i = 0; i < in->made.n; i++) {
		struct account_errors found = {0};

		if (accounts_check(in->after, in->made.list[i], &found) < 0)
			add_errors(in, i, &found);
	}
}

static bool copy_set(const struct accounts *set, struct accounts *copy)
{
	for (uint32_t i = 0; i < accounts_count(set); i++) {
		if (accounts_put(copy, accounts_at(set, i)) < 0)
			return false;
	}
	return true;
}

static void take_all(struct import *in, json_t *list)
{
	size_t n = json_array_size(list);

	if (n > ACCOUNTS_MAX) {
		account_errors_add(in->errors, "accounts", "are more than %d", ACCOUNTS_MAX);
		return;
	}
	in->after = accounts_new();
	in->made.list = calloc(n + 1, sizeof(struct account *));
	if (!in->after || !in->made.list || !copy_set(in->set, in->after)) {
		account_errors_add(in->errors, "", "there is no memory for it");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct account_errors found = {0};

		if (take_one(in, json_array_get(list, i), &found) < 0)
			add_errors(in, i, &found);
	}
	if (in->errors->count == 0)
		check_all(in);
}

int accounts_import(const struct accounts *set, const char *text, size_t len,
	enum accounts_import_mode mode, struct accounts_import *ret_import,
	struct account_errors *errors)
{
	struct import in = {.set = set, .mode = mode, .errors = errors};
	json_t *document, *list;
	json_error_t why;

	if (len > ACCOUNTS_IMPORT_MAX) {
		account_errors_add(errors, "", "is longer than %d bytes", ACCOUNTS_IMPORT_MAX);
		return -1;
	}
	document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!document) {
		account_errors_add(errors, "", "is no JSON: line %d, column %d: %s", why.line,
			why.column, why.text);
		return -1;
	}
	list = find_list(document, errors);
	if (list)
		take_all(&in, list);
	json_decref(document);
	accounts_free(in.after);
	if (errors->count) {
		accounts_import_done(&in.made);
		return -1;
	}
	*ret_import = in.made;
	return 0;
}

void accounts_import_done(struct accounts_import *import)
{
	for (uint32_t i = 0; i < import->n; i++)
		account_put(import->list[i]);
	free(import->list);
	*import = (struct accounts_import){0};
}

/* --- copies ---------------------------------------------------------------------------------------- */

static json_t *load_changes(const char *changes, size_t len, struct account_errors *errors)
{
	json_error_t why;
	json_t *object;

	if (!changes || len == 0)
		return json_object();
	if (len > ACCOUNT_JSON_MAX) {
		account_errors_add(errors, "", "is longer than %d bytes", ACCOUNT_JSON_MAX);
		return NULL;
	}
	object = json_loadb(changes, len, JSON_REJECT_DUPLICATES, &why);
	if (json_is_object(object))
		return object;
	account_errors_add(errors, "", "must be a JSON object");
	json_decref(object);
	return NULL;
}

int account_copy(const struct account *base, const char *name, const char *changes, size_t len,
	struct account **ret_account, struct account_errors *errors)
{
	json_t *object = load_changes(changes, len, errors);
	int rc = -1;

	if (!object)
		return -1;
	/* the place in the table of AMS stays with the first */
	if ((!json_object_get(object, "index") &&
		    json_object_set_new(object, "index", json_null()) < 0) ||
		json_object_set_new(object, "name", json_string(name)) < 0)
		account_errors_add(errors, "name", "must be a text");
	else
		rc = account_from_object(object, base, ret_account, errors);
	json_decref(object);
	if (rc < 0)
		return -1;
	(*ret_account)->id = 0;
	(*ret_account)->revision = 0;
	return 0;
}
