/* SPDX-License-Identifier: MIT */
/* Series, the points of their days, history without duplicates, and what is made of them. */
#include "store_help.h"

#define DAY 19700
#define DAY_MS (INT64_C(19700) * STORE_DAY_MS)
#define QUARTER_MS INT64_C(900000)

struct seen {
	struct store_point points[12000];
	char texts[12000][16];
	size_t n;
};

static int see(void *ctx, const struct store_point *p)
{
	struct seen *seen = ctx;

	assert_true(seen->n < 12000);
	seen->points[seen->n] = *p;
	snprintf(seen->texts[seen->n], 16, "%.*s", (int)p->text_len, p->text ? p->text : "");
	seen->n++;
	return 0;
}

static int history(
	struct test_store *t, uint32_t series, const struct store_point *points, size_t n)
{
	struct store_batch *b = store_batch_new();

	assert_int_equal(store_batch_history(b, series, points, n), 0);
	return test_store_commit(t, b);
}

static void read_all(struct test_store *t, uint32_t series, struct seen *seen)
{
	int64_t n;

	seen->n = 0;
	n = store_points(t->reader, series, 0, STORE_TIME_MAX_MS, see, seen);
	assert_int_equal(n, seen->n);
}

static void add_days(struct test_store *t, uint32_t series, int days)
{
	struct store_point points[96];
	struct store_batch *b = store_batch_new();

	for (int day = 0; day < days; day++) {
		for (int i = 0; i < 96; i++)
			points[i] = test_store_number(DAY_MS + day * STORE_DAY_MS + i * QUARTER_MS,
				(uint64_t)(1000 * series) + (uint64_t)(day * 96 + i), -3);
		assert_int_equal(
			store_batch_chunk(b, series, (uint32_t)(DAY + day), points, 96), 0);
	}
	assert_int_equal(test_store_commit(t, b), 0);
}

static void test_chunks(void **state)
{
	struct test_store *t = *state;
	static struct seen seen;
	struct store_batch *b;
	struct store_stats stats;
	struct store_point one = test_store_number(DAY_MS + STORE_DAY_MS + 5, 42, 0);

	add_days(t, 1, 10);
	add_days(t, 2, 10);
	read_all(t, 1, &seen);
	assert_int_equal(seen.n, 960);
	for (size_t i = 0; i < 960; i++) {
		assert_int_equal(seen.points[i].time_ms, DAY_MS + (int64_t)i * QUARTER_MS);
		assert_int_equal(seen.points[i].number.magnitude, 1000 + i);
		assert_int_equal(seen.points[i].number.exp10, -3);
	}
	/* both ends belong to the range */
	seen.n = 0;
	assert_int_equal(store_points(t->reader, 2, DAY_MS + QUARTER_MS,
				 DAY_MS + STORE_DAY_MS + QUARTER_MS, see, &seen),
		97);
	assert_int_equal(seen.points[0].number.magnitude, 2001);
	/* a day is replaced, and deleted */
	b = store_batch_new();
	store_batch_chunk(b, 1, DAY + 1, &one, 1);
	store_batch_chunk(b, 1, DAY + 2, NULL, 0);
	assert_int_equal(test_store_commit(t, b), 0);
	read_all(t, 1, &seen);
	assert_int_equal(seen.n, 8 * 96 + 1);
	assert_int_equal(seen.points[96].number.magnitude, 42);
	store_stats(t->store, &stats);
	assert_int_equal(stats.rows[STORE_POINTS], 19);
}

static void idle(struct test_store *t, int n)
{
	while (n-- > 0)
		assert_int_equal(test_store_commit(t, store_batch_new()), 0);
}

