/* SPDX-License-Identifier: MIT */
#include "api/route_accounts.h"
#include "api/routes.h"
#include "collect/collect_error.h"
#include "store/reader.h"

#include <stdlib.h>
#include <string.h>

#define TELEGRAMS_MAX 10000

struct wanted {
	struct store_telegram_filter filter;
	struct seq_page page;
};

/* clang-format off */
static const struct {
	uint16_t flag;
	const char *name;
} flags[] = {
	{STORE_SCHEDULED,   "scheduled"},
	{STORE_INTERRUPTED, "interrupted"},
	{STORE_MISSED,      "missed"},
	{STORE_CLOCK_DOUBT, "clock-doubt"},
	{STORE_PARTIAL,     "partial"},
	{STORE_CATCH_UP,    "catch-up"},
};
/* clang-format on */

static const char *const steps[STORE_STEPS] = {NULL, "reset", "select", "request", "search"};

static void say_telegram(struct json_out *j, const struct store_telegram *t)
{
	json_out_object(j);
	say_u64(j, "seq", t->seq);
	say_u64(j, "chain", t->chain);
	say_u64(j, "prev", t->prev);
	say_u64(j, "account_id", t->account);
	say_time(j, "time", t->time_ms);
	say_time(j, "due", t->due_ms);
	say_u64(j, "duration_ms", t->duration_ms);
	say_u64(j, "ordinal", t->ordinal);
	say_u64(j, "count", t->count);
	say_i64(j, "error", t->error);
	say_text(j, "error_text", t->error ? collect_error_text(t->error) : NULL);
	say_array(j, "flags");
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (t->flags & flags[i].flag)
			json_out_text(j, flags[i].name);
	}
	json_out_end(j);
	say_u64(j, "index", t->index);
	say_text(j, "step", t->step < STORE_STEPS ? steps[t->step] : NULL);
	json_out_key(j, "bytes"), json_out_hex(j, t->bytes, t->len);
	json_out_end(j);
}

static int on_telegram(void *ctx, const struct store_telegram *t)
{
	struct call *c = ctx;
	struct wanted *wanted = c->ctx;

	if (!seq_page_takes(&wanted->page, t->seq))
		return 1;
	say_telegram(&c->j, t);
	return c->j.failed;
}

static int work(struct call *c, struct store_reader *reader)
{
	struct wanted *wanted = c->ctx;
	int64_t rc;

	say_items(&c->j);
	rc = store_telegrams(reader, &wanted->filter, on_telegram, c);
	json_out_end(&c->j);
	say_next_u64(&c->j, wanted->page.next);
	json_out_end(&c->j);
	return rc < 0 ? (int)rc : 0;
}

