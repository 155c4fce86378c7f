/* SPDX-License-Identifier: MIT */
#include "bus/port_impl.h"

#include "base/stream.h"

#include <stdio.h>
#include <string.h>

#define WINDOW_US 300000000u /* busy_ppm is told of the last one or two of these */
#define PPM 1000000u

/* ---- counting ---- */

static void count_attempt(struct port *p, int result)
{
	if (result == MB_E_SILENCE)
		p->counters.timeouts++;
	else
		p->counters.checksums++;
}

void port_count_event(struct port *p, const struct mb_master_event *event)
{
	if (event->type == MB_MASTER_TELEGRAM)
		p->counters.telegrams++;
	else if (event->type == MB_MASTER_ATTEMPT)
		count_attempt(p, event->result);
}

static uint32_t share_ppm(uint64_t busy_us, uint64_t of_us)
{
	return of_us ? (uint32_t)(busy_us * PPM / of_us) : 0;
}

void port_count_busy(struct port *p, uint64_t now_us)
{
	uint64_t window_us = now_us - p->window_us;

	p->counters.busy_us += now_us - p->held_us;
	if (window_us < WINDOW_US)
		return;
	p->window_ppm = share_ppm(p->counters.busy_us - p->window_busy_us, window_us);
	p->window_us = now_us;
	p->window_busy_us = p->counters.busy_us;
}

/* ---- telling ---- */

static const char *const names[] = {
#define MB_X(name, text) text,
	PORT_STATE_MAP(MB_X)
#undef MB_X
};

const char *port_state_name(unsigned state)
{
	return state < PORT_STATES ? names[state] : NULL;
}

static void tell_holder(const struct port *p, struct port_status *st)
{
	const struct port_job *job = p->job ? p->job : p->scan_turn ? NULL : p->kept_for;
	const char *who = job ? job->who : p->scan->who;

	st->held = true;
	st->holder.since_us = p->held_us;
	st->holder.priority = job ? job->priority : (uint8_t)PORT_BACKGROUND;
	snprintf(st->holder.who, sizeof(st->holder.who), "%.*s", PORT_WHO_MAX - 1, who);
}

static void tell_counters(const struct port *p, struct port_status *st)
{
	uint64_t now_us = port_now_us(p);
	struct port_counters *c = &st->counters;
	uint64_t window_us = now_us - p->window_us;

	*c = p->counters;
	c->alive_us = now_us - p->born_us;
	if (port_held(p))
		c->busy_us += now_us - p->held_us;
	st->busy_ppm = p->window_ppm;
	if (window_us >= WINDOW_US / 2 || p->window_us == p->born_us)
		st->busy_ppm = share_ppm(c->busy_us - p->window_busy_us, window_us);
}

void port_status(const struct port *p, struct port_status *ret_status)
{
	struct port_status st = {
		.state = p->state,
		.since_us = p->since_us,
		.retry_us = p->state == PORT_FAILED && port_kept(p) ? p->retry_us : MB_NEVER,
		.scanning = p->scan != NULL,
		.waiting = p->waiting,
		.wait_p50_ms = port_waits_p50_ms(&p->waits),
		.wait_max_ms = p->waits.max_ms,
		.line = p->relining ? p->next_line : p->path.line,
		.line_waits = p->relining,
	};

	snprintf(st.error, sizeof(st.error), "%s", p->error ? p->error : "");
	snprintf(st.warning, sizeof(st.warning), "%s", stream_warning(p->stream));
	if (port_held(p) || (p->kept_for && port_now_us(p) < p->kept_until_us))
		tell_holder(p, &st);
	tell_counters(p, &st);
	*ret_status = st;
}

size_t port_waiters(const struct port *p, struct port_waiter *ret_waiters, size_t max)
{
	size_t n = 0;

	for (unsigned i = PORT_PRIORITIES; i-- > 0;) {
		const struct port_job *job = p->queue[i].first;

		for (; job && n < max; job = job->next) {
			struct port_waiter *w = &ret_waiters[n++];

			snprintf(w->who, sizeof(w->who), "%.*s", PORT_WHO_MAX - 1, job->who);
			w->priority = job->priority;
			w->since_us = job->submitted_us;
		}
	}
	return n;
}
