/* SPDX-License-Identifier: MIT */
/* Telegrams out of whatever people have, in pieces of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/error.h>

#include "base/hex.h"
#include "meterbus/input.h"

#include <stdio.h>
#include <stdlib.h>

#define BUSY "68040468080170088116" /* slave 1: too busy */
#define ALARM "68 04 04 68 08 05 71 04 82 16"
#define WANT_BUSY "68 04 04 68 08 01 70 08 81 16"
#define ITEMS_MAX 4096

/* What came out, as text: "frame line 1: 68 04 ...\n". */
static char got[ITEMS_MAX];
static struct input *in;

static int set_up(void **state)
{
	(void)state;
	in = malloc(sizeof(*in));
	return in ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(in);
	return 0;
}

static void note_item(const struct input_item *item)
{
	size_t n = strlen(got);
	char where[32] = "";

	if (n > sizeof(got) - 200)
		return; /* enough was seen */
	if (item->line)
		snprintf(where, sizeof(where), " line %lu", item->line);
	if (item->direction)
		snprintf(where + strlen(where), 8, " %c", item->direction);
	n += (size_t)snprintf(got + n, sizeof(got) - n,
		"%s%s:", item->error ? mb_error_name(item->error) : "frame", where);
	for (size_t i = 0; i < item->len && n + 100 < sizeof(got); i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, " %02X", item->bytes[i]);
	snprintf(got + n, sizeof(got) - n, "%s%s\n", *item->note ? " " : "", item->note);
}

static void read_all(const void *bytes, size_t len, size_t piece)
{
	struct input_item item;

	got[0] = 0;
	input_init(in);
	for (size_t at = 0; at < len;) {
		size_t n = len - at < piece ? len - at : piece;

		at += input_push(in, (const uint8_t *)bytes + at, n);
		while (input_next(in, &item) > 0)
			note_item(&item);
	}
	input_end(in);
	while (input_next(in, &item) > 0)
		note_item(&item);
	assert_int_equal(input_next(in, &item), 0);
}

/* The same, whatever the pieces. */
static void assert_items(const void *bytes, size_t len, const char *want)
{
	static const size_t pieces[] = {100000, 1, 2, 3, 7, 64};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		read_all(bytes, len, pieces[i]);
		assert_string_equal(got, want);
	}
}

static void test_spellings(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{BUSY, "frame line 1: " WANT_BUSY "\n"},
		{WANT_BUSY "\n", "frame line 1: " WANT_BUSY "\n"},
		{"\xEF\xBB\xBF" BUSY "\r\n", "frame line 1: " WANT_BUSY "\n"},
		{"68,04,04,68,08,01,70,08,81,16", "frame line 1: " WANT_BUSY "\n"},
		{"0x68 0x04 0X04 0x68 0x08 0x01 0x70 0x08 0x81 0x16",
			"frame line 1: " WANT_BUSY "\n"},
		{"68:04:04:68:08:01:70:08:81:16", "frame line 1: " WANT_BUSY "\n"},
		{"68-04-04-68-08-01-70-08-81-16;", "frame line 1: " WANT_BUSY "\n"},
		{"\t68 04 04 68 08 01 70 08 81 16  # a comment with \xC3\xA4\n",
			"frame line 1: " WANT_BUSY "\n"},
		{"# head\n\n" BUSY "\n", "frame line 3: " WANT_BUSY "\n"},
		{BUSY "\n" ALARM "\n", "frame line 1: " WANT_BUSY "\nframe line 2: " ALARM "\n"},
		{BUSY "E5 10 40 01 41 16", "frame line 1: " WANT_BUSY
					   "\nframe line 1: E5\nframe line 1: 10 40 01 41 16\n"},
		{"68 04 04 68\n08 01 70\n08 81 16\n", "frame line 1: " WANT_BUSY "\n"},
		{"00000000: 6804 0468 0801 7008 8116                 h..h..p...\n",
			"frame line 1: " WANT_BUSY "\n"},
		{"0000: 68 04 04 68 08\n0005: 01 70 08 81 16\n", "frame line 1: " WANT_BUSY "\n"},
		{"00000000  68 04 04 68 08 01 70 08  81 16  |h..h..p...|\n0000000a\n",
			"frame line 1: " WANT_BUSY "\n"},
		{"", ""},
		{"\n\n# nothing\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_items(rows[i].text, strlen(rows[i].text), rows[i].want);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"68 04 04 68 08 01 70 08 82 16",
			"bad checksum line 1: 68 04 04 68 08 01 70 08 82 16\n"},
		{"68 04 04 68 08", "incomplete line 1: 68 04 04 68 08\n"},
		{"68 04 04 68 08\n\n" BUSY,
			"incomplete line 1: 68 04 04 68 08\nframe line 3: " WANT_BUSY "\n"},
		{"68 04 04 68 08\n" BUSY,
			"incomplete line 1: 68 04 04 68 08\nframe line 2: " WANT_BUSY "\n"},
		{"E5\n\n68 04 04 68\n08 01\n70 08 82 16\n" BUSY,
			"frame line 1: E5\nbad checksum line 3: 68 04 04 68 08 01 70 08 82 16\n"
			"frame line 6: " WANT_BUSY "\n"},
		{"68 04 04 68 08\n01 70 08 81 16 68 04\n04 68 08 01 70 08 82 16",
			"frame line 1: " WANT_BUSY
			"\nbad checksum line 2: 68 04 04 68 08 01 70 08 82 16\n"},
		{"# meterbus capture 2\n0.5 < E5\n" BUSY,
			"unsupported line 1: capture version 2, of a newer meterbus; this one "
			"reads version 1: update it\n"},
		{BUSY "00 11", "frame line 1: " WANT_BUSY "\ntrailing bytes line 1: 00 11\n"},
		{"AA\n" BUSY, "bad start line 1: AA\nframe line 2: " WANT_BUSY "\n"},
		{"hello\n" BUSY,
			"invalid argument line 1: no hexadecimal bytes\nframe line 2: " WANT_BUSY
			"\n"},
		{"680\n", "invalid argument line 1: no hexadecimal bytes\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_items(rows[i].text, strlen(rows[i].text), rows[i].want);
}

static void test_binary(void **state)
{
	static const struct {
		const char *hex, *want;
	} rows[] = {
		{WANT_BUSY "E5" ALARM, "frame: " WANT_BUSY "\nframe: E5\nframe: " ALARM "\n"},
		{"10 40 01 41 16", "frame: 10 40 01 41 16\n"},
		{"E5", "frame: E5\n"},
		{"68 04 04 68 08", "incomplete: 68 04 04 68 08\n"},
	};
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int len = hex_bytes(rows[i].hex, strlen(rows[i].hex), bytes, sizeof(bytes));

		assert_items(bytes, (size_t)len, rows[i].want);
	}
}

