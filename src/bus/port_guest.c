/* SPDX-License-Identifier: MIT */
#include "bus/port_guest.h"

#include "bus/port_impl.h"

#include <meterbus/record.h>

#include <stdio.h>
#include <string.h>

/* ---- what a frame means to the bus ---- */

static bool needs_selection(const struct mb_frame *f)
{
	return f->a == MB_A_NETWORK && f->c != MB_C_SND_NKE && !mb_frame_selects(f);
}

static bool from_master(const struct mb_frame *f)
{
	return f->type != MB_FRAME_ACK && f->type != MB_FRAME_NACK && f->c & MB_C_PRM;
}

static struct mb_frame asked(const struct port_guest *g)
{
	struct mb_frame f = {0};

	(void)mb_frame_parse(g->frames[0].bytes, g->frames[0].len, &f); /* it came out of one */
	return f;
}

/* ---- the frames that wait ---- */

static void forget_at(struct port_guest *g, unsigned i)
{
	g->n_frames--;
	memmove(&g->frames[i], &g->frames[i + 1], (g->n_frames - i) * sizeof(g->frames[0]));
}

/* The first one that can be queued is; the job is free. What is held is not held for ever. */
static void pump(struct port_guest *g)
{
	uint32_t stale_ms = g->stale_ms ? g->stale_ms : PORT_GUEST_STALE_MS;

	while (g->n_frames) {
		struct mb_frame f = asked(g);

		if (mb_frame_selects(&f))
			port_hold_end(g->port, &g->job);
		g->job.request.payload = g->frames[0].bytes;
		g->job.request.payload_len = g->frames[0].len;
		g->job.line = g->frames[0].line;
		g->job.not_after_us = g->frames[0].came_us + stale_ms * (uint64_t)US_PER_MS;
		g->holds = g->mute = g->reselects = g->answered = false;
		if (port_submit(g->port, &g->job) == 0)
			return;
		g->dropped[PORT_DROP_REFUSED]++;
		forget_at(g, 0);
	}
}

static bool under_way(const struct port_guest *g)
{
	return g->port->job == &g->job;
}

/* All but broadcasts were to be answered, and are given up by who sends again. */
static void supersede(struct port_guest *g)
{
	unsigned i;

	if (under_way(g)) {
		g->mute = asked(g).a != MB_A_BROADCAST;
	} else if (g->n_frames && asked(g).a != MB_A_BROADCAST) {
		g->dropped[PORT_DROP_AGAIN]++;
		port_cancel(&g->job, PORT_CANCEL_NOW);
	}
	i = g->job.port ? 1 : 0;
	while (i < g->n_frames) {
		struct mb_frame f;

		if (mb_frame_parse(g->frames[i].bytes, g->frames[i].len, &f) > 0 &&
			f.a == MB_A_BROADCAST) {
			i++;
			continue;
		}
		g->dropped[PORT_DROP_AGAIN]++;
		forget_at(g, i);
	}
}

static void take(struct port_guest *g, const struct mb_frame *f)
{
	struct port_guest_frame *next;
	int size;

	supersede(g);
	if (g->n_frames == PORT_GUEST_FRAMES) {
		g->dropped[PORT_DROP_REFUSED]++;
		return;
	}
	next = &g->frames[g->n_frames];
	size = mb_frame_write(next->bytes, sizeof(next->bytes), f);
	if (size < 0)
		return;
	next->len = (uint16_t)size;
	next->came_us = port_now_us(g->port);
	next->line = g->line;
	g->n_frames++;
	if (!g->job.port)
		pump(g);
}

/* ---- its turn ---- */

static bool acked(const struct mb_master_event *event)
{
	return event->len == 1 && event->bytes[0] == MB_ACK;
}

static bool more_follows(const struct port_job *job, const struct mb_master_event *event)
{
	const struct port_guest *g = job->ctx;
	struct mb_telegram t;
	struct mb_frame f = asked(g);

	if (mb_frame_selects(&f))
		return acked(event);
	return g->chain < PORT_GUEST_CHAIN && mb_telegram_read(event->bytes, event->len, &t) > 0 &&
	       mb_telegram_more(&t);
}

