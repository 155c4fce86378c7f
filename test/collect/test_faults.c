/* SPDX-License-Identifier: MIT */
/* What goes wrong at a site: each fault has its state, its event, and is over when it is over. */
#include "site.h"

#include "base/crypto_openssl.h"
#include "collect/collect_error.h"
#include "store/batch.h"

#include <stdlib.h>

#define ROWS_MAX 1024
#define VOLUME "inst.0.0.0.10"
#define AT "\"connection\":\"tcp\",\"host\":\"127.0.0.1\",\"port\":10001,\"address\":"
#define DAY_S (24 * 3600.)

static const char water[] = "{\"name\":\"water\"," AT "1,\"period\":\"15M\"}";
static const char heat[] = "{\"name\":\"heat\"," AT "2,\"period\":\"15M\"}";
static const char two_meters[] = "[bus]\nseed=1\n"
				 "[meter]\nmodel=water\nid=12345678\nprimary=1\n"
				 "[meter]\nmodel=heat\nid=87654321\nprimary=2\n";

static struct site *open_site(const char *scenario)
{
	struct site *s = site_new("2026-03-01T10:00:30");

	site_bus(s, scenario);
	site_open(s);
	return s;
}

/* Another segment hangs on the converter from now on; the connection to it stays. */
static void rewire(struct site *s, const char *scenario)
{
	size_t n = site_bus(s, scenario);
	struct mb_line line;

	sim_line(s->plugs[0].sim, &line);
	sim_set_line(s->sims[n], &line);
	s->plugs[0].sim = s->sims[n];
	s->plugs[0].start_us = s->plugs[n].start_us;
}

static void assert_good(struct site *s, uint32_t id)
{
	struct account_state st = site_state(s, id);

	assert_int_equal(st.connection, CONNECTION_ONLINE);
	assert_int_equal(st.sync, SYNC_STATUS_OK);
	assert_true(st.answering);
}

static void assert_failing(struct site *s, uint32_t id, int error)
{
	struct account_state st = site_state(s, id);

	assert_int_equal(st.last.error, error);
	assert_int_equal(st.sync, SYNC_STATUS_ERROR);
	assert_int_equal(st.connection, CONNECTION_ONLINE);
}

static void assert_told(struct site *s, enum event_kind kind, uint32_t id, const char *part)
{
	const struct site_event *e = site_last_event(s, kind);

	assert_non_null(e);
	assert_int_equal(e->account, id);
	if (!strstr(e->text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, e->text);
}

/* ---- meters ------------------------------------------------------------------------------------ */

static const struct garbage {
	const char *meter, *part;
	int error;
} garbage[] = {
	{"quirk=bad-checksum:1", "checksum", MB_E_BAD_CHECKSUM},
	{"quirk=length-differs:1", "length", MB_E_BAD_LENGTH},
	{"baud=300", "nothing was heard", MB_E_SILENCE},
	{"quirk=deaf:250", "nothing was heard", MB_E_SILENCE},
};

/* The one meter fails with its own error, the other one on the same wire never does. */
static void test_garbage(void **state)
{
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		struct site *s;
		uint32_t bad, good;

		snprintf(text, sizeof(text), "%s%s\n", two_meters, garbage[i].meter);
		s = open_site(text);
		good = site_account(s, water);
		bad = site_account(s, heat);
		site_run(s, 3600);
		assert_failing(s, bad, garbage[i].error);
		assert_false(site_state(s, bad).answering);
		assert_told(s, EVENT_SYNC_FAILED, bad, garbage[i].part);
		assert_int_equal(site_events(s, EVENT_SYNC_FAILED), 1); /* a failure, not a read */
		assert_good(s, good);
		rewire(s, two_meters);
		site_run(s, 3600);
		assert_good(s, bad);
		assert_good(s, good);
		assert_told(s, EVENT_SYNC_RECOVERED, bad, "heat");
		assert_int_equal(site_state(s, good).failures, 0);
		site_free(s);
	}
}

