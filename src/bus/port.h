/* SPDX-License-Identifier: MIT */
/*
 * One bus: a stream, who may use it next, and the master that speaks for them. Everyone who wants
 * something of a bus submits a job, a dialogue of struct mb_master; one runs at a time and none is
 * cut by another. Ports come from a registry, see bus/ports.h.
 *
 *	job->request = (struct mb_request){.op = MB_OP_READ, .address.primary = 5};
 *	job->priority = PORT_SCHEDULED;
 *	job->event = on_event;
 *	rc = port_submit(port, job);
 *	... on_event(job, event) on the loop, at last with MB_MASTER_DONE
 *
 * The stream is opened for the first job and then kept, or closed when idle. While it is lost, it
 * is opened again with growing pauses; jobs fail with MB_E_STREAM as soon as an attempt to open
 * has failed. Callbacks may submit and cancel jobs, of this port too.
 */
#ifndef BUS_PORT_H
#define BUS_PORT_H

#include "base/url.h"
#include "bus/port_error.h"

#include <meterbus/master.h>
#include <meterbus/search.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_NAME_MAX 64 /* with its NUL, as all of these */
#define PORT_WHO_MAX 48
#define PORT_TEXT_MAX 512
#define PORT_QUEUE_MAX 1000 /* default of port_limits.queue */
#define PORT_PATIENCE 8 /* so many dialogues may go before one that waits, and then none */

struct port;
struct port_job;
struct port_scan;

/* ---- jobs ---- */

enum port_priority {
	PORT_BACKGROUND, /* a scan is here */
	PORT_SCHEDULED,
	PORT_INTERACTIVE, /* a human waits */
	PORT_PRIORITIES
};

/* Bytes in the event are valid during the call. With MB_MASTER_DONE the job is the caller's again. */
typedef void port_job_event(struct port_job *job, const struct mb_master_event *event);

/* Zero it, fill in the first part, leave it in place until MB_MASTER_DONE has come. */
struct port_job {
	struct mb_request request; /* with its payload */
	bool connect_only; /* no request: done when the stream is open */
	uint8_t priority; /* enum port_priority */
	struct mb_line line; /* of this dialogue; baud 0: the port's */
	uint32_t answer_us, gap_us, latency_us; /* of the way to this meter; 0: the port's */
	uint64_t not_after_us; /* not begun by then: PORT_E_LATE; 0: whenever it may be */
	char who[PORT_WHO_MAX]; /* shown to those who wait */
	port_job_event *event;
	void *ctx;

	/* to read */
	/* during the last event: more about MB_E_STREAM, MB_E_UNSUPPORTED (its line); "" for others */
	const char *error;
	uint64_t submitted_us, begun_us; /* begun_us 0: not yet */

	/* private */
	struct port *port; /* NULL: not submitted, or done */
	struct port_job *before, *next;
	bool again; /* the connection was found dead; it is tried once more */
	bool (*may_begin)(struct port_job *job); /* NULL: yes; no: MB_E_CANCELLED */
	struct mb_engine engine; /* that speaks in its turn; ops NULL: a master, for the request */
	bool over; /* that engine has ended its turn */
};

/*
 * Queues a job. 0 and events follow, from the loop, never from within this call. PORT_E_FULL;
 * PORT_E_CLOSED; MB_E_BUSY: it is queued already; MB_E_INVALID: priority, no event. A request that
 * the master refuses is told by the last event.
 */
int port_submit(struct port *p, struct port_job *job);

enum port_cancel {
	PORT_CANCEL_GENTLY, /* the telegram under way may be answered first */
	PORT_CANCEL_NOW, /* cut; the bus is then left alone for as long as an answer may come */
};
/*
 * Waiting: done with MB_E_CANCELLED before this returns; so is one under way with
 * PORT_CANCEL_NOW. Not submitted: nothing happens.
 */
void port_cancel(struct port_job *job, enum port_cancel how);

/* ---- searches ---- */

typedef void port_scan_event(struct port_scan *scan, const struct mb_search_event *event);

/* Zero it, fill in the first part, leave it in place until MB_SEARCH_DONE has come. */
struct port_scan {
	struct mb_search_config config; /* path.line.baud 0: the port's path */
	const uint8_t *state; /* of mb_search_save(): go on from there; NULL: begin */
	size_t state_len;
	char who[PORT_WHO_MAX];
	port_scan_event *event;
	void *ctx;

