/* SPDX-License-Identifier: MIT */
/* What accounts with an AMS index have of their own: RETRY and ENABLE, on a simulated bus. */
#include "site.h"

#include "collect/collect_error.h"

#define ROWS_MAX 512
#define PLACE "\"connection\":\"tcp\",\"host\":\"127.0.0.1\",\"port\":10001,"
#define LOST_READING 4 /* answers: SND_NKE, and REQ_UD2 three times */

static const char two_meters[] = "[bus]\nseed=1\n"
				 "[meter]\nmodel=water\nid=12345678\nprimary=1\n"
				 "[meter]\nmodel=heat\nid=87654321\nprimary=2\n";
static const char water[] =
	"{\"name\":\"water\"," PLACE "\"address\":1,\"period\":\"15M\",\"index\":7}";
static const char heat[] = "{\"name\":\"heat\"," PLACE "\"address\":2,\"period\":\"15M\"}";
static const char absent[] =
	"{\"name\":\"absent\"," PLACE "\"address\":3,\"period\":\"15M\",\"index\":249}";

static int begin(void **state)
{
	return site_begin(state, "2026-03-01T10:00:30", two_meters);
}

static void on_set(void *ctx, int rc, const char *text)
{
	(void)text;
	*(int *)ctx = rc;
}

static void set(struct site *s, bool enabled, uint8_t retry)
{
	struct collector_ams ams = {.enabled = enabled, .retry = retry};
	int rc = 1;

	assert_int_equal(collector_ams_set(s->collector, &ams, on_set, &rc), 0);
	site_run(s, 1);
	assert_int_equal(rc, 0);
	assert_int_equal(collector_ams(s->collector).enabled, enabled);
	assert_int_equal(collector_ams(s->collector).retry, retry);
}

static void run_to(struct site *s, const char *utc)
{
	site_run(s, (double)(site_ms(utc) - site_wall_ms(s)) / 1000);
}

static void test_settings_outlive_a_cut(void **state)
{
	struct site *s = *state;

	assert_true(collector_ams(s->collector).enabled);
	assert_int_equal(collector_ams(s->collector).retry, 0);
	assert_int_equal(
		collector_ams_set(s->collector,
			&(struct collector_ams){.retry = COLLECTOR_AMS_RETRY_MAX + 1}, NULL, NULL),
		STORE_E_INVALID);
	set(s, false, 9);
	site_kill(s);
	site_open(s);
	assert_false(collector_ams(s->collector).enabled);
	assert_int_equal(collector_ams(s->collector).retry, 9);
}

/* A record only of what came of it in the end; without an index a failure is a failure. */
static void test_retry_mends_a_reading(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	struct store_telegram rows[ROWS_MAX];
	size_t n;

	set(s, true, 2);
	run_to(s, "2026-03-01T10:14:55");
	sim_lose_answers(s->sims[0], 2 * LOST_READING);
	run_to(s, "2026-03-01T10:20:00");
	n = site_rows(s, id, rows, ROWS_MAX);
	assert_int_equal(n, 2); /* the first is of the new account */
	assert_int_equal(rows[1].error, 0);
	assert_int_equal(rows[1].step, STORE_STEP_NONE);
	assert_int_equal(rows[1].index, 7);
	assert_int_equal(rows[1].due_ms, site_ms("2026-03-01T10:15:00"));
	assert_int_equal(site_state(s, id).last.attempts, 2 * (LOST_READING + 1) + 1);
	assert_int_equal(site_state(s, id).failures, 0);
	assert_int_equal(site_change(s, id, "{\"index\":null}"), 0);
	run_to(s, "2026-03-01T10:29:55");
	sim_lose_answers(s->sims[0], LOST_READING);
	run_to(s, "2026-03-01T10:35:00");
	n = site_rows(s, id, rows, ROWS_MAX);
	assert_int_equal(n, 3);
	assert_int_equal(rows[2].error, MB_E_SILENCE);
	assert_int_equal(rows[2].index, 0);
}

static void test_retry_ends_with_one_record(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, absent), other = site_account(s, heat);
	struct store_telegram rows[ROWS_MAX];
	uint16_t attempts;
	size_t n;

	run_to(s, "2026-03-01T10:20:00");
	attempts = site_state(s, id).last.attempts;
	set(s, true, 3);
	run_to(s, "2026-03-01T11:10:00");
	assert_int_equal(site_state(s, id).last.attempts, 4 * attempts);
	n = site_rows(s, id, rows, ROWS_MAX);
	assert_int_equal(n, 1 + 4);
	for (size_t i = 1; i < n; i++) {
		assert_int_equal(
			rows[i].due_ms, site_ms("2026-03-01T10:00:00") + (int64_t)i * 900000);
		assert_int_equal(rows[i].error, MB_E_SILENCE);
		assert_int_equal(rows[i].step, STORE_STEP_NKE);
		assert_int_equal(rows[i].flags, STORE_SCHEDULED);
	}
	/* on demand nothing is repeated, and the repetitions let others go first */
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).attempts, attempts);
	assert_int_equal(site_check_slots(s, other, site_ms("2026-03-01T10:00:30"),
				 site_ms("2026-03-01T11:00:00")),
		4);
}

