/* SPDX-License-Identifier: MIT */
/*
 * The master of a session, one request after another:
 *
 *	static struct bus_ask ask;
 *
 *	bus_ask_init(&ask, &b, NULL);
 *	rc = bus_ask(&ask, &request, event, ctx);	0 or MB_E_*; ask.done and ask.heard tell more
 *	if (rc < 0)
 *		bus_complain(&ask, rc);
 */
#ifndef METERBUS_TOOL_BUS_ASK_H
#define METERBUS_TOOL_BUS_ASK_H

#include "meterbus/bus.h"

#include <meterbus/master.h>

/* Sees all events of a request but DONE, before anything is said about them. */
typedef void bus_event(void *ctx, const struct mb_master_event *event);

struct bus_ask {
	struct bus *bus;
	struct mb_master master;
	const char *where; /* how talk calls the meter; NULL: its address */
	/* of the last request */
	int result; /* 0 or MB_E_* */
	uint8_t op;
	struct mb_address address;
	struct mb_master_done done;
	uint32_t warnings; /* one bit a mb_warning */
	uint8_t heard[MB_HEARD_MAX]; /* evidence of the last try that failed */
	uint16_t heard_len;
	uint8_t sent[MB_FRAME_MAX]; /* and what it had sent */
	uint16_t sent_len;

	/* private */
	bus_event *event;
	void *ctx;
	bool finished;
};

/* path: another way than the session's (speed, latency), or NULL. */
void bus_ask_init(struct bus_ask *ask, struct bus *b, const struct mb_path *path);
/*
 * Runs one request to its end. event may be NULL. MB_E_STREAM has been said; after MB_E_CANCELLED a
 * dialogue by secondary address has been ended by SND_NKE to 253.
 */
int bus_ask(struct bus_ask *ask, const struct mb_request *request, bus_event *event, void *ctx);

#endif
