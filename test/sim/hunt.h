/* SPDX-License-Identifier: MIT */
/* A search on a simulated segment, and the truth to compare it with. */
#ifndef TEST_HUNT_H
#define TEST_HUNT_H

#include "bus.h"

#include <meterbus/error.h>
#include <meterbus/search.h>

#define NODES MB_SEARCH_NODES(300)
#define FOUND_MAX 300
#define HOUR (3600ull * 1000000u)

struct hunt {
	struct sim *sim;
	struct mb_search search;
	struct mb_search_config config;
	struct mb_search_node nodes[NODES];
	struct mb_search_event found[FOUND_MAX];
	unsigned n_found;
	unsigned troubles[MB_SEARCH_TROUBLE_COUNT], notes[MB_SEARCH_NOTE_COUNT];
	unsigned interrupt; /* leave after so many masks; 0: never */
	uint32_t part_ppm;
	bool over;
	struct mb_search_event last;
};

static struct hunt hunt_state;

/* ---- driving ---- */

static inline void take(struct hunt *h, const struct mb_search_event *e)
{
	assert_true(e->progress.part_ppm >= h->part_ppm);
	h->part_ppm = e->progress.part_ppm;
	if (e->type == MB_SEARCH_FOUND) {
		assert_true(h->n_found < FOUND_MAX);
		h->found[h->n_found++] = *e;
	}
	if (e->type == MB_SEARCH_TROUBLE)
		h->troubles[e->code]++;
	if (e->type == MB_SEARCH_NOTE)
		h->notes[e->code]++;
	if (e->type == MB_SEARCH_DONE)
		h->over = true;
	h->last = *e;
}

static inline int step(void *ctx, uint64_t now_us)
{
	struct hunt *h = ctx;
	struct mb_search_event e;
	bool progress = false;

	(void)now_us;
	while (mb_search_event(&h->search, &e)) {
		take(h, &e);
		progress |= e.type == MB_SEARCH_PROGRESS;
	}
	if (h->over)
		return 1;
	return h->interrupt && progress && !--h->interrupt ? 2 : 0;
}

static inline void begin(struct hunt *h, const char *text, struct mb_search_config config)
{
	memset(h, 0, sizeof(*h));
	h->sim = bus_sim(text);
	h->config = config;
	if (!h->config.path.line.baud)
		h->config.path.line = (struct mb_line)MB_LINE_2400_8E1;
	h->config.nodes = h->nodes;
	h->config.n_nodes = NODES;
	assert_int_equal(mb_search_init(&h->search, &h->config, 0), 0);
}

static inline int drive(struct hunt *h)
{
	struct mb_engine engine = mb_search_engine(&h->search);

	return sim_run(h->sim, &engine, step, h, sim_now(h->sim) + 48 * HOUR);
}

static inline void search(struct hunt *h, const char *text, struct mb_search_config config)
{
	begin(h, text, config);
	assert_int_equal(drive(h), 1);
}

static inline void close_hunt(struct hunt *h)
{
	sim_free(h->sim);
	h->sim = NULL;
}

static inline const struct mb_secondary *truth(const struct hunt *h, size_t i)
{
	return mb_slave_identity(&sim_meter_at(h->sim, i)->slave);
}

static inline unsigned times_found(const struct hunt *h, const struct mb_secondary *identity)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n_found; i++)
		n += h->found[i].has_identity &&
		     mb_secondary_equal(&h->found[i].identity, identity);
	return n;
}

static inline unsigned times_there(const struct hunt *h, const struct mb_secondary *identity)
{
	unsigned n = 0;

	for (size_t i = 0; i < sim_meters(h->sim); i++)
		n += mb_secondary_equal(truth(h, i), identity);
	return n;
}

static inline void assert_truth(const struct hunt *h)
{
	assert_int_equal(h->n_found, sim_meters(h->sim));
	for (size_t i = 0; i < sim_meters(h->sim); i++)
		assert_int_equal(times_found(h, truth(h, i)), times_there(h, truth(h, i)));
	assert_true(h->last.done.complete);
	assert_int_equal(h->last.done.reason, MB_SEARCH_REASON_NONE);
	assert_int_equal(h->last.progress.found, h->n_found);
	assert_int_equal(h->last.progress.part_ppm, 1000000);
	assert_int_equal(h->last.progress.eta_us, 0);
}

/* The account of the wire and that of the search say the same. */
static inline void assert_account(const struct hunt *h)
{
	const struct sim_account *account = sim_account(h->sim);
	const struct mb_search_progress *p = &h->last.progress;

	assert_int_equal(p->selections + p->repeats, account->selections);
	assert_int_equal(p->requests, account->requests);
	assert_true(p->bus_us <= sim_now(h->sim));
}

/* ---- segments ---- */

static const char hex_siblings[] __attribute__((unused)) = "[meter] model=water id=12345671\n"
							   "[meter] model=water id=12345672\n"
							   "[meter] model=water id=1234567A\n";

static const char twins[] __attribute__((unused)) =
	"[meter] model=water id=12345678 maker=KAM version=1 medium=7\n"
	"[meter] model=water id=12345678 maker=LUG version=1 medium=7\n"
	"[meter] model=heat id=22222222 maker=KAM version=1 medium=4\n"
	"[meter] model=heat id=22222222 maker=KAM version=2 medium=4\n"
	"[meter] model=heat id=33333333 maker=KAM version=2 medium=4\n"
	"[meter] model=heat id=33333333 maker=KAM version=2 medium=12\n"
	"[meter] model=water id=44444444 maker=KAM version=1 medium=7 "
	"primary=7 fabrication=11112222\n"
	"[meter] model=water id=44444444 maker=KAM version=1 medium=7 "
	"primary=8 fabrication=11113222\n";

static const char primary[] __attribute__((unused)) =
	"[meter] model=water id=12345671 primary=0\n"
	"[meter] model=water id=12345672 primary=2 quirk=nke-silent\n"
	"[meter] model=water id=12345673 primary=3\n"
	"[meter] model=water id=12345674 primary=3\n"
	"[meter] model=water id=12345675 primary=250\n"
	"[meter] model=water id=12345676 primary=9 quirk=a-fd\n"
	"[meter] model=water id=12345677 primary=10 quirk=e5-first:100\n";

#endif
