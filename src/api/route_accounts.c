/* SPDX-License-Identifier: MIT */
#include "api/api_impl.h"
#include "api/route_accounts.h"
#include "api/routes.h"
#include "api/shape.h"
#include "collect/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void account_filter_of(const struct call *c, struct account_filter *ret_filter)
{
	const char *suspended = call_text(c, "suspended");

	*ret_filter = (struct account_filter)ACCOUNT_FILTER_ALL;
	ret_filter->text = call_text(c, "search");
	ret_filter->tag = call_text(c, "tag");
	ret_filter->place = call_text(c, "place");
	ret_filter->connection = call_text(c, "connection");
	if (suspended)
		ret_filter->suspended = call_flag(c, "suspended");
}

/* The cursor is the name at which the next page begins: stable while accounts come and go. */
void account_page(struct call *c, account_say *say)
{
	const struct accounts *set = collector_accounts(c->api->config.collector);
	const char *cursor = call_text(c, "cursor");
	uint64_t limit = call_count(c, "limit", API_PAGE);
	uint32_t at = cursor ? accounts_from_name(set, cursor) : 0;
	const struct account *account;
	struct account_filter filter;

	account_filter_of(c, &filter);
	say_items(&c->j);
	for (; (account = accounts_at(set, at)) != NULL; at++) {
		if (!account_matches(account, &filter))
			continue;
		if (limit-- == 0)
			break;
		say(c, account);
	}
	json_out_end(&c->j);
	say_next(&c->j, account ? account->name : NULL);
	json_out_end(&c->j);
	call_answer(c);
}

static void say_account(struct call *c, const struct account *account)
{
	json_out_raw(&c->j, "", 0); /* the comma */
	if (!account_to_json(account, ACCOUNT_FULL, c->j.buf))
		c->j.failed = true;
}

static void list_accounts(struct call *c)
{
	account_page(c, say_account);
}

static void get_account(struct call *c)
{
	const struct account *account = call_account(c);

	if (!account)
		return;
	say_account(c, account);
	call_answer_etag(c, account->revision);
}

/* ---- changes ---- */

static void answer_changed(struct call *c, const char *name)
{
	const struct account *account =
		accounts_by_name(collector_accounts(c->api->config.collector), name);
	char location[200];

	if (!account) {
		problem_respond(c->r, PROBLEM_GONE, "it was deleted meanwhile");
		return;
	}
	say_account(c, account);
	/* names need no escapes */
	snprintf(location, sizeof(location), ROUTE_PREFIX "/accounts/%s", account->name);
	call_answer_location(c, c->route->status == 201 ? location : NULL, account->revision);
}

static void changed(void *ctx, int rc, const char *text)
{
	struct call *c = ctx;

	if (call_over(c))
		return;
	if (rc < 0)
		problem_respond_error(c->r, rc, text);
	else if (c->route->status == 204)
		call_done(c);
	else
		answer_changed(c, c->ctx);
}

/* Takes the account. The errors of the set are told with their properties. */
static void submit(struct call *c, struct account_change *change)
{
	struct account_errors errors = {0};
	char err[COLLECTOR_TEXT_MAX] = "";
	size_t at = 0;
	int rc;

	if (change->account && accounts_check(collector_accounts(c->api->config.collector),
				       change->account, &errors) < 0) {
		problem_respond_errors(c->r, &errors);
		account_put(change->account);
		return;
	}
	if (change->account)
		c->ctx = strdup(change->account->name);
	rc = collector_change(
		c->api->config.collector, change, 1, changed, c, &at, err, sizeof(err));
	if (rc == 0)
		return;
	account_put(change->account);
	problem_respond_error(c->r, rc, err);
}

static void create_account(struct call *c)
{
	struct account_errors errors = {0};
	struct account_change change = {0};
	size_t len;
	const char *text = http_body(c->r, &len);

	if (account_from_json(text, len, NULL, &change.account, &errors) < 0)
		problem_respond_errors(c->r, &errors);
	else
		submit(c, &change);
}

static void patch_account(struct call *c)
{
	const struct account *account = call_account(c);
	struct account_errors errors = {0};
	struct account_change change = {0};
	struct account *numbered;
	size_t len;
	const char *text = http_body(c->r, &len);

	if (!account || !call_if_match(c, &change.revision))
		return;
	change.id = account->id;
	if (account_from_json(text, len, account, &change.account, &errors) < 0) {
		problem_respond_errors(c->r, &errors);
		return;
	}
	/* so that the set does not take it for another one of the same name */
	numbered = account_stored(change.account, account->id, account->revision);
	account_put(change.account);
	change.account = numbered;
	if (numbered)
		submit(c, &change);
	else
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
}

static void delete_account(struct call *c)
{
	const struct account *account = call_account(c), *dependent;
	struct account_change change = {.delete = true};

	if (!account || !call_if_match(c, &change.revision))
		return;
	dependent = accounts_dependent(collector_accounts(c->api->config.collector), account);
	if (dependent) {
		problem_respond(
			c->r, PROBLEM_CONFLICT, "the account '%s' depends on it", dependent->name);
		return;
	}
	change.id = account->id;
	submit(c, &change);
}

static void copy_account(struct call *c)
{
	const struct account *account = call_account(c);
	struct account_errors errors = {0};
	struct account_change change = {0};
	char *changes;
	int rc;

	if (!account)
		return;
	changes = json_dumps(json_object_get(c->body, "changes"), JSON_COMPACT);
	rc = account_copy(account, body_text(c->body, "name"), changes,
		changes ? strlen(changes) : 0, &change.account, &errors);
	free(changes);
	if (rc < 0)
		problem_respond_errors(c->r, &errors);
	else
		submit(c, &change);
}

/* ---- the table ---- */

static bool write_schema(void *buf)
{
	return account_schema(buf);
}

/* clang-format off */
static const struct schema_field accounts_fields[] = {
	{"items", "[Account]", "in order of their names"},
	{"next", "~text", "cursor of the next page"},
	{NULL, NULL, NULL},
};
static const struct schema_field copy_fields[] = {
	{"name", "text", "of the copy"},
	{"changes", "?object", "properties in which it differs"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Account", NULL, NULL, write_schema},
	{"Accounts", "a page of accounts", accounts_fields, NULL},
	{"AccountCopy", "how a copy is called and in what it differs", copy_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
const struct route_param account_list_params[] = {
	ACCOUNT_FILTER_PARAMS,
	{"cursor", PARAM_TEXT, "next of the page before", 0, ACCOUNT_NAME_MAX},
	{"limit", PARAM_COUNT, "items of a page", 1, API_PAGE_MAX},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/accounts", ROLE_VIEWER, list_accounts, "listAccounts", "Accounts, in order of their names", account_list_params, NULL, 200, "Accounts"},
	{"POST", "/accounts", ROLE_MANAGER, create_account, "createAccount", "Make an account", NULL, "Account", 201, "Account"},
	{"GET", "/accounts/{name}", ROLE_VIEWER, get_account, "getAccount", "One account", NULL, NULL, 200, "Account"},
	{"PATCH", "/accounts/{name}", ROLE_MANAGER, patch_account, "changeAccount", "Change some properties (RFC 7396); null gives the default", NULL, "Account", 200, "Account"},
	{"DELETE", "/accounts/{name}", ROLE_MANAGER, delete_account, "deleteAccount", "Delete an account; its telegrams stay", NULL, NULL, 204, NULL},
	{"POST", "/accounts/{name}/copy", ROLE_MANAGER, copy_account, "copyAccount", "The same under another name", NULL, "AccountCopy", 201, "Account"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_accounts = {routes, schemas};
