/* SPDX-License-Identifier: MIT */
#include "api/http_impl.h"
#include "api/problem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- life: a request is held by MHD, and by the handler that owes an answer ---- */

static void request_free(struct http_request *r)
{
	if (r->h || r->held)
		return;
	if (r->free_ctx)
		r->free_ctx(r->ctx);
	if (r->response)
		MHD_destroy_response(r->response);
	buf_done(&r->body);
	free(r);
}

static void wait_link(struct http *h, struct http_request *r)
{
	r->held = true;
	r->before = NULL;
	r->next = h->waiting;
	if (r->next)
		r->next->before = r;
	h->waiting = r;
	h->totals.waiting++;
}

static void wait_unlink(struct http *h, struct http_request *r)
{
	if (r->before)
		r->before->next = r->next;
	else if (h->waiting == r)
		h->waiting = r->next;
	else
		return; /* not linked */
	if (r->next)
		r->next->before = r->before;
	r->before = r->next = NULL;
	h->totals.waiting--;
}

static struct http_conn *conn_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

void *http_request_begin(void *ctx, const char *uri, struct MHD_Connection *mhd)
{
	struct http *h = ctx;
	struct http_request *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->h = h;
	r->mhd = mhd;
	r->conn = conn_of(mhd);
	r->bad_target = http_target_parse(uri, &r->target) < 0;
	buf_init(&r->body, h->limits.body_bytes + 1); /* and a NUL */
	return r;
}

void http_request_end(
	void *ctx, struct MHD_Connection *mhd, void **cls, enum MHD_RequestTerminationCode code)
{
	struct http_request *r = *cls;
	struct http *h = ctx;

	(void)mhd, (void)code;
	*cls = NULL;
	if (!r)
		return;
	if (r->conn)
		http_conn_enter(h, r->conn, HTTP_IDLE, 0);
	if (h->stopping && r->conn)
		http_cut(h, r->conn);
	if (r->stream)
		http_stream_gone(r->stream);
	wait_unlink(h, r);
	r->h = NULL;
	r->conn = NULL;
	r->mhd = NULL;
	request_free(r);
}

/* ---- what comes in ---- */

struct header_count {
	unsigned lengths, encodings, hosts, authorizations;
	bool list;
};

static enum MHD_Result count_header(
	void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct header_count *count = ctx;

	(void)kind;
	if (strcasecmp(name, "Content-Length") == 0) {
		count->lengths++;
		count->list |= !value || strspn(value, "0123456789") != strlen(value);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		count->encodings++;
		count->list |= !value || strcasecmp(value, "chunked") != 0;
	}
	count->hosts += strcasecmp(name, "Host") == 0;
	count->authorizations += strcasecmp(name, "Authorization") == 0;
	return MHD_YES;
}

/* Two lengths, or two hosts: what we see, another reader before us may not have seen. */
static const char *ambiguous(struct http_request *r)
{
	struct header_count count = {0};

	MHD_get_connection_values(r->mhd, MHD_HEADER_KIND, count_header, &count);
	if (count.lengths + count.encodings > 1)
		return "more than one of Content-Length and Transfer-Encoding";
	if (count.list)
		return "a Content-Length or Transfer-Encoding that is not plain";
	if (count.hosts > 1)
		return "more than one Host";
	return count.authorizations > 1 ? "more than one Authorization" : NULL;
}

static bool body_too_large(const struct http_request *r)
{
	const char *text = http_header(r, "Content-Length");

	/* strtoull() says ULLONG_MAX when it is more */
	return text && strtoull(text, NULL, 10) > r->h->limits.body_bytes;
}

static void refuse(struct http_request *r)
{
	const char *why = ambiguous(r);

	if (r->bad_target)
		problem_respond(r, PROBLEM_BAD_REQUEST, "the path or the query is not valid");
	else if (why)
		problem_respond(r, PROBLEM_BAD_REQUEST, "%s", why);
	else if (!http_host_allowed(r->conn->listener, http_header(r, "Host")))
		problem_respond(r, PROBLEM_MISDIRECTED,
			"use the address of this machine, or list the name in the configuration");
	else if (body_too_large(r))
		problem_respond(r, PROBLEM_TOO_LARGE, "at most %u bytes", r->h->limits.body_bytes);
	else if (r->h->stopping)
		problem_respond(r, PROBLEM_UNAVAILABLE, "the daemon is about to stop");
}

static void add_body(struct http_request *r, const char *bytes, size_t n)
{
	/* one byte less than the buffer: the NUL */
	if (r->too_large || buf_room(&r->body) <= n || !buf_add(&r->body, bytes, n))
		r->too_large = true; /* the rest is dropped until its deadline */
}

static enum MHD_Result send_answer(struct http_request *r)
{
	enum MHD_Result rc;

