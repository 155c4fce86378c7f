/* SPDX-License-Identifier: MIT */
/*
 * The timetable of one bus: what its accounts ask of it, how long each of them takes, and what will
 * be late. Gathered on the loop, played on any thread, freed by free().
 */
#ifndef COLLECT_BUS_PLAN_H
#define COLLECT_BUS_PLAN_H

#include "collect/account.h"
#include "collect/schedule_plan.h"

#include <meterbus/engine.h>

#define BUS_PLAN_READINGS 10 /* the newest, of which a duration is the mean */
#define BUS_PLAN_ANSWER_BYTES 120 /* of a meter that was never read: one telegram, as is usual */

struct collector;
struct port;

struct bus_plan_row {
	char name[ACCOUNT_NAME_MAX + 1];
	uint8_t index;
	uint32_t readings; /* that the duration is the mean of; 0: it is computed */
	struct plan_result result;
};

struct bus_plan {
	struct zone *zone; /* the collector's; NULL: UTC */
	int64_t from_ms; /* the day is the first that begins then or later */
	struct plan_bus bus;
	uint32_t n;
	struct plan_meter *meters; /* n, in the order in which they are read, as are the rows */
	struct bus_plan_row rows[]; /* accounts that the schedule reads as things stand */
};

/* NULL: no memory. */
struct bus_plan *bus_plan_new(struct collector *c, const struct port *port);
/* 0 or -1: no memory. */
int bus_plan_play(struct bus_plan *plan);

/*
 * One reading of a usual meter at this speed: acknowledge and answer come halfway between at once
 * and as late as the standard allows. A network on the way is not in it.
 */
uint32_t bus_plan_duration_ms(const struct mb_line *line, bool secondary);

#endif
