/* SPDX-License-Identifier: MIT */
#include "sim/model.h"

#include <string.h>

#define S_PER_HOUR 3600
#define S_PER_DAY 86400
/* Parts of a row; see struct model_row. */
#define R(r, d) .rule = RULE_##r, .data_field = MB_DATA_##d
#define VIF(code) .vif_code = code
#define FD(code) .vif_table = MB_VIF_FD, .vif_code = code
#define FB(code) .vif_table = MB_VIF_FB, .vif_code = code
#define PLAIN_TEXT(text) .vif_table = MB_VIF_PLAIN_TEXT, .unit = text
#define VIFE1(a) .vife = {a}, .vife_len = 1
#define VIFE2(a, b) .vife = {a, b}, .vife_len = 2
#define BY(b, r) .base = b, .rate = r
#define BACK(months) .back = months
#define BYTES(bytes) .rule = RULE_BYTES, .text = (bytes), .base = sizeof(bytes) - 1
#define MAXIMUM .function = MB_FUNCTION_MAXIMUM
#define MINIMUM .function = MB_FUNCTION_MINIMUM
#define IN_ERROR .function = MB_FUNCTION_ERROR
#define TABLE(rows) rows, sizeof(rows) / sizeof((rows)[0])
#define PLAIN MB_SLAVE_QUIRK_COUNT, 0

/* clang-format off */
/* VIF codes are in the order of vif.tsv; the comments name quantity and resolution. */

/* A heat meter as Kamstrup's Multical: one telegram, one billing date, a maker's block. */
static const struct model_row heat_rows[] = {
	{R(FABRICATION, BCD8), VIF(0x78)},
	{R(COUNTER, INT32), VIF(0x06), BY(13450, 4)}, /* kWh */
	{R(COUNTER, INT32), VIF(0x14), BY(45210, 11)}, /* 0.01 m3 */
	{R(COUNTER, INT32), VIF(0x22), BY(9120, 1)}, /* on time, h */
	{R(WAVE, INT16), VIF(0x59), BY(6100, 1900)}, /* flow, 0.01 C */
	{R(WAVE, INT16), VIF(0x5D), BY(3800, 600)}, /* return, 0.01 C */
	{R(WAVE, INT16), VIF(0x61), BY(2300, 1300)}, /* difference, 0.01 K */
	{R(WAVE, INT32), VIF(0x2D), BY(21, 64)}, /* 100 W */
	{R(WAVE, INT32), MAXIMUM, VIF(0x2D), BY(97, 0)},
	{R(WAVE, INT32), VIF(0x3B), BY(60, 140)}, /* l/h */
	{R(CLOCK, INT32), VIF(0x6D)},
	{R(STORED, INT32), .storage = 1, VIF(0x06), BY(13450, 4), BACK(1)},
	{R(STORED, INT32), .storage = 1, VIF(0x14), BY(45210, 11), BACK(1)},
	{R(STORED_DATE, INT16), .storage = 1, VIF(0x6C), BACK(1)},
	{R(BLOCK, NONE), BY(12, 0)},
};

/* A heat meter as Landis+Gyr's Ultraheat: BCD, and 14 months of history in a second telegram. */
static const struct model_row heat_history_rows[] = {
	{R(COUNTER, BCD8), VIF(0x06), BY(127301, 6)}, /* kWh */
	{R(COUNTER, BCD8), VIF(0x14), BY(81250, 17)}, /* 0.01 m3 */
	{R(COUNTER, BCD6), VIF(0x22), BY(21300, 1)}, /* h */
	{R(CONST, BCD4), IN_ERROR, VIF(0x22)}, /* hours in error */
	{R(WAVE, BCD6), VIF(0x2C), BY(105, 320)}, /* 10 W */
	{R(WAVE, BCD6), VIF(0x3B), BY(82, 260)}, /* l/h */
	{R(WAVE, BCD4), VIF(0x5A), BY(655, 120)}, /* 0.1 C */
	{R(WAVE, BCD4), VIF(0x5E), BY(410, 60)}, /* 0.1 C */
	{R(CLOCK, INT32), VIF(0x6D)},
};

