/* SPDX-License-Identifier: MIT */
/* The target of a request: "/api/v1/accounts/roof%201?limit=10" in parts, each decoded once. */
#ifndef API_HTTP_TARGET_H
#define API_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_TARGET_MAX 4096 /* letters of a target */
#define HTTP_SEGMENTS_MAX 12
#define HTTP_QUERY_MAX 32 /* names and values */

struct http_pair {
	const char *name, *value; /* value "" when there was no '=' */
};

struct http_target {
	const char *segments[HTTP_SEGMENTS_MAX]; /* "api", "v1", "accounts", "roof 1" */
	struct http_pair query[HTTP_QUERY_MAX];
	uint8_t n_segments, n_query;
	bool slash; /* it ended with one */
	char text[HTTP_TARGET_MAX + 2]; /* all of them point here */
};

/*
 * Origin form only. 0 or -1: too long, too many parts, a bad %, a NUL or other control, bytes that
 * are no UTF-8, an empty or a dot segment, a '#', a name that comes twice.
 */
int http_target_parse(const char *target, struct http_target *ret_target);
/* NULL: it was not given. */
const char *http_query(const struct http_target *target, const char *name);

#endif