/* One waits for its repetition behind another, when the daemon stops: it has failed, that is all. */
static void test_retry_that_never_comes(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, absent), other;
	struct store_telegram rows[ROWS_MAX];
	size_t n;

	other = site_account(
		s, "{\"name\":\"other\"," PLACE "\"address\":4,\"period\":\"15M\",\"index\":250}");
	set(s, true, 9);
	run_to(s, "2026-03-01T10:15:00");
	site_run(s, site_state(s, id).last.duration_ms / 1000.0 + 1);
	assert_int_equal(site_state(s, id).sync, SYNC_STATUS_WAITING);
	site_stop(s);
	site_open(s);
	n = site_rows(s, id, rows, ROWS_MAX);
	assert_int_equal(n, 2);
	assert_int_equal(rows[1].error, MB_E_SILENCE);
	assert_int_equal(rows[1].step, STORE_STEP_NKE);
	assert_int_equal(rows[1].flags, STORE_SCHEDULED);
	n = site_rows(s, other, rows, ROWS_MAX);
	assert_int_equal(n, 2);
	assert_int_equal(rows[1].error, MB_E_CANCELLED);
}

/* 40 s a reading and a slot a minute: a second one begins, no third, and no slot is lost. */
static void test_retry_leaves_the_next_slot_alone(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s,
		"{\"name\":\"slow\"," PLACE
		"\"address\":3,\"period\":\"1M\",\"index\":1,\"timeout_ms\":10000}");

	set(s, true, 9);
	run_to(s, "2026-03-01T11:00:59");
	site_check_slots(s, id, site_ms("2026-03-01T10:01:30"), site_ms("2026-03-01T10:59:00"));
	assert_int_equal(site_events(s, EVENT_READING_MISSED), 0);
	assert_true(site_state(s, id).syncs >= 59);
	assert_true(site_state(s, id).repeats > 59 * LOST_READING);
}

static void test_disabled_reads_none_and_misses_none(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water), other = site_account(s, heat);
	struct store_telegram rows[ROWS_MAX];
	int64_t from_ms = site_wall_ms(s);
	size_t n;

	run_to(s, "2026-03-01T10:20:00");
	set(s, false, 0);
	assert_int_equal(site_state(s, id).next_due_ms, 0);
	n = site_rows(s, id, rows, ROWS_MAX);
	run_to(s, "2026-03-01T12:05:00");
	site_stop(s);
	site_open(s);
	run_to(s, "2026-03-01T13:10:00");
	assert_int_equal(site_rows(s, id, rows, ROWS_MAX), n);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_OK); /* asked for */
	set(s, true, 0);
	site_stop(s); /* before the first slot: its last one in the store is of 10:15 */
	site_open(s);
	run_to(s, "2026-03-01T14:05:00");
	assert_int_equal(site_rows(s, id, rows, ROWS_MAX), n + 1 + 4);
	assert_int_equal(rows[n + 1].due_ms, site_ms("2026-03-01T13:15:00"));
	assert_int_equal(site_check_slots(s, other, from_ms, site_ms("2026-03-01T14:00:00")), 16);
	assert_int_equal(site_events(s, EVENT_READING_MISSED), 0);
}

/* Three meters are due, the first is being read: the others are taken out of the queue. */
static void test_disabled_empties_the_queue(void **state)
{
	struct site *s = *state;
	uint32_t first = site_account(s, absent), second = site_account(s, water);
	struct store_telegram rows[ROWS_MAX];
	size_t n;

	assert_int_equal(site_change(s, first, "{\"index\":1}"), 0);
	run_to(s, "2026-03-01T10:15:00");
	site_run(s, 0.5);
	n = site_rows(s, second, rows, ROWS_MAX);
	assert_int_equal(site_state(s, second).sync, SYNC_STATUS_WAITING);
	set(s, false, 0);
	assert_int_equal(site_state(s, second).sync, SYNC_STATUS_OK);
	run_to(s, "2026-03-01T10:40:00");
	assert_int_equal(site_rows(s, second, rows, ROWS_MAX), n);
	n = site_rows(s, first, rows, ROWS_MAX);
	assert_int_equal(rows[n - 1].due_ms, site_ms("2026-03-01T10:15:00")); /* was begun */
	set(s, true, 0);
	run_to(s, "2026-03-01T10:50:00");
	n = site_rows(s, second, rows, ROWS_MAX);
	assert_int_equal(rows[n - 1].due_ms, site_ms("2026-03-01T10:45:00"));
	assert_int_equal(rows[n - 1].error, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings_outlive_a_cut, begin, site_end),
		cmocka_unit_test_setup_teardown(test_retry_mends_a_reading, begin, site_end),
		cmocka_unit_test_setup_teardown(test_retry_ends_with_one_record, begin, site_end),
		cmocka_unit_test_setup_teardown(test_retry_that_never_comes, begin, site_end),
		cmocka_unit_test_setup_teardown(
			test_retry_leaves_the_next_slot_alone, begin, site_end),
		cmocka_unit_test_setup_teardown(
			test_disabled_reads_none_and_misses_none, begin, site_end),
		cmocka_unit_test_setup_teardown(test_disabled_empties_the_queue, begin, site_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
