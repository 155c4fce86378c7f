/* SPDX-License-Identifier: MIT */
/*
 * The strategy of the search against an oracle: a set of meters that says to each mask nobody, one,
 * or several. No line, no loss. How many masks it asks is asserted here.
 */
#include "search_plan.h"

#include <meterbus/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define METERS_MAX 512
#define NODES MB_SEARCH_NODES(METERS_MAX)
#define SEEDS 100
#define MASKS_MAX 100000 /* more is an endless loop */

struct oracle {
	struct mb_secondary meters[METERS_MAX];
	uint32_t fabrication[METERS_MAX]; /* MB_ID_ANY: knows no enhanced selection */
	unsigned n;
	bool strict; /* maker is wild as a whole or not at all */
	uint64_t random;
};

struct run {
	struct mb_search_config config;
	struct mb_search_node nodes[NODES];
	struct mb_search_plan plan;
	unsigned asked, troubles, replans, equals, hexes;
	uint32_t order[METERS_MAX]; /* identifications as they were found */
	bool asked_twice; /* the same mask, though not as a repeat */
	uint64_t seen[MASKS_MAX];
};

static struct run run_state;

/* ---- meters ---- */

static uint32_t bcd(uint32_t number)
{
	uint32_t id = 0;

	for (unsigned i = 0; i < 8; i++, number /= 10)
		id |= number % 10 << 4 * i;
	return id;
}

static uint32_t chance(struct oracle *o)
{
	o->random ^= o->random << 13;
	o->random ^= o->random >> 7;
	o->random ^= o->random << 17;
	return (uint32_t)(o->random >> 20);
}

static void add(struct oracle *o, uint32_t id, uint16_t maker, uint8_t version, uint8_t medium)
{
	assert_true(o->n < METERS_MAX);
	o->fabrication[o->n] = MB_ID_ANY;
	o->meters[o->n++] = (struct mb_secondary){id, maker, version, medium};
}

static void add_batch(struct oracle *o, uint32_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		add(o, bcd(first + i), 0x2C2D, 1, 7);
}

static bool has_id(const struct oracle *o, uint32_t id)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->meters[i].id == id)
			return true;
	return false;
}

static void add_random(struct oracle *o, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		uint32_t id = bcd(chance(o) % 100000000);

		if (has_id(o, id))
			continue;
		add(o, id, 0x2C2D, 1, 7);
		i++;
	}
}

/* ---- the oracle ---- */

static bool obeys(const struct oracle *o, unsigned i, const struct mb_search_plan *p)
{
	const struct mb_search_mask *mask = &p->ask;
	struct mb_search_mask meter = {o->meters[i], o->fabrication[i]};
	bool half = (p->ask.address.manufacturer & 0xFF) == 0xFF ||
		    p->ask.address.manufacturer >> 8 == 0xFF;

	if (p->ask.fabrication != MB_ID_ANY && o->fabrication[i] == MB_ID_ANY)
		return false;
	if (o->strict && half && p->ask.address.manufacturer != MB_MANUFACTURER_ANY)
		return false;
	return mbi_mask_covers(mask, &meter);
}

static enum mbi_answer ask(
	const struct oracle *o, const struct mb_search_plan *p, struct mb_search_node *ret_meter)
{
	unsigned n = 0;

	memset(ret_meter, 0, sizeof(*ret_meter));
	for (unsigned i = 0; i < o->n; i++) {
		if (!obeys(o, i, p))
			continue;
		n++;
		ret_meter->identity = o->meters[i];
		ret_meter->primary = (uint8_t)i;
	}
	return n == 0 ? MBI_ANSWER_NONE : n == 1 ? MBI_ANSWER_ONE : MBI_ANSWER_SEVERAL;
}

