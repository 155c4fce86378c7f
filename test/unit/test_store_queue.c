/* SPDX-License-Identifier: MIT */
/* Group commit: what is grouped, when it is told, and what happens when there is no room. */
#include "base/loop_virtual.h"
#include "store/queue.h"

#include "store_help.h"

struct bench {
	struct test_store t;
	struct loop *loop;
	struct store_queue *q;
	int told[64]; /* number of the part */
	int rcs[64];
	uint64_t heads[64];
	uint64_t told_us[64];
	size_t n;
	int changes, idle;
	bool add_when_told;
};

static struct bench *bench; /* of the test that runs */

static int set_up(void **state)
{
	bench = calloc(1, sizeof(*bench));
	test_store_dir(&bench->t);
	*state = bench;
	return 0;
}

static void on_change(void *ctx)
{
	struct bench *b = ctx;

	b->changes++;
}

static void begin(struct bench *b, const struct store_queue_options *options)
{
	test_store_open(&b->t);
	b->loop = loop_virtual_new(0, STORE_T0);
	b->q = store_queue_new(b->loop, b->t.store, options);
	assert_non_null(b->q);
	store_queue_listen(b->q, on_change, b);
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	store_queue_free(b->q);
	loop_free(b->loop);
	test_store_done(&b->t);
	free(b);
	return 0;
}

static int numbers[64] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
	21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

static void on_told(void *ctx, int rc, const struct store_batch *batch)
{
	struct bench *b = bench;

	b->told[b->n] = *(int *)ctx;
	b->rcs[b->n] = rc;
	b->heads[b->n] = rc == 0 ? store_batch_head(batch, 0) : 0;
	b->told_us[b->n] = loop_now_us(b->loop);
	b->n++;
	if (b->add_when_told) {
		struct store_batch *more = store_batch_new();

		b->add_when_told = false;
		test_store_chain(more, 1, STORE_T0, 1);
		assert_int_equal(store_queue_add(b->q, more, STORE_NOW, on_told, &numbers[31]), 0);
	}
}

static int add(struct bench *b, int number, uint16_t telegrams, enum store_urgency urgency)
{
	struct store_batch *batch = store_batch_new();
	int rc;

	test_store_chain(batch, (uint32_t)number + 1, STORE_T0 + number, telegrams);
	rc = store_queue_add(b->q, batch, urgency, on_told, &numbers[number]);
	if (rc < 0)
		store_batch_free(batch);
	return rc;
}

static struct store_queue_status status(const struct bench *b)
{
	struct store_queue_status status;

	store_queue_status(b->q, &status);
	return status;
}

static void test_window(void **state)
{
	struct bench *b = *state;

	begin(b, NULL);
	for (int i = 0; i < 10; i++)
		assert_int_equal(add(b, i, 2, STORE_WINDOW), 0);
	assert_int_equal(status(b).waiting, 10);
	loop_virtual_run_until(b->loop, 999000);
	assert_int_equal(b->n, 0);
	loop_virtual_run_until(b->loop, 1001000);
	assert_int_equal(b->n, 10);
	assert_int_equal(status(b).commits, 1); /* one for all */
	assert_int_equal(status(b).batches, 10);
	assert_int_equal(status(b).waiting, 0);
	assert_int_equal(status(b).waiting_bytes, 0);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(b->told[i], i);
		assert_int_equal(b->rcs[i], 0);
		assert_int_equal(b->heads[i], 1 + 2 * i);
	}
}

static void test_now_takes_the_others_along(void **state)
{
	struct bench *b = *state;

	begin(b, NULL);
	assert_int_equal(add(b, 0, 1, STORE_WINDOW), 0);
	assert_int_equal(add(b, 1, 1, STORE_NOW), 0);
	assert_int_equal(b->n, 0); /* never from within */
	loop_virtual_run_until(b->loop, 1000);
	assert_int_equal(b->n, 2);
	assert_int_equal(status(b).commits, 1);
}

/* While a commit is under way the next ones gather. */
static void test_gathers_during_commit(void **state)
{
	struct bench *b = *state;

	begin(b, NULL);
	loop_virtual_set_work_us(b->loop, 50000);
	assert_int_equal(add(b, 0, 1, STORE_NOW), 0);
	loop_virtual_run_until(b->loop, 10000);
	for (int i = 1; i < 6; i++)
		assert_int_equal(add(b, i, 1, STORE_NOW), 0);
	assert_int_equal(b->n, 0);
	loop_virtual_run_until(b->loop, 60000);
	assert_int_equal(b->n, 1);
	loop_virtual_run_until(b->loop, 110000);
	assert_int_equal(b->n, 6);
	assert_int_equal(status(b).commits, 2);
	assert_in_range(status(b).commit_us_max, 50000, 51000);
	for (int i = 0; i < 6; i++)
		assert_int_equal(b->heads[i], i + 1);
}

static void test_adding_when_told(void **state)
{
	struct bench *b = *state;

	begin(b, NULL);
	b->add_when_told = true;
	assert_int_equal(add(b, 0, 1, STORE_NOW), 0);
	loop_virtual_run_until(b->loop, 1000);
	assert_int_equal(b->n, 2);
	assert_int_equal(b->told[1], 31);
	assert_int_equal(b->heads[1], 2);
}

