/* SPDX-License-Identifier: MIT */
/*
 * Everything at once, by chance: jobs of all kinds, cancelled, cut and late, searches, a cable that
 * is pulled, ports drained and given back, also from within callbacks. Whatever comes: each job
 * that was taken ends exactly once, and when all is quiet again the bus works.
 */
#include "port_rig.h"

#include "sim/random.h"

#include <meterbus/error.h>

#include <stdlib.h>

#define SEEDS 300
#define STEPS 400
#define SLOTS 40
#define METERS 5
#define URL "tcp://127.0.0.1:1?latency=20"
#define SEGMENT \
	"[bus] seed=5\n" \
	"[meter] model=water id=10000001 primary=1 count=4 delay=20..60\n" \
	"[meter] model=heat-history id=10000005 primary=5\n"

struct storm;

struct slot {
	struct storm *storm;
	struct port_job job;
	bool taken; /* by the port, not yet ended */
};

struct storm {
	struct rig rig;
	struct random random;
	struct slot slots[SLOTS];
	struct port_scan scan;
	struct mb_search_node nodes[MB_SEARCH_NODES(8)];
	bool scanning;
	unsigned depth; /* of callbacks */
	uint64_t begun, ended, good, scans;
};

static unsigned chance(struct storm *s, unsigned n)
{
	return (unsigned)random_below(&s->random, n);
}

static void act(struct storm *s);

/* Now and then a callback does something, too. */
static void meddle(struct storm *s)
{
	if (s->depth >= 3 || chance(s, 4))
		return;
	s->depth++;
	act(s);
	s->depth--;
}

static void on_event(struct port_job *job, const struct mb_master_event *event)
{
	struct slot *slot = job->ctx;
	struct storm *s = slot->storm;

	assert_true(slot->taken);
	if (event->type != MB_MASTER_DONE) {
		assert_non_null(job->port);
		meddle(s);
		return;
	}
	assert_null(job->port);
	assert_int_equal(*job->error != '\0', event->result == MB_E_STREAM);
	slot->taken = false;
	s->ended++;
	s->good += event->result == 0;
	meddle(s);
}

static void on_scan(struct port_scan *scan, const struct mb_search_event *event)
{
	struct storm *s = scan->ctx;

	assert_true(s->scanning);
	if (event->type == MB_SEARCH_DONE) {
		s->scanning = false;
		s->scans += event->done.complete;
	}
	meddle(s);
}

/* ---- what may happen ---- */

static void do_submit(struct storm *s)
{
	static const uint8_t ops[] = {MB_OP_READ, MB_OP_READ, MB_OP_PING, MB_OP_ALARM, MB_OP_RESET};
	struct slot *slot = &s->slots[chance(s, SLOTS)];
	struct mb_request request = {.op = ops[chance(s, 5)]};

	if (slot->taken || !s->rig.port)
		return;
	request.address.primary = (uint8_t)(1 + chance(s, METERS + 1));
	if (chance(s, 3) == 0)
		request.address = (struct mb_address){.type = MB_ADDRESS_SECONDARY,
			.secondary = {0x10000001 + chance(s, METERS), 0xFFFF, 0xFF, 0xFF}};
	slot->job = (struct port_job){
		.request = request,
		.connect_only = chance(s, 10) == 0,
		.priority = (uint8_t)chance(s, PORT_PRIORITIES),
		.not_after_us = chance(s, 3) ? 0 : rig_now(&s->rig) + chance(s, 3000000),
		.event = on_event,
		.ctx = slot,
	};
	if (chance(s, 8) == 0) {
		slot->job.line = (struct mb_line)MB_LINE_2400_8E1;
		slot->job.line.baud = 300;
	}
	slot->taken = port_submit(s->rig.port, &slot->job) == 0;
	s->begun += slot->taken;
}

static void do_cancel(struct storm *s)
{
	struct slot *slot = &s->slots[chance(s, SLOTS)];
	enum port_cancel how = chance(s, 2) ? PORT_CANCEL_NOW : PORT_CANCEL_GENTLY;

	port_cancel(&slot->job, how);
	assert_true(how == PORT_CANCEL_GENTLY || !slot->job.port || slot->taken);
}

static void do_scan(struct storm *s)
{
	if (s->scanning && chance(s, 4) == 0) {
		port_scan_cancel(&s->scan);
		return;
	}
	if (s->scanning || !s->rig.port)
		return;
	memset(&s->scan, 0, sizeof(s->scan));
	s->scan.config.nodes = s->nodes;
	s->scan.config.n_nodes = MB_SEARCH_NODES(8);
	s->scan.event = on_scan;
	s->scan.ctx = s;
	s->scanning = true;
	s->scanning = port_scan_start(s->rig.port, &s->scan) == 0;
}

