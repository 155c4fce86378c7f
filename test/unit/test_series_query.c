/* SPDX-License-Identifier: MIT */
/* What is stored as telegrams is read as series, before and after it is compacted. */
#include "collect/compact.h"
#include "collect/redecode.h"
#include "collect/series_query.h"

#include "reading_help.h"
#include "store_help.h"

#include <meterbus/error.h>

#include <inttypes.h>

#define ACCOUNT 7
#define HOUR INT64_C(3600000)
#define POINTS_MAX 2000
#define LINE_MAX_ 120

static struct test_store t;
static struct readings_shared *shared;
static struct readings *r;
static struct help_chain h;
static const struct past_scope scope = {.account = ACCOUNT, .history = true};

static uint32_t next_series(void *ctx)
{
	return store_next_series(ctx);
}

static int set_up(void **state)
{
	(void)state;
	test_store_dir(&t);
	test_store_open(&t);
	shared = readings_shared_new();
	r = readings_new(shared, ACCOUNT, next_series, t.store);
	help_init(&h, 0x12345678, STORE_T0);
	h.chain.history = true;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	readings_free(r);
	readings_shared_free(shared);
	test_store_done(&t);
	return 0;
}

static void commit(struct store_batch *b)
{
	assert_int_equal(store_commit(t.store, &b, 1, STORE_T0), 0);
	store_batch_free(b);
}

/* As the collector does: telegrams, series and history in one transaction. */
static void read_meter(const char *records, int64_t time_ms)
{
	struct store_telegram row = {.account = ACCOUNT, .time_ms = time_ms};
	struct readings_change *change;
	struct store_batch *b = store_batch_new();

	help_set(&h, records);
	h.chain.time_ms = time_ms;
	row.bytes = h.list[0].bytes;
	row.len = (uint16_t)h.list[0].len;
	assert_true(store_batch_telegrams(b, &row, 1) >= 0);
	assert_int_equal(readings_apply(r, &h.chain, &change), 0);
	assert_int_equal(readings_batch(change, b), 0);
	commit(b);
	readings_accept(change);
}

static void read_nothing(int64_t time_ms)
{
	struct store_telegram row = {.account = ACCOUNT, .time_ms = time_ms, .error = MB_E_SILENCE};
	struct store_batch *b = store_batch_new();

	assert_true(store_batch_telegrams(b, &row, 1) >= 0);
	commit(b);
}

/* A counter that grows by one each hour, with leading record bytes of our own. */
static void read_counter(unsigned value, int64_t time_ms)
{
	char records[64];

	snprintf(records, sizeof(records), "0B 13 %02u %02u %02u", value % 100, value / 100 % 100,
		value / 10000 % 100);
	read_meter(records, time_ms);
}

static int compact_all(int64_t now_ms)
{
	struct compact *c = compact_new(&scope);
	int rc, steps = 0;

	for (;;) {
		struct store_batch *b = store_batch_new();

		rc = compact_step(c, t.reader, now_ms, b);
		if (rc <= 0) {
			store_batch_free(b);
			break;
		}
		commit(b);
		steps++;
	}
	assert_int_equal(rc, 0);
	compact_free(c);
	return steps;
}

/* ---- points as lines ---- */

struct lines {
	size_t n;
	char line[POINTS_MAX][LINE_MAX_];
};
static struct lines first, second;

static int add_line(void *ctx, const struct store_point *p)
{
	struct lines *lines = ctx;
	char value[64] = "";

	assert_true(lines->n < POINTS_MAX);
	if (p->type == STORE_NUMBER)
		mb_decimal_text(&p->number, value, sizeof(value));
	else
		snprintf(value, sizeof(value), "%.*s", (int)p->text_len, p->text);
	snprintf(lines->line[lines->n++], LINE_MAX_, "%" PRId64 " %s q%u s%u f%u", p->time_ms,
		value, p->quality, p->source, p->flags);
	return 0;
}

static uint32_t series_of(const char *key)
{
	const struct reading *reading = readings_find(r, key);

	assert_non_null(reading);
	return reading->series;
}

static void query(uint32_t series, struct lines *lines)
{
	struct series_query q = {
		.scope = scope, .series = series, .from_ms = 0, .to_ms = STORE_TIME_MAX_MS};
	int64_t rc;

	lines->n = 0;
	rc = series_points(t.reader, &q, add_line, lines);
	assert_int_equal(rc, lines->n);
}

static void assert_same(void)
{
	assert_int_equal(first.n, second.n);
	for (size_t i = 0; i < first.n; i++)
		assert_string_equal(first.line[i], second.line[i]);
}

/* ---- tests ---- */

