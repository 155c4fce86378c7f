/* SPDX-License-Identifier: MIT */
/*
 * store [--json]: what the store takes and gives. METERBUS_BENCH_POINTS: points of the big store
 * (5,000,000; the aim is stated for 100,000,000); TMPDIR: the disk to measure.
 */
#include "bench.h"
#include "vfs.h"

#include "store/batch.h"
#include "store/reader.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define T0 INT64_C(1700000000000)
#define DAY_ZERO 19000
#define DAYS 365
#define QUARTERS 96
#define QUARTER_MS 900000
#define ACCOUNTS 250
#define TELEGRAMS 200000 /* of a measurement of speed */
#define QUERIES 200

static char dir[256];

static void die(const char *what)
{
	fprintf(stderr, "store: %s\n", what);
	exit(1);
}

static double now_s(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static struct store *open_store(const char *name, const char *vfs, char *ret_path, size_t max)
{
	struct store_options options = {.path = ret_path, .now_ms = T0, .vfs = vfs};
	struct store *s;
	char err[512];

	snprintf(ret_path, max, "%s/%s", dir, name);
	if (store_open(&options, &s, err, sizeof(err)) < 0)
		die(err);
	return s;
}

/* ---- telegrams ---- */

/* 100 bytes, 12 records: as in bench.c. */
static struct bench_telegram telegram = {
	.bytes = {0x68, 0x5E, 0x5E, 0x68, 0x08, 0x05, 0x72, 0x17, 0x58, 0x85, 0x06, 0x2D, 0x2C,
		0x08, 0x04, 0x04, 0x00, 0x00, 0x00, 0x0C, 0x78, 0x17, 0x58, 0x85, 0x06, 0x04, 0x06,
		0xE7, 0x91, 0x00, 0x00, 0x0E, 0x14, 0x56, 0x34, 0x12, 0x00, 0x00, 0x00, 0x8C, 0x10,
		0x06, 0x12, 0x34, 0x56, 0x00, 0x04, 0x59, 0xB9, 0x27, 0x00, 0x00, 0x04, 0x5D, 0x08,
		0x12, 0x00, 0x00, 0x04, 0x61, 0xB1, 0x15, 0x00, 0x00, 0x04, 0x2D, 0x5B, 0x01, 0x00,
		0x00, 0x94, 0x10, 0x2D, 0xC0, 0x01, 0x00, 0x00, 0x04, 0xFD, 0x17, 0x00, 0x00, 0x00,
		0x00, 0x04, 0x6D, 0x1A, 0x2F, 0x65, 0x11, 0xCC, 0x80, 0x40, 0x14, 0x51, 0x12, 0x00,
		0x00, 0x2B, 0x16},
	.len = 100,
};

static bench_work *decode;

static void add_telegram(struct store_batch *b, unsigned i)
{
	struct store_telegram t = {.account = i % ACCOUNTS + 1,
		.time_ms = T0 + i,
		.due_ms = T0 + i - i % 1000,
		.duration_ms = 400,
		.flags = STORE_SCHEDULED,
		.len = (uint16_t)telegram.len,
		.bytes = telegram.bytes};

	telegram.bytes[27] = (uint8_t)i; /* no two alike */
	if (store_batch_telegrams(b, &t, 1) < 0)
		die("a telegram is refused");
}

static size_t commit_telegrams(struct store *s, unsigned first, unsigned n)
{
	struct store_batch *b = store_batch_new();
	size_t sink = 0;

	for (unsigned i = first; i < first + n; i++) {
		add_telegram(b, i);
		sink += decode(&telegram);
	}
	if (store_commit(s, &b, 1, T0) < 0 || store_batch_result(b) < 0)
		die("a commit fails");
	store_batch_free(b);
	return sink;
}

static void measure_rate(unsigned batch)
{
	char path[300], name[64];
	unsigned count = batch < 10 ? TELEGRAMS / 100 : TELEGRAMS;
	struct store *s;
	volatile size_t sink = 0;
	double wall, cpu;

	snprintf(name, sizeof(name), "rate%u", batch);
	s = open_store(name, NULL, path, sizeof(path));
	wall = now_s(CLOCK_MONOTONIC);
	cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 0; i < count; i += batch)
		sink = sink + commit_telegrams(s, i, batch);
	wall = now_s(CLOCK_MONOTONIC) - wall;
	cpu = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	store_close(s);
	snprintf(name, sizeof(name), "store.batch%u.durable", batch);
	bench_print(name, count / wall, "telegrams/s");
	snprintf(name, sizeof(name), "store.batch%u.processor", batch);
	bench_print(name, cpu / count * 1e9, "ns/telegram");
}

