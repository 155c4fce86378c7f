/* SPDX-License-Identifier: MIT */
/*
 * meterbus ctl: the daemon's API for people and scripts. A verb is a row {name, options, run} like
 * any of the tool; it asks by ctl_call() or ctl_list() and shows by tables of columns.
 */
#ifndef METERBUS_TOOL_CTL_H
#define METERBUS_TOOL_CTL_H

#include "base/buf.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "meterbus/args.h"

#define CTL_URL "http://127.0.0.1:8466"
#define CTL_PREFIX "/api/v1"
#define CTL_PATH_MAX 4096
#define CTL_TOKEN_MAX 256 /* with its NUL */
#define CTL_ANSWER_MAX (64u << 20)
#define CTL_BODY_MAX (8u << 20)
#define CTL_PAGE 1000 /* items asked for at once */
#define CTL_CURSOR_MAX 256 /* the name of a page, with its NUL */
#define CTL_TIMEOUT_S 120

/* Which accounts. */
#define CTL_FILTERS "search tag place connection suspended"
#define CTL_FILTER_OPTIONS \
	{"search", 0, ARG_TEXT, "TEXT", "in name, description, address or place", NULL}, \
		{"tag", 0, ARG_TEXT, "TAG", "those that have this tag", NULL}, \
		{"place", 0, ARG_TEXT, "PLACE", \
			"read there: bus:NAME, serial:/dev/ttyUSB0, tcp://HOST:PORT", NULL}, \
		{"connection", 0, ARG_CHOICE, "KIND", "read so", "bus serial tcp"}, \
	{ \
		"suspended", 0, ARG_CHOICE, "WHETHER", "suspended ones, or the others", \
			"true false" \
	}

struct ctl_http; /* meterbus/ctl_http.h */

struct ctl {
	struct ctl_http *http;
	char url[512];
	char token[CTL_TOKEN_MAX]; /* "": none */
	int64_t now_ms;
	bool json, color;
};

struct ctl_path {
	char text[CTL_PATH_MAX];
	bool query, too_long;
	bool whole; /* a list that comes at once: no pages */
};

struct ctl_answer {
	struct buf body;
	struct json_doc doc;
	struct json_in root; /* of the document; nothing when there was no body */
	long status;
	char etag[64]; /* "" when there is none */
};

/* Runs a verb with a connection at hand. */
typedef int ctl_fn(struct ctl *c, const struct args *args);
int ctl_run(const struct args *args, ctl_fn *fn);
/* run_NAME(args) of a row, from ctl_NAME(c, args). */
#define CTL_RUN(name) \
	static int run_##name(const struct args *args) \
	{ \
		return ctl_run(args, ctl_##name); \
	}
/* Asks with the token in this file from now on, if there is one; an enum exit_code. */
int ctl_use_token(struct ctl *c, const char *path);
/* The file that holds the token when nothing else is said; "" when there is no home. */
void ctl_token_path(char *ret_path, size_t max);

/* ctl_path(&p, "/accounts/", name, "/log", NULL): every second piece is escaped. */
__attribute__((sentinel)) void ctl_path(struct ctl_path *p, const char *piece, ...);
void ctl_query(struct ctl_path *p, const char *key, const char *value);
void ctl_query_u64(struct ctl_path *p, const char *key, uint64_t value);
/* For those options of this blank-separated list that were given; flags become true. */
void ctl_query_args(struct ctl_path *p, const struct args *args, const char *names);
/* For an option with a time as people write it, if it was given. EXIT_USAGE after saying what is wrong. */
int ctl_query_time(
	const struct ctl *c, struct ctl_path *p, const struct args *args, const char *name);

/*
 * One request; body may be NULL, if_match "" or NULL. EXIT_OK and an answer that must be ended by
 * ctl_answer_done(), or another code after saying why; then there is nothing to end.
 */
int ctl_call(struct ctl *c, const char *method, const struct ctl_path *path, const char *body,
	const char *if_match, struct ctl_answer *ret_answer);
void ctl_answer_done(struct ctl_answer *answer);
/* The same with the answer to be thrown away. */
int ctl_do(struct ctl *c, const char *method, const struct ctl_path *path, const char *body);

/* The cursor moves on behind this page of items or buckets; "": it was the last one. */
int ctl_next_page(const struct ctl *c, struct json_in page, char cursor[CTL_CURSOR_MAX]);
/* Each item of a list, page after page; limit 0: all. fn returns EXIT_OK to go on. */
typedef int ctl_each_fn(void *ctx, struct json_in item);
int ctl_each(
	struct ctl *c, const struct ctl_path *path, uint64_t limit, ctl_each_fn *fn, void *ctx);

/* A line of stdout: the value as it came. */
void ctl_print_raw(struct json_in v);
/* Says what is wrong in a problem (RFC 9457), a line each; returns the exit code of its status. */
int ctl_complain(const struct buf *problem, long status);

/*
 * A body for ctl_call(): ends it with its NUL. EXIT_OK, or EXIT_USAGE after saying that it is too long;
 * so it is when j failed.
 */
int ctl_body_end(const struct json_out *j);

#endif
