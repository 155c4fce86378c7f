/* SPDX-License-Identifier: MIT */
#include "base/stream_impl.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PURGE_BYTES 1024
#define PURGE_READS 64 /* who sends more than that at once does not stop */

static const struct stream_ops *const ops_of_kind[] = {
	[STREAM_SERIAL] = &serial_ops,
	[STREAM_TCP] = &tcp_ops,
	[STREAM_UDP] = &udp_ops,
	[STREAM_RFC2217] = &rfc2217_ops,
	[STREAM_PTY] = &pty_ops,
};

struct stream *stream_new_kind(const struct stream_ops *ops, const struct stream_url *url)
{
	struct stream *s = calloc(1, ops->size);

	if (!s)
		return NULL;
	s->ops = ops;
	s->url = *url;
	s->line = url->line;
	s->fd = -1;
	s->break_end_us = MB_NEVER;
	stream_url_name(url, s->name, sizeof(s->name));
	return s;
}

struct stream *stream_new(const struct stream_url *url)
{
	return stream_new_kind(ops_of_kind[url->kind], url);
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	stream_close(s);
	stream_places_free(s->places);
	free(s);
}

int stream_open(struct stream *s, uint64_t now_us)
{
	stream_close(s);
	s->error[0] = '\0';
	s->warning[0] = '\0';
	s->line = s->url.line;
	s->tx_end_us = now_us;
	s->state = STREAM_CONNECTING;
	s->deadline_us = now_us + s->url.connect_timeout_ms * 1000ull;
	return s->ops->open(s, now_us);
}

void stream_reopen(struct stream *s, uint64_t now_us, uint64_t wait_us)
{
	stream_close(s);
	s->state = STREAM_CONNECTING;
	s->waiting = true;
	s->deadline_us = now_us + wait_us;
}

void stream_close(struct stream *s)
{
	s->ops->close(s);
	s->state = STREAM_CLOSED;
	s->waiting = false;
	s->full = false;
	s->deadline_us = MB_NEVER;
	s->break_end_us = MB_NEVER;
}

enum stream_state stream_state(const struct stream *s)
{
	return s->state;
}

const char *stream_name(const struct stream *s)
{
	return s->name;
}

const char *stream_error(const struct stream *s)
{
	return s->error;
}

const char *stream_warning(const struct stream *s)
{
	return s->warning;
}

const struct stream_url *stream_url(const struct stream *s)
{
	return &s->url;
}

int stream_fd(const struct stream *s)
{
	return s->fd;
}

short stream_events(const struct stream *s)
{
	if (s->state == STREAM_CLOSED || s->waiting)
		return 0;
	return (short)(s->ops->events(s) | (s->full ? POLLOUT : 0));
}

uint64_t stream_deadline(const struct stream *s)
{
	if (s->state == STREAM_CLOSED)
		return MB_NEVER;
	return s->deadline_us < s->break_end_us ? s->deadline_us : s->break_end_us;
}

static int end_break(struct stream *s)
{
	s->break_end_us = MB_NEVER;
	return s->ops->send_break(s, false);
}

int stream_handle(struct stream *s, short revents, uint64_t now_us)
{
	if (s->state == STREAM_CLOSED)
		return MB_E_STREAM;
	if (s->waiting)
		return now_us < s->deadline_us ? 0 : stream_open(s, now_us);
	if (revents & POLLOUT)
		s->full = false;
	if (now_us >= s->break_end_us && end_break(s) < 0)
		return MB_E_STREAM;
	return s->ops->handle(s, revents, now_us);
}

int stream_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	if (s->state == STREAM_CLOSED)
		return MB_E_STREAM;
	if (s->state != STREAM_OPEN || max == 0)
		return 0;
	return s->ops->read(s, ret_bytes, ret_marks, max);
}

int stream_write(struct stream *s, const uint8_t *bytes, size_t n, uint64_t now_us)
{
	int rc;

	if (s->state == STREAM_CLOSED)
		return MB_E_STREAM;
	if (s->state != STREAM_OPEN || n == 0 || s->break_end_us != MB_NEVER)
		return 0;
	rc = s->ops->write(s, bytes, n);
	s->full = rc >= 0 && (size_t)rc < n;
	if (rc <= 0)
		return rc;
	if (s->tx_end_us < now_us)
		s->tx_end_us = now_us;
	s->tx_end_us += mb_line_bytes_us(&s->line, (size_t)rc);
	return rc;
}

uint64_t stream_tx_end_us(const struct stream *s)
{
	return s->tx_end_us;
}

int stream_set_line(struct stream *s, const struct mb_line *line, uint64_t now_us)
{
	if (s->state == STREAM_CLOSED)
		return MB_E_STREAM;
	if (s->state != STREAM_OPEN || now_us < s->tx_end_us)
		return STREAM_LATER;
	s->line = *line;
	if (!s->ops->set_line)
		return MB_E_UNSUPPORTED;
	return s->ops->set_line(s, line, now_us);
}

int stream_break(struct stream *s, uint32_t break_us, uint64_t now_us)
{
	int rc;

	if (s->state == STREAM_CLOSED)
		return MB_E_STREAM;
	if (!s->ops->send_break)
		return MB_E_UNSUPPORTED;
	if (s->state != STREAM_OPEN || now_us < s->tx_end_us)
		return STREAM_LATER;
	rc = s->ops->send_break(s, true);
	if (rc < 0)
		return rc;
	s->tx_end_us = now_us + break_us;
	s->break_end_us = s->tx_end_us;
	return STREAM_DONE;
}

void stream_purge(struct stream *s)
{
	uint8_t bytes[PURGE_BYTES];

	if (s->state == STREAM_OPEN && s->ops->purge)
		s->ops->purge(s);
	for (int i = 0; i < PURGE_READS && s->state == STREAM_OPEN; i++) {
		if (s->ops->read(s, bytes, NULL, sizeof(bytes)) <= 0)
			break;
	}
}

bool stream_peer_line(const struct stream *s, struct mb_line *ret_line)
{
	return s->state == STREAM_OPEN && s->ops->peer_line && s->ops->peer_line(s, ret_line);
}

void stream_opened(struct stream *s)
{
	s->state = STREAM_OPEN;
	s->deadline_us = MB_NEVER;
	s->error[0] = '\0';
}

/* "<name>: <text>"; a longer text is cut. */
static void set_text(struct stream *s, char *text, const char *format, va_list args)
{
	size_t at = (size_t)snprintf(text, STREAM_TEXT_MAX, "%s: ", s->name);

	if (at < STREAM_TEXT_MAX)
		vsnprintf(text + at, STREAM_TEXT_MAX - at, format, args);
}

int stream_failed(struct stream *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_text(s, s->error, format, args);
	va_end(args);
	stream_close(s);
	return MB_E_STREAM;
}

int stream_refused(struct stream *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_text(s, s->error, format, args);
	va_end(args);
	return MB_E_INVALID;
}

void stream_warn(struct stream *s, const char *format, ...)
{
	va_list args;

	if (s->warning[0] != '\0')
		return;
	va_start(args, format);
	set_text(s, s->warning, format, args);
	va_end(args);
}
