/* SPDX-License-Identifier: MIT */
/* A search that is interrupted and goes on from what was saved. */
#include "hunt.h"

/* Interrupted after every n-th mask and gone on from the saved bytes. */
static void resume_every(
	struct hunt *h, const char *text, struct mb_search_config config, unsigned masks)
{
	static uint8_t saved[MB_SEARCH_STATE_MAX(NODES)];

	begin(h, text, config);
	for (;;) {
		int len;

		h->interrupt = masks;
		if (drive(h) == 1)
			return;
		len = mb_search_save(&h->search, saved, sizeof(saved));
		assert_true(len > 0);
		assert_int_equal(mb_search_save(&h->search, saved, (size_t)len - 1), MB_E_NO_SPACE);
		len = mb_search_save(&h->search, saved, sizeof(saved));
		memset(&h->search, 0xA5, sizeof(h->search));
		memset(h->nodes, 0xA5, sizeof(h->nodes));
		assert_int_equal(mb_search_init(&h->search, &h->config, sim_now(h->sim)), 0);
		assert_int_equal(mb_search_load(&h->search, saved, (size_t)len), 0);
	}
}

static void test_resume(void **state)
{
	static const struct {
		const char *text;
		struct mb_search_config config;
		unsigned masks;
	} rows[] = {
		{"[meter] model=water count=250 ids=consecutive:12345678", {.hex = false}, 7},
		{"[meter] model=water count=40 ids=random:3", {.verify = true}, 1},
		{hex_siblings, {.hex = true}, 1},
		{twins, {.hex = false}, 13},
		{primary, {.kind = MB_SEARCH_PRIMARY, .ask_silent = true}, 3},
	};
	struct hunt *h = &hunt_state;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mb_search_progress whole;
		struct mb_secondary order[FOUND_MAX];
		unsigned n;

		search(h, rows[i].text, rows[i].config);
		whole = h->last.progress;
		n = h->n_found;
		for (unsigned k = 0; k < n; k++)
			order[k] = h->found[k].identity;
		close_hunt(h);
		resume_every(h, rows[i].text, rows[i].config, rows[i].masks);
		assert_int_equal(h->n_found, n);
		for (unsigned k = 0; k < n; k++)
			assert_true(mb_secondary_equal(&order[k], &h->found[k].identity));
		assert_int_equal(h->last.progress.selections, whole.selections);
		assert_int_equal(h->last.progress.silent, whole.silent);
		assert_true(h->last.done.reason == MB_SEARCH_REASON_NONE);
		close_hunt(h);
	}
}

/* Meters from before are there to be listed, and a finished search stays finished. */
static void test_resume_finished(void **state)
{
	static uint8_t saved[MB_SEARCH_STATE_MAX(NODES)];
	struct hunt *h = &hunt_state;
	struct mb_search_event e;
	int len;

	(void)state;
	search(h, "[meter] model=water count=12 ids=consecutive", (struct mb_search_config){0});
	len = mb_search_save(&h->search, saved, sizeof(saved));
	assert_true(len > 0);
	assert_int_equal(mb_search_init(&h->search, &h->config, sim_now(h->sim)), 0);
	assert_int_equal(mb_search_load(&h->search, saved, (size_t)len), 0);
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(mb_search_found(&h->search, i, &e), 1);
		assert_true(mb_secondary_equal(&e.identity, &h->found[i].identity));
	}
	assert_int_equal(mb_search_found(&h->search, 12, &e), 0);
	h->over = false;
	assert_int_equal(drive(h), 1);
	assert_int_equal(h->n_found, 12);
	assert_true(h->last.done.complete);
	close_hunt(h);
}

/* ---- states of others ---- */

static uint32_t fnv(const uint8_t *bytes, size_t n)
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ bytes[i]) * 16777619u;
	return sum;
}

static int load(struct hunt *h, const uint8_t *state, int len)
{
	assert_int_equal(mb_search_init(&h->search, &h->config, sim_now(h->sim)), 0);
	return mb_search_load(&h->search, state, (size_t)len);
}

static void test_state_refused(void **state)
{
	static uint8_t saved[MB_SEARCH_STATE_MAX(NODES)];
	struct hunt *h = &hunt_state;
	int len;

	(void)state;
	begin(h, "[meter] model=water count=20 ids=random:3", (struct mb_search_config){0});
	h->interrupt = 30;
	assert_int_equal(drive(h), 2);
	len = mb_search_save(&h->search, saved, sizeof(saved));
	for (int n = 0; n < len; n++)
		assert_int_equal(load(h, saved, n), MB_E_INVALID);
	for (int i = 0; i < len; i++) {
		saved[i] ^= 0x10;
		assert_int_equal(load(h, saved, len), MB_E_INVALID);
		saved[i] ^= 0x10;
	}
	h->config.hex = true; /* another search */
	assert_int_equal(load(h, saved, len), MB_E_INVALID);
	h->config.hex = false;
	h->config.n_nodes = 3;
	assert_int_equal(load(h, saved, len), MB_E_NO_SPACE);
	h->config.n_nodes = NODES;
	assert_int_equal(load(h, saved, len), 0);
	close_hunt(h);
}

/* Bytes that somebody wrote with care: whatever is taken, it ends. */
static void test_state_hostile(void **state)
{
	static uint8_t saved[MB_SEARCH_STATE_MAX(NODES)], bytes[MB_SEARCH_STATE_MAX(NODES)];
	struct hunt *h = &hunt_state;
	unsigned taken = 0;
	int len;

	(void)state;
	begin(h, "[meter] model=water count=12 ids=random:3", (struct mb_search_config){0});
	h->interrupt = 25;
	assert_int_equal(drive(h), 2);
	len = mb_search_save(&h->search, saved, sizeof(saved));
	h->config.max_us = 4000ull * 1000000u;
	h->interrupt = 0;
	for (int at = 4; at < len - 4; at++) {
		static const uint8_t values[] = {0x00, 0x01, 0x7F, 0xFF};
		uint32_t sum;

		memcpy(bytes, saved, (size_t)len);
		bytes[at] = values[at % 4];
		sum = fnv(bytes, (size_t)len - 4);
		for (unsigned i = 0; i < 4; i++)
			bytes[len - 4 + (int)i] = (uint8_t)(sum >> 8 * i);
		if (load(h, bytes, len) < 0)
			continue;
		taken++;
		h->over = false;
		h->n_found = 0;
		h->part_ppm = 0;
		assert_int_equal(drive(h), 1);
	}
	assert_true(taken > 100);
	close_hunt(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_finished),
		cmocka_unit_test(test_state_refused),
		cmocka_unit_test(test_state_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
