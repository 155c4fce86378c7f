/* SPDX-License-Identifier: MIT */
/* The arbiter of a bus, in virtual time on a simulated segment. */
#include "port_rig.h"
#include "six_meters.h"

#include <meterbus/error.h>

#include <stdlib.h>

/* ---- a job and what it was told ---- */

struct talk {
	struct port_job job;
	unsigned telegrams, dones;
	int result;
	char error[PORT_TEXT_MAX];
	uint64_t end_us;
	unsigned order; /* of its end among all */
	void (*then)(struct talk *t); /* called with its end */
	struct port *port; /* for then() */
	unsigned left; /* how often it is submitted again */
};

static unsigned ended;

static void on_event(struct port_job *job, const struct mb_master_event *event)
{
	struct talk *t = job->ctx;

	assert_int_equal(t->dones, 0);
	t->telegrams += event->type == MB_MASTER_TELEGRAM;
	if (event->type != MB_MASTER_DONE)
		return;
	t->dones++;
	t->result = event->result;
	t->end_us = event->time_us;
	t->order = ended++;
	snprintf(t->error, sizeof(t->error), "%s", job->error);
	if (t->then)
		t->then(t);
}

static void talk_init(struct talk *t, enum port_priority priority, uint8_t primary)
{
	memset(t, 0, sizeof(*t));
	t->job.request.op = MB_OP_READ;
	t->job.request.address.primary = primary;
	t->job.priority = (uint8_t)priority;
	t->job.event = on_event;
	t->job.ctx = t;
	snprintf(t->job.who, sizeof(t->job.who), "meter %u", primary);
}

static void ask(struct rig *r, struct talk *t, enum port_priority priority, uint8_t primary)
{
	talk_init(t, priority, primary);
	assert_int_equal(port_submit(r->port, &t->job), 0);
}

static struct port_status status(const struct rig *r)
{
	struct port_status st;

	port_status(r->port, &st);
	return st;
}

/* Was it said by this meter alone? A selection is heard by all, and told apart by who obeys. */
static bool speaks(const struct sim_entry *e)
{
	return e->reaction == MB_SLAVE_REACTION_ACK || e->reaction == MB_SLAVE_REACTION_RESPONSE;
}

/* How often the meters take turns: one less than dialogues, if none was cut in two. */
static unsigned turns(const struct sim *sim)
{
	const struct sim_entry *entries;
	const struct sim_meter *last = NULL;
	size_t n = sim_ledger(sim, &entries);
	unsigned changes = 0;

	for (size_t i = 0; i < n; i++) {
		if (!speaks(&entries[i]))
			continue;
		changes += last && entries[i].meter != last;
		last = entries[i].meter;
	}
	return changes;
}

static void assert_good(const struct talk *t)
{
	assert_int_equal(t->dones, 1);
	assert_string_equal(port_error_name(t->result), "ok");
	assert_int_equal(t->telegrams, 1);
}

/* ---- dialogues ---- */

static void one_job_reads_one_meter(void **state)
{
	struct rig r;
	struct talk t;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	ask(&r, &t, PORT_SCHEDULED, 3);
	assert_int_equal(t.dones, 0); /* nothing from within the call */
	rig_wait(&r, 5 * SECOND);
	assert_good(&t);
	assert_null(t.job.port);
	assert_int_equal(status(&r).state, PORT_OPEN);
	assert_int_equal(status(&r).counters.telegrams, 1);
	assert_int_equal(status(&r).counters.dialogues, 1);
	assert_int_equal(status(&r).counters.frames, 2); /* SND_NKE, REQ_UD2 */
	assert_false(status(&r).held);
	rig_close(&r);
}

static void dialogues_never_interleave(void **state)
{
	struct talk t[8 * METERS];
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	for (unsigned i = 0; i < 8 * METERS; i++) {
		talk_init(&t[i], i % PORT_PRIORITIES, (uint8_t)(i % METERS + 1));
		if (i % 2) {
			t[i].job.request.address = (struct mb_address){.type = MB_ADDRESS_SECONDARY,
				.secondary = {0x10000001 + i % METERS, 0xFFFF, 0xFF, 0xFF}};
		}
		assert_int_equal(port_submit(r.port, &t[i].job), 0);
		rig_wait(&r, 100000);
	}
	rig_wait(&r, 5 * MINUTE);
	for (unsigned i = 0; i < 8 * METERS; i++)
		assert_good(&t[i]);
	assert_int_equal(sim_account(rig_sim(&r))->overlaps, 0);
	assert_true(turns(rig_sim(&r)) < 8 * METERS);
	assert_int_equal(status(&r).counters.dialogues, 8 * METERS);
	rig_close(&r);
}