	/* to read: with MB_SEARCH_DONE, 0, or why it ended early: MB_E_CANCELLED, MB_E_STREAM, PORT_E_* */
	int result;
	const char *error; /* during that event: more about MB_E_STREAM */

	/* private */
	struct port *port;
	struct mb_search search;
	uint64_t away_us; /* time that others had the bus: the search does not see it */
	uint64_t left_us; /* since when, while they have */
	bool probed; /* in this turn; it may leave before the next probe */
};

/*
 * Searches in the background: between two of its probes everybody else goes first, but after
 * PORT_PATIENCE dialogues it has a turn. 0; MB_E_BUSY: this port is being searched; MB_E_INVALID;
 * PORT_E_CLOSED. It ends when the connection is lost; mb_search_save(&scan->search) then knows
 * from where another one can go on.
 */
int port_scan_start(struct port *p, struct port_scan *scan);
/* Ends it now: MB_SEARCH_DONE before this returns. */
void port_scan_cancel(struct port_scan *scan);

/* ---- a look at it ---- */

/* X(NAME, "name") */
#define PORT_STATE_MAP(X) \
	X(CLOSED, "closed") \
	X(CONNECTING, "connecting") \
	X(OPEN, "open") \
	X(FAILED, "failed")

enum port_state {
#define MB_X(name, text) PORT_##name,
	PORT_STATE_MAP(MB_X)
#undef MB_X
	PORT_STATES
};
const char *port_state_name(unsigned state); /* NULL from PORT_STATES on */

struct port_counters {
	uint64_t dialogues, failed, dropped; /* jobs; of them without success; never begun */
	uint64_t frames; /* sent */
	uint64_t telegrams, timeouts, checksums; /* answers: good; none; broken */
	uint64_t received, sent; /* bytes */
	uint64_t stray; /* received while nobody had asked */
	uint64_t opened, lost; /* the stream; lost includes attempts to open */
	uint64_t busy_us; /* the bus was held, of alive_us */
	uint64_t alive_us;
};

struct port_waiter {
	char who[PORT_WHO_MAX];
	uint8_t priority;
	uint64_t since_us;
};

struct port_status {
	uint8_t state; /* enum port_state */
	uint64_t since_us;
	uint64_t retry_us; /* FAILED: when it is opened again, or MB_NEVER */
	char error[PORT_TEXT_MAX]; /* of the last failure, also after it; "" never */
	char warning[PORT_TEXT_MAX]; /* of the stream: "parity cannot be set ...", "" none */
	bool held, scanning;
	struct port_waiter holder; /* while held */
	size_t waiting; /* jobs in the queue */
	uint32_t wait_p50_ms, wait_max_ms; /* of the jobs begun so far; p50 within a factor of 2 */
	uint32_t busy_ppm; /* of the last minutes */
	/* of dialogues that give none; after port_set_line() the one to come */
	struct mb_line line;
	bool line_waits; /* the dialogue under way is the last one on the line before */
	struct port_counters counters;
};
void port_status(const struct port *p, struct port_status *ret_status);
/* Those who wait, in the order in which they will go as things stand. Returns the count. */
size_t port_waiters(const struct port *p, struct port_waiter *ret_waiters, size_t max);

const char *port_name(const struct port *p); /* given by ports_add(); without, its URL */
const char *port_url_name(const struct port *p); /* "tcp://host:port" */
const struct stream_url *port_url(const struct port *p);
const struct mb_path *port_path(const struct port *p); /* of jobs that give none */
unsigned port_tries(const struct port *p); /* of the URL; 0: the master's default */
bool port_named(const struct port *p);

/* ---- opening and closing ---- */

/*
 * Speed and format from the next dialogue on. The one under way is finished; then an open stream is
 * closed and opened again, and nobody who waits is told. A search, and jobs that give a line, keep
 * theirs. 0, or MB_E_INVALID: no speed, not 7 or 8 bits, not 1 or 2 stop bits, no such parity.
 */
int port_set_line(struct port *p, const struct mb_line *line);
/* Opens it now and keeps it open, as a first job would. */
void port_open(struct port *p);
/* Closes it once no dialogue is under way; the next job opens it again. */
void port_hang_up(struct port *p);
/*
 * The telegram under way is finished, at most until then; then the stream is closed. Who waits is
 * told PORT_E_CLOSED at once, and so is everyone who comes later. See ports_on_state().
 */
void port_drain(struct port *p, uint64_t deadline_us);

#endif