static void test_noise_is_no_reading(void **state)
{
	struct site *s = open_site("[bus]\nseed=3\nnoise=0.02\n"
				   "[meter]\nmodel=water\nid=12345678\nprimary=1\n");
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);

	(void)state;
	site_run(s, 6 * 3600);
	assert_true(site_state(s, id).failures > 0);
	assert_true(site_events(s, EVENT_SYNC_FAILED) > 0);
	assert_int_equal(site_events(s, EVENT_METER_SWAPPED), 0);
	assert_int_equal(site_events(s, EVENT_READING_NEW), 0);
	rewire(s, two_meters);
	site_run(s, 3600);
	assert_good(s, id);
	site_check_slots(s, id, from_ms, site_ms("2026-03-01T17:00:00"));
	site_free(s);
}

/* A meter that only ever says this one volume. */
static const char *says(char *text, size_t max, const char *id_bcd, const char *volume_bcd)
{
	uint8_t sum = 0;
	char body[128];
	int n = snprintf(
		body, sizeof(body), "080172%s2D2C010701000000%s%s", id_bcd, "0C13", volume_bcd);

	for (int i = 0; i < n; i += 2) {
		char byte[3] = {body[i], body[i + 1], 0};

		sum = (uint8_t)(sum + strtoul(byte, NULL, 16));
	}
	snprintf(text, max, "[bus]\n[meter]\nprimary=1\ntelegram=68%02X%02X68%s%02X16\n", n / 2,
		n / 2, body, sum);
	return text;
}

static void test_rollover(void **state)
{
	char text[512];
	struct site *s = open_site(says(text, sizeof(text), "78563412", "90999999"));
	uint32_t id = site_account(s, water);

	(void)state;
	site_run(s, 60);
	assert_string_equal(site_value(s, id, VOLUME), "99999.990");
	rewire(s, says(text, sizeof(text), "78563412", "12000000"));
	site_run(s, 3600);
	assert_told(s, EVENT_METER_ROLLOVER, id, "99999.990");
	assert_int_equal(site_events(s, EVENT_METER_ROLLOVER), 1);
	assert_int_equal(site_events(s, EVENT_METER_FELL_BACK), 0);
	assert_string_equal(site_value(s, id, VOLUME), "0.012");
	assert_good(s, id);
	site_free(s);
}

static void test_meter_swapped(void **state)
{
	char text[512];
	struct site *s = open_site(says(text, sizeof(text), "78563412", "90999999"));
	uint32_t id = site_account(s, water);
	const struct readings *r = collector_readings(s->collector, id);

	(void)state;
	site_run(s, 60);
	assert_int_equal(readings_state(r)->segment, 0);
	rewire(s, says(text, sizeof(text), "11223344", "12000000"));
	site_run(s, 3600);
	assert_int_equal(site_events(s, EVENT_METER_SWAPPED), 1);
	assert_told(s, EVENT_METER_SWAPPED, id, "44332211");
	assert_int_equal(site_events(s, EVENT_METER_ROLLOVER), 0); /* it is another counter */
	assert_int_equal(readings_state(r)->segment, 1);
	site_stop(s);
	site_open(s);
	r = collector_readings(s->collector, id);
	assert_int_equal(readings_state(r)->segment, 1);
	rewire(s, says(text, sizeof(text), "78563412", "95999999"));
	site_run(s, 3600);
	assert_int_equal(site_events(s, EVENT_METER_SWAPPED), 2);
	assert_int_equal(readings_state(r)->segment, 0); /* it is known */
	assert_string_equal(site_value(s, id, VOLUME), "99999.995");
	assert_good(s, id);
	site_free(s);
}

#define KEY "000102030405060708090A0B0C0D0E0F"
#define WRONG "0F0E0D0C0B0A09080706050403020100"

static void test_keys(void **state)
{
	struct site *s = site_new("2026-03-01T10:00:30");
	uint32_t id;

	(void)state;
	if (crypto_openssl(&s->cipher) < 0) {
		site_free(s);
		skip();
	}
	site_bus(s, "[bus]\n[meter]\nmodel=encrypted\nprimary=1\nkey=" KEY "\n");
	site_open(s);
	id = site_account(s, water);
	site_run(s, 60);
	assert_failing(s, id, MB_E_ENCRYPTED);
	assert_told(s, EVENT_SYNC_FAILED, id, mb_error_text(MB_E_ENCRYPTED));
	assert_int_equal(site_change(s, id, "{\"key\":\"" WRONG "\"}"), 0);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).error, MB_E_WRONG_KEY);
	assert_told(s, EVENT_SYNC_FAILED, id, mb_error_text(MB_E_WRONG_KEY));
	assert_int_equal(site_change(s, id, "{\"key\":\"" KEY "\"}"), 0);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_OK);
	assert_told(s, EVENT_SYNC_RECOVERED, id, "water");
	assert_string_not_equal(site_value(s, id, VOLUME), "");
	assert_good(s, id);
	site_free(s);
}

