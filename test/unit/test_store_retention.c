/* SPDX-License-Identifier: MIT */
/* What is too old or too much goes; what stays is whole, and the sequences go on. */
#include "store_help.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_ZERO INT64_C(19681) /* all days in one month of 32: they stay days */

static int set_up(void **state)
{
	struct test_store *t = malloc(sizeof(*t));

	assert_non_null(t);
	test_store_dir(t);
	*state = t;
	return 0;
}

/* n chains of 3, a minute apart; returns the time after. */
static int64_t fill(struct test_store *t, int n, int64_t time_ms)
{
	while (n > 0) {
		struct store_batch *b = store_batch_new();

		for (int i = 0; i < 200 && n > 0; i++, n--) {
			assert_true(test_store_chain(b, 1 + (uint32_t)n % 5, time_ms, 3) >= 0);
			time_ms += 60000;
		}
		assert_int_equal(test_store_commit_at(t, b, time_ms), 0);
	}
	return time_ms;
}

/* Empty commits, in which trimming goes on. */
static void idle(struct test_store *t, int n, int64_t now_ms)
{
	while (n-- > 0)
		assert_int_equal(test_store_commit_at(t, store_batch_new(), now_ms), 0);
}

struct sum {
	uint64_t first, last, n, bytes;
	int64_t first_ms;
	bool whole; /* the first is the first of its chain */
};

static int add_up(void *ctx, const struct store_telegram *t)
{
	struct sum *sum = ctx;

	if (sum->n == 0) {
		sum->first = t->seq;
		sum->first_ms = t->time_ms;
		sum->whole = t->ordinal == 0;
	} else {
		assert_int_equal(t->seq, sum->last + 1);
	}
	sum->last = t->seq;
	sum->n++;
	sum->bytes += t->len + 40u;
	return t->error;
}

static int note_seq(void *ctx, const struct store_telegram *t)
{
	*(uint64_t *)ctx = t->chain;
	return 0;
}

static struct sum read_all(struct test_store *t)
{
	struct store_telegram_filter all = {0};
	struct sum sum = {0};
	struct store_stats stats;
	int64_t n = store_telegrams(t->reader, &all, add_up, &sum);

	assert_int_equal(n, sum.n);
	store_stats(t->store, &stats);
	assert_int_equal(stats.first_seq, sum.first);
	assert_int_equal(stats.last_seq, sum.last);
	assert_int_equal(stats.rows[STORE_TELEGRAMS], sum.n);
	assert_int_equal(stats.bytes[STORE_TELEGRAMS], sum.bytes);
	assert_true(sum.whole);
	return sum;
}

static void test_age_of_telegrams(void **state)
{
	struct test_store *t = *state;
	int64_t now_ms, keep_ms = 1000 * 60000;
	struct store_stats stats;
	struct sum sum;

	t->options.retention.kind[STORE_TELEGRAMS].age_ms = keep_ms;
	test_store_open(t);
	now_ms = fill(t, 6000, STORE_T0);
	idle(t, 20, now_ms + 2 * HOUR_MS);
	sum = read_all(t);
	assert_int_equal(sum.last, 18000);
	/* not one too old, not one too young */
	assert_in_range(sum.first_ms, now_ms + 2 * HOUR_MS - keep_ms,
		now_ms + 2 * HOUR_MS - keep_ms + 60000);
	store_stats(t->store, &stats);
	assert_int_equal(stats.trimmed[STORE_TELEGRAMS], sum.first - 1);
	/* the same after an opening */
	test_store_reopen(t);
	read_all(t);
	idle(t, 20, now_ms + 365 * STORE_DAY_MS);
	sum = read_all(t);
	assert_int_equal(sum.n, 3); /* the newest chain holds the sequence */
	fill(t, 1, STORE_T0 + 366 * STORE_DAY_MS);
	assert_int_equal(read_all(t).last, 18003);
}

static void test_trim_is_bounded(void **state)
{
	struct test_store *t = *state;
	struct store_stats before, after;
	int64_t now_ms;

	test_store_open(t);
	now_ms = fill(t, 3000, STORE_T0);
	t->options.retention.kind[STORE_TELEGRAMS].age_ms = HOUR_MS;
	store_set_retention(t->store, &t->options.retention);
	for (int i = 0; i < 4; i++) {
		store_stats(t->store, &before);
		idle(t, 1, now_ms + STORE_DAY_MS);
		store_stats(t->store, &after);
		assert_in_range(after.trimmed[STORE_TELEGRAMS] - before.trimmed[STORE_TELEGRAMS],
			1000, 1026);
		read_all(t);
	}
}

/* A clock that cannot be trusted (0) is no reason to delete; a lone wrong time does not stop it. */
static void test_age_and_clock(void **state)
{
	struct test_store *t = *state;
	int64_t now_ms;
	struct sum sum;

	t->options.retention.kind[STORE_TELEGRAMS].age_ms = STORE_DAY_MS;
	test_store_open(t);
	fill(t, 1, STORE_T0 + 4000 * STORE_DAY_MS);
	now_ms = fill(t, 100, STORE_T0);
	idle(t, 5, 0);
	assert_int_equal(read_all(t).n, 303);
	idle(t, 5, now_ms + 30 * STORE_DAY_MS);
	sum = read_all(t);
	assert_int_equal(sum.n, 3);
	assert_int_equal(sum.last, 303);
}

