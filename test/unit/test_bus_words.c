/* SPDX-License-Identifier: MIT */
/* The words that the verbs of the bus take: quirks, selections, lists of meters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "meterbus/bus_list.h"
#include "meterbus/bus_quirk.h"
#include "meterbus/bus_select.h"
#include "meterbus/exit.h"
#include "meterbus/verb.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROWS_MAX 3

const struct verb *const verbs[] = {NULL}; /* main.c's, which is not linked */

/* clang-format off */
#define ANY {MB_ID_ANY, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY}
/* clang-format on */

/* --- quirks ------------------------------------------------------------------------------------ */

static void quirks_become_rows(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		struct mb_quirk row;
	} cases[] = {
		{"*:none", {.meter = ANY, .primary = 255, .reset_subcode = 255}},
		{"5:no-nke", {.meter = ANY, .primary = 5, .bends = MB_QUIRK_NO_NKE, .reset_subcode = 255}},
		{"*.KAM.8.4:reset-first=10,answer=1500",
			{.meter = {MB_ID_ANY, 0x2C2D, 8, 4}, .primary = 255,
				.bends = MB_QUIRK_RESET_FIRST, .reset_subcode = 0x10, .answer_ms = 1500}},
		{"12345678:pre-read=B1,strange-ci=b7, telegrams=3",
			{.meter = {0x12345678, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY},
				.primary = 255, .bends = MB_QUIRK_PRE_READ | MB_QUIRK_STRANGE_CI,
				.reset_subcode = 255, .pre_read_ci = 0xB1, .strange_ci = 0xB7,
				.max_telegrams = 3}},
		{"0:nke-primary,repeats-last,one-telegram,reset-first",
			{.meter = ANY, .primary = 0,
				.bends = MB_QUIRK_NKE_PRIMARY | MB_QUIRK_REPEATS_LAST |
					 MB_QUIRK_ONE_TELEGRAM | MB_QUIRK_RESET_FIRST,
				.reset_subcode = 255}},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct mb_quirk *want = &cases[i].row;
		struct mb_quirk got[ROWS_MAX];
		uint16_t n = 99;

		assert_int_equal(bus_quirk_parse(cases[i].text, got, ROWS_MAX, &n), EXIT_OK);
		assert_int_equal(n, 1);
		assert_true(mb_secondary_equal(&got[0].meter, &want->meter));
		assert_int_equal(got[0].primary, want->primary);
		assert_int_equal(got[0].bends, want->bends);
		assert_int_equal(got[0].reset_subcode, want->reset_subcode);
		assert_int_equal(got[0].pre_read_ci, want->pre_read_ci);
		assert_int_equal(got[0].strange_ci, want->strange_ci);
		assert_int_equal(got[0].max_telegrams, want->max_telegrams);
		assert_int_equal(got[0].answer_ms, want->answer_ms);
	}
}

static void quirks_up_to_the_limit(void **state)
{
	struct mb_quirk rows[ROWS_MAX];
	uint16_t n = 99;

	(void)state;
	assert_int_equal(bus_quirk_parse("1:none;2:no-nke;3:none;", rows, ROWS_MAX, &n), EXIT_OK);
	assert_int_equal(n, 3);
	assert_int_equal(rows[1].primary, 2);
	n = 99;
	assert_int_equal(
		bus_quirk_parse("1:none;2:none;3:none;4:none", rows, ROWS_MAX, &n), EXIT_USAGE);
	assert_int_equal(n, 99);
}

static void bad_quirks_are_refused(void **state)
{
	static const char *const texts[] = {"5", "5;6", ":none", "5:nothing", "5:no-nke=1",
		"5:pre-read", "5:pre-read=", "5:pre-read=100", "5:pre-read=0x", "5:answer=65536",
		"5:answer=-1", "5:telegrams=101", "5:reset-first=FF", "251.1:none", "KAM:none"};
	struct mb_quirk rows[ROWS_MAX];
	uint16_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(bus_quirk_parse(texts[i], rows, ROWS_MAX, &n), EXIT_USAGE);
}

/* --- selections -------------------------------------------------------------------------------- */

