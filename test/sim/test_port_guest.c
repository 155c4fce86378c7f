/* SPDX-License-Identifier: MIT */
/* Foreign masters on the arbiter of a bus, in virtual time on a simulated segment. */
#include "plan.h"

#include "bus/port_guest.h"
#include "six_meters.h"

#define REQ_A (MB_C_REQ_UD2 | MB_C_FCB)

struct client {
	struct port_guest guest;
	uint8_t heard[2 * MB_FRAME_MAX];
	size_t n;
	bool leaves; /* at the first word */
};

static void on_bytes(struct port_guest *guest, const uint8_t *bytes, size_t n)
{
	struct client *c = guest->ctx;

	if (c->n + n > sizeof(c->heard))
		c->n = 0; /* one that never looks */
	memcpy(c->heard + c->n, bytes, n);
	c->n += n;
	if (c->leaves)
		port_guest_close(guest);
}

static void client_open(struct rig *r, struct client *c, const char *who)
{
	memset(c, 0, sizeof(*c));
	c->guest.priority = PORT_SCHEDULED;
	c->guest.on_bytes = on_bytes;
	c->guest.ctx = c;
	snprintf(c->guest.who, sizeof(c->guest.who), "%s", who);
	assert_int_equal(port_guest_open(r->port, &c->guest), 0);
}

static void say_short(struct client *c, uint8_t code, uint8_t a)
{
	uint8_t frame[5];

	assert_int_equal(mb_frame_write_short(frame, sizeof(frame), code, a), 5);
	port_guest_feed(&c->guest, frame, sizeof(frame));
}

static void say_selection(struct client *c, unsigned meter)
{
	uint8_t data[8] = {(uint8_t)(1 + meter), 0, 0, 0x10, 0xFF, 0xFF, 0xFF, 0xFF};
	uint8_t frame[MB_FRAME_MAX];
	int n = mb_frame_write_long(
		frame, sizeof(frame), MB_C_SND_UD, MB_A_NETWORK, 0x52, data, sizeof(data));

	assert_true(n > 0);
	port_guest_feed(&c->guest, frame, (size_t)n);
}

/* Exactly one telegram was heard, and this meter said it. */
static bool told_by(const struct client *c, unsigned meter)
{
	return is_of_meter(c->heard, c->n, meter);
}

static bool acked(const struct client *c)
{
	return c->n == 1 && c->heard[0] == MB_ACK;
}

static unsigned said_to(const struct rig *r, uint8_t a)
{
	const struct sim_entry *entries;
	size_t n = sim_ledger(rig_sim(r), &entries);
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		count += entries[i].a == a;
	return count;
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
	port_guest_close(&a.guest);
	port_guest_close(&b.guest);
	port_guest_close(&c.guest);
	rig_close(&bus);
	return 0;
}

/* ---- one at a time ---- */

static void the_answer_goes_to_who_asked(void **state)
{
	(void)state;
	client_open(&bus, &a, "a");
	client_open(&bus, &b, "b");
	for (unsigned i = 0; i < 5; i++) { /* in single bytes */
		static const uint8_t nke[] = {0x10, 0x40, 0x03, 0x43, 0x16};

		port_guest_feed(&a.guest, &nke[i], 1);
		rig_wait(&bus, 20 * MS);
	}
	rig_wait(&bus, SECOND);
	assert_true(acked(&a));
	a.n = 0;
	say_short(&a, REQ_A, 3);
	rig_wait(&bus, 2 * SECOND);
	assert_true(told_by(&a, 2));
	assert_int_equal(a.guest.turns, 2);
	assert_int_equal(b.n, 0);
}

/* A good frame is given as soon as it is whole, however long the way might take. */
static void nobody_waits_for_more_than_an_answer(void **state)
{
	(void)state;
	rig_reopen(&bus, SEGMENT, "tcp://127.0.0.1:1?latency=5000");
	client_open(&bus, &c, "c");
	say_short(&c, MB_C_SND_NKE, 3);
	rig_wait(&bus, 200 * MS); /* 21 + 60 + 5 ms, and 33 bits of silence before and after */
	assert_true(acked(&c));
	c.n = 0;
	say_short(&c, REQ_A, 3);
	rig_wait(&bus, 600 * MS); /* a telegram of 66 bytes is 303 ms */
	assert_true(told_by(&c, 2));
}

