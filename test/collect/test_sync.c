/* SPDX-License-Identifier: MIT */
/* Accounts, synchronisation and states, on simulated buses in virtual time. */
#include "site.h"

#include "collect/collect_error.h"

#include <stdlib.h>

#define ROWS_MAX 512
#define VOLUME "inst.0.0.0.10"
#define NOWHERE "inst.9.9.9.10"

/* One water meter at address 1, a heat meter at 2, and nobody at 3. */
static const char two_meters[] = "[bus]\nseed=1\n"
				 "[meter]\nmodel=water\nid=12345678\nprimary=1\n"
				 "[meter]\nmodel=heat\nid=87654321\nprimary=2\n";

static const char water[] = "{\"name\":\"water\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\","
			    "\"port\":10001,\"address\":1,"
			    "\"period\":\"15M\"}";
static const char absent[] = "{\"name\":\"absent\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\","
			     "\"port\":10001,\"address\":3,"
			     "\"period\":\"NONE\"}";

static int begin(void **state)
{
	return site_begin(state, "2026-03-01T10:00:30", two_meters);
}

static void test_new_account_is_read(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	struct account_state st;
	struct store_telegram rows[ROWS_MAX];

	site_run(s, 10);
	st = site_state(s, id);
	assert_int_equal(st.connection, CONNECTION_ONLINE);
	assert_int_equal(st.sync, SYNC_STATUS_OK);
	assert_true(st.answering);
	assert_true(st.has_identity);
	assert_string_not_equal(site_value(s, id, VOLUME), "");
	assert_int_equal(site_events(s, EVENT_ACCOUNT_CREATED), 1);
	assert_int_equal(site_events(s, EVENT_SYNC_DONE), 1);
	assert_true(site_last_event(s, EVENT_ACCOUNT_CREATED)->seq > 0);
	assert_int_equal(site_rows(s, id, rows, ROWS_MAX), 1);
	assert_int_equal(rows[0].due_ms, 0);
	assert_int_equal(rows[0].error, 0);
	assert_int_equal(st.last.seq, rows[0].seq);
}

static void test_schedule_reads_each_slot_once(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);

	site_run(s, 2 * 3600);
	assert_int_equal(site_check_slots(s, id, from_ms, site_ms("2026-03-01T12:00:00")), 8);
	assert_int_equal(site_state(s, id).next_due_ms, site_ms("2026-03-01T12:15:00"));
}

static void test_silent_meter_is_online_and_failing(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, absent);
	struct sync_report r = site_sync(s, id, SYNC_FULL, NULL);
	struct account_state st = site_state(s, id);
	struct store_telegram rows[ROWS_MAX];
	size_t n;

	assert_int_equal(r.result, SYNC_ERROR);
	assert_int_equal(r.error, MB_E_SILENCE);
	assert_string_equal(r.text, mb_error_text(MB_E_SILENCE));
	assert_int_equal(st.connection, CONNECTION_ONLINE);
	assert_int_equal(st.sync, SYNC_STATUS_ERROR);
	assert_false(st.answering);
	n = site_rows(s, id, rows, ROWS_MAX);
	assert_true(n >= 1);
	assert_int_equal(rows[n - 1].error, MB_E_SILENCE);
	assert_int_equal(rows[n - 1].len, 0);
	assert_int_equal(rows[n - 1].step, STORE_STEP_NKE);
	assert_int_equal(rows[n - 1].index, 0);
	assert_int_equal(
		site_change(s, id,
			"{\"index\":250,\"secondary\":true,\"identification\":\"99999999\"}"),
		0);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).error, MB_E_NOT_SELECTED);
	n = site_rows(s, id, rows, ROWS_MAX);
	assert_int_equal(rows[n - 1].step, STORE_STEP_SELECT);
	assert_int_equal(rows[n - 1].index, 250);
}

static void test_interrupt_on_error_hangs_up(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, absent), patient = site_account(s, water);
	uint64_t opened;

	site_run(s, 30);
	opened = s->plugs[0].opened;
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_ERROR);
	site_run(s, 5);
	assert_int_equal(site_state(s, id).connection, CONNECTION_ONLINE);
	assert_int_equal(s->plugs[0].opened, opened);
	assert_int_equal(site_change(s, id, "{\"interrupt_on_error\":true}"), 0);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_ERROR);
	site_run(s, 5);
	assert_int_equal(site_state(s, id).connection, CONNECTION_OFFLINE);
	assert_int_equal(site_sync(s, patient, SYNC_FULL, NULL).result, SYNC_OK);
	assert_int_equal(s->plugs[0].opened, opened + 1);
	assert_int_equal(site_state(s, id).connection, CONNECTION_ONLINE);
}

