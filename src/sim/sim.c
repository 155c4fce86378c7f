/* SPDX-License-Identifier: MIT */
/* The segment: what is due next, and what it does. The order of equal times is fixed. */
#include "sim/sim_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_US 1000u
#define DEFAULT_BAUD 2400

struct sim *sim_new(const struct sim_config *config)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return NULL;
	sim->config = *config;
	if (!sim->config.baud)
		sim->config.baud = DEFAULT_BAUD;
	sim->line = (struct mb_line){sim->config.baud, 8, MB_PARITY_EVEN, 1};
	sim->uart.line = sim->line;
	random_seed(&sim->random, config->seed);
	buf_init(&sim->down, SIM_DOWN_MAX * sizeof(struct chunk));
	buf_init(&sim->up, SIM_RECEIVE_MAX * sizeof(struct arrival));
	buf_init(&sim->ledger,
		config->ledger_max ? config->ledger_max * sizeof(struct sim_entry) : 1);
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	for (size_t i = 0; i < sim->n_meters; i++) {
		meter_done(sim->meters[i]);
		free(sim->meters[i]);
	}
	free(sim->meters);
	free(sim->waves);
	buf_done(&sim->down);
	buf_done(&sim->up);
	buf_done(&sim->ledger);
	free(sim);
}

static bool grow_meters(struct sim *sim)
{
	struct sim_meter **meters;

	if (sim->n_meters == SIM_METERS_MAX)
		return false;
	meters = realloc(sim->meters, (sim->n_meters + 1) * sizeof(*meters));
	if (meters)
		sim->meters = meters;
	return meters != NULL;
}

struct sim_meter *sim_add(
	struct sim *sim, const struct sim_meter_config *config, char *ret_err, size_t err_max)
{
	struct sim_meter *m = calloc(1, sizeof(*m));

	if (!m || !grow_meters(sim)) {
		free(m);
		snprintf(ret_err, err_max, "too many meters (%d at most)", SIM_METERS_MAX);
		return NULL;
	}
	if (meter_init(m, config, sim->config.cipher, sim->config.start_s, ret_err, err_max) < 0) {
		meter_done(m);
		free(m);
		return NULL;
	}
	sim->meters[sim->n_meters++] = m;
	sim->meters_known = false;
	return m;
}

size_t sim_meters(const struct sim *sim)
{
	return sim->n_meters;
}

struct sim_meter *sim_meter_at(const struct sim *sim, size_t i)
{
	return i < sim->n_meters ? sim->meters[i] : NULL;
}

uint64_t sim_now(const struct sim *sim)
{
	return sim->now_us;
}

const struct sim_account *sim_account(const struct sim *sim)
{
	return &sim->account;
}

const struct sim_config *sim_settings(const struct sim *sim)
{
	return &sim->config;
}

size_t sim_ledger(const struct sim *sim, const struct sim_entry **ret_entries)
{
	*ret_entries = (const struct sim_entry *)(const void *)sim->ledger.bytes;
	return sim->ledger.len / sizeof(struct sim_entry);
}

void sim_line(const struct sim *sim, struct mb_line *ret_line)
{
	*ret_line = sim->line;
}

void sim_set_line(struct sim *sim, const struct mb_line *line)
{
	if (!line->baud)
		return;
	sim->line = *line;
	sim->uart.line = *line;
	sim->looked = false;
	if (sim->uart.now_ns < sim->now_us * NS_PER_US)
		sim->uart.now_ns = sim->now_us * NS_PER_US;
}

void sim_lose_answers(struct sim *sim, unsigned n)
{
	sim->lose_answers = n;
}

/* ---- what is due ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Asked for at every step, and changed only where a meter hears, answers or gets power. */
static uint64_t meters_due(struct sim *sim)
{
	uint64_t due = MB_NEVER;

	if (sim->meters_known)
		return sim->meters_us;
	for (size_t i = 0; i < sim->n_meters; i++)
		due = earlier(due, mb_slave_deadline(&sim->meters[i]->slave));
	sim->meters_us = due;
	sim->meters_known = true;
	return due;
}

static uint64_t arrival_due(const struct sim *sim)
{
	return sim->up.len ? ((const struct arrival *)(const void *)sim->up.bytes)->time_us
			   : MB_NEVER;
}

static uint64_t chunk_due(const struct sim *sim)
{
	return sim->down.len ? ((const struct chunk *)(const void *)sim->down.bytes)->end_us
			     : MB_NEVER;
}

