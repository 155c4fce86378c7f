/* SPDX-License-Identifier: MIT */
/*
 * A server of RFC 2217 that says anything, at any time, and takes what it is sent or not. The input is a
 * list of steps, each of a byte for what, a byte for how much, and what the server says.
 *
 * Nothing hangs, no more is given than came, no more is said than was asked for; what fails says why.
 */
#include "base/stream.h"

#include <meterbus/error.h>

#include "fuzz.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEP_US 700000 /* 10 s to open are a few of them */
#define SAID_FIRST 256 /* offers, settings */
#define SAID_STEP 64 /* a line, a break */

/* Instead of the system's: the connection is one end of a pair. */
static int client_end = -1;

int socket(int domain, int type, int protocol)
{
	(void)domain, (void)type, (void)protocol;
	return client_end;
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	(void)fd, (void)address, (void)len;
	return 0;
}

struct run {
	struct stream *client;
	int server;
	uint64_t now_us;
	size_t told, heard, asked, wrote,
		given; /* bytes; asked: that our own steps may make it say */
};

static void tell(struct run *r, const uint8_t *bytes, size_t n)
{
	ssize_t sent = send(r->server, bytes, n, MSG_NOSIGNAL);

	if (sent > 0)
		r->told += (size_t)sent;
}

static void hear(struct run *r)
{
	uint8_t bytes[4096];
	ssize_t n;

	while ((n = recv(r->server, bytes, sizeof(bytes), 0)) > 0)
		r->heard += (size_t)n;
}

static void handle(struct run *r)
{
	struct pollfd fd = {.fd = stream_fd(r->client), .events = stream_events(r->client)};

	if (poll(&fd, 1, 0) < 0)
		fd.revents = 0;
	stream_handle(r->client, fd.revents, r->now_us);
}

static void give(struct run *r, size_t max)
{
	uint8_t bytes[256], marks[256];
	int n = stream_read(r->client, bytes, marks, max < sizeof(bytes) ? max : sizeof(bytes));

	CHECK(n <= (int)sizeof(bytes));
	if (n > 0)
		r->given += (size_t)n;
}

static void put(struct run *r, size_t n)
{
	static const uint8_t bytes[256] = {0x68, 0xFF, 0x0D, 0xFF};
	int took = stream_write(r->client, bytes, n, r->now_us);

	CHECK(took <= (int)n);
	if (took > 0)
		r->wrote += (size_t)took;
}

static void set_line(struct run *r, uint8_t how)
{
	static const uint32_t bauds[] = {300, 2400, 9600, 0xFFFFFFFF};
	struct mb_line line = {
		bauds[how % 4], how & 4 ? 7 : 8, (uint8_t)(how % 3), how & 8 ? 2 : 1};
	int rc;

	r->now_us = stream_tx_end_us(r->client);
	rc = stream_set_line(r->client, &line, r->now_us);
	CHECK(rc != MB_E_UNSUPPORTED);
	if (rc == MB_E_INVALID)
		CHECK(*stream_error(r->client));
}

/* The byte that says what, the byte that says how much. Returns how many of the rest were used. */
static size_t step(struct run *r, uint8_t what, uint8_t how, const uint8_t *data, size_t size)
{
	size_t n = how < size ? how : size;

	r->asked += SAID_STEP;
	switch (what % 8) {
	case 0:
		set_line(r, how);
		break;
	case 1:
		put(r, how);
		break;
	case 2:
		if (stream_break(r->client, 1000u * how, r->now_us) == STREAM_DONE)
			r->now_us += 1000u * how;
		break;
	case 3:
		stream_purge(r->client);
		break;
	case 4:
		r->now_us += STEP_US;
		break;
	case 5:
		give(r, how);
		break;
	case 6:
		if (how == 0)
			shutdown(r->server, SHUT_RDWR);
		hear(r);
		break;
	default:
		tell(r, data, n);
		handle(r);
		return n;
	}
	handle(r);
	return 0;
}

static void check(const struct run *r)
{
	CHECK(r->given <= r->told);
	CHECK(r->heard <= SAID_FIRST + r->asked + r->told + 2 * r->wrote);
	if (stream_state(r->client) == STREAM_CLOSED)
		CHECK(strlen(stream_error(r->client)) > strlen(stream_name(r->client)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "rfc2217://127.0.0.1:1";
	struct run r = {.now_us = 1000000};
	struct stream_url url;
	int ends[2];
	char err[256];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	client_end = ends[0];
	r.server = ends[1];
	CHECK(stream_url_parse(text, &url, err, sizeof(err)) >= 0);
	r.client = stream_new(&url);
	CHECK(r.client);
	stream_open(r.client, r.now_us);
	while (size >= 2 && stream_state(r.client) != STREAM_CLOSED) {
		size_t used = 2 + step(&r, data[0], data[1], data + 2, size - 2);

		data += used;
		size -= used;
		check(&r);
	}
	for (int i = 0; i < 20 && stream_state(r.client) == STREAM_CONNECTING; i++) {
		r.now_us += STEP_US;
		handle(&r);
	}
	CHECK(stream_state(r.client) != STREAM_CONNECTING); /* it gives up */
	hear(&r);
	check(&r);
	stream_free(r.client);
	close(r.server);
	return 0;
}
