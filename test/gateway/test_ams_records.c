/* SPDX-License-Identifier: MIT */
/* AT^SCDATA over the stored telegrams: nothing is lost, nothing is seen twice. */
#include "at_rig.h"

#include "store/batch.h"
#include "store/queue.h"

#include <inttypes.h>
#include <stdlib.h>

#define SEQS_MAX 100000

static const char meters[] = "[bus]\nseed=1\n"
			     "[meter]\nmodel=water\nid=12345678\nprimary=1\n"
			     "[meter]\nmodel=heat\nid=87654321\nprimary=2\n";

static int begin(void **state)
{
	(void)state;
	at_begin(meters);
	return 0;
}

/* Rows of nobody, with bytes of their own; straight into the store. */
static void add_rows(unsigned n, unsigned len)
{
	static uint8_t bytes[STORE_TELEGRAM_MAX];

	memset(bytes, 0x5A, sizeof(bytes));
	while (n > 0) {
		struct store_batch *batch = store_batch_new();
		unsigned part = n < 1000 ? n : 1000;

		for (unsigned i = 0; i < part; i++) {
			struct store_telegram t = {
				.time_ms = site_wall_ms(rig.site),
				.index = (uint16_t)(1 + (n - i) % 7),
				.len = (uint16_t)len,
				.bytes = bytes,
			};

			assert_true(store_batch_telegrams(batch, &t, 1) >= 0);
		}
		assert_int_equal(store_commit(rig.site->store, &batch, 1, 0), 0);
		store_batch_free(batch);
		n -= part;
	}
}

static struct store_stats stats(void)
{
	struct store_stats s;

	store_stats(rig.site->store, &s);
	return s;
}

static uint64_t count(struct at_talk *t)
{
	uint64_t n;

	assert_int_equal(sscanf(at_ask(t, "AT^SCDATA=\"MESS_CNT\""),
				 "\n^SCDATA: \"MESS_CNT\",%" SCNu64 "\n\nOK\n", &n),
		1);
	return n;
}

/* Sequences of the record lines of an answer; every line is whole. */
static size_t sequences(const char *answer, uint64_t *ret)
{
	size_t n = 0;

	for (const char *line = answer; (line = strstr(line, "^SCDATA: \"AMS\",")); line++) {
		unsigned index, error;
		long long time_s;
		int end_of_head = 0;

		assert_int_equal(
			sscanf(line, "^SCDATA: \"AMS\",%lld,%" SCNu64 ",\"MBUS\",%u,%u,\"\",\"%n",
				&time_s, &ret[n], &index, &error, &end_of_head),
			4);
		assert_true(end_of_head > 0);
		line += end_of_head;
		line += strspn(line, "0123456789ABCDEF");
		assert_memory_equal(line, "\"\n", 2);
		n++;
	}
	return n;
}

static size_t oldest(struct at_talk *t, unsigned n, uint64_t *ret)
{
	const char *answer = at_ask(t, "AT^SCDATA=\"GET_OLDEST\",%u", n);

	assert_non_null(strstr(answer, "\nOK\n"));
	return sequences(answer, ret);
}

/* ---- records -------------------------------------------------------------------------------------- */

static void a_record_is_the_telegram_as_it_came(void **state)
{
	long long time_s;
	unsigned first;
	char hex[1024];
	const char *answer;

	(void)state;
	assert_string_equal(at_ask(talk, "AT^SCDATA=\"GET_OLDEST\""), "\nOK\n");
	assert_int_equal(count(talk), 0);
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,\"MBUS\",\"1@2400\",\"1M\"");
	site_run(rig.site, 10);
	at_ok(talk, "AT^SCDATA=\"DEL_ALL\""); /* a new account is read at once */
	site_run(rig.site, 60);
	answer = at_ask(talk, "AT^SCDATA=\"GET_OLDEST\",50");
	assert_int_equal(
		sscanf(answer,
			"\n^SCDATA: \"AMS\",%lld,%u,\"MBUS\",1,0,\"\",\"%1000[0-9A-F]\"\n\nOK\n",
			&time_s, &first, hex),
		3);
	assert_true(time_s * 1000 >= site_ms("2026-03-01T10:01:00"));
	assert_true(time_s * 1000 < site_ms("2026-03-01T10:01:05"));
	assert_memory_equal(hex, "68", 2);
	assert_string_equal(hex + strlen(hex) - 2, "16");
}

