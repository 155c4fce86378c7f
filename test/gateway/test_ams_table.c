/* SPDX-License-Identifier: MIT */
/* AT^SCAMS: the table is the accounts with an index. */
#include "at_rig.h"

#include "store/reader.h"

static const char meters[] = "[bus]\nseed=1\n"
			     "[meter]\nmodel=water\nid=12345678\nprimary=1\n"
			     "[meter]\nmodel=heat\nid=87654321\nprimary=2\n";

#define EMPTY \
	"\n^SCAMS: \"ENABLE\",1\n^SCAMS: \"RETRY\",0\n^SCAMS: NO DEVICE\n" \
	"\nOK\n"
#define TABLE(count, rows) \
	"\n^SCAMS: \"ENABLE\",1\n^SCAMS: \"RETRY\",0\n^SCAMS: \"DEV_CNT\"," count "\n" rows "\nOK" \
	"\n"

static int begin(void **state)
{
	(void)state;
	at_begin(meters);
	return 0;
}

static const struct account *account(const char *name)
{
	return accounts_by_name(collector_accounts(rig.site->collector), name);
}

static void devices_are_accounts(void **state)
{
	const struct account *a;

	(void)state;
	assert_string_equal(at_ask(talk, "AT^SCAMS?"), EMPTY);
	at_ok(talk, "at^scams=\"dev_add\",2,\"MBUS\",\"1@2400\",\"1M\"");
	at_ok(talk, "at^scams=\"dev_add\",2,2,\"*87654321\",\"1h\"");
	assert_string_equal(at_ask(talk, "AT^SCAMS?"),
		TABLE("2", "^SCAMS: 1> 2,\"MBUS\",\"1@2400\",\"1M\"\n"
			   "^SCAMS: 2> 2,\"MBUS\",\"*87654321\",\"1H\"\n"));
	a = account("ams-1-1");
	assert_non_null(a);
	assert_int_equal(a->index, 1);
	assert_string_equal(a->bus, AT_RIG_BUS);
	assert_int_equal(a->line.baud, 2400);
	a = account("ams-2-87654321");
	assert_non_null(a);
	assert_true(a->secondary);
	assert_int_equal(a->meter.manufacturer, MB_MANUFACTURER_ANY);
	at_restart();
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "\"DEV_CNT\",2\n"));
}

static void a_known_meter_gets_an_index(void **state)
{
	uint32_t id = site_account(rig.site,
		"{\"name\":\"water\",\"connection\":\"bus\",\"bus\":\"roof\",\"address\":1,"
		"\"description\":\"mine\",\"period\":\"NONE\"}");
	const struct account *a;

	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"15M\"");
	a = account("water");
	assert_int_equal(a->id, id);
	assert_int_equal(a->index, 1);
	assert_int_equal(a->period.s, 900);
	assert_string_equal(a->description, "mine");
	/* once more: it stays where it is */
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"30M\"");
	assert_string_equal(
		at_ask(talk, "AT^SCAMS?"), TABLE("1", "^SCAMS: 1> 2,\"MBUS\",\"1\",\"30M\"\n"));
	assert_int_equal(accounts_count(collector_accounts(rig.site->collector)), 1);
}

/* By its identification alone, though the account knows more; not when two may be meant. */
static void a_known_meter_by_its_identification(void **state)
{
	(void)state;
	site_account(rig.site,
		"{\"name\":\"heat\",\"connection\":\"bus\",\"bus\":\"roof\",\"secondary\":true,"
		"\"identification\":\"87654321\",\"manufacturer\":\"KAM\",\"period\":\"NONE\"}");
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*87654321\",\"1D\"");
	assert_int_equal(account("heat")->index, 1);
	site_account(rig.site,
		"{\"name\":\"other\",\"connection\":\"bus\",\"bus\":\"roof\",\"secondary\":true,"
		"\"identification\":\"87654321\",\"manufacturer\":\"LSE\",\"period\":\"NONE\"}");
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*87654321\",\"1D\"");
	assert_int_equal(account("other")->index, 0);
	assert_non_null(account("ams-2-87654321"));
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*876543FF\",\"1D\"");
	assert_non_null(account("ams-3-876543FF"));
}

static void what_is_removed_keeps_its_account(void **state)
{
	struct store_telegram rows[64];
	uint32_t id;

	(void)state;
	for (unsigned i = 1; i <= 3; i++)
		at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"%u\",\"1M\"", i);
	site_run(rig.site, 150);
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCAMS=\"DEV_REMOVE\",4");
	at_ok(talk, "AT^SCAMS=\"DEV_REMOVE\",1");
	id = account("ams-1-1")->id;
	assert_int_equal(account("ams-1-1")->index, 0);
	assert_int_equal(account("ams-1-1")->period.s, 0);
	assert_true(site_rows(rig.site, id, rows, 64) >= 3);
	/* the others keep their places, the next one takes the hole */
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "\n^SCAMS: 2> "));
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"9\",\"1D\"");
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "^SCAMS: 1> 2,\"MBUS\",\"9\",\"1D\"\n"));
	/* back again: the same account */
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1D\"");
	assert_int_equal(account("ams-1-1")->id, id);
	assert_int_equal(account("ams-1-1")->index, 4);
	at_ok(talk, "AT^SCAMS=\"DEV_CLEAR\"");
	at_ok(talk, "AT^SCAMS=\"DEV_CLEAR\"");
	assert_string_equal(at_ask(talk, "AT^SCAMS?"), EMPTY);
	assert_int_equal(accounts_count(collector_accounts(rig.site->collector)), 4);
}

