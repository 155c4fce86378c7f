/* SPDX-License-Identifier: MIT */
/* Many accounts at once: export, import, adoption of what a scan has found. All in one transaction. */
#include "api/route_accounts.h"
#include "api/routes.h"
#include "api/shape.h"

#include <meterbus/address.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void export_accounts(struct call *c)
{
	struct account_filter filter;

	account_filter_of(c, &filter);
	if (!accounts_export(collector_accounts(c->api->config.collector), &filter, &c->buf))
		c->j.failed = true;
	call_answer(c);
}

/* ---- import ---- */

struct imported {
	uint32_t n, n_new;
	bool dry_run;
	char names[]; /* each with its NUL */
};

static void answer_import(struct call *c)
{
	const struct imported *done = c->ctx;
	const char *name = done->names;

	json_out_object(&c->j);
	say_bool(&c->j, "dry_run", done->dry_run);
	say_u64(&c->j, "created", done->n_new);
	say_u64(&c->j, "changed", done->n - done->n_new);
	say_array(&c->j, "names");
	for (uint32_t i = 0; i < done->n; i++, name += strlen(name) + 1)
		json_out_text(&c->j, name);
	json_out_end(&c->j);
	json_out_end(&c->j);
	call_answer(c);
}

static void committed(void *ctx, int rc, const char *text)
{
	struct call *c = ctx;

	if (call_over(c))
		return;
	if (rc < 0)
		problem_respond_error(c->r, rc, text);
	else
		answer_import(c);
}

static struct imported *keep_names(const struct accounts_import *import)
{
	size_t size = sizeof(struct imported);
	struct imported *done;
	char *p;

	for (uint32_t i = 0; i < import->n; i++)
		size += strlen(import->list[i]->name) + 1;
	done = calloc(1, size);
	if (!done)
		return NULL;
	done->n = import->n;
	done->n_new = import->n_new;
	p = done->names;
	for (uint32_t i = 0; i < import->n; i++)
		p = stpcpy(p, import->list[i]->name) + 1;
	return done;
}

/* New ones have an id already, but the collector gives its own: 0. */
static void make_changes(const struct accounts *set, const struct accounts_import *import,
	struct account_change *changes)
{
	for (uint32_t i = 0; i < import->n; i++) {
		const struct account *account = import->list[i];
		bool known = accounts_by_id(set, account->id) != NULL;

		changes[i].account = account_ref(account);
		changes[i].id = known ? account->id : 0;
		changes[i].revision = known ? account->revision : 0;
	}
}

static void submit(struct call *c, const struct accounts_import *import)
{
	struct collector *collector = c->api->config.collector;
	struct account_change *changes = calloc(import->n, sizeof(*changes));
	char err[COLLECTOR_TEXT_MAX] = "";
	size_t at = 0;
	int rc = STORE_E_MEMORY;

	if (changes) {
		make_changes(collector_accounts(collector), import, changes);
		rc = collector_change(
			collector, changes, import->n, committed, c, &at, err, sizeof(err));
		if (rc < 0) {
			for (uint32_t i = 0; i < import->n; i++)
				account_put(changes[i].account);
		}
		free(changes);
	}
	if (rc < 0)
		problem_respond_error(c->r, rc, err);
}

static void import_text(
	struct call *c, const char *text, size_t len, enum accounts_import_mode mode, bool dry_run)
{
	const struct accounts *set = collector_accounts(c->api->config.collector);
	struct accounts_import import = {0};
	struct account_errors errors = {0};
	struct imported *done;

	if (accounts_import(set, text, len, mode, &import, &errors) < 0) {
		problem_respond_errors(c->r, &errors);
		return;
	}
	done = c->ctx = keep_names(&import);
	if (!done) {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
	} else {
		done->dry_run = dry_run;
		if (dry_run || import.n == 0)
			answer_import(c);
		else
			submit(c, &import);
	}
	accounts_import_done(&import);
}

static enum accounts_import_mode import_mode(const char *word)
{
	if (word && strcmp(word, "merge") == 0)
		return ACCOUNTS_IMPORT_MERGE;
	return word && strcmp(word, "replace") == 0 ? ACCOUNTS_IMPORT_REPLACE : ACCOUNTS_IMPORT_NEW;
}