static void the_higher_priority_goes_first(void **state)
{
	struct talk first, background, scheduled[2], interactive;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	ask(&r, &first, PORT_BACKGROUND, 1);
	rig_wait(&r, 50000);
	ask(&r, &background, PORT_BACKGROUND, 2);
	ask(&r, &scheduled[0], PORT_SCHEDULED, 3);
	ask(&r, &scheduled[1], PORT_SCHEDULED, 4);
	ask(&r, &interactive, PORT_INTERACTIVE, 5);
	ended = 0;
	rig_wait(&r, 10 * SECOND);
	assert_int_equal(first.order, 0); /* never cut */
	assert_int_equal(interactive.order, 1);
	assert_int_equal(scheduled[0].order, 2);
	assert_int_equal(scheduled[1].order, 3);
	assert_int_equal(background.order, 4);
	rig_close(&r);
}

static void nobody_waits_for_ever(void **state)
{
	struct talk scheduled, background, interactive[40];
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	ask(&r, &background, PORT_BACKGROUND, 2);
	ask(&r, &scheduled, PORT_SCHEDULED, 1);
	for (unsigned i = 0; i < 40; i++)
		ask(&r, &interactive[i], PORT_INTERACTIVE, 3);
	ended = 0;
	rig_wait(&r, MINUTE);
	assert_good(&scheduled);
	assert_good(&background);
	assert_int_equal(scheduled.order, PORT_PATIENCE + 1);
	assert_int_equal(background.order, PORT_PATIENCE);
	rig_close(&r);
}

/* ---- the queue ---- */

static void the_queue_is_bounded(void **state)
{
	struct port_limits limits = {.queue = 3};
	struct talk t[4];
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, &limits);
	for (unsigned i = 0; i < 3; i++)
		ask(&r, &t[i], PORT_SCHEDULED, 1);
	talk_init(&t[3], PORT_INTERACTIVE, 1);
	assert_int_equal(port_submit(r.port, &t[3].job), PORT_E_FULL);
	assert_int_equal(port_submit(r.port, &t[0].job), MB_E_BUSY);
	rig_wait(&r, 10 * SECOND);
	assert_int_equal(t[3].dones, 0);
	assert_int_equal(port_submit(r.port, &t[3].job), 0);
	rig_wait(&r, 10 * SECOND);
	for (unsigned i = 0; i < 4; i++)
		assert_good(&t[i]);
	rig_close(&r);
}

static void what_is_too_late_is_never_sent(void **state)
{
	struct talk slow, late, good;
	struct rig r;
	uint64_t limit_us;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	ask(&r, &slow, PORT_SCHEDULED, 99); /* silence, three times */
	talk_init(&late, PORT_SCHEDULED, 2);
	limit_us = late.job.not_after_us = rig_now(&r) + 100000;
	assert_int_equal(port_submit(r.port, &late.job), 0);
	ask(&r, &good, PORT_SCHEDULED, 3);
	rig_wait(&r, 10 * SECOND);
	assert_int_equal(slow.result, MB_E_SILENCE);
	assert_int_equal(late.result, PORT_E_LATE);
	assert_in_range(late.end_us, limit_us, limit_us + 1000); /* told at once */
	assert_good(&good);
	assert_int_equal(status(&r).counters.dropped, 1);
	rig_close(&r);
}

static void a_waiting_job_is_cancelled_at_once(void **state)
{
	struct talk first, second, third;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	ask(&r, &first, PORT_SCHEDULED, 1);
	ask(&r, &second, PORT_SCHEDULED, 2);
	ask(&r, &third, PORT_SCHEDULED, 3);
	rig_wait(&r, 10000);
	port_cancel(&second.job, PORT_CANCEL_GENTLY);
	assert_int_equal(second.result, MB_E_CANCELLED);
	assert_int_equal(second.dones, 1);
	port_cancel(&second.job, PORT_CANCEL_NOW); /* no more than nothing */
	rig_wait(&r, 10 * SECOND);
	assert_good(&first);
	assert_good(&third);
	rig_close(&r);
}

/* ---- cancelling ---- */

#define CHAIN \
	"[bus] seed=1\n" \
	"[meter] model=water id=10000001 primary=1\n" \
	"[meter] model=heat-history id=10000002 primary=2\n"

