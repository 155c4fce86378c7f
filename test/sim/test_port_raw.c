/* SPDX-License-Identifier: MIT */
/* Clients with bytes of their own on the arbiter of a bus, in virtual time. */
#include "plan.h"

#include "bus/port_raw.h"
#include "six_meters.h"

#define HEARD_MAX 65536

struct client {
	struct port_raw raw;
	uint8_t heard[HEARD_MAX];
	size_t n;
	unsigned rooms; /* calls of on_room() */
	bool leaves; /* at the first word */
};

static void on_bytes(struct port_raw *raw, const uint8_t *bytes, size_t n)
{
	struct client *c = raw->ctx;

	assert_true(c->n + n <= sizeof(c->heard));
	memcpy(c->heard + c->n, bytes, n);
	c->n += n;
	if (c->leaves)
		port_raw_close(raw);
}

static void on_room(struct port_raw *raw)
{
	struct client *c = raw->ctx;

	c->rooms++;
}

static void client_open(struct rig *r, struct client *c, const char *who)
{
	memset(c, 0, sizeof(*c));
	c->raw.priority = PORT_SCHEDULED;
	c->raw.on_bytes = on_bytes;
	c->raw.on_room = on_room;
	c->raw.ctx = c;
	snprintf(c->raw.who, sizeof(c->raw.who), "%s", who);
	assert_int_equal(port_raw_open(r->port, &c->raw), 0);
}

static void ask_meter(struct client *c, unsigned meter)
{
	uint8_t frame[5];

	mb_frame_write_short(frame, sizeof(frame), MB_C_REQ_UD2, (uint8_t)(1 + meter));
	assert_int_equal(port_raw_feed(&c->raw, frame, sizeof(frame)), sizeof(frame));
}

static bool told_by(const struct client *c, unsigned meter)
{
	return is_of_meter(c->heard, c->n, meter);
}

static void read_meter(struct rig *r, struct plan *p, unsigned meter)
{
	memset(p, 0, sizeof(*p));
	plan_read(r, p, PORT_SCHEDULED, meter);
}

static struct port_status status(const struct rig *r)
{
	struct port_status st;

	port_status(r->port, &st);
	return st;
}

/* Of each test; what is open of it at the end is closed. */
static struct rig bus;
static struct client a, b, c;

static int begin(void **state)
{
	(void)state;
	rig_open(&bus, SEGMENT, TCP, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	port_raw_close(&a.raw);
	port_raw_close(&b.raw);
	port_raw_close(&c.raw);
	rig_close(&bus);
	return 0;
}

/* ---- turns ---- */

static void the_bus_is_its_own_until_silence(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "the client");
	for (unsigned i = 0; i < 4; i++) { /* a second between its bytes is no silence */
		ask_meter(&c, 2);
		if (i == 0)
			read_meter(&bus, &plan, 1);
		rig_wait(&bus, SECOND);
		assert_true(told_by(&c, 2));
		c.n = 0;
		assert_true(status(&bus).held);
		assert_string_equal(status(&bus).holder.who, "the client");
	}
	assert_int_equal(plan.good, 0);
	rig_wait(&bus, 3 * SECOND);
	assert_int_equal(plan.good, 1);
	assert_int_equal(c.n, 0); /* what others hear is theirs */
	assert_int_equal(c.raw.turns, 1);
	assert_false(status(&bus).held);
}

static void a_dialogue_under_way_is_finished_first(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	read_meter(&bus, &plan, 1);
	rig_wait(&bus, 100 * MS);
	ask_meter(&c, 3);
	assert_int_equal(plan.good, 0);
	rig_wait(&bus, 2 * SECOND);
	assert_int_equal(plan.good, 1);
	assert_true(told_by(&c, 3));
	assert_in_range(c.raw.waits.max_ms, 352, 353);
	assert_int_equal(c.raw.job.begun_us, plan.end_us);
	assert_int_equal(sim_account(rig_sim(&bus))->overlaps, 0);
}

static void stale_bytes_are_never_sent(void **state)
{
	static struct plan plans[10];

	(void)state;
	client_open(&bus, &c, "c");
	c.raw.stale_ms = 1000;
	for (unsigned i = 0; i < 10; i++)
		read_meter(&bus, &plans[i], i % 6);
	ask_meter(&c, 3);
	rig_wait(&bus, 30 * SECOND);
	assert_int_equal(c.raw.dropped[PORT_DROP_STALE], 1);
	assert_int_equal(c.raw.turns, 0);
	assert_int_equal(c.n, 0);
	ask_meter(&c, 3); /* a new one goes */
	rig_wait(&bus, 2 * SECOND);
	assert_true(told_by(&c, 3));
}

