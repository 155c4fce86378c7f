/* SPDX-License-Identifier: MIT */
/* HTTP of the tool, by libcurl: one connection, kept open between requests. */
#ifndef METERBUS_TOOL_CTL_HTTP_H
#define METERBUS_TOOL_CTL_HTTP_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct ctl_http;

struct ctl_http_config {
	const char *url; /* without a path */
	const char *token; /* "": none */
	const char *ca; /* NULL: those of the system */
	unsigned timeout_s;
};

struct ctl_http_request {
	const char *method, *path; /* path with its query */
	const char *body; /* JSON, or NULL */
	const char *if_match; /* NULL or "": none */
	const char *last_event; /* the same */
	/* Where a good answer goes in place of the buffer; false ends it. Then there is no timeout. */
	bool (*take)(void *ctx, const char *bytes, size_t n);
	const char *type; /* media type that take wants, NULL: any */
	/* At least once a second with take, NULL: nothing to do; false ends it. */
	bool (*tick)(void *ctx);
	void *ctx;
};

struct ctl_http_answer {
	struct buf *body; /* of the caller, initialised */
	long status;
	char etag[64];
};

/* NULL after saying why. */
struct ctl_http *ctl_http_open(const struct ctl_http_config *config);
/* Who asks from now on; "": nobody. */
void ctl_http_token(struct ctl_http *h, const char *token);
void ctl_http_close(struct ctl_http *h);
/* An enum exit_code: EXIT_OK when there is an answer of any status; else it was said why. */
int ctl_http_ask(struct ctl_http *h, const struct ctl_http_request *request,
	struct ctl_http_answer *ret_answer);

#endif
