/* SPDX-License-Identifier: MIT */
/*
 * A year of virtual time: quarter hours and days in a zone with summer time, 1 % of the answers lost,
 * outages of the bus, the power and the clock. Every slot is once in the store, read or missed.
 */
#include "site.h"

#include <stdlib.h>

#define DAY_S 86400.0

static const char lossy[] = "[bus]\nseed=5\nloss=0.0002\n"
			    "[meter]\nmodel=water\nid=12345678\nprimary=1\n"
			    "[meter]\nmodel=heat\nid=87654321\nprimary=2\n";

static const char quarter[] =
	"{\"name\":\"quarter\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\",\"port\":10001,"
	"\"address\":1,\"period\":\"15M\",\"time_zone\":\"Europe/Prague\"}";
static const char daily[] =
	"{\"name\":\"daily\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\",\"port\":10001,"
	"\"address\":2,\"period\":\"1D\",\"history\":true,\"time_zone\":\"Europe/Prague\"}";

struct outage {
	int day;
	void (*happens)(struct site *s);
};

static void power_cut(struct site *s)
{
	site_kill(s);
	site_run(s, 5 * 3600 + 77);
	site_open(s);
}

static void restart(struct site *s)
{
	site_stop(s);
	site_run(s, 30);
	site_open(s);
}

static void cable(struct site *s)
{
	s->plugs[0].pulled = true;
	site_run(s, 26 * 3600);
	s->plugs[0].pulled = false;
}

static void clock_ahead(struct site *s)
{
	loop_virtual_set_wall(s->loop, site_wall_ms(s) + 40 * 60000);
	site_run(s, 3 * 3600);
	loop_virtual_set_wall(s->loop, site_wall_ms(s) - 40 * 60000);
}

/* 2027-03-28 and 2027-10-31 are the changes of summer time: days 86 and 303 of this year. */
static const struct outage outages[] = {
	{10, restart},
	{40, power_cut},
	{86, restart},
	{120, cable},
	{200, clock_ahead},
	{303, power_cut},
	{330, cable},
};

static void test_year(void **state)
{
	struct site *s = site_new("2027-01-01T00:00:05");
	uint32_t ids[2];
	int64_t from_ms = site_wall_ms(s), to_ms = from_ms + 365 * 86400000LL;
	size_t good[2], next = 0;

	(void)state;
	site_bus(s, lossy);
	site_open(s);
	ids[0] = site_account(s, quarter);
	ids[1] = site_account(s, daily);
	for (int day = 0; day < 366; day++) {
		if (next < sizeof(outages) / sizeof(outages[0]) && outages[next].day == day)
			outages[next++].happens(s);
		site_run(s, DAY_S);
	}
	good[0] = site_check_slots(s, ids[0], from_ms, to_ms);
	good[1] = site_check_slots(s, ids[1], from_ms, to_ms);
	print_message("read: %zu of 35040 quarter hours, %zu of 365 days\n", good[0], good[1]);
	assert_true(good[0] >= 35040 - 2 * 26 * 4 - 2 * 5 * 4 - 4 * 4);
	assert_true(good[1] >= 365 - 2 * 2 - 2);
	site_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