static void test_binary_offsets(void **state)
{
	struct input_item item;
	uint8_t bytes[64];
	int len = hex_bytes(
		"E5 " WANT_BUSY ALARM, strlen("E5 " WANT_BUSY ALARM), bytes, sizeof(bytes));

	(void)state;
	input_init(in);
	assert_int_equal(input_push(in, bytes, (size_t)len), len);
	assert_int_equal(input_next(in, &item), 1);
	assert_int_equal(item.offset, 0);
	assert_int_equal(input_next(in, &item), 1);
	assert_int_equal(item.offset, 1);
	assert_int_equal(input_next(in, &item), 1);
	assert_int_equal(item.offset, 11);
}

static void test_capture(void **state)
{
	static const char text[] =
		CAPTURE_MAGIC "1\n# started 2016-07-01T09:35:01.000000Z\n# line 2400 8E1\n"
			      "0.000000 > 10 5B 05 60 16\n"
			      "0.061250 < 68 04 04 68 08\n"
			      "0.081250 < 05 71 04 82 16\n"
			      "1.000000 < 68 04*P 04 68 08 05 71 04 82 16\n"
			      "5.000000 < 68 04 04\n"
			      "9.000000 < E5\n"
			      "rubbish\n";
	struct input_item item;

	(void)state;
	assert_items(text, strlen(text),
		"frame line 4 >: 10 5B 05 60 16\n"
		"frame line 5 <: " ALARM "\n"
		"parity error line 7 <: 68 04 04 68 08 05 71 04 82 16\n"
		"incomplete line 8 <: 68 04 04\n"
		"frame line 9 <: E5\n"
		"invalid argument line 10: no line of a capture\n");
	input_init(in);
	input_push(in, (const uint8_t *)text, strlen(text));
	assert_int_equal(input_next(in, &item), 1);
	assert_int_equal(item.time_us, 1467365701000000);
	assert_int_equal(input_next(in, &item), 1);
	assert_int_equal(item.time_us, 1467365701081250);
}

