/* SPDX-License-Identifier: MIT */
/* The search on a simulated segment: the wire with its collisions, and odd meters. */
#include "hunt.h"

/* ---- clean bus ---- */

static void test_figures(void **state)
{
	static const struct {
		const char *spec;
		unsigned limit;
	} rows[] = {
		{"[meter] model=water", 1},
		{"[meter] model=water count=10 ids=consecutive", 12},
		{"[meter] model=water count=100 ids=consecutive:12345055", 115},
		{"[meter] model=water count=250 ids=consecutive:45599922", 350},
		{"[meter] model=heat count=250 ids=random:7", 1200},
	};
	struct hunt *h = &hunt_state;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		search(h, rows[i].spec, (struct mb_search_config){0});
		assert_truth(h);
		assert_account(h);
		assert_true(h->last.progress.selections <= rows[i].limit);
		assert_int_equal(h->last.progress.repeats, 0);
		assert_int_equal(h->last.done.cover.lost_ppm, 0);
		close_hunt(h);
	}
}

static void test_empty_bus(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, "[bus] baud=2400", (struct mb_search_config){0});
	assert_truth(h);
	assert_int_equal(h->last.progress.selections, 1);
	assert_int_equal(h->last.progress.repeats, 2); /* D48 5.4: three times */
	close_hunt(h);
}

/* Each meter is given with what selects it alone, and with its telegram. */
static void test_found_can_be_read(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	begin(h, "[meter] model=water count=30 ids=random:3", (struct mb_search_config){0});
	assert_int_equal(drive(h), 1);
	assert_truth(h);
	for (unsigned i = 0; i < h->n_found; i++) {
		const struct mb_search_event *e = &h->found[i];
		unsigned matches = 0;

		for (size_t k = 0; k < sim_meters(h->sim); k++)
			matches += mb_secondary_match(&e->address.secondary, truth(h, k));
		assert_int_equal(matches, 1);
		assert_true(e->has_primary);
		assert_true(e->len > 20);
		assert_int_equal(e->baud, 2400);
	}
	close_hunt(h);
}

/* D48 7.3, from the left, on the wire. */
static void test_d48_example(void **state)
{
	static const uint32_t ids[] = {0x14491001, 0x14491008, 0x32104833, 0x76543210};
	struct hunt *h = &hunt_state;

	(void)state;
	search(h,
		"[meter] model=heat id=76543210 maker=2010 version=1 medium=3\n"
		"[meter] model=heat id=14491008 maker=4567 version=1 medium=6\n"
		"[meter] model=heat id=32104833 maker=2010 version=1 medium=2\n"
		"[meter] model=heat id=14491001 maker=1057 version=1 medium=6\n",
		(struct mb_search_config){.most_significant = true});
	assert_truth(h);
	assert_int_equal(h->last.progress.selections, 81);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(h->found[i].identity.id, ids[i]);
	close_hunt(h);
}

/* ---- lines that are not ideal, without loss ---- */

static void test_lines(void **state)
{
	static const struct {
		const char *bus;
		uint32_t latency_us;
	} rows[] = {
		{"echo=yes", 0},
		{"echo=yes echo-delay=5", 0},
		{"glitch=0.3", 0},
		{"jitter=40", 0},
		{"chunk=16", 16000},
		{"latency=50", 100000},
		{"overcurrent=4", 0},
		{"noise=0.0005", 0},
	};
	struct hunt *h = &hunt_state;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mb_search_config config = {
			.path.line = MB_LINE_2400_8E1, .path.latency_us = rows[i].latency_us};
		char text[200];

		snprintf(text, sizeof(text),
			"[bus] %s seed=%u\n[meter] model=water count=40 ids=random:7 delay=5..60\n",
			rows[i].bus, i + 1);
		search(h, text, config);
		assert_truth(h);
		assert_int_equal(h->notes[MB_SEARCH_NOTE_ECHO], i < 2);
		close_hunt(h);
	}
}

