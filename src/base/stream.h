/* SPDX-License-Identifier: MIT */
/*
 * One non-blocking stream of bytes to a bus: serial, TCP, UDP, RFC 2217, memory. Made for
 * poll(2) or any loop that watches a descriptor:
 *
 *	s = stream_new(&url);
 *	rc = stream_open(s, now);
 *	loop:	wait for stream_events(s) on stream_fd(s), at most until stream_deadline(s)
 *		rc = stream_handle(s, revents, now);	(revents 0 when only time has passed)
 *		while ((n = stream_read(s, bytes, marks, sizeof(bytes))) > 0) ...
 *
 * fd, events and deadline may change with every call: ask again before each wait.
 * Functions return >= 0, or MB_E_STREAM when the stream is closed by a failure; stream_error()
 * then says what, where and what to do about it. run.h drives an engine over a stream.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include "base/url.h"

#include <meterbus/engine.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;
struct stream_places;

enum stream_state {
	STREAM_CLOSED, /* never opened, closed by us, or failed: see stream_error() */
	STREAM_CONNECTING, /* also: waiting for the time of a stream_reopen() */
	STREAM_OPEN,
};

#define STREAM_DONE 0
#define STREAM_LATER 1 /* of set_line and break: call again after the next stream_handle() */

/* A closed stream for this URL (copied). NULL: no memory. stream_free(NULL) is fine. */
struct stream *stream_new(const struct stream_url *url);
void stream_free(struct stream *s);

/*
 * Starts to open; the state is then OPEN or CONNECTING, and connect_timeout is its deadline.
 * Only the look-up of a host name may block. On failure the state is CLOSED.
 */
int stream_open(struct stream *s, uint64_t now_us);
/*
 * The look-up alone, for a program that must not block: on any thread, of an URL with the name of a
 * host. What it found, or that it found nothing, is used by the next stream_open(). NULL: no memory.
 */
bool stream_has_name(const struct stream_url *url); /* and not the address of a host, or a device */
struct stream_places *stream_look_up(const struct stream_url *url);
void stream_set_places(struct stream *s, struct stream_places *places);
void stream_places_free(struct stream_places *places); /* NULL is fine */
/* Closes now and opens again after wait_us, from within stream_handle(). The error text stays. */
void stream_reopen(struct stream *s, uint64_t now_us, uint64_t wait_us);
void stream_close(struct stream *s);

enum stream_state stream_state(const struct stream *s);
const char *stream_name(const struct stream *s); /* "tcp://host:port", "serial:/dev/ttyUSB0" */
const char *stream_error(const struct stream *s); /* "" when none */
/* Something the user should know though it works ("no parity here"); "" when none. */
const char *stream_warning(const struct stream *s);
const struct stream_url *stream_url(const struct stream *s);

int stream_fd(const struct stream *s); /* -1 while there is none */
short stream_events(const struct stream *s); /* POLLIN, POLLOUT; 0: only the deadline counts */
uint64_t stream_deadline(const struct stream *s); /* when to call stream_handle(), or MB_NEVER */
int stream_handle(struct stream *s, short revents, uint64_t now_us);

/*
 * Takes up to max received bytes, one mark (MB_MARK_*) each; ret_marks may be NULL. Returns the
 * count, 0 when nothing is there now. Bytes that came before a failure are given first.
 */
int stream_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max);
/* Accepts up to n bytes to send. Returns the count, 0 when full: wait for POLLOUT. */
int stream_write(struct stream *s, const uint8_t *bytes, size_t n, uint64_t now_us);

/*
 * The computed end of the last stop bit of everything written (or of the break). Over a network
 * it is reckoned with the speed of the last stream_set_line(): the far side is a serial line.
 */
uint64_t stream_tx_end_us(const struct stream *s);

/*
 * Sets speed and format, after all that was written has left the line. STREAM_DONE, STREAM_LATER
 * (still sending, or the peer has not confirmed), MB_E_UNSUPPORTED (tcp, udp: nothing to set, the
 * speed is only used for reckoning), MB_E_INVALID (the port cannot do it; it stays open and
 * stream_error() says so), MB_E_STREAM.
 */
int stream_set_line(struct stream *s, const struct mb_line *line, uint64_t now_us);
/*
 * Starts a break (space) of this length; its end is stream_tx_end_us(). Call stream_handle() at
 * stream_deadline() to end it. STREAM_DONE when begun, STREAM_LATER, MB_E_UNSUPPORTED, MB_E_STREAM.
 */
int stream_break(struct stream *s, uint32_t break_us, uint64_t now_us);
/* Throws away what was received and not yet read. */
void stream_purge(struct stream *s);

/*
 * The line that the far side has set: a listener's pty sees what its client asked for (parity is
 * never kept by a pty: MB_PARITY_NONE means unknown there). False: this stream cannot tell.
 */
bool stream_peer_line(const struct stream *s, struct mb_line *ret_line);

#endif
