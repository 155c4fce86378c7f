/* SPDX-License-Identifier: MIT */
#include "collect/schedule.h"

#include <stdlib.h>
#include <string.h>

#define BEFORE_ALL SCHEDULE_NONE
#define NOT_IN_HEAP UINT32_MAX

/*
 * Slots up to `last_ms` were handed out, but for those of (gap_from_ms, gap_to_ms]: they were missed
 * in an outage, or passed over when the clock jumped ahead, or are older than the account. The clock
 * may come back to them.
 */
struct entry {
	uint32_t account;
	uint32_t heap_at; /* NOT_IN_HEAP: in hand, or nothing is to come */
	struct period period; /* thinned to the budget */
	struct zone *zone; /* NULL: UTC */
	uint32_t reads_per_day;
	uint32_t spent;
	int64_t spent_day; /* local day of the last reading */
	int64_t position_ms; /* slots after it are to come */
	int64_t last_ms;
	int64_t gap_from_ms, gap_to_ms;
	int64_t next_ms;
	int64_t in_hand_ms;
};

struct schedule {
	schedule_order *order;
	void *ctx;
	struct entry **by_account; /* sorted */
	struct entry **heap; /* the next slot is on top */
	uint32_t n, n_heap, size;
	int64_t now_ms; /* of the last call that told it */
};

/* --- slots of one account ------------------------------------------------------------------------- */

static const struct zone *zone_of(const struct entry *e)
{
	return e->zone ? e->zone : zone_of_utc();
}

static int64_t next_slot(const struct entry *e, int64_t after_ms)
{
	return period_next_ms(e->period, zone_of(e), after_ms);
}

static int64_t last_slot(const struct entry *e, int64_t at_ms)
{
	return period_last_ms(e->period, zone_of(e), at_ms);
}

static uint64_t count(const struct entry *e, int64_t from_ms, int64_t to_ms)
{
	return to_ms > from_ms ? period_count(e->period, zone_of(e), from_ms, to_ms) : 0;
}

/* The first slot after `after_ms` that was never handed out. */
static int64_t next_open(const struct entry *e, int64_t after_ms)
{
	int64_t slot = next_slot(e, after_ms);

	if (slot > e->last_ms)
		return slot;
	if (slot <= e->gap_from_ms)
		slot = next_slot(e, e->gap_from_ms);
	return slot <= e->gap_to_ms ? slot : next_slot(e, e->last_ms);
}

/* The last such slot up to now; `first` is one. */
static int64_t last_open(const struct entry *e, int64_t first_ms, int64_t now_ms)
{
	int64_t slot = last_slot(e, now_ms);

	if (slot <= e->last_ms && slot > e->gap_to_ms)
		slot = last_slot(e, e->gap_to_ms);
	return slot > first_ms ? slot : first_ms;
}

/* Open slots from `first` on that are before `due`. */
static void fill_missed(const struct entry *e, int64_t first_ms, struct schedule_due *due)
{
	uint64_t missed;

	if (first_ms <= e->gap_to_ms && due->due_ms > e->last_ms)
		missed = count(e, first_ms - 1, e->gap_to_ms) +
			 count(e, e->last_ms, due->due_ms - 1);
	else
		missed = count(e, first_ms - 1, due->due_ms - 1);
	due->missed = missed > UINT32_MAX ? UINT32_MAX : (uint32_t)missed;
	if (missed == 0)
		return;
	due->late = true;
	due->missed_from_ms = first_ms;
	due->missed_to_ms = last_slot(e, due->due_ms - 1);
	if (due->missed_to_ms <= e->last_ms && due->missed_to_ms > e->gap_to_ms)
		due->missed_to_ms = last_slot(e, e->gap_to_ms);
}

/* The slots before it that were missed, or never were, become the gap. */
static void hand_out(struct entry *e, const struct schedule_due *due)
{
	e->position_ms = due->due_ms;
	if (due->due_ms <= e->last_ms) { /* in the gap */
		e->gap_from_ms = due->due_ms;
		return;
	}
	if (due->missed > 0 || e->last_ms == BEFORE_ALL) {
		e->gap_from_ms = e->last_ms;
		e->gap_to_ms = due->due_ms - 1;
	}
	e->last_ms = due->due_ms;
}

static void start_at(struct entry *e, int64_t last_due_ms, int64_t now_ms)
{
	e->last_ms = last_due_ms;
	e->gap_from_ms = e->gap_to_ms = last_due_ms;
	e->position_ms = last_due_ms == SCHEDULE_NONE ? now_ms : last_due_ms;
	if (last_due_ms != SCHEDULE_NONE && last_due_ms - now_ms > SCHEDULE_AHEAD_MAX_MS) {
		e->gap_from_ms = BEFORE_ALL;
		e->gap_to_ms = last_due_ms - 1;
		e->position_ms = now_ms;
	}
}

static bool is_doubtful(int64_t ms)
{
	return ms < SCHEDULE_CLOCK_MS;
}

