/* SPDX-License-Identifier: MIT */
/* The schedule in virtual time: a ledger of all slots, beside it, says what may become of each. */
#include "collect/schedule.h"
#include "collect/schedule_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "period_help.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static int64_t utc_ms(const char *text)
{
	return utc_s(text) * 1000;
}

static struct schedule *make(const char *period, int64_t last_due_ms, int64_t now_ms)
{
	struct schedule *s = schedule_new(NULL, NULL);
	struct schedule_rule rule = {.period = period_of(period), .last_due_ms = last_due_ms};

	assert_non_null(s);
	assert_int_equal(schedule_set(s, 1, &rule, now_ms), 0);
	return s;
}

/* The slot that is due now, done at once; fails when there is none. */
static struct schedule_due take(struct schedule *s, int64_t now_ms)
{
	struct schedule_due due;

	if (!schedule_tick(s, now_ms, &due))
		fail_msg("nothing is due at %lld", (long long)now_ms);
	schedule_done(s, due.account);
	return due;
}

static void assert_idle(struct schedule *s, int64_t now_ms)
{
	struct schedule_due due;

	if (schedule_tick(s, now_ms, &due))
		fail_msg("%lld is due at %lld", (long long)due.due_ms, (long long)now_ms);
}

/* --- the ledger ------------------------------------------------------------------------------------ */

/* All slots of one account in a stretch of time, and what was said of each. */
struct ledger {
	struct period period;
	const struct zone *zone;
	int64_t *slots;
	uint8_t *done, *missed;
	size_t n;
};

static void ledger_open(struct ledger *l, struct period period, const struct zone *zone,
	int64_t from_ms, int64_t to_ms)
{
	size_t n = (size_t)((to_ms - from_ms) / 1000 / period.s) + 8;
	int64_t at = period_next_ms(period, zone, from_ms);

	*l = (struct ledger){
		period, zone, calloc(n, sizeof(int64_t)), calloc(n, 1), calloc(n, 1), 0};
	for (; at <= to_ms; at = period_next_ms(period, zone, at)) {
		assert_true(l->n < n);
		l->slots[l->n++] = at;
	}
}

static void ledger_close(struct ledger *l)
{
	free(l->slots);
	free(l->done);
	free(l->missed);
}

