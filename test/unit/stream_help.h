/* SPDX-License-Identifier: MIT */
/* Waiting for streams in tests: for events, with a bound, never by sleeping. */
#ifndef TEST_STREAM_HELP_H
#define TEST_STREAM_HELP_H

#include "base/clock.h"
#include "base/listener.h"
#include "base/stream.h"

#include <meterbus/error.h>

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MAX_US 10000000 /* a test that waits this long has failed */
#define POLL_MS 20

/* One round: waits a moment for the stream's events and lets it act on them. */
static inline void stream_turn(struct stream *s)
{
	struct pollfd fd = {.fd = stream_fd(s), .events = stream_events(s)};
	int ready = poll(&fd, 1, POLL_MS);

	stream_handle(s, ready > 0 ? fd.revents : 0, clock_mono_us());
}

static inline void wait_state(struct stream *s, enum stream_state state)
{
	uint64_t end_us = clock_mono_us() + WAIT_MAX_US;

	while (stream_state(s) != state && clock_mono_us() < end_us)
		stream_turn(s);
	if (stream_state(s) != state)
		print_error("error text: \"%s\"\n", stream_error(s));
	assert_int_equal(stream_state(s), state);
}

/* Reads exactly n bytes. */
static inline void wait_bytes(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t n)
{
	uint64_t end_us = clock_mono_us() + WAIT_MAX_US;
	size_t got = 0;

	while (got < n && clock_mono_us() < end_us) {
		int rc = stream_read(
			s, ret_bytes + got, ret_marks ? ret_marks + got : NULL, n - got);

		assert_true(rc >= 0);
		got += (size_t)rc;
		if (rc == 0)
			stream_turn(s);
	}
	assert_int_equal(got, n);
}

/* Reads on until the stream fails; what comes before is dropped. */
static inline void wait_failure(struct stream *s)
{
	uint64_t end_us = clock_mono_us() + WAIT_MAX_US;
	uint8_t bytes[64];

	while (stream_read(s, bytes, NULL, sizeof(bytes)) >= 0 && clock_mono_us() < end_us)
		stream_turn(s);
	assert_int_equal(stream_state(s), STREAM_CLOSED);
}

static inline struct stream *wait_accept(struct listener *l)
{
	struct pollfd fd = {.fd = listener_fd(l), .events = POLLIN};
	struct stream *s;

	poll(&fd, 1, WAIT_MAX_US / 1000);
	s = listener_accept(l);
	assert_non_null(s);
	return s;
}

static inline void parse_url(const char *text, struct stream_url *ret_url)
{
	char err[256] = "";

	if (stream_url_parse(text, ret_url, err, sizeof(err)) < 0)
		fail_msg("%s: %s", text, err);
}

static inline struct stream *new_stream(const char *text)
{
	struct stream_url url;
	struct stream *s;

	parse_url(text, &url);
	s = stream_new(&url);
	assert_non_null(s);
	return s;
}

static inline struct listener *open_listener(const char *text)
{
	struct stream_url url;
	struct listener *l;

	parse_url(text, &url);
	l = listener_new(&url);
	assert_non_null(l);
	if (listener_open(l) < 0)
		fail_msg("%s", listener_error(l));
	return l;
}

/* The same before and after when none is left open. */
static inline int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static inline void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

#endif