static const struct model_row water_rows[] = {
	{R(FABRICATION, BCD8), VIF(0x78)},
	{R(COUNTER, BCD8), VIF(0x13), BY(123456, 13)}, /* l */
	{R(COUNTER, BCD8), VIF(0x13), VIFE1(0x3C), BY(12, 0)}, /* backward */
	{R(WAVE, BCD6), VIF(0x3B), BY(0, 84)}, /* l/h */
	{R(CLOCK, INT32), VIF(0x6D)},
	{R(CONST, INT16), FD(0x17)}, /* error flags */
	{R(STORED, BCD8), .storage = 1, VIF(0x13), BY(123456, 13), BACK(1)},
	{R(STORED_DATE, INT16), .storage = 1, VIF(0x6C), BACK(1)},
};

static const struct model_row gas_rows[] = {
	{R(COUNTER, BCD8), VIF(0x14), BY(88120, 24)}, /* 0.01 m3 */
	{R(COUNTER, BCD8), VIF(0x14), VIFE1(0x3E), BY(84010, 23)}, /* at base conditions */
	{R(WAVE, INT16), VIF(0x5B), BY(4, 14)}, /* C */
	{R(WAVE, INT16), VIF(0x68), BY(1012, 9)}, /* mbar */
	{R(CLOCK, INT32), VIF(0x6D)},
	{R(STORED, BCD8), .storage = 1, VIF(0x14), BY(88120, 24), BACK(1)},
	{R(STORED_DATE, INT16), .storage = 1, VIF(0x6C), BACK(1)},
};

/* A heat cost allocator behind a wired receiver. */
static const struct model_row hca_rows[] = {
	{R(COUNTER, BCD6), VIF(0x6E), BY(1210, 1)},
	{R(STORED, BCD6), .storage = 1, VIF(0x6E), BY(1210, 1), BACK(1)},
	{R(STORED_DATE, INT16), .storage = 1, VIF(0x6C), BACK(1)},
	{R(WAVE, INT16), VIF(0x65), BY(2050, 250)}, /* ambient, 0.01 C */
	{R(CLOCK, INT32), VIF(0x6D)},
};

/* Tariffs and three phases, phase numbers as makers' VIFEs (ABB, EMU). */
static const struct model_row electricity_rows[] = {
	{R(COUNTER, BCD12), VIF(0x04), BY(4821033, 150)}, /* 10 Wh */
	{R(COUNTER, BCD12), .tariff = 1, VIF(0x04), BY(3021000, 110)},
	{R(COUNTER, BCD12), .tariff = 2, VIF(0x04), BY(1800033, 40)},
	{R(WAVE, INT32), VIF(0x29), BY(61200, 182000)}, /* 0.01 W */
	{R(WAVE, INT32), VIF(0x29), VIFE2(0x7F, 0x01), BY(20400, 60000)},
	{R(WAVE, INT32), VIF(0x29), VIFE2(0x7F, 0x02), BY(20400, 61000)},
	{R(WAVE, INT32), VIF(0x29), VIFE2(0x7F, 0x03), BY(20400, 61000)},
	{R(WAVE, INT32), FD(0x48), VIFE2(0x7F, 0x01), BY(2301, 24)}, /* 0.1 V */
	{R(WAVE, INT32), FD(0x48), VIFE2(0x7F, 0x02), BY(2298, 22)},
	{R(WAVE, INT32), FD(0x48), VIFE2(0x7F, 0x03), BY(2304, 19)},
	{R(WAVE, INT32), FD(0x59), VIFE2(0x7F, 0x01), BY(890, 2600)}, /* mA */
	{R(WAVE, INT32), FD(0x59), VIFE2(0x7F, 0x02), BY(887, 2590)},
	{R(WAVE, INT32), FD(0x59), VIFE2(0x7F, 0x03), BY(893, 2610)},
};

