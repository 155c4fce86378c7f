/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <meterbus/quirk.h>

#include <string.h>

static const struct mb_secondary sontex = {0x12345678, 0x4DEE, 13, 4};
static const struct mb_secondary padua = {0x12345678, 0x4024, 1, 7};

/* Our rows: reachable, each with a reason and a bend, none for a meter without identity. */
static void test_rows(void **state)
{
	const struct mb_quirk *row;
	size_t n = 0;

	(void)state;
	for (; (row = mb_quirk_row(n)); n++) {
		struct mb_secondary meter = row->meter;

		assert_true(row->bends || row->answer_ms || row->max_telegrams);
		assert_non_null(row->why);
		assert_true(row->meter.manufacturer != MB_MANUFACTURER_ANY);
		assert_true(!(row->bends & MB_QUIRK_STRANGE_CI) == !row->strange_ci);
		/* ours are harmless: nothing that changes a meter's state unasked */
		assert_false(row->bends & (MB_QUIRK_RESET_FIRST | MB_QUIRK_PRE_READ));
		meter.id = 0x12345678;
		meter.version = 1;
		meter.medium = meter.medium == MB_MEDIUM_ANY ? 4 : meter.medium;
		assert_ptr_equal(mb_quirk_find(NULL, 0, &meter, 5), row);
	}
	assert_true(n > 0);
	assert_null(mb_quirk_find(NULL, 0, NULL, 5));
	assert_null(mb_quirk_find(NULL, 0, &padua, 5));
}

static void test_own_rows_first(void **state)
{
	static const struct mb_quirk own[] = {
		{.meter = {MB_ID_ANY, 0x4DEE, MB_VERSION_ANY, MB_MEDIUM_ANY}, .primary = 7},
		{.meter = {0x1234FFFF, 0x4DEE, MB_VERSION_ANY, MB_MEDIUM_ANY},
			.primary = MB_QUIRK_PRIMARY_ANY,
			.answer_ms = 9},
		{.meter = {MB_ID_ANY, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY},
			.primary = 3,
			.answer_ms = 3},
	};
	struct mb_secondary other = sontex;

	(void)state;
	assert_ptr_equal(mb_quirk_find(own, 3, &sontex, 7), &own[0]);
	assert_ptr_equal(mb_quirk_find(own, 3, &sontex, 8), &own[1]);
	other.id = 0x99999999;
	assert_ptr_equal(mb_quirk_find(own, 3, &other, 8), mb_quirk_find(NULL, 0, &sontex, 8));
	assert_ptr_equal(mb_quirk_find(own, 3, &padua, 3), &own[2]);
	assert_ptr_equal(mb_quirk_find(own, 3, NULL, 3), &own[2]);
	assert_null(mb_quirk_find(own, 3, NULL, 7));
	assert_null(mb_quirk_find(own, 3, NULL, MB_QUIRK_PRIMARY_ANY));
	/* an identity that is not known as a whole matches no row that wants more of it */
	other.manufacturer = MB_MANUFACTURER_ANY;
	assert_null(mb_quirk_find(own, 2, &other, 8));
}

static void test_names(void **state)
{
	unsigned known = 0;

	(void)state;
	for (unsigned bit = 1; bit <= 0x80; bit <<= 1) {
		if (!mb_quirk_name(bit))
			continue;
		known |= bit;
		assert_true(strlen(mb_quirk_text(bit)) > strlen(mb_quirk_name(bit)));
	}
	assert_int_equal(known, 0x7F);
	assert_null(mb_quirk_text(0x80));
	assert_null(mb_quirk_name(0x03));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_own_rows_first),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