/* Nothing is said of a turn's end: who waits has to wait for the silence behind it. */
static void who_stays_connected_lets_the_next_one_in(void **state)
{
	(void)state;
	client_open(&bus, &a, "a");
	client_open(&bus, &b, "b");
	ask_meter(&a, 3);
	rig_wait(&bus, 10 * MS);
	ask_meter(&b, 4);
	rig_wait(&bus, SECOND);
	assert_true(told_by(&a, 3));
	assert_int_equal(b.n, 0);
	rig_wait(&bus, 3 * SECOND);
	assert_true(told_by(&b, 4));
	assert_int_equal(b.raw.dropped[PORT_DROP_STALE], 0);
}

/* It asks again as soon as it is answered: there is never a silence, but others have their turn. */
static void who_never_pauses_lets_others_in(void **state)
{
	static struct plan plan;
	unsigned answers = 0;
	uint64_t begin_us;

	(void)state;
	client_open(&bus, &c, "c");
	c.raw.turn_max_ms = 5000;
	c.raw.stale_ms = 10000;
	begin_us = rig_now(&bus);
	read_meter(&bus, &plan, 1);
	ask_meter(&c, 2);
	for (unsigned i = 0; i < 6000; i++) {
		rig_wait(&bus, 10 * MS);
		if (plan.good && !plan.job.port)
			read_meter(&bus, &plan, 1);
		if (!told_by(&c, 2))
			continue;
		answers++;
		c.n = 0;
		ask_meter(&c, 2);
	}
	assert_int_equal(plan.failed, 0);
	assert_true(rig_now(&bus) - plan.end_us < 15 * SECOND || plan.job.submitted_us > begin_us);
	assert_in_range(c.raw.turns, 8, 13);
	assert_true(answers > 80);
	assert_int_equal(sim_account(rig_sim(&bus))->overlaps, 0);
	assert_int_equal(c.raw.dropped[PORT_DROP_STALE], 0);
}

/* Not even a gap: it is cut. */
static void who_floods_is_cut(void **state)
{
	static const uint8_t flood[PORT_RAW_MAX] = {0x55};
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	c.raw.turn_max_ms = 5000;
	port_raw_feed(&c.raw, flood, sizeof(flood));
	rig_wait(&bus, 10 * MS);
	read_meter(&bus, &plan, 1);
	for (unsigned i = 0; i < 1500; i++) {
		port_raw_feed(&c.raw, flood, sizeof(flood));
		rig_wait(&bus, 10 * MS);
	}
	assert_int_equal(plan.good + plan.failed, 1);
	assert_true(plan.end_us < RIG_START_US + 14 * SECOND);
}

/* ---- bounds ---- */

static void what_waits_is_bounded(void **state)
{
	static const uint8_t many[PORT_RAW_MAX + 100] = {0};
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	read_meter(&bus, &plan, 1);
	rig_wait(&bus, 10 * MS);
	assert_int_equal(port_raw_feed(&c.raw, many, sizeof(many)), PORT_RAW_MAX);
	assert_int_equal(port_raw_feed(&c.raw, many, 1), 0);
	assert_int_equal(c.rooms, 0);
	rig_wait(&bus, 2 * SECOND);
	assert_int_equal(c.rooms, 1);
	assert_true(port_raw_feed(&c.raw, many, 1) == 1);
}

/* As a program that reads one meter and ends: the next one need not wait for the silence. */
static void who_has_said_all_keeps_it_for_the_answer(void **state)
{
	static struct client first, second;

	(void)state;
	client_open(&bus, &first, "first");
	client_open(&bus, &second, "second");
	ask_meter(&first, 2);
	port_raw_said_all(&first.raw);
	rig_wait(&bus, 500 * MS);
	assert_true(told_by(&first, 2));
	assert_true(port_raw_idle(&first.raw));
	assert_false(status(&bus).held);
	ask_meter(&first, 9); /* nobody answers */
	port_raw_said_all(&first.raw);
	rig_wait(&bus, 20 * MS);
	assert_false(port_raw_idle(&first.raw));
	ask_meter(&second, 3);
	rig_wait(&bus, 800 * MS);
	assert_true(told_by(&second, 3));
	assert_int_equal(second.raw.dropped[PORT_DROP_STALE], 0);
	port_raw_said_all(&second.raw); /* behind its answer */
	rig_wait(&bus, 50 * MS);
	assert_true(port_raw_idle(&second.raw));
	port_raw_close(&first.raw);
	port_raw_close(&second.raw);
}

static void who_leaves_frees_the_bus(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	c.leaves = true;
	ask_meter(&c, 2);
	rig_wait(&bus, 20 * MS);
	read_meter(&bus, &plan, 1);
	rig_wait(&bus, 2 * SECOND);
	assert_true(c.n > 0);
	assert_null(c.raw.port);
	assert_int_equal(plan.good, 1);
	client_open(&bus, &c, "c");
	ask_meter(&c, 1);
	port_raw_close(&c.raw); /* while it waits */
	rig_wait(&bus, SECOND);
	assert_int_equal(c.n, 0);
}