static void a_dialogue_ends_with_its_telegram(void **state)
{
	struct talk whole, cut, next;
	struct rig r;

	(void)state;
	rig_open(&r, CHAIN, TCP, NULL);
	ask(&r, &whole, PORT_SCHEDULED, 2);
	rig_wait(&r, MINUTE);
	assert_int_equal(whole.result, 0);
	assert_true(whole.telegrams > 1);
	ask(&r, &cut, PORT_SCHEDULED, 2);
	ask(&r, &next, PORT_SCHEDULED, 1);
	rig_wait(&r, 350000); /* within the first telegram */
	assert_int_equal(cut.telegrams, 0);
	port_cancel(&cut.job, PORT_CANCEL_GENTLY);
	assert_int_equal(cut.dones, 0);
	rig_wait(&r, 10 * SECOND);
	assert_int_equal(cut.result, MB_E_CANCELLED);
	assert_int_equal(cut.telegrams, 1);
	assert_good(&next);
	assert_int_equal(sim_account(rig_sim(&r))->overlaps, 0);
	rig_close(&r);
}

static void after_a_cut_the_bus_is_left_alone(void **state)
{
	struct talk cut, next;
	struct rig r;

	(void)state;
	rig_open(&r, CHAIN, TCP, NULL);
	ask(&r, &cut, PORT_SCHEDULED, 2);
	ask(&r, &next, PORT_SCHEDULED, 1);
	rig_wait(&r, 350000); /* the meter begins to answer */
	assert_int_equal(cut.dones, 0);
	port_cancel(&cut.job, PORT_CANCEL_NOW);
	assert_int_equal(cut.result, MB_E_CANCELLED);
	assert_int_equal(cut.telegrams, 0);
	rig_wait(&r, 20 * SECOND);
	assert_good(&next);
	assert_int_equal(next.telegrams, 1);
	assert_int_equal(sim_account(rig_sim(&r))->overlaps, 0);
	assert_true(status(&r).counters.stray > 0);
	rig_close(&r);
}

/* ---- settings of the line ---- */

static void each_dialogue_has_its_own_speed(void **state)
{
	static const char segment[] = "[meter] model=water id=10000001 primary=1 baud=300\n"
				      "[meter] model=water id=10000002 primary=2 baud=2400\n"
				      "[meter] model=water id=10000003 primary=3 baud=9600\n";
	static const uint32_t bauds[] = {300, 0, 9600};
	struct talk t[12];
	struct mb_line line;
	struct rig r;

	(void)state;
	rig_open(&r, segment, "serial:/dev/a", NULL);
	for (unsigned i = 0; i < 12; i++) {
		talk_init(&t[i], PORT_SCHEDULED, (uint8_t)(i * 5 % 3 + 1));
		t[i].job.line = (struct mb_line)MB_LINE_2400_8E1;
		t[i].job.line.baud = bauds[i * 5 % 3];
		assert_int_equal(port_submit(r.port, &t[i].job), 0);
	}
	rig_wait(&r, 5 * MINUTE);
	for (unsigned i = 0; i < 12; i++)
		assert_good(&t[i]);
	sim_line(rig_sim(&r), &line);
	assert_int_equal(line.baud, 2400); /* the port's again */
	rig_close(&r);
}

/* ---- the connection ---- */

static void a_port_that_cannot_be_opened_says_so(void **state)
{
	struct talk t[3];
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, "serial:/dev/a", NULL);
	r.plugs[0].pulled = true;
	for (unsigned i = 0; i < 3; i++)
		ask(&r, &t[i], PORT_SCHEDULED, 1);
	rig_wait(&r, 10000);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(t[i].result, MB_E_STREAM);
		assert_string_equal(t[i].error, "serial:/dev/a: not plugged in");
	}
	assert_int_equal(status(&r).state, PORT_FAILED);
	assert_int_equal(status(&r).counters.lost, 1);
	rig_wait(&r, 10 * MINUTE);
	/* 1, 2, 4 ... 32 s, then every minute, each a quarter more or less */
	assert_in_range(status(&r).counters.lost, 12, 20);
	assert_in_range(status(&r).retry_us, rig_now(&r), rig_now(&r) + 75 * SECOND);
	r.plugs[0].pulled = false;
	ask(&r, &t[0], PORT_SCHEDULED, 1); /* does not sit out the pause */
	rig_wait(&r, 3 * SECOND);
	assert_good(&t[0]);
	assert_int_equal(status(&r).state, PORT_OPEN);
	assert_string_equal(status(&r).error, "serial:/dev/a: not plugged in");
	rig_close(&r);
}

