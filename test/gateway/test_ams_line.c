/* SPDX-License-Identifier: MIT */
/* Searches on a line that is not ours: the number that SCAN answers, and the table that stays. */
#include "at_rig.h"
#include "fake_bus.h"

static int begin(void **state)
{
	(void)state;
	memset(&rig, 0, sizeof(rig));
	rig.site = site_new("2026-03-01T10:00:30");
	rig.site->stream = fake_bus_stream;
	bus = (struct fake_bus){.loop = rig.site->loop};
	at_rig_open(&rig);
	talk = at_talk_new(&rig, "console");
	return 0;
}

/* clang-format off */
static const struct {
	unsigned code;
	const char *nke, *select, *request;
} searches[] = {
	{0,      NULL,    NULL,    NULL},
	{131090, NULL,    FOREIGN, NULL},
	{131091, NULL,    CHANGED, CHANGED},
	{131092, NULL,    ACK,     FOREIGN},
	{131090, NULL,    BABBLE,  NULL},
	{131093, NULL,    ACK,     CHANGED},
};
/* clang-format on */

static unsigned code_of(const char *answer)
{
	unsigned code = 1;

	sscanf(answer, "\n^SCAMS: %u,", &code);
	return code;
}

static void what_could_not_be_sent_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
		const char *answer;
		unsigned code;

		bus.answers = 40;
		bus.answered = 0;
		bus.nke = searches[i].nke;
		bus.select = searches[i].select;
		bus.request = searches[i].request;
		answer = at_ask(talk, "AT^SCAMS=\"SCAN\",2,38400");
		code = code_of(answer);
		assert_non_null(strstr(answer, ",0\n")); /* nobody was found */
		bus.babbles = false;
		if (code != searches[i].code)
			fail_msg("search %zu: %u, not %u", i, code, searches[i].code);
	}
}

/* Meters acknowledge, and each request for their data fails for the line: that ends the search. */
static void a_request_that_cannot_be_sent_ends_it(void **state)
{
	(void)state;
	bus.select = ACK;
	bus.request = FOREIGN;
	assert_string_equal(
		at_ask(talk, "AT^SCAMS=\"SCAN\",2,38400"), "\n^SCAMS: 131092,0\n\nOK\n");
	assert_in_range(bus.answered, 2, 100);
}

/* Silence because nothing could be asked is not that nobody is there. */
static void a_line_that_is_never_quiet_costs_no_table(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCAMS=\"DEV_ADD\",2,2,\"7\",\"1D\"");
	site_run(rig.site, 60);
	fake_bus_babble();
	assert_string_equal(at_ask(talk, "AT^SCAMS=\"DIRECT_READ\",2,2,\"7\""),
		"\n^SCAMS: 4,\"\",\"\"\n\nOK\n");
	assert_string_equal(
		at_ask(talk, "AT^SCAMSADD=2,2,38400,\"1H\",0"), "\n^SCAMSADD: 131090,0\n\nOK\n");
	bus.babbles = false;
	assert_non_null(strstr(at_ask(talk, "AT^SCAMS?"), "1> 2,\"MBUS\",\"7\",\"1D\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, at_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_could_not_be_sent_is_named),
		TEST(a_request_that_cannot_be_sent_ends_it),
		TEST(a_line_that_is_never_quiet_costs_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