/* The first slot not before. */
static size_t ledger_find(const struct ledger *l, int64_t at_ms)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (l->slots[middle] < at_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void ledger_done(struct ledger *l, int64_t due_ms)
{
	size_t at = ledger_find(l, due_ms);

	if (at == l->n || l->slots[at] != due_ms)
		fail_msg("%lld is no slot of %u s", (long long)due_ms, l->period.s);
	if (l->done[at]++)
		fail_msg("%lld of %u s was done twice", (long long)due_ms, l->period.s);
}

/* Slots that were done may lie between: only the others are missed, and counted. */
static void ledger_missed(struct ledger *l, const struct schedule_due *due)
{
	uint32_t n = 0;

	if (due->missed == 0)
		return;
	assert_int_equal(l->slots[ledger_find(l, due->missed_from_ms)], due->missed_from_ms);
	assert_int_equal(l->slots[ledger_find(l, due->missed_to_ms)], due->missed_to_ms);
	assert_true(due->missed_to_ms < due->due_ms);
	for (size_t i = ledger_find(l, due->missed_from_ms);
		i < l->n && l->slots[i] <= due->missed_to_ms; i++) {
		if (l->done[i])
			continue;
		l->missed[i]++;
		n++;
	}
	if (n != due->missed)
		fail_msg("%u missed slots, the ledger says %u", due->missed, n);
}

static void ledger_check_all(const struct ledger *l, int64_t to_ms, bool exactly)
{
	for (size_t i = 0; i < l->n && l->slots[i] <= to_ms; i++) {
		if (!l->done[i] && !l->missed[i])
			fail_msg("%lld of %u s is lost", (long long)l->slots[i], l->period.s);
		if (exactly && l->done[i] + l->missed[i] != 1)
			fail_msg("%lld of %u s is told twice", (long long)l->slots[i], l->period.s);
	}
}

/* --- a year of it ---------------------------------------------------------------------------------- */

struct world {
	struct schedule *s;
	struct ledger ledgers[PERIOD_STEPS + 2];
	int64_t last_due_ms[PERIOD_STEPS + 2]; /* as the store has them */
	uint32_t n;
	struct zone *zone;
	int64_t now_ms;
	uint64_t random;
};

static uint32_t roll(struct world *w, uint32_t below)
{
	w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(w->random >> 33) % below;
}

static void world_start(struct world *w)
{
	w->s = schedule_new(NULL, NULL);
	assert_non_null(w->s);
	for (uint32_t i = 0; i < w->n; i++) {
		struct schedule_rule rule = {
			.period = w->ledgers[i].period,
			.zone = w->zone,
			.last_due_ms = w->last_due_ms[i],
		};

		assert_int_equal(schedule_set(w->s, i, &rule, w->now_ms), 0);
	}
}

/* Steps from first on, and two periods in seconds. */
static void world_open(
	struct world *w, const char *zone, const char *from, const char *to, unsigned first)
{
	memset(w, 0, sizeof(*w));
	w->zone = zone_named(zone);
	w->now_ms = utc_ms(from);
	w->random = 42;
	for (unsigned i = first; i < PERIOD_STEPS + 2; i++) {
		const char *text = i < PERIOD_STEPS ? period_step(i)
						    : (i == PERIOD_STEPS ? "4217S" : "100000S");

		ledger_open(&w->ledgers[w->n], period_of(text), w->zone, w->now_ms, utc_ms(to));
		w->last_due_ms[w->n++] = SCHEDULE_NONE;
	}
	world_start(w);
}

static void world_close(struct world *w)
{
	schedule_free(w->s);
	for (uint32_t i = 0; i < w->n; i++)
		ledger_close(&w->ledgers[i]);
	zone_put(w->zone);
}

static void world_note(struct world *w, const struct schedule_due *due)
{
	ledger_missed(&w->ledgers[due->account], due);
	ledger_done(&w->ledgers[due->account], due->due_ms);
	if (due->due_ms > w->last_due_ms[due->account])
		w->last_due_ms[due->account] = due->due_ms;
}

static void world_serve(struct world *w)
{
	struct schedule_due due;

	while (schedule_tick(w->s, w->now_ms, &due)) {
		world_note(w, &due);
		schedule_done(w->s, due.account);
	}
}

static void world_restart(struct world *w)
{
	schedule_free(w->s);
	world_start(w);
}

/* clang-format off */
static const struct {
	const char *zone, *from, *to;
} years[] = {
	{"Europe/Prague",       "2027-12-31", "2029-01-01"}, /* with a leap day */
	{"America/New_York",    "2026-01-01", "2027-01-01"},
	{"Australia/Lord_Howe", "2026-01-01", "2027-01-01"},
	{"Asia/Kathmandu",      "2026-01-01", "2027-01-01"},
	{"UTC",                 "2026-01-01", "2027-01-01"},
	{"Africa/Casablanca",   "2026-01-01", "2027-01-01"},
	{"Pacific/Apia",        "2011-07-01", "2012-07-01"},
};
/* clang-format on */

/* Always there: each slot is done at its time, none is missed. */
static void test_a_year_without_trouble(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(years); i++) {
		struct world w;
		int64_t end_ms = utc_ms(years[i].to);

		world_open(&w, years[i].zone, years[i].from, years[i].to, 8);
		while ((w.now_ms = schedule_wake_ms(w.s)) <= end_ms)
			world_serve(&w);
		for (uint32_t k = 0; k < w.n; k++) {
			ledger_check_all(&w.ledgers[k], end_ms, true);
			assert_null(memchr(w.ledgers[k].missed, 1, w.ledgers[k].n));
		}
		world_close(&w);
	}
}

