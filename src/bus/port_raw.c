/* SPDX-License-Identifier: MIT */
#include "bus/port_raw.h"

#include "bus/port_impl.h"

#include <stdio.h>
#include <string.h>

static uint64_t given_us(uint32_t ms, uint32_t preset_ms)
{
	return (ms ? ms : preset_ms) * (uint64_t)US_PER_MS;
}

/* ---- bytes that wait ---- */

static void tell_room(struct port_raw *r)
{
	if (!r->full || r->len == PORT_RAW_MAX)
		return;
	r->full = false;
	if (r->on_room)
		r->on_room(r);
}

static void drop(struct port_raw *r, size_t n)
{
	r->len = (uint16_t)(r->len - n);
	memmove(r->bytes, r->bytes + n, r->len);
	if (!r->len && r->next_line.baud) {
		r->line = r->next_line;
		r->next_line.baud = 0;
	}
}

/* Asks for a turn. */
static void want(struct port_raw *r)
{
	uint32_t quiet_ms = r->quiet_ms ? r->quiet_ms : PORT_RAW_QUIET_MS;

	r->job.not_after_us = r->came_us + given_us(r->stale_ms, quiet_ms + PORT_GUEST_STALE_MS);
	r->job.line = r->line;
	if (port_submit(r->port, &r->job) == 0)
		return;
	r->dropped[PORT_DROP_REFUSED]++;
	drop(r, r->len);
}

/* ---- the turn: an engine that only passes on ---- */

static bool others_wait(const struct port *p)
{
	return p->waiting || p->scan || p->cancelling || p->relining;
}

static uint64_t overdue_us(const struct port_raw *r)
{
	if (r->port->cancelling)
		return 0;
	return r->job.begun_us + given_us(r->turn_max_ms, PORT_RAW_TURN_MAX_MS);
}

/* The answer to what was sent is awaited; behind an answer it is shorter. */
static uint64_t gap_us(const struct port_raw *r)
{
	struct mb_path path = port_job_path(r->port, &r->job);

	return r->sent_last ? mb_path_answer_us(&path) : mb_path_gap_us(&path);
}

static uint64_t end_us(const struct port_raw *r)
{
	uint64_t quiet_us = r->moved_us + given_us(r->quiet_ms, PORT_RAW_QUIET_MS);
	uint64_t due_us = overdue_us(r), gap_end_us = r->moved_us + gap_us(r);

	if (r->said_all && !r->len)
		due_us = 0;
	else if (!others_wait(r->port))
		return quiet_us;
	if (due_us && quiet_us > due_us + given_us(r->turn_max_ms, PORT_RAW_TURN_MAX_MS))
		quiet_us = due_us + given_us(r->turn_max_ms, PORT_RAW_TURN_MAX_MS);
	if (gap_end_us < due_us)
		gap_end_us = due_us;
	return gap_end_us < quiet_us ? gap_end_us : quiet_us;
}

/* These begin the next turn. */
static bool keeps(const struct port_raw *r, uint64_t now_us)
{
	return others_wait(r->port) && !r->sent_last && now_us >= overdue_us(r);
}

/* When the next bytes are to be given to the stream: before those given last are out. */
static uint64_t next_tx_us(const struct port_raw *r)
{
	struct mb_path path = port_job_path(r->port, &r->job);
	uint64_t ahead_us = mb_line_bytes_us(&path.line, PORT_RAW_AHEAD);

	return r->out_us > ahead_us ? r->out_us - ahead_us : 0;
}

static size_t raw_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	struct port_raw *r = self;

	if (keeps(r, now_us) || now_us < next_tx_us(r))
		return 0;
	*ret_bytes = r->bytes;
	return r->len < PORT_RAW_AHEAD ? r->len : PORT_RAW_AHEAD;
}

static void raw_sent(void *self, size_t n, uint64_t sent_us)
{
	struct port_raw *r = self;

	r->moved_us = r->out_us = sent_us;
	r->sent_last = true;
	drop(r, n);
	tell_room(r);
}

static void raw_rx(
	void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	struct port_raw *r = self;

	(void)marks;
	if (now_us > r->moved_us)
		r->moved_us = now_us;
	r->sent_last = false;
	r->on_bytes(r, bytes, n);
}

static uint64_t raw_deadline(const void *self)
{
	const struct port_raw *r = self;
	uint64_t at_us = end_us(r), tx_us = next_tx_us(r);

	return r->len && tx_us > port_now_us(r->port) && tx_us < at_us ? tx_us : at_us;
}

