/* SPDX-License-Identifier: MIT */
/* DIRECT_READ, SCAN and AT^SCAMSADD on a simulated segment. */
#include "at_rig.h"

/* 15020416 is the meter of the documented example. */
static const char meters[] = "[bus]\nseed=1\n"
			     "[meter]\nmodel=water\nid=15020416\nprimary=1\n"
			     "[meter]\nmodel=heat\nid=87654321\nprimary=2\n"
			     "[meter]\nmodel=water\nid=87654321\nprimary=3\n";

static int begin_with(const char *scenario)
{
	at_begin(scenario);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	return begin_with(meters);
}

static int begin_one(void **state)
{
	(void)state;
	return begin_with("[bus]\nseed=1\n[meter]\nmodel=water\nid=15020416\nprimary=1\n");
}

static int begin_more_than_fit(void **state)
{
	(void)state;
	return begin_with("[bus]\nseed=1\n[meter]\nmodel=water\nprimary=0\ncount=251\n");
}

static int begin_three_telegrams(void **state)
{
	(void)state;
	return begin_with("[bus]\nseed=1\n[meter]\nmodel=electricity-multi\nprimary=1\n");
}

static uint64_t stored(void)
{
	struct store_stats s;

	store_stats(rig.site->store, &s);
	return s.last_seq;
}

static struct port_status status(void)
{
	struct port *port = ports_find(rig.site->ports, AT_RIG_BUS);
	struct port_status status;

	assert_non_null(port);
	port_status(port, &status);
	ports_put(port);
	return status;
}

static const struct account *account(const char *name)
{
	return accounts_by_name(collector_accounts(rig.site->collector), name);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static void a_direct_read_prints_the_telegram(void **state)
{
	char hex[1024];
	uint64_t before = stored();

	(void)state;
	assert_int_equal(
		sscanf(at_ask(talk, "AT^SCAMS=\"DIRECT_READ\",2,\"MBUS\",\"*15020416@2400\""),
			"\n^SCAMS: 0,\"\",\"%1000[0-9A-F]\"\n\nOK\n", hex),
		1);
	assert_memory_equal(hex, "68", 2);
	assert_memory_equal(hex + 8, "0801", 4); /* RSP_UD of its own primary address */
	assert_string_equal(hex + strlen(hex) - 2, "16");
	assert_int_equal(stored(), before);
	assert_int_equal(accounts_count(collector_accounts(rig.site->collector)), 0);
}

static void a_direct_read_says_what_failed(void **state)
{
	(void)state;
	assert_string_equal(at_ask(talk, "AT^SCAMS=\"DIRECT_READ\",2,2,\"77\""),
		"\n^SCAMS: 131078,\"\",\"\"\n\nOK\n");
	assert_string_equal(at_ask(talk, "AT^SCAMS=\"DIRECT_READ\",2,2,\"*99999999\""),
		"\n^SCAMS: 131088,\"\",\"\"\n\nOK\n");
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCAMS=\"DIRECT_READ\",3,2,\"1\"");
}

static void a_line_for_each_telegram(void **state)
{
	const char *line = at_ask(talk, "AT^SCAMS=\"DIRECT_READ\",2,2,\"1\"");
	size_t n = 0;

	(void)state;
	for (; (line = strstr(line, "^SCAMS: 0,\"\",\"68")); line++)
		n++;
	assert_int_equal(n, 3);
}

static void who_leaves_ends_the_reading(void **state)
{
	struct at_talk *other = at_talk_new(&rig, "other");

	(void)state;
	at_send(other, "AT^SCAMS=\"DIRECT_READ\",2,2,\"77\"");
	assert_true(at_waits(other));
	site_run(rig.site, 0.2);
	assert_true(status().held);
	assert_int_equal(status().counters.failed, 0);
	at_talk_free(other);
	assert_false(status().held);
	assert_int_equal(status().counters.frames, 1);
	site_run(rig.site, 3); /* the bus is left alone while an answer may come */
	/* one that waited behind another */
	other = at_talk_new(&rig, "other");
	at_send(talk, "AT^SCAMS=\"DIRECT_READ\",2,2,\"77\"");
	at_send(other, "AT^SCAMS=\"DIRECT_READ\",2,2,\"78\"");
	site_run(rig.site, 0.1);
	assert_int_equal(status().waiting, 1);
	at_talk_free(other);
	assert_int_equal(status().waiting, 0);
	assert_non_null(strstr(at_answer(talk), "131078"));
}