/* Outages with and without a restart: each slot is done or missed, exactly once. */
static void test_a_year_with_outages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(years); i++) {
		struct world w;
		int64_t end_ms = utc_ms(years[i].to), told_ms = 0;

		world_open(&w, years[i].zone, years[i].from, years[i].to, 6);
		while (w.now_ms < end_ms) {
			world_serve(&w);
			told_ms = w.now_ms;
			w.now_ms = schedule_wake_ms(w.s) + roll(&w, 2000);
			if (roll(&w, 300) == 0)
				w.now_ms += roll(&w, 3 * 86400) * SECOND;
			if (roll(&w, 300) == 0)
				world_restart(&w);
		}
		/* an account of which nothing was done yet begins anew at a restart */
		for (uint32_t k = 0; k < w.n; k++) {
			const struct ledger *l = &w.ledgers[k];
			size_t first = 0;

			while (first < l->n && !l->done[first] && !l->missed[first])
				first++;
			assert_true(first < 40);
			for (size_t at = first; at < l->n && l->slots[at] <= told_ms; at++)
				assert_int_equal(l->done[at] + l->missed[at], 1);
		}
		world_close(&w);
	}
}

/* The clock jumps as well: still no slot twice, and none is lost. */
static void test_a_year_with_a_clock_that_jumps(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(years); i++) {
		struct world w;
		int64_t begin_ms = utc_ms(years[i].from), end_ms = utc_ms(years[i].to);
		int64_t real_ms = begin_ms, ahead_ms = 0, highest_ms = 0;

		world_open(&w, years[i].zone, years[i].from, years[i].to, 8);
		while (real_ms < end_ms - 30 * DAY) {
			world_serve(&w);
			if (w.now_ms > highest_ms)
				highest_ms = w.now_ms;
			real_ms += 1 + roll(&w, 20 * 60) * SECOND;
			if (roll(&w, 400) == 0)
				ahead_ms = (int64_t)roll(&w, 20 * 86400) * SECOND;
			if (roll(&w, 200) == 0)
				ahead_ms = 0;
			w.now_ms = real_ms + ahead_ms;
		}
		w.now_ms = highest_ms > w.now_ms ? highest_ms : w.now_ms;
		world_serve(&w);
		for (uint32_t k = 0; k < w.n; k++)
			ledger_check_all(&w.ledgers[k], w.now_ms - 2 * DAY, false);
		world_close(&w);
	}
}

/* Dialogues that wait and last: what is in hand is not handed out again; begin() moves it on. */
static void test_a_month_of_slow_dialogues(void **state)
{
	struct world w;
	int64_t end_ms = utc_ms("2026-04-15");
	uint64_t moved = 0;

	(void)state;
	world_open(&w, "Europe/Prague", "2026-03-15", "2026-05-01", 6);
	while (w.now_ms < end_ms) {
		uint32_t queue[PERIOD_STEPS + 2], n = 0;
		struct schedule_due due;

		while (schedule_tick(w.s, w.now_ms, &due)) {
			ledger_missed(&w.ledgers[due.account], &due);
			queue[n++] = due.account;
		}
		for (uint32_t i = 0; i < n; i++) {
			struct schedule_due begun;

			assert_true(schedule_begin(w.s, queue[i], w.now_ms, &begun));
			assert_true(begun.due_ms <= w.now_ms);
			ledger_missed(&w.ledgers[queue[i]], &begun);
			moved += begun.missed;
			w.now_ms += roll(&w, 8 * 60) * SECOND;
			ledger_done(&w.ledgers[queue[i]], begun.due_ms);
			schedule_done(w.s, queue[i]);
		}
		if (n == 0)
			w.now_ms = schedule_wake_ms(w.s);
	}
	assert_true(moved > 100);
	for (uint32_t k = 0; k < w.n; k++)
		ledger_check_all(&w.ledgers[k], end_ms - DAY, true);
	world_close(&w);
}

/* --- one thing at a time ---------------------------------------------------------------------------- */

static void test_catch_up_reads_the_newest_slot_once(void **state)
{
	struct schedule *s = make("15M", utc_ms("2026-05-01 10:00"), utc_ms("2026-05-01 11:37"));
	struct schedule_due due = take(s, utc_ms("2026-05-01 11:37"));

	(void)state;
	assert_int_equal(due.due_ms, utc_ms("2026-05-01 11:30"));
	assert_int_equal(due.missed, 5);
	assert_true(due.late);
	assert_int_equal(due.missed_from_ms, utc_ms("2026-05-01 10:15"));
	assert_int_equal(due.missed_to_ms, utc_ms("2026-05-01 11:15"));
	assert_idle(s, utc_ms("2026-05-01 11:44:59"));
	due = take(s, utc_ms("2026-05-01 11:45"));
	assert_int_equal(due.missed, 0);
	assert_false(due.late);
	schedule_free(s);
}

