/* SPDX-License-Identifier: MIT */
/* The master on a simulated segment: slaves.md's self tests, and how long reading may take. */
#include "bus.h"

#include <meterbus/encode.h>
#include <meterbus/error.h>
#include <meterbus/master.h>
#include <meterbus/record.h>

#include <stdlib.h>

#define SECOND 1000000u
#define MINUTE (60ull * SECOND)

/* ---- a dialogue ---- */

struct talk {
	struct sim *sim;
	struct mb_master master;
	struct mb_master_done done;
	int result;
	unsigned telegrams;
	unsigned attempts; /* that failed */
	uint32_t warnings; /* bits */
	uint8_t first[MB_FRAME_MAX]; /* first telegram */
	size_t first_len;
	uint64_t hashes[MB_TELEGRAMS_MAX]; /* of the records of each */
};

static uint64_t hash(const uint8_t *bytes, size_t n)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 1099511628211u;
	return h;
}

static void take_telegram(struct talk *t, const struct mb_master_event *e)
{
	if (!t->telegrams) {
		memcpy(t->first, e->bytes, e->len);
		t->first_len = e->len;
	}
	t->hashes[t->telegrams++] =
		e->len > 21 ? hash(e->bytes + 19, e->len - 21u) : 0; /* the records */
}

static int step(void *ctx, uint64_t now_us)
{
	struct talk *t = ctx;
	struct mb_master_event e;

	(void)now_us;
	while (mb_master_event(&t->master, &e)) {
		if (e.type == MB_MASTER_TELEGRAM)
			take_telegram(t, &e);
		else if (e.type == MB_MASTER_ATTEMPT)
			t->attempts++;
		else if (e.type == MB_MASTER_WARNING)
			t->warnings |= 1u << e.warning;
		if (e.type != MB_MASTER_DONE)
			continue;
		t->result = e.result;
		t->done = e.done;
		return 1;
	}
	return 0;
}

static void open_talk(struct talk *t, const char *text)
{
	struct mb_master_config config = {.path.line = MB_LINE_2400_8E1};

	memset(t, 0, sizeof(*t));
	t->sim = bus_sim(text);
	config.path.latency_us =
		2 * sim_settings(t->sim)->latency_us + sim_settings(t->sim)->chunk_us;
	assert_int_equal(mb_master_init(&t->master, &config, 0), 0);
}

static void close_talk(struct talk *t)
{
	sim_free(t->sim);
}

static int request(struct talk *t, const struct mb_request *r)
{
	struct mb_engine engine = mb_master_engine(&t->master);
	int rc = mb_master_submit(&t->master, r, sim_now(t->sim));

	if (rc < 0)
		return rc;
	t->telegrams = t->attempts = 0;
	t->warnings = 0;
	assert_int_equal(sim_run(t->sim, &engine, step, t, sim_now(t->sim) + 60 * MINUTE), 1);
	return t->result;
}

static struct mb_address secondary(uint32_t id)
{
	return (struct mb_address){
		.type = MB_ADDRESS_SECONDARY, .secondary = {id, 0xFFFF, 0xFF, 0xFF}};
}

static int read_primary(struct talk *t, uint8_t a)
{
	return request(t, &(struct mb_request){.op = MB_OP_READ, .address.primary = a});
}

static int read_secondary(struct talk *t, uint32_t id)
{
	return request(t, &(struct mb_request){.op = MB_OP_READ, .address = secondary(id)});
}

/* ---- chains ---- */

static void test_chain_by_primary_and_secondary(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=electricity-multi id=12345678 primary=5");
	assert_int_equal(read_primary(&t, 5), 0);
	assert_int_equal(t.telegrams, 3);
	assert_int_equal(read_secondary(&t, 0x12345678), 0);
	assert_int_equal(t.telegrams, 3);
	assert_int_equal(t.done.identity.id, 0x12345678);
	assert_int_equal(t.attempts, 0);
	close_talk(&t);
}

static void test_lost_answer_in_the_middle(void **state)
{
	static struct talk t;
	uint64_t good[3];

	(void)state;
	for (unsigned lost = 0; lost < 3; lost++) {
		struct mb_engine engine;

		open_talk(&t, "[meter] model=electricity-multi id=12345678 primary=5");
		assert_int_equal(read_primary(&t, 5), 0);
		memcpy(good, t.hashes, sizeof(good));
		engine = mb_master_engine(&t.master);
		t.telegrams = 0;
		assert_int_equal(
			mb_master_submit(&t.master,
				&(struct mb_request){.op = MB_OP_READ, .address.primary = 5},
				sim_now(t.sim)),
			0);
		while (t.telegrams < lost) /* up to there */
			sim_run(t.sim, &engine, step, &t, sim_now(t.sim) + 1000);
		if (!lost) /* behind the E5 */
			sim_run(t.sim, &engine, step, &t, sim_now(t.sim) + 70000);
		sim_lose_answers(t.sim, 1);
		assert_int_equal(sim_run(t.sim, &engine, step, &t, sim_now(t.sim) + MINUTE), 1);
		assert_int_equal(t.result, 0);
		assert_int_equal(t.telegrams, 3);
		assert_int_equal(t.attempts, 1);
		assert_int_equal(t.hashes[1], good[1]);
		assert_int_equal(t.hashes[2], good[2]);
		assert_int_equal(sim_meter_at(t.sim, 0)->count[MB_SLAVE_REACTION_REPEAT], 1);
		close_talk(&t);
	}
}

