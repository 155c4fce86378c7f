/* SPDX-License-Identifier: MIT */
/*
 * A site in virtual time: simulated buses, a store in a directory of its own, and the collector
 * between them. Restarts, outages and years are cheap here.
 */
#ifndef TEST_SITE_H
#define TEST_SITE_H

#include "base/loop_virtual.h"
#include "collect/accounts.h"
#include "collect/collector.h"
#include "sim/plug.h"
#include "sim/scenario.h"
#include "store/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SITE_BUSES 8
#define SITE_EVENTS 4096
#define SITE_PORT 10001 /* of bus 0 */

struct site_event {
	uint16_t kind;
	uint64_t seq;
	int64_t time_ms;
	uint32_t account;
	char text[160];
};

struct site {
	char dir[64], path[96];
	struct loop *loop;
	struct sim *sims[SITE_BUSES];
	struct sim_plug plugs[SITE_BUSES];
	/* what is behind the ports from SITE_PORT + n_buses on; NULL: real connections */
	struct stream *(*stream)(void *ctx, const struct stream_url *url);
	void *ctx;
	size_t n_buses;
	struct mb_cipher cipher;
	struct store_options options; /* of the store; path is given */
	struct store_queue_options queue_options;
	struct store *store;
	struct store_queue *queue;
	struct ports *ports;
	struct events *events;
	struct collector *collector;
	struct site_event heard[SITE_EVENTS];
	size_t n_heard;
};

/* At this wall clock, "2026-03-01T00:00:00". Nothing is open yet. */
struct site *site_new(const char *utc);
void site_free(struct site *s);
/* Set-up and tear-down of a test: a site with one bus, open, in *state. Return 0. */
int site_begin(void **state, const char *utc, const char *scenario);
int site_end(void **state);
/* Another segment, from the text of a scenario; reached at tcp://127.0.0.1:SITE_PORT + n. Returns n. */
size_t site_bus(struct site *s, const char *scenario);
void site_open(struct site *s); /* store to collector, and starts it */
void site_stop(struct site *s); /* in good order; time goes on while it does */
void site_kill(struct site *s); /* all at once, without a word */

void site_run(struct site *s, double seconds);
int64_t site_wall_ms(const struct site *s);
int64_t site_ms(const char *utc); /* "2026-03-01T00:15:00" */

/* Creates an account and waits for its commit. Returns its id. */
uint32_t site_account(struct site *s, const char *json);
/* A merge patch. 0 or STORE_E_*. */
int site_change(struct site *s, uint32_t account, const char *json);
int site_delete(struct site *s, uint32_t account);
/* Asks for it and waits. The text of the report stays until the next call. */
struct sync_report site_sync(
	struct site *s, uint32_t account, enum sync_kind kind, const char *key);
struct account_state site_state(struct site *s, uint32_t account);
/* Scaled value of a reading, "" when it is not there. Valid until the next call. */
const char *site_value(struct site *s, uint32_t account, const char *key);

/* Events of a kind heard so far. */
size_t site_events(const struct site *s, enum event_kind kind);
const struct site_event *site_last_event(const struct site *s, enum event_kind kind);

/* First rows of the account's chains in the store, oldest first. bytes are not kept. */
size_t site_rows(struct site *s, uint32_t account, struct store_telegram *ret_rows, size_t max);
/* Every slot of the period in (from, to] is read or missed, none read twice. Returns how many are good. */
size_t site_check_slots(struct site *s, uint32_t account, int64_t from_ms, int64_t to_ms);

#endif
