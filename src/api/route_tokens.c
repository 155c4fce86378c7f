/* SPDX-License-Identifier: MIT */
#include "api/api_impl.h"
#include "api/routes.h"
#include "api/shape.h"
#include "base/log.h"
#include "store/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_NAME "first"
#define FIRST_FILE "first-token"
#define FIRST_MS INT64_C(3600000)
#define EXPIRES_S_MAX (100 * 366 * INT64_C(86400))

/* ---- the store ---- */

static int load_one(void *ctx, const struct store_token *row)
{
	struct api *api = ctx;
	struct token token = {
		.role = row->role > ROLE_PUBLIC && row->role < ROLES ? row->role : ROLE_VIEWER,
		.created_ms = row->created_ms,
		.expires_ms = row->expires_ms,
	};

	if (!token_name_valid(row->name))
		return 0;
	memcpy(token.name, row->name, strlen(row->name) + 1);
	memcpy(token.hash, row->hash, sizeof(token.hash));
	return tokens_put(api->tokens, &token) ? 0 : -1;
}

int tokens_load(struct api *api, char *ret_err, size_t err_max)
{
	struct store_reader *reader;
	int64_t rc = store_reader_open(api->config.store, &reader);

	if (rc == 0) {
		rc = store_tokens(reader, load_one, api);
		store_reader_close(reader);
	}
	if (rc >= 0)
		return 0;
	snprintf(ret_err, err_max, "cannot read the tokens: %s", store_error_text((int)rc));
	return -1;
}

/* One change of a token, from the order to its commit. */
struct change {
	struct api *api;
	struct call *call; /* NULL: ours */
	struct token token;
	char text[TOKEN_TEXT_LEN + 1];
	bool remove;
};

static void say_token(struct json_out *j, const struct token *token)
{
	say_text(j, "name", token->name);
	say_text(j, "role", role_name(token->role));
	say_time(j, "created", token->created_ms);
	say_time(j, "expires", token->expires_ms);
	say_time(j, "used", token->used_ms);
}

static void first_path(const struct api *api, char *ret_path, size_t max)
{
	snprintf(ret_path, max, "%s/" FIRST_FILE, api->data_dir);
}

static void first_remove_file(struct api *api)
{
	char path[4096];

	first_path(api, path, sizeof(path));
	unlink(path);
	loop_timer_set(api->first_timer, MB_NEVER);
}

static void answer_change(struct change *change)
{
	struct call *c = change->call;

	if (change->remove) {
		call_done(c);
		return;
	}
	json_out_object(&c->j);
	say_token(&c->j, &change->token);
	say_text(&c->j, "token", change->text);
	json_out_end(&c->j);
	call_answer(c);
}

/* With this one the first is not needed any more. */
static bool lasts(const struct token *token)
{
	return token->role == ROLE_MANAGER && token->expires_ms == 0;
}

static void committed(void *ctx, int rc, const struct store_batch *batch)
{
	struct change *change = ctx;
	struct api *api = change->api;

	(void)batch;
	api->pending--;
	if (rc < 0) {
		if (change->call)
			problem_respond_error(change->call->r, rc, NULL);
		else
			log_error("a token could not be stored: %s", store_error_text(rc));
	} else {
		if (change->remove)
			tokens_remove(change->api->tokens, change->token.name);
		else
			tokens_put(change->api->tokens, &change->token);
		if (change->call && lasts(&change->token))
			first_remove_file(api);
		if (change->call)
			answer_change(change);
	}
	explicit_bzero(change, sizeof(*change));
	free(change);
	api_check_stopped(api);
}

static int add_to_batch(struct store_batch *batch, const struct change *change)
{
	const struct token *token = &change->token;
	struct store_token row = {
		.name = token->name,
		.role = (uint8_t)token->role,
		.created_ms = token->created_ms,
		.expires_ms = token->expires_ms,
	};

	memcpy(row.hash, token->hash, sizeof(row.hash));
	return change->remove ? store_batch_token_delete(batch, token->name)
			      : store_batch_token(batch, &row);
}

