/* SPDX-License-Identifier: MIT */
/*
 * The first bytes of the input make a configuration, the rest is what the search hears, or a saved
 * state to go on with. It comes to an end, once, and says each meter once.
 */
#include <meterbus/error.h>
#include <meterbus/search.h>
#include <string.h>

#include "drive.h"

#define HEAD 4 /* bytes of the input that make the configuration */
#define NODES_MAX 64
#define SELECTIONS_MAX 40
#define ROUNDS_MAX 100000

static struct mb_search_node nodes[NODES_MAX];

static void make_config(const uint8_t *head, struct mb_search_config *ret_config)
{
	*ret_config = (struct mb_search_config){
		.path.line = MB_LINE_2400_8E1,
		.kind = head[0] & 1 ? MB_SEARCH_PRIMARY : MB_SEARCH_SECONDARY,
		.no_clean_up = head[0] & 2,
		.hex = head[0] & 4,
		.most_significant = head[0] & 8,
		.verify = head[0] & 16,
		.ask_silent = head[0] & 32,
		.nodes = nodes,
		.n_nodes = head[1] % (NODES_MAX + 1),
		.depth_limited = head[2] & 1,
		.depth = head[2] / 2 % MB_SEARCH_DEPTH_COUNT,
		.max_selections = 1 + head[3] % SELECTIONS_MAX,
	};
}

/* True when DONE was among them. */
static bool events(struct mb_search *search)
{
	struct mb_search_event event;
	bool done = false;

	while (mb_search_event(search, &event)) {
		CHECK(!done);
		CHECK(event.len == 0 || event.bytes != NULL);
		CHECK(event.progress.part_ppm <= 1000000);
		if (event.type == MB_SEARCH_DONE) {
			CHECK(event.done.complete == (event.done.reason == MB_SEARCH_REASON_NONE));
			done = true;
		}
	}
	return done;
}

static void save(const struct mb_search *search, const struct mb_search_config *config)
{
	static uint8_t state[MB_SEARCH_STATE_MAX(NODES_MAX)];
	static struct mb_search_node others[NODES_MAX];
	static struct mb_search other;
	struct mb_search_config same = *config;
	int n = mb_search_save(search, state, sizeof(state));

	CHECK(n > 0);
	same.nodes = others;
	CHECK(mb_search_init(&other, &same, 0) == 0);
	CHECK(mb_search_load(&other, state, (size_t)n) >= 0);
	CHECK(mb_search_load(&other, state, (size_t)n - 1) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mb_search search;
	struct mb_search_config config;
	struct drive drive = {0};
	int rounds = 0;

	if (size < HEAD)
		return 0;
	make_config(data, &config);
	if (mb_search_init(&search, &config, 0) < 0)
		return 0;
	drive.engine = mb_search_engine(&search);
	drive.data = data + HEAD;
	drive.size = size - HEAD;
	if (data[0] & 128 && mb_search_load(&search, drive.data, drive.size) >= 0)
		drive.size = 0;
	while (!events(&search)) {
		CHECK(drive_round(&drive));
		CHECK(++rounds < ROUNDS_MAX);
		if (rounds == data[1])
			save(&search, &config);
	}
	return 0;
}
