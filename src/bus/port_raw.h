/* SPDX-License-Identifier: MIT */
/*
 * A foreign master whose bytes are no M-Bus. Its turn on a port (bus/port.h) lasts from its first byte
 * until nothing has moved in either direction for a while. Bytes pass unchanged both ways, as they
 * come; an echo of the converter too.
 *
 *	raw->on_bytes = send_to_client;
 *	rc = port_raw_open(port, raw);
 *	taken = port_raw_feed(raw, bytes, n)	the rest when on_room() was called
 *	port_raw_close(raw);
 *
 * When others wait for longer than turn_max_ms, the turn ends at the next gap, before the client's
 * next bytes; without any gap it is cut after twice that time.
 */
#ifndef BUS_PORT_RAW_H
#define BUS_PORT_RAW_H

#include "bus/port_guest.h"

#define PORT_RAW_MAX 4096 /* bytes that wait */
/* Bytes given to the stream before they are due: a turn can be cut behind them. */
#define PORT_RAW_AHEAD 128
#define PORT_RAW_QUIET_MS 2000
#define PORT_RAW_TURN_MAX_MS 30000

struct port_raw;

/* What the bus says in its turn; valid during the call. May close it. */
typedef void port_raw_bytes(struct port_raw *raw, const uint8_t *bytes, size_t n);

/* Zero it, fill in the first part, leave it in place until it is closed. */
struct port_raw {
	char who[PORT_WHO_MAX];
	uint8_t priority; /* enum port_priority */
	struct mb_line line; /* baud 0: the port's. While it is open: port_raw_set_line() */
	/* Bytes that waited longer for a turn are never sent; 0: PORT_GUEST_STALE_MS more than quiet_ms. */
	uint32_t stale_ms;
	uint32_t quiet_ms, turn_max_ms; /* 0: default */
	port_raw_bytes *on_bytes;
	/* port_raw_feed() had taken less than it was given; or NULL */
	void (*on_room)(struct port_raw *raw);
	void (*on_idle)(struct port_raw *raw); /* a turn has ended, and nothing waits; or NULL */
	void *ctx;

	/* to read */
	uint64_t turns;
	uint64_t dropped[PORT_DROPS]; /* STALE, REFUSED: times that all that waited was dropped */
	struct port_waits waits; /* of the turns */

	/* private */
	struct port *port; /* NULL: not open */
	struct port_job job;
	struct mb_line next_line; /* once all that waits is sent; baud 0: none */
	bool full; /* on_room() is due */
	bool said_all;
	bool sent_last; /* what moved last went out, not in */
	uint64_t came_us; /* the first of those that wait */
	uint64_t moved_us; /* the last byte, either way */
	uint64_t out_us; /* the last byte that was sent */
	uint16_t len;
	uint8_t bytes[PORT_RAW_MAX];
};

/* 0; MB_E_BUSY: it is open; MB_E_INVALID: priority, no on_bytes. */
int port_raw_open(struct port *p, struct port_raw *raw);
/* Returns how many were taken. Less than n: on_room() is called when there is room. */
size_t port_raw_feed(struct port_raw *raw, const uint8_t *bytes, size_t n);
size_t port_raw_room(struct port_raw *raw); /* 0: on_room() is called when there is some */
bool port_raw_idle(const struct port_raw *raw); /* nothing waits, and it is not its turn */
/* For the bytes to come; until those before are sent, none are taken. */
void port_raw_set_line(struct port_raw *raw, const struct mb_line *line);
/* Throws away what was not sent. */
void port_raw_purge(struct port_raw *raw);
/* No more will be fed: the turn ends behind the answer, without the long silence. */
void port_raw_said_all(struct port_raw *raw);
/* Before the port is given back; a turn under way is cut. Not open: nothing happens. */
void port_raw_close(struct port_raw *raw);

#endif
