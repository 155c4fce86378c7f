/* SPDX-License-Identifier: MIT */
/* What people read: the table, and no byte of a meter that a terminal would obey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "format_help.h"

DEFINE_FORMAT_CASE(c)

static void test_reference(void **state)
{
	(void)state;
	assert_string_equal(format_frame(c, "table",
				    "68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13"
				    "15 31 00 DA 02 3B 13 01 8B 60 04 37 18 02 18 16"),
		"12345678  PAD (PadMess)  version 1  water  access 85\n"
		"  12.565 m³    Volume\n"
		"   0.113 m³/h  Volume Flow, maximum, storage 5\n"
		"  218370 Wh    Energy, tariff 2, subunit 1\n"
		"\n");
}

static void test_without_records(void **state)
{
	static const struct {
		const char *frame, *text;
	} rows[] = {
		{"10 7B 05 80 16", "REQ_UD2 to 5, FCB 1\n\n"},
		{"10 40 05 45 16", "SND_NKE to 5\n\n"},
		{"10 00 05 05 16", "ACK from 5\n\n"},
		{"E5", "ACK\n\n"},
		{"A2", "NACK\n\n"},
		{"68 04 04 68 08 05 70 08 85 16", "application error, no header\n"
						  "  application error: application too busy for "
						  "handling readout request\n\n"},
		{"68 04 04 68 08 05 71 04 82 16", "alarm, no header\n  alarm bits: 04\n\n"},
		{"68 04 04 68 08 05 66 10 83 16",
			"selected application, no header\n  application 10: user data\n\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(format_frame(c, "table", rows[i].frame), rows[i].text);
}

static void test_invalid(void **state)
{
	(void)state;
	assert_non_null(strstr(format_records(c, "table", "32 6C 00 00"), "(no date yet)"));
	assert_non_null(strstr(
		format_records(c, "table", "0B 13 BB BB DB"), "(not available) display ------"));
	assert_non_null(strstr(format_records(c, "table", "03 13 00"), "premature end of record"));
}

static void test_words_of_a_driver(void **state)
{
	(void)state;
	assert_non_null(strstr(format_records(c, "table", "04 AB FF 81 02 01 00 00 00"),
		" W  Power, manufacturer specific, 01, 02\n"));
	assert_non_null(strstr(format_records(c, "table", "04 AB 7F 01 00 00 00"),
		" W  Power, manufacturer specific\n"));
}

/* Any byte as text of a meter, as value and as unit. */
static void test_no_controls(void **state)
{
	static const char *const kinds[] = {"table", "annotate"};
	char records[80];

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		snprintf(records, sizeof(records),
			"0D FD 11 03 62 %02X 61 04 7C 03 62 %02X 61 01 00 00 00", byte, byte);
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			const char *p = format_records(c, kinds[i], records);

			for (; *p; p++) {
				assert_true((uint8_t)*p >= 0x20 || *p == '\n');
				assert_int_not_equal(*p, 0x7F);
				if ((uint8_t)*p == 0xC2)
					assert_true((uint8_t)p[1] >= 0xA0);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_without_records),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_words_of_a_driver),
		cmocka_unit_test(test_no_controls),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
