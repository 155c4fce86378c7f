/* SPDX-License-Identifier: MIT */
/*
 * All buses of a process. Whoever names the same serial device, or the same host and port, gets the
 * same struct port: it is shared and counted. Ports with a name come from the configuration.
 */
#ifndef BUS_PORTS_H
#define BUS_PORTS_H

#include "bus/port.h"

#include <stddef.h>
#include <stdint.h>

#define PORTS_MAX 100000
#define PORTS_LISTENERS_MAX 8

struct loop;
struct ports;
struct stream;

/* Of one port; zero is the default of every field. */
struct port_limits {
	uint32_t queue; /* jobs that may wait; 0: PORT_QUEUE_MAX */
	uint32_t idle_close_ms; /* closed when nobody wants it for so long; 0: kept open */
	uint32_t reopen_min_ms, reopen_max_ms; /* pauses between attempts to open; 0: 1 s, 60 s */
	/*
	 * A network connection on which nothing was heard for so long, though meters were asked, is
	 * made again: its far side may be gone. 0: 5 min.
	 */
	uint32_t silence_ms;
};

struct ports_config {
	struct loop *loop; /* kept; outlives the ports */
	struct port_limits limits; /* of ports that are not named */
	uint64_t seed; /* of the jitter of reconnections */
	const struct mb_quirk *quirks; /* kept; for all masters */
	uint16_t n_quirks;
	/* Makes the stream of a port; NULL: stream_new(). For tests and simulated segments. */
	struct stream *(*stream)(void *ctx, const struct stream_url *url);
	void *ctx;
};

struct ports *ports_new(const struct ports_config *config); /* NULL: no memory */
/* Closes all at once. Jobs not done are told PORT_E_CLOSED. */
void ports_free(struct ports *ports); /* NULL is fine */

/*
 * The port of this URL, made when it is new; ports_put() gives it back, and the last one closes
 * it. The line of the URL is that of the first who came: others give theirs with each job. 0, or
 * PORT_E_CLASH (rfc2217: and tcp: to one place ...), MB_E_NO_SPACE (memory, PORTS_MAX).
 */
int ports_get(struct ports *ports, const struct stream_url *url, struct port **ret_port);
void ports_put(struct port *p); /* NULL is fine */

/*
 * A port with a name, kept until ports_remove(). 0, MB_E_INVALID (name empty, too long, or known),
 * or as ports_get(), PORT_E_CLASH for a second name too. limits NULL: those of the configuration.
 */
int ports_add(struct ports *ports, const char *name, const struct stream_url *url,
	const struct port_limits *limits, struct port **ret_port);
/* The name is gone; the port goes with the last who holds it. False: no such name. */
bool ports_remove(struct ports *ports, const char *name);
/* Counted as by ports_get(); NULL: none. */
struct port *ports_find(struct ports *ports, const char *name);

/* All ports, one after the other, in the order in which they came: NULL begins, NULL ends. */
struct port *ports_next(const struct ports *ports, const struct port *p);
size_t ports_count(const struct ports *ports);

/* Told of every change of a port's state, and when a drained one is closed. 0 or MB_E_NO_SPACE. */
typedef void ports_listener(void *ctx, struct port *p);
int ports_listen(struct ports *ports, ports_listener *fn, void *ctx);
void ports_unlisten(struct ports *ports, ports_listener *fn, void *ctx);

/* port_drain() of all; drained() is called on the loop once all are closed. */
void ports_drain(struct ports *ports, uint64_t deadline_us, void (*drained)(void *ctx), void *ctx);

#endif
