/* SPDX-License-Identifier: MIT */
#include "api/api_impl.h"
#include "api/shape.h"
#include "base/zone.h"
#include "collect/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what was asked ---- */

const char *call_text(const struct call *c, const char *name)
{
	return http_query(http_target(c->r), name);
}

uint64_t call_count(const struct call *c, const char *name, uint64_t standard)
{
	const char *text = call_text(c, name);
	uint64_t n = standard;

	if (text)
		param_count(text, &n);
	return n;
}

int64_t call_time(const struct call *c, const char *name, int64_t standard)
{
	const char *text = call_text(c, name);
	int64_t ms = standard;

	if (text)
		param_time(text, &ms);
	return ms;
}

bool call_flag(const struct call *c, const char *name)
{
	const char *text = call_text(c, name);
	bool flag = false;

	if (text)
		param_flag(text, &flag);
	return flag;
}

static const struct account *account_named(struct call *c, const char *name)
{
	const struct account *account =
		accounts_by_name(collector_accounts(c->api->config.collector), name);

	if (!account)
		problem_respond(c->r, PROBLEM_NOT_FOUND, "there is no account '%s'", name);
	return account;
}

const struct account *call_account(struct call *c)
{
	return account_named(c, c->values[0]);
}

bool call_account_id(struct call *c, uint32_t *ret_id)
{
	const char *name = call_text(c, "account");
	const struct account *account = name ? account_named(c, name) : NULL;

	if (name && !account)
		return false;
	*ret_id = account ? account->id : 0;
	return true;
}

/* "7", W/ is not ours: only a strong tag says that it is the same. */
static bool parse_etag(const char *text, uint64_t *ret_revision)
{
	char *end;

	if (*text != '"')
		return false;
	*ret_revision = strtoull(text + 1, &end, 10);
	return end > text + 1 && end[0] == '"' && !end[1] && *ret_revision > 0;
}

bool call_if_match(struct call *c, uint64_t *ret_revision)
{
	const char *text = http_header(c->r, "If-Match");

	*ret_revision = 0;
	if (!text || strcmp(text, "*") == 0 || parse_etag(text, ret_revision))
		return true;
	problem_respond(c->r, PROBLEM_PRECONDITION, "If-Match must be an ETag of this resource");
	return false;
}

/* ---- the answer ---- */

/* Gives the text away: no copy of what may be large. */
static void respond(struct call *c, unsigned status, const char *location, const char *etag)
{
	struct http_response response = {
		.status = status,
		.body = (const char *)c->buf.bytes,
		.len = c->buf.len,
		.take = true,
		.headers = {{"Cache-Control", etag ? "no-cache" : "no-store"}},
	};
	unsigned n = 1;

	if (!json_out_ok(&c->j)) {
		problem_respond(c->r, PROBLEM_INTERNAL, "the answer is too large: ask for less");
		return;
	}
	if (etag)
		response.headers[n++] = (struct http_field){"ETag", etag};
	if (location)
		response.headers[n++] = (struct http_field){"Location", location};
	c->buf.bytes = NULL;
	buf_done(&c->buf);
	http_respond(c->r, &response);
}

void call_answer(struct call *c)
{
	respond(c, c->route->status, NULL, NULL);
}

void call_done(struct call *c)
{
	http_respond(c->r, &(struct http_response){
				   .status = 204,
				   .headers = {{"Cache-Control", "no-store"}},
			   });
}

bool call_over(struct call *c)
{
	if (!http_gone(c->r))
		return false;
	http_respond(c->r, &(struct http_response){.status = 503}); /* lets go of it */
	return true;
}

void call_answer_etag(struct call *c, uint64_t revision)
{
	const char *known = http_header(c->r, "If-None-Match");
	char etag[32];

	snprintf(etag, sizeof(etag), "\"%llu\"", (unsigned long long)revision);
	if (known && strcmp(known, etag) == 0 && strcmp(http_method(c->r), "GET") == 0)
		http_respond(c->r, &(struct http_response){
					   .status = 304,
					   .headers = {{"ETag", etag}},
				   });
	else
		respond(c, c->route->status, NULL, etag);
}

void call_answer_location(struct call *c, const char *location, uint64_t revision)
{
	char etag[32];

	snprintf(etag, sizeof(etag), "\"%llu\"", (unsigned long long)revision);
	respond(c, c->route->status, location, etag);
}

/* ---- JSON ---- */

static void time_text(struct json_out *j, int64_t ms)
{
	int64_t s = ms / 1000 - (ms % 1000 < 0);
	struct civil at = civil_of_s(s);
	char text[40];

	if (ms == 0) {
		json_out_null(j);
		return;
	}
	snprintf(text, sizeof(text), "%04d-%02u-%02uT%02u:%02u:%02u.%03dZ", (int)at.year, at.month,
		at.day, at.hour, at.minute, at.second, (int)(ms - s * 1000));
	json_out_text(j, text);
}

void say_text(struct json_out *j, const char *key, const char *text)
{
	json_out_key(j, key);
	json_out_text(j, text);
}

void say_u64(struct json_out *j, const char *key, uint64_t n)
{
	json_out_key(j, key);
	json_out_u64(j, n);
}

void say_i64(struct json_out *j, const char *key, int64_t n)
{
	json_out_key(j, key);
	json_out_i64(j, n);
}

void say_bool(struct json_out *j, const char *key, bool b)
{
	json_out_key(j, key);
	json_out_bool(j, b);
}

void say_time(struct json_out *j, const char *key, int64_t ms)
{
	json_out_key(j, key);
	time_text(j, ms);
}

