/* SPDX-License-Identifier: MIT */
#include "bus/port_impl.h"

#include "base/stream.h"

#include <stdlib.h>

static void on_timer(void *ctx)
{
	port_turn(ctx, 0);
}

/* ---- making ---- */

/* A given timeout is the whole wait; the master adds the latency to its own. */
static struct mb_path path_of(const struct stream_url *url)
{
	uint32_t timeout_us = url->timeout_ms * US_PER_MS;
	uint32_t latency_us = url->latency_ms * US_PER_MS;

	if (timeout_us && latency_us >= timeout_us)
		latency_us = timeout_us - 1;
	return (struct mb_path){
		.line = url->line,
		.latency_us = latency_us,
		.answer_us = timeout_us ? timeout_us - latency_us : 0,
	};
}

struct port *port_new(
	struct ports *ports, const struct stream_url *url, const struct port_limits *limits)
{
	struct port *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ports = ports;
	p->limits = *limits;
	p->path = path_of(url);
	p->tries = url->retries_given ? (uint8_t)(url->retries + 1) : 0;
	p->watched_fd = -1;
	p->retry_us = p->late_us = MB_NEVER;
	p->stream = ports_stream(ports, url);
	p->timer = loop_timer_new(ports_loop(ports), on_timer, p);
	p->born_us = p->since_us = p->window_us = port_now_us(p);
	p->run = (struct run){
		.stream = p->stream,
		.engine = port_engine(p),
		.step = port_step,
		.lost = port_stream_lost,
		.ctx = p,
	};
	if (p->stream && p->timer)
		return p;
	stream_free(p->stream);
	loop_timer_free(p->timer);
	free(p);
	return NULL;
}

static void destroy(struct port *p)
{
	port_master_back(p);
	port_stream_done(p);
	loop_timer_free(p->timer);
	free(p->key);
	free(p->name);
	free(p);
}

void port_enter(struct port *p)
{
	p->entered++;
}

void port_leave(struct port *p)
{
	if (--p->entered == 0 && p->dying)
		destroy(p);
}

void port_free(struct port *p)
{
	uint64_t now_us;

	if (!p || p->dying)
		return;
	now_us = port_now_us(p);
	p->dying = p->draining = true;
	port_enter(p);
	port_cut(p, PORT_E_CLOSED, NULL, now_us);
	port_scan_over(p, PORT_E_CLOSED, NULL, now_us);
	port_queue_over(p, PORT_E_CLOSED, NULL);
	port_leave(p);
}

uint64_t port_now_us(const struct port *p)
{
	return loop_now_us(ports_loop(p->ports));
}

void port_wake(struct port *p)
{
	p->woken = true;
	if (!p->turning && loop_timer_at(p->timer) != 0)
		loop_timer_set(p->timer, 0);
}

void port_set_state(struct port *p, enum port_state state)
{
	if (p->state == state)
		return;
	p->state = (uint8_t)state;
	p->since_us = port_now_us(p);
	ports_tell(p);
}

void port_hush(struct port *p, const struct mb_path *path, uint64_t now_us)
{
	uint64_t sent_us = stream_tx_end_us(p->stream);

	p->quiet_us = (sent_us > now_us ? sent_us : now_us) + mb_path_answer_us(path);
}

/* ---- jobs ---- */

static int check(const struct port *p, const struct port_job *job)
{
	uint32_t limit = p->limits.queue ? p->limits.queue : PORT_QUEUE_MAX;

	if (job->priority >= PORT_PRIORITIES || !job->event)
		return MB_E_INVALID;
	if (job->port)
		return MB_E_BUSY;
	if (p->draining)
		return PORT_E_CLOSED;
	return p->waiting < limit ? 0 : PORT_E_FULL;
}

int port_submit(struct port *p, struct port_job *job)
{
	int rc = check(p, job);

	if (rc < 0)
		return rc;
	job->submitted_us = port_now_us(p);
	job->begun_us = 0;
	job->again = false;
	job->error = "";
	port_queue_add(p, job);
	p->used = true;
	port_wake(p);
	return 0;
}

void port_cancel(struct port_job *job, enum port_cancel how)
{
	struct port *p = job->port;
	uint64_t now_us;

	if (!p)
		return;
	now_us = port_now_us(p);
	port_enter(p);
	port_wake(p);
	if (p->job != job) {
		port_queue_take(p, job);
		port_job_over(p, job, MB_E_CANCELLED, NULL);
	} else if (how == PORT_CANCEL_NOW) {
		struct mb_path path = port_job_path(p, job);

		port_hush(p, &path, now_us);
		port_cut(p, MB_E_CANCELLED, NULL, now_us);
	} else {
		p->cancelling = true;
	}
	port_leave(p);
}

/* ---- opening and closing ---- */

void port_open(struct port *p)
{
	if (p->dying)
		return;
	p->draining = false;
	p->kept = true;
	port_wake(p);
}

void port_hang_up(struct port *p)
{
	if (p->dying || p->state != PORT_OPEN)
		return;
	p->hanging_up = true;
	p->kept = p->used = false;
	port_wake(p);
}

void port_drain(struct port *p, uint64_t deadline_us)
{
	p->draining = true;
	p->kept = p->used = false;
	p->cut_us = deadline_us;
	if (p->job)
		p->cancelling = true;
	port_enter(p);
	port_wake(p);
	port_scan_over(p, PORT_E_CLOSED, NULL, port_now_us(p));
	port_queue_over(p, PORT_E_CLOSED, NULL);
	port_leave(p);
}

/* ---- a look at it ---- */

const char *port_name(const struct port *p)
{
	return p->name ? p->name : stream_name(p->stream);
}

const char *port_url_name(const struct port *p)
{
	return stream_name(p->stream);
}

const struct stream_url *port_url(const struct port *p)
{
	return stream_url(p->stream);
}

const struct mb_path *port_path(const struct port *p)
{
	return &p->path;
}

unsigned port_tries(const struct port *p)
{
	return p->tries;
}

bool port_named(const struct port *p)
{
	return p->name != NULL;
}