static void note_report(struct run *r)
{
	struct mb_search_plan *p = &r->plan;

	r->troubles += p->report_type == MB_SEARCH_TROUBLE;
	if (p->report_type == MB_SEARCH_NOTE) {
		r->replans += p->report_code == MB_SEARCH_NOTE_REPLAN;
		r->equals += p->report_code == MB_SEARCH_NOTE_EQUAL;
		r->hexes += p->report_code == MB_SEARCH_NOTE_HEX;
	}
	p->report_type = 0;
}

/* Masks of identifications only: a key of 64 bits holds the whole mask. */
static void note_mask(struct run *r)
{
	const struct mb_search_plan *p = &r->plan;
	uint64_t key = (uint64_t)p->ask.address.id << 32 |
		       (uint32_t)p->ask.address.manufacturer << 16 |
		       (uint32_t)p->ask.address.version << 8 | p->ask.address.medium;

	assert_true(r->asked < MASKS_MAX);
	r->seen[r->asked++] = key;
	if (p->ask_again || p->ask.fabrication != MB_ID_ANY)
		return;
	for (unsigned i = 0; i + 1 < r->asked; i++)
		r->asked_twice |= r->seen[i] == key;
}

static void search(struct run *r, const struct oracle *o)
{
	static const struct mb_secondary any = {MB_ID_ANY, 0xFFFF, 0xFF, 0xFF};
	struct mb_search_config config = r->config;
	enum mbi_plan_step step;

	memset(r, 0, sizeof(*r));
	r->config = config;
	r->config.nodes = r->nodes;
	if (!r->config.n_nodes)
		r->config.n_nodes = NODES;
	mbi_plan_init(&r->plan, &r->config);
	mbi_plan_root(&r->plan, r->config.has_scope ? &r->config.scope : &any, 0);
	while ((step = mbi_plan_next(&r->plan)) != MBI_PLAN_DONE) {
		struct mb_search_node meter;
		enum mbi_answer answer;
		int i;

		if (step == MBI_PLAN_REPORT) {
			note_report(r);
			continue;
		}
		note_mask(r);
		answer = ask(o, &r->plan, &meter);
		i = mbi_plan_answer(&r->plan, answer, &meter);
		if (i >= 0 && i != MBI_NO_NODE)
			r->order[i] = meter.identity.id;
	}
}

/* Found what is there, nothing else, and says so. */
static void assert_all_found(const struct run *r, const struct oracle *o)
{
	unsigned times[METERS_MAX] = {0};

	assert_int_equal(r->plan.n_meters, o->n);
	assert_int_equal(r->plan.reason, MB_SEARCH_REASON_NONE);
	for (unsigned i = 0; i < o->n; i++) {
		const struct mb_search_node *meter = mbi_plan_meter(&r->plan, i);

		assert_true(meter->primary < o->n || o->n > 255);
		if (o->n <= 255)
			times[meter->primary]++;
	}
	for (unsigned i = 0; i < o->n && o->n <= 255; i++)
		assert_int_equal(times[i], 1);
	assert_false(r->asked_twice);
}

/* ---- how many masks ---- */

static void test_one_and_none(void **state)
{
	static struct oracle o;
	struct run *r = &run_state;

	(void)state;
	r->config = (struct mb_search_config){0};
	o.n = 0;
	search(r, &o);
	assert_int_equal(r->plan.selections, 1);
	assert_int_equal(r->plan.silent, 1);
	assert_all_found(r, &o);
	add(&o, 0x12345678, 1, 2, 3);
	search(r, &o);
	assert_int_equal(r->plan.selections, 1);
	assert_all_found(r, &o);
}

