/* SPDX-License-Identifier: MIT */
#include "api/http_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BACKLOG 256
#define PEER_LOST_MS 30000 /* unanswered data: the client is gone */

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

bool http_is_loopback(const char *host)
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
static void tune(int fd, int family)
{
	int on = 1, lost_ms = PEER_LOST_MS;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost_ms, sizeof(lost_ms));
	if (family == AF_INET6) {
		on = 0; /* "::" means all addresses */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
}

static int bind_first(const struct addrinfo *list)
{
	int error = EADDRNOTAVAIL;

	for (const struct addrinfo *at = list; at; at = at->ai_next) {
		int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd < 0) {
			error = errno;
			continue;
		}
		tune(fd, at->ai_family);
		if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
			return fd;
		error = errno;
		close(fd);
	}
	errno = error;
	return -1;
}

static uint16_t bound_port(int fd, bool *ret_loopback)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &len);
	*ret_loopback = is_loopback((struct sockaddr *)&address);
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static bool copy_hosts(struct http_listener *l, const char *const *hosts)
{
	size_t n = 0;

	l->hosts = calloc(HTTP_HOSTS_MAX + 1, sizeof(*l->hosts));
	if (!l->hosts)
		return false;
	for (; hosts && hosts[n] && n < HTTP_HOSTS_MAX; n++) {
		l->hosts[n] = strdup(hosts[n]);
		if (!l->hosts[n])
			return false;
	}
	return true;
}

static int open_socket(const struct http_listen *listen, char *ret_err, size_t err_max)
{
	const char *host = listen->host ? listen->host : "127.0.0.1";
	struct addrinfo *list;
	int rc = look_up(host, listen->port, &list), fd;

	if (rc != 0) {
		snprintf(ret_err, err_max, "cannot listen at %s: %s", host, gai_strerror(rc));
		return -1;
	}
	fd = bind_first(list);
	if (fd < 0)
		snprintf(ret_err, err_max, "cannot listen at %s, port %u: %s", host, listen->port,
			strerror(errno));
	freeaddrinfo(list);
	return fd;
}

int http_listen_with(struct http *h, const struct http_listen *listen, loop_watch_fn *accept,
	uint16_t *ret_port, char *ret_err, size_t err_max)
{
	struct http_listener *l = calloc(1, sizeof(*l));
	uint16_t port;

	if (!l || h->n_listeners == HTTP_LISTENERS_MAX) {
		snprintf(ret_err, err_max, l ? "too many listeners" : "no memory");
		free(l);
		return -1;
	}
	h->listeners[h->n_listeners] = l;
	*l = (struct http_listener){.h = h, .fd = -1, .tls = listen->tls};
	l->fd = open_socket(listen, ret_err, err_max);
	if (l->fd < 0) {
		free(l);
		return -1;
	}
	h->n_listeners++; /* from here on http_free() cleans up */
	port = bound_port(l->fd, &l->loopback);
	l->watch = loop_watch_new(h->loop, l->fd, accept, l);
	if (!l->watch || !copy_hosts(l, listen->hosts)) {
		snprintf(ret_err, err_max, "no memory");
		return -1;
	}
	loop_watch_set(l->watch, POLLIN);
	if (ret_port)
		*ret_port = port;
	return 0;
}

/* "localhost:8080" without its port, in place of the brackets nothing. */
static bool host_name(const char *host, char *ret_name, size_t max)
{
	const char *end = host + strcspn(host, host[0] == '[' ? "]" : ":");
	size_t len = (size_t)(end - host);

	if (host[0] == '[') {
		host++;
		len--;
		if (*end != ']')
			return false;
		end++;
	}
	if (len == 0 || len >= max || (*end && *end != ':'))
		return false;
	if (*end && strspn(end + 1, "0123456789") != strlen(end + 1))
		return false;
	memcpy(ret_name, host, len);
	ret_name[len] = '\0';
	return true;
}

bool http_host_allowed(const struct http_listener *l, const char *host)
{
	char name[256];
	uint8_t address[16];

	if (!host)
		return true; /* HTTP/1.0: no browser */
	if (!host_name(host, name, sizeof(name)))
		return false;
	if (!l->loopback || strcasecmp(name, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
		return true;
	for (char **known = l->hosts; *known; known++) {
		if (strcasecmp(name, *known) == 0)
			return true;
	}
	return false;
}
