/* SPDX-License-Identifier: MIT */
/* The ten fields of a driver's metadata beside the tables of that driver. */
#include <meterbus/error.h>
#include <meterbus/record.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "hex.h"

#define NONE 127 /* no exponent */

/*
 * Labels, prefixes, units and exponents as the driver of old has them. Its slips are put right here:
 * Actually (Actuality), Duatation, windeow, an open bracket, double blanks. Not here: 7B, 7C, 7D, which
 * are no VIF of their own, and FB 54, which is reserved.
 */
static const struct row {
	const char *vif, *description, *prefix, *unit;
	int exponent;
} rows[] = {
	/* clang-format off */
	/* primary */
	{"00", "Energy", "m", "Wh", 0},
	{"01", "Energy", "m", "Wh", 1},
	{"02", "Energy", "m", "Wh", 2},
	{"03", "Energy", "", "Wh", 0},
	{"04", "Energy", "", "Wh", 1},
	{"05", "Energy", "", "Wh", 2},
	{"06", "Energy", "k", "Wh", 0},
	{"07", "Energy", "k", "Wh", 1},
	{"08", "Energy", "", "J", 0},
	{"09", "Energy", "", "J", 1},
	{"0A", "Energy", "", "J", 2},
	{"0B", "Energy", "k", "J", 0},
	{"0C", "Energy", "k", "J", 1},
	{"0D", "Energy", "k", "J", 2},
	{"0E", "Energy", "M", "J", 0},
	{"0F", "Energy", "M", "J", 1},
	{"10", "Volume", "m", "l", 0},
	{"11", "Volume", "m", "l", 1},
	{"12", "Volume", "m", "l", 2},
	{"13", "Volume", "", "l", 0},
	{"14", "Volume", "", "l", 1},
	{"15", "Volume", "", "l", 2},
	{"16", "Volume", "", "m³", 0},
	{"17", "Volume", "", "m³", 1},
	{"18", "Mass", "", "g", 0},
	{"19", "Mass", "", "g", 1},
	{"1A", "Mass", "", "g", 2},
	{"1B", "Mass", "k", "g", 0},
	{"1C", "Mass", "k", "g", 1},
	{"1D", "Mass", "k", "g", 2},
	{"1E", "Mass", "", "t", 0},
	{"1F", "Mass", "", "t", 1},
	{"20", "On Time", NULL, "s", NONE},
	{"21", "On Time", NULL, "min", NONE},
	{"22", "On Time", NULL, "h", NONE},
	{"23", "On Time", NULL, "d", NONE},
	{"24", "Operating Time", NULL, "s", NONE},
	{"25", "Operating Time", NULL, "min", NONE},
	{"26", "Operating Time", NULL, "h", NONE},
	{"27", "Operating Time", NULL, "d", NONE},
	{"28", "Power", "m", "W", 0},
	{"29", "Power", "m", "W", 1},
	{"2A", "Power", "m", "W", 2},
	{"2B", "Power", "", "W", 0},
	{"2C", "Power", "", "W", 1},
	{"2D", "Power", "", "W", 2},
	{"2E", "Power", "k", "W", 0},
	{"2F", "Power", "k", "W", 1},
	{"30", "Power", "", "J/h", 0},
	{"31", "Power", "", "J/h", 1},
	{"32", "Power", "", "J/h", 2},
	{"33", "Power", "k", "J/h", 0},
	{"34", "Power", "k", "J/h", 1},
	{"35", "Power", "k", "J/h", 2},
	{"36", "Power", "M", "J/h", 0},
	{"37", "Power", "M", "J/h", 1},
	{"38", "Volume Flow", "m", "l/h", 0},
	{"39", "Volume Flow", "m", "l/h", 1},
	{"3A", "Volume Flow", "m", "l/h", 2},
	{"3B", "Volume Flow", "", "l/h", 0},
	{"3C", "Volume Flow", "", "l/h", 1},
	{"3D", "Volume Flow", "", "l/h", 2},
	{"3E", "Volume Flow", "", "m³/h", 0},
	{"3F", "Volume Flow", "", "m³/h", 1},
	{"40", "Volume Flow", "µ", "l/min", 2},
	{"41", "Volume Flow", "m", "l/min", 0},
	{"42", "Volume Flow", "m", "l/min", 1},
	{"43", "Volume Flow", "m", "l/min", 2},
	{"44", "Volume Flow", "", "l/min", 0},
	{"45", "Volume Flow", "", "l/min", 1},
	{"46", "Volume Flow", "", "l/min", 2},
	{"47", "Volume Flow", "", "m³/min", 0},
	{"48", "Volume Flow", "µ", "l/s", 0},
	{"49", "Volume Flow", "µ", "l/s", 1},
	{"4A", "Volume Flow", "µ", "l/s", 2},
	{"4B", "Volume Flow", "m", "l/s", 0},
	{"4C", "Volume Flow", "m", "l/s", 1},
	{"4D", "Volume Flow", "m", "l/s", 2},
	{"4E", "Volume Flow", "", "l/s", 0},
	{"4F", "Volume Flow", "", "l/s", 1},
	{"50", "Mass flow", "", "g/h", 0},
	{"51", "Mass flow", "", "g/h", 1},
	{"52", "Mass flow", "", "g/h", 2},
	{"53", "Mass flow", "k", "g/h", 0},
	{"54", "Mass flow", "k", "g/h", 1},
	{"55", "Mass flow", "k", "g/h", 2},
	{"56", "Mass flow", "", "t/h", 0},
	{"57", "Mass flow", "", "t/h", 1},
	{"58", "Flow Temperature", "", "°C", -3},
	{"59", "Flow Temperature", "", "°C", -2},
	{"5A", "Flow Temperature", "", "°C", -1},
	{"5B", "Flow Temperature", "", "°C", 0},
	{"5C", "Return Temperature", "", "°C", -3},
	{"5D", "Return Temperature", "", "°C", -2},
	{"5E", "Return Temperature", "", "°C", -1},
	{"5F", "Return Temperature", "", "°C", 0},
	{"60", "Temperature Difference", "", "K", -3},
	{"61", "Temperature Difference", "", "K", -2},
	{"62", "Temperature Difference", "", "K", -1},
	{"63", "Temperature Difference", "", "K", 0},
	{"64", "External Temperature", "", "°C", -3},
	{"65", "External Temperature", "", "°C", -2},
	{"66", "External Temperature", "", "°C", -1},
	{"67", "External Temperature", "", "°C", 0},
	{"68", "Pressure", "m", "bar", 0},
	{"69", "Pressure", "m", "bar", 1},
	{"6A", "Pressure", "m", "bar", 2},
	{"6B", "Pressure", "", "bar", 0},
	{"6C", "Time Point", NULL, "Date", NONE},
	{"6D", "Time Point", NULL, "time and date", NONE},
	{"6E", "Units for H.C.A.", NULL, NULL, NONE},
	{"70", "Averaging Duration", NULL, "s", NONE},
	{"71", "Averaging Duration", NULL, "min", NONE},
	{"72", "Averaging Duration", NULL, "h", NONE},
	{"73", "Averaging Duration", NULL, "d", NONE},
	{"74", "Actuality Duration", NULL, "s", NONE},
	{"75", "Actuality Duration", NULL, "min", NONE},
	{"76", "Actuality Duration", NULL, "h", NONE},
	{"77", "Actuality Duration", NULL, "d", NONE},
	{"78", "Fabrication No", NULL, NULL, NONE},
	{"79", "Enhanced Identification Record", NULL, NULL, NONE},
	{"7A", "Bus Address", NULL, NULL, NONE},
	{"7E", "Readout selection of all storage numbers, all tariffs and all VIF", NULL, NULL, NONE},
	/* behind FB */
	{"FB 00", "Energy", "k", "Wh", 2},
	{"FB 01", "Energy", "M", "Wh", 0},
	{"FB 02", "Reactive Energy", "k", "VARh", 0},
	{"FB 03", "Reactive Energy", "k", "VARh", 1},
	{"FB 08", "Energy", "M", "J", 2},
	{"FB 09", "Energy", "G", "J", 0},
	{"FB 10", "Volume", "", "m³", 2},
	{"FB 11", "Volume", "", "m³", 3},
	{"FB 14", "Reactive Power", "", "VAR", 0},
	{"FB 18", "Mass", "", "t", 2},
	{"FB 19", "Mass", "k", "t", 3},
	{"FB 21", "Volume", "", "feet³", -1},
	{"FB 22", "Volume", "", "american gallon", -1},
	{"FB 23", "Volume", "", "american gallon", 0},
	{"FB 24", "Volume Flow", "", "american gallon / min", -3},
	{"FB 25", "Volume Flow", "", "american gallon / min", 0},
	{"FB 26", "Volume Flow", "", "american gallon / h", 0},
	{"FB 28", "Power", "k", "W", 2},
	{"FB 29", "Power", "M", "W", 0},
	{"FB 2B", "Phase U/I", "", "°", -1},
	{"FB 2E", "Frequency", "", "Hz", -1},
	{"FB 30", "Power", "M", "J/h", 2},
	{"FB 31", "Power", "G", "J/h", 0},
	{"FB 58", "Flow Temperature", "m", "°F", 0},
	{"FB 59", "Flow Temperature", "m", "°F", 1},
	{"FB 5A", "Flow Temperature", "m", "°F", 2},
	{"FB 5B", "Flow Temperature", "", "°F", 0},
	{"FB 5C", "Return Temperature", "m", "°F", 0},
	{"FB 5D", "Return Temperature", "m", "°F", 1},
	{"FB 5E", "Return Temperature", "m", "°F", 2},
	{"FB 5F", "Return Temperature", "", "°F", 0},
	{"FB 60", "Temperature Difference", "m", "°F", 0},
	{"FB 61", "Temperature Difference", "m", "°F", 1},
	{"FB 62", "Temperature Difference", "m", "°F", 2},
	{"FB 63", "Temperature Difference", "", "°F", 0},
	{"FB 64", "External Temperature", "m", "°F", 0},
	{"FB 65", "External Temperature", "m", "°F", 1},
	{"FB 66", "External Temperature", "m", "°F", 2},
	{"FB 67", "External Temperature", "", "°F", 0},
	{"FB 70", "Cold / Warm Temperature Limit", "m", "°F", 0},
	{"FB 71", "Cold / Warm Temperature Limit", "m", "°F", 1},
	{"FB 72", "Cold / Warm Temperature Limit", "m", "°F", 2},
	{"FB 73", "Cold / Warm Temperature Limit", "", "°F", 0},
	{"FB 74", "Cold / Warm Temperature Limit", "m", "°C", 0},
	{"FB 75", "Cold / Warm Temperature Limit", "m", "°C", 1},
	{"FB 76", "Cold / Warm Temperature Limit", "m", "°C", 2},
	{"FB 77", "Cold / Warm Temperature Limit", "", "°C", 0},
	{"FB 78", "Cumul. count max power", "m", "W", 0},
	{"FB 79", "Cumul. count max power", "m", "W", 1},
	{"FB 7A", "Cumul. count max power", "m", "W", 2},
	{"FB 7B", "Cumul. count max power", "", "W", 0},
	{"FB 7C", "Cumul. count max power", "", "W", 1},
	{"FB 7D", "Cumul. count max power", "", "W", 2},
	{"FB 7E", "Cumul. count max power", "k", "W", 0},
	{"FB 7F", "Cumul. count max power", "k", "W", 1},
	/* behind FD */
	{"FD 00", "Credit of the nominal local legal currency units", "", "Currency", -3},
	{"FD 01", "Credit of the nominal local legal currency units", "", "Currency", -2},
	{"FD 02", "Credit of the nominal local legal currency units", "", "Currency", -1},
	{"FD 03", "Credit of the nominal local legal currency units", "", "Currency", 0},
	{"FD 04", "Debit of the nominal local legal currency units", "", "Currency", -3},
	{"FD 05", "Debit of the nominal local legal currency units", "", "Currency", -2},
	{"FD 06", "Debit of the nominal local legal currency units", "", "Currency", -1},
	{"FD 07", "Debit of the nominal local legal currency units", "", "Currency", 0},
	{"FD 08", "Access Number (transmission count)", NULL, NULL, NONE},
	{"FD 09", "Device type", NULL, NULL, NONE},
	{"FD 0A", "Manufacturer", NULL, NULL, NONE},
	{"FD 0B", "Parameter set identification", NULL, NULL, NONE},
	{"FD 0C", "Model/Version", NULL, NULL, NONE},
	{"FD 0D", "Hardware version #", NULL, NULL, NONE},
	{"FD 0E", "Metrology (firmware) version #", NULL, NULL, NONE},
	{"FD 0F", "Other software version #", NULL, NULL, NONE},
	{"FD 10", "Customer location", NULL, NULL, NONE},
	{"FD 11", "Customer", NULL, NULL, NONE},
	{"FD 12", "Access Code User", NULL, NULL, NONE},
	{"FD 13", "Access Code Operator", NULL, NULL, NONE},
	{"FD 14", "Access Code System Operator", NULL, NULL, NONE},
	{"FD 15", "Access Code Developer", NULL, NULL, NONE},
	{"FD 16", "Password", NULL, NULL, NONE},
	{"FD 17", "Error flags (binary)", NULL, NULL, NONE},
	{"FD 18", "Error mask", NULL, NULL, NONE},
	{"FD 1A", "Digital Output (binary)", NULL, NULL, NONE},
	{"FD 1B", "Digital Input (binary)", NULL, NULL, NONE},
	{"FD 1C", "Baudrate [Baud]", NULL, NULL, NONE},
	{"FD 1D", "Response delay time [bittimes]", NULL, NULL, NONE},
	{"FD 1E", "Retry", NULL, NULL, NONE},
	{"FD 1F", "Remote control (device specific)", NULL, NULL, NONE},
	{"FD 20", "First storage # for cyclic storage", NULL, NULL, NONE},
	{"FD 21", "Last storage # for cyclic storage", NULL, NULL, NONE},
	{"FD 22", "Size of storage block", NULL, NULL, NONE},
	{"FD 24", "Storage interval", NULL, "s", NONE},
	{"FD 25", "Storage interval", NULL, "min", NONE},
	{"FD 26", "Storage interval", NULL, "h", NONE},
	{"FD 27", "Storage interval", NULL, "d", NONE},
	{"FD 28", "Storage interval", NULL, "m", NONE},
	{"FD 29", "Storage interval", NULL, "y", NONE},
	{"FD 2B", "Time point second (0 to 59)", NULL, NULL, NONE},
	{"FD 2C", "Duration since last readout", NULL, "s", NONE},
	{"FD 2D", "Duration since last readout", NULL, "min", NONE},
	{"FD 2E", "Duration since last readout", NULL, "h", NONE},
	{"FD 2F", "Duration since last readout", NULL, "d", NONE},
	{"FD 30", "Start of tariff", NULL, "time and date", NONE},
	{"FD 31", "Duration of tariff", NULL, "min", NONE},
	{"FD 32", "Duration of tariff", NULL, "h", NONE},
	{"FD 33", "Duration of tariff", NULL, "d", NONE},
	{"FD 34", "Period of tariff", NULL, "s", NONE},
	{"FD 35", "Period of tariff", NULL, "min", NONE},
	{"FD 36", "Period of tariff", NULL, "h", NONE},
	{"FD 37", "Period of tariff", NULL, "d", NONE},
	{"FD 38", "Period of tariff", NULL, "m", NONE},
	{"FD 39", "Period of tariff", NULL, "y", NONE},
	{"FD 3A", "dimensionless / no VIF", NULL, NULL, NONE},
	{"FD 40", "Voltage", "n", "V", 0},
	{"FD 41", "Voltage", "n", "V", 1},
	{"FD 42", "Voltage", "n", "V", 2},
	{"FD 43", "Voltage", "µ", "V", 0},
	{"FD 44", "Voltage", "µ", "V", 1},
	{"FD 45", "Voltage", "µ", "V", 2},
	{"FD 46", "Voltage", "m", "V", 0},
	{"FD 47", "Voltage", "m", "V", 1},
	{"FD 48", "Voltage", "m", "V", 2},
	{"FD 49", "Voltage", "", "V", 0},
	{"FD 4A", "Voltage", "", "V", 1},
	{"FD 4B", "Voltage", "", "V", 2},
	{"FD 4C", "Voltage", "k", "V", 0},
	{"FD 4D", "Voltage", "k", "V", 1},
	{"FD 4E", "Voltage", "k", "V", 2},
	{"FD 4F", "Voltage", "M", "V", 0},
	{"FD 50", "Current", "p", "A", 0},
	{"FD 51", "Current", "p", "A", 1},
	{"FD 52", "Current", "p", "A", 2},
	{"FD 53", "Current", "n", "A", 0},
	{"FD 54", "Current", "n", "A", 1},
	{"FD 55", "Current", "n", "A", 2},
	{"FD 56", "Current", "µ", "A", 0},
	{"FD 57", "Current", "µ", "A", 1},
	{"FD 58", "Current", "µ", "A", 2},
	{"FD 59", "Current", "m", "A", 0},
	{"FD 5A", "Current", "m", "A", 1},
	{"FD 5B", "Current", "m", "A", 2},
	{"FD 5C", "Current", "", "A", 0},
	{"FD 5D", "Current", "", "A", 1},
	{"FD 5E", "Current", "", "A", 2},
	{"FD 5F", "Current", "k", "A", 0},
	{"FD 60", "Reset counter", NULL, NULL, NONE},
	{"FD 61", "Cumulation counter", NULL, NULL, NONE},
	{"FD 62", "Control signal", NULL, NULL, NONE},
	{"FD 63", "Day of week", NULL, NULL, NONE},
	{"FD 64", "Week number", NULL, NULL, NONE},
	{"FD 65", "Timepoint of day change", NULL, NULL, NONE},
	{"FD 66", "State of parameter activation", NULL, NULL, NONE},
	{"FD 67", "Special supplier information", NULL, NULL, NONE},
	{"FD 68", "Duration since last cumulation", NULL, "h", NONE},
	{"FD 69", "Duration since last cumulation", NULL, "d", NONE},
	{"FD 6A", "Duration since last cumulation", NULL, "m", NONE},
	{"FD 6B", "Duration since last cumulation", NULL, "y", NONE},
	{"FD 6C", "Operating time battery", NULL, "h", NONE},
	{"FD 6D", "Operating time battery", NULL, "d", NONE},
	{"FD 6E", "Operating time battery", NULL, "m", NONE},
	{"FD 6F", "Operating time battery", NULL, "y", NONE},
	{"FD 70", "Date and time of battery change", NULL, "time and date", NONE},
	{"FD 72", "Daylight saving (beginning, ending, deviation)", NULL, NULL, NONE},
	{"FD 73", "Listening window management", NULL, NULL, NONE},
	{"FD 74", "Remaining battery life time", NULL, NULL, NONE},
	{"FD 75", "# times the meter was stopped", NULL, NULL, NONE},
	/* clang-format on */
};

