/* SPDX-License-Identifier: MIT */
/* What the routes share. Private to src/api. */
#ifndef API_API_IMPL_H
#define API_API_IMPL_H

#include "api/api.h"
#include "api/problem.h"
#include "api/route.h"
#include "api/tokens.h"
#include "base/json_out.h"
#include "base/loop.h"

#include <jansson.h>

#define API_ANSWER_MAX (64u << 20) /* bytes of a JSON answer */
#define API_PAGE_MAX 10000 /* items of a page */
#define API_PAGE 1000 /* unless limit says otherwise */
#define API_QUERIES_MAX 64 /* that wait for a reader */
#define API_READERS 4
#define API_QUERY_MS 30000 /* then it is cancelled */

struct query;
struct live;
struct scans;
struct store_reader;

struct api {
	struct api_config config;
	char *data_dir;
	struct http *http;
	struct tls_front *tls[HTTP_LISTENERS_MAX];
	unsigned n_tls;
	struct tokens *tokens;
	struct loop_timer *first_timer; /* the first token expires */
	struct live *live;
	struct scans *scans;
	struct store_reader *readers[API_READERS]; /* idle ones */
	unsigned n_idle, n_readers;
	struct query *waiting, *running;
	unsigned n_waiting;
	int64_t started_ms;
	unsigned pending; /* changes of tokens that are not committed yet */
	bool stopping, http_stopped, backup_running;
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

/* One request on its way through a route. Freed with the request: not to be used once answered. */
struct call {
	struct api *api;
	struct http_request *r;
	const struct route *route;
	const char *values[ROUTE_PARAMS_MAX]; /* of the path */
	json_t *body; /* NULL: none */
	enum role role;
	char who[48]; /* "api NAME 192.0.2.1" */
	struct buf buf;
	struct json_out j; /* the answer in the making */
	void *ctx; /* of the handler, freed by free() */
};

void api_handle(void *ctx, struct http_request *r);

/* ---- what was asked: checked before, so these cannot fail ---- */

const char *call_text(const struct call *c, const char *name); /* NULL: not given */
uint64_t call_count(const struct call *c, const char *name, uint64_t standard);
int64_t call_time(const struct call *c, const char *name, int64_t standard);
bool call_flag(const struct call *c, const char *name);
/* The account of {name}, values[0]. NULL: 404 was answered. */
const struct account *call_account(struct call *c);
/* Of ?account=, 0 without it. False: 404 was answered. */
bool call_account_id(struct call *c, uint32_t *ret_id);
/* The bus of {name}, values[0], by name or by its address as in the list; a reference. NULL: 404 was answered. */
struct port *call_port(struct call *c);
/* If-Match: 0 when it is missing or "*"; false: answered 412, it is not an ETag of ours. */
bool call_if_match(struct call *c, uint64_t *ret_revision);

/* ---- the answer ---- */

/* Sends what was written to c->j with the status of the route. */
void call_answer(struct call *c);
void call_answer_etag(struct call *c, uint64_t revision); /* 304 when If-None-Match has it */
void call_answer_location(struct call *c, const char *location, uint64_t revision);
void call_done(struct call *c); /* 204 */
/*
 * For what comes late: true when nobody waits any more, or the API itself is gone. The call is over
 * then, and its api not to be touched.
 */
bool call_over(struct call *c);

void say_text(struct json_out *j, const char *key, const char *text);
void say_u64(struct json_out *j, const char *key, uint64_t n);
void say_i64(struct json_out *j, const char *key, int64_t n);
void say_bool(struct json_out *j, const char *key, bool b);
void say_time(
	struct json_out *j, const char *key, int64_t ms); /* "2026-11-21T09:28:00.123Z"; 0: null */
void say_array(struct json_out *j, const char *key); /* begins it */
void say_items(struct json_out *j); /* begins an object with the array "items" */
/* The end of a page: "next" is what cursor= takes, null at the end. */
void say_next(struct json_out *j, const char *next);
void say_next_u64(struct json_out *j, uint64_t next); /* 0: null */

/* ---- store readers, on the pool ---- */

/*
 * Runs work() on a pool thread, with a reader; it writes to c->j and returns >= 0 or an error. Then
 * the call is answered. The request was checked before; work() must not touch but c and its ctx.
 */
typedef int query_work(struct call *c, struct store_reader *reader);
void query_start(struct call *c, query_work *work);
/* The same, but finish() answers. */
typedef void query_finish(struct call *c, int rc);
void query_start_with(struct call *c, query_work *work, query_finish *finish);
/* A page of rows that have a seq: what was given, and with which seq the next one begins. */
struct seq_page {
	uint32_t limit;
	uint64_t given, next; /* next 0: nothing more */
};
bool seq_page_takes(struct seq_page *page, uint64_t seq); /* false: it is full */
void queries_cancel(struct api *api); /* their answers still come */
void queries_free(struct api *api);
bool queries_idle(const struct api *api);
void api_check_stopped(struct api *api);

/* ---- parts ---- */

int tokens_load(struct api *api, char *ret_err, size_t err_max);
int first_token_begin(struct api *api, char *ret_err, size_t err_max);

struct live *live_new(struct api *api);
void live_end(struct live *l); /* all streams */
void live_free(struct live *l);
bool live_ticket_use(struct live *l, const char *ticket, enum role *ret_role);

struct scans *scans_new(struct api *api);
void scans_stop(struct scans *s); /* nobody waits for the end of a search any more */
void scans_free(struct scans *s);

bool openapi_write(struct buf *buf);

#endif
