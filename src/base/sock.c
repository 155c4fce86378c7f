/* SPDX-License-Identifier: MIT */
#include "base/sock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_EVERY_S 5
#define KEEPALIVE_TRIES 3
#define UNANSWERED_MS 20000 /* TCP_USER_TIMEOUT: sent, and never acknowledged */

static void close_fd(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void sock_done(struct stream *s, struct sock *k)
{
	close_fd(s);
	if (k->list)
		freeaddrinfo(k->list);
	*k = (struct sock){0};
}

void sock_tune_tcp(int fd)
{
	static const struct {
		int level, option, value;
	} settings[] = {
		{IPPROTO_TCP, TCP_NODELAY, 1},
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
		{IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S},
		{IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TRIES},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		setsockopt(
			fd, settings[i].level, settings[i].option, &settings[i].value, sizeof(int));
}

static int fail_connect(struct stream *s, int error)
{
	if (error == ETIMEDOUT)
		return stream_failed(s,
			"no answer within %u ms; check the address, and that no "
			"firewall is in the way",
			s->url.connect_timeout_ms);
	return stream_failed_errno(s, error);
}

/* Tries the addresses from k->at on, until one is connected or under way. */
static int try_addresses(struct stream *s, struct sock *k, uint64_t now_us)
{
	for (; k->at; k->at = k->at->ai_next) {
		close_fd(s);
		s->fd = socket(k->at->ai_family, k->at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
			k->at->ai_protocol);
		if (s->fd >= 0 && k->at->ai_socktype == SOCK_STREAM)
			sock_tune_tcp(s->fd);
		if (s->fd >= 0 && connect(s->fd, k->at->ai_addr, k->at->ai_addrlen) == 0)
			return SOCK_CONNECTED;
		k->error = errno;
		if (s->fd >= 0 && k->error == EINPROGRESS) {
			s->deadline_us = now_us + k->share_us;
			return 0;
		}
	}
	return fail_connect(s, k->error);
}

static uint64_t count_addresses(const struct addrinfo *list)
{
	uint64_t count = 0;

	for (; list; list = list->ai_next)
		count++;
	return count;
}

int sock_start(struct stream *s, struct sock *k, int type, uint64_t now_us)
{
	struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICSERV};
	char service[8];
	int rc;

	if (s->url.port == 0)
		return stream_failed(s, "port 0 is only for listening");
	snprintf(service, sizeof(service), "%u", s->url.port);
	rc = getaddrinfo(s->url.path, service, &hints, &k->list);
	if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY || rc == EAI_NODATA)
		return stream_failed(s, "no such host; check the name, or give its address");
	if (rc != 0)
		return stream_failed(s, "the name cannot be looked up: %s", gai_strerror(rc));
	k->at = k->list;
	k->share_us = s->url.connect_timeout_ms * 1000ull / count_addresses(k->list);
	return try_addresses(s, k, now_us);
}

int sock_continue(struct stream *s, struct sock *k, short revents, uint64_t now_us)
{
	socklen_t size = sizeof(k->error);

	if (revents & (POLLOUT | POLLERR | POLLHUP)) {
		if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &k->error, &size) < 0)
			k->error = errno;
		if (k->error == 0)
			return SOCK_CONNECTED;
	} else if (now_us >= s->deadline_us) {
		k->error = ETIMEDOUT;
	} else {
		return 0;
	}
	k->at = k->at->ai_next;
	return try_addresses(s, k, now_us);
}