static void selections_become_records(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		uint8_t bytes[8];
	} cases[] = {
		{"13", 2, {0x08, 0x13}},
		{"13,5A", 4, {0x08, 0x13, 0x08, 0x5A}}, /* network.md 7 */
		{"FD17,6D", 5, {0x08, 0xFD, 0x17, 0x08, 0x6D}},
		{"all", 1, {0x7F}},
	};
	uint8_t bytes[BUS_SELECT_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(bus_select_parse(cases[i].text, bytes, &len), EXIT_OK);
		assert_int_equal(len, cases[i].len);
		assert_memory_equal(bytes, cases[i].bytes, len);
	}
}

static void bad_selections_are_refused(void **state)
{
	static const char *const texts[] = {"", ",", "13,", ",13", "1", "13,zz", "everything"};
	char longest[3 * BUS_SELECT_MAX + 1] = "";
	uint8_t bytes[BUS_SELECT_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(bus_select_parse(texts[i], bytes, &len), EXIT_USAGE);
	for (size_t i = 0; i < BUS_SELECT_MAX / 2; i++)
		strcat(longest, i ? ",13" : "13");
	assert_int_equal(bus_select_parse(longest, bytes, &len), EXIT_OK);
	assert_int_equal(len, BUS_SELECT_MAX);
	strcat(longest, ",13");
	assert_int_equal(bus_select_parse(longest, bytes, &len), EXIT_USAGE);
}

/* --- lists ------------------------------------------------------------------------------------- */

static int read_list(const char *text, struct bus_list *list)
{
	char path[] = "/tmp/test_bus_words.XXXXXX";
	int fd = mkstemp(path);
	int rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	*list = (struct bus_list){0};
	rc = bus_list_file(list, path);
	unlink(path);
	return rc;
}

static void a_list_has_a_meter_a_line(void **state)
{
	static const uint8_t key[MB_KEY_LEN] = {0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
		0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
	struct bus_list list;

	(void)state;
	assert_int_equal(read_list("# cellar\n\n5\r\n \t12345678 name=\"Flat 3\" baud=300 # old\n"
				   "1234FFFF timeout=1500 key=00112233445566778899AABBCCDDEEFF",
				 &list),
		EXIT_OK);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.meters[0].address.type, MB_ADDRESS_PRIMARY);
	assert_int_equal(list.meters[0].address.primary, 5);
	assert_string_equal(bus_meter_name(&list.meters[0]), "5");
	assert_int_equal(list.meters[1].address.secondary.id, 0x12345678);
	assert_string_equal(bus_meter_name(&list.meters[1]), "Flat 3");
	assert_string_equal(list.meters[1].text, "12345678");
	assert_int_equal(list.meters[1].baud, 300);
	assert_false(list.meters[1].has_key);
	assert_int_equal(list.meters[2].answer_ms, 1500);
	assert_true(list.meters[2].has_key);
	assert_memory_equal(list.meters[2].key, key, sizeof(key));
	bus_list_done(&list);
	assert_null(list.meters);
}

static void bad_lines_are_refused(void **state)
{
	static const char *const texts[] = {"", "# nothing\n", "300", "252", "5 name",
		"5 name=", "5 color=red", "5 baud=0", "5 baud=300x", "5 timeout=600001",
		"5 key=0011", "5 key=00112233445566778899AABBCCDDEEFF00", "x", "5\n6\nseven\n"};
	char longest[1024];
	struct bus_list list;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(read_list(texts[i], &list), EXIT_USAGE);
		bus_list_done(&list);
	}
	memset(longest, '#', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_int_equal(read_list(longest, &list), EXIT_USAGE);
	bus_list_done(&list);
}

static void lists_grow_up_to_the_limit(void **state)
{
	static char word[] = "7";
	char *words[] = {word};
	struct bus_list list = {0};

	(void)state;
	for (size_t i = 0; i < BUS_LIST_MAX; i++)
		assert_int_equal(bus_list_words(&list, words, 1), EXIT_OK);
	assert_int_equal(list.meters[BUS_LIST_MAX - 1].address.primary, 7);
	assert_int_equal(list.meters[0].address.primary, 7);
	assert_int_equal(bus_list_words(&list, words, 1), EXIT_USAGE);
	bus_list_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quirks_become_rows),
		cmocka_unit_test(quirks_up_to_the_limit),
		cmocka_unit_test(bad_quirks_are_refused),
		cmocka_unit_test(selections_become_records),
		cmocka_unit_test(bad_selections_are_refused),
		cmocka_unit_test(a_list_has_a_meter_a_line),
		cmocka_unit_test(bad_lines_are_refused),
		cmocka_unit_test(lists_grow_up_to_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
