/* SPDX-License-Identifier: MIT */
/*
 * The ten fields of a driver's metadata. Labels are those of the drivers in the field, spelt right:
 * "extension FB" was "extention FB". The exponent goes on top of the SI prefix, and VIFE factors are in
 * neither of them.
 */
#include <meterbus/record.h>

#include "mem.h"

struct name {
	const char *key, *label;
};

static const struct name data_fields[16] = {
	{"none", "No Data"},
	{"int8", "8 Bit Integer"},
	{"int16", "16 Bit Integer"},
	{"int24", "24 Bit Integer"},
	{"int32", "32 Bit Integer"},
	{"real32", "32 Bit Real"},
	{"int48", "48 Bit Integer"},
	{"int64", "64 Bit Integer"},
	{"selection", "Selection for readout"},
	{"bcd2", "2 digit BCD"},
	{"bcd4", "4 digit BCD"},
	{"bcd6", "6 digit BCD"},
	{"bcd8", "8 digit BCD"},
	{"lvar", "variable length"},
	{"bcd12", "12 digit BCD"},
	{"special", "Special Function"},
};

static const struct name specials[] = {
	[MB_RECORD_MANUFACTURER] = {"manufacturer", "Special Function Manufacturer specific data"},
	[MB_RECORD_MORE] = {"manufacturer_more",
		"Special Function Manufacturer specific data more records follow in next telegram"},
	[MB_RECORD_GLOBAL_READOUT] = {"readout", "Special Function Global readout request"},
};

static const struct name functions[] = {
	[MB_FUNCTION_INSTANTANEOUS] = {"instantaneous", "Instantaneous value"},
	[MB_FUNCTION_MAXIMUM] = {"maximum", "Maximum value"},
	[MB_FUNCTION_MINIMUM] = {"minimum", "Minimum value"},
	[MB_FUNCTION_ERROR] = {"error", "Value during error state"},
};

static const struct name vif_types[] = {
	[MB_VIF_PRIMARY] = {"primary", "primary"},
	[MB_VIF_FB] = {"extension_fb", "extension FB"},
	[MB_VIF_FD] = {"extension_fd", "extension FD"},
	[MB_VIF_FDFD] = {"extension_fdfd", "extension FD FD"},
	[MB_VIF_PLAIN_TEXT] = {"ascii", "ascii"},
	[MB_VIF_MANUFACTURER] = {"manufacturer", "manufacturer specific"},
	[MB_VIF_RESERVED] = {"extension_ef", "extension EF"},
};

/* From 10^-12 in steps of a thousand. */
#define PREFIX_LOWEST (-12)
#define PREFIX_HIGHEST 9
#define PREFIX_ONE 4
static const struct name prefixes[] = {
	{"pico", "p"},
	{"nano", "n"},
	{"micro", "µ"},
	{"milli", "m"},
	{"one", ""},
	{"kilo", "k"},
	{"mega", "M"},
	{"giga", "G"},
};

enum style {
	STYLE_NONE, /* no unit, no prefix */
	STYLE_BARE, /* a unit, no prefix, no exponent: durations */
	STYLE_ONE, /* prefix "one", all else in the exponent */
	STYLE_PREFIX, /* prefix and 0..2 */
	STYLE_VOLUME, /* below 1 m³ in litres with a prefix */
	STYLE_MASS, /* below 1 t in grams with a prefix */
};

