/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl_stream.h"

#include "meterbus/ctl_http.h"
#include "meterbus/ctl_sse.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <time.h>

#define AGAIN_S 1

struct listening {
	struct ctl_sse sse;
	const struct ctl_stream *stream;
	const char *url;
	bool ended; /* by the user of the stream */
	bool heard; /* something came: it was the right daemon */
};

static bool on_event(void *ctx, const char *kind, const char *data, size_t len)
{
	struct listening *l = ctx;
	struct json_doc doc;

	(void)kind; /* is in the data, too */
	if (json_in(&doc, data, len) == 0)
		l->ended = !l->stream->event(l->stream->ctx, json_in_root(&doc));
	json_doc_done(&doc);
	return !l->ended;
}

static bool on_bytes(void *ctx, const char *bytes, size_t n)
{
	struct listening *l = ctx;

	if (!l->heard && !l->stream->silent)
		talk_note("following %s; ^C ends", l->url);
	l->heard = true;
	return ctl_sse_take(&l->sse, bytes, n);
}

static bool on_tick(void *ctx)
{
	struct listening *l = ctx;

	if (l->stream->tick && !l->stream->tick(l->stream->ctx))
		l->ended = true;
	return !l->ended;
}

/* EXIT_OK: it was cut, or ended. */
static int listen_once(struct ctl *c, const struct ctl_path *path, struct listening *l)
{
	struct buf problem;
	struct ctl_http_answer answer = {.body = &problem};
	struct ctl_http_request request = {
		.method = "GET",
		.path = path->text,
		.last_event = l->sse.id,
		.take = on_bytes,
		.type = "text/event-stream",
		.tick = on_tick,
		.ctx = l,
	};
	int rc;

	buf_init(&problem, CTL_BODY_MAX);
	l->heard = false;
	rc = ctl_http_ask(c->http, &request, &answer);
	if (rc == EXIT_OK && answer.status >= 300) {
		rc = ctl_complain(&problem, answer.status);
		l->ended = true;
	}
	buf_done(&problem);
	return rc;
}

int ctl_stream(struct ctl *c, const struct ctl_path *path, const struct ctl_stream *stream)
{
	static const struct timespec pause = {.tv_sec = AGAIN_S};
	struct listening l = {.stream = stream, .url = c->url};
	int rc;

	ctl_sse_init(&l.sse, on_event, &l);
	do {
		ctl_sse_restart(&l.sse);
		rc = listen_once(c, path, &l);
		if (l.sse.too_long) {
			talk_error(
				"%s: an event is longer than %u bytes", c->url, CTL_SSE_LINE_MAX);
			rc = EXIT_PORT;
			break;
		}
		if (rc == EXIT_OK && !l.ended && !l.heard) {
			talk_error(
				"%s: the stream ended before it began; is this meterbusd?", c->url);
			rc = EXIT_PORT;
		}
		if (!l.ended && l.heard) {
			talk_note("the stream was cut; connecting again");
			nanosleep(&pause, NULL);
		}
	} while (!l.ended && l.heard);
	ctl_sse_done(&l.sse);
	return rc;
}