static void test_a_new_account_begins_with_the_next_slot(void **state)
{
	struct schedule *s = make("1H", SCHEDULE_NONE, utc_ms("2026-05-01 10:00"));

	(void)state;
	assert_idle(s, utc_ms("2026-05-01 10:00"));
	assert_int_equal(schedule_wake_ms(s), utc_ms("2026-05-01 11:00"));
	assert_int_equal(take(s, utc_ms("2026-05-01 11:00")).missed, 0);
	schedule_free(s);
}

static void test_clock_back_does_no_slot_twice(void **state)
{
	struct schedule *s = make("15M", utc_ms("2026-05-01 10:00"), utc_ms("2026-05-01 10:10"));

	(void)state;
	take(s, utc_ms("2026-05-01 10:15"));
	take(s, utc_ms("2026-05-01 10:30"));
	assert_idle(s, utc_ms("2026-05-01 09:00"));
	assert_int_equal(schedule_wake_ms(s), utc_ms("2026-05-01 10:45"));
	assert_idle(s, utc_ms("2026-05-01 10:30"));
	assert_int_equal(take(s, utc_ms("2026-05-01 10:45")).missed, 0);
	schedule_free(s);
}

/* Five years ahead, a while of that, and back: the slots between are read, those there are not again. */
static void test_clock_ahead_and_back(void **state)
{
	struct schedule *s = make("1H", utc_ms("2026-05-01 10:00"), utc_ms("2026-05-01 10:10"));
	struct schedule_due due = take(s, utc_ms("2031-05-01 10:10"));

	(void)state;
	assert_int_equal(due.due_ms, utc_ms("2031-05-01 10:00"));
	assert_int_equal(due.missed, 5 * 365 * 24 + 24 - 1);
	take(s, utc_ms("2031-05-01 11:00"));
	assert_idle(s, utc_ms("2026-05-01 10:59"));
	due = take(s, utc_ms("2026-05-01 11:00"));
	assert_int_equal(due.due_ms, utc_ms("2026-05-01 11:00"));
	assert_int_equal(due.missed, 0);
	due = take(s, utc_ms("2031-05-01 12:30"));
	assert_int_equal(due.due_ms, utc_ms("2031-05-01 12:00"));
	assert_int_equal(due.missed_from_ms, utc_ms("2026-05-01 12:00"));
	assert_int_equal(due.missed_to_ms, utc_ms("2031-05-01 09:00"));
	assert_int_equal(due.missed, 5 * 365 * 24 + 24 - 2);
	schedule_free(s);
}

/* Restarted after the clock was years ahead: the last slot of the store does not block all till then. */
static void test_restart_behind_the_last_slot(void **state)
{
	struct schedule *s = make("1H", utc_ms("2038-01-19 03:00"), utc_ms("2026-05-01 10:10"));

	(void)state;
	assert_int_equal(take(s, utc_ms("2026-05-01 11:00")).missed, 0);
	schedule_free(s);
	/* an hour is a clock that was set: nothing twice */
	s = make("1H", utc_ms("2026-05-01 11:00"), utc_ms("2026-05-01 10:10"));
	assert_idle(s, utc_ms("2026-05-01 11:00"));
	take(s, utc_ms("2026-05-01 12:00"));
	schedule_free(s);
}

static void test_a_slot_in_hand_is_not_handed_out_again(void **state)
{
	struct schedule *s = make("1M", utc_ms("2026-05-01 10:00"), utc_ms("2026-05-01 10:00"));
	struct schedule_due due;

	(void)state;
	assert_false(schedule_begin(s, 1, utc_ms("2026-05-01 10:00"), &due));
	assert_true(schedule_tick(s, utc_ms("2026-05-01 10:01"), &due));
	assert_true(schedule_wake_ms(s) == PERIOD_NEVER);
	assert_false(schedule_tick(s, utc_ms("2026-05-01 10:03:30"), &due));
	/* its turn comes: the newest slot, and the others are missed */
	assert_true(schedule_begin(s, 1, utc_ms("2026-05-01 10:03:30"), &due));
	assert_int_equal(due.due_ms, utc_ms("2026-05-01 10:03"));
	assert_int_equal(due.missed, 2);
	assert_int_equal(due.missed_from_ms, utc_ms("2026-05-01 10:01"));
	assert_int_equal(due.missed_to_ms, utc_ms("2026-05-01 10:02"));
	schedule_done(s, 1);
	due = take(s, utc_ms("2026-05-01 10:04"));
	assert_int_equal(due.missed, 0);
	schedule_free(s);
}

