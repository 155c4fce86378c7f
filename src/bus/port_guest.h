/* SPDX-License-Identifier: MIT */
/*
 * A foreign master on a port: whoever speaks M-Bus by itself, over a transparent TCP port or a
 * virtual one. Its bytes are cut into frames, and each frame is a turn among those of bus/port.h.
 *
 *	guest->on_bytes = send_to_client;
 *	rc = port_guest_open(port, guest);
 *	port_guest_feed(guest, bytes, n)	what the client sent, in any pieces
 *	port_guest_close(guest);
 *
 * What the bus says in its turn is given to it alone. After a selection, and after a telegram that
 * more will follow, nobody else goes before its next frame, for PORT_GUEST_HOLD_MS; but another
 * selection takes its turn again. When others have had the bus since,
 *	- a selection is repeated before the frame that follows it;
 *	- the rest of an answer is not asked for: its beginning would come;
 *	- a request goes out with the other FCB, if the meter would take it for theirs repeated.
 * A client that sends again has given up waiting: no answer to its frames before reaches it any more.
 */
#ifndef BUS_PORT_GUEST_H
#define BUS_PORT_GUEST_H

#include "bus/port.h"
#include "bus/port_fcb.h"
#include "bus/port_waits.h"

#define PORT_GUEST_FRAMES 4 /* that wait, of one guest */
#define PORT_GUEST_STALE_MS 1000 /* default */
#define PORT_GUEST_GAP_MS 500 /* silence inside a frame that ends it */
#define PORT_GUEST_HOLD_MS 750 /* less than what others may wait */
#define PORT_GUEST_LONG_MS 10000 /* so long the rest of an answer is not given from its beginning */
#define PORT_GUEST_CHAIN MB_TELEGRAMS_MAX /* telegrams of one answer for which the bus is held */

struct port_guest;

/* The bytes of a frame, or of an answer that is none; valid during the call. May close the guest. */
typedef void port_guest_bytes(struct port_guest *guest, const uint8_t *bytes, size_t n);

/* Why a frame, or an answer, was dropped. */
enum port_drop {
	PORT_DROP_BROKEN, /* not a frame of a master, or a part of one */
	PORT_DROP_STALE, /* it waited for too long */
	PORT_DROP_AGAIN, /* the client sent another one meanwhile */
	PORT_DROP_SELECTION, /* of a dialogue with a selected meter; others have had the bus since */
	PORT_DROP_REFUSED, /* no room, or no connection */
	PORT_DROPS
};

struct port_guest_frame {
	uint64_t came_us;
	struct mb_line line;
	uint16_t len;
	uint8_t bytes[MB_FRAME_MAX];
};

/* Zero it, fill in the first part, leave it in place until it is closed. */
struct port_guest {
	char who[PORT_WHO_MAX];
	uint8_t priority; /* enum port_priority */
	struct mb_line line; /* of the frames to come; baud 0: the port's */
	uint32_t stale_ms; /* a frame that waited longer is never sent; 0: PORT_GUEST_STALE_MS */
	port_guest_bytes *on_bytes;
	/* a turn has ended, and nothing waits; or NULL */
	void (*on_idle)(struct port_guest *guest);
	void *ctx;

	/* to read */
	uint64_t turns, dropped[PORT_DROPS];
	struct port_waits waits; /* of the turns */

	/* private */
	struct port *port; /* NULL: not open */
	struct port_guest *next_guest; /* of the port */
	struct port_fcb fcb;
	struct port_job job;
	struct loop_timer *gap;
	struct mb_deframer deframer;
	/* [0]: the one of the job, if it is out */
	struct port_guest_frame frames[PORT_GUEST_FRAMES];
	struct port_guest_frame selection; /* obeyed, and nothing sent since; len 0: none */
	uint8_t n_frames;
	uint8_t chain; /* turns for which the bus was held, in a row */
	bool holds; /* this turn is not the last one of its dialogue */
	bool reselects; /* this turn is the selection once more, before [0] */
	bool answered; /* in this turn */
	uint8_t long_a; /* whose answer it has not heard to its end, */
	uint64_t long_until_us; /* and until when it may want the rest; 0: none */
	bool mute; /* nobody waits for the answer under way */
	uint64_t spoke; /* frames that the port had sent when this guest's last turn ended */
};

/* 0; MB_E_BUSY: it is open; MB_E_INVALID: priority, no on_bytes; MB_E_NO_SPACE. */
int port_guest_open(struct port *p, struct port_guest *guest);
void port_guest_feed(struct port_guest *guest, const uint8_t *bytes, size_t n);
bool port_guest_idle(const struct port_guest *guest); /* nothing waits or is under way */
void port_guest_purge(struct port_guest *guest); /* throws away what waits */
/* Before the port is given back. Not open: nothing happens. */
void port_guest_close(struct port_guest *guest);

#endif