/* Only noise: no meter is invented, and the search ends with a diagnosis. */
static void test_wrong_speed(void **state)
{
	struct hunt *h = &hunt_state;
	struct mb_search_config config = {.path.line = {2400, 8, MB_PARITY_EVEN, 1}};
	uint8_t noise[3] = {0x00, 0x91, 0x5A};
	uint8_t marks[3] = {MB_MARK_FRAMING, MB_MARK_PARITY, 0};
	uint64_t now_us = 0;

	(void)state;
	begin(h, "[bus] baud=2400", config);
	for (unsigned turns = 0; turns < 100000 && !h->over; turns++) {
		const uint8_t *bytes;
		size_t n = mb_search_tx(&h->search, now_us, &bytes);
		uint64_t deadline;

		if (n) {
			now_us += mb_line_bytes_us(&config.path.line, n);
			mb_search_sent(&h->search, n, now_us);
			now_us += 20000;
			mb_search_rx(&h->search, noise, marks, 3, now_us);
		}
		deadline = mb_search_deadline(&h->search);
		if (deadline != MB_NEVER && deadline > now_us)
			now_us = deadline;
		mb_search_tick(&h->search, now_us);
		step(h, now_us);
	}
	assert_true(h->over);
	assert_int_equal(h->n_found, 0);
	assert_false(h->last.done.complete);
	assert_int_equal(h->last.done.reason, MB_SEARCH_REASON_NOISE);
	assert_int_equal(h->troubles[MB_SEARCH_TROUBLE_NOISE], 1);
	assert_true(h->last.progress.selections < 50);
	close_hunt(h);
}

/* ---- hex digits, twins ---- */

static void test_hex(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, hex_siblings, (struct mb_search_config){.hex = true});
	assert_truth(h);
	assert_true(h->last.done.cover.hex);
	close_hunt(h);
	search(h, hex_siblings, (struct mb_search_config){0});
	assert_int_equal(h->n_found, 2);
	assert_false(h->last.done.cover.hex);
	close_hunt(h);
}

static void test_twins(void **state)
{
	struct hunt *h = &hunt_state;
	unsigned by_fabrication = 0;

	(void)state;
	search(h, twins, (struct mb_search_config){0});
	assert_truth(h);
	assert_int_equal(h->notes[MB_SEARCH_NOTE_EQUAL], 4);
	assert_int_equal(h->last.done.cover.depth, MB_SEARCH_DEPTH_FABRICATION);
	for (unsigned i = 0; i < h->n_found; i++)
		by_fabrication += h->found[i].address.has_fabrication;
	assert_int_equal(by_fabrication, 2);
	close_hunt(h);
}

static void test_identical(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h,
		"[meter] model=water id=12345678 count=1 primary=1 quirk=no-enhanced\n"
		"[meter] model=water id=12345678 count=1 primary=2 quirk=no-enhanced\n"
		"[meter] model=water id=87654321 primary=3\n",
		(struct mb_search_config){0});
	assert_int_equal(h->n_found, 1);
	assert_int_equal(h->troubles[MB_SEARCH_TROUBLE_IDENTICAL], 1);
	assert_false(h->last.done.complete);
	assert_int_equal(h->last.done.reason, MB_SEARCH_REASON_IDENTICAL);
	close_hunt(h);
}

/* ---- odd meters ---- */

static void test_odd_meters(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h,
		"[meter] model=water id=12345671\n"
		"[meter] model=water id=12345672 quirk=other-id\n"
		"[meter] model=water id=12345675 quirk=e5-first:100\n"
		"[meter] model=water id=12345676 quirk=trailing-zero\n"
		"[meter] model=heat id=12345679 quirk=e5-first:1\n"
		"[meter] model=heat id=22345670 quirk=strict-wildcards\n",
		(struct mb_search_config){0});
	assert_int_equal(h->n_found, 6);
	assert_int_equal(h->troubles[MB_SEARCH_TROUBLE_OTHER_IDENTITY], 1);
	assert_int_equal(h->troubles[MB_SEARCH_TROUBLE_NO_DATA], 1);
	assert_true(h->last.done.complete);
	assert_true(h->last.progress.selections < 200);
	for (unsigned i = 0; i < h->n_found; i++) {
		const struct mb_search_event *e = &h->found[i];

		assert_int_equal(e->has_identity, !(e->flags & MB_SEARCH_NO_DATA));
		if (e->flags & MB_SEARCH_NO_DATA)
			assert_int_equal(e->address.secondary.id, 0x12345675);
	}
	close_hunt(h);
}

