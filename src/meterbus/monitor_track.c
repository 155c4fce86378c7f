/* SPDX-License-Identifier: MIT */
#include "meterbus/monitor_track.h"

#include "meterbus/capture.h"

#include <meterbus/error.h>
#include <meterbus/path.h>
#include <meterbus/telegram.h>

#include <string.h>

void monitor_track_init(struct monitor_track *t, const struct mb_line *line, uint64_t latency_us,
	monitor_seen *seen, void *ctx)
{
	struct mb_path path = {.line = *line, .latency_us = (uint32_t)latency_us};

	memset(t, 0, sizeof(*t));
	t->line = *line;
	t->gap_us = mb_path_idle_us(&path);
	t->answer_us = mb_path_answer_us(&path);
	t->seen = seen;
	t->ctx = ctx;
	for (int i = 0; i < 2; i++)
		mb_deframer_init(&t->deframers[i]);
}

/* ---- telling ---- */

static void tell(struct monitor_track *t, struct monitor_event *e)
{
	const struct monitor_request *r = &t->request;

	e->has_request = r->known;
	e->asked_c = r->c;
	e->asked_a = r->a;
	if (r->known && r->a == MB_A_NETWORK && (t->has_selected || t->selecting))
		e->selected = &t->selected;
	t->seen(t->ctx, e);
}

static uint64_t begin_of(const struct monitor_track *t, size_t n, uint64_t end_us)
{
	uint64_t us = mb_line_bytes_us(&t->line, n);
	uint64_t begin_us = end_us > us ? end_us - us : 0;

	return begin_us > t->frame_us ? begin_us : t->frame_us;
}

/* A whole run of them is told as one. */
static void flush_junk(struct monitor_track *t)
{
	struct monitor_event e = {
		.kind = MONITOR_BROKEN,
		.error = t->junk_error,
		.begin_us = begin_of(t, t->junk_len, t->junk_us),
		.end_us = t->junk_us,
		.bytes = t->junk,
		.marks = t->junk_marks,
		.len = t->junk_len,
	};

	if (!t->junk_len)
		return;
	t->junk_len = 0;
	t->frame_us = t->junk_us;
	t->request.broken = true;
	tell(t, &e);
}

/* The answer time is over, or the next request ends it sooner. */
static void tell_silence(struct monitor_track *t, uint64_t now_us)
{
	struct monitor_request *r = &t->request;
	uint64_t over_us = r->end_us + t->answer_us;
	uint64_t at_us = now_us < over_us ? now_us : over_us;
	struct monitor_event e = {.kind = MONITOR_SILENCE, .begin_us = at_us, .end_us = at_us};

	if (r->open && !r->answers && !r->broken)
		tell(t, &e);
	r->open = false;
	t->selecting = false;
}

/* ---- frames ---- */

static bool is_request(const struct mb_frame *f)
{
	return (f->type == MB_FRAME_SHORT || f->type == MB_FRAME_LONG) && (f->c & MB_C_PRM);
}

static void follow_selection(struct monitor_track *t, const struct mb_frame *f)
{
	struct mb_telegram telegram;

	if (f->a != MB_A_NETWORK)
		return;
	if (f->type == MB_FRAME_SHORT) {
		t->has_selected &= f->c != MB_C_SND_NKE;
		return;
	}
	if (!mb_frame_selects(f))
		return;
	t->has_selected = false;
	t->selecting = mb_telegram_parse(f, &telegram) == 0 && telegram.has_address;
	if (t->selecting)
		t->selected = telegram.address;
}

static bool is_same(const struct monitor_request *r, const struct monitor_event *e)
{
	return r->known && r->len == e->len && memcmp(r->bytes, e->bytes, e->len) == 0;
}

static void take_request(struct monitor_track *t, bool sent, struct monitor_event *e)
{
	struct monitor_request *r = &t->request;

	e->kind = MONITOR_REQUEST;
	if (!sent && r->sent && is_same(r, e) && r->answers == 0 && !r->broken) {
		e->flags |= MONITOR_ECHO;
		tell(t, e);
		return;
	}
	tell_silence(t, e->begin_us);
	if (is_same(r, e) && (r->answers == 0 || r->broken))
		e->flags |= MONITOR_REPEAT;
	*r = (struct monitor_request){.known = true,
		.open = e->frame.a != MB_A_BROADCAST,
		.sent = sent,
		.c = e->frame.c,
		.a = e->frame.a,
		.end_us = e->end_us,
		.len = e->len};
	memcpy(r->bytes, e->bytes, e->len);
	follow_selection(t, &e->frame);
	tell(t, e);
}

static bool other_address(const struct monitor_request *r, const struct mb_frame *f)
{
	if (!r->known || r->a == MB_A_NETWORK || r->a == MB_A_TEST)
		return false;
	return (f->type == MB_FRAME_LONG || f->type == MB_FRAME_SHORT) && f->a != r->a;
}