static const char multi[] = "[bus]\nseed=1\n[meter]\nmodel=electricity-multi\nprimary=1\n";

/* Ends when the first telegram of a chain is there. */
static void run_into_chain(struct site *s, uint32_t id)
{
	for (int i = 0; i < 40000; i++) {
		if (site_state(s, id).sync == SYNC_STATUS_SYNCHRONIZING)
			return;
		site_run(s, 0.05);
	}
	fail_msg("no chain has begun");
}

static void test_partial_chain(void **state)
{
	struct site *s = open_site(multi);
	uint32_t id = site_account(s, water);
	struct store_telegram rows[ROWS_MAX];
	size_t n, readings;

	(void)state;
	site_run(s, 30);
	assert_good(s, id);
	readings_list(collector_readings(s->collector, id), &readings);
	run_into_chain(s, id);
	rewire(s, "[bus]\n[meter]\nmodel=water\nprimary=9\n"); /* it dies in the middle */
	site_run(s, 60);
	assert_failing(s, id, MB_E_SILENCE);
	n = site_rows(s, id, rows, ROWS_MAX);
	assert_int_equal(rows[n - 1].error, 0); /* what was heard is kept, and marked */
	assert_true(rows[n - 1].flags & STORE_PARTIAL);
	assert_int_equal(rows[n - 1].count, 2);
	readings_list(collector_readings(s->collector, id), &n);
	assert_int_equal(n, readings);
	assert_int_equal(site_events(s, EVENT_READING_VANISHED), 0);
	rewire(s, multi);
	site_run(s, 1800);
	assert_good(s, id);
	assert_int_equal(site_events(s, EVENT_SYNC_RECOVERED), 1);
	assert_int_equal(site_events(s, EVENT_READING_NEW), 0);
	site_free(s);
}

/* ---- the way to them ----------------------------------------------------------------------------- */

static void test_half_open(void **state)
{
	struct site *s = open_site(two_meters);
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);
	uint64_t opened;

	(void)state;
	site_run(s, 3600);
	opened = s->plugs[0].opened;
	s->plugs[0].dead = true;
	site_run(s, 3600);
	assert_int_equal(site_state(s, id).last.error, MB_E_SILENCE);
	assert_int_equal(site_state(s, id).sync, SYNC_STATUS_ERROR);
	assert_false(site_state(s, id).answering);
	assert_told(s, EVENT_SYNC_FAILED, id, "nothing was heard");
	assert_true(s->plugs[0].opened > opened); /* it tries another connection */
	s->plugs[0].dead = false;
	site_run(s, 3600);
	assert_good(s, id);
	assert_int_equal(site_events(s, EVENT_SYNC_RECOVERED), 1);
	site_check_slots(s, id, from_ms, site_ms("2026-03-01T13:00:00"));
	site_free(s);
}

static void test_unplugged_for_days(void **state)
{
	struct site *s = open_site(two_meters);
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);
	struct account_state st;

	(void)state;
	assert_int_equal(site_change(s, id, "{\"offline_alert_s\":86400}"), 0);
	site_run(s, 3600);
	s->plugs[0].pulled = true;
	site_run(s, DAY_S / 2);
	assert_int_equal(site_events(s, EVENT_OFFLINE_ALERT), 0);
	site_run(s, 2.5 * DAY_S);
	st = site_state(s, id);
	assert_int_equal(st.connection, CONNECTION_OFFLINE);
	assert_int_equal(st.last.result, SYNC_NO_CONNECTION);
	assert_int_equal(site_events(s, EVENT_OFFLINE_ALERT), 1);
	assert_int_equal(site_events(s, EVENT_SYNC_FAILED), 1);
	assert_true(site_events(s, EVENT_BUS_STATE) < 10); /* not one a try */
	s->plugs[0].pulled = false;
	site_run(s, 120); /* not only at the next due time */
	assert_good(s, id);
	assert_int_equal(site_events(s, EVENT_SYNC_RECOVERED), 1);
	site_run(s, 3600);
	site_check_slots(s, id, from_ms, site_wall_ms(s) - 60000);
	site_free(s);
}