/* What add_days() wrote, but for some days. */
static void assert_days(struct test_store *t, uint32_t series, int days, int without, int changed)
{
	static struct seen seen;
	size_t n = 0;

	seen.n = 0;
	assert_true(store_points(t->reader, series, 0, STORE_TIME_MAX_MS, see, &seen) >= 0);
	for (int day = 0; day < days; day++) {
		if (day == changed) {
			assert_int_equal(seen.points[n++].number.magnitude, 42);
			continue;
		}
		for (int i = 0; i < 96 && day != without; i++, n++) {
			assert_true(n < seen.n);
			assert_int_equal(seen.points[n].time_ms,
				DAY_MS + day * STORE_DAY_MS + i * QUARTER_MS);
			assert_int_equal(seen.points[n].number.magnitude,
				1000 * series + (uint64_t)(day * 96 + i));
		}
	}
	assert_int_equal(n, seen.n);
}

/* Days become months by themselves; nothing changes but where they lie. */
static void test_months(void **state)
{
	enum {
		SERIES = 40,
		MONTH_DAYS_HERE = 110
	};
	struct test_store *t = *state;
	struct store_stats before, after;
	struct store_point one = test_store_number(DAY_MS + 3 * STORE_DAY_MS, 42, 0);
	static struct seen seen;
	struct store_batch *b;

	for (uint32_t id = 1; id <= SERIES; id++) {
		struct store_series series = {.id = id, .account = id, .key = "k"};

		b = store_batch_new();
		store_batch_series(b, &series);
		assert_int_equal(test_store_commit(t, b), 0);
	}
	for (uint32_t id = 1; id <= SERIES; id++)
		add_days(t, id, 20); /* the first month is not over for long enough */
	store_stats(t->store, &before);
	assert_int_equal(before.rows[STORE_POINTS], SERIES * 20);
	for (uint32_t id = 1; id <= SERIES; id++) {
		add_days(t, id, MONTH_DAYS_HERE);
		assert_days(t, id, MONTH_DAYS_HERE, -1, -1);
	}
	idle(t, 5); /* in the middle of it */
	for (uint32_t id = 1; id <= SERIES; id++)
		assert_days(t, id, MONTH_DAYS_HERE, -1, -1);
	idle(t, 20);
	store_stats(t->store, &after);
	/* 19700..19809: 19680..19711, ..43, ..75 are over for 8 days and more; 34 days are left */
	assert_int_equal(after.rows[STORE_POINTS], SERIES * (3 + 34));
	for (uint32_t id = 1; id <= SERIES; id++)
		assert_days(t, id, MONTH_DAYS_HERE, -1, -1);
	/* a day of a month is replaced, another one deleted: at once, and when merged again */
	b = store_batch_new();
	store_batch_chunk(b, 7, DAY + 3, &one, 1);
	store_batch_chunk(b, 7, DAY + 4, NULL, 0);
	store_batch_chunk(b, 8, DAY + 5, NULL, 0);
	assert_int_equal(test_store_commit(t, b), 0);
	assert_days(t, 7, MONTH_DAYS_HERE, 4, 3);
	idle(t, 20);
	assert_days(t, 7, MONTH_DAYS_HERE, 4, 3);
	assert_days(t, 8, MONTH_DAYS_HERE, 5, -1);
	assert_days(t, 6, MONTH_DAYS_HERE, -1, -1);
	store_stats(t->store, &after);
	assert_int_equal(after.rows[STORE_POINTS], SERIES * (3 + 34));
	/* part of a month is read alone */
	seen.n = 0;
	assert_int_equal(store_points(t->reader, 9, DAY_MS + 10 * STORE_DAY_MS,
				 DAY_MS + 12 * STORE_DAY_MS - 1, see, &seen),
		2 * 96);
	/* after an opening, and when the account goes */
	test_store_reopen(t);
	assert_days(t, 7, MONTH_DAYS_HERE, 4, 3);
	b = store_batch_new();
	store_batch_forget(b, 7);
	assert_int_equal(test_store_commit(t, b), 0);
	assert_days(t, 7, 0, -1, -1);
	assert_days(t, 8, MONTH_DAYS_HERE, 5, -1);
	store_stats(t->store, &before);
	assert_int_equal(before.rows[STORE_POINTS], (SERIES - 1) * (3 + 34));
	/* months go by age once all of their days are too old */
	t->options.retention.kind[STORE_POINTS].age_ms = STORE_DAY_MS;
	store_set_retention(t->store, &t->options.retention);
	for (int i = 0; i < 5; i++)
		assert_int_equal(test_store_commit_at(
					 t, store_batch_new(), (INT64_C(19776) + 1) * STORE_DAY_MS),
			0);
	store_stats(t->store, &after);
	assert_int_equal(after.rows[STORE_POINTS], (SERIES - 1) * 34);
	assert_true(after.bytes[STORE_POINTS] < before.bytes[STORE_POINTS]);
}

