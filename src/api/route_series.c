/* SPDX-License-Identifier: MIT */
#include "api/route_accounts.h"
#include "api/routes.h"
#include "collect/series_query.h"
#include "store/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_MAX 200000 /* of an answer */
#define BUCKETS_MAX 10000

/* Longest range that is asked for: all there may be. */
#define FROM_MS 1
#define TO_MS STORE_TIME_MAX_MS

struct range {
	uint32_t series, account_id;
	struct account *account; /* our reference; NULL: it is no more, its telegrams are */
	int64_t from_ms, to_ms;
	uint64_t limit, given;
	uint32_t buckets;
	int64_t next_ms; /* 0: no more */
	bool revisions;
};

/* ---- series ---- */

static int say_series(void *ctx, const struct store_series *series)
{
	struct call *c = ctx;
	struct json_out *j = &c->j;

	json_out_object(j);
	say_u64(j, "id", series->id);
	say_u64(j, "account_id", series->account);
	say_u64(j, "segment", series->segment);
	say_text(j, "key", series->key);
	json_out_key(j, "meta");
	if (series->meta && *series->meta)
		json_out_raw(j, series->meta, strlen(series->meta));
	else
		json_out_null(j);
	say_time(j, "first", series->first_ms);
	say_time(j, "last", series->last_ms);
	say_time(j, "gone_since", series->gone_ms);
	json_out_end(j);
	return 0;
}

static int work_series_of(struct call *c, struct store_reader *reader)
{
	const struct range *range = c->ctx;
	int64_t rc;

	say_items(&c->j);
	rc = store_series_of(reader, range->account_id, say_series, c);
	json_out_end(&c->j);
	json_out_end(&c->j);
	return rc < 0 ? (int)rc : 0;
}

static struct range *range_new(struct call *c)
{
	struct range *range = calloc(1, sizeof(*range));

	if (!range)
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
	c->ctx = range;
	return range;
}

static void get_series_of(struct call *c)
{
	const struct account *account = call_account(c);
	struct range *range = account ? range_new(c) : NULL;

	if (!range)
		return;
	range->account_id = account->id;
	query_start(c, work_series_of);
}

/* Of the series {id}. NULL: that was answered. */
static struct range *range_of_series(struct call *c)
{
	struct range *range;
	uint64_t id;

	if (!param_count(c->values[0], &id) || id == 0 || id > UINT32_MAX) {
		problem_respond(c->r, PROBLEM_NOT_FOUND, "a series is a number");
		return NULL;
	}
	range = range_new(c);
	if (range)
		range->series = (uint32_t)id;
	return range;
}

static int work_series(struct call *c, struct store_reader *reader)
{
	const struct range *range = c->ctx;

	return store_series_get(reader, range->series, say_series, c);
}

static void get_series(struct call *c)
{
	if (range_of_series(c))
		query_start(c, work_series);
}

/* ---- points ---- */

static const char *const sources[] = {"spot", "history", "profile"};

static void say_point_number(struct json_out *j, const struct mb_decimal *number)
{
	char text[128];
	int n = mb_decimal_text(number, text, sizeof(text));

	if (n > 0)
		json_out_raw(j, text, (size_t)n);
	else
		json_out_null(j);
}

static void say_point_value(struct json_out *j, const struct store_point *point)
{
	json_out_key(j, "v");
	if (point->type == STORE_NUMBER)
		say_point_number(j, &point->number);
	else
		json_out_null(j);
	if (point->text && point->text_len > 0) {
		json_out_key(j, "text");
		json_out_text_n(j, point->text, point->text_len);
	}
}