/* ---- searching -------------------------------------------------------------------------------------- */

/* A table of 250 is what there is room for; that there are more is no success. */
static void more_than_fit_are_told(void **state)
{
	(void)state;
	assert_memory_equal(at_ask(talk, "AT^SCAMS=\"SCAN\",2,2400"), "\n^SCAMS: 131072,250,", 20);
	assert_memory_equal(
		at_ask(talk, "AT^SCAMSADD=2,2,2400,\"1D\",250"), "\n^SCAMSADD: 0,250,", 18);
}

static void a_search_changes_nothing(void **state)
{
	const char *answer;

	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*15020416\",\"1D\"");
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"9\",\"1D\"");
	answer = at_ask(talk, "AT^SCAMS=\"SCAN\",2,2400");
	assert_memory_equal(answer, "\n^SCAMS: 0,3,", 13);
	assert_non_null(strstr(answer, ",\"1,15020416\""));
	assert_non_null(strstr(answer, ",\"0,87654321")); /* two of them: all sixteen digits */
	assert_null(strstr(answer, ",\"0,87654321\""));
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "\"DEV_CNT\",2\n"));
	assert_int_equal(accounts_count(collector_accounts(rig.site->collector)), 2);
}

static void the_table_is_filled_by_what_is_found(void **state)
{
	const char *answer = at_ask(talk, "AT^SCAMSADD=2,\"MBUS\",2400,\"1M\",3");

	(void)state;
	assert_memory_equal(answer, "\n^SCAMSADD: 0,3,\"1,", 19);
	answer = at_ask(talk, "AT^SCAMS?");
	assert_non_null(strstr(answer, "\"DEV_CNT\",3\n^SCAMS: 1> 2,\"MBUS\",\"*"));
	assert_non_null(strstr(answer, "> 2,\"MBUS\",\"*15020416@2400\",\"1M\"\n"));
	site_run(rig.site, 100);
	for (unsigned i = 1; i <= 3; i++) {
		answer = at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"INDEX=%u\"", i);
		assert_non_null(strstr(answer, ",0,\"\",\"68"));
		assert_null(strstr(answer, ",\"\"\n"));
	}
}

/* As documented: ^SCAMSADD: 65286,1,"1,15020416"; the first number is our error code, 0. */
static void the_documented_example(void **state)
{
	(void)state;
	for (unsigned expected = 0; expected < 2; expected++) {
		assert_string_equal(at_ask(talk, "AT^SCAMSADD=2,\"MBUS\",2400,\"1M\",%u", expected),
			"\n^SCAMSADD: 0,1,\"1,15020416\"\n\nOK\n");
		assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"),
			"\"DEV_CNT\",1\n^SCAMS: 1> 2,\"MBUS\",\"*15020416@2400\",\"1M\"\n"));
	}
}

static void old_accounts_stay_without_an_index(void **state)
{
	const struct account *a;
	uint64_t telegrams;

	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*15020416\",\"15M\"");
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"2\",\"15M\"");
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"88\",\"15M\"");
	site_run(rig.site, 60);
	telegrams = stored();
	assert_true(telegrams >= 3);
	at_ask(talk, "AT^SCAMSADD=2,2,2400,\"1H\",0");
	assert_true(stored() >= telegrams);
	a = account("ams-3-88");
	assert_non_null(a);
	assert_int_equal(a->index, 0);
	assert_int_equal(a->period.s, 0);
	/* known by its secondary address, or by what it says at its primary one: no second account */
	assert_true(account("ams-1-15020416")->index > 0);
	assert_int_equal(account("ams-1-15020416")->period.s, 3600);
	assert_true(account("ams-2-2")->index > 0);
	assert_int_equal(accounts_count(collector_accounts(rig.site->collector)), 4);
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "\"DEV_CNT\",3\n"));
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "\"2@2400\",\"1H\"\n"));
}

static void a_search_that_fails_keeps_the_table(void **state)
{
	struct port *port = ports_find(rig.site->ports, AT_RIG_BUS);

	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"88\",\"1D\"");
	at_send(talk, "AT^SCAMSADD=2,2,2400,\"1H\",0");
	site_run(rig.site, 3);
	assert_true(status().scanning);
	ports_remove(rig.site->ports, AT_RIG_BUS);
	port_drain(port, loop_now_us(rig.site->loop));
	assert_memory_equal(at_answer(talk), "\n^SCAMSADD: 4,", 14);
	ports_put(port);
	assert_non_null(
		strstr(at_ask(talk, "AT^SCAMS?"), "\"DEV_CNT\",1\n^SCAMS: 1> 2,\"MBUS\",\"88\","));
}