static void import_accounts(struct call *c)
{
	size_t len;
	const char *text = http_body(c->r, &len);

	import_text(c, text, len, import_mode(call_text(c, "mode")), call_flag(c, "dry_run"));
}

/* ---- adoption ---- */

/* "LSE-08031768", or "5" behind a primary address; unique on its bus, not beyond it. */
static json_t *default_name(const char *prefix, const json_t *meter)
{
	const char *maker = body_text(meter, "manufacturer"),
		   *id = body_text(meter, "identification");
	char name[ACCOUNT_NAME_MAX + 1];

	if (id)
		snprintf(name, sizeof(name), "%s%s%s%s", prefix,
			maker && *maker != '*' ? maker : "", maker && *maker != '*' ? "-" : "", id);
	else
		snprintf(name, sizeof(name), "%s%lld", prefix,
			(long long)body_integer(meter, "address", 0));
	return json_string(name);
}

/* What all have, then what this one has; null for memory. */
static json_t *adopted(const json_t *defaults, const char *prefix, const json_t *meter)
{
	json_t *account = defaults ? json_deep_copy(defaults) : json_object();

	if (!account)
		return NULL;
	if (json_is_string(json_object_get(meter, "identification")))
		json_object_set_new(account, "secondary", json_true());
	json_object_update(account, (json_t *)(uintptr_t)meter);
	if (!json_object_get(account, "name"))
		json_object_set_new(account, "name", default_name(prefix, meter));
	return account;
}

static char *adoption(const struct call *c)
{
	const json_t *defaults = json_object_get(c->body, "defaults");
	const char *prefix = body_text(c->body, "name_prefix");
	json_t *list = json_array(), *meter;
	char *text;
	size_t i;

	json_array_foreach(json_object_get(c->body, "meters"), i, meter) json_array_append_new(list,
		adopted(json_is_object(defaults) ? defaults : NULL, prefix ? prefix : "", meter));
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	return text;
}

static void adopt(struct call *c)
{
	char *text = adoption(c);

	if (text)
		import_text(c, text, strlen(text), ACCOUNTS_IMPORT_NEW,
			body_flag(c->body, "dry_run", false));
	else
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
	free(text);
}

/* ---- the table ---- */

/* clang-format off */
static const struct schema_field export_fields[] = {
	{"format", "text", "meterbus-accounts"},
	{"version", "integer", NULL},
	{"accounts", "[object]", "what was given; keys are left out"},
	{NULL, NULL, NULL},
};
static const struct schema_field imported_fields[] = {
	{"dry_run", "flag", "nothing was changed"},
	{"created", "integer", NULL},
	{"changed", "integer", NULL},
	{"names", "[text]", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field adopt_fields[] = {
	{"meters", "[object]", "properties of each: identification, manufacturer, version, medium or address; name"},
	{"defaults", "?object", "properties that all of them have: connection, bus, period ..."},
	{"name_prefix", "?text", "of those without a name: prefix, maker and identification make one"},
	{"dry_run", "?flag", "only say what would be done"},
	{NULL, NULL, NULL},
};
static bool write_import(void *buf)
{
	static const char text[] = "{\"description\":\"an export, or a bare array of accounts\"}";

	return buf_add(buf, text, sizeof(text) - 1);
}
static const struct schema schemas[] = {
	{"Export", "accounts as a document", export_fields, NULL},
	{"Import", NULL, NULL, write_import},
	{"Imported", "what was imported", imported_fields, NULL},
	{"Adopt", "meters that become accounts", adopt_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param export_params[] = {
	ACCOUNT_FILTER_PARAMS,
	{NULL, 0, NULL, 0, 0},
};
static const struct route_param import_params[] = {
	{"mode", PARAM_WORD, "new|merge|replace: known names are an error, are changed, are replaced", 0, 0},
	{"dry_run", PARAM_FLAG, "only say what would be done", 0, 0},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/export", ROLE_OPERATOR, export_accounts, "exportAccounts", "Accounts as a document, without keys", export_params, NULL, 200, "Export"},
	{"POST", "/import", ROLE_MANAGER, import_accounts, "importAccounts", "Accounts from a document, all or none", import_params, "Import", 200, "Imported"},
	{"POST", "/adopt", ROLE_MANAGER, adopt, "adopt", "Accounts for meters that a scan has found, all or none", NULL, "Adopt", 200, "Imported"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_accounts_file = {routes, schemas};