/* clang-format off */
static const struct unit_style {
	uint8_t style;
	const char *label, *small; /* small: the unit below */
} units[MB_UNIT_COUNT] = {
	[MB_UNIT_NONE]       = {STYLE_NONE, NULL, NULL},
	[MB_UNIT_WH]         = {STYLE_PREFIX, "Wh", NULL},
	[MB_UNIT_J]          = {STYLE_PREFIX, "J", NULL},
	[MB_UNIT_M3]         = {STYLE_VOLUME, "m³", "l"},
	[MB_UNIT_KG]         = {STYLE_MASS, "t", "g"},
	[MB_UNIT_S]          = {STYLE_BARE, "s", NULL},
	[MB_UNIT_MIN]        = {STYLE_BARE, "min", NULL},
	[MB_UNIT_H]          = {STYLE_BARE, "h", NULL},
	[MB_UNIT_D]          = {STYLE_BARE, "d", NULL},
	[MB_UNIT_WEEK]       = {STYLE_BARE, "week", NULL},
	[MB_UNIT_MONTH]      = {STYLE_BARE, "m", NULL},
	[MB_UNIT_YEAR]       = {STYLE_BARE, "y", NULL},
	[MB_UNIT_W]          = {STYLE_PREFIX, "W", NULL},
	[MB_UNIT_J_H]        = {STYLE_PREFIX, "J/h", NULL},
	[MB_UNIT_M3_H]       = {STYLE_VOLUME, "m³/h", "l/h"},
	[MB_UNIT_M3_MIN]     = {STYLE_VOLUME, "m³/min", "l/min"},
	[MB_UNIT_M3_S]       = {STYLE_VOLUME, "m³/s", "l/s"},
	[MB_UNIT_KG_H]       = {STYLE_MASS, "t/h", "g/h"},
	[MB_UNIT_CELSIUS]    = {STYLE_ONE, "°C", NULL},
	[MB_UNIT_K]          = {STYLE_ONE, "K", NULL},
	[MB_UNIT_BAR]        = {STYLE_PREFIX, "bar", NULL},
	[MB_UNIT_HCA]        = {STYLE_NONE, NULL, NULL},
	[MB_UNIT_VARH]       = {STYLE_PREFIX, "VARh", NULL},
	[MB_UNIT_VAH]        = {STYLE_PREFIX, "VAh", NULL},
	[MB_UNIT_CAL]        = {STYLE_PREFIX, "cal", NULL},
	[MB_UNIT_VAR]        = {STYLE_PREFIX, "VAR", NULL},
	[MB_UNIT_T]          = {STYLE_PREFIX, "t", NULL},
	[MB_UNIT_PERCENT]    = {STYLE_ONE, "%", NULL},
	[MB_UNIT_FT3]        = {STYLE_ONE, "feet³", NULL},
	[MB_UNIT_USGAL]      = {STYLE_ONE, "american gallon", NULL},
	[MB_UNIT_USGAL_MIN]  = {STYLE_ONE, "american gallon / min", NULL},
	[MB_UNIT_USGAL_H]    = {STYLE_ONE, "american gallon / h", NULL},
	[MB_UNIT_DEGREE]     = {STYLE_ONE, "°", NULL},
	[MB_UNIT_HZ]         = {STYLE_ONE, "Hz", NULL},
	[MB_UNIT_VA]         = {STYLE_PREFIX, "VA", NULL},
	[MB_UNIT_FAHRENHEIT] = {STYLE_PREFIX, "°F", NULL},
	[MB_UNIT_CURRENCY]   = {STYLE_ONE, "Currency", NULL},
	[MB_UNIT_BAUD]       = {STYLE_NONE, NULL, NULL}, /* the label says it */
	[MB_UNIT_BIT_TIMES]  = {STYLE_NONE, NULL, NULL},
	[MB_UNIT_V]          = {STYLE_PREFIX, "V", NULL},
	[MB_UNIT_A]          = {STYLE_PREFIX, "A", NULL},
	[MB_UNIT_DBM]        = {STYLE_ONE, "dBm", NULL},
};
/* clang-format on */

static void set_prefix(struct mb_metadata *m, int exp10, bool split)
{
	int index = PREFIX_ONE;

	if (split) {
		int power = exp10 < PREFIX_LOWEST ? PREFIX_LOWEST : exp10;

		if (power > PREFIX_HIGHEST)
			power = PREFIX_HIGHEST;
		index = (power - PREFIX_LOWEST) / 3;
	}
	m->si_prefix_key = prefixes[index].key;
	m->si_prefix_label = prefixes[index].label;
	m->exponent = (int8_t)(exp10 - (index - PREFIX_ONE) * 3);
	m->has_exponent = true;
}

static void set_unit(struct mb_metadata *m, const struct mb_record *rec)
{
	const struct unit_style *unit = &units[rec->unit];
	uint8_t style = unit->style;
	int exp10 = rec->exp10;
	/* Grams and litres are 10^-3 of our units; a tonne is 10^3 kg. */
	bool small = style == STYLE_VOLUME ? exp10 < 0 : exp10 < 3;

	m->unit_label = unit->label;
	if (style == STYLE_VOLUME || style == STYLE_MASS) {
		m->unit_label = small ? unit->small : unit->label;
		if (small)
			exp10 += 3;
		else if (style == STYLE_MASS)
			exp10 -= 3;
		style = small ? STYLE_PREFIX : STYLE_ONE;
	}
	if (rec->unit == MB_UNIT_CELSIUS && rec->vif_table == MB_VIF_FB)
		style = STYLE_PREFIX;
	if (style == STYLE_ONE || style == STYLE_PREFIX)
		set_prefix(m, exp10, style == STYLE_PREFIX);
	else if (style == STYLE_NONE && exp10)
		set_prefix(m, exp10, false);
}

static void set_date_unit(struct mb_metadata *m, const struct mb_record *rec)
{
	bool by_vif = rec->vif && rec->vif->type == MB_TYPE_DATE && !rec->vife_len;

	if (rec->vif && rec->vif->type == MB_TYPE_TIME)
		m->unit_label = "time and date";
	else
		m->unit_label = by_vif || rec->data_len == 2 ? "Date" : "time and date";
}

void mb_record_metadata(const struct mb_record *record, struct mb_metadata *ret_metadata)
{
	const struct name *field = &data_fields[record->data_field & 0x0F];
	struct mb_metadata *m = ret_metadata;

	if (record->kind != MB_RECORD_DATA)
		field = &specials[record->kind];
	memset(m, 0, sizeof(*m));
	m->data_field_key = field->key;
	m->data_field_label = field->label;
	m->storage = record->storage;
	m->tariff = record->tariff;
	m->subunit = record->subunit;
	if (record->kind != MB_RECORD_DATA)
		return;
	m->function_key = functions[record->function & 3].key;
	m->function_label = functions[record->function & 3].label;
	m->vif_type_key = vif_types[record->vif_table].key;
	m->vif_type_label = vif_types[record->vif_table].label;
	if (record->flags & MB_RECORD_DATE)
		set_date_unit(m, record);
	else if (record->vif_table == MB_VIF_MANUFACTURER)
		set_prefix(m, 0, false);
	else
		set_unit(m, record);
}
