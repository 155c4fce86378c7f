/* SPDX-License-Identifier: MIT */
/* Compact frames, EN 13757-3 Annex: data only, their DIFs and VIFs are in a format of the chain. */
#include <meterbus/chain.h>
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "mem.h"
#include "record.h"

#define SIGNATURE_LEN 2
#define CRC_LEN 2
#define FULL_MAX (2 * MB_FRAME_DATA_MAX)
#define DIF_SPECIAL 0x0F
#define DIF_MANUFACTURER 0x0F
#define DIF_MORE 0x1F

/* The rest of the data behind a DIF 0F or 1F of the format. */
static int read_rest(struct mb_cursor *cur, struct mb_record *rec)
{
	const uint8_t *dif = cur->head;

	if (*dif != DIF_MANUFACTURER && *dif != DIF_MORE)
		return MB_E_BAD_DIF;
	cur->head++;
	mbi_record_clear(rec);
	rec->kind = *dif == DIF_MORE ? MB_RECORD_MORE : MB_RECORD_MANUFACTURER;
	rec->data_field = DIF_SPECIAL;
	rec->dib = dif;
	rec->dib_len = 1;
	rec->data = cur->p;
	rec->data_len = (uint16_t)(cur->end - cur->p);
	rec->value.type = MB_VALUE_BYTES;
	rec->value.bytes.data = rec->data;
	rec->value.bytes.len = rec->data_len;
	rec->value.bytes.msb_first = true;
	cur->p = cur->end;
	return 1;
}

int mbi_compact_next(struct mb_cursor *cur, struct mb_record *record)
{
	struct mbi_scale scale;
	int head, data;

	if (cur->head == cur->head_end)
		return 0;
	if ((*cur->head & 0x0F) == DIF_SPECIAL)
		return read_rest(cur, record);
	record->msb_first = cur->msb_first;
	record->from_master = cur->from_master;
	head = mbi_record_head(record, cur->head, cur->head_end, &scale);
	if (head < 0)
		return head;
	data = mbi_record_data(record, cur->p, cur->end);
	if (data < 0)
		return data;
	mbi_record_value(record, &scale);
	cur->head += head;
	cur->p += data;
	return 1;
}

/* Put the full frame together; its length or an error. Head and data of a record are in one piece. */
static int expand(struct mb_cursor cur, uint8_t full[FULL_MAX])
{
	const uint8_t *head = cur.head, *data = cur.p;
	struct mb_record rec;
	unsigned len = 0;
	int rc;

	while ((rc = mbi_compact_next(&cur, &rec)) > 0) {
		memcpy(full + len, head, (size_t)(cur.head - head));
		len += (unsigned)(cur.head - head);
		memcpy(full + len, data, (size_t)(cur.p - data));
		len += (unsigned)(cur.p - data);
		head = cur.head;
		data = cur.p;
	}
	return rc < 0 ? rc : (int)len;
}

void mbi_compact_begin(struct mb_cursor *cur)
{
	const uint8_t *p = cur->p;
	struct mb_chain_format *format = NULL;
	uint8_t full[FULL_MAX];
	int len;

	cur->state = MBI_CURSOR_NO_FORMAT;
	if (cur->end - p < SIGNATURE_LEN + CRC_LEN || cur->end - p > MB_FRAME_DATA_MAX)
		return;
	if (cur->chain)
		format = mbi_chain_format(cur->chain, (uint16_t)(p[0] | p[1] << 8));
	if (!format)
		return;
	cur->head = format->bytes;
	cur->head_end = format->bytes + format->len;
	cur->p += SIGNATURE_LEN + CRC_LEN;
	len = expand(*cur, full);
	if (len >= 0 && mb_crc16(full, (size_t)len) == (uint16_t)(p[2] | p[3] << 8))
		cur->state = MBI_CURSOR_COMPACT;
	else
		cur->state = MBI_CURSOR_BAD_CRC;
}