static void test_history_is_idempotent(void **state)
{
	struct test_store *t = *state;
	struct store_point p[3] = {test_store_number(DAY_MS, 1000, -3),
		test_store_number(DAY_MS + STORE_DAY_MS, 1100, -3),
		test_store_number(DAY_MS + 2 * STORE_DAY_MS, 1200, -3)};
	struct store_stats before, after;
	static struct seen seen;

	for (int i = 0; i < 3; i++)
		p[i].source = STORE_HISTORY;
	assert_int_equal(history(t, 5, p, 3), 0);
	store_stats(t->store, &before);
	assert_int_equal(history(t, 5, p, 3), 0);
	p[1].number.magnitude = 11000; /* 1.1000 is 1.100 */
	p[1].number.exp10 = -4;
	p[2].offset_s = 7200; /* the zone's rules changed: another UTC for the same local time */
	p[2].time_ms -= 3600000;
	assert_int_equal(history(t, 5, p, 3), 0);
	store_stats(t->store, &after);
	assert_int_equal(after.rows[STORE_POINTS], 3);
	assert_int_equal(after.bytes[STORE_POINTS], before.bytes[STORE_POINTS]);
	read_all(t, 5, &seen);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.points[0].flags & STORE_REVISED, 0);
	assert_int_equal(seen.points[2].time_ms, DAY_MS + 2 * STORE_DAY_MS);
	read_all(t, 6, &seen);
	assert_int_equal(seen.n, 0);
}

static void test_history_is_revised(void **state)
{
	struct test_store *t = *state;
	struct store_point p = test_store_number(DAY_MS, 1000, -3);
	static struct seen seen;

	assert_int_equal(history(t, 5, &p, 1), 0);
	p.number.magnitude = 1001;
	assert_int_equal(history(t, 5, &p, 1), 0);
	p.type = STORE_TEXT;
	p.text = "1002";
	p.text_len = 4;
	assert_int_equal(history(t, 5, &p, 1), 0);
	p.text = "1003";
	assert_int_equal(history(t, 5, &p, 1), 0);
	read_all(t, 5, &seen);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.points[0].revision, 3);
	assert_int_equal(seen.points[0].flags, STORE_REVISED);
	assert_string_equal(seen.texts[0], "1003");
	seen.n = 0;
	assert_int_equal(store_revisions(t->reader, 5, 0, STORE_TIME_MAX_MS, see, &seen), 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(seen.points[i].revision, i);
	assert_int_equal(seen.points[0].number.magnitude, 1000);
	assert_int_equal(seen.points[1].number.magnitude, 1001);
	assert_string_equal(seen.texts[2], "1002");
}

static void test_merge(void **state)
{
	struct test_store *t = *state;
	struct store_point p[3] = {test_store_number(DAY_MS - 5, 1, 0),
		test_store_number(DAY_MS + QUARTER_MS, 2, 0),
		test_store_number(DAY_MS + 3 * STORE_DAY_MS, 3, 0)};
	static struct seen seen;

	for (int i = 0; i < 3; i++)
		p[i].source = STORE_HISTORY;
	add_days(t, 5, 2);
	assert_int_equal(history(t, 5, p, 3), 0);
	read_all(t, 5, &seen);
	assert_int_equal(seen.n, 2 * 96 + 3);
	for (size_t i = 1; i < seen.n; i++)
		assert_true(seen.points[i - 1].time_ms <= seen.points[i].time_ms);
	assert_int_equal(seen.points[0].source, STORE_HISTORY);
	assert_int_equal(seen.points[2].source, STORE_SPOT);
	assert_int_equal(seen.points[3].source, STORE_HISTORY);
	assert_int_equal(seen.points[2].time_ms, seen.points[3].time_ms);
	assert_int_equal(seen.points[seen.n - 1].number.magnitude, 3);
}