static void test_partial_takes_one_reading(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	struct sync_report r;

	site_run(s, 10);
	r = site_sync(s, id, SYNC_PARTIAL, VOLUME);
	assert_int_equal(r.result, SYNC_OK);
	assert_int_equal(r.readings, 1);
	r = site_sync(s, id, SYNC_PARTIAL, NOWHERE);
	assert_int_equal(r.result, SYNC_ERROR);
	assert_int_equal(r.error, COLLECT_E_NO_KEY_HERE);
}

struct told {
	unsigned calls;
	int result, error;
	uint8_t kind;
	uint32_t readings;
};

static void take_report(void *ctx, const struct sync_report *r)
{
	struct told *t = ctx;

	*t = (struct told){t->calls + 1, r->result, r->error, r->kind, r->readings};
}

static void want(
	struct site *s, uint32_t id, enum sync_kind kind, const char *key, struct told *ret)
{
	struct sync_request request = {.kind = kind, .key = key, .who = "test"};

	assert_int_equal(collector_sync(s->collector, id, &request, take_report, ret), 0);
}

/* What is asked for while something else is under way is done together afterwards. */
static void test_partial_requests_are_joined_by_their_keys(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	struct told first = {0}, told[4] = {{0}};
	uint64_t syncs;

	site_run(s, 10);
	syncs = site_state(s, id).syncs;
	want(s, id, SYNC_CONNECT, NULL, &first);
	for (int i = 0; i < 3; i++)
		want(s, id, SYNC_PARTIAL, VOLUME, &told[i]);
	site_run(s, 20);
	assert_int_equal(site_state(s, id).syncs, syncs + 2); /* these three are one */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(told[i].result, SYNC_OK);
		assert_int_equal(told[i].kind, SYNC_PARTIAL);
		assert_int_equal(told[i].readings, 1);
	}
	want(s, id, SYNC_CONNECT, NULL, &first);
	want(s, id, SYNC_PARTIAL, VOLUME, &told[0]);
	want(s, id, SYNC_PARTIAL, NOWHERE, &told[1]);
	want(s, id, SYNC_PARTIAL, VOLUME, &told[2]);
	want(s, id, SYNC_CONNECT, NULL, &told[3]);
	site_run(s, 20);
	assert_int_equal(site_state(s, id).syncs, syncs + 4);
	assert_int_equal(told[0].result, SYNC_OK);
	assert_int_equal(told[0].kind, SYNC_FULL);
	assert_int_equal(told[1].result, SYNC_ERROR);
	assert_int_equal(told[1].error, COLLECT_E_NO_KEY_HERE);
	assert_int_equal(told[2].calls, 2);
	assert_int_equal(told[2].kind, SYNC_FULL);
	assert_int_equal(told[3].result, SYNC_OK);
	assert_int_equal(site_state(s, id).last.result, SYNC_OK);
}

static void test_partial_joins_what_covers_it(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	struct told full = {0}, good = {0}, bad = {0}, other = {0};
	uint64_t syncs;

	site_run(s, 10);
	syncs = site_state(s, id).syncs;
	want(s, id, SYNC_FULL, NULL, &full);
	want(s, id, SYNC_PARTIAL, VOLUME, &good);
	want(s, id, SYNC_PARTIAL, NOWHERE, &bad);
	site_run(s, 10);
	assert_int_equal(site_state(s, id).syncs, syncs + 1);
	assert_int_equal(full.result, SYNC_OK);
	assert_int_equal(good.result, SYNC_OK);
	assert_int_equal(bad.error, COLLECT_E_NO_KEY_HERE);
	want(s, id, SYNC_PARTIAL, VOLUME, &good);
	want(s, id, SYNC_PARTIAL, VOLUME, &full);
	want(s, id, SYNC_PARTIAL, NOWHERE, &other); /* by itself, behind */
	site_run(s, 10);
	assert_int_equal(site_state(s, id).syncs, syncs + 3);
	assert_int_equal(good.kind, SYNC_PARTIAL);
	assert_int_equal(good.result, SYNC_OK);
	assert_int_equal(full.result, SYNC_OK);
	assert_int_equal(other.error, COLLECT_E_NO_KEY_HERE);
}

