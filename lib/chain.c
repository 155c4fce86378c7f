/* SPDX-License-Identifier: MIT */
/* What spans telegrams: occurrences, bases of profiles, formats. */
#include <meterbus/chain.h>

#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "mem.h"
#include "record.h"

void mb_chain_init(struct mb_chain *chain)
{
	memset(chain, 0, sizeof(*chain));
}

void mb_chain_begin(struct mb_chain *chain)
{
	chain->index = 0;
	chain->telegram = 0;
	chain->overflow = false;
	chain->base_count = 0;
	chain->date_count = 0;
	memset(chain->seen, 0, sizeof(chain->seen));
}

/* How often was this key seen before? Open addressing; a slot with seen == 0 is free. */
static uint16_t count_key(struct mb_chain *chain, uint64_t hash)
{
	unsigned slot = (unsigned)(hash % MB_CHAIN_KEYS);

	for (unsigned i = 0; i < MB_CHAIN_KEYS; i++) {
		uint16_t *seen = &chain->seen[slot];

		if (!*seen) {
			chain->keys[slot] = hash;
			*seen = 1;
			return 0;
		}
		if (chain->keys[slot] == hash) {
			if (*seen < UINT16_MAX)
				++*seen;
			return (uint16_t)(*seen - 1);
		}
		slot = (slot + 1) % MB_CHAIN_KEYS;
	}
	chain->overflow = true;
	return 0;
}

/* Slots are taken in turn. */
static unsigned take_slot(uint16_t *count)
{
	unsigned slot = (*count)++ % MB_CHAIN_BASES;

	if (*count == 2 * MB_CHAIN_BASES)
		*count = MB_CHAIN_BASES;
	return slot;
}

static unsigned kept(uint16_t count)
{
	return count < MB_CHAIN_BASES ? count : MB_CHAIN_BASES;
}

static void keep_base(struct mb_chain *chain, const struct mb_record *rec, uint64_t hash)
{
	struct mb_decimal number;
	struct mb_chain_base *base;

	if (!mb_value_decimal(&rec->value, &number))
		return;
	base = &chain->bases[take_slot(&chain->base_count)];
	base->hash = hash;
	base->number = number;
}

bool mbi_dates_storage(const struct mb_record *rec)
{
	return (rec->value.type == MB_VALUE_DATE || rec->value.type == MB_VALUE_DATETIME) &&
	       rec->value.reason == MB_REASON_NONE && !rec->value.datetime.periodic &&
	       rec->function == MB_FUNCTION_INSTANTANEOUS && rec->vife_len == 0 && rec->vif &&
	       (rec->vif->type == MB_TYPE_DATE || rec->vif->type == MB_TYPE_TIME) &&
	       rec->vif_table == MB_VIF_PRIMARY;
}

static void keep_date(struct mb_chain *chain, const struct mb_record *rec)
{
	struct mb_chain_date *date = &chain->dates[take_slot(&chain->date_count)];

	date->storage = rec->storage;
	date->datetime = rec->value.datetime;
}

void mbi_chain_note(struct mb_cursor *cur, struct mb_record *record)
{
	struct mb_chain *chain = cur->chain;
	uint64_t hash = mb_record_key_hash(record);

	record->index = chain->index;
	if (chain->index < UINT16_MAX)
		chain->index++;
	record->telegram = (uint16_t)(chain->telegram - 1);
	record->occurrence = count_key(chain, hash);
	if (record->kind != MB_RECORD_DATA || record->flags & MB_RECORD_UNROLLED)
		return;
	if (record->flags & MB_RECORD_PROFILE)
		mbi_profile_begin(cur, record);
	else if (mbi_dates_storage(record))
		keep_date(chain, record);
	else
		keep_base(chain, record, hash);
}

/* The newest stands before the slot that is next. */
bool mbi_chain_base(const struct mb_chain *chain, uint64_t hash, struct mb_decimal *ret_number)
{
	for (unsigned i = 1; i <= kept(chain->base_count); i++) {
		const struct mb_chain_base *base =
			&chain->bases[(chain->base_count - i) % MB_CHAIN_BASES];

		if (base->hash != hash)
			continue;
		*ret_number = base->number;
		return true;
	}
	return false;
}

bool mbi_chain_date(
	const struct mb_chain *chain, uint64_t storage, struct mb_datetime *ret_datetime)
{
	for (unsigned i = 1; i <= kept(chain->date_count); i++) {
		const struct mb_chain_date *date =
			&chain->dates[(chain->date_count - i) % MB_CHAIN_BASES];

		if (date->storage != storage)
			continue;
		*ret_datetime = date->datetime;
		return true;
	}
	return false;
}

/* ---- formats ---- */

static int keep_format(struct mb_chain *chain, const uint8_t *bytes, unsigned len)
{
	uint16_t signature = mb_crc16(bytes, len);
	struct mb_chain_format *format = mbi_chain_format(chain, signature);

	if (!format) {
		format = &chain->formats[chain->format_count % MB_CHAIN_FORMATS];
		chain->format_count = (uint16_t)((chain->format_count + 1) % MB_CHAIN_FORMATS);
	}
	format->signature = signature;
	format->len = (uint16_t)len;
	memcpy(format->bytes, bytes, len);
	return signature;
}

struct mb_chain_format *mbi_chain_format(struct mb_chain *chain, uint16_t signature)
{
	for (unsigned i = 0; i < MB_CHAIN_FORMATS; i++) {
		if (chain->formats[i].len && chain->formats[i].signature == signature)
			return &chain->formats[i];
	}
	return NULL;
}

/* Length byte, signature, DIFs and VIFs. The signature tells whether it is one. */
static int learn_format_frame(struct mb_chain *chain, const struct mb_telegram *telegram)
{
	const uint8_t *p = telegram->payload;
	unsigned len = telegram->payload_len;

	if (len <= 3)
		return MB_E_HEADER_SHORT;
	len -= 3;
	if (mb_crc16(p + 3, len) != (uint16_t)(p[1] | p[2] << 8))
		return MB_E_BAD_CRC;
	return keep_format(chain, p + 3, len);
}

static int learn_records(struct mb_chain *chain, const struct mb_telegram *telegram)
{
	uint8_t bytes[MB_FRAME_DATA_MAX];
	struct mb_cursor cur;
	struct mb_record rec;
	unsigned len = 0;
	int rc;

	mb_cursor_init(&cur, telegram, NULL);
	while ((rc = mb_record_next(&cur, &rec)) > 0) {
		unsigned head = (unsigned)rec.dib_len + rec.vib_len;

		if (len + head > sizeof(bytes))
			return MB_E_NO_SPACE;
		memcpy(bytes + len, rec.dib, head);
		len += head;
	}
	if (rc < 0)
		return rc;
	return len ? keep_format(chain, bytes, len) : MB_E_INVALID;
}

int mb_chain_learn(struct mb_chain *chain, const struct mb_telegram *telegram)
{
	if (telegram->layout == MB_LAYOUT_FORMAT)
		return learn_format_frame(chain, telegram);
	if (telegram->layout == MB_LAYOUT_RECORDS)
		return learn_records(chain, telegram);
	return MB_E_INVALID;
}