static void failures_name_their_step(void **state)
{
	const char *answer;

	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"7\",\"1M\"");
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"*11111111\",\"1M\"");
	site_run(rig.site, 150);
	answer = at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"INDEX=1;ERROR_CODE=131078\"");
	assert_non_null(strstr(answer, ",\"MBUS\",1,131078,\"\",\"\"\n"));
	answer = at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"INDEX=2;ERROR_CODE=131088\"");
	assert_non_null(strstr(answer, ",\"MBUS\",2,131088,\"\",\"\"\n"));
	answer = at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"ERROR_CODE=0\"");
	assert_string_equal(answer, "\nOK\n");
}

static void what_was_missed_is_a_record_too(void **state)
{
	const char *answer;

	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1M\"");
	site_run(rig.site, 150);
	at_talk_free(talk);
	at_rig_close(&rig);
	site_run(rig.site, 1800);
	at_rig_open(&rig);
	talk = at_talk_new(&rig, "console");
	site_run(rig.site, 100);
	answer = at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"ERROR_CODE != 0\"");
	assert_non_null(strstr(answer, ",\"MBUS\",1,4,\"\",\"\"\n\nOK\n"));
}

/* ---- the loop of a reader ------------------------------------------------------------------------------ */

/* get_oldest,50 -> parse -> del_oldest,50, though less may have come: as scripts do it. */
static void the_documented_loop_loses_nothing(void **state)
{
	static uint64_t seqs[SEQS_MAX];
	uint64_t expected = 1;
	size_t n, full = 0, part = 0;

	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1M\"");
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"2\",\"1M\"");
	for (int round = 0; round < 60; round++) {
		site_run(rig.site, round % 10 ? 600 : 7200);
		n = oldest(talk, 50, seqs);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(seqs[i], expected++);
		full += n == 50;
		part += n < 50;
		site_run(rig.site, 70); /* more is stored before the deletion */
		at_ok(talk, "at^scdata=\"del_oldest\",50");
	}
	assert_true(full > 0 && part > 0);
	assert_true(expected > 1000);
	for (; (n = oldest(talk, 50, seqs)) > 0; at_ask(talk, "AT^SCDATA=\"DEL_OLDEST\",%zu", n)) {
		for (size_t i = 0; i < n; i++)
			assert_int_equal(seqs[i], expected++);
	}
	assert_int_equal(expected, stats().last_seq + 1);
	assert_int_equal(stats().first_seq, 1); /* nothing was deleted for anybody else */
}

static void readers_do_not_disturb_each_other(void **state)
{
	struct at_talk *other = at_talk_new(&rig, "billing");
	uint64_t seqs[64];

	(void)state;
	add_rows(100, 20);
	assert_int_equal(count(talk), 100);
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\",60");
	assert_int_equal(count(talk), 40);
	assert_int_equal(count(other), 100);
	assert_int_equal(oldest(other, 1, seqs), 1);
	assert_int_equal(seqs[0], 1);
	at_ok(other, "AT^SCDATA=\"DEL_UPTO\",99");
	assert_int_equal(count(other), 1);
	assert_int_equal(oldest(talk, 50, seqs), 40);
	assert_int_equal(seqs[0], 61);
	at_ok(other, "AT^SCDATA=\"DEL_UPTO\",5"); /* never back */
	assert_int_equal(count(other), 1);
	at_ok(other, "AT^SCDATA=\"DEL_ALL\"");
	assert_int_equal(count(other), 0);
	at_ok(other, "AT^SCDATA=\"DEL_OLDEST\"");
	assert_int_equal(count(talk), 40);
	at_talk_free(other);
}

