/* SPDX-License-Identifier: MIT */
/* Errors as application/problem+json (RFC 9457). */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "api/http.h"

struct account_errors;

/* X(NAME, "name", status, "title"): type is "urn:meterbus:problem:name" */
/* clang-format off */
#define PROBLEM_MAP(X) \
	X(BAD_REQUEST,   "bad-request",        400, "The request cannot be understood") \
	X(BAD_QUERY,     "bad-query",          400, "A parameter of the query is not valid") \
	X(BAD_JSON,      "bad-json",           400, "The body is not the JSON that is expected") \
	X(UNAUTHORIZED,  "unauthorized",       401, "A valid token is needed") \
	X(FORBIDDEN,     "forbidden",          403, "The role of this token does not allow it") \
	X(NOT_FOUND,     "not-found",          404, "There is no such thing") \
	X(METHOD,        "method-not-allowed", 405, "This resource does not have this method") \
	X(TOO_SLOW,      "timeout",            408, "It took too long") \
	X(CONFLICT,      "conflict",           409, "The state of things does not allow it") \
	X(GONE,          "gone",               410, "It was here and is no more") \
	X(PRECONDITION,  "changed-meanwhile",  412, "It was changed by someone else meanwhile") \
	X(TOO_LARGE,     "too-large",          413, "The body is too large") \
	X(MEDIA_TYPE,    "not-json",           415, "The body must be application/json") \
	X(MISDIRECTED,   "wrong-host",         421, "This name is not ours") \
	X(INVALID,       "invalid",            422, "Some values are not valid") \
	X(LOCKED_OUT,    "too-many-failures",  429, "Too many wrong tokens came from this address") \
	X(INTERNAL,      "internal",           500, "It failed here") \
	X(NOT_STORED,    "not-stored",         503, "The store does not take data now") \
	X(UNAVAILABLE,   "unavailable",        503, "It cannot be done now") \
	X(STORE_FULL,    "store-full",         507, "The store is full")
/* clang-format on */

enum problem {
#define PROBLEM_X(name, text, status, title) PROBLEM_##name,
	PROBLEM_MAP(PROBLEM_X)
#undef PROBLEM_X
	PROBLEMS
};

/* Answers the request. format, a sentence about this case, may be NULL. */
__attribute__((format(printf, 3, 4))) void problem_respond(
	struct http_request *r, enum problem problem, const char *format, ...);
/* INVALID with a list of {property, text}. */
void problem_respond_errors(struct http_request *r, const struct account_errors *errors);
/* Of a STORE_E_*, PORT_E_* or MB_E_* that ended what was asked for; text may be NULL. */
void problem_respond_error(struct http_request *r, int error, const char *text);

#endif