static void test_more_for_ever_ends(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=endless id=12345678 primary=5 maker=PAD");
	assert_int_equal(read_primary(&t, 5), 0); /* what it has was read */
	assert_int_equal(t.telegrams, 3);
	assert_true(t.warnings & 1u << MB_WARNING_REPEATED);
	close_talk(&t);
}

static void test_more_then_acknowledge(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=electricity-multi id=12345678 primary=5 quirk=more-then-e5");
	assert_int_equal(read_primary(&t, 5), 0);
	assert_int_equal(t.telegrams, 3);
	close_talk(&t);
}

static void test_shared_fcb_needs_nke_to_the_primary_address(void **state)
{
	static struct talk t;
	struct mb_telegram telegram;

	(void)state;
	open_talk(&t, "[meter] model=sticky-fcb id=12345678 primary=5");
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(read_primary(&t, 5), 0);
		assert_int_equal(t.telegrams, 2);
		assert_true(mb_telegram_read(t.first, t.first_len, &telegram) > 0);
		assert_true(mb_telegram_more(&telegram)); /* it is the first */
	}
	close_talk(&t);
}

/* ---- failures ---- */

static void test_silence_costs_three_timeouts(void **state)
{
	static struct talk t;
	/* 5 bytes, 330 bits + 50 ms, and 33 bits of idle; four telegrams: NKE once, REQ_UD2 thrice */
	uint64_t attempt_us = 22917 + 137500 + 50000 + 13750;

	(void)state;
	open_talk(&t, "[meter] model=water primary=5");
	assert_int_equal(read_primary(&t, 6), MB_E_SILENCE);
	assert_in_range(
		t.done.end_us - t.done.begin_us, 3 * (attempt_us - 13750), 4 * attempt_us + 1000);
	close_talk(&t);
}

static void test_two_at_one_address_are_a_collision(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=water id=12345678 primary=5 [meter] model=heat id=1234567A "
		      "primary=5");
	assert_true(read_primary(&t, 5) < 0);
	assert_true(t.result != MB_E_SILENCE);
	assert_int_equal(t.telegrams, 0);
	assert_int_equal(read_secondary(&t, 0x1234567A), 0);
	close_talk(&t);
}

static void test_echo_and_collision(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t,
		"[bus] echo=yes\n[meter] model=water id=12345678 primary=5 "
		"[meter] model=heat id=12345679 primary=5 [meter] model=gas id=20000000 primary=6");
	assert_int_equal(read_primary(&t, 6), 0);
	assert_true(t.warnings & 1u << MB_WARNING_ECHO);
	assert_true(read_primary(&t, 5) < 0);
	assert_int_equal(read_secondary(&t, 0x12345679), 0);
	close_talk(&t);
}

static void test_no_data(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=needs-reset id=12345678 primary=5 maker=PAD");
	assert_int_equal(read_primary(&t, 5), MB_E_NO_DATA);
	assert_int_equal(request(&t, &(struct mb_request){.op = MB_OP_READ,
					     .address.primary = 5,
					     .options = MB_OPTION_RESET_FIRST}),
		0);
	assert_int_equal(t.telegrams, 1);
	close_talk(&t);
}

static void test_application_error(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=water id=12345678 primary=5 quirk=quota:1,quota-error");
	assert_int_equal(read_primary(&t, 5), 0);
	assert_int_equal(read_primary(&t, 5), MB_E_APPLICATION);
	assert_int_equal(t.done.application_error, 9);
	close_talk(&t);
}

static void test_spoiled_telegrams_are_asked_for_again(void **state)
{
	static const char *const quirks[] = {"bad-checksum:2", "length-differs:2"};
	static struct talk t;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char text[128];

		snprintf(text, sizeof(text), "[meter] model=water id=12345678 primary=5 quirk=%s",
			quirks[i]);
		open_talk(&t, text);
		for (unsigned k = 0; k < 6; k++) {
			assert_int_equal(read_primary(&t, 5), 0);
			assert_int_equal(t.telegrams, 1);
			/* every second telegram on the line is bad, and the next one is its repeat */
			assert_int_equal(t.attempts, k ? 1 : 0);
		}
		close_talk(&t);
	}
}

