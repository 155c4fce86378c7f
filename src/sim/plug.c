/* SPDX-License-Identifier: MIT */
#include "sim/plug.h"

#include "base/stream_impl.h"

#include <string.h>

#define INBOX_MAX 4096 /* bytes brought and not yet read; more are lost */

struct plugged {
	struct stream base;
	struct sim_plug *plug;
	uint8_t bytes[INBOX_MAX], marks[INBOX_MAX];
	size_t n;
};

static struct plugged *self_of(struct stream *s)
{
	return (struct plugged *)s;
}

/* What the segment does next is when the stream wants to be handled. */
static void plan(struct stream *s)
{
	const struct sim_plug *plug = self_of(s)->plug;
	uint64_t next_us = sim_next(plug->sim);
	uint32_t step = plug->chunk_us;

	if (next_us != MB_NEVER && step)
		next_us = (next_us + step - 1) / step * step;
	s->deadline_us = next_us == MB_NEVER ? MB_NEVER : plug->start_us + next_us;
}

static void fetch(struct plugged *p)
{
	size_t room = INBOX_MAX - p->n;
	size_t n = sim_receive(p->plug->sim, p->bytes + p->n, p->marks + p->n, room);

	if (!p->plug->dead)
		p->n += n;
	if (!room)
		p->n = 0;
}

static void follow(struct stream *s, uint64_t now_us)
{
	struct plugged *p = self_of(s);
	uint64_t until_us = now_us > p->plug->start_us ? now_us - p->plug->start_us : 0;

	do {
		sim_advance(p->plug->sim, until_us);
		fetch(p);
	} while (sim_now(p->plug->sim) < until_us);
	plan(s);
}

static int check(struct stream *s)
{
	struct sim_plug *plug = self_of(s)->plug;

	if (plug->pulled)
		return stream_failed(s, "not plugged in");
	if (!plug->dropped)
		return 0;
	plug->dropped = false;
	return stream_failed(s, "closed by the peer");
}

static int plug_open(struct stream *s, uint64_t now_us)
{
	self_of(s)->plug->dropped = false;
	if (check(s) < 0)
		return MB_E_STREAM;
	self_of(s)->plug->opened++;
	stream_opened(s);
	follow(s, now_us);
	self_of(s)->n = 0;
	return 0;
}

static void plug_close(struct stream *s)
{
	self_of(s)->n = 0;
}

static int plug_handle(struct stream *s, short revents, uint64_t now_us)
{
	(void)revents;
	if (check(s) < 0)
		return MB_E_STREAM;
	follow(s, now_us);
	return 0;
}

static short plug_events(const struct stream *s)
{
	(void)s;
	return 0;
}

static int plug_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	struct plugged *p = self_of(s);
	size_t n = p->n < max ? p->n : max;

	if (!n)
		return check(s);
	memcpy(ret_bytes, p->bytes, n);
	if (ret_marks)
		memcpy(ret_marks, p->marks, n);
	p->n -= n;
	memmove(p->bytes, p->bytes + n, p->n);
	memmove(p->marks, p->marks + n, p->n);
	return (int)n;
}

static int plug_write(struct stream *s, const uint8_t *bytes, size_t n)
{
	const struct sim_plug *plug = self_of(s)->plug;

	if (check(s) < 0)
		return MB_E_STREAM;
	if (!plug->dead)
		sim_send(plug->sim, bytes, n);
	plan(s);
	return (int)n;
}

static int plug_set_line(struct stream *s, const struct mb_line *line, uint64_t now_us)
{
	(void)now_us;
	sim_set_line(self_of(s)->plug->sim, line);
	plan(s);
	return STREAM_DONE;
}

static const struct stream_ops plug_ops = {
	.size = sizeof(struct plugged),
	.open = plug_open,
	.close = plug_close,
	.handle = plug_handle,
	.events = plug_events,
	.read = plug_read,
	.write = plug_write,
	.set_line = plug_set_line,
};

struct stream *sim_plug_stream(struct sim_plug *plug, const struct stream_url *url)
{
	struct stream *s = stream_new_kind(&plug_ops, url);

	if (s)
		self_of(s)->plug = plug;
	return s;
}
