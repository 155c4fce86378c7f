/* SPDX-License-Identifier: MIT */
/* Clients of an acceptor on a loop of virtual time: sockets are real, waiting is not. */
#ifndef TEST_CONN_HELP_H
#define TEST_CONN_HELP_H

#include "base/clock.h"
#include "base/loop_virtual.h"
#include "gateway/acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 5000 /* real time, for what must come */
#define TICK_US 1000 /* virtual time that passes while something must come */

/* Lets virtual time pass. */
static inline void run_ms(struct loop *loop, uint64_t ms)
{
	loop_virtual_run_until(loop, loop_now_us(loop) + ms * 1000);
}

static inline void run(struct loop *loop)
{
	run_ms(loop, 1);
}

static inline int peer_open(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static inline void peer_say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static inline uint64_t patience_us(void)
{
	return clock_mono_us() + PATIENCE_MS * 1000;
}

/* Waits for an event of the loop, or of fd; false: until then none came. */
static inline bool event_comes(struct loop *loop, int fd, uint64_t end_us)
{
	uint64_t now_us = clock_mono_us();

	return now_us < end_us && loop_virtual_wait(loop, fd, (int)((end_us - now_us) / 1000 + 1));
}

/* Runs the loop with each event that comes, until it is so. */
#define AWAIT(loop, condition) \
	do { \
		uint64_t end_us = patience_us(); \
\
		do { \
			run(loop); \
		} while (!(condition) && event_comes(loop, -1, end_us)); \
	} while (0)

/* Runs the loop until there is something to read or the end; what recv() says. */
static inline ssize_t peer_recv(struct loop *loop, int fd, void *ret, size_t max)
{
	uint64_t end_us = patience_us();

	do {
		struct pollfd wait = {fd, POLLIN, 0};

		run(loop);
		if (poll(&wait, 1, 0) > 0)
			return read(fd, ret, max);
	} while (event_comes(loop, fd, end_us));
	fail_msg("nothing comes");
	return -1;
}

/* Reads until the text has come; it is all that came. */
static inline void peer_expect(struct loop *loop, int fd, const char *text)
{
	char got[8192];
	size_t len = 0, n = strlen(text);

	while (len < n) {
		ssize_t rc = peer_recv(loop, fd, got + len, sizeof(got) - 1 - len);

		if (rc <= 0)
			break;
		len += (size_t)rc;
	}
	got[len] = '\0';
	assert_string_equal(got, text);
}

static inline void peer_expect_end(struct loop *loop, int fd)
{
	char byte;

	assert_true(peer_recv(loop, fd, &byte, 1) <= 0);
}

#endif