/* Good spot points, the many, are short: what is usual is left out. */
static int say_point(void *ctx, const struct store_point *point)
{
	struct call *c = ctx;
	struct range *range = c->ctx;
	struct json_out *j = &c->j;

	if (range->given == range->limit) {
		range->next_ms = point->time_ms;
		return 1;
	}
	range->given++;
	json_out_object(j);
	say_i64(j, "t", point->time_ms);
	say_point_value(j, point);
	if (point->quality != 192)
		say_u64(j, "quality", point->quality);
	if (point->source != STORE_SPOT)
		say_text(j, "source", sources[point->source % 3]);
	if (point->flags)
		say_u64(j, "flags", point->flags);
	if (point->offset_s)
		say_i64(j, "offset_s", point->offset_s);
	if (point->revision)
		say_u64(j, "revision", point->revision);
	json_out_end(j);
	return j->failed;
}

static void say_bucket_point(struct json_out *j, const char *key, const struct store_point *point)
{
	json_out_key(j, key);
	say_point_number(j, &point->number);
}

static int say_bucket(void *ctx, const struct store_bucket *bucket)
{
	struct call *c = ctx;
	struct json_out *j = &c->j;

	if (bucket->count == 0)
		return 0;
	json_out_object(j);
	say_i64(j, "t", bucket->from_ms);
	say_i64(j, "to", bucket->to_ms);
	say_u64(j, "count", bucket->count);
	say_bucket_point(j, "first", &bucket->first);
	say_bucket_point(j, "last", &bucket->last);
	say_bucket_point(j, "min", &bucket->min);
	say_bucket_point(j, "max", &bucket->max);
	json_out_key(j, "mean");
	if (isfinite(bucket->mean)) {
		char text[40];
		int n = snprintf(text, sizeof(text), "%.17g", bucket->mean);

		json_out_raw(j, text, (size_t)n);
	} else {
		json_out_null(j);
	}
	json_out_end(j);
	return j->failed;
}

static int take_account(void *ctx, const struct store_series *series)
{
	struct range *range = ctx;

	range->account_id = series->account;
	return 1;
}

static int work_account(struct call *c, struct store_reader *reader)
{
	struct range *range = c->ctx;

	return store_series_get(reader, range->series, take_account, range);
}

static int64_t walk(struct call *c, struct store_reader *reader, const struct range *range)
{
	const struct account *account = range->account;
	struct series_query query = {
		.scope = {.account = range->account_id, .cipher = c->api->config.cipher},
		.series = range->series,
		.from_ms = range->from_ms,
		.to_ms = range->to_ms,
	};

	if (account) {
		query.scope.zone = account->zone;
		query.scope.key = account_has(account, "key") ? account->key : NULL;
		query.scope.history = account->history;
	}
	if (range->buckets)
		return series_buckets(reader, &query, range->buckets, say_bucket, c);
	if (range->revisions)
		return store_revisions(
			reader, range->series, range->from_ms, range->to_ms, say_point, c);
	return series_points(reader, &query, say_point, c);
}

static int work_points(struct call *c, struct store_reader *reader)
{
	const struct range *range = c->ctx;
	int64_t rc;

	json_out_object(&c->j);
	say_u64(&c->j, "series", range->series);
	say_array(&c->j, range->buckets ? "buckets" : "items");
	rc = walk(c, reader, range);
	json_out_end(&c->j);
	if (!range->buckets)
		say_next_u64(&c->j, (uint64_t)range->next_ms);
	json_out_end(&c->j);
	return rc < 0 ? (int)rc : 0;
}

static void answer_points(struct call *c, int rc)
{
	struct range *range = c->ctx;

	account_put(range->account);
	if (rc < 0)
		problem_respond_error(c->r, rc, NULL);
	else
		call_answer(c);
}

/* How its telegrams are to be understood, its account says; that is known on the loop. */
static void have_account(struct call *c, int rc)
{
	struct range *range = c->ctx;
	const struct account *account;

	if (rc < 0) {
		problem_respond_error(c->r, rc, NULL);
		return;
	}
	account = accounts_by_id(collector_accounts(c->api->config.collector), range->account_id);
	if (account)
		range->account = account_ref(account);
	query_start_with(c, work_points, answer_points);
}