/* Consecutive numbers, wherever they begin. */
static void test_consecutive(void **state)
{
	static const struct {
		unsigned meters, limit, seeds;
	} rows[] = {
		{2, 11, 20},
		{10, 12, SEEDS},
		{20, 60, 20},
		{50, 80, 20},
		{100, 115, SEEDS},
		{150, 340, 20},
		{250, 350, SEEDS},
		{500, 600, 10},
	};
	static const uint32_t firsts[] = {0, 1, 95599822, 46299818, 12999925, 15999925, 75299819,
		12345055, 99999500, 9999990};
	struct run *r = &run_state;

	(void)state;
	r->config = (struct mb_search_config){0};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned seed = 0; seed < rows[i].seeds; seed++) {
			static struct oracle o;
			uint32_t first;

			o = (struct oracle){.random = seed * 7919 + 88172645463325252u};
			first = chance(&o) % (100000000 - rows[i].meters);
			if (seed < sizeof(firsts) / sizeof(firsts[0]))
				first = firsts[seed];
			add_batch(&o, first, rows[i].meters);
			search(r, &o);
			assert_all_found(r, &o);
			if (r->plan.selections > rows[i].limit)
				fail_msg("%u from %08u: %u masks", rows[i].meters, first,
					r->plan.selections);
		}
	}
}

static void test_random(void **state)
{
	struct run *r = &run_state;
	unsigned sum = 0;

	(void)state;
	r->config = (struct mb_search_config){0};
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		static struct oracle o;

		o = (struct oracle){.random = seed * 0x9E3779B97F4A7C15u};
		add_random(&o, 250);
		search(r, &o);
		assert_all_found(r, &o);
		sum += r->plan.selections;
	}
	assert_true(sum <= 1150 * SEEDS);
}

/* Batches beside each other: two makers, a replacement, a house built in steps. */
static void test_batches(void **state)
{
	static const struct {
		struct {
			uint32_t first;
			unsigned n;
		} batches[5];
		unsigned random, limit;
	} rows[] = {
		{{{11110000, 100}, {55552000, 150}}, 0, 350},
		{{{11110000, 125}, {55552000, 125}}, 0, 370},
		{{{11110037, 50}, {55552082, 50}}, 0, 180},
		{{{11110000, 10}, {55552000, 10}}, 0, 80},
		{{{11110000, 60}, {31114500, 60}, {22223000, 60}, {55552000, 60}}, 0, 340},
		{{{10203040, 50}, {20407711, 50}, {44880022, 50}, {61234567, 50}, {99881100, 50}},
			0, 800},
		{{{11110000, 250}}, 20, 460},
		{{{11110000, 100}}, 20, 310},
	};
	struct run *r = &run_state;

	(void)state;
	r->config = (struct mb_search_config){0};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct oracle o;

		o = (struct oracle){.random = 4711};
		for (unsigned k = 0; k < 5 && rows[i].batches[k].n; k++)
			add_batch(&o, rows[i].batches[k].first, rows[i].batches[k].n);
		add_random(&o, rows[i].random);
		search(r, &o);
		assert_all_found(r, &o);
		if (r->plan.selections > rows[i].limit)
			fail_msg("row %u: %u masks", i, r->plan.selections);
	}
}

/* D48 7.3: four meters, from the left. Eight collisions, ten values each, and the first mask. */
static void test_d48_example(void **state)
{
	static const uint32_t ids[] = {0x14491001, 0x14491008, 0x32104833, 0x76543210};
	static struct oracle o;
	struct run *r = &run_state;

	(void)state;
	r->config = (struct mb_search_config){.most_significant = true};
	o = (struct oracle){0};
	add(&o, 0x76543210, 0x2010, 1, 3);
	add(&o, 0x14491008, 0x4567, 1, 6);
	add(&o, 0x32104833, 0x2010, 1, 2);
	add(&o, 0x14491001, 0x1057, 1, 6);
	search(r, &o);
	assert_all_found(r, &o);
	assert_int_equal(r->plan.selections, 81);
	assert_memory_equal(r->order, ids, sizeof(ids));
}

static void test_replans_only_where_it_pays(void **state)
{
	static struct oracle o;
	struct run *r = &run_state;

	(void)state;
	r->config = (struct mb_search_config){0};
	o = (struct oracle){0};
	add_batch(&o, 12345000, 100);
	search(r, &o);
	assert_int_equal(r->replans, 0);
	o = (struct oracle){0};
	add_batch(&o, 12345000, 250);
	search(r, &o);
	assert_int_equal(r->replans, 1);
}

