/* SPDX-License-Identifier: MIT */
/*
 * A session with one bus, from the words on the command line to a finished engine:
 *
 *	static struct bus b;
 *
 *	rc = bus_open(&b, args, args->operands[0]);	an exit code; it has said why
 *	if (rc == EXIT_OK)
 *		rc = exit_of_error(bus_run(&b, mb_search_engine(&search), step, ctx));
 *	bus_close(&b);
 *
 * The URL may also be "sim:SCENARIO" or "sim:meters=250,ids=random:7": a simulated segment in this
 * process, in virtual time. Time is therefore bus_now_us(), never the clock.
 */
#ifndef METERBUS_TOOL_BUS_H
#define METERBUS_TOOL_BUS_H

#include "base/run.h"
#include "base/url.h"
#include "meterbus/args.h"
#include "meterbus/bus_trace.h"

#include <meterbus/path.h>
#include <meterbus/quirk.h>

#include <stdbool.h>
#include <stdint.h>

#define BUS_QUIRKS_MAX 32

/*
 * Rows of the option table of every verb that opens a bus; bus_open() reads them. BUS_PLAIN_OPTIONS go
 * with PRINT_OPTIONS, which have a --json of their own.
 */
/* clang-format off */
#define BUS_PLAIN_OPTIONS \
	{"timeout", 't', ARG_TEXT, "MS", "wait so long for an answer, instead of the standard's", NULL}, \
	{"retries", 'r', ARG_TEXT, "N", "repeat an unanswered telegram so often (2)", NULL}, \
	{"latency", 0, ARG_TEXT, "MS", "delay of the way to the bus (100 serial, 2000 network)", NULL}, \
	{"quirk", 0, ARG_TEXT, "LIST", "bend rules for meters: METER:NAME[,NAME...][;...]", NULL}, \
	{"trace", 0, ARG_FILE, "FILE", "write a capture of all that passes; - shows it on stderr", NULL}, \
	{"verbose", 'v', ARG_TEXT, NULL, "show every try and what was heard", NULL}, \
	{"quiet", 'q', ARG_TEXT, NULL, "say nothing but errors", NULL}
#define BUS_OPTIONS \
	BUS_PLAIN_OPTIONS, \
	{"json", 0, ARG_TEXT, NULL, "one JSON object a line on stdout", NULL}
/* clang-format on */

struct sim;

/* Read the first part; `path`, `tries` and the quirks are for the configuration of engines. */
struct bus {
	struct stream_url url;
	struct mb_path path; /* line, latency and answer time */
	uint8_t tries; /* of a telegram */
	struct mb_quirk quirks[BUS_QUIRKS_MAX];
	uint16_t n_quirks;
	bool json, verbose;
	unsigned reopens; /* the caller's: how often a lost connection is made again; 0 never */

	/* private */
	const char *url_text;
	struct stream *stream; /* NULL: simulated, or not open */
	struct sim *sim; /* NULL: real */
	struct bus_trace trace;
	int64_t wall_offset_us; /* wall clock = bus_now_us() + this */
	bool sim_stopped; /* the signal was taken */
	unsigned reopened;
	uint32_t said; /* warnings told once a session; one bit a mb_warning */
	uint64_t advised; /* advice given; private to bus_complain.c */
	run_step *step; /* of the run under way */
	void *step_ctx;
};

/*
 * Reads URL and options, touches nothing: enough for --dry-run. EXIT_OK, or EXIT_USAGE after saying
 * what is wrong. bus_close() is always right afterwards.
 */
int bus_prepare(struct bus *ret_bus, const struct args *args, const char *url);
/* bus_prepare(), and waits until the bus is open. EXIT_OK, or an exit code after saying why. */
int bus_open(struct bus *ret_bus, const struct args *args, const char *url);
void bus_close(struct bus *b);

/*
 * Runs an engine until step() (may be NULL) gives something else than 0, which is returned. MB_E_STREAM:
 * the connection is lost, it has been said; MB_E_CANCELLED: a signal. May be called again, also
 * after MB_E_CANCELLED (to leave the bus clean); a second signal kills.
 */
int bus_run(struct bus *b, struct mb_engine engine, run_step *step, void *ctx);

/* "tcp://host:port", without options. */
const char *bus_name(const struct bus *b);
uint64_t bus_now_us(const struct bus *b);
/* Wall clock, since 1970 UTC, of a time of bus_now_us(). */
int64_t bus_wall_us(const struct bus *b, uint64_t now_us);
/* The simulated segment, for its accounts (sim/sim.h); NULL: a real one. */
const struct sim *bus_sim(const struct bus *b);

#endif
