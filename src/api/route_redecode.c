/* SPDX-License-Identifier: MIT */
/* What would be different if the stored telegrams were decoded again, now. Nothing is changed. */
#include "api/api_impl.h"
#include "api/routes.h"
#include "collect/accounts.h"
#include "collect/redecode.h"

#include <stdlib.h>
#include <string.h>

struct preview {
	struct account *account; /* our reference */
	uint32_t next_series;
	bool all;
};

/* A series that is only thought of: its number is never stored. */
static uint32_t thought_series(void *ctx)
{
	struct preview *preview = ctx;

	return preview->next_series++;
}

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

static int work(struct call *c, struct store_reader *reader)
{
	struct preview *preview = c->ctx;
	const struct account *account = preview->account;
	struct past_scope scope = {
		.account = account->id,
		.zone = account->zone,
		.cipher = c->api->config.cipher,
		.key = account_has(account, "key") ? account->key : NULL,
		.history = account->history,
	};
	struct redecode *rd = redecode_new(&scope, thought_series, preview);
	int rc = 1;

	if (!rd)
		return STORE_E_MEMORY;
	while (rc == 1)
		rc = redecode_step(rd, reader, NULL);
	json_out_object(&c->j);
	say_u64(&c->j, "chains", redecode_chains(rd));
	json_out_key(&c->j, "items");
	json_out_array(&c->j);
	redecode_report(rd, preview->all, say_difference, c);
	json_out_end(&c->j);
	json_out_end(&c->j);
	redecode_free(rd);
	return rc;
}

static void answer(struct call *c, int rc)
{
	struct preview *preview = c->ctx;

	account_put(preview->account);
	if (rc < 0)
		problem_respond_error(c->r, rc, NULL);
	else
		call_answer(c);
}

static void get_redecode(struct call *c)
{
	const struct account *account = call_account(c);
	struct preview *preview;

	if (!account)
		return;
	preview = c->ctx = calloc(1, sizeof(*preview));
	if (!preview) {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	preview->account = account_ref(account);
	preview->next_series = UINT32_MAX / 2;
	preview->all = call_flag(c, "all");
	query_start_with(c, work, answer);
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
	{"items", "[RedecodeDifference]", "series that would differ"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"RedecodeDifference", "what would be different in a series", difference_fields, NULL},
	{"RedecodePreview", "what would be different in an account", preview_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param params[] = {
	{"all", PARAM_FLAG, "series that stay as they are, too", 0, 0},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/accounts/{name}/redecode", ROLE_VIEWER, get_redecode, "previewRedecode", "What decoding the stored telegrams again would change", params, NULL, 200, "RedecodePreview"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_redecode = {routes, schemas};