static void get_points(struct call *c)
{
	struct range *range = range_of_series(c);

	if (!range)
		return;
	range->from_ms = call_time(c, "from", FROM_MS);
	range->to_ms = call_time(c, "to", TO_MS);
	range->from_ms = call_time(c, "cursor", range->from_ms);
	range->limit = call_count(c, "limit", POINTS_MAX);
	range->buckets = (uint32_t)call_count(c, "buckets", 0);
	range->revisions = call_flag(c, "revisions");
	if (range->from_ms > range->to_ms)
		problem_respond(c->r, PROBLEM_BAD_QUERY, "from is behind to");
	else if (range->buckets && (!call_text(c, "from") || !call_text(c, "to")))
		problem_respond(c->r, PROBLEM_BAD_QUERY, "buckets need from and to");
	else
		query_start_with(c, work_account, have_account);
}

/* clang-format off */
static const struct schema_field series_fields[] = {
	{"id", "integer", NULL},
	{"account_id", "integer", NULL},
	{"segment", "integer", "counts the meters behind an account"},
	{"key", "text", "of the reading"},
	{"meta", "any", "what it was when it was last read"},
	{"first", "~time", "of its points"},
	{"last", "~time", NULL},
	{"gone_since", "~time", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field series_list_fields[] = {
	{"items", "[Series]", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field point_fields[] = {
	{"t", "integer", "milliseconds since 1970, UTC"},
	{"v", "~number", "exact; null: text, or no value"},
	{"text", "?text", NULL},
	{"quality", "?integer", "OPC; 192 when missing"},
	{"source", "?history|profile", "a spot value when missing"},
	{"flags", "?integer", "1 date only, 2 revised, 4 rollover before it, 8 first of another meter, 16 time of the meter, 32 its clock is in doubt, 64 summer time"},
	{"offset_s", "?integer", "local time = UTC + offset"},
	{"revision", "?integer", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field bucket_fields[] = {
	{"t", "integer", "begin, milliseconds since 1970, UTC"},
	{"to", "integer", "end, not in it"},
	{"count", "integer", NULL},
	{"first", "~number", NULL},
	{"last", "~number", NULL},
	{"min", "~number", NULL},
	{"max", "~number", NULL},
	{"mean", "~number", "the only one that is not exact"},
	{NULL, NULL, NULL},
};
static const struct schema_field points_fields[] = {
	{"series", "integer", NULL},
	{"items", "?[Point]", "in order of time"},
	{"buckets", "?[Bucket]", "in place of items, with buckets=N; empty ones are left out"},
	{"next", "?~text", "cursor of the next page; points of that very millisecond may come again"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Series", "points of one reading of one meter", series_fields, NULL},
	{"SeriesList", "series of an account", series_list_fields, NULL},
	{"Point", "a value at a time", point_fields, NULL},
	{"Bucket", "all points of a span", bucket_fields, NULL},
	{"Points", "points of a series", points_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param points_params[] = {
	{"from", PARAM_TIME, "first time", 0, 0},
	{"to", PARAM_TIME, "last time", 0, 0},
	{"cursor", PARAM_TIME, "next of the page before", 0, 0},
	{"limit", PARAM_COUNT, "points of a page", 10, POINTS_MAX},
	{"buckets", PARAM_COUNT, "so many spans of equal length in place of points", 1, BUCKETS_MAX},
	{"revisions", PARAM_FLAG, "every revision of the points of history", 0, 0},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/accounts/{name}/series", ROLE_VIEWER, get_series_of, "listSeries", "Series of an account", NULL, NULL, 200, "SeriesList"},
	{"GET", "/series/{id}", ROLE_VIEWER, get_series, "getSeries", "One series", NULL, NULL, 200, "Series"},
	{"GET", "/series/{id}/points", ROLE_VIEWER, get_points, "getPoints", "Its points, or what became of them in spans of time", points_params, NULL, 200, "Points"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_series = {routes, schemas};