/* What a flash card has to take, log and file and all. */
static void measure_writes(unsigned batch)
{
	char path[300], name[64];
	unsigned count = batch < 10 ? TELEGRAMS / 20 : TELEGRAMS;
	struct store *s;

	snprintf(name, sizeof(name), "writes%u", batch);
	vfs_reset();
	s = open_store(name, VFS_NAME, path, sizeof(path));
	vfs_reset();
	for (unsigned i = 0; i < count; i += batch)
		commit_telegrams(s, i, batch);
	store_close(s);
	snprintf(name, sizeof(name), "store.batch%u.written", batch);
	bench_print(name, (double)vfs_counters().bytes / count, "bytes/telegram");
}

/* ---- points ---- */

struct series_state {
	uint64_t value;
	unsigned x;
};

static void fill_day(struct series_state *state, uint32_t day, struct store_point *points)
{
	for (int i = 0; i < QUARTERS; i++) {
		state->x = state->x * 1103515245 + 12345;
		state->value += state->x >> 16 & 0x3ff;
		points[i] = (struct store_point){
			.time_ms = day * STORE_DAY_MS + i * QUARTER_MS + (state->x >> 24 & 0x7f),
			.offset_s = 3600,
			.type = STORE_NUMBER,
			.quality = 192,
			.number = {state->value, -3, false},
		};
	}
}

static void add_day(struct store *s, struct series_state *states, uint32_t series, uint32_t day)
{
	struct store_batch *b = store_batch_new();
	struct store_point points[QUARTERS];

	for (uint32_t id = 1; id <= series; id++) {
		fill_day(&states[id - 1], day, points);
		if (store_batch_chunk(b, id, day, points, QUARTERS) < 0)
			die("a chunk is refused");
	}
	if (store_commit(s, &b, 1, T0) < 0 || store_batch_result(b) < 0)
		die("a commit fails");
	store_batch_free(b);
}

static uint32_t fill_points(struct store *s)
{
	const char *env = getenv("METERBUS_BENCH_POINTS");
	double points = env ? atof(env) : 5e6;
	uint32_t series = (uint32_t)(points / (DAYS * QUARTERS)) + 1;
	struct series_state *states = calloc(series, sizeof(*states));
	double wall = now_s(CLOCK_MONOTONIC);
	struct store_stats stats;

	for (uint32_t i = 0; i < series; i++)
		states[i].x = i;
	for (uint32_t day = 0; day < DAYS; day++)
		add_day(s, states, series, DAY_ZERO + day);
	free(states);
	wall = now_s(CLOCK_MONOTONIC) - wall;
	points = (double)series * DAYS * QUARTERS;
	store_stats(s, &stats);
	bench_print("store.points", points, "points");
	bench_print("store.points.compacted", points / wall, "points/s");
	bench_print("store.points.disk", (double)stats.disk_bytes / points, "bytes/point");
	return series;
}

static void measure_day_writes(void)
{
	enum {
		SERIES = 3000,
		SOME_DAYS = 20
	};
	struct series_state *states = calloc(SERIES, sizeof(*states));
	char path[300];
	struct store *s;

	vfs_reset();
	s = open_store("days", VFS_NAME, path, sizeof(path));
	vfs_reset();
	for (uint32_t day = 0; day < SOME_DAYS; day++)
		add_day(s, states, SERIES, DAY_ZERO + day);
	store_close(s);
	free(states);
	bench_print("store.points.written",
		(double)vfs_counters().bytes / ((double)SERIES * SOME_DAYS * QUARTERS),
		"bytes/point");
}

static int count_point(void *ctx, const struct store_point *p)
{
	*(uint64_t *)ctx += p->number.magnitude != 0;
	return 0;
}