static void count_failure(struct port_guest *g, int result)
{
	if (result == PORT_E_LATE)
		g->dropped[PORT_DROP_STALE]++;
	else if (result == MB_E_STREAM || result == PORT_E_CLOSED || result == MB_E_INVALID ||
		 result == MB_E_UNSUPPORTED) /* no such line */
		g->dropped[PORT_DROP_REFUSED]++;
}

static void hold(struct port_guest *g, const struct mb_master_event *event)
{
	port_hold(g->port, &g->job, event->time_us + PORT_GUEST_HOLD_MS * US_PER_MS);
}

/* What is known of the meter that it has selected. */
static void note_selection(struct port_guest *g, const struct mb_frame *f)
{
	if (mb_frame_selects(f) && g->holds)
		g->selection = g->frames[0];
	else
		g->selection.len = 0;
	g->chain = g->holds && !mb_frame_selects(f) ? (uint8_t)(g->chain + 1) : 0;
	g->spoke = g->port->counters.frames;
}

/* Is there a rest to ask for? Silence changes nothing: the client will ask again. */
static void note_answer(struct port_guest *g, const struct mb_frame *f, uint64_t now_us)
{
	if (f->c == MB_C_SND_NKE && (f->a == g->long_a || f->a >= MB_A_TEST))
		g->long_until_us = 0;
	if (!g->answered || !port_fcb_requests(f))
		return;
	g->long_a = f->a;
	g->long_until_us = g->holds ? now_us + PORT_GUEST_LONG_MS * US_PER_MS : 0;
}

static void end_turn(struct port_guest *g, const struct mb_master_event *event)
{
	struct mb_frame f = asked(g);

	if (g->job.begun_us) {
		g->turns++;
		port_waits_add(&g->waits, g->job.begun_us - g->frames[0].came_us);
		note_selection(g, &f);
		note_answer(g, &f, event->time_us);
	}
	count_failure(g, event->result);
	if (g->holds)
		hold(g, event);
	forget_at(g, 0);
	pump(g);
	if (!g->n_frames && g->on_idle)
		g->on_idle(g);
}

/* Obeyed: now what the client had sent. */
static void end_reselection(struct port_guest *g, const struct mb_master_event *event)
{
	bool obeyed = g->holds && !g->mute;

	g->spoke = g->port->counters.frames;
	if (obeyed) {
		hold(g, event);
	} else {
		g->dropped[g->mute ? PORT_DROP_AGAIN : PORT_DROP_SELECTION]++;
		count_failure(g, event->result);
		g->selection.len = 0;
		forget_at(g, 0);
	}
	pump(g);
	if (!g->n_frames && g->on_idle)
		g->on_idle(g);
}

static void on_event(struct port_job *job, const struct mb_master_event *event)
{
	struct port_guest *g = job->ctx;

	if (!g->port || !g->n_frames) /* being closed */
		return;
	if (event->type == MB_MASTER_DONE && g->reselects) {
		end_reselection(g, event);
		return;
	}
	if (event->type == MB_MASTER_DONE) {
		end_turn(g, event);
		return;
	}
	if (g->reselects) {
		g->holds |= event->type == MB_MASTER_TELEGRAM && acked(event);
		return;
	}
	g->answered |= event->type == MB_MASTER_TELEGRAM;
	if (event->type == MB_MASTER_TELEGRAM)
		g->holds = !g->mute && more_follows(job, event);
	if (event->type != MB_MASTER_TELEGRAM && event->type != MB_MASTER_ATTEMPT)
		return;
	if (g->mute)
		g->dropped[PORT_DROP_AGAIN]++;
	else if (event->len)
		g->on_bytes(g, event->bytes, event->len);
}

void port_guests_hear(struct port *p, const struct mb_frame *frame)
{
	for (struct port_guest *g = p->guests; g; g = g->next_guest)
		if (p->job != &g->job)
			port_fcb_heard(&g->fcb, frame);
}

static bool lost_selection(const struct port_guest *g, const struct mb_frame *f)
{
	return needs_selection(f) && g->spoke != g->port->counters.frames;
}