/* Where we know better. */
static const struct better {
	const char *vif, *prefix, *unit;
	int exponent;
	const char *reason;
} betters[] = {
	{"FB 19", "k", "t", 0, "10^3 t; the driver made 10^6 t of it"},
	{"FD 2B", NULL, "s", NONE, "it is a number of seconds"},
	{"FD 74", NULL, "d", NONE, "it is a number of days"},
	{"FD 65", NULL, "time and date", NONE, "it is a point in time"},
};

static void read_one(const char *hex, struct mb_record *ret_record)
{
	static uint8_t bytes[64];
	struct mb_cursor cur;
	size_t len = hex_read(hex, bytes, sizeof(bytes));

	mb_cursor_init_bytes(&cur, bytes, len);
	assert_int_equal(mb_record_next(&cur, ret_record), 1);
}

/* A record of this VIF: four bytes of data suit all types but G. */
static void read_vif(const char *vif, struct mb_record *ret_record)
{
	char hex[64];

	snprintf(hex, sizeof(hex), "04 %s 01 00 00 00", vif);
	read_one(hex, ret_record);
}

static void assert_text_equal(const char *a, const char *b)
{
	if (!a || !b)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static const struct better *find_better(const char *vif)
{
	for (size_t i = 0; i < sizeof(betters) / sizeof(betters[0]); i++) {
		if (strcmp(betters[i].vif, vif) == 0)
			return &betters[i];
	}
	return NULL;
}

static void test_prefix_unit_and_exponent_are_the_drivers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct better *better = find_better(rows[i].vif);
		struct mb_record rec;
		struct mb_metadata m;
		int exponent = better ? better->exponent : rows[i].exponent;

		read_vif(rows[i].vif, &rec);
		mb_record_metadata(&rec, &m);
		assert_text_equal(m.si_prefix_label, better ? better->prefix : rows[i].prefix);
		assert_text_equal(m.unit_label, better ? better->unit : rows[i].unit);
		assert_int_equal(m.has_exponent ? m.exponent : NONE, exponent);
	}
}