/* Wildcards only at the end: asked for on request. */
static void test_trailing_wildcards(void **state)
{
	static const char text[] = "[meter] model=water count=20 ids=random:5 "
				   "quirk=trailing-wildcards\n";
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, text, (struct mb_search_config){.most_significant = true});
	assert_truth(h);
	close_hunt(h);
}

/* ---- speeds ---- */

static void test_bauds(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h,
		"[meter] model=water id=12345671 baud=300\n"
		"[meter] model=water id=12345672 baud=2400\n"
		"[meter] model=water id=12345673 baud=2400\n"
		"[meter] model=water id=12345674 baud=9600\n",
		(struct mb_search_config){.n_bauds = 3, .bauds = {300, 2400, 9600}});
	assert_truth(h);
	assert_int_equal(h->notes[MB_SEARCH_NOTE_SPEED], 3);
	assert_int_equal(h->last.done.cover.n_bauds, 3);
	assert_int_equal(h->last.done.cover.bauds[2], 9600);
	for (unsigned i = 0; i < h->n_found; i++)
		if (h->found[i].identity.id == 0x12345674)
			assert_int_equal(h->found[i].baud, 9600);
	close_hunt(h);
}

/* The same speed twice stands for meters that answer at two: told once. */
static void test_meter_at_two_speeds(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, "[meter] model=water count=5 ids=consecutive",
		(struct mb_search_config){.n_bauds = 2, .bauds = {2400, 2400}});
	assert_truth(h);
	assert_int_equal(h->notes[MB_SEARCH_NOTE_AGAIN], 5);
	assert_int_equal(h->last.progress.selections, 22);
	close_hunt(h);
}

static void test_makers(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h,
		"[meter] model=water id=12345671 maker=KAM\n"
		"[meter] model=water id=12345672 maker=LUG\n"
		"[meter] model=water id=12345673 maker=ABB\n",
		(struct mb_search_config){.n_makers = 2, .makers = {0x2C2D, 0x32A7}});
	assert_int_equal(h->n_found, 2);
	assert_int_equal(h->last.progress.selections, 2);
	assert_true(h->last.done.complete);
	assert_true(h->last.done.cover.scoped);
	close_hunt(h);
}

/* ---- verify ---- */

static void test_verify(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, "[meter] model=water count=25 ids=random:11",
		(struct mb_search_config){.verify = true});
	assert_truth(h);
	assert_true(h->last.done.cover.verified);
	assert_int_equal(h->notes[MB_SEARCH_NOTE_VERIFY], 1);
	assert_true(h->last.progress.selections > 25 * 9);
	close_hunt(h);
}

/* ---- primary ---- */

static void test_primary(void **state)
{
	static const uint8_t quick[] = {0, 9, 10, 250}, all[] = {0, 2, 9, 10, 250};
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, primary, (struct mb_search_config){.kind = MB_SEARCH_PRIMARY});
	assert_int_equal(h->n_found, sizeof(quick));
	for (unsigned i = 0; i < sizeof(quick); i++)
		assert_int_equal(h->found[i].address.primary, quick[i]);
	assert_int_equal(h->troubles[MB_SEARCH_TROUBLE_COLLISION], 1);
	assert_int_equal(h->troubles[MB_SEARCH_TROUBLE_NO_DATA], 1);
	assert_int_equal(h->troubles[MB_SEARCH_TROUBLE_OTHER_IDENTITY], 1);
	assert_int_equal(h->last.progress.selections, 251);
	assert_true(h->last.progress.bus_us < 60000000);
	close_hunt(h);
	search(h, primary,
		(struct mb_search_config){.kind = MB_SEARCH_PRIMARY, .ask_silent = true});
	assert_int_equal(h->n_found, sizeof(all));
	for (unsigned i = 0; i < sizeof(all); i++)
		assert_int_equal(h->found[i].address.primary, all[i]);
	assert_true(h->found[1].flags & MB_SEARCH_NO_NKE);
	close_hunt(h);
}

