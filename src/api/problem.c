/* SPDX-License-Identifier: MIT */
#include "api/problem.h"
#include "base/buf.h"
#include "base/json_out.h"
#include "collect/account.h"
#include "collect/collect_error.h"

#include <stdarg.h>
#include <stdio.h>

#define PROBLEM_BYTES_MAX 32768

static const struct problem_row {
	unsigned status;
	const char *name, *title;
} rows[] = {
#define PROBLEM_X(name, text, status, title) {status, text, title},
	PROBLEM_MAP(PROBLEM_X)
#undef PROBLEM_X
};

/* clang-format off */
static const struct {
	int error;
	enum problem problem;
} of_errors[] = {
	{STORE_E_FULL,        PROBLEM_STORE_FULL},
	{STORE_E_IO,          PROBLEM_NOT_STORED},
	{STORE_E_NOT_FOUND,   PROBLEM_NOT_FOUND},
	{STORE_E_CONFLICT,    PROBLEM_PRECONDITION},
	{STORE_E_READ_ONLY,   PROBLEM_NOT_STORED},
	{STORE_E_INTERRUPTED, PROBLEM_TOO_SLOW},
	{STORE_E_MEMORY,      PROBLEM_UNAVAILABLE},
	{STORE_E_LOCKED,      PROBLEM_UNAVAILABLE},
	{STORE_E_INVALID,     PROBLEM_INVALID},
	{PORT_E_FULL,         PROBLEM_UNAVAILABLE},
	{PORT_E_LATE,         PROBLEM_UNAVAILABLE},
	{PORT_E_CLOSED,       PROBLEM_UNAVAILABLE},
	{PORT_E_CLASH,        PROBLEM_CONFLICT},
	{MB_E_BUSY,           PROBLEM_CONFLICT},
	{MB_E_STREAM,         PROBLEM_UNAVAILABLE},
};
/* clang-format on */

static void begin(struct json_out *j, enum problem problem, const char *detail)
{
	char type[64];

	snprintf(type, sizeof(type), "urn:meterbus:problem:%s", rows[problem].name);
	json_out_object(j);
	json_out_key(j, "type"), json_out_text(j, type);
	json_out_key(j, "title"), json_out_text(j, rows[problem].title);
	json_out_key(j, "status"), json_out_u64(j, rows[problem].status);
	if (detail && *detail)
		json_out_key(j, "detail"), json_out_text(j, detail);
}

/* 401 must say how; 429 when. */
static struct http_field further(enum problem problem)
{
	if (problem == PROBLEM_UNAUTHORIZED)
		return (struct http_field){"WWW-Authenticate", "Bearer realm=\"meterbusd\""};
	if (problem == PROBLEM_LOCKED_OUT)
		return (struct http_field){"Retry-After", "60"};
	return (struct http_field){NULL, NULL};
}

static void end(struct http_request *r, struct json_out *j, enum problem problem)
{
	struct http_response response = {
		.status = rows[problem].status,
		.type = "application/problem+json",
		.headers = {{"Cache-Control", "no-store"}, further(problem)},
	};

	json_out_end(j);
	if (json_out_ok(j)) {
		response.body = (const char *)j->buf->bytes;
		response.len = j->buf->len;
	}
	http_respond(r, &response);
	buf_done(j->buf);
}

void problem_respond(struct http_request *r, enum problem problem, const char *format, ...)
{
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);
	char detail[1024] = "";
	va_list args;

	buf_init(&buf, PROBLEM_BYTES_MAX);
	if (format) {
		va_start(args, format);
		vsnprintf(detail, sizeof(detail), format, args);
		va_end(args);
	}
	begin(&j, problem, detail);
	end(r, &j, problem);
}

void problem_respond_errors(struct http_request *r, const struct account_errors *errors)
{
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);
	char detail[300];

	buf_init(&buf, PROBLEM_BYTES_MAX);
	snprintf(detail, sizeof(detail), "%s%s%s", errors->list[0].property,
		errors->list[0].property[0] ? ": " : "", errors->list[0].text);
	begin(&j, PROBLEM_INVALID, errors->count ? detail : NULL);
	json_out_key(&j, "errors");
	json_out_array(&j);
	for (uint32_t i = 0; i < errors->count && i < ACCOUNT_ERRORS_MAX; i++) {
		json_out_object(&j);
		json_out_key(&j, "property"), json_out_text(&j, errors->list[i].property);
		json_out_key(&j, "detail"), json_out_text(&j, errors->list[i].text);
		json_out_end(&j);
	}
	json_out_end(&j);
	json_out_key(&j, "error_count"), json_out_u64(&j, errors->count);
	end(r, &j, PROBLEM_INVALID);
}

void problem_respond_error(struct http_request *r, int error, const char *text)
{
	enum problem problem = PROBLEM_INTERNAL;

	for (size_t i = 0; i < sizeof(of_errors) / sizeof(*of_errors); i++) {
		if (of_errors[i].error == error)
			problem = of_errors[i].problem;
	}
	problem_respond(r, problem, "%s", text && *text ? text : collect_error_text(error));
}
