/* SPDX-License-Identifier: MIT */
/* The schedule and the clock on the wall. */
#include "base/loop.h"
#include "collect/collect_error.h"
#include "collect/collector_impl.h"

#include <stdio.h>

static int64_t wall_ms(const struct collector *c)
{
	return loop_wall_ms(c->config.loop);
}

int due_set(struct device *d, int64_t last_due_ms, uint32_t spent)
{
	const struct account *a = d->account;
	struct schedule_rule rule = {
		.period = a->period,
		.zone = a->zone ? a->zone : d->c->zone,
		.reads_per_day = a->reads_per_day,
		.last_due_ms = last_due_ms,
		.spent = spent,
	};

	if (a->suspended || ams_is_off(d))
		rule.period = (struct period){0};
	return schedule_set(d->c->schedule, a->id, &rule, wall_ms(d->c));
}

void due_arm(struct collector *c)
{
	int64_t wake_ms = schedule_wake_ms(c->schedule);

	if (!c->started || c->stopping || wake_ms == PERIOD_NEVER)
		loop_timer_set(c->due_timer, MB_NEVER);
	else
		loop_timer_set(c->due_timer, loop_wall_due_us(c->config.loop, wake_ms));
}

/* One row stands for a range of slots: first and last are told. */
static void missed_row(struct device *d, const struct schedule_due *due, int error, struct post *p)
{
	struct store_telegram row = {
		.account = d->account->id,
		.time_ms = due->missed_to_ms,
		.due_ms = due->missed_from_ms,
		.error = (int16_t)error,
		.flags = STORE_SCHEDULED | STORE_MISSED,
		.index = d->account->index,
	};

	if (row.time_ms < SCHEDULE_CLOCK_MS)
		row.flags |= STORE_CLOCK_DOUBT;
	store_batch_telegrams(post_batch(p), &row, 1);
	d->state.missed += due->missed;
	d->c->totals.missed += due->missed;
}

void due_missed(struct device *d, const struct schedule_due *due, struct post *p)
{
	missed_row(d, due, STORE_E_MISSED, p);
	post_event(p, EVENT_READING_MISSED, d->account->id, NULL, NULL,
		"%s: %u due reading%s missed", d->account->name, due->missed,
		due->missed == 1 ? "" : "s");
}

static void tell_missed(struct device *d, const struct schedule_due *due)
{
	struct post *p = post_new(d->c);

	if (!p)
		return;
	due_missed(d, due, p);
	post_send(p, STORE_WINDOW, NULL, NULL);
}

/* The readings of this day are spent. */
static void decline(struct device *d, const struct schedule_due *due)
{
	struct schedule_due slot = *due;
	struct post *p = post_new(d->c);

	if (!p)
		return;
	slot.missed = 1;
	slot.missed_from_ms = slot.missed_to_ms = due->due_ms;
	missed_row(d, &slot, COLLECT_E_DECLINED, p);
	post_event(p, EVENT_SYNC_DECLINED, d->account->id, NULL, NULL, "%s: %s", d->account->name,
		collect_error_text(COLLECT_E_DECLINED));
	post_send(p, STORE_WINDOW, NULL, NULL);
}

void due_fire(void *collector)
{
	struct collector *c = collector;
	struct schedule_due due;
	struct device *d;

	while (!c->stopping && schedule_tick(c->schedule, wall_ms(c), &due)) {
		d = collector_device(c, due.account);
		if (!d) {
			schedule_remove(c->schedule, due.account);
			continue;
		}
		if (due.missed)
			tell_missed(d, &due);
		if (due.verdict == SCHEDULE_BUDGET)
			decline(d, &due);
		else
			sync_due(d, &due);
	}
	due_arm(c);
}