static void it_comes_back_by_itself(void **state)
{
	struct talk t;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	r.plugs[0].pulled = true;
	port_open(r.port);
	rig_wait(&r, 10 * SECOND);
	assert_int_equal(status(&r).state, PORT_FAILED);
	r.plugs[0].pulled = false;
	rig_wait(&r, MINUTE);
	assert_int_equal(status(&r).state, PORT_OPEN);
	ask(&r, &t, PORT_SCHEDULED, 1);
	rig_wait(&r, 2 * SECOND);
	assert_good(&t);
	rig_close(&r);
}

static void unplugged_within_a_dialogue(void **state)
{
	struct talk t[3];
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	for (unsigned i = 0; i < 3; i++)
		ask(&r, &t[i], PORT_SCHEDULED, (uint8_t)(i + 1));
	rig_wait(&r, 200000); /* SND_NKE has been answered */
	r.plugs[0].pulled = true;
	rig_wait(&r, 200000);
	assert_int_equal(t[0].result, MB_E_STREAM);
	assert_int_equal(t[1].dones, 0); /* they wait for the next attempt */
	r.plugs[0].pulled = false;
	rig_wait(&r, 20 * SECOND);
	assert_good(&t[1]);
	assert_good(&t[2]);
	assert_int_equal(r.plugs[0].opened, 2);
	rig_close(&r);
}

static void a_stale_connection_costs_no_dialogue(void **state)
{
	struct talk t, write;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	ask(&r, &t, PORT_SCHEDULED, 1);
	rig_wait(&r, MINUTE);
	assert_good(&t);
	ask(&r, &t, PORT_SCHEDULED, 2);
	rig_wait(&r, 1000);
	r.plugs[0].dropped = true; /* found with the first frame */
	rig_wait(&r, 10 * SECOND);
	assert_good(&t);
	assert_int_equal(r.plugs[0].opened, 2);
	/* what writes is never done again */
	rig_wait(&r, MINUTE);
	talk_init(&write, PORT_SCHEDULED, 1);
	write.job.request.op = MB_OP_RESET;
	assert_int_equal(port_submit(r.port, &write.job), 0);
	rig_wait(&r, 1000);
	r.plugs[0].dropped = true;
	rig_wait(&r, 10 * SECOND);
	assert_int_equal(write.result, MB_E_STREAM);
	rig_close(&r);
}

static void a_dead_connection_is_made_again(void **state)
{
	struct port_limits limits = {.silence_ms = 300000};
	struct talk t;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, &limits);
	ask(&r, &t, PORT_SCHEDULED, 1);
	rig_wait(&r, 5 * SECOND);
	assert_good(&t);
	r.plugs[0].dead = true;
	for (unsigned i = 0; i < 5; i++) {
		ask(&r, &t, PORT_SCHEDULED, 1);
		rig_wait(&r, MINUTE);
		assert_int_equal(t.result, MB_E_SILENCE);
	}
	assert_int_equal(r.plugs[0].opened, 1);
	rig_wait(&r, MINUTE);
	ask(&r, &t, PORT_SCHEDULED, 1);
	r.plugs[0].dead = false; /* the new one is not */
	rig_wait(&r, 5 * SECOND);
	assert_good(&t);
	assert_int_equal(r.plugs[0].opened, 2);
	rig_close(&r);
}

static void an_idle_port_is_closed(void **state)
{
	struct port_limits limits = {.idle_close_ms = 30000};
	struct talk t;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, &limits);
	for (unsigned i = 1; i <= 3; i++) {
		ask(&r, &t, PORT_SCHEDULED, 1);
		rig_wait(&r, 20 * SECOND);
		assert_good(&t);
		assert_int_equal(status(&r).state, PORT_OPEN);
		rig_wait(&r, 20 * SECOND);
		assert_int_equal(status(&r).state, PORT_CLOSED);
		assert_int_equal(r.plugs[0].opened, i);
	}
	rig_close(&r);
}

/* ---- the end ---- */

static void draining_finishes_the_telegram(void **state)
{
	struct talk chain, waiting, later;
	struct rig r;
	uint64_t begin_us;

	(void)state;
	rig_open(&r, CHAIN, TCP, NULL);
	ask(&r, &chain, PORT_SCHEDULED, 2);
	ask(&r, &waiting, PORT_SCHEDULED, 1);
	rig_wait(&r, 350000);
	begin_us = rig_now(&r);
	port_drain(r.port, begin_us + 2 * SECOND);
	assert_int_equal(waiting.result, PORT_E_CLOSED);
	talk_init(&later, PORT_INTERACTIVE, 1);
	assert_int_equal(port_submit(r.port, &later.job), PORT_E_CLOSED);
	rig_wait(&r, 5 * SECOND);
	assert_int_equal(chain.result, MB_E_CANCELLED);
	assert_int_equal(chain.telegrams, 1);
	assert_true(chain.end_us < begin_us + 2 * SECOND);
	assert_int_equal(status(&r).state, PORT_CLOSED);
	port_open(r.port);
	assert_int_equal(port_submit(r.port, &later.job), 0);
	rig_wait(&r, 5 * SECOND);
	assert_good(&later);
	rig_close(&r);
}

