/* SPDX-License-Identifier: MIT */
/* A meter: a slave engine, a model, and registers that move with the segment's time. */
#ifndef SIM_METER_H
#define SIM_METER_H

#include "sim/model.h"

#include <meterbus/security.h>
#include <meterbus/slave.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METER_TELEGRAMS_MAX 16
#define METER_REACTIONS 5 /* of MB_SLAVE_REACTION_MAP */

struct sim_meter_config {
	const struct model *model; /* NULL: the telegrams below, as they are */
	struct mb_slave_config slave; /* identity, addresses, speed, delays, quirks */
	bool has_key;
	uint8_t key[MB_KEY_LEN];
	uint32_t distance_m; /* of cable to the master */
	bool unlocked; /* obeys writes to its first counter */
	uint8_t alarm; /* bits of an alarm that is pending at the start; 0: none */
	uint8_t status; /* bits of the status byte */
	/* RSP_UD frames to be served as they are; their headers get this meter's address */
	struct mb_slave_telegram raw[METER_TELEGRAMS_MAX];
	size_t n_raw;
};

struct sim_meter {
	struct mb_slave slave;
	const struct model *model;
	bool has_key, unlocked;
	uint8_t key[MB_KEY_LEN];
	const struct mb_cipher *cipher;
	uint32_t fabrication;
	int64_t start_s; /* wall clock at time 0 of the segment, seconds since 1970 */
	int64_t clock_s; /* of the meter at time 0 of the segment, seconds since 1970 */
	int64_t credit; /* added to the first counter by writes (VIFE 01, 02) */
	uint32_t distance_m;
	struct mb_slave_telegram telegrams[METER_TELEGRAMS_MAX];
	size_t n_telegrams;
	uint8_t *bytes; /* of the telegrams, MB_FRAME_DATA_MAX each */

	/* of the wire */
	uint64_t tx_end_ns; /* deaf until then */
	uint64_t count[METER_REACTIONS];
	uint64_t selected; /* times */
};

/* 0, or < 0 and a sentence in ret_err. Zeroed before; meter_done() in any case. */
int meter_init(struct sim_meter *m, const struct sim_meter_config *config,
	const struct mb_cipher *cipher, int64_t start_s, char *ret_err, size_t err_max);
void meter_done(struct sim_meter *m);
/* Writes the registers of this moment into the telegrams; access is that of the coming answer. */
void meter_refresh(struct sim_meter *m, uint64_t now_us, uint8_t access);
/* What the slave's events mean for the registers: clock, writes. */
void meter_take(struct sim_meter *m, const struct mb_slave_event *event, uint64_t now_us);

#endif