uint64_t sim_next(struct sim *sim)
{
	uint64_t due = earlier(chunk_due(sim), arrival_due(sim));

	due = earlier(due, earlier(wire_due(sim), meters_due(sim)));
	return due > sim->now_us || due == MB_NEVER ? due : sim->now_us;
}

bool sim_quiet(struct sim *sim)
{
	for (size_t i = 0; i < sim->n_meters; i++)
		if (sim->meters[i]->slave.answering)
			return false;
	return !sim->down.len && !sim->up.len && wire_due(sim) == MB_NEVER;
}

/* ---- the meters ---- */

static void note(struct sim *sim, struct sim_meter *m, const struct mb_slave_event *event)
{
	struct sim_entry entry = {sim->now_us, m, event->c, event->a, event->ci, event->reaction};

	m->count[event->reaction]++;
	if (sim->config.ledger_max)
		buf_add(&sim->ledger, &entry, sizeof(entry));
}

static void take_events(struct sim *sim, struct sim_meter *m)
{
	struct mb_slave_event event;

	while (mb_slave_event(&m->slave, &event)) {
		if (event.type == MB_SLAVE_EVENT_HEARD)
			note(sim, m, &event);
		else if (event.type == MB_SLAVE_EVENT_ANSWER && !event.index)
			meter_refresh(m, sim->now_us, event.access);
		else if (event.type == MB_SLAVE_EVENT_SELECTED)
			m->selected++;
		else
			meter_take(m, &event, sim->now_us);
	}
}

static void meter_answer(struct sim *sim, struct sim_meter *m)
{
	const uint8_t *bytes;
	size_t n;

	mb_slave_tick(&m->slave, sim->now_us);
	n = mb_slave_tx(&m->slave, sim->now_us, &bytes);
	if (n)
		mb_slave_sent(&m->slave, n, wire_answer(sim, m, bytes, n));
	take_events(sim, m);
}

static void meters_answer(struct sim *sim)
{
	if (meters_due(sim) > sim->now_us)
		return;
	sim->meters_known = false;
	for (size_t i = 0; i < sim->n_meters; i++)
		if (mb_slave_deadline(&sim->meters[i]->slave) <= sim->now_us)
			meter_answer(sim, sim->meters[i]);
}

/* A chunk of the master has passed: each meter has heard it at its own speed. */
static void meters_hear(struct sim *sim)
{
	struct chunk c = *(const struct chunk *)(const void *)sim->down.bytes;
	struct heard heard = {0};

	buf_drop(&sim->down, sizeof(c));
	sim->meters_known = false;
	for (size_t i = 0; i < sim->n_meters; i++) {
		struct sim_meter *m = sim->meters[i];
		struct mb_line line;

		if (m->tx_end_ns > c.wave.start_ns)
			continue;
		mb_slave_line(&m->slave, &line);
		if (!mb_line_equal(&line, &heard.line))
			wire_hear(&c.wave, &line, &heard);
		mb_slave_rx(&m->slave, heard.bytes, heard.marks, heard.n, sim->now_us);
		take_events(sim, m);
	}
}

void sim_power_loss(struct sim *sim)
{
	sim->account.power_losses++;
	sim->meters_known = false;
	for (size_t i = 0; i < sim->n_meters; i++)
		mb_slave_power_up(&sim->meters[i]->slave);
}

/* ---- time ---- */

static void turn(struct sim *sim)
{
	wire_listen(sim);
	if (chunk_due(sim) <= sim->now_us)
		meters_hear(sim);
	else
		meters_answer(sim);
}

void sim_advance(struct sim *sim, uint64_t until_us)
{
	while (arrival_due(sim) > sim->now_us) {
		uint64_t next = sim_next(sim);

		if (next > until_us || next == MB_NEVER) {
			if (until_us != MB_NEVER && until_us > sim->now_us)
				sim->now_us = until_us;
			return;
		}
		sim->now_us = next;
		turn(sim);
	}
}

size_t sim_receive(struct sim *sim, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	size_t n = 0;

	while (n < max && arrival_due(sim) <= sim->now_us) {
		const struct arrival *a = (const struct arrival *)(const void *)sim->up.bytes;

		ret_bytes[n] = a->byte;
		ret_marks[n++] = a->marks;
		buf_drop(&sim->up, sizeof(*a));
	}
	return n;
}