static void draining_what_is_lost_tells_it(void **state)
{
	struct talk t;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	ask(&r, &t, PORT_SCHEDULED, 1);
	rig_wait(&r, 1000);
	port_drain(r.port, rig_now(&r) + SECOND);
	r.plugs[0].pulled = true; /* nothing was heard: else it would be tried once more */
	rig_wait(&r, 2 * SECOND);
	assert_int_equal(t.dones, 1);
	assert_int_equal(t.result, MB_E_STREAM);
	assert_int_equal(status(&r).state, PORT_CLOSED);
	rig_close(&r);
}

static void set_true(void *ctx)
{
	*(bool *)ctx = true;
}

static void draining_ends_in_time(void **state)
{
	struct talk slow;
	struct rig r;
	uint64_t begin_us;
	bool drained = false;

	(void)state;
	rig_open(&r, CHAIN, TCP, NULL);
	ask(&r, &slow, PORT_SCHEDULED, 2);
	rig_wait(&r, 350000);
	begin_us = rig_now(&r);
	ports_drain(r.ports, begin_us + 20000, set_true, &drained);
	assert_false(drained);
	rig_wait(&r, 21000);
	assert_true(drained);
	assert_int_equal(slow.result, PORT_E_CLOSED);
	assert_in_range(slow.end_us, begin_us + 20000, begin_us + 21000);
	rig_close(&r);
}

/* ---- from within callbacks ---- */

static void submit_again(struct talk *t)
{
	if (!t->left)
		return;
	t->left--;
	t->dones = 0;
	assert_int_equal(port_submit(t->port, &t->job), 0);
}

static void give_back(struct talk *t)
{
	ports_put(t->port);
}

static void callbacks_may_do_anything(void **state)
{
	struct talk t, other;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	talk_init(&t, PORT_SCHEDULED, 1);
	t.then = submit_again;
	t.port = r.port;
	t.left = 10;
	assert_int_equal(port_submit(r.port, &t.job), 0);
	rig_wait(&r, MINUTE);
	assert_int_equal(t.left, 0);
	assert_int_equal(t.telegrams, 11);

	/* the last one closes the port: the other one is told */
	talk_init(&t, PORT_SCHEDULED, 1);
	t.then = give_back;
	t.port = r.port;
	assert_int_equal(port_submit(r.port, &t.job), 0);
	ask(&r, &other, PORT_SCHEDULED, 2);
	rig_wait(&r, MINUTE);
	assert_good(&t);
	assert_int_equal(other.result, PORT_E_CLOSED);
	assert_int_equal(ports_count(r.ports), 0);
	rig_close(&r);
}

static void jobs_without_a_dialogue(void **state)
{
	struct talk connect, bad, good;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	talk_init(&connect, PORT_INTERACTIVE, 0);
	connect.job.connect_only = true;
	assert_int_equal(port_submit(r.port, &connect.job), 0);
	ask(&r, &bad, PORT_INTERACTIVE, 252); /* no such address */
	ask(&r, &good, PORT_SCHEDULED, 1);
	rig_wait(&r, 1000);
	assert_int_equal(connect.dones, 1);
	assert_int_equal(connect.result, 0);
	assert_int_equal(bad.result, MB_E_INVALID);
	assert_true(status(&r).held);
	assert_string_equal(status(&r).holder.who, "meter 1");
	rig_wait(&r, 5 * SECOND);
	assert_good(&good);
	rig_close(&r);
}

/* ---- searches ---- */

struct hunt {
	struct port_scan scan;
	struct mb_search_node nodes[MB_SEARCH_NODES(250)];
	unsigned found, dones;
	bool complete;
	char error[PORT_TEXT_MAX];
};

static void on_scan(struct port_scan *scan, const struct mb_search_event *event)
{
	struct hunt *h = scan->ctx;

	assert_int_equal(h->dones, 0);
	h->found += event->type == MB_SEARCH_FOUND;
	if (event->type != MB_SEARCH_DONE)
		return;
	h->dones++;
	h->complete = event->done.complete;
	snprintf(h->error, sizeof(h->error), "%s", scan->error);
}

