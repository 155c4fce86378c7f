/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl_sse.h"

#include <stdio.h>
#include <string.h>

void ctl_sse_init(struct ctl_sse *s, ctl_sse_fn *fn, void *ctx)
{
	*s = (struct ctl_sse){.fn = fn, .ctx = ctx};
	buf_init(&s->line, CTL_SSE_LINE_MAX);
	buf_init(&s->data, CTL_SSE_LINE_MAX);
}

void ctl_sse_done(struct ctl_sse *s)
{
	buf_done(&s->line);
	buf_done(&s->data);
}

void ctl_sse_restart(struct ctl_sse *s)
{
	buf_clear(&s->line);
	buf_clear(&s->data);
	s->kind[0] = '\0';
}

/* An empty line: the event is complete. */
static bool dispatch(struct ctl_sse *s)
{
	bool go_on = true;

	if (s->data.len > 0) {
		s->too_long |= !buf_add(&s->data, "", 1);
		go_on = s->fn(s->ctx, *s->kind ? s->kind : "message", (const char *)s->data.bytes,
			s->data.len - 1);
	}
	buf_clear(&s->data);
	s->kind[0] = '\0';
	return go_on;
}

static bool is(const char *line, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(line, name, len) == 0;
}

/* "field: value"; a comment begins with a colon. */
static bool take_line(struct ctl_sse *s)
{
	const char *line = (const char *)s->line.bytes;
	size_t len = s->line.len, colon, at;
	int n;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0)
		return dispatch(s);
	for (colon = 0; colon < len && line[colon] != ':'; colon++)
		;
	at = colon < len ? colon + 1 : len;
	at += at < len && line[at] == ' ';
	n = (int)(len - at);
	if (is(line, colon, "event"))
		snprintf(s->kind, sizeof(s->kind), "%.*s", n, line + at);
	else if (is(line, colon, "id"))
		snprintf(s->id, sizeof(s->id), "%.*s", n, line + at);
	else if (is(line, colon, "data"))
		s->too_long |= (s->data.len > 0 && !buf_add(&s->data, "\n", 1)) ||
			       !buf_add(&s->data, line + at, len - at);
	return true;
}

bool ctl_sse_take(struct ctl_sse *s, const char *bytes, size_t n)
{
	while (n > 0) {
		const char *end = memchr(bytes, '\n', n);
		size_t len = end ? (size_t)(end - bytes) : n;
		bool go_on = true;

		s->too_long |= !buf_add(&s->line, bytes, len);
		if (s->too_long)
			return false;
		bytes += len + (end != NULL);
		n -= len + (end != NULL);
		if (end) {
			go_on = take_line(s);
			buf_clear(&s->line);
		}
		if (!go_on || s->too_long)
			return false;
	}
	return true;
}