static void test_bytes_of_telegrams(void **state)
{
	struct test_store *t = *state;
	struct sum sum;

	t->options.retention.kind[STORE_TELEGRAMS].bytes = 300000;
	test_store_open(t);
	fill(t, 4000, STORE_T0);
	sum = read_all(t);
	assert_in_range(sum.bytes, 290000, 300000);
	test_store_reopen(t);
	assert_in_range(read_all(t).bytes, 290000, 300000);
}

/* Ring: the file stays below its limit, the oldest go, nothing fails; else it is full. */
static void test_ring(void **state)
{
	struct test_store *t = *state;
	struct store_stats stats;
	struct sum sum;
	uint64_t seq, oldest;

	t->options.max_bytes = STORE_BYTES_MIN;
	t->options.retention.ring = true;
	test_store_open(t);
	for (int i = 0; i < 6; i++) {
		fill(t, 6000, STORE_T0 + i * STORE_DAY_MS);
		store_stats(t->store, &stats);
		assert_true(stats.disk_bytes <= STORE_BYTES_MIN + 65536);
		read_all(t);
	}
	sum = read_all(t);
	assert_int_equal(sum.last, 6 * 18000);
	assert_in_range(sum.bytes, STORE_BYTES_MIN / 3, STORE_BYTES_MIN);
	assert_true(sum.first > 60000);
	/* an account can be followed back to where the ring ends */
	assert_int_equal(store_last(t->reader, 3, &seq), 0);
	assert_true(seq > sum.first);
	oldest = 0;
	assert_true(store_back(t->reader, 3, 0, note_seq, &oldest) > 0);
	assert_in_range(oldest, sum.first, sum.first + 15);
	assert_int_equal(stats.failures, 0);
}

static void test_full_without_ring(void **state)
{
	struct test_store *t = *state;
	struct store_stats stats;
	struct store_batch *b;
	uint64_t last = 0;
	int rc = 0;

	t->options.max_bytes = STORE_BYTES_MIN;
	test_store_open(t);
	for (int i = 0; i < 5000 && rc == 0; i++) {
		b = store_batch_new();
		for (int k = 0; k < 20; k++)
			test_store_chain(b, 1, STORE_T0 + i, 10);
		store_stats(t->store, &stats);
		last = stats.last_seq;
		rc = test_store_commit(t, b);
	}
	assert_int_equal(rc, STORE_E_FULL);
	store_stats(t->store, &stats);
	assert_int_equal(stats.last_seq, last);
	assert_int_equal(stats.full_since_ms, STORE_T0);
	assert_int_equal(stats.failures, 1);
	assert_int_equal(read_all(t).last, last);
	assert_int_equal(store_probe(t->store, STORE_T0), STORE_E_FULL);
	/* what makes room can be done when full */
	t->options.retention.kind[STORE_TELEGRAMS].bytes = 1000000;
	store_set_retention(t->store, &t->options.retention);
	idle(t, 20, STORE_T0);
	assert_int_equal(store_probe(t->store, STORE_T0), 0);
	b = store_batch_new();
	for (int k = 0; k < 20; k++)
		test_store_chain(b, 1, STORE_T0, 10);
	assert_int_equal(test_store_commit(t, b), 0);
	store_stats(t->store, &stats);
	assert_int_equal(stats.full_since_ms, 0);
	assert_int_equal(read_all(t).last, last + 200);
}

/* ---- events ---- */

static int last_event(void *ctx, const struct store_event *event)
{
	uint64_t *ends = ctx;

	if (ends[0] == 0)
		ends[0] = event->seq;
	ends[1] = event->seq;
	return 0;
}

static void test_events(void **state)
{
	struct test_store *t = *state;
	struct store_event_filter all = {0};
	uint64_t ends[2] = {0, 0};
	struct store_stats stats;

	t->options.retention.kind[STORE_EVENTS].age_ms = STORE_DAY_MS;
	test_store_open(t);
	for (int i = 0; i < 50; i++) {
		struct store_batch *b = store_batch_new();

		for (int k = 0; k < 100; k++) {
			struct store_event event = {.kind = "k",
				.severity = 6,
				.time_ms = STORE_T0 + i * HOUR_MS,
				.text = "0123456789"};

			store_batch_event(b, &event);
		}
		assert_int_equal(test_store_commit_at(t, b, STORE_T0 + i * HOUR_MS), 0);
	}
	idle(t, 10, STORE_T0 + 51 * HOUR_MS);
	store_events(t->reader, &all, last_event, ends);
	assert_int_equal(ends[0], 100 * (51 - 24) + 1);
	assert_int_equal(ends[1], 5000);
	t->options.retention.kind[STORE_EVENTS].age_ms = 0;
	t->options.retention.kind[STORE_EVENTS].bytes = 10000;
	store_set_retention(t->store, &t->options.retention);
	idle(t, 10, STORE_T0 + 51 * HOUR_MS);
	store_stats(t->store, &stats);
	assert_in_range(stats.bytes[STORE_EVENTS], 9000, 10000);
	assert_int_equal(stats.bytes[STORE_EVENTS], 50 * stats.rows[STORE_EVENTS]);
	test_store_reopen(t);
	store_stats(t->store, &stats);
	assert_int_equal(stats.bytes[STORE_EVENTS], 50 * stats.rows[STORE_EVENTS]);
	assert_int_equal(stats.last_event, 5000);
	t->options.retention.kind[STORE_EVENTS].bytes = 1;
	store_set_retention(t->store, &t->options.retention);
	idle(t, 10, STORE_T0);
	store_stats(t->store, &stats);
	assert_int_equal(stats.first_event, 5000); /* the newest stays */
}

