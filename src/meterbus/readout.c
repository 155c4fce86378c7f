/* SPDX-License-Identifier: MIT */
#include "meterbus/readout.h"

#include "base/crypto_openssl.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

void readout_init(struct readout *r, const struct keys *keys, const struct profile *profile,
	struct mb_chain *chain)
{
	memset(r, 0, sizeof(*r));
	r->keys = keys;
	r->has_cipher = crypto_openssl(&r->cipher) == 0;
	r->answer.profile = profile;
	r->answer.chain = chain;
	mb_chain_init(chain);
	readout_begin(r, NULL);
}

void readout_begin(struct readout *r, const char *source)
{
	snprintf(r->source, sizeof(r->source), "%s", source ? source : "");
	r->answer = (struct answer){.parts = r->parts,
		.source = source ? r->source : NULL,
		.profile = r->answer.profile,
		.chain = r->answer.chain};
	r->more = false;
	r->used = 0;
}

void readout_fail(struct readout *r, int error, const char *note)
{
	snprintf(r->note, sizeof(r->note), "%s", note ? note : "");
	r->answer.error = error;
	r->answer.note = note && *note ? r->note : NULL;
}

/* Deciphers in place of the payload. The error stays with the part; its header is good all the same. */
static int open_telegram(struct readout *r, struct mb_telegram *t)
{
	const uint8_t *key = keys_find(r->keys, t->has_address ? &t->address : NULL);
	const struct mb_secondary *link = NULL;
	int rc;

	if (t->layout != MB_LAYOUT_ENCRYPTED && t->layout != MB_LAYOUT_AFL)
		return 0;
	if (!key)
		return MB_E_ENCRYPTED;
	if (!r->has_cipher)
		return MB_E_UNSUPPORTED;
	if (!t->has_address && r->answer.part_count > 0 && r->parts[0].telegram.has_address)
		link = &r->parts[0].telegram.address;
	rc = mb_telegram_open(t, &r->cipher, key, link, r->bytes + r->used, MB_FRAME_DATA_MAX);
	if (rc == 0)
		r->used += MB_FRAME_DATA_MAX;
	return rc;
}

static void parse(struct readout *r, struct answer_part *part)
{
	struct mb_telegram *t = &part->telegram;
	int rc = mb_telegram_read(part->raw, part->raw_len, t);

	part->readable = rc >= 0 || rc == MB_E_UNKNOWN_CI;
	part->error = rc < 0 && rc != MB_E_UNKNOWN_CI ? rc : 0;
	if (!part->readable)
		return;
	part->error = open_telegram(r, t);
	if (t->layout == MB_LAYOUT_RECORDS || t->layout == MB_LAYOUT_FORMAT)
		(void)mb_chain_learn(r->answer.chain, t); /* compact frames may follow */
	r->more = !t->from_master && mb_telegram_more(t);
}

int readout_add(struct readout *r, const uint8_t *bytes, size_t len, int error, int64_t time_us)
{
	struct answer_part *part = &r->parts[r->answer.part_count];
	size_t kept = len < READOUT_RAW_MAX ? len : READOUT_RAW_MAX;

	r->more = false;
	if (r->answer.part_count == ANSWER_PARTS_MAX ||
		kept + MB_FRAME_DATA_MAX > sizeof(r->bytes) - r->used)
		return MB_E_TOO_MANY_TELEGRAMS;
	*part = (struct answer_part){
		.raw = r->bytes + r->used, .raw_len = kept, .time_us = time_us, .error = error};
	if (kept > 0)
		memcpy(r->bytes + r->used, bytes, kept);
	r->used += kept;
	if (error >= 0)
		parse(r, part);
	r->answer.part_count++;
	return part->error;
}

bool readout_follows(const struct readout *r, const uint8_t *bytes, size_t len)
{
	const struct mb_telegram *last;
	struct mb_telegram t;

	if (!r->more || r->answer.part_count == ANSWER_PARTS_MAX ||
		mb_telegram_read(bytes, len, &t) <= 0)
		return false;
	last = &r->parts[r->answer.part_count - 1].telegram;
	if (t.frame.type != MB_FRAME_LONG || t.from_master || t.frame.a != last->frame.a)
		return false;
	if (t.has_address && last->has_address)
		return mb_secondary_equal(&t.address, &last->address);
	return true;
}