/* Takes the change. 0 or STORE_E_*. */
static int submit(struct change *change)
{
	struct store_batch *batch = store_batch_new();
	int rc = batch ? add_to_batch(batch, change) : STORE_E_MEMORY;

	if (rc >= 0)
		rc = store_queue_add(
			change->api->config.queue, batch, STORE_NOW, committed, change);
	if (rc >= 0) {
		change->api->pending++;
		return 0;
	}
	store_batch_free(batch);
	free(change);
	return rc;
}

/* ---- the first token ---- */

static void first_expired(void *ctx)
{
	struct api *api = ctx;

	first_remove_file(api);
	log_notice(
		"the first token is void after its hour; a restart makes another if it is needed");
}

/* The file is complete under its name, or not there. */
static int write_file(const char *path, const char *text)
{
	char part[4096 + 8];
	size_t len = strlen(text);
	int fd;
	bool ok;

	snprintf(part, sizeof(part), "%s.part", path);
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	ok = write(fd, text, len) == (ssize_t)len && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
	close(fd);
	if (ok && rename(part, path) == 0)
		return 0;
	unlink(part);
	return -1;
}

/* Without a manager who stays, the next start must let one in. */
static bool first_needed(struct api *api)
{
	return tokens_managers(api->tokens) == 0;
}

static int first_make(struct api *api, struct change *change, char *ret_err, size_t err_max)
{
	char path[4096];

	change->api = api;
	change->token = (struct token){
		.name = FIRST_NAME,
		.role = ROLE_MANAGER,
		.created_ms = loop_wall_ms(api->config.loop),
	};
	change->token.expires_ms = change->token.created_ms + FIRST_MS;
	first_path(api, path, sizeof(path));
	if (!token_make(change->text, change->token.hash) || write_file(path, change->text) < 0) {
		snprintf(ret_err, err_max, "cannot write %s: %s", path, strerror(errno));
		return -1;
	}
	log_notice(
		"the first token, of a manager, is in %s for an hour; make your own with it", path);
	return 0;
}

int first_token_begin(struct api *api, char *ret_err, size_t err_max)
{
	struct change *change;
	struct token first;
	int rc;

	api->first_timer = loop_timer_new(api->config.loop, first_expired, api);
	if (!api->first_timer) {
		snprintf(ret_err, err_max, "no memory for the API");
		return -1;
	}
	if (!first_needed(api)) {
		first_remove_file(api); /* left by a crash */
		return 0;
	}
	change = calloc(1, sizeof(*change));
	if (!change || first_make(api, change, ret_err, err_max) < 0) {
		free(change);
		return -1;
	}
	first = change->token;
	rc = submit(change);
	if (rc < 0) {
		snprintf(
			ret_err, err_max, "cannot store the first token: %s", store_error_text(rc));
		return -1;
	}
	tokens_put(api->tokens, &first); /* its file is there: whoever reads it is let in at once */
	loop_timer_set(api->first_timer, loop_now_us(api->config.loop) + FIRST_MS * UINT64_C(1000));
	return 0;
}

/* ---- routes ---- */

static void list_tokens(struct call *c)
{
	const struct token *token;

	say_items(&c->j);
	for (size_t i = 0; (token = tokens_at(c->api->tokens, i)) != NULL; i++) {
		json_out_object(&c->j);
		say_token(&c->j, token);
		json_out_end(&c->j);
	}
	json_out_end(&c->j);
	json_out_end(&c->j);
	call_answer(c);
}

static struct change *change_new(struct call *c)
{
	struct change *change = calloc(1, sizeof(*change));

	if (change) {
		change->api = c->api;
		change->call = c;
	} else {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
	}
	return change;
}

static void submit_call(struct change *change)
{
	struct http_request *r = change->call->r;
	int rc = submit(change);

	if (rc < 0)
		problem_respond_error(r, rc, NULL);
}

