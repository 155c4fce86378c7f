/* SPDX-License-Identifier: MIT */
/* Searches of buses: the last one of each port, and what it has found. Private to src/api. */
#ifndef API_SCANS_H
#define API_SCANS_H

#include "api/api_impl.h"
#include "bus/port.h"

#define SCANS_MAX 64 /* kept, running ones included */
#define SCAN_METERS_MAX 1000 /* of one search */
#define SCAN_NOTES_MAX 256

struct scan_found {
	struct mb_secondary identity;
	struct mb_address address;
	uint32_t baud;
	uint8_t primary, flags;
	bool has_identity, has_primary;
};

struct scan_note {
	const char *name, *text;
	char address[MB_ADDRESS_TEXT_MAX];
	bool trouble;
};

struct scan {
	struct scan *next;
	struct scans *scans;
	struct port *port; /* our reference */
	struct port_scan job;
	struct mb_search_node *nodes;
	struct mb_search_progress progress;
	struct mb_search_done result;
	struct scan_found *found;
	size_t n_found;
	struct scan_note notes[SCAN_NOTES_MAX];
	size_t n_notes;
	int64_t started_ms, ended_ms; /* ended 0: it runs */
	struct scan_wait *waits; /* only while it runs */
	char error[PORT_TEXT_MAX];
};

struct scans {
	struct api *api;
	struct scan *list; /* newest first; one a port */
	size_t n;
};

/* NULL: this port was not searched. */
struct scan *scan_find(const struct scans *scans, const struct port *port);
/* Is there room for one more? The oldest that has ended gives way. */
bool scans_have_room(struct scans *scans);
/* Takes the reference to the port, also when it fails. Its job.config waits to be filled in. */
struct scan *scan_new(struct scans *scans, struct port *port);
/* In place of an older one of its port. 0, an error of the port, or MB_E_BUSY: one runs already. */
int scan_start(struct scan *s, const char *who);
void scan_free(struct scan *s); /* cancels it when it runs */
typedef void scan_answer(struct call *c, const struct scan *s);
/*
 * Calls answer() when the search has ended or wait_ms are over, unless nobody waits for the call any
 * more. False: no memory.
 */
bool scan_wait(struct call *c, struct scan *s, uint64_t wait_ms, scan_answer *answer);

#endif
