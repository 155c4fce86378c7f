/* SPDX-License-Identifier: MIT */
/* What the engines cost on a clean bus at 2400 baud, in virtual time. */
#include "bench.h"

#include "sim/scenario.h"

#include <meterbus/master.h>
#include <meterbus/search.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define METERS 250
#define SEEDS 100
#define DELAY_US 30000
#define GUARD_US 13750 /* 33 bits */
#define FOREVER (48ull * 3600 * 1000000)

static struct sim *segment(const char *spec)
{
	char err[SCENARIO_ERROR_MAX];
	struct scenario s;
	struct sim *sim;

	if (scenario_from_spec(spec, &s, err, sizeof(err)) < 0) {
		fprintf(stderr, "%s\n", err);
		exit(1);
	}
	sim = scenario_build(&s, NULL, err, sizeof(err));
	scenario_done(&s);
	if (!sim) {
		fprintf(stderr, "%s\n", err);
		exit(1);
	}
	return sim;
}

/* ---- reading ---- */

static int step_master(void *ctx, uint64_t now_us)
{
	struct mb_master_event e;

	(void)now_us;
	while (mb_master_event(ctx, &e))
		if (e.type == MB_MASTER_DONE)
			return e.result == 0 ? 1 : -1;
	return 0;
}

/* Time taken, over the sum of line time, answer delays and guard times. */
static void bench_reading(void)
{
	static struct mb_master master;
	struct mb_master_config config = {.path.line = MB_LINE_2400_8E1};
	struct sim *sim = segment("meters=250,delay=30");
	struct mb_engine engine = mb_master_engine(&master);
	uint64_t sum_us;

	mb_master_init(&master, &config, 0);
	for (unsigned a = 1; a <= METERS; a++) {
		struct mb_request request = {.op = MB_OP_READ, .address.primary = (uint8_t)a};

		mb_master_submit(&master, &request, sim_now(sim));
		if (sim_run(sim, &engine, step_master, &master, FOREVER) != 1) {
			fprintf(stderr, "meter %u was not read\n", a);
			exit(1);
		}
	}
	sum_us = sim_account(sim)->busy_us + sim_account(sim)->frames * (DELAY_US + GUARD_US);
	bench_print("read.250.ratio", (double)sim_now(sim) / (double)sum_us, "ratio");
	bench_print("read.250.time", (double)sim_now(sim) / 1e6, "s of bus time");
	sim_free(sim);
}

/* ---- searching ---- */

struct figures {
	double selections, repeats, time_s;
};

static int step_search(void *ctx, uint64_t now_us)
{
	struct mb_search_event e;

	(void)now_us;
	while (mb_search_event(ctx, &e))
		if (e.type == MB_SEARCH_DONE)
			return e.done.complete ? (int)e.progress.found + 1 : -1;
	return 0;
}

/* Everybody must be found, or there is no figure. */
static void search(const char *spec, unsigned meters, struct figures *sum)
{
	static struct mb_search_node nodes[MB_SEARCH_NODES(METERS)];
	static struct mb_search s;
	struct mb_search_config config = {
		.path.line = MB_LINE_2400_8E1,
		.nodes = nodes,
		.n_nodes = MB_SEARCH_NODES(METERS),
	};
	struct sim *sim = segment(spec);
	struct mb_engine engine;
	int rc;

	mb_search_init(&s, &config, 0);
	engine = mb_search_engine(&s);
	rc = sim_run(sim, &engine, step_search, &s, FOREVER);
	if (rc != (int)meters + 1) {
		fprintf(stderr, "%s: %d found, not %u\n", spec, rc - 1, meters);
		exit(1);
	}
	sum->selections += s.plan.selections;
	sum->repeats += s.repeats;
	sum->time_s += (double)sim_now(sim) / 1e6;
	sim_free(sim);
}

static void print_search(const char *what, const struct figures *sum, unsigned n)
{
	char name[64];

	snprintf(name, sizeof(name), "search.%s.selections", what);
	bench_print(name, sum->selections / n, "distinct masks");
	snprintf(name, sizeof(name), "search.%s.repeats", what);
	bench_print(name, sum->repeats / n, "selections sent again");
	snprintf(name, sizeof(name), "search.%s.time", what);
	bench_print(name, sum->time_s / n, "s of bus time");
}

static void bench_consecutive(unsigned meters)
{
	struct figures sum = {0};
	char spec[64], what[32];

	snprintf(spec, sizeof(spec), "meters=%u,ids=consecutive", meters);
	snprintf(what, sizeof(what), "consecutive%u", meters);
	search(spec, meters, &sum);
	print_search(what, &sum, 1);
}

static void bench_random(void)
{
	struct figures sum = {0};
	char spec[64];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		snprintf(spec, sizeof(spec), "meters=%u,ids=random:%u", METERS, seed);
		search(spec, METERS, &sum);
	}
	print_search("random250", &sum, SEEDS);
}

void bench_bus(void)
{
	bench_reading();
	bench_consecutive(10);
	bench_consecutive(100);
	bench_consecutive(250);
	bench_random();
}