static void a_late_frame_is_never_sent(void **state)
{
	static struct plan plans[20];

	(void)state;
	memset(plans, 0, sizeof(plans));
	client_open(&bus, &c, "c");
	for (unsigned i = 0; i < 20; i++)
		plan_read(&bus, &plans[i], PORT_INTERACTIVE, 0);
	say_short(&c, REQ_A, 6);
	rig_wait(&bus, MINUTE);
	assert_int_equal(c.guest.dropped[PORT_DROP_STALE], 1);
	assert_int_equal(c.guest.turns, 0);
	assert_int_equal(c.n, 0);
	assert_int_equal(said_to(&bus, 6), 0);
	assert_int_equal(plans[19].good, 1);
}

static void half_a_frame_is_thrown_away(void **state)
{
	static const uint8_t half[] = {0x68, 0x0B, 0x0B, 0x68, 0x53};
	static const uint8_t slave[] = {0xE5};

	(void)state;
	client_open(&bus, &c, "c");
	port_guest_feed(&c.guest, half, sizeof(half));
	rig_wait(&bus, 2 * SECOND);
	assert_true(c.guest.dropped[PORT_DROP_BROKEN] > 0);
	assert_int_equal(c.guest.turns, 0);
	say_short(&c, MB_C_SND_NKE, 2);
	rig_wait(&bus, 2 * SECOND);
	assert_true(acked(&c));
	port_guest_feed(&c.guest, slave, sizeof(slave)); /* no master says that */
	rig_wait(&bus, SECOND);
	assert_int_equal(c.guest.turns, 1);
}

static void only_the_newest_frame_is_answered(void **state)
{
	(void)state;
	client_open(&bus, &c, "c");
	say_short(&c, REQ_A, 1);
	say_short(&c, REQ_A, 2); /* the first one waits */
	rig_wait(&bus, 60 * MS);
	say_short(&c, REQ_A, 3); /* the second one is under way */
	rig_wait(&bus, 3 * SECOND);
	assert_true(told_by(&c, 2));
	assert_int_equal(said_to(&bus, 1), 0);
	assert_true(said_to(&bus, 2) > 0);
	assert_int_equal(c.guest.dropped[PORT_DROP_AGAIN], 2);
}

/* ---- selections ---- */

static void a_selection_holds_the_bus(void **state)
{
	struct port_status st;
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "the client");
	say_selection(&c, 4);
	rig_wait(&bus, 500 * MS);
	assert_true(acked(&c));
	plan_read(&bus, &plan, PORT_INTERACTIVE, 0);
	rig_wait(&bus, 300 * MS);
	assert_int_equal(said_to(&bus, 1), 0);
	port_status(bus.port, &st);
	assert_true(st.held);
	assert_string_equal(st.holder.who, "the client");
	c.n = 0;
	say_short(&c, REQ_A, MB_A_NETWORK);
	rig_wait(&bus, 3 * SECOND);
	assert_true(told_by(&c, 4));
	assert_int_equal(plan.good, 1);
}

static void a_selection_is_not_held_for_ever(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	say_selection(&c, 4);
	rig_wait(&bus, 500 * MS);
	plan_read(&bus, &plan, PORT_SCHEDULED, 0);
	rig_wait(&bus, 3 * SECOND);
	assert_int_equal(plan.good, 1);
	assert_true(plan.slowest_us < 2 * SECOND);
	c.n = 0;
	say_short(&c, REQ_A, MB_A_NETWORK); /* the selection is made again before it */
	rig_wait(&bus, 3 * SECOND);
	assert_true(told_by(&c, 4));
	assert_int_equal(c.guest.turns, 2);
	plan_read(&bus, &plan, PORT_SCHEDULED, 0);
	rig_wait(&bus, 3 * SECOND);
	c.n = 0;
	say_short(&c, REQ_A, MB_A_NETWORK); /* the next telegram, or again the first? */
	rig_wait(&bus, 3 * SECOND);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.guest.dropped[PORT_DROP_SELECTION], 1);
}

