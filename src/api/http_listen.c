/* SPDX-License-Identifier: MIT */
#include "api/http_impl.h"
#include "base/tcp_listen.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PEER_LOST_MS 30000 /* unanswered data: the client is gone */

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

int http_listen_with(struct http *h, const struct http_listen *listen, loop_watch_fn *accept,
	uint16_t *ret_port, char *ret_err, size_t err_max)
{
	struct tcp_listen at = {listen->host, listen->port, PEER_LOST_MS};
	struct http_listener *l = calloc(1, sizeof(*l));
	uint16_t port;

	if (!l || h->n_listeners == HTTP_LISTENERS_MAX) {
		snprintf(ret_err, err_max, l ? "too many listeners" : "no memory");
		free(l);
		return -1;
	}
	h->listeners[h->n_listeners] = l;
	*l = (struct http_listener){.h = h, .fd = -1, .tls = listen->tls};
	l->fd = tcp_listen(&at, ret_err, err_max);
	if (l->fd < 0) {
		free(l);
		return -1;
	}
	h->n_listeners++; /* from here on http_free() cleans up */
	port = tcp_bound(l->fd, &l->loopback);
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
