/* SPDX-License-Identifier: MIT */
/*
 * Compact profiles, EN 13757-3 Annex F: a series in one record. Two bytes say how: size of an element
 * (as a data field), distance in time, and whether an element is a value or a difference. The base
 * is the record of the same key without the profile, its time the date of the same storage number.
 * The first element stands one step from the base; each has the next storage number.
 */
#include <meterbus/chain.h>
#include <meterbus/error.h>

#include "date.h"
#include "record.h"

#define HEAD_LEN 2
#define SPACING_MAX 250
#define SPACING_HALF_MONTH 253
#define SPACING_MONTHS 254
#define VIFE_INVERSE 0x13
#define VIFE_ESCAPE_FC 0x7C
#define SECONDS_DAY 86400

enum mode {
	MODE_ABSOLUTE,
	MODE_UP, /* unsigned increments */
	MODE_DOWN, /* unsigned decrements */
	MODE_DIFFERENCE, /* signed, younger minus older */
};

enum spacing_unit {
	SPACING_S,
	SPACING_MIN,
	SPACING_H,
	SPACING_D,
};

/* Is one of the VIFEs an inverse profile? */
static bool is_inverse(const struct mb_record *rec)
{
	for (unsigned i = 0; i < rec->vife_len; i++) {
		uint8_t code = rec->vife[i] & 0x7F;

		if (code == VIFE_INVERSE)
			return true;
		if (code == VIFE_ESCAPE_FC)
			i++;
	}
	return false;
}

/* ---- time ---- */

static void set_day(struct mb_datetime *dt, int32_t number)
{
	int year = (int)(number / 365);
	int month = 1;

	while (mbi_day_number(year, 1, 1) > number)
		year--;
	while (month < 12 && mbi_day_number(year, month + 1, 1) <= number)
		month++;
	dt->year = (int16_t)year;
	dt->month = (int8_t)month;
	dt->day = (int8_t)(number - mbi_day_number(year, month, 1) + 1);
}

/* The last day of a month stays the last one: billing dates are meant so. */
static void add_months(struct mb_datetime *dt, int32_t months)
{
	bool last = dt->day == mbi_month_days(dt->year, dt->month);
	int32_t count = dt->year * 12 + dt->month - 1 + months;
	int8_t days;

	dt->year = (int16_t)(count / 12);
	dt->month = (int8_t)(count % 12 + 1);
	days = mbi_month_days(dt->year, dt->month);
	if (last || dt->day > days)
		dt->day = days;
}

static void add_seconds(struct mb_datetime *dt, int64_t seconds)
{
	int64_t days = mbi_day_number(dt->year, dt->month, dt->day);
	unsigned of_day;

	seconds += days * SECONDS_DAY + dt->hour * 3600 + dt->minute * 60 + dt->second;
	set_day(dt, (int32_t)(seconds / SECONDS_DAY));
	of_day = (unsigned)(seconds % SECONDS_DAY);
	dt->hour = (int8_t)(of_day / 3600);
	dt->minute = (int8_t)(of_day / 60 % 60);
	dt->second = (int8_t)(of_day % 60);
}

/* Half months: from the 1st to the 16th, from the 15th to the last. False for other days. */
static bool add_half_months(struct mb_datetime *dt, int32_t halves)
{
	int8_t last = mbi_month_days(dt->year, dt->month);
	bool second;

	if (dt->day != 1 && dt->day != 15 && dt->day != 16 && dt->day != last)
		return false;
	halves += dt->day == 16 || dt->day == last;
	second = halves & 1;
	if (dt->day == 1 || dt->day == 16)
		dt->day = second ? 16 : 1;
	else
		dt->day = second ? last : 15;
	add_months(dt, (halves - second) / 2);
	return true;
}

/* Time of the n-th element (from 1). A base without time of day takes whole days only. */
static bool element_time(const struct mb_chain_profile *profile, int32_t n, struct mb_datetime *dt)
{
	static const int32_t unit_seconds[] = {1, 60, 3600, SECONDS_DAY};
	static const int8_t unit_months[] = {0, 6, 3, 1}; /* of spacing 254 */
	uint8_t unit = profile->spacing_unit;

	*dt = profile->base_time;
	dt->weekday = 0;
	dt->week = 0;
	if (profile->inverse)
		n = -n;
	if (profile->spacing == SPACING_HALF_MONTH)
		return unit == SPACING_D && add_half_months(dt, n);
	if (profile->spacing == SPACING_MONTHS) {
		add_months(dt, n * unit_months[unit]);
		return unit != SPACING_S;
	}
	if (unit == SPACING_S && dt->type == 'F')
		dt->type = 'I'; /* seconds need a type that has them */
	if (unit != SPACING_D && dt->type == 'G')
		return false;
	add_seconds(dt, (int64_t)n * profile->spacing * unit_seconds[unit]);
	return profile->spacing != 0;
}

/* ---- begin ---- */

static bool spacing_known(uint8_t spacing)
{
	return spacing <= SPACING_MAX || spacing == SPACING_HALF_MONTH || spacing == SPACING_MONTHS;
}

