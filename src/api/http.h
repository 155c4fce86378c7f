/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.1 on the loop: requests come whole and checked, answers go out whole, as a file or as a
 * stream of events. A handler answers at once or later; nothing here blocks and there are no threads.
 *
 *	static void hello(void *ctx, struct http_request *r)
 *	{
 *		http_respond(r, &(struct http_response){.status = 200, .body = "{}", .len = 2});
 *	}
 *
 * libmicrohttpd parses and writes; the sockets, TLS, all limits and all deadlines are ours.
 */
#ifndef API_HTTP_H
#define API_HTTP_H

#include "api/http_target.h"
#include "base/tcp_listen.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_PEER_MAX TCP_PEER_MAX
#define HTTP_HEADERS_MAX 8 /* of an answer */
#define HTTP_HOSTS_MAX 16 /* names under which a listener may be called */
#define HTTP_LISTENERS_MAX 8
/* Some hundred readings can come with one commit, with 2 KiB of events for each. */
#define HTTP_STREAM_BYTES (1u << 20)

struct loop;
struct http;
struct http_request;
struct http_stream;
struct tls_front;

/* 0 is the default of each. */
struct http_limits {
	uint32_t connections; /* 1000 */
	uint32_t connections_per_ip; /* 100; none for loopback */
	uint32_t header_bytes; /* of a request, its line included: 16 KiB */
	uint32_t body_bytes; /* 1 MiB */
	uint32_t header_ms; /* from the connection or the last answer to a whole header: 20 s */
	uint32_t body_ms; /* from there to a whole body: 30 s */
	uint32_t answer_ms; /* for the client to take an answer: 60 s, and 1 s for each 16 KiB */
	uint32_t streams; /* 200 */
	uint32_t stream_bytes; /* that may wait for one client: HTTP_STREAM_BYTES */
	uint32_t heartbeat_ms; /* a comment in a silent stream: 15 s */
};

/* Told about what an operator should know: a slow client that was cut, no descriptors left. */
typedef void http_told(void *ctx, const char *peer, const char *text);
typedef void http_handler(void *ctx, struct http_request *r);

struct http_config {
	struct loop *loop; /* kept */
	struct http_limits limits;
	http_handler *handle; /* once for each request; http_respond() follows, now or later */
	http_told *told; /* NULL: nobody listens */
	void *ctx;
};

struct http *http_new(const struct http_config *config); /* NULL: no memory */
void http_free(struct http *h); /* cuts what is open; NULL is fine */

struct http_listen {
	const char *host; /* an address or a name; NULL: 127.0.0.1 */
	uint16_t port; /* 0: any free one */
	struct tls_front *tls; /* kept; NULL: plain HTTP */
	const char *const *hosts; /* further names that Host may have; NULL ends */
};

/*
 * Listens at one place more. A listener on a loopback address answers only requests whose Host is an
 * address, localhost or one of `hosts`, so that no foreign page reaches it by a name of its own. 0, or
 * -1 with a sentence. ret_port: the real one.
 */
int http_listen(struct http *h, const struct http_listen *listen, uint16_t *ret_port, char *ret_err,
	size_t err_max);

/*
 * Takes no more requests, answers what waits with 503, ends the streams. done() is called once all
 * is sent, or at the deadline.
 */
void http_stop(struct http *h, uint64_t deadline_us, void (*done)(void *ctx), void *ctx);

struct http_totals {
	uint32_t connections, streams, waiting; /* now; requests not answered yet */
	uint64_t accepted, refused, requests, cut; /* since the start */
};
void http_totals(const struct http *h, struct http_totals *ret_totals);

/* ---- requests: valid until they are answered ---- */

const char *http_method(const struct http_request *r); /* "GET" */
const struct http_target *http_target(const struct http_request *r);
const char *http_header(const struct http_request *r, const char *name); /* NULL: none; any case */
const char *http_body(
	const struct http_request *r, size_t *ret_len); /* never NULL; NUL behind it */
const char *http_peer(const struct http_request *r); /* with its port */
bool http_gone(const struct http_request *r); /* nobody waits for the answer any more */

/* For whoever handles it, free when the request is. */
void http_set_ctx(struct http_request *r, void *ctx, void (*free_ctx)(void *ctx));

/* ---- answers ---- */

struct http_response {
	unsigned status;
	const char *type; /* NULL: application/json */
	const char *body; /* copied, but for take */
	size_t len;
	bool take; /* body is of malloc() and is taken over */
	struct http_field {
		const char *name, *value; /* copied */
	} headers[HTTP_HEADERS_MAX]; /* name NULL ends */
};

/* Ends the request, from the handler or later; fine when the client is gone. */
void http_respond(struct http_request *r, const struct http_response *response);
/* The same with a file, which is taken over, from its beginning. body and len are not used. */
void http_respond_file(
	struct http_request *r, int fd, uint64_t len, const struct http_response *response);

/*
 * Ends the request with a stream of server-sent events. NULL: it was answered 503 (too many streams)
 * or the client is gone. ended() is called once, when the client is gone or was cut for being slow;
 * the stream is not valid afterwards.
 */
struct http_stream *http_respond_stream(
	struct http_request *r, void (*ended)(void *ctx, bool slow), void *ctx);
/*
 * One event; any of id, event may be NULL. data is one line. False: the client did not keep up and
 * is cut; ended() follows from the loop.
 */
bool http_stream_send(
	struct http_stream *s, const char *id, const char *event, const char *data, size_t len);
void http_stream_end(struct http_stream *s); /* after what waits is sent; ended() is not called */

#endif
