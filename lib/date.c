/* SPDX-License-Identifier: MIT */
/* Types F, G, I, J, EN 13757-3 Annex A. Local time of the meter, never converted. */
#include <meterbus/error.h>
#include <meterbus/value.h>

#include "date.h"
#include "mem.h"
#include "number.h"
#include "text.h"

#define EVERY_YEAR 127
#define YEAR_PIVOT 80 /* 0..80 is 2000..2080, 81..99 is 1981..1999 */
#define WEEKS_MAX 53
#define SHORTEST_MONTH 28

/*
 * Where the fields stand, as bits of the number that the bytes are, low byte first. Year, and in
 * type F its hundreds, are split: see there.
 */
struct date_field {
	uint8_t member; /* of struct mb_datetime, a byte */
	uint8_t at, mask;
	uint8_t every; /* what stands for MB_EVERY, or NO_EVERY */
	uint8_t first, span;
};

/* clang-format off */
#define NO_EVERY 0xFF
#define FIELD(name, at, bits, every, first, last) \
	{offsetof(struct mb_datetime, name), at, (1 << (bits)) - 1, every, first, (last) - (first)}
#define FLAG(name, at) FIELD(name, at, 1, NO_EVERY, 0, 1)
#define SECOND(at) FIELD(second, at, 6, 63, 0, 59)
#define MINUTE(at) FIELD(minute, at, 6, 63, 0, 59)
#define HOUR(at)   FIELD(hour,   at, 5, 31, 0, 23)
#define DAY(at)    FIELD(day,    at, 5,  0, 1, 31)
#define MONTH(at)  FIELD(month,  at, 4, 15, 1, 12)

static const struct date_field fields_f[] = {
	MINUTE(0), FLAG(invalid, 7),
	HOUR(8), FLAG(summer, 15),
	DAY(16), MONTH(24),
};
static const struct date_field fields_g[] = {DAY(0), MONTH(8)};
static const struct date_field fields_i[] = {
	SECOND(0), FLAG(summer, 6), FLAG(leap_year, 7),
	MINUTE(8), FLAG(invalid, 15),
	HOUR(16), FIELD(weekday, 21, 3, NO_EVERY, 0, 7),
	DAY(24), MONTH(32),
	FIELD(week, 40, 6, NO_EVERY, 0, 63), FIELD(dst_hours, 46, 2, NO_EVERY, 0, 3),
};
static const struct date_field fields_j[] = {SECOND(0), MINUTE(8), HOUR(16)};
/* clang-format on */

#define I_DST_AHEAD 14 /* sign of dst_hours */
#define F_HUNDRED 13 /* two bits */
#define NO_DAY 0xFF

#define FIELDS(array) array, sizeof(array) / sizeof((array)[0])
static const struct date_type {
	uint8_t letter, len, value_type;
	uint8_t day; /* where it stands, and behind it month and year */
	const struct date_field *fields;
	uint8_t count;
} types[] = {
	{'F', 4, MB_VALUE_DATETIME, 16, FIELDS(fields_f)},
	{'G', 2, MB_VALUE_DATE, 0, FIELDS(fields_g)},
	{'I', 6, MB_VALUE_DATETIME, 24, FIELDS(fields_i)},
	{'J', 3, MB_VALUE_TIME, NO_DAY, FIELDS(fields_j)},
};

/* By letter or by length. */
static const struct date_type *type_of(unsigned letter, size_t len)
{
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].letter == letter || types[i].len == len)
			return &types[i];
	return NULL;
}

static unsigned bits_at(uint64_t n, unsigned at, unsigned bits)
{
	return (unsigned)(n >> at) & ((1u << bits) - 1);
}

static bool has_day(const struct mb_datetime *dt)
{
	return dt->day <= SHORTEST_MONTH || dt->day <= mbi_month_days(dt->year, dt->month);
}

/* ---- reading ---- */

static bool read_year(unsigned year, unsigned hundred, struct mb_datetime *dt)
{
	if (year == EVERY_YEAR) {
		dt->year = MB_EVERY;
		dt->periodic = true;
		return true;
	}
	if (hundred == 0 && year <= YEAR_PIVOT)
		hundred = 1;
	dt->year = (int16_t)(1900 + 100 * hundred + year);
	return year <= 99;
}

static bool read_fields(const struct date_type *type, uint64_t n, struct mb_datetime *dt)
{
	const struct date_field *field = type->fields, *end = field + type->count;
	bool ok = true;

	for (; field < end; field++) {
		int8_t *member = (int8_t *)dt + field->member;
		unsigned raw = (unsigned)(n >> field->at) & field->mask;

		*member = (int8_t)raw;
		if (raw == field->every) {
			*member = MB_EVERY;
			dt->periodic = true;
		} else if (raw - field->first > field->span) {
			ok = false;
		}
	}
	if (!ok || type->day == NO_DAY)
		return ok;
	return read_year(bits_at(n, type->day + 5u, 3) | bits_at(n, type->day + 12u, 4) << 3,
		       type->letter == 'F' ? bits_at(n, F_HUNDRED, 2) : 0, dt) &&
	       has_day(dt);
}

