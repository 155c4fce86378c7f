/* SPDX-License-Identifier: MIT */
/*
 * What a reader of AMS records sees when the ring overflows, the power is cut at random and the clock
 * stands at 1970 after each boot: whole lines, one after the other, and under a number once seen always
 * the same line. METERBUS_POWER_CUTS: how many cuts (60).
 */
#include "site.h"

#include "../store/vfs.h"
#include "collect/schedule.h"
#include "gateway/scdata.h"
#include "store/crc.h"

#include <inttypes.h>
#include <stdlib.h>

#define SEQ_MAX 200000
#define CUTS 60
#define METERS 8
#define HOUR_S 3600.0
#define OUTAGE_MAX_MS 7200000

static const char segment[] = "[bus]\nbaud=9600\nseed=3\n"
			      "[meter]\nmodel=electricity-multi\ncount=8\nprimary=1\nbaud=9600\n";

/* ---- the reader -------------------------------------------------------------------------------- */

/* A program that polls: what it has seen, by number. */
struct client {
	uint32_t crc[SEQ_MAX]; /* of the line; 0: not seen */
	uint64_t last; /* seen */
	uint64_t first_now, last_now; /* in the store, at the last look */
	uint64_t lines, doubted, missed;
};

static struct client client;

/* ^SCDATA: "AMS",time,seq,"MBUS",index,error,"","68...16" */
static void check_line(const char *line, const struct store_telegram *t)
{
	uint8_t bytes[SCDATA_BYTES_MAX];
	unsigned index, error, byte;
	struct mb_frame frame;
	int64_t time_s;
	uint64_t seq;
	size_t len = 0;
	int at = 0;

	if (sscanf(line, "^SCDATA: \"AMS\",%" SCNd64 ",%" SCNu64 ",\"MBUS\",%u,%u,\"\",\"%n",
		    &time_s, &seq, &index, &error, &at) != 4 ||
		!at)
		fail_msg("%s", line);
	for (line += at; sscanf(line, "%2X", &byte) == 1 && line[1] != '"'; line += 2)
		bytes[len++] = (uint8_t)byte;
	assert_string_equal(line, "\"");
	assert_int_equal(seq, t->seq);
	assert_int_equal(time_s, t->time_ms / 1000);
	assert_in_range(index, 1, METERS);
	if (error) {
		assert_int_equal(error, SCDATA_NOT_STARTED); /* nothing else goes wrong here */
		assert_int_equal(len, 0);
		return;
	}
	assert_int_equal(mb_frame_parse(bytes, len, &frame), len);
	assert_int_equal(frame.a, index);
}

static int see(void *ctx, const struct store_telegram *t)
{
	struct scdata_record record = {
		.time_s = t->time_ms / 1000,
		.seq = t->seq,
		.index = t->index,
		.error = scdata_error(t->error, SCDATA_STEP_REQUEST),
		.bytes = t->bytes,
		.len = t->len,
	};
	char line[SCDATA_LINE_MAX];
	struct client *c = ctx;
	uint32_t crc;

	assert_true(scdata_format(&record, line, sizeof(line)) > 0);
	check_line(line, t);
	assert_true(t->seq < SEQ_MAX);
	if (c->last_now)
		assert_int_equal(t->seq, c->last_now + 1);
	else
		c->first_now = t->seq;
	c->last_now = t->seq;
	crc = crc32_add(0, (const uint8_t *)line, strlen(line));
	if (c->crc[t->seq])
		assert_int_equal(c->crc[t->seq], crc);
	c->crc[t->seq] = crc;
	c->lines++;
	c->doubted += (t->flags & STORE_CLOCK_DOUBT) != 0;
	c->missed += (t->flags & STORE_MISSED) != 0;
	/* what has to do with a clock that nobody had set says so, and nothing else does */
	assert_int_equal((t->flags & STORE_CLOCK_DOUBT) != 0,
		t->time_ms < SCHEDULE_CLOCK_MS || (t->due_ms && t->due_ms < SCHEDULE_CLOCK_MS));
	if (t->flags & STORE_MISSED) /* the outages here are short, whatever the clock said */
		assert_in_range(t->time_ms - t->due_ms, 0, OUTAGE_MAX_MS);
	return 0;
}

static void look(struct client *c, struct store *store)
{
	struct store_telegram_filter all = {0};
	struct store_reader *reader;

	c->first_now = c->last_now = c->lines = c->doubted = c->missed = 0;
	assert_int_equal(store_reader_open(store, &reader), 0);
	assert_true(store_telegrams(reader, &all, see, c) >= 0);
	store_reader_close(reader);
	assert_true(c->last_now >= c->last); /* what was seen is there, or was overwritten */
	c->last = c->last_now;
}

/* What another disk shows has not been seen by this one. */
static void forget_after(struct client *c, uint64_t seq)
{
	memset(&c->crc[seq + 1], 0, (SEQ_MAX - seq - 1) * sizeof(c->crc[0]));
	c->last = seq;
}

