/* SPDX-License-Identifier: MIT */
/* Units, descriptions, names and keys of records. */
#include <meterbus/error.h>
#include <meterbus/record.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "hex.h"

static uint8_t bytes[128];

static void read_one(const char *hex, struct mb_record *ret_record)
{
	struct mb_cursor cur;

	mb_cursor_init_bytes(&cur, bytes, hex_read(hex, bytes, sizeof(bytes)));
	assert_int_equal(mb_record_next(&cur, ret_record), 1);
}

static void test_units_and_descriptions(void **state)
{
	static const struct {
		const char *hex, *unit, *description;
	} cases[] = {
		{"04 06 01 00 00 00", "Wh", "Energy"},
		{"04 93 3B 01 00 00 00", "m³",
			"Volume, Accumulation only if positive contributions"},
		{"04 93 22 01 00 00 00", "m³/h", "Volume, /h"},
		{"04 86 25 01 00 00 00", "Wh/month", "Energy, /month"},
		{"04 AB 36 01 00 00 00", "W*s", "Power, * s"},
		{"04 AB B6 2D 01 00 00 00", "W*s/m³", "Power, * s, /m³"},
		{"01 FD BA 22 05", "1/h", "dimensionless / no VIF, /h"},
		{"01 FD BA 36 05", "s", "dimensionless / no VIF, * s"},
		{"04 86 FC 81 7E 01 00 00 00", "Wh", "Energy, Phase L1, future value"},
		{"04 86 FC 04 01 00 00 00", "Wh", "Energy, at neutral (N)"},
		{"04 86 70 01 00 00 00", "Wh", "Energy, Multiplicative correction factor 0.000001"},
		{"04 86 76 01 00 00 00", "Wh", "Energy, Multiplicative correction factor 1"},
		{"04 86 7B 01 00 00 00", "Wh", "Energy, Additive correction constant 1"},
		{"04 86 78 01 00 00 00", "Wh", "Energy, Additive correction constant 0.001"},
		{"04 86 3D 01 00 00 00", "non-metric",
			"Energy, alternate (non-metric) unit system"},
		{"04 86 15 01 00 00 00", "Wh", "Energy, No data available (undefined value)"},
		{"04 86 FF 81 02 01 00 00 00", "Wh",
			"Energy, next VIFE's and data of this block are manufacturer specific, 01, "
			"02"},
		{"01 AB 53 05", "d", "Power, Duration of first lower limit exceeds d"},
		{"01 AB 41 05", "", "Power, # of exceeds of lower limit"},
		{"04 AB 44 01 00 00 00", "W", "Power, Reserved VIFE 44"},
		{"04 AB FC 20 01 00 00 00", "W", "Power, Reserved VIFE FC 20"},
		{"01 7B 05", "", "Reserved VIF 7B"},
		{"01 FB 38 05", "", "Reserved VIF FB 38"},
		{"01 FD 7F 05", "", "Reserved VIF FD 7F"},
		{"01 FD FD 10 05", "", "Reserved VIF FD FD 10"},
		{"02 FC 03 48 52 25 74 D4 11", "%RH", "%RH, Multiplicative correction factor 0.01"},
		{"0D 93 1F 02 52 00", "m³", "Volume, compact profile without register numbers"},
		{"0F 01 02", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[MB_DESCRIPTION_MAX];
		struct mb_record rec;

		read_one(cases[i].hex, &rec);
		assert_true(mb_record_unit(&rec, text, sizeof(text)) >= 0);
		assert_string_equal(text, cases[i].unit);
		assert_true(mb_record_description(&rec, text, sizeof(text)) >= 0);
		assert_string_equal(text, cases[i].description);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *hex, *name, *quantity;
	} cases[] = {
		{"04 06 01 00 00 00", "energy", "energy"},
		{"01 59 05", "flow_temperature", "flow (supply) temperature"},
		{"01 7C 01 41 05", "plain_text", "plain text VIF"},
		{"01 7F 05", "manufacturer_specific", "manufacturer specific"},
		{"0F", "manufacturer_specific", "manufacturer specific"},
		{"1F", "manufacturer_specific", "manufacturer specific"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mb_record rec;

		read_one(cases[i].hex, &rec);
		assert_string_equal(mb_record_name(&rec), cases[i].name);
		assert_string_equal(mb_record_quantity(&rec), cases[i].quantity);
	}
	assert_string_equal(mb_function_name(MB_FUNCTION_MAXIMUM), "maximum");
	assert_string_equal(mb_function_name(99), "");
}

static void key_of(const char *hex, char key[MB_KEY_MAX])
{
	struct mb_record rec;

	read_one(hex, &rec);
	assert_true(mb_record_key(&rec, key, MB_KEY_MAX) > 0);
}

static void test_keys(void **state)
{
	static const struct {
		const char *hex, *key;
	} cases[] = {
		{"0C 13 01 00 00 00", "inst.0.0.0.10"},
		{"DA 02 3B 13 01", "max.5.0.0.38"},
		{"8B 60 04 37 18 02", "inst.0.2.1.00"},
		{"32 6C 00 00", "err.0.0.0.6C"},
		{"22 FD 48 0F 09", "min.0.0.0.FD40"},
		{"04 FB 01 01 00 00 00", "inst.0.0.0.FB00"},
		{"01 FD FD 02 05", "inst.0.0.0.FDFD02"},
		{"01 EF 12 05", "inst.0.0.0.EF12"},
		{"04 83 BB FC 01 01 00 00 00", "inst.0.0.0.00.3B.FC01"},
		{"04 FF 81 02 01 00 00 00", "inst.0.0.0.7F.01.02"},
		{"04 86 FF 81 02 01 00 00 00", "inst.0.0.0.00.7F.01.02"},
		{"02 FC 03 48 52 25 74 D4 11", "inst.0.0.0.7C'%25RH"},
		{"01 7C 04 68 2F 6B 41 05", "inst.0.0.0.7C'Ak/h"},
		{"01 13 05", "inst.0.0.0.10"},
		{"04 93 12 01 00 00 00", "inst.0.0.0.10.12"},
		{"0F", "manufacturer"},
		{"1F", "more"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char key[MB_KEY_MAX];

		key_of(cases[i].hex, key);
		assert_string_equal(key, cases[i].key);
	}
}

/* Coding, autoranging, factors and record errors do not matter. */
static void test_equal_keys(void **state)
{
	static const char *const same[] = {"0C 13 01 00 00 00", "04 14 01 00 00 00", "01 10 05",
		"01 93 15 05", "01 93 00 05", "01 93 77 05", "01 93 7D 05", "01 93 79 05",
		"0D 13 E1 05", "05 16 00 00 00 00"};
	static const char *const other[] = {"01 93 3B 05", "41 13 05", "11 13 05", "81 10 13 05",
		"81 40 13 05", "01 93 7E 05", "01 93 12 05", "01 FB 10 05", "01 18 05"};
	struct mb_record first, rec;

	(void)state;
	read_one(same[0], &first);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		read_one(same[i], &rec);
		assert_true(mb_record_key_hash(&rec) == mb_record_key_hash(&first));
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		read_one(other[i], &rec);
		assert_true(mb_record_key_hash(&rec) != mb_record_key_hash(&first));
	}
}

/* FNV-1a 64 of "inst.0.0.0.10", computed by hand; the occurrence is not in it. */
static void test_key_hash(void **state)
{
	struct mb_record rec;
	uint64_t hash = 0xCBF29CE484222325u;

	(void)state;
	for (const char *p = "inst.0.0.0.10"; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001B3u;
	read_one("01 13 05", &rec);
	assert_true(mb_record_key_hash(&rec) == hash);
	rec.occurrence = 3;
	assert_true(mb_record_key_hash(&rec) == hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units_and_descriptions),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_equal_keys),
		cmocka_unit_test(test_key_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