/* Somebody has set the clock: it goes on where it was before, without the slots of meanwhile. */
static void clock_found(struct entry *e, int64_t now_ms)
{
	e->position_ms = is_doubtful(e->last_ms) ? now_ms : e->last_ms;
	e->gap_from_ms = e->gap_to_ms = e->last_ms;
}

/* --- the budget ------------------------------------------------------------------------------------ */

static int64_t local_day(const struct entry *e, int64_t now_ms)
{
	struct zone_time local;

	zone_local(zone_of(e), now_ms / 1000, &local);
	return civil_day(local.civil.year, local.civil.month, local.civil.day);
}

static void renew_budget(struct entry *e, int64_t now_ms)
{
	int64_t day = local_day(e, now_ms);

	if (day != e->spent_day)
		e->spent = 0;
	e->spent_day = day;
}

static bool is_spent(struct entry *e, int64_t now_ms)
{
	if (e->reads_per_day == 0)
		return false;
	renew_budget(e, now_ms);
	return e->spent >= e->reads_per_day;
}

/* --- the heap -------------------------------------------------------------------------------------- */

static bool goes_first(const struct schedule *s, const struct entry *a, const struct entry *b)
{
	int order = 0;

	if (a->next_ms != b->next_ms)
		return a->next_ms < b->next_ms;
	if (s->order)
		order = s->order(s->ctx, a->account, b->account);
	return order ? order < 0 : a->account < b->account;
}

static void place(struct schedule *s, struct entry *e, uint32_t at)
{
	s->heap[at] = e;
	e->heap_at = at;
}

static void sift_up(struct schedule *s, uint32_t at)
{
	struct entry *e = s->heap[at];

	for (; at > 0 && goes_first(s, e, s->heap[(at - 1) / 2]); at = (at - 1) / 2)
		place(s, s->heap[(at - 1) / 2], at);
	place(s, e, at);
}

static void sift_down(struct schedule *s, uint32_t at)
{
	struct entry *e = s->heap[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < s->n_heap && goes_first(s, s->heap[child + 1], s->heap[child]))
			child++;
		if (child >= s->n_heap || !goes_first(s, s->heap[child], e))
			break;
		place(s, s->heap[child], at);
		at = child;
	}
	place(s, e, at);
}

static void unplan(struct schedule *s, struct entry *e)
{
	uint32_t at = e->heap_at;

	if (at == NOT_IN_HEAP)
		return;
	e->heap_at = NOT_IN_HEAP;
	if (at == --s->n_heap)
		return;
	place(s, s->heap[s->n_heap], at);
	sift_up(s, at);
	sift_down(s, at);
}

/* From its position on, unless a slot of it is in hand. */
static void plan(struct schedule *s, struct entry *e)
{
	unplan(s, e);
	e->next_ms = next_open(e, e->position_ms);
	if (e->in_hand_ms != SCHEDULE_NONE || e->next_ms == PERIOD_NEVER)
		return;
	place(s, e, s->n_heap++);
	sift_up(s, e->heap_at);
}

/* --- accounts -------------------------------------------------------------------------------------- */

struct schedule *schedule_new(schedule_order *order, void *ctx)
{
	struct schedule *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->order = order;
	s->ctx = ctx;
	s->now_ms = BEFORE_ALL;
	return s;
}

static void entry_free(struct entry *e)
{
	zone_put(e->zone);
	free(e);
}

void schedule_free(struct schedule *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->n; i++)
		entry_free(s->by_account[i]);
	free(s->by_account);
	free(s->heap);
	free(s);
}

static uint32_t find(const struct schedule *s, uint32_t account)
{
	uint32_t low = 0, high = s->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->by_account[middle]->account < account)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct entry *look_up(const struct schedule *s, uint32_t account)
{
	uint32_t at = find(s, account);

	return at < s->n && s->by_account[at]->account == account ? s->by_account[at] : NULL;
}

static int grow(struct schedule *s)
{
	uint32_t size = s->size ? 2 * s->size : 16;
	struct entry **list;

	if (s->n < s->size)
		return 0;
	list = realloc(s->by_account, size * sizeof(*list));
	if (!list)
		return -1;
	s->by_account = list;
	list = realloc(s->heap, size * sizeof(*list));
	if (!list)
		return -1;
	s->heap = list;
	s->size = size;
	return 0;
}

static struct entry *add(struct schedule *s, uint32_t account)
{
	uint32_t at = find(s, account);
	struct entry *e;

	if (grow(s) < 0)
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->account = account;
	e->heap_at = NOT_IN_HEAP;
	e->in_hand_ms = SCHEDULE_NONE;
	memmove(s->by_account + at + 1, s->by_account + at, (s->n - at) * sizeof(*s->by_account));
	s->by_account[at] = e;
	s->n++;
	return e;
}

