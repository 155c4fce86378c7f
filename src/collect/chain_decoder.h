/* SPDX-License-Identifier: MIT */
/*
 * The records of a chain, one after the other, opened where they are encrypted. What it needs of
 * memory lies in the decoder: one for a thread, about 16 KiB.
 */
#ifndef COLLECT_CHAIN_DECODER_H
#define COLLECT_CHAIN_DECODER_H

#include "collect/readings.h"

#include <meterbus/chain.h>

struct chain_decoder {
	struct mb_chain chain;
	const struct readings_chain *source;
	size_t next; /* telegram */
	bool inside;
	struct mb_cursor cursor;
	struct mb_telegram telegram; /* of the last record */
	uint8_t plain[MB_FRAME_DATA_MAX];
	int error; /* the first one, 0 none */
	/* the chain as a whole, known at its end */
	bool has_identity, has_status;
	struct mb_secondary identity;
	uint8_t status;
};

struct chain_decoder *chain_decoder_new(void); /* NULL: no memory */
void chain_decoder_free(struct chain_decoder *d); /* NULL is fine */

/* Another pass over a chain. Formats of compact frames stay from chain to chain. */
void chain_decoder_begin(struct chain_decoder *d, const struct readings_chain *chain);
/*
 * 1 and a record, 0 at the end. Errors end their telegram, not the chain: see `error`. The record
 * points into the chain or the decoder, until the next call.
 */
int chain_decoder_next(struct chain_decoder *d, struct mb_record *ret_record);

#endif