/* Three telegrams: energies, phases (FC 01..03 of 2018), maxima. */
static const struct model_row electricity_multi_rows[] = {
	{R(COUNTER, INT48), VIF(0x03), BY(77120450, 2210)}, /* Wh */
	{R(COUNTER, INT48), .tariff = 1, VIF(0x03), BY(50120450, 1510)},
	{R(COUNTER, INT48), .tariff = 2, VIF(0x03), BY(27000000, 700)},
	{R(COUNTER, INT48), VIF(0x03), VIFE1(0x3C), BY(10220, 3)}, /* export */
	{R(CLOCK, INT48), VIF(0x6D)},
	{.telegram = 1, R(WAVE, INT24), VIF(0x2B), BY(610, 4100)}, /* W */
	{.telegram = 1, R(WAVE, INT24), VIF(0x2B), VIFE2(0x7C, 0x01), BY(203, 1366)},
	{.telegram = 1, R(WAVE, INT24), VIF(0x2B), VIFE2(0x7C, 0x02), BY(203, 1367)},
	{.telegram = 1, R(WAVE, INT24), VIF(0x2B), VIFE2(0x7C, 0x03), BY(204, 1367)},
	{.telegram = 1, R(WAVE, INT16), FD(0x48), VIFE2(0x7C, 0x01), BY(2311, 12)},
	{.telegram = 1, R(WAVE, INT16), FD(0x48), VIFE2(0x7C, 0x02), BY(2295, 14)},
	{.telegram = 1, R(WAVE, INT16), FD(0x48), VIFE2(0x7C, 0x03), BY(2302, 11)},
	{.telegram = 1, R(WAVE, INT16), FB(0x2E), BY(499, 2)}, /* 0.1 Hz */
	{.telegram = 2, R(CONST, INT24), MAXIMUM, VIF(0x2B), BY(9120, 0)},
	{.telegram = 2, R(STORED, INT48), .storage = 1, VIF(0x03), BY(77120450, 2210), BACK(1)},
	{.telegram = 2, R(STORED_DATE, INT16), .storage = 1, VIF(0x6C), BACK(1)},
	{.telegram = 2, R(TEXT, LVAR), FD(0x0C), .text = "EM-310"},
};

/* The fixed structure: counter 1 in l, counter 2 its value at a fixed date. */
static const struct model_row fixed_rows[] = {
	{R(COUNTER, NONE), VIF(0x29), BY(14711, 9)},
	{R(STORED, NONE), VIF(0x3E), BY(14711, 9), BACK(1)},
};

/* A sensor as Elvaco's CMa10: units as plain text in front of the VIFEs. */
static const struct model_row humidity_rows[] = {
	{R(WAVE, INT16), VIF(0x65), BY(2105, 180)}, /* 0.01 C */
	{R(WAVE, INT16), PLAIN_TEXT("%RH"), VIFE1(0x74), BY(4120, 730)},
	{R(WAVE, INT16), MINIMUM, VIF(0x65), BY(1840, 0)},
	{R(WAVE, INT16), MAXIMUM, VIF(0x65), BY(2510, 0)},
};

/* What breaks decoders: each of these was seen in the field. */
static const struct model_row odd_rows[] = {
	{R(COUNTER, BCD8), VIF(0x13), BY(5501, 2)},
	{BYTES("\x0A\x66\x05\xF1")}, /* BCD with F as its sign: -10.5 C */
	{BYTES("\x0D\x93\x3C\xC3\x56\x34\x12")}, /* BCD by LVAR: 123456 l, backward */
	{BYTES("\x0C\x06\xBB\xBB\xBB\xDB")}, /* BCD "not available" */
	{BYTES("\x42\x6C\x00\x00")}, /* no date yet */
	{BYTES("\x44\x6D\x00\x00\xE1\xF1")}, /* every 1 January */
	{BYTES("\x04\x7B\x39\x30\x00\x00")}, /* VIF 7B without its table byte */
	{BYTES("\x05\x2B\x00\x00\xC0\x7F")}, /* NaN */
	{BYTES("\x04\xAB\x15\x00\x00\x00\x00")}, /* record error: no data available */
	{BYTES("\x0D\xFD\x11\x00")}, /* text without a letter */
	{BYTES("\x2F\x2F\x02\xFD\x17\x01\x80")}, /* fillers in between; error flags */
	{R(BLOCK, NONE), BY(20, 0)}, /* and a block that looks like records */
};

