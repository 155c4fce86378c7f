/* SPDX-License-Identifier: MIT */
#include "base/tcp_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 256
#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_EVERY_S 10
#define KEEPALIVE_TRIES 3

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	return address->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int look_up(const char *host, uint16_t port, struct addrinfo **ret_list)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	return getaddrinfo(host ? host : "127.0.0.1", service, &hints, ret_list);
}

bool tcp_is_loopback(const char *host)
{
	struct addrinfo *list;
	bool loopback = true;

	if (look_up(host, 0, &list) != 0)
		return false;
	for (struct addrinfo *at = list; at; at = at->ai_next)
		loopback = loopback && is_loopback(at->ai_addr);
	freeaddrinfo(list);
	return loopback;
}

/* Accepted sockets inherit the options. */
static void tune(int fd, int family, int unanswered_ms)
{
	const struct {
		int level, option, value;
	} settings[] = {
		{SOL_SOCKET, SO_REUSEADDR, 1}, {SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_NODELAY, 1}, {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
		{IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S},
		{IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TRIES},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, unanswered_ms},
		{IPPROTO_IPV6, IPV6_V6ONLY, 0}, /* "::" means all addresses */
	};
	size_t n = sizeof(settings) / sizeof(settings[0]) - (family != AF_INET6);

	for (size_t i = 0; i < n; i++)
		setsockopt(
			fd, settings[i].level, settings[i].option, &settings[i].value, sizeof(int));
}

static int bind_first(const struct addrinfo *list, int unanswered_ms)
{
	int error = EADDRNOTAVAIL;

	for (const struct addrinfo *at = list; at; at = at->ai_next) {
		int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd < 0) {
			error = errno;
			continue;
		}
		tune(fd, at->ai_family, unanswered_ms);
		if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
			return fd;
		error = errno;
		close(fd);
	}
	errno = error;
	return -1;
}

int tcp_listen(const struct tcp_listen *at, char *ret_err, size_t err_max)
{
	const char *host = at->host ? at->host : "127.0.0.1";
	struct addrinfo *list;
	int rc = look_up(host, at->port, &list), fd;

	if (rc != 0) {
		snprintf(ret_err, err_max, "cannot listen at %s: %s", host, gai_strerror(rc));
		return -1;
	}
	fd = bind_first(list, (int)at->unanswered_ms);
	if (fd < 0)
		snprintf(ret_err, err_max, "cannot listen at %s, port %u: %s", host, at->port,
			strerror(errno));
	freeaddrinfo(list);
	return fd;
}

uint16_t tcp_bound(int fd, bool *ret_loopback)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &len);
	*ret_loopback = is_loopback((struct sockaddr *)&address);
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

void tcp_peer_name(const struct sockaddr *peer, char ret_name[TCP_PEER_MAX])
{
	char host[INET6_ADDRSTRLEN] = "";

	if (peer->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)peer;
		bool v4 = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);

		inet_ntop(v4 ? AF_INET : AF_INET6, &in6->sin6_addr.s6_addr[v4 ? 12 : 0], host,
			sizeof(host));
		snprintf(ret_name, TCP_PEER_MAX, v4 ? "%s:%u" : "[%s]:%u", host,
			ntohs(in6->sin6_port));
	} else {
		const struct sockaddr_in *in = (const struct sockaddr_in *)peer;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(ret_name, TCP_PEER_MAX, "%s:%u", host, ntohs(in->sin_port));
	}
}
