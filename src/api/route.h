/* SPDX-License-Identifier: MIT */
/*
 * What can be asked of the API: one row a method of a path. The table drives the choice of the
 * handler, the check of its parameters and of the role, and the OpenAPI document. Each noun has its
 * own file and its own table; routes.c lists them.
 */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "api/http_target.h"
#include "api/role.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTE_PREFIX "/api/v1"
#define ROUTE_PARAMS_MAX 2 /* {names} of a path */

struct call;

/* The shape of a JSON object. */
struct schema_field {
	const char *name;
	/*
	 * "text", "time", "integer", "number", "flag", "any", the name of a schema, "[of these]",
	 * "a|b|c": one of these words. "?" in front: may be missing. "~": may be null.
	 */
	const char *type;
	const char *help; /* NULL: the name says it */
};

struct schema {
	const char *name; /* "Status" */
	const char *help;
	const struct schema_field *fields; /* name NULL ends; NULL: see write */
	bool (*write)(void *buf); /* a struct buf */
};

enum param_type {
	PARAM_TEXT,
	PARAM_COUNT, /* min..max */
	PARAM_TIME, /* RFC 3339, or milliseconds since 1970 */
	PARAM_FLAG, /* true, false, 1, 0, or no value at all: true */
	PARAM_WORD, /* one of help's first words: "a|b|c: what it is for" */
};

struct route_param {
	const char *name;
	enum param_type type;
	const char *help;
	uint64_t min, max; /* COUNT; of a TEXT its longest */
};

struct route {
	const char *method; /* "GET" answers HEAD, too */
	const char *path; /* below the prefix: "/accounts/{name}/sync" */
	enum role role; /* the least */
	void (*handle)(struct call *c);
	const char *id; /* operationId */
	const char *summary;
	const struct route_param *params; /* of the query; name NULL ends; may be NULL */
	const char *body; /* schema of the request, NULL: none. "?" in front: may be missing */
	unsigned status; /* of success */
	const char *answer; /* schema; NULL: no body; with a '/': another media type */
};

struct noun {
	const struct route *routes; /* method NULL ends */
	const struct schema *schemas; /* name NULL ends; may be NULL */
};
extern const struct noun *const route_nouns[]; /* NULL ends */

/*
 * The route of a request, its {names} in ret_values. NULL: ret_allowed tells which methods the path
 * has, "" when there is no such path.
 */
#define ROUTE_ALLOWED_MAX 64
const struct route *route_find(const char *method, const struct http_target *target,
	const char *ret_values[ROUTE_PARAMS_MAX], char ret_allowed[ROUTE_ALLOWED_MAX]);

/* NULL, or the sentence that is wrong with the query; static or in text. */
const char *route_check_query(
	const struct route *route, const struct http_target *target, char *text, size_t max);
/* Of a value that was checked. */
bool param_count(const char *value, uint64_t *ret_n);
bool param_time(const char *value, int64_t *ret_ms);
bool param_flag(const char *value, bool *ret_flag);

#endif