static void test_connect_only_reads_nothing(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, absent);
	struct store_telegram rows[ROWS_MAX];
	struct sync_report r;
	size_t n;

	site_run(s, 60);
	n = site_rows(s, id, rows, ROWS_MAX);
	r = site_sync(s, id, SYNC_CONNECT, NULL);
	assert_int_equal(r.result, SYNC_OK);
	assert_int_equal(r.telegrams, 0);
	assert_int_equal(site_rows(s, id, rows, ROWS_MAX), n);
}

static void test_suspended_and_maintenance_decline(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	struct store_telegram rows[ROWS_MAX];
	size_t n;

	site_run(s, 10);
	assert_int_equal(site_change(s, id, "{\"suspended\":true}"), 0);
	assert_int_equal(site_state(s, id).connection, CONNECTION_SUSPENDED);
	n = site_rows(s, id, rows, ROWS_MAX);
	site_run(s, 3600);
	assert_int_equal(site_rows(s, id, rows, ROWS_MAX), n);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_SUSPENDED);
	assert_int_equal(site_change(s, id, "{\"suspended\":null,\"maintenance\":true}"), 0);
	assert_int_equal(site_state(s, id).connection, CONNECTION_MAINTENANCE);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_MAINTENANCE);
	assert_int_equal(site_change(s, id, "{\"maintenance\":null}"), 0);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_OK);
	assert_int_equal(site_state(s, id).connection, CONNECTION_ONLINE);
}

static void test_dependency_disables(void **state)
{
	struct site *s = *state;
	uint32_t gate = site_account(s, water), id;

	site_run(s, 10);
	id = site_account(s, "{\"name\":\"behind\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\","
			     "\"port\":10001,\"address\":2,\"depends_on\":\"account:water\"}");
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_OK);
	assert_int_equal(site_change(s, gate, "{\"suspended\":true}"), 0);
	assert_int_equal(site_state(s, id).connection, CONNECTION_SUSPENDED);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_DEPENDENCY);
	assert_int_equal(site_delete(s, gate), STORE_E_CONFLICT);
	assert_int_equal(site_change(s, gate, "{\"suspended\":false}"), 0);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_OK);
}

static void test_unplugged_and_back(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);

	site_run(s, 20 * 60);
	s->plugs[0].pulled = true;
	site_run(s, 30 * 60);
	assert_int_equal(site_state(s, id).connection, CONNECTION_OFFLINE);
	assert_int_equal(site_state(s, id).sync, SYNC_STATUS_ERROR);
	assert_non_null(site_last_event(s, EVENT_SYNC_FAILED));
	s->plugs[0].pulled = false;
	site_run(s, 30 * 60);
	assert_int_equal(site_state(s, id).connection, CONNECTION_ONLINE);
	assert_int_equal(site_state(s, id).sync, SYNC_STATUS_OK);
	assert_int_equal(site_events(s, EVENT_SYNC_RECOVERED), 1);
	assert_int_equal(site_check_slots(s, id, from_ms, site_ms("2026-03-01T11:15:00")), 3);
}

static void test_restart_goes_on(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);
	const struct sync_report *reports[20];
	char value[64];

	site_run(s, 3600);
	snprintf(value, sizeof(value), "%s", site_value(s, id, VOLUME));
	site_stop(s);
	site_run(s, 3600); /* nobody reads */
	site_open(s);
	assert_string_equal(site_value(s, id, VOLUME), value);
	assert_int_equal(collector_log(s->collector, id, reports, 20), 5);
	assert_int_equal(reports[0]->result, SYNC_OK);
	assert_int_equal(reports[0]->due_ms, site_ms("2026-03-01T11:00:00"));
	assert_false(reports[4]->scheduled); /* the first, when it was new */
	site_run(s, 3600);
	assert_int_equal(site_check_slots(s, id, from_ms, site_ms("2026-03-01T13:00:00")), 9);
	assert_int_equal(site_events(s, EVENT_READING_MISSED), 1);
}

static void test_kill_loses_nothing_told(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);
	struct store_telegram rows[ROWS_MAX];
	uint64_t told = 0;
	size_t n;

	site_run(s, 20);
	for (int i = 0; i < 10; i++) {
		site_run(s, 15 * 60 + 0.13 * i);
		told = site_state(s, id).last.seq;
		site_kill(s);
		site_open(s);
		n = site_rows(s, id, rows, ROWS_MAX);
		assert_true(n > 0);
		assert_true(rows[n - 1].seq >= told);
	}
	site_check_slots(s, id, from_ms, site_ms("2026-03-01T12:30:00"));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rows[i].seq, i + 1);
}