static int count_bucket(void *ctx, const struct store_bucket *b)
{
	*(uint64_t *)ctx += b->count;
	return 0;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* So that the next read comes from the disk. */
static void drop_cache(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		die("the page cache cannot be dropped");
	close(fd);
}

static uint64_t query(struct store_reader *r, uint32_t series, uint32_t buckets)
{
	int64_t from = DAY_ZERO * STORE_DAY_MS, to = from + DAYS * STORE_DAY_MS - 1;
	uint64_t n = 0;
	int64_t rc = buckets ? store_buckets(r, series, from, to, buckets, count_bucket, &n)
			     : store_points(r, series, from, to, count_point, &n);

	if (rc < 0)
		die("a query fails");
	return n;
}

static void measure_queries(
	struct store *s, const char *path, uint32_t series, uint32_t buckets, bool cold)
{
	double ms[QUERIES], cpu = 0;
	struct store_reader *r;
	unsigned x = 4711;
	char name[64];

	if (store_reader_open(s, &r) < 0)
		die("no reader");
	for (int i = 0; i < QUERIES; i++) {
		x = x * 1103515245 + 12345;
		if (cold)
			drop_cache(path);
		cpu -= now_s(CLOCK_PROCESS_CPUTIME_ID);
		ms[i] = now_s(CLOCK_MONOTONIC);
		if (query(r, 1 + (x >> 8) % series, buckets) < DAYS * QUARTERS - 1)
			die("points are missing");
		ms[i] = (now_s(CLOCK_MONOTONIC) - ms[i]) * 1e3;
		cpu += now_s(CLOCK_PROCESS_CPUTIME_ID);
	}
	store_reader_close(r);
	qsort(ms, QUERIES, sizeof(ms[0]), by_size);
	snprintf(name, sizeof(name), "store.year%s%s.p50", buckets ? ".buckets" : "",
		cold ? ".cold" : "");
	bench_print(name, ms[QUERIES / 2], "ms");
	strcpy(strrchr(name, '.'), ".p99");
	bench_print(name, ms[QUERIES * 99 / 100], "ms");
	strcpy(strrchr(name, '.'), ".processor");
	bench_print(name, cpu / QUERIES * 1e3, "ms");
}

static void query_all(struct store *s, uint32_t series)
{
	struct store_reader *r;

	if (store_reader_open(s, &r) < 0)
		die("no reader");
	for (uint32_t id = 1; id <= series; id++)
		query(r, id, 0);
	store_reader_close(r);
}

static void measure_points(void)
{
	char path[300];
	struct store *s = open_store("points", NULL, path, sizeof(path));
	uint32_t series = fill_points(s);
	double ms;
	struct store_stats stats;

	for (unsigned i = 0; i < TELEGRAMS; i += 1000)
		commit_telegrams(s, i, 1000);
	store_close(s);
	drop_cache(path);
	ms = now_s(CLOCK_MONOTONIC);
	s = open_store("points", NULL, path, sizeof(path));
	bench_print("store.open", (now_s(CLOCK_MONOTONIC) - ms) * 1e3, "ms");
	store_stats(s, &stats);
	bench_print("store.open.rows", (double)stats.opened_rows, "rows");
	query_all(s, series); /* so that warm is warm */
	measure_queries(s, path, series, 0, false);
	measure_queries(s, path, series, 1000, false);
	measure_queries(s, path, series, 0, true);
	store_close(s);
}

int main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");

	bench_json = argc == 2 && strcmp(argv[1], "--json") == 0;
	if (argc > 1 && !bench_json) {
		fprintf(stderr, "usage: store [--json]\n");
		return 2;
	}
	for (const struct bench_job *job = bench_jobs; job->name; job++)
		if (strcmp(job->name, "values") == 0)
			decode = job->work;
	snprintf(dir, sizeof(dir), "%s/store.XXXXXX", tmp ? tmp : "/tmp");
	if (!decode || !mkdtemp(dir))
		die("no directory");
	vfs_register();
	measure_rate(1000);
	measure_rate(100);
	measure_rate(1);
	measure_writes(1);
	measure_writes(10);
	measure_writes(100);
	measure_writes(1000);
	measure_day_writes();
	measure_points();
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}
