/* SPDX-License-Identifier: MIT */
#include "base/mem_stream.h"
#include "base/buf.h"
#include "base/stream_impl.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

struct mem {
	struct stream base;
	struct mem *peer; /* NULL: gone */
	struct buf in, in_marks; /* received, not yet read; as long as each other */
	size_t room;
	int line_result;
	bool failing;
	char fail_text[STREAM_TEXT_MAX];
};

static struct mem *self_of(struct stream *s)
{
	return (struct mem *)s;
}

static int mem_open(struct stream *s, uint64_t now_us)
{
	(void)now_us;
	return stream_failed(s, "a stream in memory cannot be opened again");
}

static void mem_close(struct stream *s)
{
	struct mem *m = self_of(s);

	if (m->peer)
		m->peer->peer = NULL;
	m->peer = NULL;
	buf_done(&m->in);
	buf_done(&m->in_marks);
}

static int fail_when_told(struct stream *s)
{
	return self_of(s)->failing ? stream_failed(s, "%s", self_of(s)->fail_text) : 0;
}

static int mem_handle(struct stream *s, short revents, uint64_t now_us)
{
	(void)revents, (void)now_us;
	return fail_when_told(s);
}

static short mem_events(const struct stream *s)
{
	(void)s;
	return POLLIN;
}

static int mem_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	struct mem *m = self_of(s);
	size_t n = m->in.len < max ? m->in.len : max;

	if (n == 0) {
		if (!m->peer && !m->failing)
			return stream_failed(s, "closed by the peer");
		return fail_when_told(s);
	}
	memcpy(ret_bytes, m->in.bytes, n);
	if (ret_marks)
		memcpy(ret_marks, m->in_marks.bytes, n);
	buf_drop(&m->in, n);
	buf_drop(&m->in_marks, n);
	return (int)n;
}

size_t mem_stream_feed(struct stream *s, const uint8_t *bytes, const uint8_t *marks, size_t n)
{
	static const uint8_t none[64];
	struct mem *m = self_of(s);
	size_t taken = 0;

	while (taken < n) {
		size_t k = n - taken < sizeof(none) ? n - taken : sizeof(none);

		if (!buf_add(&m->in, bytes + taken, k))
			break;
		if (!buf_add(&m->in_marks, marks ? marks + taken : none, k)) {
			m->in.len -= k;
			break;
		}
		taken += k;
	}
	return taken;
}

static int mem_write(struct stream *s, const uint8_t *bytes, size_t n)
{
	struct mem *m = self_of(s);
	size_t unread = m->peer ? m->peer->in.len : 0;
	size_t room = unread < m->room ? m->room - unread : 0;

	if (!m->peer)
		return stream_failed(s, "closed by the peer");
	return (int)mem_stream_feed(&m->peer->base, bytes, NULL, n < room ? n : room);
}

static int mem_set_line(struct stream *s, const struct mb_line *line, uint64_t now_us)
{
	(void)line, (void)now_us;
	if (self_of(s)->line_result == MB_E_INVALID)
		return stream_refused(s, "this line is not possible");
	return self_of(s)->line_result;
}

static int mem_break(struct stream *s, bool on)
{
	static const uint8_t zero = 0;
	static const uint8_t mark = MB_MARK_BREAK;

	if (on && self_of(s)->peer)
		mem_stream_feed(&self_of(s)->peer->base, &zero, &mark, 1);
	return 0;
}

static void mem_purge(struct stream *s)
{
	buf_clear(&self_of(s)->in);
	buf_clear(&self_of(s)->in_marks);
}

static bool mem_peer_line(const struct stream *s, struct mb_line *ret_line)
{
	const struct mem *peer = ((const struct mem *)s)->peer;

	if (!peer)
		return false;
	*ret_line = peer->base.line;
	return true;
}

static const struct stream_ops mem_ops = {
	.size = sizeof(struct mem),
	.open = mem_open,
	.close = mem_close,
	.handle = mem_handle,
	.events = mem_events,
	.read = mem_read,
	.write = mem_write,
	.set_line = mem_set_line,
	.send_break = mem_break,
	.peer_line = mem_peer_line,
	.purge = mem_purge,
};

static struct stream *new_end(const char *name)
{
	struct stream_url url = {.kind = STREAM_MEM, .line = MB_LINE_2400_8E1};
	struct stream *s;

	snprintf(url.path, sizeof(url.path), "%s", name);
	s = stream_new_kind(&mem_ops, &url);
	if (!s)
		return NULL;
	buf_init(&self_of(s)->in, MEM_STREAM_MAX);
	buf_init(&self_of(s)->in_marks, MEM_STREAM_MAX);
	self_of(s)->room = MEM_STREAM_MAX;
	stream_opened(s);
	return s;
}

int mem_stream_pair(struct stream *ret_pair[2])
{
	struct stream *a = new_end("a");
	struct stream *b = new_end("b");

	if (!a || !b) {
		stream_free(a);
		stream_free(b);
		return MB_E_NO_SPACE;
	}
	self_of(a)->peer = self_of(b);
	self_of(b)->peer = self_of(a);
	ret_pair[0] = a;
	ret_pair[1] = b;
	return 0;
}

void mem_stream_set_room(struct stream *s, size_t room)
{
	self_of(s)->room = room;
}

void mem_stream_fail(struct stream *s, const char *text)
{
	self_of(s)->failing = true;
	snprintf(self_of(s)->fail_text, STREAM_TEXT_MAX, "%s", text);
}

void mem_stream_set_line_result(struct stream *s, int result)
{
	self_of(s)->line_result = result;
}

void mem_stream_line(const struct stream *s, struct mb_line *ret_line)
{
	*ret_line = s->line;
}