/* One channel of a pulse adapter (Relay PadPuls). */
static const struct model_row pulse_rows[] = {
	{R(COUNTER, BCD8), VIF(0x13), BY(9020, 7)},
	{R(CLOCK, INT32), VIF(0x6D)},
	{R(STORED, BCD8), .storage = 1, VIF(0x13), BY(9020, 7), BACK(1)},
	{R(STORED_DATE, INT16), .storage = 1, VIF(0x6C), BACK(1)},
};

const struct model models[] = {
	{"heat", "heat meter, billing date, maker's block",
		"KAM", 0x08, 0x04, SHAPE_LONG, TABLE(heat_rows), 0, 0, PLAIN},
	{"heat-history", "heat meter, 14 months of history in a second telegram",
		"LUG", 0x02, 0x04, SHAPE_LONG, TABLE(heat_history_rows), 14, 0, PLAIN},
	{"water", "cold water meter, billing date",
		"ITW", 0x14, 0x16, SHAPE_LONG, TABLE(water_rows), 0, 0, PLAIN},
	{"warm-water", "warm water meter",
		"ZRI", 0x01, 0x06, SHAPE_LONG, TABLE(water_rows), 0, 0, PLAIN},
	{"short-header", "heat cost allocator with the short header, CI 7A",
		"TCH", 0x61, 0x08, SHAPE_SHORT, TABLE(hca_rows), 0, 0, PLAIN},
	{"gas", "gas meter with temperature and pressure",
		"ELS", 0x01, 0x03, SHAPE_LONG, TABLE(gas_rows), 0, 0, PLAIN},
	{"hca", "heat cost allocator",
		"QDS", 0x22, 0x08, SHAPE_LONG, TABLE(hca_rows), 0, 0, PLAIN},
	{"electricity", "electricity meter, two tariffs, three phases",
		"ABB", 0x20, 0x02, SHAPE_LONG, TABLE(electricity_rows), 0, 0, PLAIN},
	{"electricity-multi", "electricity meter, three telegrams",
		"EMU", 0x10, 0x02, SHAPE_LONG, TABLE(electricity_multi_rows), 0, 0, PLAIN},
	{"fixed", "water meter of the fixed structure, CI 73",
		"SEN", 0x01, 0x07, SHAPE_FIXED, TABLE(fixed_rows), 0, 0, MB_SLAVE_NO_SECONDARY, 1},
	{"humidity", "room sensor with plain-text units",
		"ELV", 0x0A, 0x1B, SHAPE_LONG, TABLE(humidity_rows), 0, 0, PLAIN},
	{"pulse", "channel of a pulse adapter",
		"REL", 0x41, 0x07, SHAPE_LONG, TABLE(pulse_rows), 0, 0, PLAIN},
	{"odd", "signs, dates and codes that break decoders",
		"AAA", 0xFF, 0x07, SHAPE_LONG, TABLE(odd_rows), 0, 0, PLAIN},
	{"encrypted", "water meter, AES mode 5 (needs key=)",
		"DME", 0x40, 0x07, SHAPE_ENCRYPTED, TABLE(water_rows), 0, 0, PLAIN},
	{"slow", "heat meter that answers after 1.5 s",
		"REL", 0x05, 0x04, SHAPE_LONG, TABLE(heat_rows), 0, 0, MB_SLAVE_SLOW, 1500},
	{"sticky-fcb", "multi-telegram meter with one FCB memory for both addresses",
		"SEN", 0x0B, 0x04, SHAPE_LONG, TABLE(heat_history_rows), 14, 0, MB_SLAVE_FCB_SHARED, 1},
	{"endless", "electricity meter that says 'more follows' for ever",
		"IME", 0x55, 0x02, SHAPE_LONG, TABLE(electricity_multi_rows), 0, 0, MB_SLAVE_MORE_FOREVER, 1},
	{"needs-reset", "meter without data before an application reset",
		"SLB", 0x01, 0x04, SHAPE_LONG, TABLE(hca_rows), 0, 0, MB_SLAVE_NEEDS_RESET, 1},
};
/* clang-format on */