static void intervals(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_INTERVAL\",\"ALL\",\"1D\"");
	for (unsigned i = 1; i <= 3; i++)
		at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"%u\",\"1M\"", i);
	at_ok(talk, "AT^SCAMS=\"DEV_INTERVAL\",2,\"12H\"");
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "^SCAMS: 2> 2,\"MBUS\",\"2\",\"12H\"\n"));
	assert_int_equal(account("ams-1-1")->period.s, 60);
	at_ok(talk, "AT^SCAMS=\"DEV_INTERVAL\",\"ALL\",\"2h\"");
	for (unsigned i = 1; i <= 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "ams-%u-%u", i, i);
		assert_int_equal(account(name)->period.s, 7200);
	}
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCAMS=\"DEV_INTERVAL\",9,\"1H\"");
}

static void rules_outlive_a_restart(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCAMS=\"ENABLE\",0");
	at_ok(talk, "AT^SCAMS=\"RETRY\",3");
	at_restart();
	assert_string_equal(at_ask(talk, "AT^SCAMS?"),
		"\n^SCAMS: \"ENABLE\",0\n^SCAMS: \"RETRY\",3\n^SCAMS: NO DEVICE\n\nOK\n");
}

static void two_sessions_at_once_get_two_places(void **state)
{
	struct at_talk *other = at_talk_new(&rig, "other");

	(void)state;
	at_send(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1D\"");
	at_send(other, "AT^SCAMS=\"DEV_ADD\",2,2,\"2\",\"1D\"");
	assert_true(at_waits(talk) && at_waits(other));
	assert_string_equal(at_answer(other), "\nOK\n");
	assert_string_equal(at_answer(talk), "\nOK\n");
	assert_string_equal(
		at_ask(talk, "AT^SCAMS?"), TABLE("2", "^SCAMS: 1> 2,\"MBUS\",\"1\",\"1D\"\n"
						      "^SCAMS: 2> 2,\"MBUS\",\"2\",\"1D\"\n"));
	/* who goes away has still asked for it */
	at_send(talk, "AT^SCAMS=\"DEV_REMOVE\",1");
	at_send(other, "AT^SCAMS=\"DEV_REMOVE\",2");
	at_talk_free(other);
	assert_string_equal(at_answer(talk), "\nOK\n");
	site_run(rig.site, 1);
	assert_string_equal(at_ask(talk, "AT^SCAMS?"), EMPTY);
}

static void other_periods_are_shown(void **state)
{
	(void)state;
	site_account(rig.site,
		"{\"name\":\"w\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\",\"port\":10001,"
		"\"address\":1,\"period\":\"90S\",\"index\":250}");
	assert_string_equal(
		at_ask(talk, "AT^SCAMS?"), TABLE("1", "^SCAMS: 250> 0,\"MBUS\",\"1\",\"90S\"\n"));
}

static void a_full_table_and_a_wrong_port(void **state)
{
	(void)state;
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCAMS=\"DEV_ADD\",3,2,\"1\",\"1D\"");
	for (unsigned i = 1; i <= AT_DEVICES_MAX; i++)
		at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*%08u\",\"1D\"", i);
	at_refused(talk, AT_E_FULL, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1D\"");
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*00000250\",\"12H\"");
	at_ok(talk, "AT^SCAMS=\"DEV_INTERVAL\",\"ALL\",\"1D\"");
	at_ok(talk, "AT^SCAMS=\"DEV_CLEAR\"");
	assert_string_equal(at_ask(talk, "AT^SCAMS?"), EMPTY);
}

/* Nothing is taken: what was asked for is refused, and the table is as it was. */
static void no_room_in_the_queue(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1D\"");
	rig.site->queue_options.max_bytes = 1;
	at_restart();
	at_refused(talk, AT_E_FULL, "AT^SCAMS=\"DEV_ADD\",2,2,\"2\",\"1D\"");
	at_refused(talk, AT_E_FULL, "AT^SCAMS=\"DEV_REMOVE\",1");
	at_refused(talk, AT_E_FULL, "AT^SCAMS=\"DEV_CLEAR\"");
	at_refused(talk, AT_E_FULL, "AT^SCAMS=\"DEV_INTERVAL\",1,\"1H\"");
	at_refused(talk, AT_E_FULL, "AT^SCAMS=\"ENABLE\",0");
	at_refused(talk, AT_E_FULL, "AT^SCAMS=\"RETRY\",2");
	assert_string_equal(
		at_ask(talk, "AT^SCAMS?"), TABLE("1", "^SCAMS: 1> 2,\"MBUS\",\"1\",\"1D\"\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(devices_are_accounts, begin, at_end),
		cmocka_unit_test_setup_teardown(a_known_meter_gets_an_index, begin, at_end),
		cmocka_unit_test_setup_teardown(a_known_meter_by_its_identification, begin, at_end),
		cmocka_unit_test_setup_teardown(what_is_removed_keeps_its_account, begin, at_end),
		cmocka_unit_test_setup_teardown(intervals, begin, at_end),
		cmocka_unit_test_setup_teardown(rules_outlive_a_restart, begin, at_end),
		cmocka_unit_test_setup_teardown(two_sessions_at_once_get_two_places, begin, at_end),
		cmocka_unit_test_setup_teardown(other_periods_are_shown, begin, at_end),
		cmocka_unit_test_setup_teardown(a_full_table_and_a_wrong_port, begin, at_end),
		cmocka_unit_test_setup_teardown(no_room_in_the_queue, begin, at_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
