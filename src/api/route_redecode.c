/* SPDX-License-Identifier: MIT */
/* The stored telegrams of an account decoded again: what would be different, and making it so. */
#include "api/api_impl.h"
#include "api/routes.h"
#include "collect/accounts.h"
#include "collect/redecode.h"

#include <string.h>

static void say_json(struct json_out *j, const char *key, const char *json)
{
	json_out_key(j, key);
	if (json && *json)
		json_out_raw(j, json, strlen(json));
	else
		json_out_null(j);
}

static void say_difference(void *ctx, const struct redecode_difference *d)
{
	struct json_out *j = &((struct call *)ctx)->j;

	json_out_object(j);
	say_u64(j, "series", d->new_series ? 0 : d->series);
	say_text(j, "key", d->key);
	say_bool(j, "new_series", d->new_series);
	say_json(j, "old_meta", d->old_meta);
	say_json(j, "new_meta", d->new_meta);
	say_u64(j, "same", d->same);
	say_u64(j, "added", d->added);
	say_u64(j, "changed", d->changed);
	say_u64(j, "removed", d->removed);
	json_out_end(j);
}

/* The call lives until it is answered, also when the client has gone. */
static void redecoded(void *ctx, int rc, const struct redecode *rd)
{
	struct call *c = ctx;

	if (rc < 0) {
		problem_respond_error(c->r, rc, NULL);
		return;
	}
	json_out_object(&c->j);
	say_u64(&c->j, "chains", redecode_chains(rd));
	say_array(&c->j, "items");
	redecode_report(rd, call_flag(c, "all"), say_difference, c);
	json_out_end(&c->j);
	json_out_end(&c->j);
	call_answer(c);
}

static void redecode_account(struct call *c, bool dry_run)
{
	const struct account *account = call_account(c);
	int rc;

	if (!account)
		return;
	rc = collector_redecode(c->api->config.collector, account->id, dry_run, redecoded, c);
	if (rc == STORE_E_FULL)
		problem_respond(c->r, PROBLEM_UNAVAILABLE,
			"another account is being decoded; ask again in a while");
	else if (rc < 0)
		problem_respond_error(c->r, rc, NULL);
}

static void get_redecode(struct call *c)
{
	redecode_account(c, true);
}

static void post_redecode(struct call *c)
{
	redecode_account(c, false);
}

/* clang-format off */
static const struct schema_field difference_fields[] = {
	{"series", "integer", "0: a new one"},
	{"key", "text", NULL},
	{"new_series", "flag", NULL},
	{"old_meta", "any", NULL},
	{"new_meta", "any", "null: it stays"},
	{"same", "integer", "points"},
	{"added", "integer", NULL},
	{"changed", "integer", NULL},
	{"removed", "integer", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field preview_fields[] = {
	{"chains", "integer", "answers that were decoded again"},
	{"items", "[RedecodeDifference]", "series that differ"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"RedecodeDifference", "what is different in a series", difference_fields, NULL},
	{"RedecodePreview", "what is different in an account", preview_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param params[] = {
	{"all", PARAM_FLAG, "series that stay as they are, too", 0, 0},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/accounts/{name}/redecode", ROLE_VIEWER, get_redecode, "previewRedecode", "What decoding the stored telegrams again would change", params, NULL, 200, "RedecodePreview"},
	{"POST", "/accounts/{name}/redecode", ROLE_MANAGER, post_redecode, "redecode", "Decode the stored telegrams again, and keep what differs", params, NULL, 200, "RedecodePreview"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_redecode = {routes, schemas};