static void take_answer(struct monitor_track *t, struct monitor_event *e)
{
	struct monitor_request *r = &t->request;

	e->kind = MONITOR_ANSWER;
	if (!r->known)
		e->flags |= MONITOR_UNASKED;
	else if (r->answers)
		e->flags |= r->open ? MONITOR_SECOND : MONITOR_UNASKED;
	else if (!r->open)
		e->flags |= MONITOR_LATE;
	if (r->open && other_address(r, &e->frame))
		e->flags |= MONITOR_OTHER_ADDRESS;
	e->timed = r->known && !r->answers && !r->broken;
	if (e->timed)
		e->response_us = e->begin_us > r->end_us ? e->begin_us - r->end_us : 0;
	if (r->answers < UINT8_MAX)
		r->answers++;
	t->has_selected |= t->selecting && e->frame.type == MB_FRAME_ACK;
	t->selecting = false;
	tell(t, e);
}

static void take_frame(struct monitor_track *t, bool sent, const struct mb_frame *frame)
{
	uint8_t bytes[MB_FRAME_MAX];
	int len = mb_frame_write(bytes, sizeof(bytes), frame);
	struct monitor_event e = {
		.bytes = bytes,
		.len = (uint16_t)(len > 0 ? len : 0),
		.end_us = t->last_us,
		.frame = *frame,
	};

	if (len <= 0)
		return;
	flush_junk(t);
	e.begin_us = begin_of(t, frame->size, t->last_us);
	t->frame_us = t->last_us;
	if (is_request(frame))
		take_request(t, sent, &e);
	else
		take_answer(t, &e);
}

static void add_junk(struct monitor_track *t, uint8_t byte, uint8_t mark, int error)
{
	if (t->junk_len == MONITOR_JUNK_MAX)
		flush_junk(t);
	if (!t->junk_len || error == MB_E_PARITY)
		t->junk_error = error;
	t->junk[t->junk_len] = byte;
	t->junk_marks[t->junk_len++] = mark;
	t->junk_us = t->last_us;
}

static void take_broken(struct monitor_track *t, const struct mb_deframer *d, int error,
	const uint8_t *bytes, size_t n)
{
	int named = error == MB_E_INCOMPLETE ? MB_E_CUT : error;
	struct monitor_event e = {
		.kind = MONITOR_BROKEN,
		.error = named,
		.begin_us = begin_of(t, n, t->last_us),
		.end_us = t->last_us,
		.bytes = bytes,
		.marks = d->marks,
		.len = (uint16_t)n,
	};

	if (n == 1) {
		add_junk(t, bytes[0], d->marks[0], named);
		return;
	}
	flush_junk(t);
	t->frame_us = t->last_us;
	t->request.broken = true;
	tell(t, &e);
}

static void take_frames(struct monitor_track *t, bool sent)
{
	struct mb_deframer *d = &t->deframers[sent];
	struct mb_frame frame;
	const uint8_t *bytes;
	size_t n;
	int rc;

	while ((rc = mb_deframer_next(d, &frame, &bytes, &n)) != 0) {
		if (rc > 0)
			take_frame(t, sent, &frame);
		else
			take_broken(t, d, rc, bytes, n);
	}
}

/* ---- time ---- */

static bool holds(const struct monitor_track *t)
{
	return t->junk_len || t->deframers[0].len || t->deframers[1].len;
}

static void idle(struct monitor_track *t)
{
	for (int i = 0; i < 2; i++) {
		mb_deframer_idle(&t->deframers[i]);
		take_frames(t, i);
	}
	flush_junk(t);
}

void monitor_track_tick(struct monitor_track *t, uint64_t now_us)
{
	if (holds(t) && now_us >= t->last_us + t->gap_us)
		idle(t);
	if (t->request.open && now_us >= t->request.end_us + t->answer_us)
		if (!holds(t))
			tell_silence(t, now_us);
}

uint64_t monitor_track_deadline(const struct monitor_track *t)
{
	uint64_t gap_us = holds(t) ? t->last_us + t->gap_us : MB_NEVER;
	uint64_t answer_us = t->request.open ? t->request.end_us + t->answer_us : MB_NEVER;

	if (holds(t) && answer_us < gap_us)
		return gap_us; /* first what is held, then whether it was an answer */
	return gap_us < answer_us ? gap_us : answer_us;
}

static void take_byte(
	struct monitor_track *t, bool sent, uint8_t byte, uint8_t mark, uint64_t at_us)
{
	monitor_track_tick(t, at_us);
	t->last_us = at_us;
	mb_deframer_push(&t->deframers[sent], &byte, &mark, 1);
	take_frames(t, sent);
}

void monitor_track_rx(struct monitor_track *t, char direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t before_us = mb_line_bytes_us(&t->line, n - 1 - i);
		uint64_t at_us = now_us > before_us ? now_us - before_us : 0;

		take_byte(t, direction == CAPTURE_SENT, bytes[i], marks ? marks[i] : 0,
			at_us > t->last_us ? at_us : t->last_us);
	}
}

void monitor_track_end(struct monitor_track *t)
{
	idle(t);
	tell_silence(t, t->request.end_us + t->answer_us);
}