static void test_two_speeds_on_one_port(void **state)
{
	struct site *s = open_site("[bus]\nseed=1\n"
				   "[meter]\nmodel=water\nid=12345678\nprimary=1\nbaud=300\n"
				   "[meter]\nmodel=heat\nid=87654321\nprimary=2\nbaud=9600\n");
	uint32_t slow = site_account(s, water), fast = site_account(s, heat);
	int64_t from_ms;

	(void)state;
	assert_int_equal(site_change(s, slow, "{\"baud_rate\":300}"), 0);
	assert_int_equal(site_change(s, fast, "{\"baud_rate\":9600}"), 0);
	site_run(s, 120);
	from_ms = site_wall_ms(s);
	site_run(s, 2 * 3600);
	assert_good(s, slow);
	assert_good(s, fast);
	assert_int_equal(site_check_slots(s, slow, from_ms, site_ms("2026-03-01T12:00:00")), 8);
	assert_int_equal(site_check_slots(s, fast, from_ms, site_ms("2026-03-01T12:00:00")), 8);
	assert_int_equal(s->plugs[0].opened, 1);
	site_free(s);
}

static void test_clock_jumps_in_a_dialogue(void **state)
{
	static const int64_t jumps_ms[] = {
		7200000, -3600000, 90000, -90000, -7000, 40 * 86400000ll};
	struct store_telegram rows[ROWS_MAX];
	struct site *s = open_site(multi);
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);
	size_t n;

	(void)state;
	site_run(s, 60);
	for (size_t i = 0; i < sizeof(jumps_ms) / sizeof(jumps_ms[0]); i++) {
		run_into_chain(s, id);
		loop_virtual_set_wall(s->loop, site_wall_ms(s) + jumps_ms[i]);
		site_run(s, 2 * 3600);
		site_run(s, 900 - (double)(site_wall_ms(s) % 900000) / 1000 + 60);
		assert_good(s, id);
		assert_int_equal(site_events(s, EVENT_CLOCK_JUMPED), i + 1);
	}
	assert_int_equal(site_events(s, EVENT_SYNC_FAILED), 0);
	site_check_slots(s, id, from_ms, site_wall_ms(s) - 60000);
	n = site_rows(s, id, rows, ROWS_MAX);
	for (size_t i = 0; i < n; i++)
		assert_true(
			rows[i].duration_ms < 60000); /* measured by the clock that is not set */
	site_free(s);
}

/* ---- the disk ------------------------------------------------------------------------------------- */

/* Events of somebody else, until nothing more fits. */
static void fill_store(struct site *s)
{
	static char data[60001];
	struct store_event event = {.kind = "x", .bus = "", .text = "", .data = data};
	struct store_batch *batch;
	int rc;

	memset(data, 'x', sizeof(data) - 1);
	for (size_t n = sizeof(data) - 1; n > 10;) {
		data[n] = '\0';
		event.time_ms = site_wall_ms(s);
		batch = store_batch_new();
		assert_int_equal(store_batch_event(batch, &event), 0);
		rc = store_commit(s->store, &batch, 1, site_wall_ms(s));
		store_batch_free(batch);
		assert_true(rc == 0 || rc == STORE_E_FULL);
		if (rc < 0)
			n /= 2;
	}
}

static void assert_full(struct site *s, uint32_t id)
{
	struct store_queue_status status;
	struct collector_totals totals;
	struct account_state st = site_state(s, id);

	store_queue_status(s->queue, &status);
	assert_int_equal(status.state, STORE_QUEUE_FULL);
	assert_int_equal(site_events(s, EVENT_STORE_FULL), 1);
	collector_totals(s->collector, &totals);
	assert_true(totals.not_stored >= 4);
	assert_int_equal(st.last.error, STORE_E_FULL);
	assert_int_equal(st.last.seq, 0);
	assert_int_equal(st.sync, SYNC_STATUS_ERROR);
	assert_int_equal(st.connection, CONNECTION_ONLINE);
	assert_true(st.answering); /* it is not the meter's fault */
	assert_true(st.telegrams >= 8); /* reads go on */
}