static void the_cursor_survives_a_restart(void **state)
{
	static const char name[] =
		"a-listener-with-a-name-of-sixty-three-letters-as-long-as-it-may";
	struct at_talk *other = at_talk_new(&rig, name);
	uint64_t seqs[8];

	(void)state;
	assert_int_equal(strlen(name), 63);
	add_rows(10, 20);
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\",4");
	at_ok(other, "AT^SCDATA=\"DEL_OLDEST\",7");
	at_talk_free(other);
	at_restart();
	other = at_talk_new(&rig, name);
	assert_int_equal(count(talk), 6);
	assert_int_equal(count(other), 3);
	assert_int_equal(oldest(talk, 1, seqs), 1);
	assert_int_equal(seqs[0], 5);
	at_talk_free(other);
}

/* Two sessions of one reader print the same fifty, and both delete them. */
static void who_deletes_twice_what_was_seen_twice(void **state)
{
	struct at_talk *other = at_talk_new(&rig, "console");
	uint64_t seqs[64];

	(void)state;
	add_rows(120, 20);
	assert_int_equal(oldest(talk, 50, seqs), 50);
	assert_int_equal(oldest(other, 50, seqs), 50);
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\",50");
	at_ok(other, "AT^SCDATA=\"DEL_OLDEST\",50");
	assert_int_equal(count(talk), 70);
	/* a script that connects anew for each command */
	assert_int_equal(oldest(other, 50, seqs), 50);
	at_talk_free(other);
	add_rows(10, 20);
	other = at_talk_new(&rig, "console");
	at_ok(other, "AT^SCDATA=\"DEL_OLDEST\",100");
	assert_int_equal(count(other), 10);
	at_talk_free(other);
}

/* One by one: never what was not there when it asked. */
static void deleting_ends_where_the_reader_has_seen(void **state)
{
	uint64_t seqs[64];

	(void)state;
	add_rows(10, 20);
	assert_int_equal(oldest(talk, 50, seqs), 10);
	add_rows(10, 20);
	for (int i = 0; i < 15; i++)
		at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\"");
	assert_int_equal(count(talk), 10);
	assert_int_equal(oldest(talk, 50, seqs), 10);
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\",50");
	assert_int_equal(count(talk), 0);
}

static void keep_at_most(uint64_t bytes)
{
	struct store_retention retention = {.kind[STORE_TELEGRAMS].bytes = bytes};

	store_set_retention(rig.site->store, &retention);
}

static void the_ring_overtakes_the_cursor(void **state)
{
	uint64_t seqs[64], first;

	(void)state;
	add_rows(200, 100);
	assert_int_equal(oldest(talk, 50, seqs), 50);
	assert_int_equal(seqs[49], 50);
	keep_at_most(10000);
	add_rows(10, 100); /* trims */
	while (stats().bytes[STORE_TELEGRAMS] > 10000)
		add_rows(1, 100);
	first = stats().first_seq;
	assert_true(first > 50);
	assert_int_equal(count(talk), stats().last_seq - first + 1);
	/* the fifty it saw are gone: none of the others go for them */
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\",50");
	assert_int_equal(count(talk), stats().last_seq - first + 1);
	assert_int_equal(oldest(talk, 1, seqs), 1);
	assert_int_equal(seqs[0], first);
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\"");
	assert_int_equal(oldest(talk, 1, seqs), 1);
	assert_int_equal(seqs[0], first + 1);
}

/* ---- large, filtered, cut --------------------------------------------------------------------------------- */

static void long_answers_come_in_pages(void **state)
{
	static uint64_t seqs[SEQS_MAX];

	(void)state;
	add_rows(1000, 20);
	assert_int_equal(oldest(talk, 700, seqs), 700);
	for (size_t i = 0; i < 700; i++)
		assert_int_equal(seqs[i], i + 1);
	add_rows(20, STORE_TELEGRAM_MAX); /* few fit a page */
	at_ok(talk, "AT^SCDATA=\"DEL_UPTO\",1000");
	assert_int_equal(oldest(talk, 50, seqs), 20);
}