static void test_bounded(void **state)
{
	struct store_queue_options options = {.max_bytes = 20000};
	struct bench *b = *state;
	int n = 0;

	begin(b, &options);
	while (n < 30 && add(b, n, 8, STORE_WINDOW) == 0)
		n++;
	assert_in_range(n, 3, 20);
	assert_in_range(status(b).waiting_bytes, 10000, 20000);
	assert_int_equal(add(b, n, 8, STORE_NOW), STORE_E_FULL);
	assert_int_equal(status(b).refused, 2);
	assert_int_equal(status(b).state, STORE_QUEUE_OK);
	loop_virtual_run_until(b->loop, 1100000);
	assert_int_equal(b->n, n);
	assert_int_equal(add(b, 0, 8, STORE_WINDOW), 0);
}

static void test_bad_batch(void **state)
{
	struct store_batch *batch = store_batch_new();
	struct bench *b = *state;

	begin(b, NULL);
	store_batch_setting(batch, "", "");
	assert_int_equal(
		store_queue_add(b->q, batch, STORE_NOW, on_told, &numbers[0]), STORE_E_INVALID);
	store_batch_free(batch);
	batch = store_batch_new(); /* a conflict is told to its own */
	store_batch_account(batch, 1, 7, "{}");
	assert_int_equal(store_queue_add(b->q, batch, STORE_NOW, on_told, &numbers[0]), 0);
	assert_int_equal(add(b, 1, 1, STORE_NOW), 0);
	loop_virtual_run_until(b->loop, 1000);
	assert_int_equal(b->rcs[0], STORE_E_CONFLICT);
	assert_int_equal(b->rcs[1], 0);
	assert_int_equal(status(b).failed, 1);
	assert_int_equal(status(b).state, STORE_QUEUE_OK);
}

static void on_idle(void *ctx)
{
	struct bench *b = ctx;

	b->idle++;
}

static void test_drain(void **state)
{
	struct bench *b = *state;

	begin(b, NULL);
	loop_virtual_set_work_us(b->loop, 5000);
	assert_int_equal(add(b, 0, 1, STORE_WINDOW), 0);
	store_queue_drain(b->q, on_idle, b);
	assert_int_equal(b->idle, 0);
	loop_virtual_run_until(b->loop, 4000);
	assert_int_equal(b->idle, 0);
	assert_int_equal(add(b, 1, 1, STORE_WINDOW), 0); /* came late, goes along */
	loop_virtual_run_until(b->loop, 20000);
	assert_int_equal(b->idle, 1);
	assert_int_equal(b->n, 2);
	store_queue_drain(b->q, on_idle, b); /* nothing to do */
	assert_int_equal(b->idle, 1);
	loop_virtual_run_until(b->loop, 30000);
	assert_int_equal(b->idle, 2);
}

/* Full by max_bytes: a state, told once; counted; what is urgent is tried; room again by retention. */
static void test_full_and_room_again(void **state)
{
	struct bench *b = *state;
	struct store_retention retention = {.kind = {[STORE_TELEGRAMS] = {.bytes = 500000}}};
	uint64_t at_us = 0, stored;
	uint32_t refused;

	b->t.options.max_bytes = STORE_BYTES_MIN;
	begin(b, NULL);
	while (status(b).state == STORE_QUEUE_OK) {
		b->n = 0;
		for (int i = 0; i < 20; i++)
			assert_int_equal(add(b, i, 16, STORE_WINDOW), 0);
		at_us += 1100000;
		loop_virtual_run_until(b->loop, at_us);
	}
	assert_int_equal(status(b).state, STORE_QUEUE_FULL);
	assert_int_equal(status(b).error, STORE_E_FULL);
	assert_int_equal(b->rcs[b->n - 1], STORE_E_FULL);
	assert_int_equal(status(b).failed, 20);
	assert_int_equal(b->changes, 1);
	stored = status(b).batches;
	assert_in_range(stored, 500, 3000);
	assert_int_equal(add(b, 0, 1, STORE_WINDOW), STORE_E_FULL);
	assert_int_equal(status(b).refused, 1);
	/* probes do not find room, and nothing is told again and again */
	loop_virtual_run_until(b->loop, at_us += 60000000);
	assert_int_equal(status(b).state, STORE_QUEUE_FULL);
	assert_int_equal(b->changes, 1);
	/* room */
	store_set_retention(b->t.store, &retention);
	loop_virtual_run_until(b->loop, at_us += 60000000);
	assert_int_equal(status(b).state, STORE_QUEUE_OK);
	assert_int_equal(status(b).error, 0);
	assert_int_equal(b->changes, 2);
	refused = (uint32_t)status(b).refused;
	b->n = 0;
	assert_int_equal(add(b, 0, 1, STORE_WINDOW), 0);
	loop_virtual_run_until(b->loop, at_us += 1100000);
	assert_int_equal(b->rcs[0], 0);
	assert_int_equal(b->heads[0], 16 * stored + 1); /* no number was lost on the failures */
	assert_int_equal(status(b).refused, refused);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_window),
		TEST(test_now_takes_the_others_along),
		TEST(test_gathers_during_commit),
		TEST(test_adding_when_told),
		TEST(test_bounded),
		TEST(test_bad_batch),
		TEST(test_drain),
		TEST(test_full_and_room_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