static void do_cable(struct storm *s)
{
	struct sim_plug *plug = &s->rig.plugs[0];

	plug->dropped |= chance(s, 2) == 0;
	plug->pulled = chance(s, 4) == 0;
	plug->dead = chance(s, 8) == 0;
}

static void do_drain(struct storm *s)
{
	if (!s->rig.port)
		return;
	if (chance(s, 4) == 0)
		port_drain(s->rig.port, rig_now(&s->rig) + chance(s, 500000));
	else
		port_open(s->rig.port);
}

static void do_give_back(struct storm *s)
{
	struct stream_url url = rig_url(URL);
	struct port *port = s->rig.port;

	s->rig.port = NULL;
	if (!port) {
		assert_int_equal(ports_get(s->rig.ports, &url, &s->rig.port), 0);
		return;
	}
	if (chance(s, 10)) {
		s->rig.port = port;
		return;
	}
	ports_put(port);
}

static void do_look(struct storm *s)
{
	struct port_waiter waiters[SLOTS];
	struct port_status st;

	if (!s->rig.port)
		return;
	port_status(s->rig.port, &st);
	assert_int_equal(port_waiters(s->rig.port, waiters, SLOTS), st.waiting);
	assert_true(st.busy_ppm <= 1000000);
	assert_true(st.counters.busy_us <= st.counters.alive_us);
}

static void act(struct storm *s)
{
	/* clang-format off */
	static const struct {
		unsigned share;
		void (*act)(struct storm *s);
	} acts[] = {
		{60, do_submit},
		{8, do_cancel},
		{5, do_scan},
		{4, do_cable},
		{4, do_drain},
		{6, do_give_back},
		{13, do_look},
	};
	/* clang-format on */
	unsigned pick = chance(s, 100);
	unsigned i = 0;

	for (; pick >= acts[i].share; i++)
		pick -= acts[i].share;
	acts[i].act(s);
}

/* ---- afterwards ---- */

static void settle(struct storm *s)
{
	struct stream_url url = rig_url(URL);
	struct slot *slot = &s->slots[0];

	s->depth = 100; /* no more surprises */
	s->rig.plugs[0].pulled = s->rig.plugs[0].dead = s->rig.plugs[0].dropped = false;
	if (!s->rig.port)
		assert_int_equal(ports_get(s->rig.ports, &url, &s->rig.port), 0);
	port_open(s->rig.port);
	rig_wait(&s->rig, 20 * MINUTE);
	assert_int_equal(s->begun, s->ended);
	assert_false(s->scanning);
	s->good = 0;
	slot->job = (struct port_job){.request = {.op = MB_OP_READ, .address.primary = 2},
		.priority = PORT_SCHEDULED,
		.event = on_event,
		.ctx = slot};
	slot->taken = true;
	assert_int_equal(port_submit(s->rig.port, &slot->job), 0);
	rig_wait(&s->rig, 10 * SECOND);
	assert_int_equal(s->good, 1);
}

/* How many jobs were good. */
static uint64_t weather(uint64_t seed)
{
	static struct storm s;
	uint64_t good;

	memset(&s, 0, sizeof(s));
	random_seed(&s.random, seed);
	rig_open(&s.rig, SEGMENT, URL, NULL);
	for (unsigned i = 0; i < SLOTS; i++)
		s.slots[i].storm = &s;
	for (unsigned i = 0; i < STEPS; i++) {
		act(&s);
		if (chance(&s, 2))
			rig_wait(&s.rig, chance(&s, 1000000));
	}
	good = s.good;
	settle(&s);
	rig_close(&s.rig);
	return good;
}

static void every_job_ends_once(void **state)
{
	uint64_t good = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		good += weather(seed);
	assert_true(good > 10 * SEEDS); /* it was not all failure */
}

/* A port that goes while everything is under way takes all of it along. */
static void what_is_under_way_ends_with_the_port(void **state)
{
	static struct storm s;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		memset(&s, 0, sizeof(s));
		random_seed(&s.random, seed);
		rig_open(&s.rig, SEGMENT, URL, NULL);
		for (unsigned i = 0; i < SLOTS; i++)
			s.slots[i].storm = &s;
		do_scan(&s);
		for (unsigned i = 0; i < 20; i++)
			do_submit(&s);
		rig_wait(&s.rig, chance(&s, 5000000));
		s.depth = 100;
		rig_close(&s.rig);
		assert_int_equal(s.begun, s.ended);
		assert_false(s.scanning);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_ends_once),
		cmocka_unit_test(what_is_under_way_ends_with_the_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
