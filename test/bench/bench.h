/* SPDX-License-Identifier: MIT */
/* Figures of merit: what one is, and how the measuring asks for it. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_TELEGRAMS_MAX 200

/* A telegram to measure with. */
struct bench_telegram {
	uint8_t bytes[261];
	size_t len;
};

struct bench_set {
	struct bench_telegram telegrams[BENCH_TELEGRAMS_MAX];
	size_t count;
};

/* One pass over one telegram; returns something that depends on all of the work. */
typedef size_t bench_work(const struct bench_telegram *telegram);

struct bench_job {
	const char *name; /* "values" */
	bench_work *work;
};

extern const struct bench_job bench_jobs[]; /* ends with a row without name */

/* A figure of the bus, in virtual time; prints itself with bench_print. */
void bench_bus(void);

/* One line, a human's or of JSON. */
extern bool bench_json;
void bench_print(const char *name, double value, const char *unit);

#endif