/* Booted in 1970, set right minutes later: what was missed is the outage, not 56 years. */
static void test_a_clock_that_is_set_after_the_start(void **state)
{
	struct schedule *s = make("1M", utc_ms("2026-05-01 10:00"), utc_ms("1970-01-01 00:00:05"));
	struct schedule_due due;

	(void)state;
	assert_int_equal(take(s, utc_ms("1970-01-01 00:01")).missed, 0);
	assert_int_equal(take(s, utc_ms("1970-01-01 00:02")).missed, 0);
	due = take(s, utc_ms("2026-05-01 10:07:10"));
	assert_int_equal(due.due_ms, utc_ms("2026-05-01 10:07"));
	assert_int_equal(due.missed, 6);
	assert_int_equal(due.missed_from_ms, utc_ms("2026-05-01 10:01"));
	assert_int_equal(due.missed_to_ms, utc_ms("2026-05-01 10:06"));
	assert_int_equal(take(s, utc_ms("2026-05-01 10:08")).missed, 0);
	schedule_free(s);
	/* the very first start: nothing was missed */
	s = make("1M", SCHEDULE_NONE, utc_ms("1970-01-01 00:00:05"));
	take(s, utc_ms("1970-01-01 00:01"));
	assert_idle(s, utc_ms("2026-05-01 10:07:10"));
	assert_int_equal(take(s, utc_ms("2026-05-01 10:08")).missed, 0);
	schedule_free(s);
	/* a slot of 1970 waits for its turn meanwhile: that is no missed one either */
	s = make("1M", utc_ms("2026-05-01 10:00"), utc_ms("1970-01-01 00:00:05"));
	assert_true(schedule_tick(s, utc_ms("1970-01-01 00:01"), &due));
	assert_true(schedule_begin(s, 1, utc_ms("2026-05-01 10:03:10"), &due));
	assert_int_equal(due.due_ms, utc_ms("2026-05-01 10:03"));
	assert_int_equal(due.missed, 2);
	assert_int_equal(due.missed_from_ms, utc_ms("2026-05-01 10:01"));
	schedule_free(s);
}

static void test_begin_in_time_changes_nothing(void **state)
{
	struct schedule *s = make("15M", SCHEDULE_NONE, utc_ms("2026-05-01 10:00"));
	struct schedule_due due, begun;

	(void)state;
	assert_true(schedule_tick(s, utc_ms("2026-05-01 10:15"), &due));
	assert_true(schedule_begin(s, 1, utc_ms("2026-05-01 10:29:59"), &begun));
	assert_int_equal(begun.due_ms, due.due_ms);
	assert_int_equal(begun.missed, 0);
	schedule_free(s);
}

static int backwards(void *ctx, uint32_t a, uint32_t b)
{
	++*(unsigned *)ctx;
	return (a < b) - (a > b);
}

static void test_order_of_those_due_together(void **state)
{
	unsigned asked = 0;
	struct schedule *s = schedule_new(backwards, &asked);
	struct schedule_rule rule = {.period = period_of("15M"), .last_due_ms = SCHEDULE_NONE};
	struct schedule_due due;

	(void)state;
	for (uint32_t i = 1; i <= 200; i++)
		assert_int_equal(
			schedule_set(s, i * 7 % 211, &rule, utc_ms("2026-05-01 10:01")), 0);
	for (uint32_t last = UINT32_MAX; schedule_tick(s, utc_ms("2026-05-01 10:15"), &due);
		last = due.account)
		assert_true(due.account < last);
	assert_int_equal(due.account, 1);
	assert_true(asked > 0);
	schedule_free(s);
}

