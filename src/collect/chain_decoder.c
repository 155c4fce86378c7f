/* SPDX-License-Identifier: MIT */
#include "collect/chain_decoder.h"

#include <meterbus/error.h>

#include <stdlib.h>

struct chain_decoder *chain_decoder_new(void)
{
	struct chain_decoder *d = calloc(1, sizeof(*d));

	if (d)
		mb_chain_init(&d->chain);
	return d;
}

void chain_decoder_free(struct chain_decoder *d)
{
	free(d);
}

void chain_decoder_begin(struct chain_decoder *d, const struct readings_chain *chain)
{
	mb_chain_begin(&d->chain);
	d->source = chain;
	d->next = 0;
	d->inside = false;
	d->error = 0;
	d->has_identity = d->has_status = false;
	d->status = 0;
}

static int decrypt(struct chain_decoder *d)
{
	const struct readings_chain *s = d->source;

	if (d->telegram.layout != MB_LAYOUT_ENCRYPTED && d->telegram.layout != MB_LAYOUT_AFL)
		return 0;
	if (!s->cipher || !s->key)
		return MB_E_ENCRYPTED;
	return mb_telegram_open(&d->telegram, s->cipher, s->key,
		d->has_identity ? &d->identity : NULL, d->plain, sizeof(d->plain));
}

/* The head counts even when what stands behind it cannot be read. */
static void note_head(struct chain_decoder *d)
{
	if (d->telegram.has_address && !d->has_identity) {
		d->identity = d->telegram.address;
		d->has_identity = true;
	}
	if (d->telegram.has_status) {
		d->status |= d->telegram.status;
		d->has_status = true;
	}
}

static int open_telegram(struct chain_decoder *d, const struct readings_bytes *bytes)
{
	int rc = mb_telegram_read(bytes->bytes, bytes->len, &d->telegram);

	if (rc < 0)
		return rc;
	note_head(d);
	rc = decrypt(d);
	if (rc < 0)
		return rc;
	if (d->telegram.layout == MB_LAYOUT_APPLICATION_ERROR)
		return MB_E_APPLICATION;
	if (d->telegram.layout == MB_LAYOUT_FORMAT) {
		rc = mb_chain_learn(&d->chain, &d->telegram);
		return rc < 0 ? rc : 0;
	}
	mb_cursor_init(&d->cursor, &d->telegram, &d->chain);
	d->inside = true;
	return 0;
}

static void note_error(struct chain_decoder *d, int error)
{
	if (error < 0 && !d->error)
		d->error = error;
}

int chain_decoder_next(struct chain_decoder *d, struct mb_record *ret_record)
{
	for (;;) {
		int rc = 0;

		if (d->inside)
			rc = mb_record_next(&d->cursor, ret_record);
		if (rc > 0)
			return 1;
		note_error(d, rc);
		d->inside = false;
		if (d->next >= d->source->n)
			return 0;
		note_error(d, open_telegram(d, &d->source->telegrams[d->next++]));
	}
}
