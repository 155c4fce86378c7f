/* SPDX-License-Identifier: MIT */
/*
 * A segment in virtual time: meters, the wire between them and the master, and what goes wrong on
 * it. Time only passes in sim_advance(); all chance comes from the seed, so a run repeats exactly.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/meter.h"

#include <meterbus/engine.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_METERS_MAX 10000
#define SIM_RECEIVE_MAX 65536 /* bytes under way to the master; more are lost */

/* Zero is a clean line. Chances are in millionths. */
struct sim_config {
	uint64_t seed;
	uint32_t baud; /* of the converter until the master sets another; 0: 2400 */
	bool echo; /* the converter returns what the master sends */
	uint32_t echo_delay_us;
	uint32_t loss_ppm; /* of a byte, in either direction */
	uint32_t noise_ppm; /* of a bit being flipped on the way to the master */
	uint32_t glitch_ppm; /* of a byte 00 or FF in front of an answer */
	uint32_t jitter_us; /* answers start up to this much later */
	uint32_t latency_us; /* of the path from and to the converter, each way */
	uint32_t chunk_us; /* received bytes come in steps of this (USB: 16 ms); 0: as they come */
	uint32_t overcurrent; /* so many meters sending at once break the bus power; 0: never */
	int64_t start_s; /* wall clock of the meters at time 0, seconds since 1970 */
	const struct mb_cipher *cipher; /* for encrypted meters; NULL: none possible */
	size_t ledger_max; /* entries kept of what meters heard and did */
};

/* What happened on the bus. */
struct sim_account {
	uint64_t busy_us; /* somebody was sending */
	uint64_t end_us; /* end of the last byte or break */
	uint64_t selections; /* selection telegrams sent by the master, repeats included */
	uint64_t requests; /* REQ_UD1 and REQ_UD2 */
	uint64_t frames; /* telegrams of the master */
	uint64_t sent, received; /* bytes of the master; received: before loss */
	uint64_t overlaps; /* answers that ran into one another */
	uint64_t power_losses;
};

/* A frame that a meter heard as its own, and its reaction. */
struct sim_entry {
	uint64_t time_us;
	const struct sim_meter *meter;
	uint8_t c, a, ci;
	uint8_t reaction; /* enum mb_slave_reaction */
};

struct sim;

struct sim *sim_new(const struct sim_config *config); /* NULL: no memory */
void sim_free(struct sim *sim); /* with its meters; sim_free(NULL) is fine */

/* Adds a meter; the sim owns it. NULL and a sentence in ret_err when it cannot be made. */
struct sim_meter *sim_add(
	struct sim *sim, const struct sim_meter_config *config, char *ret_err, size_t err_max);
size_t sim_meters(const struct sim *sim);
struct sim_meter *sim_meter_at(const struct sim *sim, size_t i);

uint64_t sim_now(const struct sim *sim);
const struct sim_account *sim_account(const struct sim *sim);
const struct sim_config *sim_settings(const struct sim *sim);
/* The ledger, oldest first; what went past ledger_max is only counted in the meters. */
size_t sim_ledger(const struct sim *sim, const struct sim_entry **ret_entries);

/* ---- the master's end ---- */

void sim_set_line(struct sim *sim, const struct mb_line *line);
void sim_line(const struct sim *sim, struct mb_line *ret_line);
/* Puts bytes behind all that was put before. Returns when the master reckons their end. */
uint64_t sim_send(struct sim *sim, const uint8_t *bytes, size_t n);
uint64_t sim_send_break(struct sim *sim, uint32_t break_us);
/* The next time at which anything happens, or MB_NEVER. */
uint64_t sim_next(struct sim *sim);
/* Lets time pass until then, or until bytes arrive at the master. */
void sim_advance(struct sim *sim, uint64_t until_us);
/* Bytes that have arrived by now; marks one a byte. */
size_t sim_receive(struct sim *sim, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max);
/* The next n answers are lost on the line: the meters send, nobody hears. */
void sim_lose_answers(struct sim *sim, unsigned n);
/* Nothing is on the wire, on its way to the master, or about to be answered. */
bool sim_quiet(struct sim *sim);

/*
 * Drives an engine as the master. step() is called after every progress and at the start; what
 * it returns, if not 0, ends the run. Also ends, with 0, when the time is over or nothing
 * will happen any more.
 */
typedef int sim_step(void *ctx, uint64_t now_us);
int sim_run(struct sim *sim, const struct mb_engine *engine, sim_step *step, void *ctx,
	uint64_t until_us);

#endif