/* ---- buckets ---- */

struct buckets_seen {
	struct store_bucket b[400];
	size_t n;
};

static int see_bucket(void *ctx, const struct store_bucket *bucket)
{
	struct buckets_seen *seen = ctx;

	assert_true(seen->n < 400);
	seen->b[seen->n++] = *bucket;
	return 0;
}

static void test_buckets(void **state)
{
	struct test_store *t = *state;
	static struct buckets_seen seen;
	struct store_point text = test_store_number(DAY_MS + 10, 0, 0);
	uint32_t points = 0;

	text.type = STORE_TEXT;
	text.text = "x";
	text.text_len = 1;
	add_days(t, 1, 10);
	assert_int_equal(history(t, 1, &text, 1), 0); /* is no number */
	assert_int_equal(store_buckets(t->reader, 1, DAY_MS, DAY_MS + 20 * STORE_DAY_MS - 1, 20,
				 see_bucket, &seen),
		10);
	for (size_t i = 0; i < 10; i++) {
		const struct store_bucket *b = &seen.b[i];

		assert_int_equal(b->from_ms, DAY_MS + (int64_t)i * STORE_DAY_MS);
		assert_int_equal(b->to_ms, b->from_ms + STORE_DAY_MS);
		assert_int_equal(b->count, 96);
		assert_int_equal(b->min.number.magnitude, 1000 + 96 * i);
		assert_int_equal(b->first.number.magnitude, 1000 + 96 * i);
		assert_int_equal(b->max.number.magnitude, 1000 + 96 * i + 95);
		assert_int_equal(b->last.number.magnitude, 1000 + 96 * i + 95);
		assert_true(b->mean > 1.0 + 0.096 * (double)i + 0.0474999 &&
			    b->mean < 1.0 + 0.096 * (double)i + 0.0475001);
	}
	memset(&seen, 0, sizeof(seen));
	store_buckets(t->reader, 1, DAY_MS, DAY_MS + 10 * STORE_DAY_MS, 7, see_bucket, &seen);
	for (size_t i = 0; i < seen.n; i++)
		points += seen.b[i].count;
	assert_int_equal(points, 960);
	assert_int_equal(store_buckets(t->reader, 1, 0, 1, 0, see_bucket, &seen), STORE_E_INVALID);
	assert_int_equal(
		store_buckets(t->reader, 1, 0, 1, STORE_BUCKETS_MAX + 1, see_bucket, &seen),
		STORE_E_INVALID);
	assert_int_equal(store_buckets(t->reader, 1, 2, 1, 5, see_bucket, &seen), STORE_E_INVALID);
}

/* Signs, mixed exponents, and digits that a double does not have. */
static void test_buckets_are_exact(void **state)
{
	struct test_store *t = *state;
	static struct buckets_seen seen;
	struct store_point p[4] = {test_store_number(DAY_MS, UINT64_C(9007199254740993), 0),
		test_store_number(DAY_MS + 1, UINT64_C(9007199254740992), 0),
		test_store_number(DAY_MS + 2, UINT64_C(90071992547409925), -1),
		test_store_number(DAY_MS + 3, UINT64_C(9007199254740994), 0)};

	assert_int_equal(history(t, 1, p, 4), 0);
	assert_int_equal(
		store_buckets(t->reader, 1, DAY_MS, DAY_MS + 100, 1, see_bucket, &seen), 1);
	assert_int_equal(seen.b[0].min.number.magnitude, UINT64_C(9007199254740992));
	assert_int_equal(seen.b[0].max.number.magnitude, UINT64_C(9007199254740994));
	p[0] = test_store_number(DAY_MS, 5, 0);
	p[1] = test_store_number(DAY_MS + 1, 7, 0);
	p[1].number.negative = true;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(history(t, 2, p, 2), 0);
	assert_int_equal(
		store_buckets(t->reader, 2, DAY_MS, DAY_MS + 100, 1, see_bucket, &seen), 1);
	assert_true(seen.b[0].min.number.negative);
	assert_int_equal(seen.b[0].max.number.magnitude, 5);
	assert_true(seen.b[0].mean == -1.0);
}

