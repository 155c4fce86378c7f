/* SPDX-License-Identifier: MIT */
/* A client on the loop of the server under test: sends bytes, keeps what comes until the end. */
#ifndef TEST_HTTP_CLIENT_H
#define TEST_HTTP_CLIENT_H

#include "base/loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_MAX (1u << 20)

struct client {
	struct loop *loop;
	struct loop_watch *watch;
	int fd;
	char *text; /* what came */
	size_t len;
	bool ended; /* the server hung up */
	const char *until; /* stops the loop when this has come */
};

static inline void client_ready(void *ctx, short revents)
{
	struct client *c = ctx;
	ssize_t n = recv(c->fd, c->text + c->len, CLIENT_MAX - 1 - c->len, MSG_DONTWAIT);

	(void)revents;
	if (n > 0) {
		c->len += (size_t)n;
		c->text[c->len] = '\0';
		if (c->until && strstr(c->text, c->until))
			loop_stop(c->loop);
		return;
	}
	c->ended = true;
	loop_watch_free(c->watch);
	c->watch = NULL;
	loop_stop(c->loop);
}

static inline void client_open(struct client *c, struct loop *loop, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	*c = (struct client){.loop = loop};
	c->text = calloc(1, CLIENT_MAX);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_non_null(c->text);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	c->watch = loop_watch_new(loop, c->fd, client_ready, c);
	assert_non_null(c->watch);
	loop_watch_set(c->watch, POLLIN);
}

static inline void client_send(struct client *c, const char *bytes, size_t n)
{
	assert_int_equal(send(c->fd, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* Runs the loop until this text came, or the server hung up. */
static inline void client_until(struct client *c, const char *text)
{
	c->until = text;
	if (!c->ended && (!text || !strstr(c->text, text)))
		loop_run(c->loop);
	c->until = NULL;
}

static inline void client_close(struct client *c)
{
	loop_watch_free(c->watch);
	close(c->fd);
	free(c->text);
}

#endif