/* A meter that has gone meanwhile, and a client that has given up meanwhile. */
static void a_selection_that_is_not_obeyed_again(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	say_selection(&c, 4);
	rig_wait(&bus, 2 * SECOND);
	assert_true(acked(&c));
	plan_read(&bus, &plan, PORT_SCHEDULED, 0);
	rig_wait(&bus, 3 * SECOND);
	c.n = 0;
	sim_lose_answers(rig_sim(&bus), 1);
	say_short(&c, REQ_A, MB_A_NETWORK);
	rig_wait(&bus, 3 * SECOND);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.guest.dropped[PORT_DROP_SELECTION], 1);
	assert_int_equal(c.guest.turns, 1);
	say_selection(&c, 4);
	rig_wait(&bus, 2 * SECOND);
	plan_read(&bus, &plan, PORT_SCHEDULED, 0);
	rig_wait(&bus, 3 * SECOND);
	c.n = 0;
	say_short(&c, REQ_A, MB_A_NETWORK);
	rig_wait(&bus, 50 * MS); /* selecting */
	say_short(&c, REQ_A, 2);
	rig_wait(&bus, 3 * SECOND);
	assert_true(told_by(&c, 1));
	assert_int_equal(c.guest.dropped[PORT_DROP_AGAIN], 1);
	assert_int_equal(c.guest.turns, 3);
}

static void who_leaves_holds_nothing(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	c.leaves = true;
	say_selection(&c, 4);
	rig_wait(&bus, SECOND);
	assert_true(acked(&c));
	assert_null(c.guest.port);
	plan_read(&bus, &plan, PORT_SCHEDULED, 0);
	rig_wait(&bus, 2 * SECOND);
	assert_int_equal(plan.good, 1);
	client_open(&bus, &c, "c");
	say_short(&c, REQ_A, 1);
	port_guest_close(&c.guest); /* while it waits */
	rig_wait(&bus, SECOND);
	assert_int_equal(c.n, 0);
}

/* The bus is held for the client, who leaves: the one who waits goes at once. */
static void a_hold_ends_with_its_client(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	say_selection(&c, 4);
	while (!c.n)
		rig_wait(&bus, 10 * MS);
	rig_wait(&bus, 200 * MS);
	plan_read(&bus, &plan, PORT_SCHEDULED, 0);
	port_guest_close(&c.guest);
	rig_wait(&bus, 3 * SECOND);
	assert_int_equal(plan.good, 1);
	assert_int_equal(plan.job.begun_us, plan.job.submitted_us);
}

static void a_telegram_that_more_follow_holds_the_bus(void **state)
{
	struct port_status st;

	(void)state;
	rig_reopen(&bus, "[bus] seed=1\n[meter] model=heat-history id=10000001 primary=1\n", TCP);
	client_open(&bus, &c, "the client");
	say_short(&c, MB_C_SND_NKE, 1);
	rig_wait(&bus, 2 * SECOND);
	port_status(bus.port, &st);
	assert_false(st.held);
	say_short(&c, REQ_A | MB_C_FCV, 1);
	c.n = 0;
	while (!c.n)
		rig_wait(&bus, 10 * MS);
	rig_wait(&bus, 500 * MS);
	port_status(bus.port, &st);
	assert_true(st.held);
	assert_string_equal(st.holder.who, "the client");
	rig_wait(&bus, SECOND);
	port_status(bus.port, &st);
	assert_false(st.held);
}

/* ---- who spoke last to a meter ---- */

#define REQ_1 (MB_C_REQ_UD2 | MB_C_FCV | MB_C_FCB)
#define REQ_0 (MB_C_REQ_UD2 | MB_C_FCV)

static unsigned repetitions(const struct rig *r)
{
	const struct sim_entry *entries;
	size_t n = sim_ledger(rig_sim(r), &entries);
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		count += entries[i].reaction == MB_SLAVE_REACTION_REPEAT;
	return count;
}

static void hear_one(struct rig *r, struct client *who, uint8_t code, unsigned meter)
{
	who->n = 0;
	say_short(who, code, (uint8_t)(meter + 1));
	rig_wait(r, 2 * SECOND);
	assert_true(told_by(who, meter));
}

