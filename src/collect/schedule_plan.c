/* SPDX-License-Identifier: MIT */
#include "collect/schedule_plan.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

struct play {
	const struct plan_meter *meters;
	uint32_t n;
	struct zone *zone;
	struct schedule *schedule;
	struct plan_result *results;
	uint32_t *queue; /* a ring: each meter is in it once at most */
	uint32_t first, waiting;
	int64_t begin_ms, end_ms;
};

static const struct zone *zone_of(const struct play *p)
{
	return p->zone ? p->zone : zone_of_utc();
}

/* Local midnight at or after from_ms, and the next one. */
static void find_day(struct play *p, int64_t from_ms)
{
	static const struct period day = {DAY_S, true};

	p->begin_ms = period_next_ms(day, zone_of(p), from_ms - 1);
	p->end_ms = period_next_ms(day, zone_of(p), p->begin_ms);
}

static bool fill_schedule(struct play *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		struct schedule_rule rule = {
			.period = p->meters[i].period,
			.reads_per_day = p->meters[i].reads_per_day,
			.zone = p->zone,
			.last_due_ms = SCHEDULE_NONE,
		};

		if (schedule_set(p->schedule, i, &rule, p->begin_ms - 1) < 0)
			return false;
		p->results[i].slots =
			(uint32_t)period_count(period_thin(rule.period, rule.reads_per_day),
				p->zone, p->begin_ms - 1, p->end_ms - 1);
	}
	return true;
}

static void take_due(struct play *p, int64_t now_ms)
{
	struct schedule_due due;

	while (schedule_tick(p->schedule, now_ms, &due)) {
		p->results[due.account].missed += due.missed;
		p->queue[(p->first + p->waiting++) % p->n] = due.account;
	}
}

/* Returns when the bus is free again. */
static int64_t read_first(struct play *p, int64_t now_ms)
{
	uint32_t meter = p->queue[p->first];
	struct plan_result *result = &p->results[meter];
	struct schedule_due due = {0};
	int64_t over_ms = now_ms + p->meters[meter].duration_ms;

	p->first = (p->first + 1) % p->n;
	p->waiting--;
	schedule_begin(p->schedule, meter, now_ms < p->end_ms ? now_ms : p->end_ms - 1, &due);
	result->missed += due.missed;
	result->read++;
	if (over_ms - due.due_ms > result->late_ms)
		result->late_ms = (uint32_t)(over_ms - due.due_ms);
	schedule_done(p->schedule, meter);
	return over_ms;
}

static void play_day(struct play *p)
{
	int64_t now_ms = p->begin_ms;

	for (;;) {
		/* what is due after the day is another day's, though the bus may still be busy */
		take_due(p, now_ms < p->end_ms ? now_ms : p->end_ms - 1);
		if (p->waiting > 0) {
			now_ms = read_first(p, now_ms);
			continue;
		}
		now_ms = schedule_wake_ms(p->schedule);
		if (now_ms >= p->end_ms)
			break;
	}
}

static void sum_up(const struct play *p, struct plan_bus *ret_bus)
{
	struct plan_bus bus = {.from_ms = p->begin_ms, .to_ms = p->end_ms};
	uint64_t busy_ms = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		const struct plan_result *result = &p->results[i];

		busy_ms += (uint64_t)result->slots * p->meters[i].duration_ms;
		bus.missed += result->missed;
		if (result->late_ms > bus.late_ms) {
			bus.late_ms = result->late_ms;
			bus.worst = i;
		}
	}
	busy_ms = busy_ms * 1000 / (uint64_t)(p->end_ms - p->begin_ms);
	bus.busy_permille = busy_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)busy_ms;
	bus.fits = bus.missed == 0;
	*ret_bus = bus;
}

int schedule_plan(const struct plan_meter meters[], uint32_t n, struct zone *zone, int64_t from_ms,
	struct plan_result *ret_results, struct plan_bus *ret_bus)
{
	struct play p = {.meters = meters, .n = n, .zone = zone};
	int rc = -1;

	p.schedule = schedule_new(NULL, NULL);
	p.results = calloc(n + 1u, sizeof(*p.results));
	p.queue = calloc(n + 1u, sizeof(*p.queue));
	if (!p.schedule || !p.results || !p.queue)
		goto out;
	find_day(&p, from_ms);
	if (!fill_schedule(&p))
		goto out;
	play_day(&p);
	sum_up(&p, ret_bus);
	if (ret_results)
		memcpy(ret_results, p.results, n * sizeof(*p.results));
	rc = 0;
out:
	schedule_free(p.schedule);
	free(p.results);
	free(p.queue);
	return rc;
}
