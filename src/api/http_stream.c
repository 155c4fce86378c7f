/* SPDX-License-Identifier: MIT */
/* Server-sent events: a bounded buffer for each client, and a heartbeat that finds the dead. */
#include "api/http_impl.h"
#include "api/problem.h"

#include <stdlib.h>
#include <string.h>

struct http_stream {
	struct http_stream *before, *next;
	struct http *h;
	struct http_request *r; /* NULL: MHD has let go */
	struct buf buf;
	uint64_t written_us; /* for the heartbeat */
	bool suspended, ending, slow;
	bool owned; /* the caller holds it */
	bool reading; /* MHD holds it */
	struct loop_timer *farewell; /* ended() comes from the loop */
	void (*ended)(void *ctx, bool slow);
	void *ctx;
};

static void stream_free(struct http_stream *s)
{
	if (s->owned || s->reading || s->r)
		return;
	if (s->before)
		s->before->next = s->next;
	else
		s->h->streams = s->next;
	if (s->next)
		s->next->before = s->before;
	s->h->totals.streams--;
	loop_timer_free(s->farewell);
	buf_done(&s->buf);
	free(s);
}

static void farewell(void *ctx)
{
	struct http_stream *s = ctx;
	void (*ended)(void *ctx, bool slow) = s->owned ? s->ended : NULL;
	void *ended_ctx = s->ctx;
	bool slow = s->slow;

	s->owned = false;
	stream_free(s);
	if (ended)
		ended(ended_ctx, slow);
}

static void wake(struct http_stream *s)
{
	if (!s->suspended || !s->r || !s->r->mhd)
		return;
	s->suspended = false;
	MHD_resume_connection(s->r->mhd);
	http_kick(s->h);
}

static ssize_t stream_read(void *ctx, uint64_t at, char *buf, size_t max)
{
	struct http_stream *s = ctx;
	size_t n = s->buf.len < max ? s->buf.len : max;

	(void)at;
	if (n == 0 && (s->ending || !s->r))
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		s->suspended = true;
		MHD_suspend_connection(s->r->mhd);
		return 0;
	}
	memcpy(buf, s->buf.bytes, n);
	buf_drop(&s->buf, n);
	if (s->buf.len == 0)
		buf_done(&s->buf); /* one burst does not stay in memory */
	return (ssize_t)n;
}

static void stream_read_done(void *ctx)
{
	struct http_stream *s = ctx;

	s->reading = false;
	stream_free(s);
}

void http_stream_gone(struct http_stream *s)
{
	s->r = NULL;
	if (s->owned)
		loop_timer_set(s->farewell, loop_now_us(s->h->loop));
	else
		stream_free(s);
}

static struct http_stream *stream_new(struct http *h, struct http_request *r)
{
	struct http_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->h = h;
	s->farewell = loop_timer_new(h->loop, farewell, s);
	if (!s->farewell) {
		free(s);
		return NULL;
	}
	s->r = r;
	s->owned = s->reading = true;
	s->written_us = loop_now_us(h->loop);
	buf_init(&s->buf, h->limits.stream_bytes);
	s->next = h->streams;
	if (s->next)
		s->next->before = s;
	h->streams = s;
	h->totals.streams++;
	return s;
}

static void stream_abandon(struct http_stream *s)
{
	s->r = NULL;
	s->owned = s->reading = false;
	stream_free(s);
}

struct http_stream *http_respond_stream(
	struct http_request *r, void (*ended)(void *ctx, bool slow), void *ctx)
{
	struct http_stream *s = NULL;
	struct MHD_Response *m = NULL;

	if (!http_gone(r) && r->h->totals.streams < r->h->limits.streams)
		s = stream_new(r->h, r);
	if (s)
		m = MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, 4096, stream_read, s, stream_read_done);
	if (!m) {
		if (s)
			stream_abandon(s);
		problem_respond(r, PROBLEM_UNAVAILABLE, "too many live streams are open");
		return NULL;
	}
	s->ended = ended;
	s->ctx = ctx;
	r->stream = s;
	MHD_add_response_header(m, "Content-Type", "text/event-stream");
	MHD_add_response_header(m, "Cache-Control", "no-store");
	MHD_add_response_header(m, "X-Accel-Buffering", "no");
	buf_add(&s->buf, ": welcome\n\n", 11); /* the header leaves at once */
	http_request_answer(r, m, 200);
	return s;
}

static bool put(struct http_stream *s, const char *name, const char *value, size_t len)
{
	return buf_add(&s->buf, name, strlen(name)) && buf_add(&s->buf, value, len) &&
	       buf_add(&s->buf, "\n", 1);
}

bool http_stream_send(
	struct http_stream *s, const char *id, const char *event, const char *data, size_t len)
{
	bool ok = true;

	if (!s->r || s->slow)
		return false;
	if (id)
		ok = put(s, "id: ", id, strlen(id));
	if (event)
		ok = ok && put(s, "event: ", event, strlen(event));
	ok = ok && put(s, "data: ", data, len) && put(s, "", "", 0);
	s->written_us = loop_now_us(s->h->loop);
	if (ok) {
		wake(s);
		return true;
	}
	s->slow = true;
	buf_clear(&s->buf);
	http_told_of(s->h, s->r->conn, "a client of the live stream did not keep up and was cut");
	http_cut(s->h, s->r->conn);
	wake(s);
	return false;
}

/* To take the end of a stream, a client has as long as for any answer. */
static void end_soon(struct http_stream *s)
{
	s->ending = true;
	if (s->r && s->r->conn && s->r->conn->state == HTTP_BUSY)
		http_conn_enter(s->h, s->r->conn, HTTP_ANSWER, 0);
	wake(s);
}

void http_stream_end(struct http_stream *s)
{
	s->owned = false;
	end_soon(s);
	stream_free(s);
}

void http_streams_beat(struct http *h, uint64_t now_us)
{
	for (struct http_stream *s = h->streams; s; s = s->next) {
		if (!s->r || s->ending || s->slow ||
			now_us - s->written_us < h->limits.heartbeat_ms * UINT64_C(1000))
			continue;
		s->written_us = now_us;
		if (buf_add(&s->buf, ":\n\n", 3))
			wake(s);
	}
}

void http_streams_end(struct http *h)
{
	for (struct http_stream *s = h->streams; s; s = s->next)
		end_soon(s);
}

void http_streams_free(struct http *h)
{
	while (h->streams) {
		struct http_stream *s = h->streams;

		s->reading = false;
		s->r = NULL;
		farewell(s);
	}
}
