/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_ask.h"

#include "meterbus/bus_complain.h"

#include <meterbus/error.h>

#include <string.h>

#define FINISHED 1
#define CLEAN_TRIES 1 /* an interrupted user does not wait for silent meters */

void bus_ask_init(struct bus_ask *ask, struct bus *b, const struct mb_path *path)
{
	struct mb_master_config config = {
		.path = path ? *path : b->path,
		.tries = b->tries,
		.quirks = b->quirks,
		.n_quirks = b->n_quirks,
	};

	memset(ask, 0, sizeof(*ask));
	ask->bus = b;
	ask->result = mb_master_init(&ask->master, &config, bus_now_us(b));
}

static void keep_evidence(struct bus_ask *ask, const struct mb_master_event *e)
{
	ask->heard_len = e->len < sizeof(ask->heard) ? e->len : sizeof(ask->heard);
	ask->sent_len = e->sent_len < sizeof(ask->sent) ? e->sent_len : sizeof(ask->sent);
	if (ask->heard_len)
		memcpy(ask->heard, e->bytes, ask->heard_len);
	if (ask->sent_len)
		memcpy(ask->sent, e->sent, ask->sent_len);
}

static void take_event(struct bus_ask *ask, const struct mb_master_event *e)
{
	if (e->type == MB_MASTER_DONE) {
		ask->finished = true;
		ask->result = e->result;
		ask->done = e->done;
		bus_tell_done(ask);
		return;
	}
	if (ask->event)
		ask->event(ask->ctx, e);
	if (e->type == MB_MASTER_ATTEMPT) {
		keep_evidence(ask, e);
		bus_tell_attempt(ask, e);
	} else if (e->type == MB_MASTER_WARNING) {
		ask->warnings |= 1u << e->warning;
		bus_tell_warning(ask, e);
	}
}

static bool take_events(struct bus_ask *ask)
{
	struct mb_master_event event;
	bool any = false;

	while (mb_master_event(&ask->master, &event)) {
		take_event(ask, &event);
		any = true;
	}
	return any;
}

/* Nothing goes on while events wait: the engine is woken as soon as they are taken. */
static int step(void *ctx, uint64_t now_us)
{
	struct bus_ask *ask = ctx;

	while (take_events(ask) && !ask->finished)
		mb_master_tick(&ask->master, now_us);
	return ask->finished ? FINISHED : 0;
}

static int run(struct bus_ask *ask, const struct mb_request *request)
{
	struct bus *b = ask->bus;
	int rc;

	ask->finished = false;
	rc = mb_master_submit(&ask->master, request, bus_now_us(b));
	if (rc < 0) {
		ask->result = rc;
		return rc;
	}
	rc = bus_run(b, mb_master_engine(&ask->master), step, ask);
	if (rc == FINISHED)
		return ask->result;
	mb_master_cancel(&ask->master, bus_now_us(b));
	take_events(ask);
	ask->result = rc;
	return rc;
}

/* A meter stays selected for whoever comes next. */
static void leave_clean(struct bus_ask *ask, const struct mb_request *request)
{
	struct mb_request deselect = {.op = MB_OP_DESELECT, .tries = CLEAN_TRIES};
	struct mb_master_done done = ask->done;

	if (request->op == MB_OP_RAW || request->address.type != MB_ADDRESS_SECONDARY)
		return;
	ask->event = NULL;
	run(ask, &deselect);
	ask->done = done;
	ask->result = MB_E_CANCELLED;
}

int bus_ask(struct bus_ask *ask, const struct mb_request *request, bus_event *event, void *ctx)
{
	int rc;

	ask->event = event;
	ask->ctx = ctx;
	ask->warnings = 0;
	ask->heard_len = ask->sent_len = 0;
	ask->done = (struct mb_master_done){0};
	ask->address = request->address;
	ask->op = request->op;
	rc = run(ask, request);
	if (rc == MB_E_CANCELLED)
		leave_clean(ask, request);
	return rc;
}
