/* SPDX-License-Identifier: MIT */
/*
 * Each way in which a reading can fail, made on a bus of three answers, and the number that an AMS
 * record has of it.
 */
#include "fake_bus.h"
#include "site.h"

#include "collect/collect_error.h"
#include "gateway/scdata.h"

#define ROWS_MAX 64

/* ---- failures ---------------------------------------------------------------------------------- */

#define BY_PRIMARY "\"address\":5"
#define BY_SECONDARY "\"secondary\":true,\"identification\":\"12345678\""

/* clang-format off */
static const struct {
	uint32_t code;
	int error, step;
	const char *nke, *select, *request, *account;
} failures[] = {
	{0, 0, STORE_STEP_NONE, ACK, NULL, GOOD, BY_PRIMARY},
	{131074, MB_E_INVALID, STORE_STEP_NONE, ACK, NULL, GOOD, BY_PRIMARY ",\"baud_rate\":4000000"},
	{131075, MB_E_UNSUPPORTED, STORE_STEP_NONE, BAD_LINE, NULL, NULL, BY_PRIMARY},
	{131076, MB_E_FOREIGN_MASTER, STORE_STEP_NKE, FOREIGN, NULL, FOREIGN, BY_PRIMARY},
	{131077, MB_E_ECHO_DIFFERS, STORE_STEP_NKE, CHANGED, NULL, CHANGED, BY_PRIMARY},
	{131078, MB_E_SILENCE, STORE_STEP_NKE, NULL, NULL, NULL, BY_PRIMARY},
	{131079, MB_E_NOISE, STORE_STEP_NKE, GLITCH, NULL, GLITCH, BY_PRIMARY},
	{131080, MB_E_FOREIGN_MASTER, STORE_STEP_REQUEST, ACK, NULL, FOREIGN, BY_PRIMARY},
	{131080, COLLECT_E_NOT_SENT, STORE_STEP_REQUEST, BABBLE, NULL, GOOD, BY_PRIMARY},
	{131081, MB_E_ECHO_DIFFERS, STORE_STEP_REQUEST, ACK, NULL, CHANGED, BY_PRIMARY},
	{131082, MB_E_SILENCE, STORE_STEP_REQUEST, ACK, NULL, NULL, BY_PRIMARY},
	{131083, MB_E_NOISE, STORE_STEP_REQUEST, ACK, NULL, GLITCH, BY_PRIMARY},
	{131084, MB_E_NO_DATA, STORE_STEP_REQUEST, ACK, NULL, ACK, BY_PRIMARY},
	{131084, MB_E_WRONG_ANSWER, STORE_STEP_REQUEST, ACK, NULL, "10 09 05 0E 16", BY_PRIMARY},
	{131085, MB_E_WRONG_ADDRESS, STORE_STEP_REQUEST, ACK, NULL,
		"68 0F 0F 68 08 07 72 78 56 34 12 24 40 01 07 55 00 00 00 56 16", BY_PRIMARY},
	{131086, MB_E_FOREIGN_MASTER, STORE_STEP_SELECT, NULL, FOREIGN, GOOD, BY_SECONDARY},
	{131087, MB_E_ECHO_DIFFERS, STORE_STEP_SELECT, NULL, CHANGED, GOOD, BY_SECONDARY},
	{131088, MB_E_NOT_SELECTED, STORE_STEP_SELECT, NULL, NULL, GOOD, BY_SECONDARY},
	{131089, MB_E_NOISE, STORE_STEP_SELECT, NULL, GLITCH, GOOD, BY_SECONDARY},
	{131082, MB_E_SILENCE, STORE_STEP_REQUEST, NULL, ACK, NULL, BY_SECONDARY},
	{131329, MB_E_BAD_START, STORE_STEP_REQUEST, ACK, NULL, "69 0F 0F 69 08 05", BY_PRIMARY},
	{131330, MB_E_BAD_START2, STORE_STEP_REQUEST, ACK, NULL, "68 0F 0F 69 08 05", BY_PRIMARY},
	{131331, MB_E_BAD_LENGTH, STORE_STEP_REQUEST, ACK, NULL, "68 0F 1F 68 08 05", BY_PRIMARY},
	{131332, MB_E_BAD_CHECKSUM, STORE_STEP_REQUEST, ACK, NULL, HEAD "55 16", BY_PRIMARY},
	{131333, MB_E_BAD_STOP, STORE_STEP_REQUEST, ACK, NULL, HEAD "54 17", BY_PRIMARY},
	{131334, MB_E_CUT, STORE_STEP_REQUEST, ACK, NULL, HEAD, BY_PRIMARY},
	/* a good SND_NKE, or one that failed otherwise, is not what the reading failed at */
	{131334, MB_E_CUT, STORE_STEP_REQUEST, NULL, NULL, HEAD, BY_PRIMARY},
};
/* clang-format on */

