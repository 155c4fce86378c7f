/* SPDX-License-Identifier: MIT */
#include "base/sock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
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

/* --- names ------------------------------------------------------------------------------------- */

struct stream_places {
	int rc; /* of getaddrinfo() */
	struct addrinfo *list;
};

static int look_up(const struct stream_url *url, int flags, struct addrinfo **ret_list)
{
	struct addrinfo hints = {
		.ai_socktype = url->kind == STREAM_UDP ? SOCK_DGRAM : SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};
	char service[8];

	snprintf(service, sizeof(service), "%u", url->port);
	return getaddrinfo(url->path, service, &hints, ret_list);
}

bool stream_has_name(const struct stream_url *url)
{
	struct addrinfo *list;

	if (url->kind != STREAM_TCP && url->kind != STREAM_UDP && url->kind != STREAM_RFC2217)
		return false;
	if (look_up(url, AI_NUMERICHOST, &list) != 0)
		return true;
	freeaddrinfo(list);
	return false;
}

struct stream_places *stream_look_up(const struct stream_url *url)
{
	struct stream_places *places = calloc(1, sizeof(*places));

	if (places)
		places->rc = look_up(url, 0, &places->list);
	return places;
}

void stream_places_free(struct stream_places *places)
{
	if (places && places->list)
		freeaddrinfo(places->list);
	free(places);
}

void stream_set_places(struct stream *s, struct stream_places *places)
{
	stream_places_free(s->places);
	s->places = places;
}

static int take_places(struct stream *s, struct addrinfo **ret_list)
{
	int rc;

	if (!s->places)
		return look_up(&s->url, 0, ret_list);
	rc = s->places->rc;
	*ret_list = s->places->list;
	free(s->places);
	s->places = NULL;
	return rc;
}

/* --- connecting -------------------------------------------------------------------------------- */

int sock_start(struct stream *s, struct sock *k, uint64_t now_us)
{
	int rc;

	if (s->url.port == 0)
		return stream_failed(s, "port 0 is only for listening");
	rc = take_places(s, &k->list);
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
