/* SPDX-License-Identifier: MIT */
/*
 * bench [--json]			all figures
 * bench --run SET JOB PASSES	work of one job only, to be counted by callgrind
 */
#include "bench.h"

#include "hex.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_ROUNDS 9 /* the fastest counts: the machine is shared */
#define NS_ROUND_TELEGRAMS 20000
#define COUNT_PASSES 50
#define LINE_MAX_CHARS 4096

static size_t allocations;
static struct bench_set set;

/* Every allocation of the program passes here. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}

/* ---- the telegrams ---- */

/* 100 bytes, 12 records: the telegram that the aims are stated for. */
static const char *const telegram_100[] = {
	"68 5E 5E 68 08 05 72 17 58 85 06 2D 2C 08 04 04 00 00 00 0C 78 17 58 85 06 04 06 E7 91 00 "
	"00 0E 14 56 34 12 00 00 00 8C 10 06 12 34 56 00 04 59 B9 27 00 00 04 5D 08 12 00 00 04 61 "
	"B1 15 00 00 04 2D 5B 01 00 00 94 10 2D C0 01 00 00 04 FD 17 00 00 00 00 04 6D 1A 2F 65 11 "
	"CC 80 40 14 51 12 00 00 2B 16",
	NULL,
};

/* Printed in the reference of the standard or made for one feature each. */
static const char *const telegrams_own[] = {
	"68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 8B "
	"60 "
	"04 37 18 02 18 16",
	"68 15 15 68 08 02 72 78 56 34 12 24 40 01 07 13 00 00 00 0C 78 04 03 02 01 9D 16",
	"68 13 13 68 08 05 73 78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00 3C 16",
	"68 04 04 68 08 05 70 08 85 16",
	"68 04 04 68 08 05 71 04 82 16",
	NULL,
};

static void set_add_hex(const char *hex)
{
	struct bench_telegram *t = &set.telegrams[set.count];

	if (set.count == BENCH_TELEGRAMS_MAX)
		return;
	t->len = hex_read(hex, t->bytes, sizeof(t->bytes));
	set.count++;
}

static void set_load(const char *const *hex)
{
	set.count = 0;
	for (; *hex; hex++)
		set_add_hex(*hex);
}

/* Upper case and blanks only, as hex_read() wants it. */
static void tidy(char *line)
{
	for (; *line; line++) {
		if (*line >= 'a' && *line <= 'f')
			*line = (char)(*line - 'a' + 'A');
		else if (*line == '\r' || *line == '\n' || *line == '\t')
			*line = ' ';
	}
}

static void set_add_file(const char *dir, const char *name)
{
	char path[1024], text[LINE_MAX_CHARS];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f)
		return;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	tidy(text);
	set_add_hex(text);
}

/* The real telegrams, where they are at hand. */
static bool set_load_corpus(void)
{
	const char *env = getenv("METERBUS_CORPUS");
	char dir[512];
	struct dirent *entry;
	DIR *d;

	if (env)
		snprintf(dir, sizeof(dir), "%s/telegrams", env);
	else
		snprintf(dir, sizeof(dir), "%s/../shared/corpus/telegrams", METERBUS_SOURCE_ROOT);
	set.count = 0;
	d = opendir(dir);
	if (!d)
		return false;
	while ((entry = readdir(d)))
		if (strstr(entry->d_name, ".hex"))
			set_add_file(dir, entry->d_name);
	closedir(d);
	return set.count > 0;
}

static bool set_find(const char *name)
{
	if (strcmp(name, "decode") == 0)
		set_load(telegram_100);
	else if (strcmp(name, "vectors") == 0)
		set_load(telegrams_own);
	else
		return set_load_corpus();
	return true;
}

/* ---- the measuring ---- */

static size_t work_set(const struct bench_job *job, size_t passes)
{
	size_t sum = 0;

	while (passes--)
		for (size_t i = 0; i < set.count; i++)
			sum += job->work(&set.telegrams[i]);
	return sum;
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* Nanoseconds of processor time a telegram: the fastest of some rounds. */
static double measure_ns(const struct bench_job *job)
{
	size_t passes = NS_ROUND_TELEGRAMS / set.count + 1;
	volatile size_t sink = 0;
	double best = 1e18;

	for (int round = 0; round < NS_ROUNDS; round++) {
		double begin = now_ns(), ns;

		sink = sink + work_set(job, passes);
		ns = (now_ns() - begin) / (double)(passes * set.count);
		if (ns < best)
			best = ns;
	}
	return best;
}

static double measure_allocations(const struct bench_job *job)
{
	volatile size_t sink;
	size_t before;

	sink = work_set(job, 1); /* what is allocated once only does not count */
	before = allocations;
	sink = work_set(job, COUNT_PASSES);
	(void)sink;
	return (double)(allocations - before) / (double)(COUNT_PASSES * set.count);
}

/* Instructions that callgrind counts in a run of this many passes, or < 0. */
static double callgrind(const char *set_name, const char *job, int passes)
{
	char self[512], command[1024], line[256];
	double total = -1;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *p;

	if (n < 0)
		return -1;
	self[n] = '\0';
	snprintf(command, sizeof(command),
		"valgrind --tool=callgrind --callgrind-out-file=/dev/null '%s' --run %s %s %d 2>&1",
		self, set_name, job, passes);
	p = popen(command, "r");
	if (!p)
		return -1;
	while (fgets(line, sizeof(line), p)) {
		const char *at = strstr(line, "Collected : ");

		if (at)
			total = atof(at + 12);
	}
	return pclose(p) == 0 ? total : -1;
}

static void figure(const char *set_name, const char *job, const char *what, double value)
{
	char name[96];

	snprintf(name, sizeof(name), "%s.%s.%s", set_name, job, what);
	bench_print(name, value, what);
}

static void measure(const char *set_name)
{
	if (!set_find(set_name)) {
		fprintf(stderr, "%s: no telegrams, left out\n", set_name);
		return;
	}
	for (const struct bench_job *job = bench_jobs; job->name; job++) {
		double few = callgrind(set_name, job->name, 1);
		double many = callgrind(set_name, job->name, 1 + COUNT_PASSES);

		figure(set_name, job->name, "ns", measure_ns(job));
		if (few > 0 && many > 0)
			figure(set_name, job->name, "instructions",
				(many - few) / (double)(COUNT_PASSES * set.count));
		else
			fprintf(stderr, "%s: no valgrind, instructions left out\n", job->name);
		figure(set_name, job->name, "allocations", measure_allocations(job));
	}
}

static int run_only(char **argv)
{
	volatile size_t sink = 0;

	if (!set_find(argv[0]))
		return 1;
	for (const struct bench_job *job = bench_jobs; job->name; job++)
		if (strcmp(job->name, argv[1]) == 0)
			sink = sink + work_set(job, (size_t)atoi(argv[2]));
	return sink == 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "--run") == 0)
		return run_only(argv + 2);
	bench_json = argc == 2 && strcmp(argv[1], "--json") == 0;
	if (argc > 1 && !bench_json) {
		fprintf(stderr, "usage: bench [--json]\n");
		return 2;
	}
	measure("decode");
	measure("vectors");
	measure("corpus");
	bench_bus();
	return 0;
}