static uint32_t code_of(const struct store_telegram *t)
{
	return scdata_error(t->error, scdata_step_of(t->step));
}

static uint32_t create(struct site *s, const char *more, const char *period)
{
	char json[256];

	snprintf(json, sizeof(json),
		"{\"name\":\"meter\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\",\"port\":%u,"
		"\"index\":42,\"period\":\"%s\",%s}",
		SITE_PORT, period, more);
	return site_account(s, json);
}

static struct site *open_bus(void)
{
	struct site *s = site_new("2026-03-01T10:00:30");

	bus = (struct fake_bus){.loop = s->loop, .nke = ACK, .request = GOOD};
	s->stream = fake_bus_stream;
	site_open(s);
	return s;
}

static void test_each_failure(void **state)
{
	struct store_telegram rows[ROWS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct site *s = open_bus();
		uint32_t id;

		bus.nke = failures[i].nke;
		bus.select = failures[i].select;
		bus.request = failures[i].request;
		bus.bad_line = failures[i].nke && !strcmp(failures[i].nke, BAD_LINE);
		id = create(s, failures[i].account, "NONE");
		site_run(s, 120);
		bus.babbles = false;
		assert_int_equal(site_rows(s, id, rows, ROWS_MAX), 1);
		if (rows[0].error != failures[i].error || rows[0].step != failures[i].step ||
			code_of(&rows[0]) != failures[i].code)
			fail_msg("%u: error %d, step %d, code %u", failures[i].code, rows[0].error,
				rows[0].step, code_of(&rows[0]));
		assert_int_equal(rows[0].index, 42);
		assert_int_equal(rows[0].len != 0, failures[i].code == 0);
		if (bus.bad_line)
			assert_non_null(strstr(site_state(s, id).last.text, "no such speed"));
		site_free(s);
	}
}

/* The program was stopped while the meter was asked. */
static void test_stopped(void **state)
{
	struct site *s = open_bus();
	struct store_telegram rows[ROWS_MAX];
	uint32_t id;

	(void)state;
	bus.request = NULL;
	id = create(s, BY_PRIMARY ",\"timeout_ms\":10000", "NONE");
	site_run(s, 5);
	site_stop(s);
	site_open(s);
	assert_int_equal(site_rows(s, id, rows, ROWS_MAX), 1);
	assert_int_equal(code_of(&rows[0]), 131073);
	site_free(s);
}

/* No turn in time: the line was noisy for three slots, and then the fourth was read. */
static void test_not_started(void **state)
{
	struct site *s = open_bus();
	struct store_telegram rows[ROWS_MAX];
	uint32_t id = create(s, BY_PRIMARY, "1M");
	size_t n;

	(void)state;
	site_run(s, 45);
	fake_bus_babble();
	site_run(s, 180);
	n = site_rows(s, id, rows, ROWS_MAX);
	bus.babbles = false;
	site_run(s, 20);
	assert_int_equal(site_rows(s, id, rows, ROWS_MAX), n + 2);
	assert_int_equal(code_of(&rows[n]), 0);
	assert_int_equal(rows[n].due_ms, site_ms("2026-03-01T10:04:00"));
	assert_int_equal(rows[n + 1].error, STORE_E_MISSED);
	assert_int_equal(rows[n + 1].index, 42);
	assert_int_equal(code_of(&rows[n + 1]), 4);
	assert_int_equal(rows[n + 1].due_ms, site_ms("2026-03-01T10:02:00"));
	assert_int_equal(rows[n + 1].time_ms, site_ms("2026-03-01T10:03:00"));
	site_free(s);
}

/* CI 70 with "unspecified error": an answer like others, one record. */
static void test_what_a_meter_says_is_no_failure(void **state)
{
	struct site *s = open_bus();
	struct store_telegram rows[ROWS_MAX];
	uint32_t id;

	(void)state;
	bus.request = "68 04 04 68 08 05 70 00 7D 16";
	id = create(s, BY_PRIMARY, "NONE");
	site_run(s, 20);
	assert_int_equal(site_rows(s, id, rows, ROWS_MAX), 1);
	assert_int_equal(rows[0].count, 1);
	assert_int_equal(rows[0].len, 10);
	assert_int_equal(code_of(&rows[0]), 0);
	assert_int_equal(site_state(s, id).last.error, MB_E_APPLICATION);
	site_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_failure),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_what_a_meter_says_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
