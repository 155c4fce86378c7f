/* SPDX-License-Identifier: MIT */
/*
 * The short way for most records: no VIFEs, data of a fixed length. It is mbi_record_any without the
 * branches that these do not need: plain stores, few calls. What it does not know goes there, from
 * the start. This file alone of the record cursor is built for time.
 */
#include <meterbus/error.h>

#include "mem.h"
#include "number.h"
#include "record.h"
#include "vif_rows.h"

#define EXTENSION 0x80
#define DATA_FIELD_INT32 0x4
#define DATA_FIELD_BCD2 0x9
#define DATA_FIELD_BCD8 0xC
#define DATA_FIELD_BCD12 0xE
#define VIF_FB 0xFB
#define VIF_FD 0xFD
#define VIF_PLAIN_TEXT 0x7C

/* Bytes of data; LVAR and specials do not go this way. */
#define NOT_PLAIN INT32_MAX
/* clang-format off */
static const int32_t plain_len[16] = {
	0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, NOT_PLAIN, 6, NOT_PLAIN,
};
/* clang-format on */

/* ---- values ---- */

static inline uint32_t load_4(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* Low byte first. */
static inline uint64_t load(const struct mb_record *rec)
{
	unsigned len = rec->data_len;
	uint64_t n = 0;

	if (len == 4)
		return load_4(rec->data);
	while (len--)
		n = n << 8 | rec->data[len];
	return n;
}

void mbi_value_signed(struct mb_record *rec, unsigned type, int exp10)
{
	unsigned bits = 8u * rec->data_len;
	uint64_t n = rec->msb_first ? mbi_load(rec->data, rec->data_len, true) : load(rec);

	(void)type;
	if (!(n >> (bits - 1))) {
		mbi_set_number(&rec->value, n, false, exp10);
		return;
	}
	n = -n & (UINT64_MAX >> (64 - bits));
	if (n >> (bits - 1))
		mbi_set_invalid(&rec->value, MB_REASON_NOT_AVAILABLE);
	else
		mbi_set_number(&rec->value, n, true, exp10);
}

static inline void read_bcd(struct mb_record *rec, int exp10)
{
	uint64_t nibbles = load(rec), value;

	if (mbi_bcd_has_hex(nibbles)) {
		mbi_value_bcd(rec, MB_TYPE_B, exp10);
		return;
	}
	value = mbi_bcd_eight((uint32_t)nibbles);
	if (nibbles >> 32)
		value += (uint64_t)mbi_bcd_eight((uint32_t)(nibbles >> 32)) * 100000000;
	mbi_set_number(&rec->value, value, false, exp10);
}

/*
 * Most are integers, of four bytes and not negative, or BCD; these need no table. Returns 1, as the
 * walk does.
 */
int mbi_value_plain(struct mb_record *rec, unsigned type, int exp10)
{
	unsigned field = rec->data_field;

	if (type != MB_TYPE_B || rec->msb_first)
		mbi_value_by_field(rec, type, exp10);
	else if (field == DATA_FIELD_INT32 && load_4(rec->data) <= INT32_MAX)
		mbi_set_number(&rec->value, load_4(rec->data), false, exp10);
	else if (field - DATA_FIELD_BCD2 <= DATA_FIELD_BCD8 - DATA_FIELD_BCD2 ||
		 field == DATA_FIELD_BCD12)
		read_bcd(rec, exp10);
	else
		mbi_value_by_field(rec, type, exp10);
	return 1;
}

/* ---- records ---- */

int mbi_record_difes(struct mb_record *rec, const uint8_t *p, const uint8_t *end)
{
	uint64_t storage = rec->storage;
	unsigned tariff = 0, subunit = 0;

	for (int i = 0; i < MB_DIFE_MAX; i++) {
		if (++p == end)
			return MB_E_RECORD_SHORT;
		storage |= (uint64_t)(*p & 0x0F) << (1 + 4 * i);
		tariff |= (*p >> 4 & 3u) << (2 * i);
		subunit |= (*p >> 6 & 1u) << i;
		if (*p & EXTENSION)
			continue;
		rec->storage = storage;
		rec->tariff = tariff;
		rec->subunit = (uint16_t)subunit;
		return i + 1;
	}
	return p + 1 == end ? MB_E_RECORD_SHORT : MB_E_TOO_MANY_DIFE;
}

/* Inlined twice, for constants to fold. */
static inline int take_plain(struct mb_cursor *restrict cur, struct mb_record *restrict record,
	unsigned dib_len, unsigned vif_len, unsigned vif_table, unsigned code)
{
	const uint8_t *dib = cur->p, *vib = dib + dib_len, *data = vib + vif_len;
	const struct mbi_vif_table *table = vif_table == MB_VIF_PRIMARY ? &mbi_vif_primary
					    : vif_table == MB_VIF_FD    ? &mbi_vif_fd
									: &mbi_vif_fb;
	const struct mb_vif *vif = &table->rows[table->index[code]];
	int32_t len = plain_len[*dib & 0x0F];
	int exp10 = vif->exp10;

	if (len > cur->end - data)
		return mbi_record_any(cur, record);
	if (vif->scaled)
		exp10 += (int)(code - vif->code);
	record->kind = MB_RECORD_DATA;
	record->data_field = *dib & 0x0F;
	record->function = *dib >> 4 & 3;
	record->vif_table = (uint8_t)vif_table;
	record->vif_code = (uint8_t)code;
	record->unit = vif->unit;
	record->exp10 = (int8_t)exp10;
	record->dib_len = (uint8_t)dib_len;
	if (dib_len == 1) {
		record->storage = *dib >> 6 & 1;
		record->tariff = 0;
		record->subunit = 0;
	}
	record->lvar = 0;
	record->error = 0;
	record->vife_len = 0;
	record->text_len = 0;
	record->index = 0;
	record->occurrence = 0;
	record->telegram = 0;
	record->flags = vif->flags;
	record->vib_len = (uint16_t)vif_len;
	record->data_len = (uint16_t)len;
	record->vif_len = (uint8_t)vif_len;
	record->msb_first = cur->msb_first;
	record->from_master = cur->from_master;
	record->dib = dib;
	record->vib = vib;
	record->vife = data;
	record->text = NULL;
	record->data = data;
	record->vif = vif;
	cur->p = data + len;
	return mbi_value_plain(record, vif->type, exp10);
}

/* With or without DIFEs, and a VIF of the first table or those behind FB and FD. */
int mbi_record_read(struct mb_cursor *restrict cur, struct mb_record *restrict record)
{
	const uint8_t *dib = cur->p;
	unsigned vif_table = MB_VIF_PRIMARY, vif_len = 1, code;
	int dib_len = 1;

	if (cur->end - dib < 3)
		return mbi_record_any(cur, record);
	if (*dib & EXTENSION) {
		record->storage = *dib >> 6 & 1;
		dib_len += mbi_record_difes(record, dib, cur->end);
		if (dib_len < 1)
			return mbi_record_any(cur, record);
	}
	if (cur->end - dib < dib_len + 2)
		return mbi_record_any(cur, record);
	code = dib[dib_len];
	if (code >= VIF_PLAIN_TEXT) {
		if (code != VIF_FD && code != VIF_FB)
			return mbi_record_any(cur, record);
		vif_table = code == VIF_FD ? MB_VIF_FD : MB_VIF_FB;
		vif_len = 2;
		code = dib[dib_len + 1];
		if (code & EXTENSION)
			return mbi_record_any(cur, record);
	}
	return take_plain(cur, record, (unsigned)dib_len, vif_len, vif_table, code);
}

void mb_cursor_init_bytes(struct mb_cursor *cur, const uint8_t *bytes, size_t len)
{
	memset(cur, 0, sizeof(*cur));
	cur->p = bytes;
	cur->end = len ? bytes + len : bytes;
	cur->state = MBI_CURSOR_RECORDS;
}

int mb_record_next(struct mb_cursor *cur, struct mb_record *ret_record)
{
	const uint8_t *dib = cur->p;

	if (cur->chain || cur->state != MBI_CURSOR_RECORDS)
		return mbi_record_next(cur, ret_record);
	if (cur->end - dib < 3)
		return mbi_record_any(cur, ret_record);
	if (dib[0] & EXTENSION || dib[1] >= VIF_PLAIN_TEXT)
		return mbi_record_read(cur, ret_record);
	return take_plain(cur, ret_record, 1, 1, MB_VIF_PRIMARY, dib[1]);
}