/* ---- digits beyond 9 ---- */

static void test_hex(void **state)
{
	static struct oracle o;
	struct run *r = &run_state;

	(void)state;
	o = (struct oracle){0};
	add(&o, 0x12345671, 1, 1, 7);
	add(&o, 0x12345672, 1, 1, 7);
	add(&o, 0x1234567A, 1, 1, 7);
	/* hidden: its parent is explained without it, and the cover says decimal */
	r->config = (struct mb_search_config){0};
	search(r, &o);
	assert_int_equal(r->plan.n_meters, 2);
	r->config = (struct mb_search_config){.hex = true};
	search(r, &o);
	assert_all_found(r, &o);
	assert_int_equal(r->plan.selections, 16);
}

static void test_hex_where_unexplained(void **state)
{
	static struct oracle o;
	struct run *r = &run_state;

	(void)state;
	r->config = (struct mb_search_config){0};
	o = (struct oracle){0};
	add(&o, 0x12345671, 1, 1, 7);
	add(&o, 0x1234567A, 1, 1, 7);
	search(r, &o);
	assert_all_found(r, &o);
	assert_int_equal(r->hexes, 1);
	o = (struct oracle){0};
	add(&o, 0xABCDEABC, 1, 1, 7);
	add(&o, 0xABCDEABD, 1, 1, 7);
	search(r, &o);
	assert_all_found(r, &o);
}

/* A nibble F is matched by the wildcard only: another digit must part these two. */
static void test_f_nibble(void **state)
{
	static const struct {
		uint32_t a, b;
		uint8_t medium;
	} rows[] = {
		{0x1234567F, 0x12345671, 7}, /* by the medium */
		{0x1234567F, 0x22345671, 6}, /* by another digit */
		{0xF2345678, 0x12345678, 7},
		{0xFFFFFFFF, 0x12345678, 7},
	};
	struct run *r = &run_state;

	(void)state;
	r->config = (struct mb_search_config){0};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct oracle o;

		o = (struct oracle){0};
		add(&o, rows[i].a, 1, 1, 4);
		add(&o, rows[i].b, 1, 1, rows[i].medium);
		search(r, &o);
		if (i == 3) { /* nothing but wildcards reaches it: it is told, not hidden */
			assert_int_equal(r->plan.reason, MB_SEARCH_REASON_UNSTABLE);
			assert_true(r->troubles > 0);
			continue;
		}
		assert_all_found(r, &o);
	}
}

/* ---- equal identifications ---- */