static void hunt_init(struct hunt *h)
{
	memset(h, 0, sizeof(*h));
	h->scan.config.nodes = h->nodes;
	h->scan.config.n_nodes = MB_SEARCH_NODES(250);
	h->scan.event = on_scan;
	h->scan.ctx = h;
	snprintf(h->scan.who, sizeof(h->scan.who), "scan");
}

#define CROWD \
	"[bus] seed=3\n[meter] model=water id=10000001 ids=random:7 primary=1 count=40 " \
	"delay=20..60\n"

static void a_scan_and_readings_share_the_bus(void **state)
{
	static struct hunt h;
	struct talk t[100];
	struct rig r;

	(void)state;
	rig_open(&r, CROWD, TCP, NULL);
	hunt_init(&h);
	assert_int_equal(port_scan_start(r.port, &h.scan), 0);
	assert_int_equal(port_scan_start(r.port, &h.scan), MB_E_BUSY);
	for (unsigned i = 0; i < 100; i++) {
		uint64_t begin_us = rig_now(&r);

		ask(&r, &t[i], i % 2 ? PORT_SCHEDULED : PORT_BACKGROUND, (uint8_t)(i % 40 + 1));
		rig_wait(&r, 4 * SECOND);
		assert_good(&t[i]);
		assert_in_range(t[i].end_us, begin_us, begin_us + 4 * SECOND);
		assert_true(h.dones == 0 || i > 10);
	}
	rig_wait(&r, 60 * MINUTE);
	assert_int_equal(h.dones, 1);
	assert_true(h.complete);
	assert_int_equal(h.found, 40);
	assert_int_equal(h.scan.result, 0);
	rig_close(&r);
}

static void a_scan_has_its_turn(void **state)
{
	static struct hunt h;
	struct talk t;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	hunt_init(&h);
	assert_int_equal(port_scan_start(r.port, &h.scan), 0);
	talk_init(&t, PORT_INTERACTIVE, 1); /* somebody who always wants something */
	t.then = submit_again;
	t.port = r.port;
	t.left = 3000;
	assert_int_equal(port_submit(r.port, &t.job), 0);
	while (!h.dones && t.left)
		rig_wait(&r, SECOND);
	assert_true(t.left > 0);
	t.left = 0;
	assert_true(h.complete);
	assert_int_equal(h.found, METERS);
	rig_close(&r);
}

static void a_scan_is_cancelled(void **state)
{
	static struct hunt h;
	struct talk t;
	struct rig r;

	(void)state;
	rig_open(&r, CROWD, TCP, NULL);
	hunt_init(&h);
	assert_int_equal(port_scan_start(r.port, &h.scan), 0);
	rig_wait(&r, 5 * SECOND);
	assert_true(status(&r).scanning);
	ask(&r, &t, PORT_SCHEDULED, 1);
	port_scan_cancel(&h.scan);
	assert_int_equal(h.dones, 1);
	assert_int_equal(h.scan.result, MB_E_CANCELLED);
	assert_false(h.complete);
	rig_wait(&r, 5 * SECOND);
	assert_good(&t);
	assert_int_equal(status(&r).counters.timeouts, 0); /* nobody spoke into the answer */
	port_scan_cancel(&h.scan);
	rig_close(&r);
}

static void a_scan_goes_on_from_its_state(void **state)
{
	static struct hunt h;
	static uint8_t saved[MB_SEARCH_STATE_MAX(MB_SEARCH_NODES(250))];
	struct rig r;
	unsigned before;
	int len;

	(void)state;
	rig_open(&r, CROWD, TCP, NULL);
	hunt_init(&h);
	assert_int_equal(port_scan_start(r.port, &h.scan), 0);
	rig_wait(&r, 20 * SECOND);
	r.plugs[0].pulled = true;
	rig_wait(&r, SECOND);
	assert_int_equal(h.dones, 1);
	assert_int_equal(h.scan.result, MB_E_STREAM);
	assert_non_null(strstr(h.error, "not plugged in"));
	before = h.found;
	assert_in_range(before, 1, 39);
	len = mb_search_save(&h.scan.search, saved, sizeof(saved));
	assert_true(len > 0);
	r.plugs[0].pulled = false;
	hunt_init(&h);
	h.scan.state = saved;
	h.scan.state_len = (size_t)len;
	assert_int_equal(port_scan_start(r.port, &h.scan), 0);
	rig_wait(&r, 60 * MINUTE);
	assert_true(h.complete);
	assert_int_equal(h.found + before, 40);
	rig_close(&r);
}

