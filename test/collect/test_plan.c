/* SPDX-License-Identifier: MIT */
/* What a plan foretells is what happens, on a bus that has time and on one that has none. */
#include "site.h"

#include "collect/bus_plan.h"

#include <stdlib.h>

#define METERS 40
#define ROWS_MAX 5000

static const char segment[] = "[bus]\nbaud=2400\nseed=3\n"
			      "[meter]\nmodel=heat\ncount=40\nprimary=1\ndelay=1000..1400\n";

static void add_meters(struct site *s, const char *period, uint32_t ids[METERS])
{
	char json[256];

	for (unsigned i = 0; i < METERS; i++) {
		snprintf(json, sizeof(json),
			"{\"name\":\"m%02u\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\","
			"\"port\":10001,"
			"\"address\":%u,\"index\":%u,\"period\":\"%s\"}",
			i + 1, i + 1, METERS - i, period);
		ids[i] = site_account(s, json);
	}
}

static struct bus_plan *plan_of(struct site *s)
{
	struct bus_plan *plan = bus_plan_new(s->collector, ports_next(s->ports, NULL));

	assert_non_null(plan);
	assert_int_equal(bus_plan_play(plan), 0);
	return plan;
}

/* Rows of one account in a day: good readings and missed slots. */
static void count_day(struct site *s, uint32_t id, int64_t from_ms, uint32_t period_s,
	uint32_t *ret_good, uint32_t *ret_missed, uint32_t *ret_late_ms)
{
	struct store_telegram *rows = calloc(ROWS_MAX, sizeof(*rows));
	size_t n = site_rows(s, id, rows, ROWS_MAX);
	int64_t to_ms = from_ms + 86400000;

	*ret_good = *ret_missed = *ret_late_ms = 0;
	for (size_t i = 0; i < n; i++) {
		const struct store_telegram *t = &rows[i];

		if (t->due_ms < from_ms || t->due_ms >= to_ms)
			continue;
		if (t->flags & STORE_MISSED) {
			*ret_missed += (uint32_t)((t->time_ms - t->due_ms) / (period_s * 1000) + 1);
			continue;
		}
		*ret_good += t->error == 0;
		if (t->time_ms - t->due_ms > *ret_late_ms)
			*ret_late_ms = (uint32_t)(t->time_ms - t->due_ms);
	}
	free(rows);
}

static void on_set(void *ctx, int rc, const char *text)
{
	(void)text;
	*(int *)ctx = rc;
}

static void switch_ams_off(struct site *s)
{
	const struct collector_ams off = {0};
	int rc = 1;

	assert_int_equal(collector_ams_set(s->collector, &off, on_set, &rc), 0);
	site_run(s, 1);
	assert_int_equal(rc, 0);
}

static void test_never_read(void **state)
{
	struct site *s = site_new("2026-03-01T10:00:00");
	uint32_t ids[METERS];
	struct bus_plan *plan;

	(void)state;
	site_bus(s, segment);
	s->plugs[0].pulled = true; /* or each would be read once it is there */
	site_open(s);
	add_meters(s, "1D", ids);
	plan = plan_of(s);
	assert_int_equal(plan->n, METERS);
	assert_true(plan->bus.fits);
	assert_int_equal(plan->rows[0].index, 1); /* that is who is read first */
	assert_string_equal(plan->rows[0].name, "m40");
	for (unsigned i = 0; i < METERS; i++) {
		assert_int_equal(plan->rows[i].readings, 0);
		assert_int_equal(plan->meters[i].duration_ms, 816);
		assert_int_equal(plan->rows[i].result.late_ms, 816 * (i + 1));
	}
	free(plan);
	/* who is suspended, or has no schedule, is not in it */
	assert_int_equal(site_change(s, ids[0], "{\"suspended\":true}"), 0);
	assert_int_equal(site_change(s, ids[1], "{\"period\":\"NONE\"}"), 0);
	plan = plan_of(s);
	assert_int_equal(plan->n, METERS - 2);
	free(plan);
	/* nor are those with an index while autonomous reading is off */
	assert_int_equal(site_change(s, ids[2], "{\"index\":0}"), 0);
	switch_ams_off(s);
	plan = plan_of(s);
	assert_int_equal(plan->n, 1);
	assert_string_equal(plan->rows[0].name, "m03");
	free(plan);
	site_free(s);
}

/* A day that is foretold, and then passes. */
static void check_day(const char *period, uint32_t period_s, bool fits)
{
	struct site *s = site_new("2026-03-01T23:30:00");
	int64_t day_ms = site_ms("2026-03-02T00:00:00");
	uint64_t good = 0, missed = 0, read = 0;
	uint32_t ids[METERS];
	struct bus_plan *plan;

	site_bus(s, segment);
	site_open(s);
	add_meters(s, period, ids);
	site_run(s, 25 * 60); /* each is read a few times */
	plan = plan_of(s);
	assert_int_equal(plan->bus.from_ms, day_ms);
	assert_int_equal(plan->bus.fits, fits);
	site_run(s, 5 * 60 + 86400 + 600);
	for (unsigned i = 0; i < METERS; i++) {
		const struct bus_plan_row *row = &plan->rows[METERS - 1 - i];
		uint32_t day_good, day_missed, late_ms;

		count_day(s, ids[i], day_ms, period_s, &day_good, &day_missed, &late_ms);
		assert_true(row->readings > 0);
		assert_int_equal(day_good + day_missed, row->result.slots);
		/* a day without missed slots has no room for doubt; else who is missed is chance */
		if (fits) {
			assert_int_equal(day_missed, 0);
			assert_in_range(late_ms + 1000, row->result.late_ms * 9 / 10,
				row->result.late_ms * 11 / 10 + 2000);
		}
		good += day_good;
		missed += day_missed;
		read += row->result.read;
	}
	print_message("%s: planned %llu read, %u missed, latest %u ms; was %llu, %llu\n", period,
		(unsigned long long)read, plan->bus.missed, plan->bus.late_ms,
		(unsigned long long)good, (unsigned long long)missed);
	assert_in_range(missed, plan->bus.missed * UINT64_C(98) / 100,
		plan->bus.missed * UINT64_C(102) / 100);
	free(plan);
	site_free(s);
}

static void test_fits(void **state)
{
	(void)state;
	check_day("5M", 300, true);
}

static void test_does_not_fit(void **state)
{
	(void)state;
	check_day("1M", 60, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_read),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