static void test_equal(void **state)
{
	static const struct {
		const char *what;
		struct mb_secondary a, b;
		uint32_t fabrication_a, fabrication_b;
		bool strict;
		uint8_t reason, cover;
		unsigned found;
	} rows[] = {
		{"medium", {0, 0x2C2D, 1, 7}, {0, 0x2C2D, 1, 4}, 0, 0, false, 0,
			MB_SEARCH_DEPTH_FABRICATION, 2},
		{"rare medium", {0, 0x2C2D, 1, 7}, {0, 0x2C2D, 1, 0xE1}, 0, 0, false, 0,
			MB_SEARCH_DEPTH_FABRICATION, 2},
		{"medium FF", {0, 0x2C2D, 1, 7}, {0, 0x32A7, 1, 0xFF}, 0, 0, false, 0,
			MB_SEARCH_DEPTH_FABRICATION, 2},
		{"version", {0, 0x2C2D, 1, 7}, {0, 0x2C2D, 200, 7}, 0, 0, false, 0,
			MB_SEARCH_DEPTH_FABRICATION, 2},
		{"maker", {0, 0x2C2D, 1, 7}, {0, 0x32A7, 1, 7}, 0, 0, false, 0,
			MB_SEARCH_DEPTH_FABRICATION, 2},
		{"private makers", {0, 0x7FFE, 1, 7}, {0, 0x7BFE, 1, 7}, 0, 0, false, 0,
			MB_SEARCH_DEPTH_FABRICATION, 2},
		{"known makers, no wildcards", {0, 0x2C2D, 1, 7}, {0, 0x32A7, 1, 7}, 0, 0, true,
			MB_SEARCH_REASON_MAKERS, MB_SEARCH_DEPTH_MAKERS, 2},
		{"fabrication", {0, 0x2C2D, 1, 7}, {0, 0x2C2D, 1, 7}, 0x01020304, 0x01020404, false,
			0, MB_SEARCH_DEPTH_FABRICATION, 2},
		{"nothing", {0, 0x2C2D, 1, 7}, {0, 0x2C2D, 1, 7}, 0, 0, false,
			MB_SEARCH_REASON_IDENTICAL, MB_SEARCH_DEPTH_FABRICATION, 1},
	};
	struct run *r = &run_state;

	(void)state;
	r->config = (struct mb_search_config){0};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct oracle o;

		o = (struct oracle){.strict = rows[i].strict};
		add(&o, 0x87654321, 0x1596, 9, 3);
		add(&o, 0x12345678, rows[i].a.manufacturer, rows[i].a.version, rows[i].a.medium);
		add(&o, 0x12345678, rows[i].b.manufacturer, rows[i].b.version, rows[i].b.medium);
		o.fabrication[1] = rows[i].fabrication_a ? rows[i].fabrication_a : MB_ID_ANY;
		o.fabrication[2] = rows[i].fabrication_b ? rows[i].fabrication_b : MB_ID_ANY;
		search(r, &o);
		if (r->plan.n_meters != rows[i].found + (rows[i].found == 2) ||
			r->plan.reason != rows[i].reason || r->plan.cover_depth != rows[i].cover)
			fail_msg("%s: found %u, reason %s, cover %s", rows[i].what,
				r->plan.n_meters, mb_search_reason_name(r->plan.reason),
				mb_search_depth_name(r->plan.cover_depth));
		assert_false(r->asked_twice);
	}
}

static void test_depth(void **state)
{
	static struct oracle o;
	struct run *r = &run_state;

	(void)state;
	r->config =
		(struct mb_search_config){.depth_limited = true, .depth = MB_SEARCH_DEPTH_MEDIUM};
	o = (struct oracle){0};
	add(&o, 0x12345678, 1, 1, 7);
	add(&o, 0x12345678, 1, 1, 4);
	search(r, &o);
	assert_all_found(r, &o);
	o = (struct oracle){0};
	add(&o, 0x12345678, 1, 1, 7);
	add(&o, 0x12345678, 1, 2, 7);
	search(r, &o);
	assert_int_equal(r->plan.n_meters, 0);
	assert_int_equal(r->troubles, 1);
	assert_int_equal(r->plan.reason, MB_SEARCH_REASON_DEPTH);
}

/* ---- the rest ---- */

/* Whatever the meters are: found is what there is. */
static void test_any_population(void **state)
{
	struct run *r = &run_state;

	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		static struct oracle o;
		unsigned batches;

		o = (struct oracle){.random = seed * 0x9E3779B97F4A7C15u};
		batches = chance(&o) % 4;
		for (unsigned b = 0; b < batches; b++) {
			uint32_t first = chance(&o) % 99000000 + b;
			unsigned n = chance(&o) % 60;

			for (unsigned i = 0; i < n; i++)
				if (!has_id(&o, bcd(first + i)))
					add(&o, bcd(first + i), 1, 1, 7);
		}
		add_random(&o, chance(&o) % 60);
		r->config = (struct mb_search_config){
			.hex = seed % 5 == 0, .most_significant = seed % 3 == 0};
		search(r, &o);
		assert_all_found(r, &o);
	}
}

