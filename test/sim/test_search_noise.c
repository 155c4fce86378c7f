/* SPDX-License-Identifier: MIT */
/*
 * The search on a bad line: one byte in a hundred is lost either way, so every sixth selection;
 * answers come early and late, bits flip, converters add bytes. All meters must be found all the
 * same, hex siblings and twins among them, for every seed.
 */
#include "hunt.h"

#define SEEDS 20

/* Meters of each kind of trouble; %u is the seed. */
static const char segment[] =
	"[bus] loss=%s jitter=%s noise=%s glitch=0.02 seed=%u\n"
	"[meter] model=water count=20 ids=random:%u primary=1\n"
	"[meter] model=heat count=15 ids=consecutive:%08u primary=40 delay=5..80\n"
	"[meter] model=water id=87654321 primary=100\n"
	"[meter] model=water id=87654322 primary=101\n"
	"[meter] model=water id=8765432A primary=102\n"
	"[meter] model=water id=55555555 maker=KAM version=1 medium=7 primary=110\n"
	"[meter] model=water id=55555555 maker=LUG version=1 medium=7 primary=111\n"
	"[meter] model=heat id=66666666 maker=KAM version=1 medium=4 primary=112\n"
	"[meter] model=heat id=66666666 maker=KAM version=1 medium=12 primary=113\n";

static void search_line(
	struct hunt *h, unsigned seed, const char *loss, const char *jitter, const char *noise)
{
	char text[2000];

	snprintf(text, sizeof(text), segment, loss, jitter, noise, seed, seed,
		(seed * 7654321u) % 99999900u);
	search(h, text, (struct mb_search_config){.hex = true});
}

static void test_seeds(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		search_line(h, seed, "0.01", "15", "0.0001");
		if (h->n_found != sim_meters(h->sim) || !h->last.done.complete)
			print_message("seed %u: %u of %zu, %s\n", seed, h->n_found,
				sim_meters(h->sim), mb_search_reason_name(h->last.done.reason));
		assert_truth(h);
		assert_account(h);
		assert_true(h->notes[MB_SEARCH_NOTE_LOSS] == 1);
		assert_true(h->last.done.cover.tries >= 4);
		assert_true(h->last.done.cover.lost_ppm > 50000);
		assert_true(h->last.done.cover.miss_ppm <= MB_SEARCH_MISS_PPM);
		close_hunt(h);
	}
}

/* One thing at a time, more of it. */
static void test_each_alone(void **state)
{
	static const struct {
		const char *loss, *jitter, *noise;
		bool lossy;
	} rows[] = {
		{"0", "60", "0", false},
		{"0", "0", "0.0005", false},
		{"0.001", "0", "0", true},
		{"0.015", "0", "0", true},
	};
	struct hunt *h = &hunt_state;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned seed = 1; seed <= 3; seed++) {
			search_line(h, seed, rows[i].loss, rows[i].jitter, rows[i].noise);
			assert_truth(h);
			assert_int_equal(h->last.done.cover.lost_ppm > 0, rows[i].lossy);
			close_hunt(h);
		}
	}
}

/* So bad that the bound cannot be held: it says so. */
static void test_hopeless(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, "[bus] loss=0.06 seed=3\n[meter] model=water count=5 ids=consecutive primary=1",
		(struct mb_search_config){0});
	assert_false(h->last.done.complete);
	close_hunt(h);
}

static void test_primary_with_loss(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	for (unsigned seed = 1; seed <= 5; seed++) {
		char text[200];

		snprintf(text, sizeof(text),
			"[bus] loss=0.01 jitter=10 seed=%u\n"
			"[meter] model=water count=60 ids=consecutive primary=11\n",
			seed);
		search(h, text, (struct mb_search_config){.kind = MB_SEARCH_PRIMARY});
		assert_truth(h);
		close_hunt(h);
	}
}

/* A converter that echoes, and bytes of the echo are lost, too: never taken for a meter. */
static void test_echo_with_losses(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	for (unsigned seed = 1; seed <= 5; seed++) {
		char text[200];

		snprintf(text, sizeof(text),
			"[bus] echo=yes loss=0.01 seed=%u\n"
			"[meter] model=water count=12 ids=random:%u primary=1 delay=12..50\n",
			seed, seed);
		search(h, text, (struct mb_search_config){0});
		assert_truth(h);
		close_hunt(h);
	}
}

/* Half of what we send comes back changed: that it is silent then proves nothing about a mask. */
static void test_echo_that_is_often_changed(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	for (unsigned seed = 1; seed <= 16; seed++) {
		char text[200];

		snprintf(text, sizeof(text),
			"[bus] echo=yes loss=%s seed=%u\n"
			"[meter] model=water count=3 ids=random:1\n",
			seed % 2 ? "0.02" : "0.03", seed);
		search(h, text, (struct mb_search_config){0});
		assert_true(h->troubles[MB_SEARCH_TROUBLE_ECHO_DIFFERS] > 0);
		if (seed % 2 || h->last.done.complete)
			assert_truth(h);
		close_hunt(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_each_alone),
		cmocka_unit_test(test_hopeless),
		cmocka_unit_test(test_primary_with_loss),
		cmocka_unit_test(test_echo_with_losses),
		cmocka_unit_test(test_echo_that_is_often_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
