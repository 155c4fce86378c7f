/* SPDX-License-Identifier: MIT */
/* The tables of VIFs and VIFEs: complete, without holes or overlaps, and every row has its texts. */
#include <meterbus/record.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* Rows follow each other from 00 to 7F. */
static void test_vif_spans_cover_all_codes(void **state)
{
	(void)state;
	for (unsigned table = MB_VIF_PRIMARY; table <= MB_VIF_FDFD; table++) {
		unsigned code = 0;

		while (code < 0x80) {
			const struct mb_vif *row = mb_vif_find(table, (uint8_t)code);

			assert_int_equal(row->code, code);
			assert_true(row->span > 0);
			for (unsigned i = 0; i < row->span; i++)
				assert_ptr_equal(mb_vif_find(table, (uint8_t)(code + i)), row);
			code += row->span;
		}
		assert_int_equal(code, 0x80);
	}
}

static void test_vif_rows_have_texts(void **state)
{
	(void)state;
	for (unsigned table = MB_VIF_PRIMARY; table <= MB_VIF_FDFD; table++) {
		for (unsigned code = 0; code < 0x80; code++) {
			const struct mb_vif *row = mb_vif_find(table, (uint8_t)code);

			assert_true(*mb_vif_name(row) != '\0');
			assert_true(*mb_vif_quantity(row) != '\0');
			assert_true(row->unit < MB_UNIT_COUNT);
			assert_true(row->type <= MB_TYPE_MANUFACTURER);
			assert_false(row->scaled && row->reserved);
			for (const char *p = mb_vif_name(row); *p; p++)
				assert_true((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
					    *p == '_');
		}
	}
}

static void test_other_tables_have_no_rows(void **state)
{
	(void)state;
	assert_null(mb_vif_find(MB_VIF_PLAIN_TEXT, 0));
	assert_null(mb_vif_find(MB_VIF_MANUFACTURER, 0));
	assert_null(mb_vif_find(MB_VIF_RESERVED, 0));
	assert_null(mb_vif_find(MB_VIF_PRIMARY, 0x80));
	assert_string_equal(mb_vif_name(NULL), "");
	assert_string_equal(mb_vif_quantity(NULL), "");
	assert_string_equal(mb_vife_name(NULL), "");
}

static const struct mb_vife *find_vife(unsigned table, unsigned code)
{
	if (table == 2)
		return mb_vife_fc_find((uint8_t)code);
	return mb_vife_find((uint8_t)code, table == 1);
}

static void test_vife_spans_cover_all_codes(void **state)
{
	(void)state;
	for (unsigned table = 0; table < 3; table++) {
		unsigned code = 0;

		while (code < 0x80) {
			const struct mb_vife *row = find_vife(table, code);

			assert_int_equal(row->code, code);
			for (unsigned i = 0; i < row->span; i++)
				assert_ptr_equal(find_vife(table, code + i), row);
			assert_true(*mb_vife_name(row) != '\0');
			assert_true(*mb_vife_text(row) != '\0');
			assert_int_equal(*mb_vife_unit_text(row) != '\0',
				row->kind == MB_VIFE_PER || row->kind == MB_VIFE_TIMES);
			code += row->span;
		}
		assert_int_equal(code, 0x80);
	}
}

/* What a code is, once for every kind of VIFE. */
static void test_vife_kinds(void **state)
{
	static const struct {
		unsigned table, code, kind;
		const char *name;
	} cases[] = {
		{0, 0x00, MB_VIFE_ERROR, "err_none"},
		{0, 0x15, MB_VIFE_ERROR, "err_no_data"},
		{0, 0x12, MB_VIFE_LABEL, "average"},
		{0, 0x13, MB_VIFE_PROFILE, "inverse_compact_profile"},
		{0, 0x1F, MB_VIFE_PROFILE, "compact_profile"},
		{0, 0x20, MB_VIFE_PER, "per_s"},
		{0, 0x28, MB_VIFE_LABEL, "per_input_pulse_ch0"},
		{0, 0x38, MB_VIFE_TIMES, "times_s_per_a"},
		{0, 0x39, MB_VIFE_DATE, "start_of"},
		{0, 0x3D, MB_VIFE_NON_METRIC, "non_metric"},
		{0, 0x3F, MB_VIFE_OBIS, "obis_declaration"},
		{0, 0x41, MB_VIFE_COUNT, "exceeds_lower"},
		{0, 0x45, MB_VIFE_RESERVED, "reserved"},
		{0, 0x4E, MB_VIFE_DATE, "date_begin_last_upper_exceed"},
		{0, 0x57, MB_VIFE_DURATION, "duration_last_lower_exceed"},
		{0, 0x6F, MB_VIFE_DATE, "date_end_last"},
		{0, 0x77, MB_VIFE_FACTOR, "factor"},
		{0, 0x7B, MB_VIFE_OFFSET, "offset"},
		{0, 0x7C, MB_VIFE_ESCAPE_FC, "ext_fc"},
		{0, 0x7D, MB_VIFE_FACTOR, "factor_1000"},
		{0, 0x7E, MB_VIFE_FUTURE, "future_value"},
		{0, 0x7F, MB_VIFE_MANUFACTURER, "manufacturer_vife"},
		{1, 0x00, MB_VIFE_ACTION, "write"},
		{1, 0x0B, MB_VIFE_ACTION, "freeze"},
		{1, 0x20, MB_VIFE_PER, "per_s"},
		{2, 0x01, MB_VIFE_LABEL, "at_phase_l1"},
		{2, 0x11, MB_VIFE_UNSIGNED, "data_type_c"},
		{2, 0x12, MB_VIFE_BITS, "data_type_d"},
		{2, 0x7F, MB_VIFE_RESERVED, "reserved"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct mb_vife *row = find_vife(cases[i].table, cases[i].code);

		assert_int_equal(row->kind, cases[i].kind);
		assert_string_equal(mb_vife_name(row), cases[i].name);
	}
}

static void test_units_have_texts(void **state)
{
	(void)state;
	assert_string_equal(mb_unit_text(MB_UNIT_NONE), "");
	for (unsigned unit = MB_UNIT_NONE + 1; unit < MB_UNIT_COUNT; unit++)
		assert_true(*mb_unit_text(unit) != '\0');
	assert_string_equal(mb_unit_text(MB_UNIT_M3), "m³");
	assert_string_equal(mb_unit_text(MB_UNIT_DBM), "dBm");
	assert_string_equal(mb_unit_text(MB_UNIT_COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vif_spans_cover_all_codes),
		cmocka_unit_test(test_vif_rows_have_texts),
		cmocka_unit_test(test_other_tables_have_no_rows),
		cmocka_unit_test(test_vife_spans_cover_all_codes),
		cmocka_unit_test(test_vife_kinds),
		cmocka_unit_test(test_units_have_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
