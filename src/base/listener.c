/* SPDX-License-Identifier: MIT */
#include "base/listener.h"
#include "base/pty.h"
#include "base/tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 16

struct listener {
	struct stream_url url;
	int fd; /* -1: none */
	struct stream *pty; /* made, and not yet accepted */
	bool linked; /* url.path is our link */
	char link_target[STREAM_URL_PATH_MAX];
	char name[STREAM_NAME_MAX];
	char error[STREAM_TEXT_MAX];
};

struct listener *listener_new(const struct stream_url *url)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->url = *url;
	l->fd = -1;
	stream_url_name(url, l->name, sizeof(l->name));
	return l;
}

void listener_free(struct listener *l)
{
	if (!l)
		return;
	listener_close(l);
	free(l);
}

static bool link_is_ours(const struct listener *l)
{
	char target[STREAM_URL_PATH_MAX];
	ssize_t n = readlink(l->url.path, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	return strcmp(target, l->link_target) == 0;
}

void listener_close(struct listener *l)
{
	if (l->linked && link_is_ours(l))
		unlink(l->url.path);
	l->linked = false;
	stream_free(l->pty);
	l->pty = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

__attribute__((format(printf, 2, 3))) static int failed(struct listener *l, const char *format, ...)
{
	size_t at = (size_t)snprintf(l->error, sizeof(l->error), "%s: ", l->name);
	va_list args;

	va_start(args, format);
	vsnprintf(l->error + at, sizeof(l->error) - at, format, args);
	va_end(args);
	listener_close(l);
	return MB_E_STREAM;
}

/* --- pty --------------------------------------------------------------------------------------- */

/* A link that a killed listener has left may be replaced; nothing else is touched. */
static bool is_stale_link(const char *path)
{
	static const char pts[] = "/dev/pts/";
	char target[STREAM_URL_PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	return n > (ssize_t)strlen(pts) && memcmp(target, pts, strlen(pts)) == 0;
}

static int make_link(struct listener *l)
{
	const char *path = l->url.path;

	if (is_stale_link(path))
		unlink(path);
	if (symlink(l->link_target, path) < 0)
		return failed(l, "the link cannot be made: %s%s", strerror(errno),
			errno == EEXIST ? "; remove it, or choose another path" : "");
	l->linked = true;
	snprintf(l->name, sizeof(l->name), "serial:%s", path);
	return 0;
}

static int open_pty(struct listener *l)
{
	int error = pty_new(&l->url, &l->pty);

	if (!error)
		error = pty_client_path(l->pty, l->link_target, sizeof(l->link_target));
	if (error)
		return failed(l, "no pty can be made: %s", strerror(error));
	if (l->url.path[0] != '\0')
		return make_link(l);
	snprintf(l->name, sizeof(l->name), "serial:%s", l->link_target);
	return 0;
}

/* --- TCP --------------------------------------------------------------------------------------- */

/* The numeric address and port, as a URL. */
static void set_place(struct stream_url *url, const struct sockaddr *address, socklen_t size)
{
	char service[8];

	if (getnameinfo(address, size, url->path, sizeof(url->path), service, sizeof(service),
		    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		url->port = (uint16_t)strtoul(service, NULL, 10);
}

static int bind_first(struct listener *l, const struct addrinfo *list)
{
	static const int on = 1;
	int error = 0;

	for (; list; list = list->ai_next) {
		l->fd = socket(
			list->ai_family, list->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (l->fd < 0) {
			error = errno;
			continue;
		}
		setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(l->fd, list->ai_addr, list->ai_addrlen) == 0 &&
			listen(l->fd, BACKLOG) == 0)
			return 0;
		error = errno;
		close(l->fd);
		l->fd = -1;
	}
	return error;
}

static void learn_port(struct listener *l)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct stream_url real = l->url;

	if (getsockname(l->fd, (struct sockaddr *)&address, &size) == 0)
		set_place(&real, (struct sockaddr *)&address, size);
	stream_url_name(&real, l->name, sizeof(l->name));
}

static int open_tcp(struct listener *l)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *list;
	char service[8];
	int error;

	snprintf(service, sizeof(service), "%u", l->url.port);
	error = getaddrinfo(l->url.path, service, &hints, &list);
	if (error)
		return failed(l, "no such address: %s", gai_strerror(error));
	error = bind_first(l, list);
	freeaddrinfo(list);
	if (error)
		return failed(l, "%s%s", strerror(error),
			error == EADDRINUSE ? "; another program listens there" : "");
	learn_port(l);
	return 0;
}

int listener_open(struct listener *l)
{
	listener_close(l);
	l->error[0] = '\0';
	stream_url_name(&l->url, l->name, sizeof(l->name));
	if (l->url.kind == STREAM_TCP)
		return open_tcp(l);
	if (l->url.kind == STREAM_PTY)
		return open_pty(l);
	return failed(l, "cannot listen there; use tcp://host:port or pty:");
}

struct stream *listener_accept(struct listener *l)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct stream_url peer = l->url;
	struct stream *s = l->pty;
	int fd;

	if (s) {
		l->pty = NULL;
		return s;
	}
	if (l->fd < 0)
		return NULL;
	fd = accept4(l->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return NULL;
	set_place(&peer, (struct sockaddr *)&address, size);
	s = tcp_new_accepted(fd, &peer);
	if (!s)
		close(fd);
	return s;
}

int listener_fd(const struct listener *l)
{
	return l->fd;
}

const char *listener_name(const struct listener *l)
{
	return l->name;
}

const char *listener_error(const struct listener *l)
{
	return l->error;
}
