/* SPDX-License-Identifier: MIT */
/* Types F, G, I, J, EN 13757-3 Annex A. Local time of the meter, never converted. */
#include <meterbus/error.h>
#include <meterbus/value.h>

#include "date.h"
#include "mem.h"
#include "text.h"

#define EVERY_SECOND 63
#define EVERY_MINUTE 63
#define EVERY_HOUR 31
#define EVERY_DAY 0
#define EVERY_MONTH 15
#define EVERY_YEAR 127
#define YEAR_PIVOT 80 /* 0..80 is 2000..2080, 81..99 is 1981..1999 */
#define WEEKS_MAX 53
#define LEN_MAX 6
#define SHORTEST_MONTH 28

/* A field as sent: MB_EVERY for its special value, *ok cleared when over its limit. */
static int8_t field(unsigned raw, unsigned every, unsigned last, bool *ok)
{
	if (raw == every)
		return MB_EVERY;
	*ok &= raw <= last;
	return (int8_t)raw;
}

static int16_t full_year(unsigned year, unsigned hundred, bool *ok)
{
	if (year == EVERY_YEAR)
		return MB_EVERY;
	*ok &= year <= 99;
	if (hundred == 0)
		return (int16_t)(year <= YEAR_PIVOT ? 2000 + year : 1900 + year);
	return (int16_t)(1900 + 100 * hundred + year);
}

/* Day, month and year in two bytes, as in all types but J. */
static void read_day(const uint8_t b[2], unsigned hundred, struct mb_datetime *dt, bool *ok)
{
	dt->day = field(b[0] & 0x1F, EVERY_DAY, 31, ok);
	dt->month = field(b[1] & 0x0F, EVERY_MONTH, 12, ok);
	dt->year = full_year((unsigned)(b[0] >> 5 | (b[1] & 0xF0) >> 1), hundred, ok);
	*ok &= dt->month != 0;
	if (dt->day > SHORTEST_MONTH)
		*ok &= dt->day <= mbi_month_days(dt->year, dt->month);
}

static void read_f(const uint8_t *b, struct mb_datetime *dt, bool *ok)
{
	dt->minute = field(b[0] & 0x3F, EVERY_MINUTE, 59, ok);
	dt->invalid = b[0] & 0x80;
	dt->hour = field(b[1] & 0x1F, EVERY_HOUR, 23, ok);
	dt->summer = b[1] & 0x80;
	read_day(b + 2, b[1] >> 5 & 3, dt, ok);
}

static void read_g(const uint8_t *b, struct mb_datetime *dt, bool *ok)
{
	read_day(b, 0, dt, ok);
}

static void read_i(const uint8_t *b, struct mb_datetime *dt, bool *ok)
{
	dt->second = field(b[0] & 0x3F, EVERY_SECOND, 59, ok);
	dt->summer = b[0] & 0x40;
	dt->leap_year = b[0] & 0x80;
	dt->minute = field(b[1] & 0x3F, EVERY_MINUTE, 59, ok);
	dt->invalid = b[1] & 0x80;
	dt->hour = field(b[2] & 0x1F, EVERY_HOUR, 23, ok);
	dt->weekday = b[2] >> 5;
	read_day(b + 3, 0, dt, ok);
	dt->week = b[5] & 0x3F;
	if (dt->week > WEEKS_MAX)
		dt->week = 0;
	dt->dst_hours = (int8_t)(b[5] >> 6);
	if (!(b[1] & 0x40))
		dt->dst_hours = (int8_t)-dt->dst_hours;
}

static void read_j(const uint8_t *b, struct mb_datetime *dt, bool *ok)
{
	dt->second = field(b[0] & 0x3F, EVERY_SECOND, 59, ok);
	dt->minute = field(b[1] & 0x3F, EVERY_MINUTE, 59, ok);
	dt->hour = field(b[2] & 0x1F, EVERY_HOUR, 23, ok);
}

/* By length. `day` is where the day stands: a day and a month of 0 there are no date yet. */
static const struct date_type {
	void (*read)(const uint8_t *b, struct mb_datetime *dt, bool *ok);
	uint8_t letter, value_type, day;
} types[LEN_MAX + 1] = {
	[2] = {read_g, 'G', MB_VALUE_DATE, 0},
	[3] = {read_j, 'J', MB_VALUE_TIME, 0},
	[4] = {read_f, 'F', MB_VALUE_DATETIME, 2},
	[6] = {read_i, 'I', MB_VALUE_DATETIME, 3},
};

static bool all_ones(const uint8_t *bytes, size_t len)
{
	while (len && bytes[len - 1] == 0xFF)
		len--;
	return len == 0;
}

static bool has_every(const struct mb_datetime *dt)
{
	return dt->year == MB_EVERY || dt->month == MB_EVERY || dt->day == MB_EVERY ||
	       dt->hour == MB_EVERY || dt->minute == MB_EVERY || dt->second == MB_EVERY;
}

static uint8_t why_invalid(const struct date_type *type, const uint8_t *bytes, size_t len)
{
	if (all_ones(bytes, len))
		return MB_REASON_NOT_AVAILABLE;
	if (type->letter != 'J' && !(bytes[type->day] & 0x1F) && !(bytes[type->day + 1] & 0x0F))
		return MB_REASON_NO_DATE;
	return MB_REASON_NONE;
}