static void test_descriptions_are_the_drivers(void **state)
{
	char text[MB_DESCRIPTION_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mb_record rec;

		read_vif(rows[i].vif, &rec);
		assert_true(mb_record_description(&rec, text, sizeof(text)) > 0);
		assert_string_equal(text, rows[i].description);
	}
}

/* raw * 10^exponent * 10^prefix in the driver's unit is our value in ours. */
static void test_scale_is_that_of_the_value(void **state)
{
	static const struct {
		const char *key;
		int exp10;
	} prefixes[] = {{"pico", -12}, {"nano", -9}, {"micro", -6}, {"milli", -3}, {"one", 0},
		{"kilo", 3}, {"mega", 6}, {"giga", 9}};
	static const struct {
		const char *unit;
		int exp10; /* of the driver's unit in ours */
	} small[] = {{"l", -3}, {"l/h", -3}, {"l/min", -3}, {"l/s", -3}, {"g", -3}, {"g/h", -3}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mb_record rec;
		struct mb_metadata m;
		int exp10, found = 0;

		read_vif(rows[i].vif, &rec);
		mb_record_metadata(&rec, &m);
		if (!m.has_exponent)
			continue;
		exp10 = m.exponent;
		for (size_t k = 0; k < sizeof(prefixes) / sizeof(prefixes[0]); k++) {
			if (strcmp(prefixes[k].key, m.si_prefix_key) == 0) {
				exp10 += prefixes[k].exp10;
				found++;
			}
		}
		assert_int_equal(found, 1);
		for (size_t k = 0; k < sizeof(small) / sizeof(small[0]); k++) {
			if (strcmp(small[k].unit, m.unit_label) == 0)
				exp10 += small[k].exp10;
		}
		if ((rec.unit == MB_UNIT_KG || rec.unit == MB_UNIT_KG_H) && m.unit_label[0] == 't')
			exp10 += 3;
		assert_int_equal(exp10, rec.exp10);
	}
}