/* ---- many ---- */

static void a_round_of_250_meters(void **state)
{
	static struct talk t[250];
	struct rig r;
	uint64_t begin_us, last_us = 0;

	(void)state;
	rig_open(&r, "[meter] model=water id=10000001 primary=1 count=250 delay=20..60\n", TCP,
		NULL);
	begin_us = rig_now(&r);
	for (unsigned i = 0; i < 250; i++)
		ask(&r, &t[i], PORT_SCHEDULED, (uint8_t)(i + 1));
	rig_wait(&r, 10 * MINUTE);
	for (unsigned i = 0; i < 250; i++) {
		assert_good(&t[i]);
		last_us = t[i].end_us;
	}
	assert_true(last_us - begin_us < 300 * SECOND); /* 250 * 1.2 s */
	assert_int_equal(turns(rig_sim(&r)), 249);
	assert_int_equal(status(&r).counters.telegrams, 250);
	assert_true(status(&r).wait_max_ms > 100000);
	assert_in_range(status(&r).busy_ppm, 100000, 1000000);
	rig_close(&r);
}

#define DAYS 30
#define SLOTS (DAYS * 96u)

struct quarter {
	struct rig r;
	struct loop_timer *timer;
	struct talk t[2];
	unsigned good;
};

static void on_quarter(void *ctx)
{
	struct quarter *q = ctx;

	for (uint8_t i = 0; i < 2; i++) {
		q->good += q->t[i].dones && !q->t[i].result;
		ask(&q->r, &q->t[i], PORT_SCHEDULED, (uint8_t)(i + 1));
	}
	loop_timer_set(q->timer, rig_now(&q->r) + 15 * MINUTE);
}

static void a_month_of_quarter_hours(void **state)
{
	static struct quarter q;

	(void)state;
	rig_open(&q.r, SEGMENT, TCP, NULL);
	q.r.plugs[0].chunk_us = 20000;
	q.timer = loop_timer_new(q.r.loop, on_quarter, &q);
	loop_timer_set(q.timer, 0);
	rig_wait(&q.r, SLOTS * 15 * MINUTE);
	assert_int_equal(q.good, 2 * SLOTS);
	assert_int_equal(status(&q.r).counters.failed, 0);
	loop_timer_free(q.timer);
	rig_close(&q.r);
}

/* ---- another line ---- */

static void a_new_line_is_taken_between_two_dialogues(void **state)
{
	static const char segment[] = "[meter] model=water id=10000001 primary=1 baud=2400\n"
				      "[meter] model=water id=10000002 primary=2 baud=9600\n";
	static const struct mb_line fast = {9600, 8, MB_PARITY_EVEN, 1};
	struct talk before, after, own;
	struct rig r;

	(void)state;
	rig_open(&r, segment, TCP, NULL);
	ask(&r, &before, PORT_SCHEDULED, 1);
	rig_wait(&r, 100000);
	assert_true(status(&r).held);
	assert_int_equal(port_set_line(r.port, &fast), 0);
	assert_int_equal(status(&r).line.baud, 9600);
	assert_true(status(&r).line_waits);
	assert_int_equal(port_path(r.port)->line.baud, 2400);
	ask(&r, &after, PORT_SCHEDULED, 2);
	talk_init(&own, PORT_SCHEDULED, 1);
	own.job.line = (struct mb_line)MB_LINE_2400_8E1;
	assert_int_equal(port_submit(r.port, &own.job), 0);
	rig_wait(&r, 20 * SECOND);
	assert_good(&before);
	assert_good(&after);
	assert_good(&own);
	assert_int_equal(port_path(r.port)->line.baud, 9600);
	assert_false(status(&r).line_waits);
	assert_int_equal(status(&r).counters.opened, 2);
	assert_int_equal(status(&r).counters.lost, 0);
	rig_close(&r);
}