/* The cursor is the seq with which the next page begins, in either direction. */
static void start(struct call *c, uint32_t account)
{
	struct wanted *wanted = calloc(1, sizeof(*wanted));
	uint64_t after = call_count(c, "after_seq", 0), cursor = call_count(c, "cursor", 0);
	const char *order = call_text(c, "order");

	c->ctx = wanted;
	if (!wanted) {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	wanted->page.limit = (uint32_t)call_count(c, "limit", API_PAGE);
	wanted->filter = (struct store_telegram_filter){
		.account = account,
		.from_seq = after ? after + 1 : 0,
		.from_ms = call_time(c, "from", 0),
		.to_ms = call_time(c, "to", 0),
		.heads = call_flag(c, "heads"),
		.newest_first = order && strcmp(order, "newest") == 0,
		.limit = wanted->page.limit + 1,
	};
	if (cursor && wanted->filter.newest_first)
		wanted->filter.to_seq = cursor;
	else if (cursor)
		wanted->filter.from_seq = cursor;
	query_start(c, work);
}

static void list_telegrams(struct call *c)
{
	uint32_t account;

	if (call_account_id(c, &account))
		start(c, account);
}

static void get_telegrams(struct call *c)
{
	const struct account *account = call_account(c);

	if (account)
		start(c, account->id);
}

static int on_one(void *ctx, const struct store_telegram *t)
{
	struct call *c = ctx;

	say_telegram(&c->j, t);
	return 1;
}

static int work_one(struct call *c, struct store_reader *reader)
{
	const struct wanted *wanted = c->ctx;
	int64_t rc = store_telegrams(reader, &wanted->filter, on_one, c);

	if (rc < 0)
		return (int)rc;
	return c->buf.len ? 0 : STORE_E_NOT_FOUND;
}

static void get_telegram(struct call *c)
{
	struct wanted *wanted;
	uint64_t seq;

	if (!param_count(c->values[0], &seq) || seq == 0) {
		problem_respond(c->r, PROBLEM_NOT_FOUND, "a telegram has a number from 1");
		return;
	}
	wanted = c->ctx = calloc(1, sizeof(*wanted));
	if (!wanted) {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	wanted->filter = (struct store_telegram_filter){
		.from_seq = seq,
		.to_seq = seq,
		.limit = 1,
	};
	query_start(c, work_one);
}

/* clang-format off */
static const struct schema_field telegram_fields[] = {
	{"seq", "integer", "gapless"},
	{"chain", "integer", "seq of the first of its answer"},
	{"prev", "integer", "first of the account's answer before; 0: none, or not the first"},
	{"account_id", "integer", NULL},
	{"time", "~time", "end of its last byte, or of the failure"},
	{"due", "~time", "slot of the schedule; null: on demand"},
	{"duration_ms", "integer", NULL},
	{"ordinal", "integer", "in its chain, from 0"},
	{"count", "integer", "of its chain; 0 but in the first"},
	{"error", "integer", "0: good"},
	{"error_text", "~text", NULL},
	{"flags", "[text]", "scheduled, interrupted, missed, clock-doubt, partial, catch-up"},
	{"index", "integer", "AMS index of its account when it was read; 0: none"},
	{"step", "~text", "of a failure: reset, select, request or search, what was not answered"},
	{"bytes", "text", "hex; empty: nothing came"},
	{NULL, NULL, NULL},
};
static const struct schema_field telegrams_fields[] = {
	{"items", "[Telegram]", NULL},
	{"next", "~text", "cursor of the next page"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Telegram", "a telegram as it came, or the record that none did", telegram_fields, NULL},
	{"Telegrams", "a page of telegrams", telegrams_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
#define TELEGRAM_PARAMS \
	{"after_seq", PARAM_COUNT, "later ones only", 0, INT64_MAX}, \
	{"from", PARAM_TIME, "first time", 0, 0}, \
	{"to", PARAM_TIME, "last time", 0, 0}, \
	{"order", PARAM_WORD, "oldest|newest: comes first", 0, 0}, \
	{"heads", PARAM_FLAG, "only the first of each chain", 0, 0}, \
	{"cursor", PARAM_COUNT, "next of the page before", 1, INT64_MAX}, \
	{"limit", PARAM_COUNT, "items of a page", 1, TELEGRAMS_MAX}
static const struct route_param telegram_params[] = {
	TELEGRAM_PARAMS,
	{NULL, 0, NULL, 0, 0},
};
static const struct route_param all_params[] = {
	{"account", PARAM_TEXT, "name of an account", 0, ACCOUNT_NAME_MAX},
	TELEGRAM_PARAMS,
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/telegrams", ROLE_VIEWER, list_telegrams, "listTelegrams", "Telegrams by their sequence", all_params, NULL, 200, "Telegrams"},
	{"GET", "/telegrams/{seq}", ROLE_VIEWER, get_telegram, "getTelegram", "One telegram", NULL, NULL, 200, "Telegram"},
	{"GET", "/accounts/{name}/telegrams", ROLE_VIEWER, get_telegrams, "getTelegrams", "Telegrams of an account", telegram_params, NULL, 200, "Telegrams"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_telegrams = {routes, schemas};