static void read_rest(uint64_t n, struct mb_datetime *dt)
{
	if (dt->week > WEEKS_MAX)
		dt->week = 0;
	if (!bits_at(n, I_DST_AHEAD, 1))
		dt->dst_hours = (int8_t)-dt->dst_hours;
}

static uint8_t read_type(const struct date_type *type, uint64_t n, struct mb_datetime *dt)
{
	if (n == UINT64_MAX >> (64 - 8 * type->len))
		return MB_REASON_NOT_AVAILABLE;
	if (type->day != NO_DAY && !bits_at(n, type->day, 5) && !bits_at(n, type->day + 8u, 4))
		return MB_REASON_NO_DATE;
	if (!read_fields(type, n, dt))
		return MB_REASON_BAD_DATE;
	read_rest(n, dt);
	dt->type = type->letter;
	return dt->invalid ? MB_REASON_TIME_INVALID : MB_REASON_NONE;
}

int mb_datetime_read(const uint8_t *bytes, size_t len, struct mb_value *ret_value)
{
	const struct date_type *type = type_of(0, len);
	struct mb_datetime *dt = &ret_value->datetime;

	if (!type)
		return MB_E_INVALID;
	memset(dt, 0, sizeof(*dt));
	ret_value->reason = read_type(type, mbi_load(bytes, type->len, false), dt);
	ret_value->type = dt->type ? type->value_type : MB_VALUE_INVALID;
	return 0;
}

bool mbi_leap_year(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int8_t mbi_month_days(int year, int month)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month < 1 || month > 12)
		return 31;
	if (month == 2 && (year == MB_EVERY || mbi_leap_year(year)))
		return 29;
	return days[month - 1];
}

int32_t mbi_day_number(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1;
	int m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
}

/* ---- text ---- */

static void put_field(struct mbi_text *t, int value, unsigned digits)
{
	if (value == MB_EVERY)
		mbi_put(t, '*');
	else
		mbi_put_number(t, (uint64_t)value, digits);
}

void mbi_put_datetime(struct mbi_text *t, const struct mb_datetime *dt, bool seconds)
{
	if (dt->type != 'J') {
		put_field(t, dt->year, 4);
		mbi_put(t, '-');
		put_field(t, dt->month, 2);
		mbi_put(t, '-');
		put_field(t, dt->day, 2);
	}
	if (dt->type == 'G')
		return;
	if (dt->type != 'J')
		mbi_put(t, 'T');
	put_field(t, dt->hour, 2);
	mbi_put(t, ':');
	put_field(t, dt->minute, 2);
	if (seconds || dt->type != 'F') {
		mbi_put(t, ':');
		put_field(t, dt->second, 2);
	}
}

int mb_datetime_text(const struct mb_datetime *datetime, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	mbi_put_datetime(&t, datetime, false);
	return mbi_text_end(&t);
}

/* ---- writing ---- */

/* Only type F can say 2081 and later. */
static bool write_year(const struct date_type *type, int year, uint64_t *n)
{
	unsigned low = EVERY_YEAR, hundred = 0;

	if (year != MB_EVERY) {
		if (year <= 1900 + YEAR_PIVOT || year >= 2300)
			return false;
		low = (unsigned)year % 100;
		if (year > 2000 + YEAR_PIVOT)
			hundred = ((unsigned)year - 1900) / 100;
	}
	if (hundred && type->letter != 'F')
		return false;
	*n |= (uint64_t)hundred << F_HUNDRED;
	*n |= (uint64_t)((low & 7) << 5 | (low >> 3) << 12) << type->day;
	return true;
}

static bool write_fields(const struct date_type *type, const struct mb_datetime *dt, uint64_t *n)
{
	const struct date_field *field = type->fields, *end = field + type->count;

	for (; field < end; field++) {
		unsigned value = *((const uint8_t *)dt + field->member);

		if (value == (uint8_t)MB_EVERY && field->every != NO_EVERY)
			value = field->every;
		else if (value - field->first > field->span)
			return false;
		*n |= (uint64_t)value << field->at;
	}
	return type->day == NO_DAY || (has_day(dt) && write_year(type, dt->year, n));
}

int mb_datetime_write(const struct mb_datetime *datetime, uint8_t type, uint8_t *ret_bytes)
{
	const struct date_type *row = type_of(type, 0);
	struct mb_datetime dt = *datetime;
	uint64_t n = 0;

	if (!row)
		return MB_E_INVALID;
	if (type == 'I') {
		n = (uint64_t)(dt.dst_hours > 0) << I_DST_AHEAD;
		if (dt.dst_hours < 0)
			dt.dst_hours = (int8_t)-dt.dst_hours;
		if (dt.week > WEEKS_MAX)
			return MB_E_INVALID;
	}
	if (!write_fields(row, &dt, &n))
		return MB_E_INVALID;
	mbi_store(ret_bytes, n, row->len);
	return 0;
}