static void test_other_rules_begin_now(void **state)
{
	struct schedule *s = make("1D", utc_ms("2026-05-01 00:00"), utc_ms("2026-05-01 15:07"));
	struct schedule_rule rule = {.period = period_of("15M")};
	struct schedule_state st;
	struct schedule_due due;

	(void)state;
	assert_int_equal(schedule_set(s, 1, &rule, utc_ms("2026-05-01 15:07")), 0);
	assert_idle(s, utc_ms("2026-05-01 15:07"));
	due = take(s, utc_ms("2026-05-01 15:15"));
	assert_int_equal(due.missed, 0);
	/* suspended for a week, and again: what was not to be read was not missed */
	rule.period = period_of("NONE");
	assert_int_equal(schedule_set(s, 1, &rule, utc_ms("2026-05-01 15:16")), 0);
	assert_true(schedule_wake_ms(s) == PERIOD_NEVER);
	rule.period = period_of("15M");
	assert_int_equal(schedule_set(s, 1, &rule, utc_ms("2026-05-08 15:16")), 0);
	due = take(s, utc_ms("2026-05-08 15:30"));
	assert_int_equal(due.missed, 0);
	/* the same rule again changes nothing */
	assert_int_equal(schedule_set(s, 1, &rule, utc_ms("2026-05-08 16:00")), 0);
	assert_int_equal(take(s, utc_ms("2026-05-08 16:00")).missed, 1);
	assert_true(schedule_state(s, 1, &st));
	assert_int_equal(st.last_ms, utc_ms("2026-05-08 16:00"));
	assert_int_equal(st.next_ms, utc_ms("2026-05-08 16:15"));
	assert_false(schedule_state(s, 2, &st));
	schedule_free(s);
}

static void test_budget_of_a_day(void **state)
{
	struct schedule *s = schedule_new(NULL, NULL);
	struct zone *zone = zone_named("Europe/Prague");
	struct schedule_rule rule = {.period = period_of("6H"),
		.zone = zone,
		.reads_per_day = 4,
		.last_due_ms = SCHEDULE_NONE,
		.spent = 2};
	struct schedule_due due;

	(void)state;
	/* 2 of today are spent, one more on demand: one slot is read, then none until midnight */
	assert_int_equal(schedule_set(s, 1, &rule, utc_ms("2026-05-01 09:00")), 0);
	schedule_spend(s, 1, utc_ms("2026-05-01 09:00"));
	due = take(s, utc_ms("2026-05-01 10:00"));
	assert_int_equal(due.verdict, SCHEDULE_READ);
	schedule_spend(s, 1, utc_ms("2026-05-01 10:00"));
	assert_true(schedule_tick(s, utc_ms("2026-05-01 16:00"), &due));
	assert_int_equal(due.verdict, SCHEDULE_BUDGET);
	assert_int_equal(due.due_ms, utc_ms("2026-05-01 16:00"));
	/* nothing is in hand */
	assert_false(schedule_begin(s, 1, utc_ms("2026-05-01 16:00"), &due));
	due = take(s, utc_ms("2026-05-01 22:00")); /* local midnight */
	assert_int_equal(due.verdict, SCHEDULE_READ);
	schedule_free(s);
	zone_put(zone);
}

static void test_remove(void **state)
{
	struct schedule *s = schedule_new(NULL, NULL);
	struct schedule_rule rule = {.last_due_ms = SCHEDULE_NONE};
	struct schedule_due due;
	int64_t now_ms = 0;
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		rule.period = (struct period){60 + i * 37 % 101, false};
		assert_int_equal(schedule_set(s, i, &rule, now_ms), 0);
	}
	assert_true(schedule_tick(s, 60000, &due));
	schedule_remove(s, due.account); /* while it is in hand */
	schedule_done(s, due.account);
	for (uint32_t i = 0; i < 500; i += 3)
		schedule_remove(s, i);
	schedule_remove(s, 1000);
	/* the rest comes in order of time */
	for (int64_t last = 0; schedule_wake_ms(s) < 1000 * SECOND; n++) {
		now_ms = schedule_wake_ms(s);
		assert_true(now_ms >= last);
		last = now_ms;
		due = take(s, now_ms);
		assert_int_not_equal(due.account % 3, 0);
	}
	assert_true(n > 333);
	schedule_free(s);
	schedule_free(NULL);
}

/* --- plans ------------------------------------------------------------------------------------------ */

