/* SPDX-License-Identifier: MIT */
#include "base/tcp.h"
#include "base/sock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tcp {
	struct stream base;
	struct sock sock;
	struct peer_text text;
};

static struct tcp *self_of(struct stream *s)
{
	return (struct tcp *)s;
}

void peer_text_add(struct peer_text *t, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n && !t->spoilt; i++) {
		uint8_t c = bytes[i];

		t->spoilt =
			t->len == PEER_TEXT_MAX || (c < ' ' && c != '\r' && c != '\n') || c > '~';
		if (!t->spoilt)
			t->bytes[t->len++] = c >= ' ' ? (char)c : ' ';
	}
}

/* NULL: none. */
static const char *peer_text_get(struct peer_text *t)
{
	while (t->len > 0 && t->bytes[t->len - 1] == ' ')
		t->len--;
	t->bytes[t->len] = '\0';
	return t->spoilt || t->len < PEER_TEXT_MIN ? NULL : t->bytes;
}

int tcp_failed(struct stream *s, struct peer_text *t, int error)
{
	const char *text = peer_text_get(t);

	if (text && tcp_is_peer_end(error))
		return stream_failed(s, "closed by the peer, which says \"%s\"", text);
	return stream_failed_errno(s, error);
}

bool tcp_is_peer_end(int error)
{
	return error == EPIPE || error == ECONNRESET;
}

static void tcp_close(struct stream *s)
{
	sock_done(s, &self_of(s)->sock);
	self_of(s)->text = (struct peer_text){0};
}

static int after_connect(struct stream *s, int rc)
{
	if (rc == SOCK_CONNECTED)
		stream_opened(s);
	return rc < 0 ? rc : 0;
}

static int tcp_open(struct stream *s, uint64_t now_us)
{
	return after_connect(s, sock_start(s, &self_of(s)->sock, now_us));
}

static short tcp_events(const struct stream *s)
{
	if (s->state == STREAM_CONNECTING)
		return POLLOUT;
	return POLLIN;
}

static int tcp_handle(struct stream *s, short revents, uint64_t now_us)
{
	if (s->state == STREAM_CONNECTING)
		return after_connect(s, sock_continue(s, &self_of(s)->sock, revents, now_us));
	return 0; /* read() and write() find out what happened */
}

static int tcp_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	ssize_t n = recv(s->fd, ret_bytes, max > INT16_MAX ? INT16_MAX : max, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return tcp_failed(s, &self_of(s)->text, n < 0 ? errno : EPIPE);
	peer_text_add(&self_of(s)->text, ret_bytes, (size_t)n);
	if (ret_marks)
		memset(ret_marks, 0, (size_t)n);
	return (int)n;
}

static int tcp_write(struct stream *s, const uint8_t *bytes, size_t n)
{
	ssize_t sent = send(s->fd, bytes, n, MSG_NOSIGNAL);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (sent < 0 && tcp_is_peer_end(errno))
		return 0; /* what it sent before is read first: then read() finds the end */
	return sent < 0 ? stream_failed_errno(s, errno) : (int)sent;
}

const struct stream_ops tcp_ops = {
	.size = sizeof(struct tcp),
	.open = tcp_open,
	.close = tcp_close,
	.handle = tcp_handle,
	.events = tcp_events,
	.read = tcp_read,
	.write = tcp_write,
};

struct stream *tcp_new_accepted(int fd, const struct stream_url *peer)
{
	struct stream *s = stream_new_kind(&tcp_ops, peer);

	if (!s)
		return NULL;
	sock_tune_tcp(fd);
	s->fd = fd;
	stream_opened(s);
	return s;
}