static void test_stop_records_what_is_cut(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, absent);
	struct store_telegram rows[ROWS_MAX];
	uint64_t began_us;
	size_t n;

	site_run(s, 1.2); /* the first read of the new account is waiting for an answer */
	began_us = loop_now_us(s->loop);
	site_stop(s);
	assert_true(loop_now_us(s->loop) - began_us < 2000000);
	site_open(s);
	n = site_rows(s, id, rows, ROWS_MAX);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].error, MB_E_CANCELLED);
	assert_true(rows[0].flags & STORE_INTERRUPTED);
}

static void test_clock_jumps(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	int64_t from_ms = site_wall_ms(s);

	site_run(s, 3600);
	loop_virtual_set_wall(s->loop, site_wall_ms(s) + 3 * 3600000);
	site_run(s, 3600);
	loop_virtual_set_wall(s->loop, site_wall_ms(s) - 2 * 3600000);
	site_run(s, 4 * 3600);
	assert_int_equal(site_events(s, EVENT_CLOCK_JUMPED), 2);
	site_check_slots(s, id, from_ms, site_ms("2026-03-01T17:00:00"));
}

static void test_delete_under_way(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, absent);

	site_run(s, 0.2);
	assert_int_equal(site_delete(s, id), 0);
	site_run(s, 60);
	assert_false(collector_state(s->collector, id, &(struct account_state){0}));
	assert_int_equal(site_events(s, EVENT_ACCOUNT_DELETED), 1);
}

static void test_conflict(void **state)
{
	struct site *s = *state;
	uint32_t id = site_account(s, water);
	struct account_change one = {.id = id, .revision = 7, .delete = true};
	char err[256];
	size_t at;

	assert_int_equal(collector_change(s->collector, &one, 1, NULL, NULL, &at, err, sizeof(err)),
		STORE_E_CONFLICT);
	assert_int_equal(site_change(s, id, "{\"description\":\"cellar\"}"), 0);
	site_stop(s);
	site_open(s);
	assert_string_equal(
		accounts_by_id(collector_accounts(s->collector), id)->description, "cellar");
}

struct seen {
	unsigned values;
	bool stored;
	char data[4096];
};

static void see(void *ctx, const struct event *event)
{
	struct seen *seen = ctx;

	if (event->kind != EVENT_VALUES)
		return;
	seen->values++;
	seen->stored |= event->seq != 0;
	snprintf(seen->data, sizeof(seen->data), "%s", event->data);
}

static void test_values_are_told_to_who_watches(void **state)
{
	struct site *s = *state;
	struct seen seen = {0};
	uint32_t id = site_account(s, water);
	char want[128];

	assert_non_null(events_listen(s->events, see, &seen));
	site_run(s, 60);
	assert_int_equal(seen.values, 0);
	events_watch(s->events, 1);
	assert_int_equal(site_sync(s, id, SYNC_FULL, NULL).result, SYNC_OK);
	assert_int_equal(seen.values, 1);
	assert_false(seen.stored);
	snprintf(want, sizeof(want), "{\"key\":\"" VOLUME "\",\"value\":\"%s\"",
		site_value(s, id, VOLUME));
	assert_non_null(strstr(seen.data, want));
}

#define SITE(test) cmocka_unit_test_setup_teardown(test, begin, site_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE(test_new_account_is_read),
		SITE(test_schedule_reads_each_slot_once),
		SITE(test_silent_meter_is_online_and_failing),
		SITE(test_interrupt_on_error_hangs_up),
		SITE(test_partial_takes_one_reading),
		SITE(test_partial_requests_are_joined_by_their_keys),
		SITE(test_partial_joins_what_covers_it),
		SITE(test_connect_only_reads_nothing),
		SITE(test_suspended_and_maintenance_decline),
		SITE(test_dependency_disables),
		SITE(test_unplugged_and_back),
		SITE(test_restart_goes_on),
		SITE(test_kill_loses_nothing_told),
		SITE(test_stop_records_what_is_cut),
		SITE(test_clock_jumps),
		SITE(test_delete_under_way),
		SITE(test_conflict),
		SITE(test_values_are_told_to_who_watches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
