/* SPDX-License-Identifier: MIT */
/* The fixed structure (CI 73, 77) as two records, D48 6.3. */
#include <meterbus/error.h>

#include "number.h"
#include "quantity.h"
#include "record.h"

#define COUNTERS 2
#define COUNTER_LEN 4
#define UNIT_MASK 0x3F
#define UNIT_HMS 0x00
#define UNIT_DMY 0x01
#define UNIT_SAME 0x3E /* that of the other counter, historic value */
#define STATUS_BINARY 0x01
#define STATUS_FIXED_DATE 0x02
#define DATA_FIELD_BINARY 0x4
#define DATA_FIELD_BCD 0xC
#define YEAR_PIVOT 80

/* clang-format off */
static const struct mb_vif units[] = {
	/* code span unit          exp  type       quantity          scaled reserved flags */
	{0x00,  1, MB_UNIT_NONE,     0, MB_TYPE_B, MBI_Q_TIME,        false, false, 0}, /* h, m, s */
	{0x01,  1, MB_UNIT_NONE,     0, MB_TYPE_B, MBI_Q_DATE,        false, false, 0}, /* D, M, Y */
	{0x02,  9, MB_UNIT_WH,       0, MB_TYPE_B, MBI_Q_ENERGY,      true,  false, 0}, /* 1 Wh .. 100 MWh */
	{0x0B,  9, MB_UNIT_J,        3, MB_TYPE_B, MBI_Q_ENERGY,      true,  false, 0}, /* 1 kJ .. 100 GJ */
	{0x14,  9, MB_UNIT_W,        0, MB_TYPE_B, MBI_Q_POWER,       true,  false, 0}, /* 1 W .. 100 MW */
	{0x1D,  9, MB_UNIT_J_H,      3, MB_TYPE_B, MBI_Q_POWER,       true,  false, 0},
	{0x26,  9, MB_UNIT_M3,      -6, MB_TYPE_B, MBI_Q_VOLUME,      true,  false, 0}, /* 1 ml .. 100 m3 */
	{0x2F,  9, MB_UNIT_M3_H,    -6, MB_TYPE_B, MBI_Q_VOLUME_FLOW, true,  false, 0},
	{0x38,  1, MB_UNIT_CELSIUS, -3, MB_TYPE_B, MBI_Q_TEMPERATURE, false, false, 0},
	{0x39,  1, MB_UNIT_HCA,      0, MB_TYPE_B, MBI_Q_HCA_UNITS,   false, false, 0},
	{0x3A,  5, MB_UNIT_NONE,     0, MB_TYPE_B, MBI_Q_RESERVED,    false, true, MB_RECORD_UNKNOWN_VIF},
	{0x3F,  1, MB_UNIT_NONE,     0, MB_TYPE_B, MBI_Q_COUNTER,     false, false, 0},
};
/* clang-format on */

static const struct mb_vif *find_unit(uint8_t code)
{
	const struct mb_vif *row = units;

	while (code >= row->code + row->span)
		row++;
	return row;
}

static void set_vif(struct mb_record *rec, uint8_t code)
{
	const struct mb_vif *vif = find_unit(code);

	rec->vif = vif;
	rec->vif_code = code;
	rec->unit = vif->unit;
	rec->exp10 = vif->exp10;
	if (vif->scaled)
		rec->exp10 = (int8_t)(rec->exp10 + code - vif->code);
	rec->flags |= vif->flags;
}

/* Six digits hhmmss or DDMMYY, the two in front are 0. */
static void read_special(struct mb_record *rec, uint8_t code)
{
	struct mb_value *value = &rec->value;
	unsigned n = (unsigned)value->number.magnitude;
	uint8_t bytes[4] = {0};
	struct mb_datetime dt = {0};
	uint8_t type = code == UNIT_HMS ? 'J' : 'G';

	if (value->type != MB_VALUE_NUMBER || value->reason || value->number.negative ||
		value->number.magnitude > 999999) {
		value->type = MB_VALUE_INVALID;
		value->reason = value->reason ? value->reason : MB_REASON_BAD_DATE;
		return;
	}
	if (code == UNIT_HMS) {
		dt.hour = (int8_t)(n / 10000);
		dt.minute = (int8_t)(n / 100 % 100);
		dt.second = (int8_t)(n % 100);
	} else {
		dt.day = (int8_t)(n / 10000);
		dt.month = (int8_t)(n / 100 % 100);
		dt.year = (int16_t)(n % 100 + (n % 100 <= YEAR_PIVOT ? 2000 : 1900));
		rec->flags |= MB_RECORD_DATE;
	}
	value->type = MB_VALUE_INVALID;
	value->reason = n || code == UNIT_HMS ? MB_REASON_BAD_DATE : MB_REASON_NO_DATE;
	if (mb_datetime_write(&dt, type, bytes) == 0)
		mb_datetime_read(bytes, type == 'J' ? 3 : 2, value);
}

int mbi_fixed_next(struct mb_cursor *cur, struct mb_record *record)
{
	const struct mb_telegram *telegram = cur->telegram;
	unsigned n = cur->element;
	const uint8_t *unit = telegram->payload + n;
	uint8_t code, other;
	struct mbi_scale scale = {MB_TYPE_B, 0, false, {0, 0, false}};

	if (n == COUNTERS)
		return 0;
	if (telegram->payload_len < COUNTERS * (1 + COUNTER_LEN))
		return MB_E_RECORD_SHORT;
	code = *unit & UNIT_MASK;
	other = telegram->payload[1 - n] & UNIT_MASK;
	mbi_record_clear(record);
	record->flags = MB_RECORD_FIXED;
	record->storage = code == UNIT_SAME || telegram->status & STATUS_FIXED_DATE;
	record->data_field = telegram->status & STATUS_BINARY ? DATA_FIELD_BINARY : DATA_FIELD_BCD;
	record->msb_first = cur->msb_first;
	record->vib = unit;
	record->vib_len = 1;
	record->vif_len = 1;
	record->vife = unit + 1;
	record->data = telegram->payload + COUNTERS + COUNTER_LEN * n;
	record->data_len = COUNTER_LEN;
	record->dib = record->data; /* there is none */
	set_vif(record, code == UNIT_SAME ? other : code);
	scale.exp10 = record->exp10;
	mbi_record_value(record, &scale);
	if (record->vif_code <= UNIT_DMY && record->data_field == DATA_FIELD_BCD)
		read_special(record, record->vif_code);
	cur->element++;
	cur->p = record->data + COUNTER_LEN;
	return 1;
}
