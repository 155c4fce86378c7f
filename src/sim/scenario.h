/* SPDX-License-Identifier: MIT */
/* A segment described in a small text file; see doc/scenario.md. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "sim/sim.h"

#include <stddef.h>
#include <stdint.h>

#define SCENARIO_FILE_MAX 1048576 /* bytes */
#define SCENARIO_ERROR_MAX 512

struct scenario {
	struct sim_config bus;
	struct sim_meter_config *meters;
	size_t n_meters;
	uint8_t **blobs; /* telegrams given as bytes */
	size_t n_blobs;
};

/* 0, or < 0 and "FILE:LINE: what is wrong, and what is allowed"; then *ret is empty. */
int scenario_parse(
	const char *text, const char *name, struct scenario *ret, char *ret_err, size_t err_max);
int scenario_read(const char *path, struct scenario *ret, char *ret_err, size_t err_max);
/*
 * The same from one line: "FILE", "FILE?seed=7&loss=0.01", or without a file
 * "meters=250,ids=random:7,baud=2400,model=water". Keys of [bus] go to the bus, others to the series.
 */
int scenario_from_spec(const char *spec, struct scenario *ret, char *ret_err, size_t err_max);
void scenario_done(struct scenario *s);

/* The segment with its meters. cipher may be NULL. NULL and a sentence when it cannot be made. */
struct sim *scenario_build(
	const struct scenario *s, const struct mb_cipher *cipher, char *ret_err, size_t err_max);

#endif