static void a_bus_that_is_being_closed(void **state)
{
	struct port *port = ports_find(rig.site->ports, AT_RIG_BUS);

	(void)state;
	at_send(talk, "AT^SCAMS=\"DIRECT_READ\",2,2,\"77\"");
	site_run(rig.site, 0.2);
	port_drain(port, loop_now_us(rig.site->loop));
	assert_string_equal(at_answer(talk), "\n^SCAMS: 4,\"\",\"\"\n\nOK\n");
	at_refused(talk, AT_E_NOT_ALLOWED, "AT^SCAMS=\"DIRECT_READ\",2,2,\"1\"");
	at_refused(talk, AT_E_NOT_ALLOWED, "AT^SCAMS=\"SCAN\",2,2400");
	at_refused(talk, AT_E_NOT_ALLOWED, "AT^SCAMSADD=2,2,2400,\"1H\",0");
	ports_put(port);
}

static void who_leaves_ends_the_search(void **state)
{
	struct at_talk *other = at_talk_new(&rig, "other");

	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"88\",\"1D\"");
	at_send(other, "AT^SCAMSADD=2,2,2400,\"1H\",0");
	site_run(rig.site, 3);
	assert_true(status().scanning);
	at_refused(talk, AT_E_NOT_ALLOWED, "AT^SCAMS=\"SCAN\",2,2400"); /* one at a time */
	at_talk_free(other);
	assert_false(status().scanning);
	site_run(rig.site, 10);
	assert_non_null(
		strstr(at_ask(talk, "AT^SCAMS?"), "\"DEV_CNT\",1\n^SCAMS: 1> 2,\"MBUS\",\"88\","));
}

static void nobody_there_clears_the_table(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"88\",\"1D\"");
	at_ok(talk, "AT^SCPORT2=\"BAUDRATE\",2400");
	assert_string_equal(
		at_ask(talk, "AT^SCAMSADD=2,2,300,\"1H\",0"), "\n^SCAMSADD: 0,0\n\nOK\n");
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "NO DEVICE"));
	assert_non_null(account("ams-1-88"));
}

/* It was found at this speed: so it is read. */
static void what_is_found_is_read_at_the_speed_of_the_search(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*15020416@300\",\"1D\"");
	at_ask(talk, "AT^SCAMSADD=2,2,2400,\"1H\",0");
	assert_non_null(
		strstr(at_ask(talk, "AT^SCAMS?"), " 2,\"MBUS\",\"*15020416@2400\",\"1H\"\n"));
}

/* One account by the identification alone, and two meters that have it. */
static void an_account_is_of_one_meter(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*87654321\",\"1D\"");
	assert_memory_equal(at_ask(talk, "AT^SCAMSADD=2,2,2400,\"1H\",0"), "\n^SCAMSADD: 0,3,", 15);
	site_run(rig.site, 3700);
	for (unsigned i = 1; i <= 3; i++)
		assert_non_null(strstr(at_ask(talk,
					       "AT^SCDATA=\"GET_FILTERED\","
					       "\"INDEX=%u;ERROR_CODE=0\"",
					       i),
			",\"68"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, at_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_direct_read_prints_the_telegram),
		TEST(a_direct_read_says_what_failed),
		cmocka_unit_test_setup_teardown(
			a_line_for_each_telegram, begin_three_telegrams, at_end),
		TEST(who_leaves_ends_the_reading),
		TEST(a_search_changes_nothing),
		cmocka_unit_test_setup_teardown(
			more_than_fit_are_told, begin_more_than_fit, at_end),
		TEST(the_table_is_filled_by_what_is_found),
		cmocka_unit_test_setup_teardown(the_documented_example, begin_one, at_end),
		TEST(what_is_found_is_read_at_the_speed_of_the_search),
		TEST(an_account_is_of_one_meter),
		TEST(old_accounts_stay_without_an_index),
		TEST(a_search_that_fails_keeps_the_table),
		TEST(a_bus_that_is_being_closed),
		TEST(who_leaves_ends_the_search),
		TEST(nobody_there_clears_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