static void test_logger(void **state)
{
	static const struct {
		const char *text, *want;
		unsigned long skipped;
	} rows[] = {
		{"^SCDATA: \"AMS\",1467365701,10506,\"MBUS\",1,0,\"\",\"" BUSY "\"\n",
			"frame line 1: " WANT_BUSY "\n", 0},
		{"at^scdata=\"get_oldest\"\r\n\r\n^SCDATA: "
		 "\"AMS\",1467365701,10506,\"MBUS\",1,0,\"\",\"" BUSY "\"\r\n\r\nOK\r\n",
			"invalid argument line 1: no hexadecimal bytes\nframe line 3: " WANT_BUSY
			"\n",
			0},
		{"^SCDATA: "
		 "\"AMS\",1467365701,10506,\"MBUS\",1,0,\"\",\"6804046808\n0170088116\"\nOK\n",
			"frame line 1: " WANT_BUSY "\n", 0},
		{"^SCDATA: \"AMS\",1467365701,1,\"MBUS\",7,131082,\"\",\"\"\n",
			"silence line 1: device 7: no answer to REQ_UD2 (SmartCom error "
			"131082)\n",
			0},
		{"^SCDATA: \"AMS\",1467365701,1,\"MBUS\",7,99,\"\",\"\"\n",
			"not read line 1: device 7: read error (SmartCom error 99)\n", 0},
		{"^SCDATA: \"AMS\",1461340261,12091,\"AIN_DIN\",1,0,\"\",\"131\"\n", "", 1},
		{"^SCDATA: "
		 "\"AMS\",1461340261,12091,\"IEC62056-21\",1,0,\"ZE310\",\"F.F(00)\n1.8.0(1*kWh)"
		 "\n\"\n"
		 "^SCDATA: \"AMS\",1467365701,10506,\"MBUS\",1,0,\"\",\"" BUSY "\"\n",
			"frame line 4: " WANT_BUSY "\n", 1},
		{"^SCDATA: "
		 "\"WMBUS\",1467365701,5,-68,20,\"44B409466316140A077A9B0800000C1305000000\"\n",
			"", 1},
		{"^SCDATA: \"AMS\",abc,1,\"MBUS\",7,0,\"\",\"\"\n",
			"invalid argument line 1: no record of the form that SmartCom writes\n", 0},
		{"^SCDATA: \"MESS_CNT\"\n^SCDATA: \"GET_SPACE\"\n", "", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_items(rows[i].text, strlen(rows[i].text), rows[i].want);
		assert_int_equal(in->skipped, rows[i].skipped);
	}
}

static void test_logger_time(void **state)
{
	static const char text[] =
		"^SCDATA: \"AMS\",1467365701,10506,\"MBUS\",1,0,\"\",\"" BUSY "\"\n";
	struct input_item item;

	(void)state;
	input_init(in);
	input_push(in, (const uint8_t *)text, strlen(text));
	assert_int_equal(input_next(in, &item), 1);
	assert_int_equal(item.time_us, 1467365701000000);
}

/* A line of just the limit is read, one character more is refused and skipped to its end. */
static void test_line_limit(void **state)
{
	static char text[INPUT_LINE_MAX + 100];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, BUSY, strlen(BUSY));
	text[INPUT_LINE_MAX - 1] = '\n';
	memcpy(text + INPUT_LINE_MAX, "E5\n", 3);
	assert_items(text, INPUT_LINE_MAX + 3, "frame line 1: " WANT_BUSY "\nframe line 2: E5\n");
	memset(text + INPUT_LINE_MAX - 1, ' ', 10);
	text[INPUT_LINE_MAX + 20] = '\n';
	memcpy(text + INPUT_LINE_MAX + 21, "E5\n", 3);
	assert_items(text, INPUT_LINE_MAX + 24,
		"invalid argument line 1: a line of more than 65535 characters\nframe line 2: "
		"E5\n");
}

static void test_record_limit(void **state)
{
	static char text[2 * INPUT_LINE_MAX];
	size_t n = (size_t)snprintf(
		text, sizeof(text), "^SCDATA: \"AMS\",1,1,\"IEC62056-21\",1,0,\"\",\"");

	(void)state;
	while (n < INPUT_LINE_MAX + 2000)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%0100d\n", 0);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\"\n" BUSY "\n");
	read_all(text, n, n);
	assert_non_null(strstr(got, "a record of more than 65535 characters"));
	assert_non_null(strstr(got, WANT_BUSY));
}

/* Nothing is asked of anything but to end. */
static void test_anything(void **state)
{
	static uint8_t bytes[20000];
	uint32_t seed = 11;

	(void)state;
	for (int n = 0; n < 200; n++) {
		static const char alphabet[] = "0123456789ABCDEF \n\r\",:#^x.<>*";

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = n % 2 ? (uint8_t)(seed >> 24)
					 : (uint8_t)alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		read_all(bytes, sizeof(bytes), 1 + seed % 5000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_binary_offsets),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_logger),
		cmocka_unit_test(test_logger_time),
		cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_record_limit),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