static void a_new_line_of_a_closed_port(void **state)
{
	static const struct mb_line fast = {9600, 8, MB_PARITY_EVEN, 1};
	static const struct mb_line bad[] = {{0, 8, MB_PARITY_EVEN, 1},
		{2400, 9, MB_PARITY_EVEN, 1}, {2400, 8, 3, 1}, {2400, 8, MB_PARITY_EVEN, 0}};
	struct port_limits limits = {.idle_close_ms = 1000};
	struct talk t;
	struct rig r;

	(void)state;
	rig_open(&r, "[meter] model=water id=10000001 primary=1 baud=9600\n", TCP, &limits);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(port_set_line(r.port, &bad[i]), MB_E_INVALID);
	assert_int_equal(status(&r).line.baud, 2400);
	assert_int_equal(port_set_line(r.port, &fast), 0);
	assert_false(status(&r).line_waits);
	assert_int_equal(status(&r).state, PORT_CLOSED); /* nobody wants it */
	ask(&r, &t, PORT_SCHEDULED, 1);
	rig_wait(&r, 2 * SECOND);
	assert_good(&t);
	assert_int_equal(status(&r).counters.opened, 1);
	rig_close(&r);
}

/* What was cut may still be answered: the stream is not taken away from under it. */
static void a_new_line_waits_for_what_was_cut(void **state)
{
	static const struct mb_line odd = {2400, 8, MB_PARITY_ODD, 2};
	struct talk t;
	struct rig r;

	(void)state;
	rig_open(&r, SEGMENT, TCP, NULL);
	ask(&r, &t, PORT_SCHEDULED, 1);
	rig_wait(&r, 30000);
	port_cancel(&t.job, PORT_CANCEL_NOW);
	assert_int_equal(port_set_line(r.port, &odd), 0);
	rig_wait(&r, 50000);
	assert_true(status(&r).line_waits);
	assert_int_equal(status(&r).state, PORT_OPEN);
	rig_wait(&r, SECOND);
	assert_false(status(&r).line_waits);
	assert_int_equal(status(&r).line.parity, MB_PARITY_ODD);
	assert_int_equal(status(&r).counters.opened, 2);
	rig_close(&r);
}

/* Between two of its probes; it goes on by itself, on the line that it began with. */
static void a_new_line_while_a_scan_is_under_way(void **state)
{
	static const struct mb_line other = {9600, 8, MB_PARITY_EVEN, 1};
	static struct hunt h;
	struct rig r;

	(void)state;
	rig_open(&r, CROWD, TCP, NULL);
	hunt_init(&h);
	assert_int_equal(port_scan_start(r.port, &h.scan), 0);
	rig_wait(&r, 2 * SECOND);
	assert_int_equal(port_set_line(r.port, &other), 0);
	rig_wait(&r, 5 * SECOND);
	assert_false(status(&r).line_waits);
	assert_int_equal(h.dones, 0);
	while (!h.dones)
		rig_wait(&r, SECOND);
	assert_true(h.complete);
	assert_int_equal(h.found, 40);
	assert_int_equal(status(&r).counters.opened, 2);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_job_reads_one_meter),
		cmocka_unit_test(dialogues_never_interleave),
		cmocka_unit_test(the_higher_priority_goes_first),
		cmocka_unit_test(nobody_waits_for_ever),
		cmocka_unit_test(the_queue_is_bounded),
		cmocka_unit_test(what_is_too_late_is_never_sent),
		cmocka_unit_test(a_waiting_job_is_cancelled_at_once),
		cmocka_unit_test(a_dialogue_ends_with_its_telegram),
		cmocka_unit_test(after_a_cut_the_bus_is_left_alone),
		cmocka_unit_test(each_dialogue_has_its_own_speed),
		cmocka_unit_test(a_port_that_cannot_be_opened_says_so),
		cmocka_unit_test(it_comes_back_by_itself),
		cmocka_unit_test(unplugged_within_a_dialogue),
		cmocka_unit_test(a_stale_connection_costs_no_dialogue),
		cmocka_unit_test(a_dead_connection_is_made_again),
		cmocka_unit_test(an_idle_port_is_closed),
		cmocka_unit_test(draining_finishes_the_telegram),
		cmocka_unit_test(draining_what_is_lost_tells_it),
		cmocka_unit_test(draining_ends_in_time),
		cmocka_unit_test(callbacks_may_do_anything),
		cmocka_unit_test(jobs_without_a_dialogue),
		cmocka_unit_test(a_scan_and_readings_share_the_bus),
		cmocka_unit_test(a_scan_has_its_turn),
		cmocka_unit_test(a_scan_is_cancelled),
		cmocka_unit_test(a_scan_goes_on_from_its_state),
		cmocka_unit_test(a_round_of_250_meters),
		cmocka_unit_test(a_month_of_quarter_hours),
		cmocka_unit_test(a_new_line_is_taken_between_two_dialogues),
		cmocka_unit_test(a_new_line_of_a_closed_port),
		cmocka_unit_test(a_new_line_waits_for_what_was_cut),
		cmocka_unit_test(a_new_line_while_a_scan_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