static void test_plan_of_a_bus_that_fits(void **state)
{
	struct plan_meter meters[250];
	struct plan_result results[250];
	struct plan_bus bus;

	(void)state;
	for (uint32_t i = 0; i < 250; i++)
		meters[i] = (struct plan_meter){period_of("15M"), 0, 3000};
	assert_int_equal(
		schedule_plan(meters, 250, NULL, utc_ms("2026-05-01 07:00"), results, &bus), 0);
	assert_true(bus.fits);
	assert_int_equal(bus.missed, 0);
	assert_int_equal(bus.busy_permille, 833); /* 750 of 900 s */
	assert_int_equal(bus.late_ms, 750 * 1000);
	assert_int_equal(bus.worst, 249);
	for (uint32_t i = 0; i < 250; i++) {
		assert_int_equal(results[i].slots, 96);
		assert_int_equal(results[i].read, 96);
		assert_int_equal(results[i].late_ms, (i + 1) * 3000);
	}
}

/* 4 s for each of 250 are 1,000 s of 900: some slots of each hour are missed, and it says whose. */
static void test_plan_of_a_bus_that_is_too_slow(void **state)
{
	struct plan_meter meters[250];
	struct plan_result results[250];
	struct plan_bus bus;
	uint64_t missed = 0, read = 0;

	(void)state;
	for (uint32_t i = 0; i < 250; i++)
		meters[i] = (struct plan_meter){period_of("15M"), 0, 4000};
	assert_int_equal(schedule_plan(meters, 250, NULL, utc_ms("2026-05-01"), results, &bus), 0);
	assert_false(bus.fits);
	assert_int_equal(bus.busy_permille, 1111);
	for (uint32_t i = 0; i < 250; i++) {
		assert_int_equal(results[i].read + results[i].missed, results[i].slots);
		missed += results[i].missed;
		read += results[i].read;
	}
	assert_int_equal(bus.missed, missed);
	/* the bus was never idle: a day holds 21,600 readings of 4 s, and those begun before its end */
	assert_in_range(read, 21500, 21600 + 250);
}

static void test_plan_with_budget_and_zone(void **state)
{
	const struct plan_meter meters[] = {{period_of("15M"), 24, 1000},
		{period_of("1D"), 0, 1000}, {period_of("NONE"), 0, 1000}, {period_of("1H"), 0, 0}};
	struct zone *zone = zone_named("Europe/Prague");
	struct plan_result results[4];
	struct plan_bus bus;

	(void)state;
	/* the day of 23 hours */
	assert_int_equal(
		schedule_plan(meters, 4, zone, utc_ms("2026-03-28 22:00"), results, &bus), 0);
	assert_true(bus.fits);
	assert_int_equal(results[0].slots, 23);
	assert_int_equal(results[1].slots, 1);
	assert_int_equal(results[2].slots, 0);
	assert_int_equal(results[2].read, 0);
	assert_int_equal(results[3].read, 23);
	assert_int_equal(schedule_plan(meters, 0, zone, 0, NULL, &bus), 0);
	assert_true(bus.fits);
	zone_put(zone);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catch_up_reads_the_newest_slot_once),
		cmocka_unit_test(test_a_new_account_begins_with_the_next_slot),
		cmocka_unit_test(test_clock_back_does_no_slot_twice),
		cmocka_unit_test(test_clock_ahead_and_back),
		cmocka_unit_test(test_restart_behind_the_last_slot),
		cmocka_unit_test(test_a_slot_in_hand_is_not_handed_out_again),
		cmocka_unit_test(test_a_clock_that_is_set_after_the_start),
		cmocka_unit_test(test_begin_in_time_changes_nothing),
		cmocka_unit_test(test_order_of_those_due_together),
		cmocka_unit_test(test_other_rules_begin_now),
		cmocka_unit_test(test_budget_of_a_day),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_plan_of_a_bus_that_fits),
		cmocka_unit_test(test_plan_of_a_bus_that_is_too_slow),
		cmocka_unit_test(test_plan_with_budget_and_zone),
		cmocka_unit_test(test_a_month_of_slow_dialogues),
		cmocka_unit_test(test_a_year_without_trouble),
		cmocka_unit_test(test_a_year_with_outages),
		cmocka_unit_test(test_a_year_with_a_clock_that_jumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
