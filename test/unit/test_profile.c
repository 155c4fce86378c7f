/* SPDX-License-Identifier: MIT */
/* Profiles: names for records, fields in makers' data, and the table that shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "export/table.h"
#include "format_help.h"

DEFINE_FORMAT_CASE(c)

static unsigned parse(const char *text, char *why)
{
	c->profile.count = 0;
	return profile_parse(&c->profile, text, strlen(text), why, 200);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void test_bad_lines(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *why;
	} rows[] = {
		{"# only\n; comments\n\n", 0, ""},
		{"[KAM.8.4]\nkey = name\n", 0, ""},
		{"[KAM]\n", 1, "a section is [MAKER.VERSION.MEDIUM]"},
		{"\n[K1M.8.4]\n", 2, "a maker has three letters"},
		{"[KAM.256.4]\n", 1, "256: a version is 0..255 or *"},
		{"[KAM.8.x]\n", 1, "x: a medium is 0..255 or *"},
		{"key\n", 1, "a line is KEY = NAME"},
		{"key =\n", 1, "key or name missing"},
		{"@300 = u8 0 - A\n", 1, "@300: an offset is 0..255"},
		{"@1 = u9 0 - A\n", 1, "u9: no such type"},
		{"@1 = u64 0 - A\n", 1, "u64: no such type"},
		{"@1 = u8 99 - A\n", 1, "the power of ten is"},
		{"@1 = u8 0 -\n", 1, "a field is TYPE POWER UNIT NAME"},
	};
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why[0] = 0;
		assert_int_equal(parse(rows[i].text, why), rows[i].line);
		assert_has(why, rows[i].why);
	}
}

static void test_limits(void **state)
{
	static char text[(PROFILE_ROWS_MAX + 1) * 8 + 1], longest[600];
	char why[200];

	(void)state;
	for (int i = 0; i < PROFILE_ROWS_MAX; i++)
		strcat(text, "k = n\n");
	assert_int_equal(parse(text, why), 0);
	strcat(text, "k = n\n");
	assert_int_equal(parse(text, why), PROFILE_ROWS_MAX + 1);
	assert_has(why, "too many rows");
	memset(longest, 'k', 599);
	assert_int_equal(parse(longest, why), 1);
	assert_has(why, "too long");
}

static void test_sections(void **state)
{
	char why[200];

	(void)state;
	assert_int_equal(parse("inst.0.0.0.10 = any\n", why), 0);
	assert_has(format_records(c, "table", "01 13 05"), "  any\n");
	assert_int_equal(parse("[PAD.1.7]\ninst.0.0.0.10 = this\n", why), 0);
	assert_has(format_records(c, "table", "01 13 05"), "  this\n");
	assert_int_equal(parse("[PAD.2.7]\ninst.0.0.0.10 = other\n", why), 0);
	assert_has(format_records(c, "table", "01 13 05"), "  Volume\n");
	assert_int_equal(parse("[KAM.1.7]\ninst.0.0.0.10 = other\n", why), 0);
	assert_has(format_records(c, "table", "01 13 05"), "  Volume\n");
	assert_int_equal(parse("[*.*.7]\ninst.0.0.0.10 = water\n", why), 0);
	assert_has(format_records(c, "table", "01 13 05"), "  water\n");
	c->profile.count = 0;
}

static void test_fields(void **state)
{
	static const struct {
		const char *type, *data, *text;
	} rows[] = {
		{"u8 0 - X", "FF", "255 "},
		{"i8 0 - X", "FF", "-1 "},
		{"i8 0 - X", "80", "-128 "},
		{"u16 -2 V X", "39 30", "123.45 V"},
		{"i24 0 - X", "FE FF FF", "-2 "},
		{"u32 3 Wh X", "01 00 00 00", "1000 Wh"},
		{"i32 0 - X", "00 00 00 80", "-2147483648 "},
		{"bcd4 -1 °C X", "34 12", "123.4 °C"},
		{"bcd4 -1 °C X", "3A 12", "3A12 °C"},
		{"hex3 0 - X", "0A 0B 0C", "0A0B0C "},
		{"text3 0 - X", "41 62 E4", "Abä "},
	};
	char profile[100], records[100], why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(profile, sizeof(profile), "@1 = %s\n", rows[i].type);
		snprintf(records, sizeof(records), "0F 00 %s", rows[i].data);
		assert_int_equal(parse(profile, why), 0);
		assert_has(format_records(c, "table", records), rows[i].text);
	}
	assert_int_equal(parse("@1 = u16 0 - Behind\n", why), 0);
	assert_null(strstr(format_records(c, "table", "0F 00 01"), "Behind"));
	c->profile.count = 0;
}

/* Values stand in the step that the meter counts in. */
static void test_table_values(void **state)
{
	static const struct {
		const char *records, *line;
	} rows[] = {
		{"04 06 E7 91 00 00", "  37351 kWh  Energy\n"},
		{"04 07 E7 91 00 00", "  373510 kWh  Energy\n"},
		{"04 05 E7 91 00 00", "  3735100 Wh  Energy\n"},
		{"04 FB 01 02 00 00 00", "  2 MWh  Energy\n"},
		{"04 FB 09 02 00 00 00", "  2 GJ  Energy\n"},
		{"04 2E 02 00 00 00", "  2 kW  Power\n"},
		{"04 13 02 00 00 00", "  0.002 m³  Volume\n"},
		{"9B 10 59 02 00 00", "  0.02 °C  Flow Temperature, maximum, tariff 1\n"},
		{"CC 40 13 01 00 00 00", "  0.001 m³  Volume, storage 1, subunit 1\n"},
		{"32 6C 00 00", "  -   Time Point, error  (no date yet)\n"},
		{"0C 13 BB BB BB DB", "  -   Volume  (not available) display --------\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_has(format_records(c, "table", rows[i].records), rows[i].line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_table_values),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
