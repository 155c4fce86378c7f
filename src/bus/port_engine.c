/* SPDX-License-Identifier: MIT */
/* The engine that the stream sees: whichever of master and search has the bus, or nobody. */
#include "bus/port_impl.h"

#include <meterbus/path.h>

int port_master(struct port *p, const struct mb_path *path, uint64_t now_us)
{
	struct mb_master_config config = {.path = *path};
	int rc;

	if (p->master)
		return mb_master_set_path(p->master, path);
	config.path.echo = p->echo;
	config.quirks = ports_settings(p->ports)->quirks;
	config.n_quirks = ports_settings(p->ports)->n_quirks;
	p->master = ports_master_take(p->ports);
	if (!p->master)
		return MB_E_NO_SPACE;
	rc = mb_master_init(p->master, &config, now_us);
	if (rc < 0)
		port_master_back(p);
	return rc;
}

void port_master_back(struct port *p)
{
	if (p->master)
		ports_master_give(p->ports, p->master);
	p->master = NULL;
}

static struct mb_engine inner(const struct port *p)
{
	if (p->scan_turn)
		return mb_search_engine(&p->scan->search);
	if (p->job && p->job->engine.ops)
		return p->job->engine;
	return p->master ? mb_master_engine(p->master) : (struct mb_engine){0};
}

/* A search sees only the time in which the bus was its own. */
static uint64_t away_us(const struct port *p)
{
	return p->scan_turn ? p->scan->away_us : 0;
}

/* What goes out need not be a frame. */
static void look_at(struct port *p, const uint8_t *bytes, size_t n)
{
	struct mb_frame frame = {0};

	(void)mb_frame_parse(bytes, n, &frame);
	frame.data = NULL;
	p->speaks = frame;
}

static size_t engine_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	struct port *p = self;
	struct mb_engine e = inner(p);
	size_t n = e.ops ? e.ops->tx(e.self, now_us - away_us(p), ret_bytes) : 0;

	p->lent = n;
	if (n && p->guests && !p->mid_frame)
		look_at(p, *ret_bytes, n);
	if (!n || !p->cancelling || p->mid_frame || p->job->engine.ops)
		return n;
	mb_master_cancel(p->master, now_us); /* the telegram before was the last one */
	port_wake(p);
	return 0;
}

static void engine_sent(void *self, size_t n, uint64_t end_us)
{
	struct port *p = self;
	struct mb_engine e = inner(p);

	p->counters.sent += n;
	if (!e.ops)
		return;
	p->mid_frame = n < p->lent;
	p->counters.frames += !p->mid_frame;
	if (p->guests && !p->mid_frame)
		port_guests_hear(p, &p->speaks);
	e.ops->sent(e.self, n, end_us - away_us(p));
}

static void engine_rx(
	void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	struct port *p = self;
	struct mb_engine e = inner(p);

	p->counters.received += n;
	p->counters.stray += port_held(p) ? 0 : n;
	p->heard = true;
	p->deaf_us = 0;
	if (!port_held(p) && now_us + mb_path_idle_us(&p->path) > p->quiet_us)
		p->quiet_us = now_us + mb_path_idle_us(&p->path);
	if (e.ops)
		e.ops->rx(e.self, bytes, marks, n, now_us - away_us(p));
}

static uint64_t engine_deadline(const void *self)
{
	const struct port *p = self;
	struct mb_engine e = inner(p);
	uint64_t deadline_us = e.ops && port_held(p) ? e.ops->deadline(e.self) : MB_NEVER;

	return deadline_us == MB_NEVER ? MB_NEVER : deadline_us + away_us(p);
}

static void engine_tick(void *self, uint64_t now_us)
{
	struct port *p = self;
	struct mb_engine e = inner(p);

	if (e.ops)
		e.ops->tick(e.self, now_us - away_us(p));
}

/* Between dialogues the line is the port's. */
static void engine_line(const void *self, struct mb_line *ret_line)
{
	const struct port *p = self;
	struct mb_engine e = inner(p);

	if (e.ops && port_held(p))
		e.ops->line(e.self, ret_line);
	else
		*ret_line = p->path.line;
}

static const struct mb_engine_ops ops = {
	.tx = engine_tx,
	.sent = engine_sent,
	.rx = engine_rx,
	.deadline = engine_deadline,
	.tick = engine_tick,
	.line = engine_line,
};

struct mb_engine port_engine(struct port *p)
{
	return (struct mb_engine){.ops = &ops, .self = p};
}