/* ---- the site ---------------------------------------------------------------------------------- */

static void add_meters(struct site *s)
{
	char json[256];

	for (unsigned i = 1; i <= METERS; i++) {
		snprintf(json, sizeof(json),
			"{\"name\":\"m%u\",\"connection\":\"tcp\",\"host\":\"127.0.0.1\",\"port\":"
			"10001,"
			"\"baud_rate\":9600,\"address\":%u,\"index\":%u,\"period\":\"1M\"}",
			i, i, i);
		site_account(s, json);
	}
}

/* The box has no battery: it boots in 1970, and somebody sets the clock some minutes later. */
static void boot(struct site *s, int64_t true_ms)
{
	uint64_t from_us = loop_now_us(s->loop);

	loop_virtual_set_wall(s->loop, 5000);
	site_open(s);
	site_run(s, 200);
	look(&client, s->store);
	loop_virtual_set_wall(s->loop, true_ms + (int64_t)(loop_now_us(s->loop) - from_us) / 1000);
	site_run(s, 100);
	look(&client, s->store);
	assert_true(client.doubted > 0);
	assert_true(client.missed >= METERS);
}

static uint32_t chance(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 8) % below;
}

/* ---- the ring ---------------------------------------------------------------------------------- */

static void test_ring_overflows(void **state)
{
	struct site *s = site_new("2026-03-01T00:00:05");
	uint64_t boots = 0;
	uint32_t seed = 7;

	(void)state;
	s->options.max_bytes = STORE_BYTES_MIN;
	s->options.retention.ring = true;
	memset(&client, 0, sizeof(client));
	site_bus(s, segment);
	site_open(s);
	add_meters(s);
	while (client.first_now < 10000) {
		int64_t wall_ms;

		site_run(s, HOUR_S + chance(&seed, 3600));
		look(&client, s->store);
		if (chance(&seed, 3))
			continue;
		site_run(s, chance(&seed, 60));
		wall_ms = site_wall_ms(s);
		site_kill(s);
		boot(s, wall_ms + 30000);
		boots++;
		assert_true(client.last < SEQ_MAX / 2); /* it does come round */
	}
	print_message("%" PRIu64 " records seen, the last %" PRIu64 " are kept; %" PRIu64
		      " boots in 1970\n",
		client.last, client.lines, boots);
	assert_true(boots >= 3);
	site_free(s);
}

/* ---- the power --------------------------------------------------------------------------------- */

/* Small limits, so that there is much trimming; a client looks every minute. */
static void record(void)
{
	struct site *s = site_new("2026-03-01T00:00:05");

	s->options.vfs = VFS_NAME;
	s->options.max_bytes = STORE_BYTES_MIN;
	s->options.retention.kind[STORE_TELEGRAMS].bytes = 100000;
	vfs_register();
	vfs_reset();
	vfs_record(true);
	memset(&client, 0, sizeof(client));
	site_bus(s, segment);
	site_open(s);
	add_meters(s);
	for (int minute = 0; minute < 90; minute++) {
		site_run(s, 60);
		look(&client, s->store);
		vfs_mark(client.last);
	}
	assert_true(client.first_now > 1000); /* it has come round */
	vfs_record(false);
	site_free(s);
}

/* What a disk may hold after the cut: looked at, and then the box boots from it. */
static void cut(size_t step, uint32_t seed, int mode, bool goes_on)
{
	struct site *s = site_new("2026-03-01T01:35:00");
	uint64_t seen = vfs_marked(step), last;
	struct store *store;
	char err[512];

	vfs_rebuild(step, s->dir, seed, mode);
	s->options.now_ms = site_wall_ms(s);
	if (store_open(&s->options, &store, err, sizeof(err)) < 0)
		fail_msg("cut after step %zu, mode %d, seed %u: %s", step, mode, seed, err);
	client.last = seen;
	look(&client, store);
	store_close(store);
	last = client.last;
	if (goes_on) {
		forget_after(&client, last);
		site_bus(s, segment);
		boot(s, site_wall_ms(s));
		assert_true(client.last > last);
	}
	site_free(s);
}

static void test_power_cuts(void **state)
{
	const char *env = getenv("METERBUS_POWER_CUTS");
	unsigned cuts = env ? (unsigned)atoi(env) : CUTS, booted = 0;
	static struct client whole;
	uint32_t seed = 1;
	size_t step;

	(void)state;
	record();
	whole = client;
	for (unsigned i = 0; i < cuts; i++) {
		bool goes_on = i % 6 == 5;

		step = chance(&seed, (uint32_t)vfs_steps());
		if (!vfs_marked(step))
			continue; /* before anything was seen */
		client = whole;
		cut(step, seed, (int)(i % 4), goes_on);
		booted += goes_on;
	}
	print_message("%u cuts in %zu steps, %u booted again\n", cuts, vfs_steps(), booted);
	assert_true(booted > 0 || cuts < CUTS);
	vfs_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_overflows),
		cmocka_unit_test(test_power_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