/* 0 or the problem. */
static bool token_request_valid(struct call *c, const char *name, int64_t expires_s)
{
	if (!token_name_valid(name))
		problem_respond(c->r, PROBLEM_INVALID,
			"name must be 1..%d of the letters A-Z a-z 0-9 . _ -", TOKEN_NAME_MAX);
	else if (tokens_find(c->api->tokens, name))
		problem_respond(c->r, PROBLEM_CONFLICT, "there is a token '%s' already", name);
	else if (tokens_count(c->api->tokens) >= TOKENS_MAX)
		problem_respond(c->r, PROBLEM_CONFLICT, "there are %d tokens already", TOKENS_MAX);
	else if (expires_s < 0 || expires_s > EXPIRES_S_MAX)
		problem_respond(c->r, PROBLEM_INVALID, "expires_s must be 0..%lld",
			(long long)EXPIRES_S_MAX);
	else
		return true;
	return false;
}

static void create_token(struct call *c)
{
	const char *name = body_text(c->body, "name");
	int64_t expires_s = body_integer(c->body, "expires_s", 0);
	struct change *change;

	if (!token_request_valid(c, name, expires_s))
		return;
	change = change_new(c);
	if (!change)
		return;
	memcpy(change->token.name, name, strlen(name) + 1);
	change->token.role = (enum role)role_find(body_text(c->body, "role"));
	change->token.created_ms = loop_wall_ms(c->api->config.loop);
	if (expires_s > 0)
		change->token.expires_ms = change->token.created_ms + expires_s * 1000;
	if (!token_make(change->text, change->token.hash)) {
		free(change);
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no random numbers to be had");
		return;
	}
	submit_call(change);
}

static void delete_token(struct call *c)
{
	const struct token *token = tokens_find(c->api->tokens, c->values[0]);
	struct change *change;

	if (!token) {
		problem_respond(c->r, PROBLEM_NOT_FOUND, "there is no token '%s'", c->values[0]);
		return;
	}
	if (lasts(token) && tokens_managers(c->api->tokens) == 1) {
		problem_respond(c->r, PROBLEM_CONFLICT,
			"this is the last token of a manager: make another one before");
		return;
	}
	change = change_new(c);
	if (!change)
		return;
	change->token = *token;
	change->remove = true;
	submit_call(change);
}

/* clang-format off */
#define TOKEN_FIELDS \
	{"name", "text", NULL}, \
	{"role", "viewer|operator|manager", NULL}, \
	{"created", "~time", NULL}, \
	{"expires", "~time", "null: never"}, \
	{"used", "~time", "last use since the start of the daemon"}
static const struct schema_field token_fields[] = {
	TOKEN_FIELDS,
	{NULL, NULL, NULL},
};
static const struct schema_field tokens_fields[] = {
	{"items", "[Token]", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field token_new_fields[] = {
	{"name", "text", "A-Z a-z 0-9 . _ -"},
	{"role", "viewer|operator|manager", NULL},
	{"expires_s", "?integer", "seconds from now; 0: never"},
	{NULL, NULL, NULL},
};
static const struct schema_field token_made_fields[] = {
	TOKEN_FIELDS,
	{"token", "text", "the secret itself: shown only now"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Token", "a token, without its secret", token_fields, NULL},
	{"Tokens", "all tokens", tokens_fields, NULL},
	{"TokenNew", "a token to be made", token_new_fields, NULL},
	{"TokenMade", "a token with its secret", token_made_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route routes[] = {
	{"GET", "/tokens", ROLE_MANAGER, list_tokens, "listTokens", "All tokens", NULL, NULL, 200, "Tokens"},
	{"POST", "/tokens", ROLE_MANAGER, create_token, "createToken", "Make a token", NULL, "TokenNew", 201, "TokenMade"},
	{"DELETE", "/tokens/{name}", ROLE_MANAGER, delete_token, "deleteToken", "Revoke a token", NULL, NULL, 204, NULL},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_tokens = {routes, schemas};