static void compacted_days_read_as_before(void **state)
{
	uint32_t series;
	char line[LINE_MAX_];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		if (i % 10 == 3)
			read_nothing(STORE_T0 + i * HOUR);
		else
			read_counter(i, STORE_T0 + i * HOUR);
	}
	series = series_of("inst.0.0.0.10");
	query(series, &first);
	assert_int_equal(first.n, 90);
	snprintf(line, sizeof(line), "%" PRId64 " 0.004 q192 s0 f0", STORE_T0 + 4 * HOUR);
	assert_string_equal(first.line[3], line);
	/* 22:13 of the first day, four whole days; the last one is not over */
	assert_int_equal(compact_all(STORE_T0 + 100 * HOUR), 5);
	query(series, &second);
	assert_same();
	assert_int_equal(compact_all(STORE_T0 + 100 * HOUR), 0); /* nothing is done twice */
	for (unsigned i = 100; i < 130; i++)
		read_counter(i, STORE_T0 + i * HOUR);
	query(series, &first);
	assert_int_equal(compact_all(STORE_T0 + 200 * HOUR), 2);
	query(series, &second);
	assert_int_equal(second.n, 120);
	assert_same();
}

static void marks_are_the_same_either_way(void **state)
{
	uint32_t old, new;

	(void)state;
	/* past its end, just after midnight */
	read_counter(999990, STORE_T0);
	read_counter(999999, STORE_T0 + HOUR);
	read_counter(2, STORE_T0 + 2 * HOUR);
	old = series_of("inst.0.0.0.10");
	h.meter.id = 0x22222222;
	read_counter(50, STORE_T0 + 30 * HOUR);
	read_counter(51, STORE_T0 + 31 * HOUR);
	new = series_of("inst.0.0.0.10");
	assert_int_not_equal(old, new);
	query(old, &first);
	assert_int_equal(first.n, 3);
	assert_non_null(strstr(first.line[1], "f0"));
	assert_non_null(strstr(first.line[2], "0.002 q192 s0 f4")); /* ROLLOVER */
	compact_all(STORE_T0 + 90 * HOUR);
	query(old, &second);
	assert_same();
	query(new, &second);
	assert_int_equal(second.n, 2);
	assert_non_null(strstr(second.line[0], "0.050 q192 s0 f8")); /* SWAPPED */
	assert_non_null(strstr(second.line[1], "f0"));
}

static void history_stands_among_the_readings(void **state)
{
	/* 14.11.23 is over at STORE_T0 + 2 h: EE 2B */
	static const char records[] = "04 13 E8 03 00 00 42 6C EE 2B 44 13 84 03 00 00";

	(void)state;
	read_meter(records, STORE_T0);
	read_meter(records, STORE_T0 + HOUR);
	read_meter(records, STORE_T0 + 2 * HOUR);
	read_meter(records, STORE_T0 + 3 * HOUR);
	query(series_of("inst.0.0.0.10"), &first);
	assert_int_equal(first.n, 5);
	/* the end of that day, date only, by the clock of the meter */
	assert_string_equal(first.line[2], "1700006399999 0.900 q192 s1 f17");
	compact_all(STORE_T0 + 90 * HOUR);
	query(series_of("inst.0.0.0.10"), &second);
	assert_same();
}

static void a_clock_set_back_loses_nothing(void **state)
{
	uint32_t series;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		read_counter(i, STORE_T0 + i * HOUR);
	for (unsigned i = 5; i < 10; i++)
		read_counter(i, STORE_T0 + 48 * HOUR + i); /* ran ahead */
	for (unsigned i = 10; i < 15; i++)
		read_counter(i, STORE_T0 + i * HOUR); /* and is right again */
	series = series_of("inst.0.0.0.10");
	query(series, &first);
	assert_int_equal(first.n, 15);
	compact_all(STORE_T0 + 20 * HOUR);
	query(series, &second);
	assert_same();
	compact_all(STORE_T0 + 100 * HOUR);
	query(series, &second);
	assert_same();
	assert_int_equal(compact_all(STORE_T0 + 100 * HOUR), 0);
}

static void texts_and_failures_are_points(void **state)
{
	(void)state;
	read_meter("0D FD 11 03 43 42 41 0B 13 EE EE EE", STORE_T0);
	read_meter("0D FD 11 03 46 45 44 0B 13 01 00 00", STORE_T0 + HOUR);
	query(series_of("inst.0.0.0.FD11"), &first);
	assert_int_equal(first.n, 2);
	assert_non_null(strstr(first.line[0], " ABC q192"));
	assert_non_null(strstr(first.line[1], " DEF q192"));
	compact_all(STORE_T0 + 90 * HOUR);
	query(series_of("inst.0.0.0.FD11"), &second);
	assert_same();
	query(series_of("inst.0.0.0.10"), &first);
	assert_non_null(strstr(first.line[0], " BCD error q0"));
	assert_non_null(strstr(first.line[1], " 0.001 q192"));
}

static struct store_bucket buckets[100];
static size_t n_buckets;

static int add_bucket(void *ctx, const struct store_bucket *bucket)
{
	(void)ctx;
	buckets[n_buckets++] = *bucket;
	return 0;
}