static void take_rule(struct entry *e, const struct schedule_rule *rule)
{
	struct zone *old = e->zone;

	e->period = period_thin(rule->period, rule->reads_per_day);
	e->reads_per_day = rule->reads_per_day;
	e->zone = rule->zone ? zone_ref(rule->zone) : NULL;
	zone_put(old);
}

static bool same_slots(const struct entry *e, const struct schedule_rule *rule)
{
	struct period period = period_thin(rule->period, rule->reads_per_day);

	return period.s == e->period.s && period.local == e->period.local && rule->zone == e->zone;
}

int schedule_set(
	struct schedule *s, uint32_t account, const struct schedule_rule *rule, int64_t now_ms)
{
	struct entry *e = look_up(s, account);

	if (!e) {
		e = add(s, account);
		if (!e)
			return -1;
		take_rule(e, rule);
		start_at(e, rule->last_due_ms, now_ms);
		e->spent = rule->spent;
		e->spent_day = local_day(e, now_ms);
	} else {
		/* other slots than before begin now: those since the last one never were */
		if (!same_slots(e, rule))
			e->position_ms = now_ms;
		take_rule(e, rule);
	}
	plan(s, e);
	return 0;
}

void schedule_remove(struct schedule *s, uint32_t account)
{
	struct entry *e = look_up(s, account);
	uint32_t at = find(s, account);

	if (!e)
		return;
	unplan(s, e);
	s->n--;
	memmove(s->by_account + at, s->by_account + at + 1, (s->n - at) * sizeof(*s->by_account));
	entry_free(e);
}

/* --- time ------------------------------------------------------------------------------------------ */

/* The clock went back: slots that were still to come from the old now are to come from the new. */
static void follow_clock(struct schedule *s, int64_t now_ms)
{
	bool found = s->now_ms != BEFORE_ALL && is_doubtful(s->now_ms) && !is_doubtful(now_ms);

	for (uint32_t i = 0; (found || now_ms < s->now_ms) && i < s->n; i++) {
		struct entry *e = s->by_account[i];

		if (found)
			clock_found(e, now_ms);
		else if (now_ms < e->position_ms)
			e->position_ms = now_ms;
		else
			continue;
		plan(s, e);
	}
	s->now_ms = now_ms;
}

bool schedule_tick(struct schedule *s, int64_t now_ms, struct schedule_due *ret_due)
{
	struct schedule_due due = {.verdict = SCHEDULE_READ};
	struct entry *e;

	follow_clock(s, now_ms);
	if (s->n_heap == 0 || s->heap[0]->next_ms > now_ms)
		return false;
	e = s->heap[0];
	due.account = e->account;
	due.due_ms = last_open(e, e->next_ms, now_ms);
	fill_missed(e, e->next_ms, &due);
	hand_out(e, &due);
	if (is_spent(e, now_ms))
		due.verdict = SCHEDULE_BUDGET;
	else
		e->in_hand_ms = due.due_ms;
	plan(s, e);
	*ret_due = due;
	return true;
}

int64_t schedule_wake_ms(const struct schedule *s)
{
	return s->n_heap ? s->heap[0]->next_ms : PERIOD_NEVER;
}

static void miss_in_hand(const struct entry *e, struct schedule_due *due)
{
	due->missed_from_ms = e->in_hand_ms;
	if (due->missed++ == 0)
		due->missed_to_ms = e->in_hand_ms;
}

bool schedule_begin(
	struct schedule *s, uint32_t account, int64_t now_ms, struct schedule_due *ret_due)
{
	struct entry *e = look_up(s, account);
	struct schedule_due due = {.account = account, .verdict = SCHEDULE_READ};

	if (!e || e->in_hand_ms == SCHEDULE_NONE)
		return false;
	follow_clock(s, now_ms);
	due.due_ms = e->in_hand_ms;
	if (e->next_ms <= now_ms) {
		due.due_ms = last_open(e, e->next_ms, now_ms);
		fill_missed(e, e->next_ms, &due);
		hand_out(e, &due);
		/* the slot that was in hand is missed, too */
		due.late = true;
		if (is_doubtful(due.due_ms) || !is_doubtful(e->in_hand_ms))
			miss_in_hand(e, &due);
		e->in_hand_ms = due.due_ms;
		plan(s, e);
	}
	*ret_due = due;
	return true;
}

void schedule_done(struct schedule *s, uint32_t account)
{
	struct entry *e = look_up(s, account);

	if (!e)
		return;
	e->in_hand_ms = SCHEDULE_NONE;
	plan(s, e);
}

void schedule_spend(struct schedule *s, uint32_t account, int64_t now_ms)
{
	struct entry *e = look_up(s, account);

	if (!e)
		return;
	renew_budget(e, now_ms);
	e->spent++;
}

bool schedule_state(const struct schedule *s, uint32_t account, struct schedule_state *ret_state)
{
	const struct entry *e = look_up(s, account);

	if (!e)
		return false;
	*ret_state = (struct schedule_state){e->next_ms, e->in_hand_ms, e->last_ms, e->spent};
	return true;
}