static void test_scope(void **state)
{
	static struct oracle o;
	struct run *r = &run_state;

	(void)state;
	o = (struct oracle){0};
	add_batch(&o, 12345000, 100);
	add(&o, 0x12345678, 0x1596, 1, 4);
	r->config = (struct mb_search_config){.has_scope = true,
		.scope = {0x1234501F, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY}};
	search(r, &o);
	assert_int_equal(r->plan.n_meters, 10);
	assert_int_equal(r->plan.selections, 11);
	r->config.scope = (struct mb_secondary){MB_ID_ANY, MB_MANUFACTURER_ANY, MB_VERSION_ANY, 4};
	search(r, &o);
	assert_int_equal(r->plan.n_meters, 1);
	assert_int_equal(r->plan.selections, 1);
}

static void test_memory_ends(void **state)
{
	static struct oracle o;
	struct run *r = &run_state;

	(void)state;
	o = (struct oracle){0};
	add_batch(&o, 12345000, 50);
	for (size_t n = 1; n < 50; n += 7) {
		r->config = (struct mb_search_config){.n_nodes = n};
		search(r, &o);
		assert_int_equal(r->plan.reason, MB_SEARCH_REASON_MEMORY);
		assert_true(r->plan.n_meters + r->plan.n_tree <= n);
	}
}

/* MB_SEARCH_NODES is enough for what it says. */
static void test_memory_suffices(void **state)
{
	struct run *r = &run_state;

	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		static struct oracle o;

		o = (struct oracle){.random = seed * 0x9E3779B97F4A7C15u};
		add_random(&o, 250);
		r->config = (struct mb_search_config){
			.n_nodes = MB_SEARCH_NODES(250), .verify = true, .hex = seed % 2};
		search(r, &o);
		assert_all_found(r, &o);
	}
}

/* More tries become necessary late: every silence is asked again, every meter once only. */
static void test_sweep(void **state)
{
	static const struct mb_secondary any = {MB_ID_ANY, 0xFFFF, 0xFF, 0xFF};
	static struct oracle o;
	struct run *r = &run_state;
	unsigned again = 0, hidden = 3;
	enum mbi_plan_step step;

	(void)state;
	o = (struct oracle){.random = 5};
	add_random(&o, 60);
	memset(r, 0, sizeof(*r));
	r->config = (struct mb_search_config){.nodes = r->nodes, .n_nodes = NODES};
	mbi_plan_init(&r->plan, &r->config);
	mbi_plan_root(&r->plan, &any, 0);
	while ((step = mbi_plan_next(&r->plan)) != MBI_PLAN_DONE) {
		struct mb_search_node meter;
		enum mbi_answer answer;

		if (step == MBI_PLAN_REPORT) {
			r->plan.report_type = 0;
			continue;
		}
		answer = ask(&o, &r->plan, &meter);
		again += r->plan.ask_again && r->plan.phase == MBI_PHASE_SWEEP;
		if (answer == MBI_ANSWER_ONE && hidden && r->plan.n_meters > 10) {
			answer = MBI_ANSWER_NONE; /* lost on the line, the first time */
			hidden--;
		}
		mbi_plan_answer(&r->plan, answer, &meter);
		if (r->plan.n_meters == 40)
			r->plan.tries_wanted = 4;
	}
	assert_int_equal(hidden, 0);
	assert_int_equal(r->plan.n_meters, o.n);
	assert_true(again >= r->plan.silent / 2);
	for (unsigned i = 0; i < r->plan.n_tree; i++)
		assert_true(r->plan.nodes[i].tries >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_and_none),
		cmocka_unit_test(test_consecutive),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_d48_example),
		cmocka_unit_test(test_replans_only_where_it_pays),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_hex_where_unexplained),
		cmocka_unit_test(test_f_nibble),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_any_population),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_memory_ends),
		cmocka_unit_test(test_memory_suffices),
		cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