static void test_loss_is_survived(void **state)
{
	unsigned good = 0;

	(void)state;
	for (unsigned seed = 0; seed < 20; seed++) {
		static struct talk t;
		char text[128];

		snprintf(text, sizeof(text),
			"[bus] loss=0.002 seed=%u\n[meter] model=electricity-multi primary=5",
			seed);
		open_talk(&t, text);
		good += read_primary(&t, 5) == 0 && t.telegrams == 3;
		close_talk(&t);
	}
	assert_in_range(good, 18, 20); /* a try fails with about 20 % */
}

static void test_slow_meter(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=slow id=12345678 primary=5 maker=PAD");
	assert_int_equal(read_primary(&t, 5), MB_E_SILENCE);
	assert_int_equal(request(&t, &(struct mb_request){.op = MB_OP_READ,
					     .address.primary = 5,
					     .answer_us = 2 * SECOND}),
		0);
	assert_int_equal(t.attempts, 0);
	assert_in_range(t.done.slowest_us, 1500000, 1510000);
	close_talk(&t);
}

/* ---- writing ---- */

static int set_primary(struct talk *t, uint8_t from, uint8_t to)
{
	return request(t, &(struct mb_request){
				  .op = MB_OP_SET_PRIMARY, .address.primary = from, .primary = to});
}

static void test_address_is_changed_and_kept_unique(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=water id=12345678 primary=0 [meter] model=heat id=87654321 "
		      "primary=7");
	assert_int_equal(set_primary(&t, 0, 5), 0);
	assert_int_equal(t.done.verified, MB_VERIFIED_YES);
	assert_int_equal(mb_slave_primary(&sim_meter_at(t.sim, 0)->slave), 5);
	assert_int_equal(set_primary(&t, 5, 7), MB_E_IN_USE);
	assert_int_equal(mb_slave_primary(&sim_meter_at(t.sim, 0)->slave), 5);
	close_talk(&t);
}

static void test_locked_meter_is_found_out(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=water id=12345678 primary=1 quirk=locked");
	assert_true(set_primary(&t, 1, 5) < 0);
	assert_true(t.done.verified != MB_VERIFIED_YES);
	close_talk(&t);
}

static void test_lost_acknowledge_executes_once(void **state)
{
	/* 0C 93 01: add 10 to the volume */
	static const uint8_t add[] = {0x0C, 0x93, 0x01, 0x10, 0x00, 0x00, 0x00};
	static struct talk t;
	struct mb_request r = {.op = MB_OP_SEND,
		.address.primary = 5,
		.ci = 0x51,
		.payload = add,
		.payload_len = 7};
	struct mb_engine engine;

	(void)state;
	open_talk(&t, "[meter] model=pulse id=10000000 primary=5 unlocked=yes");
	assert_int_equal(read_primary(&t, 5), 0);
	assert_int_equal(mb_master_submit(&t.master, &r, sim_now(t.sim)), 0);
	engine = mb_master_engine(&t.master);
	sim_lose_answers(t.sim, 1);
	assert_int_equal(sim_run(t.sim, &engine, step, &t, sim_now(t.sim) + MINUTE), 1);
	assert_int_equal(sim_meter_at(t.sim, 0)->credit, 10);
	close_talk(&t);
}

static int set_baud(struct talk *t, uint32_t baud)
{
	return request(t,
		&(struct mb_request){.op = MB_OP_SET_BAUD, .address.primary = 5, .new_baud = baud});
}

static void test_baud_is_changed(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[meter] model=water id=12345678 primary=5");
	assert_int_equal(set_baud(&t, 9600), 0);
	assert_int_equal(sim_meter_at(t.sim, 0)->slave.baud, 9600);
	assert_int_equal(
		request(&t,
			&(struct mb_request){.op = MB_OP_READ, .address.primary = 5, .baud = 9600}),
		0);
	close_talk(&t);
}

static void test_baud_that_is_not_taken(void **state)
{
	static const char *const quirks[] = {"baud-deaf", "baud-silent"};
	static struct talk t;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char text[128];

		snprintf(text, sizeof(text),
			"[meter] model=water id=12345678 primary=5 bauds=300,2400 quirk=%s",
			quirks[i]);
		open_talk(&t, text);
		assert_true(set_baud(&t, 9600) < 0);
		assert_int_equal(read_primary(&t, 5), 0);
		close_talk(&t);
	}
}