/* Without SND_NKE before each: it goes on with the FCB that it remembers, if that is still so. */
static void our_request_is_no_repetition_of_a_guests(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &c, "c");
	for (unsigned i = 0; i < 6; i++) {
		plan.job.request.nke = MB_NKE_UNKNOWN;
		plan_read(&bus, &plan, PORT_SCHEDULED, 2);
		rig_wait(&bus, 3 * SECOND);
		hear_one(&bus, &c, i & 1 ? REQ_1 : REQ_0, 2); /* what we would have said next */
		if (i % 3 == 2)
			hear_one(&bus, &c, i & 1 ? REQ_0 : REQ_1, 2);
	}
	assert_int_equal(plan.good, 6);
	assert_int_equal(repetitions(&bus), 0);
}

static void a_guests_request_is_no_repetition_of_ours(void **state)
{
	static struct plan plan;

	(void)state;
	client_open(&bus, &a, "a");
	client_open(&bus, &b, "b");
	for (unsigned i = 0; i < 8; i++) {
		hear_one(&bus, &a, i & 1 ? REQ_0 : REQ_1, 3);
		if (i % 3 == 1)
			hear_one(&bus, &b, i & 2 ? REQ_0 : REQ_1, 3);
		if (i % 3 == 2) {
			plan_read(&bus, &plan, PORT_SCHEDULED, 3);
			rig_wait(&bus, 3 * SECOND);
		}
	}
	assert_int_equal(plan.good, 2);
	assert_int_equal(repetitions(&bus), 0);
}

/* What a guest repeats because the answer was lost is repeated by the meter. */
static void a_repetition_of_its_own_remains_one(void **state)
{
	(void)state;
	client_open(&bus, &a, "a");
	client_open(&bus, &b, "b");
	hear_one(&bus, &b, REQ_1, 0);
	hear_one(&bus, &a, REQ_1, 0); /* goes out as 0 */
	hear_one(&bus, &b, REQ_1, 1); /* another meter does not matter */
	assert_int_equal(repetitions(&bus), 0);
	hear_one(&bus, &a, REQ_1, 0);
	assert_int_equal(repetitions(&bus), 1);
	hear_one(&bus, &a, REQ_0, 0);
	assert_int_equal(repetitions(&bus), 1);
	a.n = 0;
	say_short(&a, MB_C_SND_NKE, 1);
	rig_wait(&bus, 2 * SECOND);
	assert_true(acked(&a));
	hear_one(&bus, &a, REQ_1, 0); /* as it is again */
	hear_one(&bus, &a, REQ_0, 0);
	assert_int_equal(repetitions(&bus), 1);
}

/* Read to its end while the schedule wants the same meter, which begins again for each. */
static void a_long_answer_is_not_begun_again(void **state)
{
	static struct plan plan;

	(void)state;
	rig_reopen(
		&bus, "[bus] seed=1\n[meter] model=electricity-multi id=10000001 primary=1\n", TCP);
	client_open(&bus, &c, "c");
	c.guest.stale_ms = 60000;
	for (unsigned round = 0; round < 4; round++) {
		uint8_t fcb = MB_C_FCB;
		struct mb_telegram t;
		unsigned n = 0;
		int more = 1;

		for (; more; n++, fcb ^= MB_C_FCB) {
			if (!plan.job.port)
				plan_read(&bus, &plan, PORT_SCHEDULED, 0);
			c.n = 0;
			say_short(&c, MB_C_REQ_UD2 | MB_C_FCV | fcb, 1);
			for (unsigned i = 0; i < 2000 && !c.n; i++)
				rig_wait(&bus, 10 * MS);
			rig_wait(&bus, 100 * MS);
			assert_int_equal(mb_telegram_read(c.heard, c.n, &t), c.n);
			more = mb_telegram_more(&t);
			assert_true(n < 3);
		}
		assert_int_equal(n, 3);
		rig_wait(&bus, 5 * SECOND);
	}
	assert_int_equal(plan.failed, 0);
	assert_true(plan.good >= 4);
}

