/* SPDX-License-Identifier: MIT */
#include "base/sock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define DATAGRAM_MAX 4096 /* the rest of a longer one is lost */

struct udp {
	struct stream base;
	struct sock sock;
	size_t at, len; /* unread part of the datagram */
	uint8_t datagram[DATAGRAM_MAX];
};

static struct udp *self_of(struct stream *s)
{
	return (struct udp *)s;
}

static void udp_close(struct stream *s)
{
	sock_done(s, &self_of(s)->sock);
	self_of(s)->at = 0;
	self_of(s)->len = 0;
}

static int udp_open(struct stream *s, uint64_t now_us)
{
	int rc = sock_start(s, &self_of(s)->sock, now_us);

	if (rc < 0)
		return rc;
	stream_opened(s); /* a datagram socket connects at once */
	return 0;
}

static short udp_events(const struct stream *s)
{
	(void)s;
	return POLLIN;
}

static int udp_handle(struct stream *s, short revents, uint64_t now_us)
{
	(void)s, (void)revents, (void)now_us;
	return 0;
}

/* Returns 1 when a datagram with bytes is there. */
static int next_datagram(struct stream *s)
{
	struct udp *u = self_of(s);
	ssize_t n = recv(s->fd, u->datagram, sizeof(u->datagram), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return stream_failed_errno(s, errno);
	u->at = 0;
	u->len = (size_t)n;
	return u->len > 0;
}

static int udp_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	struct udp *u = self_of(s);
	size_t n;

	if (u->at == u->len) {
		int rc = next_datagram(s);

		if (rc <= 0)
			return rc;
	}
	n = u->len - u->at < max ? u->len - u->at : max;
	memcpy(ret_bytes, u->datagram + u->at, n);
	if (ret_marks)
		memset(ret_marks, 0, n);
	u->at += n;
	return (int)n;
}

static int udp_write(struct stream *s, const uint8_t *bytes, size_t n)
{
	ssize_t sent = send(s->fd, bytes, n, MSG_NOSIGNAL);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		return 0;
	return sent < 0 ? stream_failed_errno(s, errno) : (int)sent;
}

const struct stream_ops udp_ops = {
	.size = sizeof(struct udp),
	.open = udp_open,
	.close = udp_close,
	.handle = udp_handle,
	.events = udp_events,
	.read = udp_read,
	.write = udp_write,
};
