/* SPDX-License-Identifier: MIT */
/*
 * What spans the telegrams of one answer: occurrences of equal keys, bases of compact profiles,
 * formats of compact frames. Lives in the caller's memory, sizeof(struct mb_chain), about 13 KiB. A
 * chain is begun once per readout; formats survive it.
 *
 *	mb_chain_init(&chain);				once a meter
 *	mb_chain_begin(&chain);				each readout
 *	for each telegram of the answer:
 *		mb_chain_learn(&chain, &telegram);	only for meters with compact frames
 *		mb_cursor_init(&cur, &telegram, &chain);
 *		while (mb_record_next(&cur, &rec) > 0)
 *			use(&rec);
 */
#ifndef METERBUS_CHAIN_H
#define METERBUS_CHAIN_H

#include <meterbus/record.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_CHAIN_KEYS \
	512 /* distinct keys counted; more: occurrence stays 0 and `overflow` is set */
#define MB_CHAIN_BASES 64 /* base records kept for compact profiles, the newest win */
#define MB_CHAIN_FORMATS 4 /* format frames kept, the oldest is dropped */

/* A value that a compact profile may build on. */
struct mb_chain_base {
	uint64_t hash; /* of the key */
	struct mb_decimal number;
};

/* A point in time that belongs to a storage number. */
struct mb_chain_date {
	uint64_t storage;
	struct mb_datetime datetime;
};

/* DIFs and VIFs of a compact frame. */
struct mb_chain_format {
	uint16_t signature;
	uint16_t len; /* 0: unused */
	uint8_t bytes[MB_FRAME_DATA_MAX];
};

/* A compact profile being unrolled. */
struct mb_chain_profile {
	struct mb_decimal sum;
	struct mb_datetime base_time;
	uint8_t mode, spacing_unit, spacing;
	uint8_t element_field, element_len;
	uint16_t count;
	bool has_sum, has_time, inverse;
	struct mb_record record; /* the profile itself */
};

/* Read `index`, `telegram` and `overflow`; the others are private. */
struct mb_chain {
	uint16_t index; /* records so far */
	uint16_t telegram; /* telegrams so far */
	bool overflow; /* more than MB_CHAIN_KEYS distinct keys */
	uint16_t base_count, date_count, format_count; /* ever added; slots are taken in turn */
	struct mb_chain_profile profile;
	uint16_t seen[MB_CHAIN_KEYS]; /* 0: slot is free */
	uint64_t keys[MB_CHAIN_KEYS];
	struct mb_chain_base bases[MB_CHAIN_BASES];
	struct mb_chain_date dates[MB_CHAIN_BASES];
	struct mb_chain_format formats[MB_CHAIN_FORMATS];
};

void mb_chain_init(struct mb_chain *chain);
/* A new readout: forgets all but the formats. */
void mb_chain_begin(struct mb_chain *chain);
/*
 * Keep the format of a format frame, or that of a full telegram, for compact frames to come. Returns
 * the signature (0..FFFF), MB_E_BAD_CRC (a format frame whose signature does not fit), MB_E_INVALID
 * (no records and no format) or the error of the records.
 */
int mb_chain_learn(struct mb_chain *chain, const struct mb_telegram *telegram);

#ifdef __cplusplus
}
#endif
#endif