static void a_lost_bus_drops_what_waits(void **state)
{
	(void)state;
	client_open(&bus, &c, "c");
	bus.plugs[0].pulled = true;
	ask_meter(&c, 2);
	rig_wait(&bus, 5 * SECOND);
	assert_int_equal(c.raw.dropped[PORT_DROP_REFUSED], 1);
	bus.plugs[0].pulled = false;
	rig_wait(&bus, MINUTE);
	ask_meter(&c, 2);
	rig_wait(&bus, SECOND);
	assert_true(told_by(&c, 2));
	bus.plugs[0].dropped = true; /* in its turn, which is noticed by who sends */
	ask_meter(&c, 2);
	rig_wait(&bus, SECOND);
	assert_int_equal(c.raw.dropped[PORT_DROP_REFUSED], 2);
}

/* ---- its own line ---- */

static void each_client_has_its_own_speed(void **state)
{
	static const struct mb_line slow = MB_LINE_2400_8E1, fast = {9600, 8, MB_PARITY_EVEN, 1};
	static struct plan plan;

	(void)state;
	rig_reopen(&bus,
		"[meter] model=water id=10000001 primary=1 baud=2400\n"
		"[meter] model=water id=10000002 primary=2 baud=9600\n",
		TCP);
	client_open(&bus, &c, "c");
	port_raw_set_line(&c.raw, &fast);
	ask_meter(&c, 1);
	rig_wait(&bus, SECOND);
	assert_true(told_by(&c, 1));
	c.n = 0;
	port_raw_set_line(&c.raw, &slow);
	ask_meter(&c, 0);
	rig_wait(&bus, SECOND);
	assert_true(told_by(&c, 0));
	port_raw_set_line(&c.raw, &fast);
	read_meter(&bus, &plan, 0);
	rig_wait(&bus, 5 * SECOND);
	assert_int_equal(plan.good, 1);
}

static void a_line_is_for_the_bytes_to_come(void **state)
{
	static const struct mb_line slow = MB_LINE_2400_8E1, fast = {9600, 8, MB_PARITY_EVEN, 1};
	static struct plan plan;
	struct mb_line line;

	(void)state;
	client_open(&bus, &c, "c");
	read_meter(&bus, &plan, 1);
	rig_wait(&bus, 10 * MS);
	ask_meter(&c, 2); /* waits, and goes out at 2400 */
	port_raw_set_line(&c.raw, &fast);
	assert_int_equal(port_raw_feed(&c.raw, c.heard, 1), 0);
	while (!c.rooms)
		rig_wait(&bus, 10 * MS);
	assert_int_equal(plan.good, 1);
	rig_wait(&bus, SECOND);
	sim_line(rig_sim(&bus), &line);
	assert_int_equal(line.baud, 9600);
	port_raw_set_line(&c.raw, &slow);
	c.n = 0;
	ask_meter(&c, 2);
	rig_wait(&bus, SECOND);
	assert_true(told_by(&c, 2));
}

static void a_new_line_of_the_port_waits_for_the_gap(void **state)
{
	static const struct mb_line fast = {9600, 8, MB_PARITY_EVEN, 1};

	(void)state;
	client_open(&bus, &c, "c");
	c.raw.turn_max_ms = 3000;
	ask_meter(&c, 2);
	rig_wait(&bus, 100 * MS);
	assert_int_equal(port_set_line(bus.port, &fast), 0);
	rig_wait(&bus, SECOND);
	assert_true(told_by(&c, 2));
	rig_wait(&bus, 3 * SECOND);
	assert_false(status(&bus).line_waits);
}

/* ---- draining ---- */

static void a_port_that_is_drained_ends_the_turn(void **state)
{
	(void)state;
	client_open(&bus, &c, "c");
	ask_meter(&c, 2);
	rig_wait(&bus, 100 * MS);
	port_drain(bus.port, rig_now(&bus) + 10 * SECOND);
	rig_wait(&bus, 1500 * MS);
	assert_true(told_by(&c, 2));
	assert_int_equal(status(&bus).state, PORT_CLOSED);
	ask_meter(&c, 2);
	assert_int_equal(c.raw.dropped[PORT_DROP_REFUSED], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_bus_is_its_own_until_silence),
		TEST(a_dialogue_under_way_is_finished_first),
		TEST(stale_bytes_are_never_sent),
		TEST(who_stays_connected_lets_the_next_one_in),
		TEST(who_never_pauses_lets_others_in),
		TEST(who_floods_is_cut),
		TEST(what_waits_is_bounded),
		TEST(who_has_said_all_keeps_it_for_the_answer),
		TEST(who_leaves_frees_the_bus),
		TEST(a_lost_bus_drops_what_waits),
		TEST(each_client_has_its_own_speed),
		TEST(a_line_is_for_the_bytes_to_come),
		TEST(a_new_line_of_the_port_waits_for_the_gap),
		TEST(a_port_that_is_drained_ends_the_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