const size_t n_models = sizeof(models) / sizeof(models[0]);

const struct model *model_find(const char *name)
{
	for (size_t i = 0; i < n_models; i++)
		if (!strcmp(models[i].name, name))
			return &models[i];
	return NULL;
}

unsigned model_telegrams(const struct model *model)
{
	unsigned last = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		if (model->rows[i].telegram > last)
			last = model->rows[i].telegram;
	return last + 1 + (model->history > 0);
}

/* ---- the rules ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Hours that a meter of this identification is older than the segment: its last three digits. */
static int64_t age_h(uint32_t id)
{
	return (int64_t)(id >> 8 & 0xF) * 100 + (int64_t)(id >> 4 & 0xF) * 10 + (int64_t)(id & 0xF);
}

static int64_t counter(const struct model_row *row, uint32_t id, int64_t elapsed_s)
{
	return row->base + row->rate * age_h(id) + floor_div(row->rate * elapsed_s, S_PER_HOUR);
}

/* Rises from midnight to noon and falls again. */
static int64_t wave(const struct model_row *row, int64_t wall_s)
{
	int64_t phase = wall_s - floor_div(wall_s, S_PER_DAY) * S_PER_DAY;
	int64_t rise = phase <= S_PER_DAY / 2 ? phase : S_PER_DAY - phase;

	return row->base + row->rate * rise / (S_PER_DAY / 2);
}

int64_t model_value(const struct model_row *row, uint32_t id, int64_t start_s, int64_t wall_s)
{
	switch ((enum model_rule)row->rule) {
	case RULE_COUNTER:
		return counter(row, id, wall_s - start_s);
	case RULE_STORED:
		return counter(row, id, model_month_end(wall_s, row->back) - start_s);
	case RULE_WAVE:
		return wave(row, wall_s);
	default:
		return row->base;
	}
}

/* ---- calendar: days from civil, the year begins in March ---- */

#define DAYS_PER_ERA 146097 /* 400 years */
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

static int64_t days_from(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - DAYS_TO_1970;
}

int64_t model_seconds(const struct mb_datetime *t)
{
	return days_from(t->year, t->month, t->day) * S_PER_DAY + t->hour * 3600 + t->minute * 60 +
	       t->second;
}

void model_datetime(int64_t seconds, struct mb_datetime *ret_t)
{
	int64_t days = floor_div(seconds, S_PER_DAY);
	int64_t rest = seconds - days * S_PER_DAY;
	int64_t z = days + DAYS_TO_1970;
	int64_t era = floor_div(z, DAYS_PER_ERA);
	int64_t doe = z - era * DAYS_PER_ERA;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*ret_t = (struct mb_datetime){.type = 'F'};
	ret_t->day = (int8_t)(doy - (153 * mp + 2) / 5 + 1);
	ret_t->month = (int8_t)(mp < 10 ? mp + 3 : mp - 9);
	ret_t->year = (int16_t)(yoe + era * 400 + (ret_t->month <= 2));
	ret_t->hour = (int8_t)(rest / 3600);
	ret_t->minute = (int8_t)(rest / 60 % 60);
	ret_t->second = (int8_t)(rest % 60);
	ret_t->weekday = (uint8_t)((days % 7 + 10) % 7 + 1); /* 1970-01-01 was a Thursday */
}

int64_t model_month_end(int64_t now_s, unsigned back)
{
	struct mb_datetime t;
	int64_t month;

	model_datetime(now_s, &t);
	/* the first day of the month after the one asked for, less a second */
	month = (int64_t)t.year * 12 + t.month - 1 - (int64_t)back + 1;
	return days_from(floor_div(month, 12), (int)(month - floor_div(month, 12) * 12) + 1, 1) *
		       S_PER_DAY -
	       1;
}