static void as_element(const struct mb_chain_profile *profile, struct mb_record *record)
{
	*record = profile->record;
	record->flags &= (uint16_t)~MB_RECORD_PROFILE;
	record->flags |= MB_RECORD_UNROLLED;
	record->lvar = 0;
	record->data_field = profile->element_field;
	record->data_len = profile->element_len;
}

/* The base may also stand behind the profile. */
static void search_ahead(struct mb_cursor cur, struct mb_chain_profile *profile, uint64_t hash)
{
	struct mb_record rec;

	cur.chain = NULL;
	while ((!profile->has_sum || !profile->has_time) && mb_record_next(&cur, &rec) > 0) {
		if (rec.kind != MB_RECORD_DATA || rec.flags & MB_RECORD_PROFILE)
			continue;
		if (!profile->has_time && rec.storage == profile->record.storage &&
			mbi_dates_storage(&rec)) {
			profile->base_time = rec.value.datetime;
			profile->has_time = true;
		} else if (!profile->has_sum && mb_record_key_hash(&rec) == hash) {
			profile->has_sum = mb_value_decimal(&rec.value, &profile->sum);
		}
	}
}

void mbi_profile_begin(struct mb_cursor *cur, const struct mb_record *record)
{
	struct mb_chain_profile *profile = &cur->chain->profile;
	struct mb_record element;
	uint64_t hash;

	if (record->data_len < HEAD_LEN || record->error || record->value.type != MB_VALUE_BYTES)
		return;
	profile->record = *record;
	profile->element_field = record->data[0] & 0x0F;
	profile->element_len = mbi_data_len[profile->element_field];
	profile->spacing_unit = record->data[0] >> 4 & 3;
	profile->mode = record->data[0] >> 6;
	profile->spacing = record->data[1];
	profile->inverse = is_inverse(record);
	if (!profile->element_len || !spacing_known(profile->spacing) ||
		(record->data_len - HEAD_LEN) % profile->element_len)
		return;
	profile->count = (uint16_t)((record->data_len - HEAD_LEN) / profile->element_len);
	as_element(profile, &element);
	hash = mb_record_key_hash(&element);
	profile->has_sum = mbi_chain_base(cur->chain, hash, &profile->sum);
	profile->has_time = mbi_chain_date(cur->chain, record->storage, &profile->base_time);
	search_ahead(*cur, profile, hash);
	cur->element = 0;
	cur->state =
		cur->state == MBI_CURSOR_COMPACT ? MBI_CURSOR_COMPACT_PROFILE : MBI_CURSOR_PROFILE;
}

/* ---- elements ---- */

/* Differences become values; a broken one breaks all behind it. */
static void accumulate(struct mb_chain_profile *profile, struct mb_value *value)
{
	struct mb_decimal step;
	bool known = mb_value_decimal(value, &step);

	if (profile->mode == MODE_ABSOLUTE)
		return;
	if (known && (profile->mode == MODE_DOWN) != profile->inverse && step.magnitude)
		step.negative = !step.negative;
	if (profile->has_sum && known)
		profile->has_sum = mb_decimal_add(&profile->sum, &step, &profile->sum);
	else
		profile->has_sum = false;
	if (profile->has_sum) {
		value->type = MB_VALUE_NUMBER;
		value->reason = MB_REASON_NONE;
		value->number = profile->sum;
	} else if (value->type != MB_VALUE_INVALID) {
		value->type = MB_VALUE_INVALID;
		value->reason = MB_REASON_MISSING_BASE;
	}
}

static void read_element(struct mb_chain_profile *profile, struct mb_record *rec, unsigned n)
{
	struct mbi_scale scale;

	as_element(profile, rec);
	rec->storage += n + 1;
	rec->data = profile->record.data + HEAD_LEN + n * profile->element_len;
	mbi_record_scale(rec, &scale);
	if (scale.type == MB_TYPE_PROFILE)
		scale.type = rec->vif ? rec->vif->type : MB_TYPE_B;
	if (profile->mode == MODE_UP || profile->mode == MODE_DOWN) {
		scale.type = MB_TYPE_C;
		rec->flags |= MB_RECORD_UNSIGNED;
	} else if (profile->mode == MODE_DIFFERENCE) {
		scale.type = MB_TYPE_B;
	}
	mbi_record_value(rec, &scale);
	accumulate(profile, &rec->value);
	if (profile->has_time && element_time(profile, (int32_t)n + 1, &rec->time))
		rec->flags |= MB_RECORD_TIMED;
}

int mbi_profile_next(struct mb_cursor *cur, struct mb_record *record)
{
	struct mb_chain_profile *profile = &cur->chain->profile;

	if (cur->element < profile->count) {
		read_element(profile, record, cur->element++);
		return 1;
	}
	cur->state =
		cur->state == MBI_CURSOR_COMPACT_PROFILE ? MBI_CURSOR_COMPACT : MBI_CURSOR_RECORDS;
	return cur->state == MBI_CURSOR_COMPACT ? mbi_compact_next(cur, record)
						: mbi_record_read(cur, record);
}