static void the_rest_of_an_answer_is_not_its_beginning(void **state)
{
	static struct plan plan;
	struct mb_telegram t;

	(void)state;
	rig_reopen(
		&bus, "[bus] seed=1\n[meter] model=electricity-multi id=10000001 primary=1\n", TCP);
	client_open(&bus, &c, "c");
	say_short(&c, REQ_1, 1);
	rig_wait(&bus, 2 * SECOND);
	assert_int_equal(mb_telegram_read(c.heard, c.n, &t), c.n);
	assert_true(mb_telegram_more(&t));
	plan_read(&bus, &plan, PORT_SCHEDULED, 0);
	rig_wait(&bus, 5 * SECOND);
	assert_int_equal(plan.good, 1);
	c.n = 0;
	for (unsigned i = 0; i < 2; i++) { /* it repeats that, too */
		say_short(&c, REQ_0, 1);
		rig_wait(&bus, SECOND);
	}
	assert_int_equal(c.n, 0);
	assert_int_equal(c.guest.dropped[PORT_DROP_SELECTION], 2);
	say_short(&c, MB_C_SND_NKE, 1);
	rig_wait(&bus, SECOND);
	assert_true(acked(&c));
	c.n = 0;
	say_short(&c, REQ_1, 1);
	rig_wait(&bus, 2 * SECOND);
	assert_true(told_by(&c, 0));
	plan_read(&bus, &plan, PORT_SCHEDULED, 0);
	rig_wait(&bus, 20 * SECOND);
	c.n = 0;
	say_short(&c, REQ_0, 1); /* after so long it means another answer */
	rig_wait(&bus, 2 * SECOND);
	assert_true(told_by(&c, 0));
}

/* ---- one that will not let go ---- */

static void select_again(struct client *who, struct rig *r, uint64_t us)
{
	uint64_t end_us = rig_now(r) + us;
	uint64_t again_us = 0; /* it waits two seconds for its E5 */

	while (rig_now(r) < end_us) {
		if (who->n || rig_now(r) >= again_us) {
			who->n = 0;
			say_selection(who, 4);
			again_us = rig_now(r) + 2 * SECOND;
		}
		rig_wait(r, 10 * MS);
	}
}

/* As a search does, from one mask to the next: the last one is held as the first one was. */
static void a_second_selection_is_held_too(void **state)
{
	static struct plan plans[3];

	(void)state;
	memset(plans, 0, sizeof(plans));
	client_open(&bus, &c, "c");
	say_selection(&c, 4);
	while (!c.n)
		rig_wait(&bus, 10 * MS);
	c.n = 0;
	plan_read(&bus, &plans[0], PORT_SCHEDULED, 0);
	say_selection(&c, 5); /* the one who waits goes before it */
	while (!c.n)
		rig_wait(&bus, 10 * MS);
	assert_true(acked(&c));
	assert_int_equal(plans[0].good, 1);
	c.n = 0;
	plan_read(&bus, &plans[1], PORT_SCHEDULED, 0);
	rig_wait(&bus, 500 * MS);
	assert_int_equal(plans[1].good, 0);
	say_short(&c, REQ_A, MB_A_NETWORK);
	rig_wait(&bus, 2 * SECOND);
	assert_true(told_by(&c, 5));
	assert_int_equal(c.guest.dropped[PORT_DROP_SELECTION], 0);
	assert_int_equal(plans[1].good, 1);
}

static void who_selects_for_ever_starves_nobody(void **state)
{
	static const uint8_t priorities[] = {PORT_BACKGROUND, PORT_SCHEDULED, PORT_INTERACTIVE};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct plan plans[10];
		struct rig r;

		memset(plans, 0, sizeof(plans));
		rig_open(&r, SEGMENT, TCP, NULL);
		client_open(&r, &c, "c");
		c.guest.job.priority = priorities[i];
		for (unsigned k = 0; k < 10; k++)
			plan_read(&r, &plans[k], PORT_SCHEDULED, k % METERS);
		select_again(&c, &r, MINUTE);
		for (unsigned k = 0; k < 10; k++) {
			assert_int_equal(plans[k].good, 1);
			assert_true(plans[k].slowest_us < 30 * SECOND);
		}
		assert_true(c.guest.turns > 20);
		port_guest_close(&c.guest);
		rig_close(&r);
	}
}

/* ---- all of them ---- */

enum reader_state {
	SELECTING,
	ASKING
};

/* Reads one meter after the other by its secondary address, with a second's patience. */
struct reader {
	struct client client;
	unsigned meter, good, silent;
	enum reader_state state;
	uint64_t until_us;
};

