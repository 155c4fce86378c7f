/* SPDX-License-Identifier: MIT */
/* Past days are laid together in the background, and telegrams decoded again: the series stay equal. */
#include "site.h"

#include "collect/redecode.h"
#include "collect/series_query.h"

#include <stdlib.h>

#define VOLUME "inst.0.0.0.10"
#define POINTS_MAX 2000

static const char meter[] = "[bus]\nseed=3\n[meter]\nmodel=water\nid=12345678\nprimary=1\n";
static const char water[] =
	"{\"name\":\"water\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\",\"port\":10001,"
	"\"address\":1,\"period\":\"15M\",\"history\":true}";

static int begin(void **state)
{
	return site_begin(state, "2026-05-01T00:00:30", meter);
}

struct points {
	struct store_point list[POINTS_MAX];
	size_t n;
};

static int on_point(void *ctx, const struct store_point *point)
{
	struct points *p = ctx;

	assert_true(p->n < POINTS_MAX);
	p->list[p->n] = *point;
	p->list[p->n++].text = NULL;
	return 0;
}

static void chunked(struct site *s, uint32_t account, struct points *ret_points)
{
	const struct reading *r = readings_find(collector_readings(s->collector, account), VOLUME);
	struct store_reader *reader;

	ret_points->n = 0;
	assert_non_null(r);
	assert_int_equal(store_reader_open(s->store, &reader), 0);
	assert_true(
		store_points(reader, r->series, 0, STORE_TIME_MAX_MS, on_point, ret_points) >= 0);
	store_reader_close(reader);
}

static uint32_t last_day(struct site *s, uint32_t account)
{
	struct store_reader *reader;
	uint32_t day = 0;

	assert_int_equal(store_reader_open(s->store, &reader), 0);
	assert_true(store_day_last(reader, account, &day) >= 0);
	store_reader_close(reader);
	return day;
}

static size_t spots(const struct points *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->list[i].source == STORE_SPOT;
	return n;
}

static void test_days_become_chunks(void **state)
{
	static struct points points;
	struct site *s = *state;
	uint32_t id = site_account(s, water);

	site_run(s, 20 * 3600);
	chunked(s, id, &points);
	assert_int_equal(spots(&points), 0);
	site_run(s, 3 * 86400);
	assert_int_equal(last_day(s, id), site_ms("2026-05-03T00:00:00") / STORE_DAY_MS);
	chunked(s, id, &points);
	/* the first reading of the new account, then every quarter of an hour of three days */
	assert_int_equal(spots(&points), 1 + 3 * 96 - 1);
	for (size_t i = 1; i < points.n; i++)
		assert_true(points.list[i - 1].time_ms <= points.list[i].time_ms);
}

struct report {
	bool here;
	int rc;
	uint64_t chains, differences, same;
};

static void on_difference(void *ctx, const struct redecode_difference *d)
{
	struct report *r = ctx;

	r->differences += d->added + d->changed + d->removed + (d->new_meta != NULL);
	r->same += d->same;
}

static void on_redecoded(void *ctx, int rc, const struct redecode *redecode)
{
	struct report *r = ctx;

	r->here = true;
	r->rc = rc;
	r->chains = redecode_chains(redecode);
	redecode_report(redecode, true, on_difference, r);
}

static struct report redecode(struct site *s, uint32_t id, bool dry_run)
{
	struct report r = {0};

	assert_int_equal(collector_redecode(s->collector, id, dry_run, on_redecoded, &r), 0);
	assert_int_equal(
		collector_redecode(s->collector, id, dry_run, on_redecoded, &r), STORE_E_FULL);
	for (int i = 0; i < 1000 && !r.here; i++)
		site_run(s, 1);
	assert_true(r.here);
	return r;
}

static void test_redecode_finds_no_difference(void **state)
{
	static struct points before, after;
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	struct report r;
	char value[64];

	site_run(s, 2 * 86400 + 5 * 3600);
	chunked(s, id, &before);
	r = redecode(s, id, true);
	assert_int_equal(r.rc, 0);
	assert_true(r.chains >= 2 * 96);
	assert_int_equal(r.differences, 0);
	assert_true(r.same > 0);
	r = redecode(s, id, false);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.differences, 0);
	snprintf(value, sizeof(value), "%s", site_value(s, id, VOLUME));
	assert_string_not_equal(value, "");
	chunked(s, id, &after);
	assert_int_equal(after.n, before.n);
	for (size_t i = 0; i < before.n; i++)
		assert_int_equal(after.list[i].time_ms, before.list[i].time_ms);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_OK);
	assert_int_equal(collector_redecode(s->collector, 99, true, NULL, NULL), STORE_E_NOT_FOUND);
}

#define SITE(test) cmocka_unit_test_setup_teardown(test, begin, site_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE(test_days_become_chunks),
		SITE(test_redecode_finds_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