	if (!r->stream)
		http_conn_enter(r->h, r->conn, HTTP_ANSWER, r->answer_bytes);
	if (r->h->stopping || r->refused)
		MHD_add_response_header(r->response, "Connection", "close");
	rc = MHD_queue_response(r->mhd, r->status, r->response);
	MHD_destroy_response(r->response); /* MHD has its own reference */
	r->response = NULL;
	return rc;
}

static enum MHD_Result first_step(struct http_request *r, const char *method)
{
	r->begun = true;
	r->h->totals.requests++;
	strncpy(r->method, method, sizeof(r->method) - 1);
	http_conn_enter(r->h, r->conn, HTTP_BODY, 0);
	refuse(r);
	if (!r->response)
		return MHD_YES;
	r->refused = true;
	return send_answer(r);
}

static void call_handler(struct http_request *r)
{
	struct http *h = r->h;

	r->handled = true;
	http_conn_enter(h, r->conn, HTTP_BUSY, 0);
	wait_link(h, r);
	if (r->too_large)
		problem_respond(r, PROBLEM_TOO_LARGE, "at most %u bytes", h->limits.body_bytes);
	else if (!buf_add(&r->body, "", 1))
		problem_respond(r, PROBLEM_UNAVAILABLE, "no memory");
	else
		h->handle(h->ctx, r);
}

enum MHD_Result http_request_step(void *ctx, struct MHD_Connection *mhd, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_len, void **cls)
{
	struct http_request *r = *cls;
	struct http *h = ctx;

	(void)url, (void)version;
	if (!r || !r->conn || (h->freeing && !r->response))
		return MHD_NO;
	if (!r->begun)
		return first_step(r, method);
	if (*upload_len > 0) {
		add_body(r, upload, *upload_len);
		*upload_len = 0;
		return MHD_YES;
	}
	if (!r->handled)
		call_handler(r);
	if (r->response)
		return send_answer(r);
	r->suspended = true;
	MHD_suspend_connection(mhd);
	return MHD_YES;
}

void http_requests_refuse(struct http *h)
{
	while (h->waiting) {
		struct http_request *r = h->waiting;

		problem_respond(r, PROBLEM_UNAVAILABLE, "the daemon is about to stop");
		r->held = true; /* the handler does not know yet */
	}
}

/* ---- accessors ---- */

const char *http_method(const struct http_request *r)
{
	return r->method;
}

const struct http_target *http_target(const struct http_request *r)
{
	return &r->target;
}

const char *http_header(const struct http_request *r, const char *name)
{
	return r->mhd ? MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name) : NULL;
}

const char *http_body(const struct http_request *r, size_t *ret_len)
{
	*ret_len = r->body.len - 1;
	return (const char *)r->body.bytes;
}

const char *http_peer(const struct http_request *r)
{
	return r->conn ? r->conn->peer : "";
}

bool http_gone(const struct http_request *r)
{
	return !r->h || r->answered;
}

void http_set_ctx(struct http_request *r, void *ctx, void (*free_ctx)(void *ctx))
{
	r->ctx = ctx;
	r->free_ctx = free_ctx;
}

/* ---- answers ---- */

static void add_headers(struct MHD_Response *m, const struct http_response *response)
{
	const char *type = response->type ? response->type : "application/json";

	if (response->status != 204 && response->status != 304)
		MHD_add_response_header(m, "Content-Type", type);
	MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
	for (unsigned i = 0; i < HTTP_HEADERS_MAX && response->headers[i].name; i++)
		MHD_add_response_header(m, response->headers[i].name, response->headers[i].value);
}

/* Takes m. */
void http_request_answer(struct http_request *r, struct MHD_Response *m, unsigned status)
{
	r->held = false;
	if (http_gone(r) || !m) {
		if (m)
			MHD_destroy_response(m);
		if (r->h && !m && r->conn)
			http_cut(r->h, r->conn); /* no memory for an answer */
		request_free(r);
		return;
	}
	wait_unlink(r->h, r);
	r->answered = true;
	r->response = m;
	r->status = status;
	if (r->suspended) {
		r->suspended = false;
		MHD_resume_connection(r->mhd);
		http_kick(r->h);
	}
}

void http_respond(struct http_request *r, const struct http_response *response)
{
	enum MHD_ResponseMemoryMode mode =
		response->take ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_MUST_COPY;
	struct MHD_Response *m = MHD_create_response_from_buffer(
		response->len, (void *)(uintptr_t)response->body, mode);

	if (m)
		add_headers(m, response);
	r->answer_bytes = response->len;
	http_request_answer(r, m, response->status);
}

void http_respond_file(
	struct http_request *r, int fd, uint64_t len, const struct http_response *response)
{
	struct MHD_Response *m = MHD_create_response_from_fd64(len, fd);

	if (m)
		add_headers(m, response);
	else
		close(fd);
	r->answer_bytes = len;
	http_request_answer(r, m, response->status);
}
