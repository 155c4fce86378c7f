/* SPDX-License-Identifier: MIT */
/* What the files of the HTTP glue share. Private to them. */
#ifndef API_HTTP_IMPL_H
#define API_HTTP_IMPL_H

#include "api/http.h"
#include "base/buf.h"
#include "base/loop.h"

#include <microhttpd.h>
#include <sys/socket.h>

struct http_listener {
	struct http *h;
	int fd; /* -1: closed */
	struct loop_watch *watch;
	struct tls_front *tls;
	char **hosts; /* NULL ends */
	bool loopback;
};

/* What a connection does decides which deadline it has. */
enum http_conn_state {
	HTTP_IDLE, /* no whole header yet */
	HTTP_BODY,
	HTTP_BUSY, /* a handler or a stream: no deadline */
	HTTP_ANSWER,
};

struct http_conn {
	struct http_conn *before, *next;
	struct MHD_Connection *mhd; /* NULL until it is started */
	struct http_listener *listener;
	int fd; /* MHD's side */
	enum http_conn_state state;
	uint64_t since_us; /* of the connection, or its last answer */
	uint64_t deadline_us;
	struct sockaddr_storage address;
	char peer[HTTP_PEER_MAX];
	bool cut;
};

struct http {
	struct loop *loop;
	struct http_limits limits;
	http_handler *handle;
	http_told *told;
	void *ctx;
	struct MHD_Daemon *mhd;
	struct loop_watch *watch;
	struct loop_timer *timer; /* when MHD wants to run */
	struct loop_timer *sweep; /* deadlines, while there are connections */
	uint64_t sweep_us;
	struct http_listener *listeners[HTTP_LISTENERS_MAX];
	unsigned n_listeners;
	struct http_conn *conns; /* oldest last */
	struct http_conn *adding; /* between accept() and MHD */
	struct http_request *waiting; /* not answered yet */
	struct http_stream *streams;
	struct http_totals totals;
	uint32_t dying; /* connections that we have cut and MHD has not closed yet */
	bool accept_paused; /* no descriptors left */
	bool stopping, freeing;
	uint64_t stop_us;
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

struct http_request {
	struct http_request *before, *next; /* waiting */
	struct http *h; /* NULL: it is gone */
	struct http_conn *conn; /* NULL: the client is gone */
	struct MHD_Connection *mhd;
	struct http_target target;
	bool bad_target;
	bool begun, handled; /* seen its header; given to the handler */
	bool refused; /* answered before the handler saw it */
	bool suspended;
	bool held; /* the handler owes an answer */
	bool answered;
	bool too_large;
	struct buf body;
	struct MHD_Response *response;
	unsigned status;
	uint64_t answer_bytes;
	struct http_stream *stream;
	void *ctx;
	void (*free_ctx)(void *ctx);
	char method[16];
};

/* Lets MHD run soon, or now when it is not running. */
void http_kick(struct http *h);
void http_told_of(struct http *h, const struct http_conn *c, const char *text);
/* Ends the connection without ado; MHD finds out by itself. */
void http_cut(struct http *h, struct http_conn *c);
void http_conn_enter(
	struct http *h, struct http_conn *c, enum http_conn_state state, uint64_t bytes);

/* Callbacks of MHD. */
void *http_request_begin(void *ctx, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result http_request_step(void *ctx, struct MHD_Connection *mhd, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_len,
	void **cls);
void http_request_end(
	void *ctx, struct MHD_Connection *mhd, void **cls, enum MHD_RequestTerminationCode code);

int http_listen_with(struct http *h, const struct http_listen *listen, loop_watch_fn *accept,
	uint16_t *ret_port, char *ret_err, size_t err_max);

/* The one answer of a request: takes m, which may be NULL for no memory. */
void http_request_answer(struct http_request *r, struct MHD_Response *m, unsigned status);

/* Answers 503 to all that wait. */
void http_requests_refuse(struct http *h);
bool http_host_allowed(const struct http_listener *l, const char *host);

void http_stream_gone(struct http_stream *s); /* its connection is */
void http_streams_beat(struct http *h, uint64_t now_us);
void http_streams_end(struct http *h);
void http_streams_free(struct http *h); /* after MHD is gone */

#endif