/* device-driver 3.4: eleven records with ten fields each. */
static const char example[] =
	"0C 13 91 18 00 00 0B 22 73 04 04 04 6D 35 10 E2 14 32 6C 00 00 0C 78 68 17 03 08 06 FD 0C"
	"0A 00 01 00 FA 01 0D FD 0B 05 31 32 48 46 57 01 FD 0E 00 4C 13 74 18 00 00 42 6C DF 1C 0F"
	"37 FD 17 00 00 00 00 00 00 00 00 02 7A 25 00 02 78 25 00";

static const struct example_row {
	const char *field, *function;
	unsigned storage, tariff;
	const char *vif_type, *unit;
	unsigned subunit;
	const char *description, *prefix;
	int exponent;
	const char *raw;
} example_rows[] = {
	/* clang-format off */
	{"8 digit BCD", "Instantaneous value", 0, 0, "primary", "l", 0, "Volume", "", 0, "00001891"},
	{"6 digit BCD", "Instantaneous value", 0, 0, "primary", "h", 0, "On Time", NULL, NONE, "040473"},
	{"32 Bit Integer", "Instantaneous value", 0, 0, "primary", "time and date", 0, "Time Point", NULL, NONE, "2015-04-02T16:53:00"},
	{"16 Bit Integer", "Value during error state", 0, 0, "primary", "Date", 0, "Time Point", NULL, NONE, ""},
	{"8 digit BCD", "Instantaneous value", 0, 0, "primary", NULL, 0, "Fabrication No", NULL, NONE, "08031768"},
	{"48 Bit Integer", "Instantaneous value", 0, 0, "extension FD", NULL, 0, "Model/Version", NULL, NONE, "2173253517322"},
	{"variable length", "Instantaneous value", 0, 0, "extension FD", NULL, 0, "Parameter set identification", NULL, NONE, "WFH21"},
	{"8 Bit Integer", "Instantaneous value", 0, 0, "extension FD", NULL, 0, "Metrology (firmware) version #", NULL, NONE, "0"},
	{"8 digit BCD", "Instantaneous value", 1, 0, "primary", "l", 0, "Volume", "", 0, "00001874"},
	{"16 Bit Integer", "Instantaneous value", 1, 0, "primary", "Date", 0, "Time Point", NULL, NONE, "2014-12-31"},
	{"Special Function Manufacturer specific data", NULL, 0, 0, NULL, NULL, 0, "", NULL, NONE, "37FD170000000000000000027A250002782500"},
	/* clang-format on */
};