int mb_datetime_read(const uint8_t *bytes, size_t len, struct mb_value *ret_value)
{
	struct mb_datetime dt = {0};
	const struct date_type *type = &types[len <= LEN_MAX ? len : 0];
	uint8_t reason;
	bool ok = true;

	if (!type->read)
		return MB_E_INVALID;
	reason = why_invalid(type, bytes, len);
	if (reason == MB_REASON_NONE) {
		type->read(bytes, &dt, &ok);
		reason = dt.invalid ? MB_REASON_TIME_INVALID : MB_REASON_NONE;
		if (!ok)
			reason = MB_REASON_BAD_DATE;
	}
	ret_value->reason = reason;
	ret_value->type = type->value_type;
	if (reason != MB_REASON_NONE && reason != MB_REASON_TIME_INVALID) {
		ret_value->type = MB_VALUE_INVALID;
		return 0;
	}
	dt.type = type->letter;
	dt.periodic = has_every(&dt);
	ret_value->datetime = dt;
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

static uint8_t raw_field(int value, unsigned every, int first, int last, bool *ok)
{
	if (value == MB_EVERY)
		return (uint8_t)every;
	*ok &= value >= first && value <= last;
	return (uint8_t)value;
}

/* Two bytes; *hundred is for type F, which alone can say 2081. */
static void write_day(const struct mb_datetime *dt, uint8_t b[2], uint8_t *hundred, bool *ok)
{
	unsigned year = EVERY_YEAR;

	*hundred = 0;
	if (dt->year != MB_EVERY) {
		*ok &= dt->year > 1900 + YEAR_PIVOT && dt->year < 2300;
		year = (unsigned)(dt->year % 100);
		if (dt->year > 2000 + YEAR_PIVOT)
			*hundred = (uint8_t)((dt->year - 1900) / 100);
	}
	*ok &= dt->month == MB_EVERY || dt->day <= mbi_month_days(dt->year, dt->month);
	b[0] = (uint8_t)(raw_field(dt->day, EVERY_DAY, 1, 31, ok) | (year & 7) << 5);
	b[1] = (uint8_t)(raw_field(dt->month, EVERY_MONTH, 1, 12, ok) | (year >> 3) << 4);
}

static void write_f(const struct mb_datetime *dt, uint8_t *b, bool *ok)
{
	uint8_t hundred;

	write_day(dt, b + 2, &hundred, ok);
	b[0] = (uint8_t)(raw_field(dt->minute, EVERY_MINUTE, 0, 59, ok) | dt->invalid << 7);
	b[1] = (uint8_t)(raw_field(dt->hour, EVERY_HOUR, 0, 23, ok) | hundred << 5 |
			 dt->summer << 7);
}

static void write_g(const struct mb_datetime *dt, uint8_t *b, bool *ok)
{
	uint8_t hundred;

	write_day(dt, b, &hundred, ok);
	*ok &= hundred == 0;
}

static void write_i(const struct mb_datetime *dt, uint8_t *b, bool *ok)
{
	int dst = dt->dst_hours < 0 ? -dt->dst_hours : dt->dst_hours;

	write_g(dt, b + 3, ok);
	*ok &= dst <= 3 && dt->weekday <= 7 && dt->week <= WEEKS_MAX;
	b[0] = (uint8_t)(raw_field(dt->second, EVERY_SECOND, 0, 59, ok) | dt->summer << 6 |
			 dt->leap_year << 7);
	b[1] = (uint8_t)(raw_field(dt->minute, EVERY_MINUTE, 0, 59, ok) | (dt->dst_hours > 0) << 6 |
			 dt->invalid << 7);
	b[2] = (uint8_t)(raw_field(dt->hour, EVERY_HOUR, 0, 23, ok) | dt->weekday << 5);
	b[5] = (uint8_t)(dt->week | dst << 6);
}

static void write_j(const struct mb_datetime *dt, uint8_t *b, bool *ok)
{
	b[0] = raw_field(dt->second, EVERY_SECOND, 0, 59, ok);
	b[1] = raw_field(dt->minute, EVERY_MINUTE, 0, 59, ok);
	b[2] = raw_field(dt->hour, EVERY_HOUR, 0, 23, ok);
}

int mb_datetime_write(const struct mb_datetime *datetime, uint8_t type, uint8_t *ret_bytes)
{
	static const struct {
		uint8_t letter, len;
		void (*write)(const struct mb_datetime *dt, uint8_t *b, bool *ok);
	} writers[] = {{'F', 4, write_f}, {'G', 2, write_g}, {'I', 6, write_i}, {'J', 3, write_j}};
	uint8_t bytes[LEN_MAX];
	bool ok = true;

	for (unsigned i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		if (writers[i].letter != type)
			continue;
		writers[i].write(datetime, bytes, &ok);
		if (!ok)
			return MB_E_INVALID;
		memcpy(ret_bytes, bytes, writers[i].len);
		return 0;
	}
	return MB_E_INVALID;
}
