/* SPDX-License-Identifier: MIT */
/*
 * A week of AMS: 250 meters on one bus at 2400 baud, by three timetables, three of them silent, each
 * failed reading done once more. The plan that is printed on the evening before is what happens.
 */
#include "site.h"

#include "collect/bus_plan.h"

#include <stdlib.h>
#include <time.h>

#define METERS 250
#define DAYS 7
#define DAY_MS 86400000
#define ROWS_MAX 1000 /* of one account */
#define RETRY 1
/*
 * The plan adds up the means of durations, to the millisecond, and puts a repetition where the reading
 * was; and row times are those of the last byte.
 */
#define LATE_TOLERANCE_PERMILLE 20
#define LATE_TOLERANCE_MS 2000

static const char segment[] =
	"[bus]\nbaud=2400\nseed=11\n"
	"[meter]\nmodel=water\ncount=100\nprimary=1\ndelay=20..150\n"
	"[meter]\nmodel=heat\nid=20000001\ncount=100\nprimary=101\n"
	"[meter]\nmodel=electricity-multi\nid=30000001\ncount=45\nprimary=201\n"
	"[meter]\nmodel=electricity-multi\nid=30000046\ncount=2\nprimary=249\n";

/* Each kind of meter is among those of each timetable. */
static const char *period_of(unsigned i)
{
	static const char *const periods[] = {"15M", "1H", "1H", "1D", "1D"};

	return periods[i % 5];
}

/* addresses 246 to 248: nobody is there */
static bool is_silent(unsigned i)
{
	return i >= 245 && i < 248;
}

static void add_meters(struct site *s, uint32_t ids[METERS])
{
	char json[256];

	for (unsigned i = 0; i < METERS; i++) {
		snprintf(json, sizeof(json),
			"{\"name\":\"m%03u\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\","
			"\"port\":10001,\"latency_ms\":20,\"address\":%u,\"index\":%u,\"period\":"
			"\"%s\"}",
			i + 1, i + 1, i + 1, period_of(i));
		ids[i] = site_account(s, json);
	}
}

static struct bus_plan *plan_of(struct site *s)
{
	struct bus_plan *plan = bus_plan_new(s->collector, ports_next(s->ports, NULL));

	assert_non_null(plan);
	assert_int_equal(bus_plan_play(plan), 0);
	assert_int_equal(plan->n, METERS);
	return plan;
}

/* What happened to one account, in all of the days. */
struct week {
	uint32_t slots, read, missed, failed, late_ms;
};

static struct week week_of(struct site *s, uint32_t id, int64_t from_ms)
{
	static struct store_telegram rows[ROWS_MAX];
	size_t n = site_rows(s, id, rows, ROWS_MAX);
	int64_t to_ms = from_ms + (int64_t)DAYS * DAY_MS;
	struct week w = {0};

	for (size_t i = 0; i < n; i++) {
		const struct store_telegram *t = &rows[i];

		if (t->due_ms < from_ms || t->due_ms >= to_ms)
			continue;
		assert_false(
			t->flags & STORE_MISSED); /* the plan has none: they would be a range */
		w.slots++;
		w.read++;
		w.failed += t->error != 0;
		if (t->time_ms - t->due_ms > w.late_ms)
			w.late_ms = (uint32_t)(t->time_ms - t->due_ms);
	}
	return w;
}

static void check_late(uint32_t planned_ms, uint32_t was_ms)
{
	uint32_t tolerance_ms = planned_ms / 1000 * LATE_TOLERANCE_PERMILLE + LATE_TOLERANCE_MS;

	assert_in_range(was_ms, planned_ms > tolerance_ms ? planned_ms - tolerance_ms : 0,
		planned_ms + tolerance_ms);
}

static void on_set(void *ctx, int rc, const char *text)
{
	(void)text;
	*(int *)ctx = rc;
}

static void compare(struct site *s, const struct bus_plan *plan, const uint32_t ids[METERS])
{
	struct week sum = {0};

	for (unsigned i = 0; i < METERS; i++) {
		const struct plan_result *planned = &plan->rows[i].result;
		struct week w = week_of(s, ids[i], plan->bus.from_ms);

		assert_int_equal(plan->rows[i].index, i + 1);
		assert_int_equal(w.slots, DAYS * planned->slots);
		assert_int_equal(w.read, DAYS * planned->read);
		assert_int_equal(w.missed, DAYS * planned->missed);
		assert_int_equal(w.failed, is_silent(i) ? w.slots : 0);
		check_late(planned->late_ms, w.late_ms);
		sum.read += w.read;
		sum.failed += w.failed;
		if (w.late_ms > sum.late_ms)
			sum.late_ms = w.late_ms;
	}
	check_late(plan->bus.late_ms, sum.late_ms);
	print_message("happened: %u readings, %u of them failed, latest after %u ms\n", sum.read,
		sum.failed, sum.late_ms);
}

static void print_plan(const struct bus_plan *plan)
{
	uint64_t read = 0;

	for (unsigned i = 0; i < METERS; i++)
		read += DAYS * plan->rows[i].result.read;
	print_message(
		"planned:  %llu readings, %u missed, latest after %u ms, bus busy %u permille\n",
		(unsigned long long)read, plan->bus.missed, plan->bus.late_ms,
		plan->bus.busy_permille);
}

static void test_week(void **state)
{
	struct collector_ams ams = {.enabled = true, .retry = RETRY};
	struct site *s = site_new("2026-03-01T21:00:00");
	clock_t begin = clock();
	uint32_t ids[METERS];
	struct bus_plan *plan;
	struct port_status bus;
	int rc = 1;

	(void)state;
	site_bus(s, segment);
	site_open(s);
	assert_int_equal(collector_ams_set(s->collector, &ams, on_set, &rc), 0);
	add_meters(s, ids);
	assert_int_equal(rc, 0);
	site_run(s, (double)(site_ms("2026-03-01T23:55:00") - site_wall_ms(s)) / 1000);
	plan = plan_of(s);
	print_plan(plan);
	assert_true(plan->bus.fits);
	assert_int_equal(plan->bus.from_ms, site_ms("2026-03-02T00:00:00"));
	site_run(s, 300 + DAYS * 86400.0 + 600);
	compare(s, plan, ids);
	port_status(ports_next(s->ports, NULL), &bus);
	print_message("%llu frames on the bus, %.1f s of processor time\n",
		(unsigned long long)bus.counters.frames,
		(double)(clock() - begin) / CLOCKS_PER_SEC);
	free(plan);
	site_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