/* It would get the first telegram where it wants the next. */
static bool lost_rest(const struct port_guest *g, const struct mb_frame *f)
{
	return f->a == g->long_a && port_fcb_requests(f) &&
	       port_now_us(g->port) < g->long_until_us && port_fcb_shared(&g->fcb, f->a);
}

/* The last look before it is sent: since it came, others may have had the bus. */
static bool may_begin(struct port_job *job)
{
	struct port_guest *g = job->ctx;
	struct mb_frame f = asked(g);

	if (lost_selection(g, &f) && g->selection.len) {
		g->reselects = true;
		job->request.payload = g->selection.bytes;
		job->request.payload_len = g->selection.len;
		return true;
	}
	if (lost_selection(g, &f) || lost_rest(g, &f)) {
		g->dropped[PORT_DROP_SELECTION]++;
		return false;
	}
	if (port_fcb_turns(&g->fcb, &f))
		(void)mb_frame_write_short(g->frames[0].bytes, sizeof(g->frames[0].bytes),
			(uint8_t)(f.c ^ MB_C_FCB), f.a);
	return true;
}

/* ---- its bytes ---- */

static void take_frames(struct port_guest *g)
{
	struct mb_frame f;
	int rc;

	while ((rc = mb_deframer_next(&g->deframer, &f, NULL, NULL))) {
		if (rc > 0 && from_master(&f))
			take(g, &f);
		else
			g->dropped[PORT_DROP_BROKEN]++;
	}
}

static void on_gap(void *ctx)
{
	struct port_guest *g = ctx;

	mb_deframer_idle(&g->deframer);
	take_frames(g);
}

void port_guest_feed(struct port_guest *g, const uint8_t *bytes, size_t n)
{
	while (g->port && n) {
		size_t taken = mb_deframer_push(&g->deframer, bytes, NULL, n);

		bytes += taken;
		n -= taken;
		take_frames(g);
	}
	if (g->port)
		loop_timer_set(g->gap, port_now_us(g->port) + PORT_GUEST_GAP_MS * US_PER_MS);
}

bool port_guest_idle(const struct port_guest *g)
{
	return !g->n_frames;
}

void port_guest_purge(struct port_guest *g)
{
	if (!g->port)
		return;
	mb_deframer_init(&g->deframer);
	if (under_way(g)) {
		g->n_frames = 1;
		return;
	}
	g->n_frames = g->n_frames ? 1 : 0; /* that of the job, which takes it away */
	port_cancel(&g->job, PORT_CANCEL_NOW);
}

/* ---- coming and going ---- */

int port_guest_open(struct port *p, struct port_guest *g)
{
	if (g->port)
		return MB_E_BUSY;
	if (g->priority >= PORT_PRIORITIES || !g->on_bytes)
		return MB_E_INVALID;
	g->gap = loop_timer_new(ports_loop(p->ports), on_gap, g);
	if (!g->gap)
		return MB_E_NO_SPACE;
	mb_deframer_init(&g->deframer);
	memset(&g->fcb, 0, sizeof(g->fcb));
	g->n_frames = g->chain = 0;
	g->selection.len = 0;
	g->long_until_us = 0;
	g->spoke = UINT64_MAX;
	memset(&g->job, 0, sizeof(g->job));
	g->job.request =
		(struct mb_request){.op = MB_OP_RAW, .options = MB_OPTION_ONCE, .tries = 1};
	g->job.priority = g->priority;
	g->job.event = on_event;
	g->job.may_begin = may_begin;
	g->job.ctx = g;
	snprintf(g->job.who, sizeof(g->job.who), "%.*s", PORT_WHO_MAX - 1, g->who);
	g->port = p;
	g->next_guest = p->guests;
	p->guests = g;
	return 0;
}

void port_guest_close(struct port_guest *g)
{
	struct port *p = g->port;
	struct port_guest **at;

	if (!p)
		return;
	for (at = &p->guests; *at != g;)
		at = &(*at)->next_guest;
	*at = g->next_guest;
	g->port = NULL;
	port_cancel(&g->job, PORT_CANCEL_NOW);
	port_hold_end(p, &g->job);
	loop_timer_free(g->gap);
	g->gap = NULL;
}
