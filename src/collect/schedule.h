/* SPDX-License-Identifier: MIT */
/*
 * Who is to be read when. No clock of its own: the caller gives the time of day with each call and
 * asks when to come again. A slot is named by its due time, not by the time of the reading.
 *
 *	while (schedule_tick(s, now_ms, &due)) {
 *		due.missed: write a missed record for due.missed_from_ms .. due.missed_to_ms
 *		due.verdict == SCHEDULE_READ: submit the reading for the slot due.due_ms
 *	}
 *	wake at schedule_wake_ms(s), and when the clock was set
 *	dialogue begins: schedule_begin() (a newer slot may have come while it waited)
 *	dialogue over, or the job was dropped: schedule_done()
 *
 * Of an account one slot is in hand at a time. Slots that pass meanwhile, in an outage or in a jump of
 * the clock are not read one after another: the newest is read, the others are missed. Where the clock
 * goes back, slots handed out before are not handed out again; those that were only missed because
 * the clock was ahead are.
 */
#ifndef COLLECT_SCHEDULE_H
#define COLLECT_SCHEDULE_H

#include "collect/period.h"

#define SCHEDULE_NONE (-PERIOD_NEVER) /* no slot yet */
/* A last slot that is further ahead than this is a wrong clock's; it does not hold up the schedule. */
#define SCHEDULE_AHEAD_MAX_MS (26 * 3600 * 1000LL)

/* 2025: a clock that stands before it was not set by anybody. What was due by it is not missed. */
#define SCHEDULE_CLOCK_MS INT64_C(1735689600000)

struct schedule;

enum schedule_verdict {
	SCHEDULE_READ,
	SCHEDULE_BUDGET, /* not to be read: reads_per_day are spent; a missed record. No done() */
};

struct schedule_rule {
	struct period period;
	struct zone *zone; /* the schedule takes its own reference; NULL: UTC */
	uint32_t reads_per_day; /* 0: no limit */
	int64_t last_due_ms; /* last slot done or missed, of the store; or SCHEDULE_NONE: begin now */
	uint32_t spent; /* readings since local midnight, of the store */
};

struct schedule_due {
	uint32_t account;
	uint8_t verdict; /* enum schedule_verdict */
	bool late; /* catch-up: slots before it were missed */
	int64_t due_ms;
	uint32_t missed; /* slots before due_ms that nobody will read */
	int64_t missed_from_ms, missed_to_ms; /* first and last of them */
};

/* Who is first of two accounts with the same slot: < 0 for a. NULL: the smaller number. */
typedef int schedule_order(void *ctx, uint32_t a, uint32_t b);

struct schedule *schedule_new(schedule_order *order, void *ctx); /* NULL: no memory */
void schedule_free(struct schedule *s);

/* Adds the account, or changes its rule (then last_due_ms and spent are kept, and what is in hand
 * stays in hand). 0 or -1: no memory. */
int schedule_set(
	struct schedule *s, uint32_t account, const struct schedule_rule *rule, int64_t now_ms);
void schedule_remove(struct schedule *s, uint32_t account); /* unknown is fine */

/* The next account that is due. False: none now. */
bool schedule_tick(struct schedule *s, int64_t now_ms, struct schedule_due *ret_due);
int64_t schedule_wake_ms(const struct schedule *s); /* PERIOD_NEVER when nothing is to come */

/*
 * The dialogue for the slot in hand begins now. When newer slots have passed, ret_due names the
 * newest, and the one that was in hand and those between as missed. False: nothing is in hand.
 */
bool schedule_begin(
	struct schedule *s, uint32_t account, int64_t now_ms, struct schedule_due *ret_due);
void schedule_done(struct schedule *s, uint32_t account);
/* A reading was asked of the meter, on schedule or on demand: counts for reads_per_day. */
void schedule_spend(struct schedule *s, uint32_t account, int64_t now_ms);

/* For status: next slot, slot in hand (or SCHEDULE_NONE), readings left today. False: unknown. */
struct schedule_state {
	int64_t next_ms, in_hand_ms, last_ms;
	uint32_t spent;
};
bool schedule_state(const struct schedule *s, uint32_t account, struct schedule_state *ret_state);

#endif