static void buckets_are_exact(void **state)
{
	struct series_query q = {.scope = scope};

	(void)state;
	for (unsigned i = 0; i < 48; i++)
		read_counter(i, STORE_T0 + i * HOUR);
	compact_all(STORE_T0 + 48 * HOUR); /* one part is, one is not */
	q.series = series_of("inst.0.0.0.10");
	q.from_ms = STORE_T0;
	q.to_ms = STORE_T0 + 96 * HOUR - 1;
	n_buckets = 0;
	assert_int_equal(series_buckets(t.reader, &q, 4, add_bucket, NULL), 2);
	assert_int_equal(n_buckets, 2); /* the empty ones are left out */
	assert_int_equal(buckets[0].from_ms, STORE_T0);
	assert_int_equal(buckets[0].to_ms, STORE_T0 + 24 * HOUR);
	assert_int_equal(buckets[1].from_ms, STORE_T0 + 24 * HOUR);
	assert_int_equal(buckets[1].count, 24);
	assert_int_equal(buckets[1].first.number.magnitude, 24);
	assert_int_equal(buckets[1].min.number.magnitude, 24);
	assert_int_equal(buckets[1].max.number.magnitude, 47);
	assert_int_equal(buckets[1].last.number.magnitude, 47);
	assert_true(buckets[1].mean == 0.0355); /* (24 + 47) / 2 l */
	assert_int_equal(series_buckets(t.reader, &q, 0, add_bucket, NULL), STORE_E_INVALID);
	q.series = 4711;
	assert_int_equal(series_buckets(t.reader, &q, 1, add_bucket, NULL), STORE_E_NOT_FOUND);
}

/* ---- again ---- */

static struct redecode_difference differences[10];
static char old_meta[1024];
static size_t n_differences;

static void add_difference(void *ctx, const struct redecode_difference *difference)
{
	(void)ctx;
	if (difference->old_meta)
		snprintf(old_meta, sizeof(old_meta), "%s", difference->old_meta);
	differences[n_differences++] = *difference;
}

static void redecode(bool dry)
{
	struct redecode *rd = redecode_new(&scope, next_series, t.store);
	int rc;

	do {
		struct store_batch *b = dry ? NULL : store_batch_new();

		rc = redecode_step(rd, t.reader, b);
		assert_true(rc >= 0);
		if (b)
			commit(b);
	} while (rc == 1);
	assert_int_equal(redecode_chains(rd), 60);
	n_differences = 0;
	redecode_report(rd, false, add_difference, NULL);
	redecode_free(rd);
}

/* As an older program may have left it: a wrong value, a value too many, another meta, no history. */
static void spoil(uint32_t series)
{
	uint32_t day = (uint32_t)(STORE_T0 / STORE_DAY_MS) + 1;
	struct store_point points[] = {
		{.time_ms = STORE_T0 + 5 * HOUR,
			.quality = 192,
			.number = {.magnitude = 99, .exp10 = -3}},
		{.time_ms = STORE_T0 + 5 * HOUR + 1,
			.quality = 192,
			.number = {.magnitude = 5, .exp10 = -3}},
	};
	struct store_series row = {.id = series,
		.account = ACCOUNT,
		.key = "inst.0.0.0.10",
		.meta = "{\"meter\":\"1234567843040107\",\"description\":\"?\"}"};
	struct store_batch *b = store_batch_new();

	store_batch_chunk(b, series, day, points, 2);
	store_batch_series(b, &row);
	commit(b);
}

static void decoding_again_mends_what_was_wrong(void **state)
{
	uint32_t series;

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		read_counter(i, STORE_T0 + i * HOUR);
	series = series_of("inst.0.0.0.10");
	query(series, &first);
	assert_int_equal(compact_all(STORE_T0 + 60 * HOUR), 3);
	redecode(true);
	assert_int_equal(n_differences, 0);
	spoil(series);
	redecode(true);
	assert_int_equal(n_differences, 1);
	assert_int_equal(differences[0].series, series);
	/* 24 values of that day: one is wrong, 23 are not there, one is too many */
	assert_int_equal(differences[0].changed, 1);
	assert_int_equal(differences[0].added, 23);
	assert_int_equal(differences[0].removed, 1);
	assert_non_null(strstr(old_meta, "?"));
	query(series, &second);
	assert_int_not_equal(first.n, second.n); /* only counted */
	redecode(false);
	assert_int_equal(n_differences, 1);
	query(series, &second);
	assert_same();
	redecode(true);
	assert_int_equal(n_differences, 0);
}

static void decoding_again_finds_what_was_not_read(void **state)
{
	static const char records[] = "42 6C EE 2B 44 13 84 03 00 00";

	(void)state;
	/* what an account did that did not process history: telegrams, no series, no points */
	h.chain.history = false;
	for (unsigned i = 0; i < 60; i++)
		read_meter(records, STORE_T0 + i * HOUR);
	redecode(true);
	/* the point; the date and the value as long as it was not over are readings of their own */
	assert_int_equal(n_differences, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(differences[i].new_series);
	redecode(false);
	compact_all(STORE_T0 + 90 * HOUR);
	h.chain.history = true;
	readings_free(r);
	redecode(true);
	assert_int_equal(n_differences, 0);
	r = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(compacted_days_read_as_before),
		TEST(marks_are_the_same_either_way),
		TEST(history_stands_among_the_readings),
		TEST(a_clock_set_back_loses_nothing),
		TEST(texts_and_failures_are_points),
		TEST(buckets_are_exact),
		TEST(decoding_again_mends_what_was_wrong),
		TEST(decoding_again_finds_what_was_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
