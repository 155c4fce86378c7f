/* SPDX-License-Identifier: MIT */
#include "collect/bus_plan.h"

#include "base/loop.h"
#include "bus/port.h"
#include "collect/collector_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* EN 13757-2: an answer begins after 11 to 330 bit times + 50 ms; a pause of 33 divides telegrams. */
#define ANSWER_BITS 330
#define ANSWER_US 50000
#define GUARD_BITS 33
#define SHORT_BYTES 5
#define SELECTION_BYTES 17
#define ACK_BYTES 1
#define LOG_MAX 50 /* entries looked at */

/* ---- how long ---- */

static uint64_t exchange_us(const struct mb_line *line, size_t sent, size_t received)
{
	uint64_t bits_us = (GUARD_BITS + ANSWER_BITS / 2) * UINT64_C(1000000) / line->baud;

	return bits_us + ANSWER_US / 2 + mb_line_bytes_us(line, sent + received);
}

uint32_t bus_plan_duration_ms(const struct mb_line *line, bool secondary)
{
	uint64_t us = exchange_us(line, secondary ? SELECTION_BYTES : SHORT_BYTES, ACK_BYTES) +
		      exchange_us(line, SHORT_BYTES, BUS_PLAN_ANSWER_BYTES);

	return (uint32_t)((us + 999) / 1000);
}

/* Mean of the newest readings, the failed ones too: they hold the bus longest. 0: there is none. */
static uint32_t measured_ms(struct collector *c, uint32_t account, uint32_t *ret_readings)
{
	const struct sync_report *reports[LOG_MAX];
	size_t n = collector_log(c, account, reports, LOG_MAX);
	uint64_t sum_ms = 0;
	uint32_t n_read = 0;

	for (size_t i = 0; i < n && n_read < BUS_PLAN_READINGS; i++) {
		if (!reports[i]->duration_ms || reports[i]->kind == SYNC_CONNECT)
			continue;
		sum_ms += reports[i]->duration_ms;
		n_read++;
	}
	*ret_readings = n_read;
	return n_read ? (uint32_t)((sum_ms + n_read - 1) / n_read) : 0;
}

static uint32_t computed_ms(const struct account *a, const struct port *port)
{
	const struct mb_path *path = port_path(port);
	struct account_timing timing;
	struct mb_request request;

	account_request(a, path, &request, &timing);
	return bus_plan_duration_ms(timing.line.baud ? &timing.line : &path->line, a->secondary);
}

/* ---- who ---- */

static bool is_read(const struct device *d, const struct port *port)
{
	return d && d->port == port && d->account->period.s && !d->account->suspended &&
	       !ams_is_off(d);
}

static int compare(const void *a, const void *b)
{
	return account_order(*(const struct account *const *)a, *(const struct account *const *)b);
}

static struct bus_plan *make(uint32_t n)
{
	size_t meters_at = sizeof(struct bus_plan) + n * sizeof(struct bus_plan_row);
	struct bus_plan *plan;

	meters_at = (meters_at + _Alignof(struct plan_meter) - 1) / _Alignof(struct plan_meter) *
		    _Alignof(struct plan_meter);
	plan = calloc(1, meters_at + n * sizeof(struct plan_meter));
	if (!plan)
		return NULL;
	plan->n = n;
	plan->meters = (struct plan_meter *)((char *)plan + meters_at);
	return plan;
}

static void fill(struct bus_plan *plan, uint32_t i, struct collector *c, const struct port *port,
	const struct account *a)
{
	struct bus_plan_row *row = &plan->rows[i];
	uint32_t duration_ms = measured_ms(c, a->id, &row->readings);

	snprintf(row->name, sizeof(row->name), "%s", a->name);
	row->index = a->index;
	plan->meters[i] = (struct plan_meter){
		.period = a->period,
		.reads_per_day = a->reads_per_day,
		.duration_ms = row->readings ? duration_ms : computed_ms(a, port),
	};
}

struct bus_plan *bus_plan_new(struct collector *c, const struct port *port)
{
	const struct account **accounts = calloc(c->n_devices + 1u, sizeof(*accounts));
	struct bus_plan *plan;
	uint32_t n = 0;

	if (!accounts)
		return NULL;
	for (uint32_t i = 0; i < c->n_devices; i++) {
		if (is_read(c->devices[i], port))
			accounts[n++] = c->devices[i]->account;
	}
	qsort(accounts, n, sizeof(*accounts), compare);
	plan = make(n);
	for (uint32_t i = 0; plan && i < n; i++)
		fill(plan, i, c, port, accounts[i]);
	free(accounts);
	if (plan) {
		plan->zone = c->zone;
		plan->from_ms = loop_wall_ms(c->config.loop);
	}
	return plan;
}

int bus_plan_play(struct bus_plan *plan)
{
	struct plan_result *results = calloc(plan->n + 1u, sizeof(*results));
	int rc = -1;

	if (results)
		rc = schedule_plan(
			plan->meters, plan->n, plan->zone, plan->from_ms, results, &plan->bus);
	for (uint32_t i = 0; rc == 0 && i < plan->n; i++)
		plan->rows[i].result = results[i];
	free(results);
	return rc;
}