/* ---- points ---- */

#define SERIES 150

static void add_points(struct test_store *t, int days)
{
	for (int day = 0; day < days; day++) {
		struct store_batch *b = store_batch_new();

		for (uint32_t id = 1; id <= SERIES; id++) {
			struct store_series series = {.id = id, .account = 1, .key = "k"};
			int64_t ms = (DAY_ZERO + day) * STORE_DAY_MS;
			struct store_point p[2] = {
				test_store_number(ms, 1, 0), test_store_number(ms + HOUR_MS, 2, 0)};

			if (day == 0)
				store_batch_series(b, &series);
			store_batch_chunk(b, id, (uint32_t)(DAY_ZERO + day), p, 2);
			p[0].source = STORE_HISTORY;
			if (day % 5 == 0)
				store_batch_history(b, id, p, 1);
		}
		assert_int_equal(test_store_commit(t, b), 0);
	}
}

struct point_ends {
	int64_t first_ms, first_spot_ms;
	size_t n, history;
};

static int first_point(void *ctx, const struct store_point *p)
{
	struct point_ends *ends = ctx;

	if (ends->n++ == 0)
		ends->first_ms = p->time_ms;
	if (p->source == STORE_HISTORY)
		ends->history++;
	else if (ends->first_spot_ms == 0)
		ends->first_spot_ms = p->time_ms;
	return 0;
}

static void test_age_of_points(void **state)
{
	struct test_store *t = *state;
	struct store_stats stats;

	test_store_open(t);
	add_points(t, 20);
	t->options.retention.kind[STORE_POINTS].age_ms = 8 * STORE_DAY_MS;
	store_set_retention(t->store, &t->options.retention);
	idle(t, 10, (DAY_ZERO + 20) * STORE_DAY_MS + HOUR_MS);
	for (uint32_t id = 1; id <= SERIES; id++) {
		struct point_ends ends = {.n = 0};

		store_points(t->reader, id, 0, STORE_TIME_MAX_MS, first_point, &ends);
		assert_int_equal(ends.first_ms, (DAY_ZERO + 12) * STORE_DAY_MS);
		assert_int_equal(ends.n, 2 * 8 + 1);
	}
	store_stats(t->store, &stats);
	assert_int_equal(stats.rows[STORE_POINTS], SERIES * 9);
	assert_int_equal(stats.trimmed[STORE_POINTS], SERIES * (12 + 3));
}

static void test_bytes_of_points(void **state)
{
	struct test_store *t = *state;
	struct store_stats stats;
	uint64_t all;

	test_store_open(t);
	add_points(t, 20);
	store_stats(t->store, &stats);
	all = stats.bytes[STORE_POINTS];
	t->options.retention.kind[STORE_POINTS].bytes = all / 2;
	store_set_retention(t->store, &t->options.retention);
	idle(t, 100, STORE_T0);
	store_stats(t->store, &stats);
	assert_in_range(stats.bytes[STORE_POINTS], all * 2 / 5, all / 2);
	for (uint32_t id = 1; id <= SERIES; id++) { /* the same time for all */
		struct point_ends ends = {.n = 0};

		store_points(t->reader, id, 0, STORE_TIME_MAX_MS, first_point, &ends);
		assert_in_range(ends.first_spot_ms, (DAY_ZERO + 9) * STORE_DAY_MS,
			(DAY_ZERO + 15) * STORE_DAY_MS);
		assert_int_equal(ends.history, 4);
	}
	test_store_reopen(t);
	store_stats(t->store, &stats);
	assert_in_range(stats.bytes[STORE_POINTS], all * 2 / 5, all / 2);
	/* history goes when there is nothing else */
	t->options.retention.kind[STORE_POINTS].bytes = 1;
	store_set_retention(t->store, &t->options.retention);
	idle(t, 100, STORE_T0);
	store_stats(t->store, &stats);
	assert_int_equal(stats.rows[STORE_POINTS], 0);
	assert_int_equal(stats.bytes[STORE_POINTS], 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, test_store_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_age_of_telegrams),
		TEST(test_trim_is_bounded),
		TEST(test_age_and_clock),
		TEST(test_bytes_of_telegrams),
		TEST(test_ring),
		TEST(test_full_without_ring),
		TEST(test_events),
		TEST(test_age_of_points),
		TEST(test_bytes_of_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