static void assert_example_row(const struct mb_record *rec, const struct example_row *row)
{
	char text[MB_DESCRIPTION_MAX];
	struct mb_metadata m;

	mb_record_metadata(rec, &m);
	assert_text_equal(m.data_field_label, row->field);
	assert_text_equal(m.function_label, row->function);
	assert_int_equal(m.storage, row->storage);
	assert_int_equal(m.tariff, row->tariff);
	assert_text_equal(m.vif_type_label, row->vif_type);
	assert_text_equal(m.unit_label, row->unit);
	assert_int_equal(m.subunit, row->subunit);
	assert_true(mb_record_description(rec, text, sizeof(text)) >= 0);
	assert_string_equal(text, row->description);
	assert_text_equal(m.si_prefix_label, row->prefix);
	assert_int_equal(m.has_exponent ? m.exponent : NONE, row->exponent);
	assert_true(mb_record_raw_text(rec, text, sizeof(text)) >= 0);
	assert_string_equal(text, row->raw);
}

static void test_example_telegram(void **state)
{
	uint8_t bytes[128];
	struct mb_cursor cur;
	struct mb_record rec;
	unsigned n = 0;

	(void)state;
	mb_cursor_init_bytes(&cur, bytes, hex_read(example, bytes, sizeof(bytes)));
	while (mb_record_next(&cur, &rec) > 0) {
		assert_true(n < sizeof(example_rows) / sizeof(example_rows[0]));
		if (n == 3)
			assert_int_equal(rec.value.reason, MB_REASON_NO_DATE);
		assert_example_row(&rec, &example_rows[n++]);
	}
	assert_int_equal(n, 11);
}