static void reader_select(struct rig *r, struct reader *reader)
{
	reader->state = SELECTING;
	reader->until_us = rig_now(r) + 2 * SECOND;
	reader->client.n = 0;
	say_selection(&reader->client, reader->meter);
}

static void reader_turn(struct rig *r, struct reader *reader)
{
	if (rig_now(r) >= reader->until_us) {
		reader->silent++;
		reader_select(r, reader);
	} else if (reader->client.n && reader->state == SELECTING) {
		assert_true(acked(&reader->client));
		reader->client.n = 0;
		reader->state = ASKING;
		reader->until_us = rig_now(r) + 2 * SECOND;
		say_short(&reader->client, REQ_A, MB_A_NETWORK);
	} else if (reader->client.n) {
		assert_true(told_by(&reader->client, reader->meter));
		reader->good++;
		reader->meter = (reader->meter + 1) % METERS;
		reader_select(r, reader);
	}
}

static void four_clients_and_the_schedule(void **state)
{
	static const uint8_t half[] = {0x68, 0x0B, 0x0B, 0x68, 0x53};
	static struct plan plans[METERS];
	struct client deaf, stops, silent;
	struct reader reader = {0};
	struct port_status st;
	struct rig r;
	unsigned asked = 0, good;

	(void)state;
	memset(plans, 0, sizeof(plans));
	rig_open(&r, SEGMENT, TCP, NULL);
	client_open(&r, &reader.client, "reader");
	client_open(&r, &deaf, "deaf");
	client_open(&r, &stops, "stops");
	client_open(&r, &silent, "silent");
	for (unsigned tick = 0; tick < 60000; tick++) { /* ten minutes */
		if (tick % 500 == 0) {
			struct plan *p = &plans[asked++ % METERS];

			assert_null(p->job.port);
			plan_read(&r, p, PORT_SCHEDULED, asked % METERS);
		}
		if (tick % 130 == 0)
			say_short(&deaf, REQ_A, (uint8_t)(1 + tick % METERS));
		if (tick % 700 == 0)
			say_selection(&stops, tick % METERS);
		if (tick % 300 == 0)
			port_guest_feed(&silent.guest, half, sizeof(half));
		reader_turn(&r, &reader);
		rig_wait(&r, 10 * MS);
	}
	rig_wait(&r, 20 * SECOND);
	good = plans_good(plans, METERS, 6 * SECOND);
	assert_int_equal(good, asked);
	port_status(r.port, &st);
	print_message(
		"schedule %u of %u, reader %u good, %u silent; waits: half %u ms, max %u ms\n",
		good, asked, reader.good, reader.silent, st.wait_p50_ms, st.wait_max_ms);
	assert_true(reader.good > 60);
	assert_int_equal(silent.guest.turns, 0);
	assert_true(silent.guest.dropped[PORT_DROP_BROKEN] >= 200);
	assert_true(deaf.guest.turns > 0 && stops.guest.turns > 0);
	assert_int_equal(sim_account(rig_sim(&r))->overlaps, 0);
	port_guest_close(&reader.client.guest);
	port_guest_close(&deaf.guest);
	port_guest_close(&stops.guest);
	port_guest_close(&silent.guest);
	rig_close(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_answer_goes_to_who_asked),
		TEST(nobody_waits_for_more_than_an_answer),
		TEST(a_late_frame_is_never_sent),
		TEST(half_a_frame_is_thrown_away),
		TEST(only_the_newest_frame_is_answered),
		TEST(a_selection_holds_the_bus),
		TEST(a_selection_is_not_held_for_ever),
		TEST(a_selection_that_is_not_obeyed_again),
		TEST(who_leaves_holds_nothing),
		TEST(a_hold_ends_with_its_client),
		TEST(a_telegram_that_more_follow_holds_the_bus),
		TEST(our_request_is_no_repetition_of_a_guests),
		TEST(a_guests_request_is_no_repetition_of_ours),
		TEST(a_repetition_of_its_own_remains_one),
		TEST(a_long_answer_is_not_begun_again),
		TEST(the_rest_of_an_answer_is_not_its_beginning),
		TEST(a_second_selection_is_held_too),
		cmocka_unit_test(who_selects_for_ever_starves_nobody),
		cmocka_unit_test(four_clients_and_the_schedule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