/* ---- series, days, forgetting ---- */

static int see_series(void *ctx, const struct store_series *series)
{
	char *text = ctx;
	size_t len = strlen(text);

	snprintf(text + len, 256 - len, "%u:%u:%u:%s:%s:%lld ", series->id, series->account,
		series->segment, series->key, series->meta, (long long)series->gone_ms);
	return 0;
}

static void test_series_and_days(void **state)
{
	struct test_store *t = *state;
	struct store_series series = {.account = 4, .segment = 1, .key = "e", .meta = "{}"};
	struct store_batch *b = store_batch_new();
	struct store_stats stats;
	static struct seen seen;
	struct store_point p = test_store_number(DAY_MS, 1, 0);
	char text[256] = "";
	uint64_t first, last;
	uint32_t day;

	for (int i = 0; i < 3; i++) {
		series.id = store_next_series(t->store);
		series.account = i == 2 ? 5 : 4;
		store_batch_series(b, &series);
	}
	series.gone_ms = 77; /* upsert */
	store_batch_series(b, &series);
	store_batch_day(b, 4, DAY, 3, 9);
	store_batch_day(b, 4, DAY + 1, 10, 12);
	store_batch_history(b, 1, &p, 1);
	assert_int_equal(test_store_commit(t, b), 0);
	add_days(t, 1, 3);
	add_days(t, 3, 3);
	assert_int_equal(store_series_of(t->reader, 4, see_series, text), 2);
	assert_string_equal(text, "1:4:1:e:{}:0 2:4:1:e:{}:0 ");
	text[0] = '\0';
	assert_int_equal(store_series_get(t->reader, 3, see_series, text), 0);
	assert_string_equal(text, "3:5:1:e:{}:77 ");
	assert_int_equal(store_series_get(t->reader, 9, see_series, text), STORE_E_NOT_FOUND);
	assert_int_equal(store_day_last(t->reader, 4, &day), 0);
	assert_int_equal(day, DAY + 1);
	assert_int_equal(store_day_get(t->reader, 4, DAY, &first, &last), 0);
	assert_int_equal(first, 3);
	assert_int_equal(last, 9);
	assert_int_equal(store_day_get(t->reader, 5, DAY, &first, &last), STORE_E_NOT_FOUND);

	b = store_batch_new();
	store_batch_forget(b, 4);
	assert_int_equal(test_store_commit(t, b), 0);
	read_all(t, 1, &seen);
	assert_int_equal(seen.n, 0);
	read_all(t, 3, &seen);
	assert_int_equal(seen.n, 3 * 96);
	assert_int_equal(store_series_of(t->reader, 0, see_series, text), 1);
	assert_int_equal(store_day_last(t->reader, 4, &day), 0);
	assert_int_equal(day, 0);
	store_stats(t->store, &stats);
	assert_int_equal(stats.rows[STORE_POINTS], 3);
	test_store_reopen(t);
	assert_int_equal(store_next_series(t->store), 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_store_set_up, test_store_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_chunks),
		TEST(test_months),
		TEST(test_history_is_idempotent),
		TEST(test_history_is_revised),
		TEST(test_merge),
		TEST(test_buckets),
		TEST(test_buckets_are_exact),
		TEST(test_series_and_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