void say_array(struct json_out *j, const char *key)
{
	json_out_key(j, key);
	json_out_array(j);
}

void say_items(struct json_out *j)
{
	json_out_object(j);
	say_array(j, "items");
}

void say_next(struct json_out *j, const char *next)
{
	say_text(j, "next", next);
}

void say_next_u64(struct json_out *j, uint64_t next)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)next);
	say_next(j, next ? text : NULL);
}

/* ---- from the request to the route ---- */

static void call_free(void *ctx)
{
	struct call *c = ctx;

	json_decref(c->body);
	buf_done(&c->buf);
	free(c->ctx);
	free(c);
}

/* "192.0.2.1:80" without its port. */
static size_t address_len(const char *peer)
{
	const char *colon = strrchr(peer, ':');

	return colon ? (size_t)(colon - peer) : strlen(peer);
}

static bool refuse_token(struct call *c, const char *why)
{
	const char *peer = http_peer(c->r);
	struct api *api = c->api;

	if (tokens_failed(api->tokens, peer, address_len(peer), loop_now_us(api->config.loop)))
		problem_respond(c->r, PROBLEM_LOCKED_OUT, "wait a minute");
	else
		problem_respond(c->r, PROBLEM_UNAUTHORIZED, "%s", why);
	return false;
}

static bool authorized(struct call *c, const char *name)
{
	const char *peer = http_peer(c->r);

	snprintf(c->who, sizeof(c->who), "%.20s %.*s", name, (int)address_len(peer), peer);
	if (c->role >= c->route->role)
		return true;
	problem_respond(c->r, PROBLEM_FORBIDDEN, "this needs the role %s; '%s' is %s",
		role_name(c->route->role), name, role_name(c->role));
	return false;
}

/* An EventSource of a browser cannot send a header: it has a ticket, which lives for a moment. */
static bool authenticate(struct call *c)
{
	const char *header = http_header(c->r, "Authorization");
	const char *ticket = call_text(c, "ticket");
	const struct token *token;

	if (!header && ticket && c->route->role != ROLE_PUBLIC) {
		if (!live_ticket_use(c->api->live, ticket, &c->role))
			return refuse_token(c, "the ticket is used, expired or not ours");
		return authorized(c, "ticket");
	}
	if (c->route->role == ROLE_PUBLIC)
		return true;
	if (!header) {
		problem_respond(c->r, PROBLEM_UNAUTHORIZED,
			"send the header 'Authorization: Bearer TOKEN'");
		return false;
	}
	if (strncasecmp(header, "Bearer ", 7) != 0)
		return refuse_token(c, "the header Authorization must begin with Bearer");
	token = tokens_check(c->api->tokens, header + 7 + strspn(header + 7, " "),
		loop_wall_ms(c->api->config.loop));
	if (!token)
		return refuse_token(c, "this token is not known, or has expired");
	c->role = token->role;
	return authorized(c, token->name);
}

static bool is_json(const char *type)
{
	size_t len = type ? strcspn(type, "; ") : 0;
	static const char *const types[] = {"application/json", "application/merge-patch+json"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strlen(types[i]) == len && strncasecmp(type, types[i], len) == 0)
			return true;
	}
	return false;
}

static bool read_body(struct call *c)
{
	json_error_t error;
	size_t len;
	const char *text = http_body(c->r, &len);
	bool optional = c->route->body && *c->route->body == '?';
	char message[300];
	const char *wrong;

	if (!c->route->body || (optional && len == 0)) {
		if (len > 0 && !c->route->body)
			problem_respond(c->r, PROBLEM_BAD_REQUEST, "no body is expected here");
		return len == 0;
	}
	if (!is_json(http_header(c->r, "Content-Type"))) {
		problem_respond(c->r, PROBLEM_MEDIA_TYPE, NULL);
		return false;
	}
	c->body = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!c->body) {
		problem_respond(c->r, PROBLEM_BAD_JSON, "line %d, column %d: %s", error.line,
			error.column, error.text);
		return false;
	}
	wrong = shape_check(c->route->body + optional, c->body, message, sizeof(message));
	if (wrong)
		problem_respond(c->r, PROBLEM_INVALID, "%s", wrong);
	return !wrong;
}

static struct call *call_new(struct api *api, struct http_request *r)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->api = api;
	c->r = r;
	buf_init(&c->buf, API_ANSWER_MAX);
	c->j = (struct json_out)JSON_OUT(&c->buf);
	http_set_ctx(r, c, call_free);
	return c;
}

static void no_route(struct http_request *r, const char *allowed)
{
	const char *method = http_method(r);

	if (!*allowed)
		problem_respond(r, PROBLEM_NOT_FOUND, "see " ROUTE_PREFIX "/openapi.json");
	else
		problem_respond(r, PROBLEM_METHOD, "%s is not among %s", method, allowed);
}

void api_handle(void *ctx, struct http_request *r)
{
	struct call *c = call_new(ctx, r);
	char text[300], allowed[ROUTE_ALLOWED_MAX];
	const char *wrong;

	if (!c) {
		problem_respond(r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	c->route = route_find(http_method(r), http_target(r), c->values, allowed);
	if (!c->route) {
		no_route(r, allowed);
		return;
	}
	if (!authenticate(c))
		return;
	wrong = route_check_query(c->route, http_target(r), text, sizeof(text));
	if (wrong)
		problem_respond(r, PROBLEM_BAD_QUERY, "%s", wrong);
	else if (read_body(c))
		c->route->handle(c);
}