static void a_filter_over_a_large_store(void **state)
{
	static uint64_t seqs[SEQS_MAX];
	const char *answer;

	(void)state;
	add_rows(50000, 20);
	answer = at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"SEQ_NUM>=49990;SEQ_NUM<49995\"");
	assert_int_equal(sequences(answer, seqs), 5);
	assert_int_equal(seqs[0], 49990);
	/* none: three pages are looked through, a line never comes */
	assert_string_equal(at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"ERROR_CODE=7\""), "\nOK\n");
	at_ok(talk, "AT^SCDATA=\"DEL_UPTO\",49000");
	answer = at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"INDEX = 3; TIME_STAMP > 5\"");
	assert_true(sequences(answer, seqs) >= 140);
	assert_true(seqs[0] > 49000);
	assert_string_equal(
		at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"TIME_STAMP<100\""), "\nOK\n");
	assert_string_equal(
		at_ask(talk, "AT^SCDATA=\"GET_FILTERED\",\"SEQ_NUM>5;SEQ_NUM<4\""), "\nOK\n");
}

/* More sessions than readers of the store; some go away while theirs is looked for. */
static void who_leaves_is_not_waited_for(void **state)
{
	struct at_talk *others[6];

	(void)state;
	add_rows(30000, 20);
	for (size_t i = 0; i < 6; i++) {
		others[i] = at_talk_new(&rig, "other");
		at_send(others[i], "AT^SCDATA=\"GET_FILTERED\",\"ERROR_CODE=7\"");
		assert_true(at_waits(others[i]));
	}
	for (size_t i = 0; i < 6; i += 2)
		at_talk_free(others[i]);
	for (size_t i = 1; i < 6; i += 2) {
		assert_string_equal(at_answer(others[i]), "\nOK\n");
		at_talk_free(others[i]);
	}
	/* and the whole stops while one is under way */
	at_send(talk, "AT^SCDATA=\"GET_FILTERED\",\"ERROR_CODE=7\"");
	at_restart();
	assert_int_equal(count(talk), 30000);
}

static void what_comes_meanwhile_is_not_printed(void **state)
{
	uint64_t seqs[64];

	(void)state;
	add_rows(30, 20);
	at_send(talk, "AT^SCDATA=\"GET_OLDEST\",50");
	add_rows(5, 20);
	assert_int_equal(sequences(at_answer(talk), seqs), 30);
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\",50");
	assert_int_equal(oldest(talk, 50, seqs), 5);
	assert_int_equal(seqs[0], 31);
}

/* ---- room -------------------------------------------------------------------------------------------------- */

static uint64_t space(void)
{
	uint64_t n;

	assert_int_equal(sscanf(at_ask(talk, "AT^SCDATA=\"GET_SPACE\""),
				 "\n^SCDATA: \"GET_SPACE\",%" SCNu64 "\n\nOK\n", &n),
		1);
	return n;
}

static void free_space_is_that_of_the_store(void **state)
{
	uint64_t before;

	(void)state;
	assert_true(space() > 0);
	rig.site->options.max_bytes = STORE_BYTES_MIN;
	at_restart();
	before = space();
	assert_true(before > 0 && before < STORE_BYTES_MIN);
	add_rows(500, 2000);
	assert_true(space() < before);
}