static void test_primary_range(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, primary,
		(struct mb_search_config){.kind = MB_SEARCH_PRIMARY, .first = 200, .last = 250});
	assert_int_equal(h->n_found, 1);
	assert_int_equal(h->last.progress.selections, 51);
	assert_true(h->last.done.cover.scoped);
	close_hunt(h);
}

/* ---- bounds, cancelling, resuming ---- */

static void test_bounds(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	search(h, "[meter] model=water count=100 ids=consecutive",
		(struct mb_search_config){.max_selections = 50});
	assert_int_equal(h->last.done.reason, MB_SEARCH_REASON_SELECTIONS);
	assert_int_equal(h->last.progress.selections, 50);
	close_hunt(h);
	search(h, "[meter] model=water count=100 ids=consecutive",
		(struct mb_search_config){.max_us = 10000000});
	assert_int_equal(h->last.done.reason, MB_SEARCH_REASON_TIME);
	assert_true(h->last.progress.bus_us < 13000000);
	close_hunt(h);
}

static void test_cancel(void **state)
{
	struct hunt *h = &hunt_state;

	(void)state;
	begin(h, "[meter] model=water count=100 ids=consecutive", (struct mb_search_config){0});
	h->interrupt = 20;
	assert_int_equal(drive(h), 2);
	mb_search_cancel(&h->search, sim_now(h->sim));
	assert_int_equal(step(h, sim_now(h->sim)), 1);
	assert_int_equal(h->last.done.reason, MB_SEARCH_REASON_CANCELLED);
	assert_false(h->last.done.complete);
	assert_int_equal(mb_search_deadline(&h->search), MB_NEVER);
	close_hunt(h);
}

static void test_init_refused(void **state)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	static struct mb_search_node nodes[4];
	const struct mb_search_config rows[] = {
		{.nodes = nodes, .n_nodes = 4},
		{.path.line = line},
		{.path.line = line, .n_nodes = 4},
		{.path.line = line, .nodes = nodes, .n_nodes = MB_SEARCH_NODES_MAX + 1},
		{.path.line = line, .nodes = nodes, .n_nodes = 4, .kind = 2},
		{.path.line = line, .nodes = nodes, .n_nodes = 4, .n_bauds = 9},
		{.path.line = line, .nodes = nodes, .n_nodes = 4, .n_bauds = 2, .bauds = {300}},
		{.path.line = line, .nodes = nodes, .n_nodes = 4, .n_makers = 17},
		{.path.line = line, .nodes = nodes, .n_nodes = 4, .depth = MB_SEARCH_DEPTH_COUNT},
		{.path.line = line, .kind = MB_SEARCH_PRIMARY, .first = 5, .last = 4},
		{.path.line = line, .kind = MB_SEARCH_PRIMARY, .last = 251},
	};
	static struct mb_search s;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mb_search_init(&s, &rows[i], 0), MB_E_INVALID);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(mb_search_trouble_name(MB_SEARCH_TROUBLE_IDENTICAL), "identical");
	assert_string_equal(mb_search_note_name(MB_SEARCH_NOTE_REPLAN), "replan");
	assert_string_equal(mb_search_reason_name(MB_SEARCH_REASON_NONE), "");
	assert_string_equal(mb_search_depth_name(MB_SEARCH_DEPTH_MEDIUM), "medium");
	assert_null(mb_search_trouble_name(MB_SEARCH_TROUBLE_COUNT));
	assert_null(mb_search_note_text(MB_SEARCH_NOTE_COUNT));
	assert_null(mb_search_reason_text(MB_SEARCH_REASON_COUNT));
	assert_null(mb_search_depth_text(MB_SEARCH_DEPTH_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_empty_bus),
		cmocka_unit_test(test_found_can_be_read),
		cmocka_unit_test(test_d48_example),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_wrong_speed),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_identical),
		cmocka_unit_test(test_odd_meters),
		cmocka_unit_test(test_trailing_wildcards),
		cmocka_unit_test(test_bauds),
		cmocka_unit_test(test_meter_at_two_speeds),
		cmocka_unit_test(test_makers),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_primary),
		cmocka_unit_test(test_primary_range),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_init_refused),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