static void raw_tick(void *self, uint64_t now_us)
{
	struct port_raw *r = self;

	if (now_us < end_us(r))
		return;
	r->job.over = true;
	if (now_us < r->moved_us + gap_us(r)) { /* cut: an answer may come */
		struct mb_path path = port_job_path(r->port, &r->job);

		port_hush(r->port, &path, now_us);
	}
}

static void raw_line(const void *self, struct mb_line *ret_line)
{
	const struct port_raw *r = self;

	*ret_line = r->line.baud ? r->line : r->port->path.line;
}

static const struct mb_engine_ops ops = {
	.tx = raw_tx,
	.sent = raw_sent,
	.rx = raw_rx,
	.deadline = raw_deadline,
	.tick = raw_tick,
	.line = raw_line,
};

/* ---- its beginning and its end ---- */

static bool may_begin(struct port_job *job)
{
	struct port_raw *r = job->ctx;

	r->moved_us = port_now_us(r->port);
	r->sent_last = true;
	r->out_us = 0;
	r->turns++;
	port_waits_add(&r->waits, r->moved_us - r->came_us);
	job->over = false;
	return true;
}

static void on_event(struct port_job *job, const struct mb_master_event *event)
{
	struct port_raw *r = job->ctx;

	if (!r->port || event->type != MB_MASTER_DONE) /* being closed */
		return;
	if (event->result < 0 && event->result != MB_E_CANCELLED) {
		r->dropped[event->result == PORT_E_LATE ? PORT_DROP_STALE : PORT_DROP_REFUSED]++;
		drop(r, r->len);
	}
	r->came_us = event->time_us;
	if (r->len)
		want(r);
	tell_room(r);
	if (port_raw_idle(r) && r->on_idle)
		r->on_idle(r);
}

/* ---- its bytes ---- */

size_t port_raw_room(struct port_raw *r)
{
	size_t room = r->next_line.baud || !r->port ? 0 : (size_t)PORT_RAW_MAX - r->len;

	r->full = r->full || !room;
	return room;
}

bool port_raw_idle(const struct port_raw *r)
{
	return !r->job.port;
}

size_t port_raw_feed(struct port_raw *r, const uint8_t *bytes, size_t n)
{
	size_t room = port_raw_room(r);
	size_t taken = n < room ? n : room;

	r->full = r->full || taken < n;
	if (!taken)
		return 0;
	if (!r->len)
		r->came_us = port_now_us(r->port);
	memcpy(r->bytes + r->len, bytes, taken);
	r->len = (uint16_t)(r->len + taken);
	if (!r->job.port)
		want(r);
	else if (r->port->job == &r->job)
		port_wake(r->port);
	return taken;
}

void port_raw_set_line(struct port_raw *r, const struct mb_line *line)
{
	if (r->len) {
		r->next_line = *line;
		return;
	}
	r->line = *line;
	r->next_line.baud = 0;
	if (r->port && r->port->job == &r->job)
		port_wake(r->port);
}

void port_raw_purge(struct port_raw *r)
{
	if (!r->port)
		return;
	drop(r, r->len);
	if (r->port->job != &r->job)
		port_cancel(&r->job, PORT_CANCEL_NOW);
	tell_room(r);
}

/* ---- coming and going ---- */

void port_raw_said_all(struct port_raw *r)
{
	r->said_all = true;
	if (r->port && r->port->job == &r->job)
		port_wake(r->port);
}

int port_raw_open(struct port *p, struct port_raw *r)
{
	if (r->port)
		return MB_E_BUSY;
	if (r->priority >= PORT_PRIORITIES || !r->on_bytes)
		return MB_E_INVALID;
	r->len = 0;
	r->full = false;
	r->said_all = false;
	r->next_line.baud = 0;
	memset(&r->job, 0, sizeof(r->job));
	r->job.request.op = MB_OP_RAW;
	r->job.engine = (struct mb_engine){.ops = &ops, .self = r};
	r->job.priority = r->priority;
	r->job.event = on_event;
	r->job.may_begin = may_begin;
	r->job.ctx = r;
	snprintf(r->job.who, sizeof(r->job.who), "%.*s", PORT_WHO_MAX - 1, r->who);
	r->port = p;
	return 0;
}

void port_raw_close(struct port_raw *r)
{
	r->port = NULL;
	port_cancel(&r->job, PORT_CANCEL_NOW);
}