/* The commit is tried, and fails. */
static void a_full_store_keeps_cursor_and_table(void **state)
{
	static char big[40001];
	struct store_event event = {.kind = "x", .bus = "", .text = "", .data = big};
	bool enabled;
	int rc = 0;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	add_rows(10, 20);
	rig.site->options.max_bytes = STORE_BYTES_MIN;
	at_restart();
	for (size_t n = sizeof(big) - 1; n > 10; n = rc < 0 ? n / 2 : n) {
		struct store_batch *batch = store_batch_new();

		big[n] = '\0';
		assert_int_equal(store_batch_event(batch, &event), 0);
		rc = store_commit(rig.site->store, &batch, 1, 0);
		store_batch_free(batch);
	}
	at_refused(talk, AT_E_FULL, "AT^SCDATA=\"DEL_OLDEST\"");
	at_refused(talk, AT_E_FULL, "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1D\"");
	assert_int_equal(count(talk), 10);
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "NO DEVICE"));
	/* that may just fit: then it is seen, else not */
	enabled = strcmp(at_ask(talk, "AT^SCAMS=\"ENABLE\",0"), "\nOK\n") != 0;
	assert_int_equal(strstr(at_ask(talk, "AT^SCAMS?"), "\"ENABLE\",1\n") != NULL, enabled);
	assert_true(space() < 65536);
}

static void no_cursor_without_room(void **state)
{
	(void)state;
	add_rows(10, 20);
	rig.site->queue_options.max_bytes = 1;
	at_restart();
	at_refused(talk, AT_E_FULL, "AT^SCDATA=\"DEL_OLDEST\"");
	at_refused(talk, AT_E_FULL, "AT^SCDATA=\"DEL_UPTO\",5");
	at_refused(talk, AT_E_FULL, "AT^SCDATA=\"DEL_ALL\"");
	assert_int_equal(count(talk), 10);
}

/* Until its window is over. */
static void fill_queue(void)
{
	static const struct store_event event = {.kind = "x", .bus = "", .text = ""};
	int rc = 0;

	while (rc == 0) {
		struct store_batch *batch = store_batch_new();

		assert_int_equal(store_batch_event(batch, &event), 0);
		rc = store_queue_add(rig.site->queue, batch, STORE_WINDOW, NULL, NULL);
		if (rc < 0)
			store_batch_free(batch);
	}
}

/* A script that tries again deletes what it has seen, not what comes after. */
static void a_deletion_that_failed_has_deleted_nothing(void **state)
{
	uint64_t seqs[64];

	(void)state;
	add_rows(30, 20);
	rig.site->queue_options.max_bytes = 10000;
	at_restart();
	assert_int_equal(oldest(talk, 10, seqs), 10);
	fill_queue();
	at_refused(talk, AT_E_FULL, "AT^SCDATA=\"DEL_OLDEST\",10");
	site_run(rig.site, 5);
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\",10");
	assert_int_equal(count(talk), 20);
	assert_int_equal(oldest(talk, 1, seqs), 1);
	assert_int_equal(seqs[0], 11);
}

static void deleting_goes_on_behind_del_upto(void **state)
{
	uint64_t seqs[64];

	(void)state;
	add_rows(30, 20);
	assert_int_equal(oldest(talk, 10, seqs), 10);
	at_ok(talk, "AT^SCDATA=\"DEL_UPTO\",10");
	at_ok(talk, "AT^SCDATA=\"DEL_OLDEST\",5");
	assert_int_equal(count(talk), 15);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, at_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_is_the_telegram_as_it_came),
		TEST(failures_name_their_step),
		TEST(what_was_missed_is_a_record_too),
		TEST(the_documented_loop_loses_nothing),
		TEST(readers_do_not_disturb_each_other),
		TEST(the_cursor_survives_a_restart),
		TEST(who_deletes_twice_what_was_seen_twice),
		TEST(deleting_ends_where_the_reader_has_seen),
		TEST(the_ring_overtakes_the_cursor),
		TEST(long_answers_come_in_pages),
		TEST(a_filter_over_a_large_store),
		TEST(who_leaves_is_not_waited_for),
		TEST(what_comes_meanwhile_is_not_printed),
		TEST(free_space_is_that_of_the_store),
		TEST(a_full_store_keeps_cursor_and_table),
		TEST(no_cursor_without_room),
		TEST(a_deletion_that_failed_has_deleted_nothing),
		TEST(deleting_goes_on_behind_del_upto),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