static struct site *full_site(uint32_t *ret_id)
{
	struct site *s = site_new("2026-03-01T10:00:30");
	size_t done, failed;

	s->options.max_bytes = STORE_BYTES_MIN;
	site_bus(s, two_meters);
	site_open(s);
	*ret_id = site_account(s, water);
	site_run(s, 3600);
	assert_good(s, *ret_id);
	fill_store(s);
	for (int i = 0; i < 500 && site_state(s, *ret_id).last.error == 0; i++)
		site_run(s, 900); /* pages that have been begun take some more */
	done = site_events(s, EVENT_SYNC_DONE);
	failed = site_events(s, EVENT_SYNC_FAILED);
	site_run(s, 3600);
	assert_full(s, *ret_id);
	assert_int_equal(site_events(s, EVENT_SYNC_DONE), done); /* not done when not stored */
	assert_int_equal(failed, 1);
	assert_int_equal(site_events(s, EVENT_SYNC_FAILED), 1);
	assert_told(s, EVENT_SYNC_FAILED, *ret_id, collect_error_text(STORE_E_FULL));
	return s;
}

static void test_full_until_the_limit_is_raised(void **state)
{
	uint32_t id;
	struct site *s = full_site(&id);
	int64_t from_ms;

	(void)state;
	site_stop(s);
	s->options.max_bytes = 4 * STORE_BYTES_MIN;
	site_open(s);
	site_run(s, 60);
	from_ms = site_wall_ms(s);
	site_run(s, 3600);
	assert_good(s, id);
	assert_int_equal(site_events(s, EVENT_STORE_FULL), 1);
	assert_int_equal(site_check_slots(s, id, from_ms, site_wall_ms(s) - 20000), 4);
	site_free(s);
}

static void test_full_until_the_old_goes(void **state)
{
	struct store_retention retention = {.kind[STORE_EVENTS].bytes = 100000};
	uint32_t id;
	struct site *s = full_site(&id);
	int64_t from_ms;

	(void)state;
	store_set_retention(s->store, &retention);
	site_run(s, 600);
	assert_int_equal(site_events(s, EVENT_STORE_RECOVERED), 1);
	assert_true(site_last_event(s, EVENT_STORE_RECOVERED)->seq > 0);
	site_run(s, 1200);
	from_ms = site_wall_ms(s);
	site_run(s, 3600);
	assert_good(s, id);
	assert_told(s, EVENT_SYNC_RECOVERED, id, "water");
	assert_int_equal(site_check_slots(s, id, from_ms, site_wall_ms(s) - 20000), 4);
	site_free(s);
}

/* What could not be committed has not happened. */
static void test_full_takes_no_account(void **state)
{
	static char text[20000];
	uint32_t id;
	struct site *s = full_site(&id);
	size_t created = site_events(s, EVENT_ACCOUNT_CREATED);
	size_t changed = site_events(s, EVENT_ACCOUNT_CHANGED);
	int rc = 0;

	(void)state;
	for (int i = 0; i < 1000 && rc == 0; i++) {
		snprintf(text, sizeof(text), "{\"description\":\"%0*d\"}", 200, i);
		rc = site_change(s, id, text);
		changed += rc == 0;
	}
	assert_int_equal(rc, STORE_E_FULL);
	site_run(s, 5);
	assert_int_equal(site_events(s, EVENT_ACCOUNT_CHANGED), changed);
	assert_int_equal(site_events(s, EVENT_ACCOUNT_CREATED), created);
	site_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_noise_is_no_reading),
		cmocka_unit_test(test_rollover),
		cmocka_unit_test(test_meter_swapped),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_partial_chain),
		cmocka_unit_test(test_half_open),
		cmocka_unit_test(test_unplugged_for_days),
		cmocka_unit_test(test_two_speeds_on_one_port),
		cmocka_unit_test(test_clock_jumps_in_a_dialogue),
		cmocka_unit_test(test_full_until_the_limit_is_raised),
		cmocka_unit_test(test_full_until_the_old_goes),
		cmocka_unit_test(test_full_takes_no_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
