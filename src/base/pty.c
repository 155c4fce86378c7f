/* SPDX-License-Identifier: MIT */
/*
 * The listener's end of a pty. We keep the client's end open, too: so clients may come and go
 * without a hang-up, and their line settings can be read.
 */
#include "base/pty.h"
#include "base/termios2.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct pty {
	struct stream base;
	int client_fd;
};

static int client_fd(const struct stream *s)
{
	return ((const struct pty *)s)->client_fd;
}

static int pty_open(struct stream *s, uint64_t now_us)
{
	(void)now_us;
	return stream_failed(s, "is only for listening; a client opens the path that it reports, "
				"serial:/dev/pts/N");
}

static void pty_close(struct stream *s)
{
	if (s->fd < 0)
		return;
	close(s->fd);
	close(client_fd(s));
	s->fd = -1;
}

static short pty_events(const struct stream *s)
{
	(void)s;
	return POLLIN;
}

static int pty_handle(struct stream *s, short revents, uint64_t now_us)
{
	(void)s, (void)revents, (void)now_us;
	return 0;
}

static int pty_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	ssize_t n = read(s->fd, ret_bytes, max > INT16_MAX ? INT16_MAX : max);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return stream_failed_errno(s, n < 0 ? errno : EIO);
	for (ssize_t i = 0; ret_marks && i < n; i++)
		ret_marks[i] = 0;
	return (int)n;
}

static int pty_write(struct stream *s, const uint8_t *bytes, size_t n)
{
	ssize_t written = write(s->fd, bytes, n);

	if (written < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return written < 0 ? stream_failed_errno(s, errno) : (int)written;
}

static bool pty_peer_line(const struct stream *s, struct mb_line *ret_line)
{
	return termios2_get(client_fd(s), ret_line) == 0;
}

const struct stream_ops pty_ops = {
	.size = sizeof(struct pty),
	.open = pty_open,
	.close = pty_close,
	.handle = pty_handle,
	.events = pty_events,
	.read = pty_read,
	.write = pty_write,
	.peer_line = pty_peer_line,
};

static int open_pair(int *ret_master, int *ret_client, const struct mb_line *line)
{
	struct mb_line got;
	const char *path;
	int error;

	*ret_client = -1;
	*ret_master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (*ret_master < 0 || grantpt(*ret_master) < 0 || unlockpt(*ret_master) < 0)
		return errno;
	path = ptsname(*ret_master);
	if (!path)
		return errno;
	*ret_client = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_client < 0)
		return errno;
	error = termios2_set_plain(*ret_client, line, &got);
	return error;
}

int pty_new(const struct stream_url *url, struct stream **ret_stream)
{
	struct stream *s;
	int master, client;
	int error = open_pair(&master, &client, &url->line);

	s = error ? NULL : stream_new_kind(&pty_ops, url);
	if (!s) {
		if (master >= 0)
			close(master);
		if (client >= 0)
			close(client);
		return error ? error : ENOMEM;
	}
	s->fd = master;
	((struct pty *)s)->client_fd = client;
	stream_opened(s);
	*ret_stream = s;
	return 0;
}

int pty_client_path(const struct stream *s, char *ret_path, size_t max)
{
	return ptsname_r(s->fd, ret_path, max);
}