/* device-driver 3.3, the rows that are not in the tables. */
static void test_other_tables(void **state)
{
	static const struct {
		const char *hex, *vif_type, *unit, *prefix;
		int exponent;
		const char *description;
	} cases[] = {
		{"04 7C 04 68 57 6B 41 01 00 00 00", "ascii", NULL, NULL, NONE, "AkWh"},
		{"04 FF 01 01 00 00 00", "manufacturer specific", NULL, "", 0,
			"Manufacturer specific coding (including VIFE's), 01"},
		{"01 FD 17 FF", "extension FD", NULL, NULL, NONE, "Error flags (binary)"},
		{"04 FB 82 75 01 00 00 00", "extension FB", "VARh", "k", 0,
			"Reactive Energy, Multiplicative correction factor 0.1"},
		{"04 83 7D 01 00 00 00", "primary", "Wh", "", 0,
			"Energy, Multiplicative correction factor 1000"},
		{"01 FD FD 02 05", "extension FD FD", "m", NULL, NONE,
			"Remaining battery life time"},
		{"01 EF 02 05", "extension EF", NULL, NULL, NONE, "Reserved VIF EF 02"},
		{"04 AD 6F 0B 0B CD 13", "primary", "time and date", NULL, NONE,
			"Power, Date(/time) end of last"},
		{"02 AD 6F BF 1C", "primary", "Date", NULL, NONE, "Power, Date(/time) end of last"},
		{"01 AD 52 05", "primary", "h", NULL, NONE,
			"Power, Duration of first lower limit exceeds h"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[MB_DESCRIPTION_MAX];
		struct mb_record rec;
		struct mb_metadata m;

		read_one(cases[i].hex, &rec);
		mb_record_metadata(&rec, &m);
		assert_text_equal(m.vif_type_label, cases[i].vif_type);
		assert_text_equal(m.unit_label, cases[i].unit);
		assert_text_equal(m.si_prefix_label, cases[i].prefix);
		assert_int_equal(m.has_exponent ? m.exponent : NONE, cases[i].exponent);
		mb_record_description(&rec, text, sizeof(text));
		assert_string_equal(text, cases[i].description);
	}
}

static void test_data_fields_and_functions(void **state)
{
	static const char *const labels[] = {"No Data", "8 Bit Integer", "16 Bit Integer",
		"24 Bit Integer", "32 Bit Integer", "32 Bit Real", "48 Bit Integer",
		"64 Bit Integer", "Selection for readout", "2 digit BCD", "4 digit BCD",
		"6 digit BCD", "8 digit BCD", "variable length", "12 digit BCD"};
	static const char *const functions[] = {"Instantaneous value", "Maximum value",
		"Minimum value", "Value during error state"};

	(void)state;
	for (uint8_t dif = 0; dif < 0x40; dif++) {
		uint8_t bytes[12] = {dif, 0x13};
		struct mb_cursor cur;
		struct mb_record rec;
		struct mb_metadata m;

		if ((dif & 0xF) == 0xF)
			continue;
		mb_cursor_init_bytes(&cur, bytes, sizeof(bytes));
		assert_int_equal(mb_record_next(&cur, &rec), 1);
		mb_record_metadata(&rec, &m);
		assert_string_equal(m.data_field_label, labels[dif & 0xF]);
		assert_string_equal(m.function_label, functions[dif >> 4]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix_unit_and_exponent_are_the_drivers),
		cmocka_unit_test(test_descriptions_are_the_drivers),
		cmocka_unit_test(test_scale_is_that_of_the_value),
		cmocka_unit_test(test_example_telegram),
		cmocka_unit_test(test_other_tables),
		cmocka_unit_test(test_data_fields_and_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
