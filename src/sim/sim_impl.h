/* SPDX-License-Identifier: MIT */
/* What sim.c (events) and wire.c (the line) share. */
#ifndef SIM_SIM_IMPL_H
#define SIM_SIM_IMPL_H

#include "base/buf.h"
#include "sim/random.h"
#include "sim/sim.h"
#include "sim/wave.h"

#define SIM_DOWN_MAX 64 /* chunks of the master that have not yet passed */

/* What the master sends in one piece; the meters hear it when it has passed. */
struct chunk {
	uint64_t end_us;
	struct wave wave;
};

/* A byte on its way from the line to the master. */
struct arrival {
	uint64_t time_us;
	uint8_t byte, marks;
};

/* A chunk as a UART of this line reads it. */
struct heard {
	struct mb_line line; /* baud 0: nothing yet */
	uint8_t bytes[WAVE_BYTES_MAX * 2];
	uint8_t marks[WAVE_BYTES_MAX * 2];
	size_t n;
};

struct sim {
	struct sim_config config;
	struct sim_account account;
	struct random random;
	unsigned lose_answers; /* the next so many */
	uint64_t now_us;
	struct sim_meter **meters;
	size_t n_meters;
	bool meters_known; /* what is next */
	uint64_t meters_us; /* the first of their deadlines */
	struct buf ledger; /* struct sim_entry */

	struct mb_line line; /* of the converter */
	uint64_t sending_until_us; /* by the master */
	struct buf down; /* struct chunk */
	struct buf up; /* struct arrival */
	struct wave *waves; /* on the line towards the master */
	size_t n_waves, waves_size;
	struct uart uart; /* of the converter */

	/* the byte that it will hear next, as things stand */
	bool looked, coming;
	struct uart ahead; /* behind that byte */
	struct uart_byte next;
};

/* wire.c */
uint64_t wire_due(struct sim *sim); /* end of the next byte at the converter */
void wire_listen(struct sim *sim); /* takes the bytes that are complete by now */
/* A meter begins to send now; returns when it has. */
uint64_t wire_answer(struct sim *sim, struct sim_meter *m, const uint8_t *bytes, size_t n);
void wire_hear(const struct wave *wave, const struct mb_line *line, struct heard *ret_heard);

/* sim.c */
void sim_power_loss(struct sim *sim);

#endif