/* The meter switches, but the way to it cannot carry the new speed: it comes back by itself. */
static void test_baud_falls_back(void **state)
{
	static struct talk t;
	struct mb_engine engine;

	(void)state;
	open_talk(&t, "[meter] model=water id=12345678 primary=5 quirk=baud-fallback:30");
	engine = mb_master_engine(&t.master);
	assert_int_equal(
		mb_master_submit(&t.master,
			&(struct mb_request){
				.op = MB_OP_SET_BAUD, .address.primary = 5, .new_baud = 9600},
			sim_now(t.sim)),
		0);
	while (sim_meter_at(t.sim, 0)->slave.baud == 2400)
		sim_run(t.sim, &engine, step, &t, sim_now(t.sim) + 1000);
	sim_lose_answers(t.sim, 3);
	sim_meter_at(t.sim, 0)->slave.deaf = 3; /* nor does it understand what comes */
	assert_int_equal(sim_run(t.sim, &engine, step, &t, sim_now(t.sim) + 20 * MINUTE), 1);
	assert_true(t.result < 0);
	assert_int_equal(sim_meter_at(t.sim, 0)->slave.baud, 2400);
	assert_int_equal(read_primary(&t, 5), 0);
	close_talk(&t);
}

/* ---- time ---- */

static void delays_of(struct sim *sim, uint64_t *ret_frames)
{
	*ret_frames = sim_account(sim)->frames;
}

/*
 * 250 meters: no more than 1.02 x the sum of line time, answer delay and guard time. Line time is
 * what was on the wire; each telegram is answered after 30 ms; 33 bits of guard follow each.
 */
static void test_reading_250_meters(void **state)
{
	static struct talk t;
	uint64_t frames, sum_us;
	double ratio;

	(void)state;
	open_talk(&t, "[meter] model=water count=250 id=10000001 primary=1 delay=30");
	for (unsigned a = 1; a <= 250; a++) {
		assert_int_equal(read_primary(&t, (uint8_t)a), 0);
		assert_int_equal(t.telegrams, 1);
	}
	delays_of(t.sim, &frames);
	assert_int_equal(frames, 500); /* SND_NKE and REQ_UD2 */
	sum_us = sim_account(t.sim)->busy_us + frames * (30000 + 13750);
	ratio = (double)sim_now(t.sim) / (double)sum_us;
	print_message("read.250.ratio %.4f\n", ratio);
	assert_true(ratio <= 1.02);
	assert_true(ratio > 0.95);
	close_talk(&t);
}

static void test_chains_have_no_idle_waits(void **state)
{
	static struct talk t;
	uint64_t frames, sum_us, begin_us;

	(void)state;
	open_talk(&t, "[meter] model=electricity-multi count=50 id=10000001 primary=1 delay=20");
	begin_us = sim_now(t.sim);
	for (unsigned a = 1; a <= 50; a++)
		assert_int_equal(read_primary(&t, (uint8_t)a), 0);
	delays_of(t.sim, &frames);
	assert_int_equal(frames, 50 * 4);
	sum_us = sim_account(t.sim)->busy_us + frames * (20000 + 13750);
	assert_true((double)(sim_now(t.sim) - begin_us) <= 1.02 * (double)sum_us);
	close_talk(&t);
}

static void test_usb_path(void **state)
{
	static struct talk t;

	(void)state;
	open_talk(&t, "[bus] latency=2 chunk=16 echo=yes\n[meter] model=electricity-multi "
		      "primary=5 delay=15..60");
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(read_primary(&t, 5), 0);
		assert_int_equal(t.telegrams, 3);
		assert_int_equal(t.attempts, 0);
	}
	close_talk(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_by_primary_and_secondary),
		cmocka_unit_test(test_lost_answer_in_the_middle),
		cmocka_unit_test(test_more_for_ever_ends),
		cmocka_unit_test(test_more_then_acknowledge),
		cmocka_unit_test(test_shared_fcb_needs_nke_to_the_primary_address),
		cmocka_unit_test(test_silence_costs_three_timeouts),
		cmocka_unit_test(test_two_at_one_address_are_a_collision),
		cmocka_unit_test(test_echo_and_collision),
		cmocka_unit_test(test_no_data),
		cmocka_unit_test(test_application_error),
		cmocka_unit_test(test_spoiled_telegrams_are_asked_for_again),
		cmocka_unit_test(test_loss_is_survived),
		cmocka_unit_test(test_slow_meter),
		cmocka_unit_test(test_address_is_changed_and_kept_unique),
		cmocka_unit_test(test_locked_meter_is_found_out),
		cmocka_unit_test(test_lost_acknowledge_executes_once),
		cmocka_unit_test(test_baud_is_changed),
		cmocka_unit_test(test_baud_that_is_not_taken),
		cmocka_unit_test(test_baud_falls_back),
		cmocka_unit_test(test_reading_250_meters),
		cmocka_unit_test(test_chains_have_no_idle_waits),
		cmocka_unit_test(test_usb_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
