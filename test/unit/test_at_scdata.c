/* SPDX-License-Identifier: MIT */
#include "gateway/scdata.h"

#include "bus/port_error.h"
#include "collect/collect_error.h"
#include "store/store.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void record_line(void **state)
{
	static const uint8_t bytes[] = {0x68, 0x4B, 0x4B, 0x68, 0x16};
	struct scdata_record r = {1467365701, 10506, 1, 0, bytes, sizeof(bytes)};
	char text[SCDATA_LINE_MAX];
	int n;

	(void)state;
	n = scdata_format(&r, text, sizeof(text));
	assert_string_equal(
		text, "^SCDATA: \"AMS\",1467365701,10506,\"MBUS\",1,0,\"\",\"684B4B6816\"");
	assert_int_equal(n, strlen(text));
	assert_int_equal(scdata_format(&r, text, (size_t)n + 1), n);
	assert_int_equal(scdata_format(&r, text, (size_t)n), MB_E_NO_SPACE);
	r.error = 131082;
	scdata_format(&r, text, sizeof(text));
	assert_string_equal(text, "^SCDATA: \"AMS\",1467365701,10506,\"MBUS\",1,131082,\"\",\"\"");
}

static void the_longest_record_fits(void **state)
{
	static uint8_t bytes[SCDATA_BYTES_MAX];
	struct scdata_record r = {INT64_MAX, UINT64_MAX, UINT32_MAX, 0, bytes, sizeof(bytes)};
	char text[SCDATA_LINE_MAX];

	(void)state;
	assert_true(scdata_format(&r, text, sizeof(text)) > 2 * SCDATA_BYTES_MAX);
	r.len++;
	assert_int_equal(scdata_format(&r, text, sizeof(text)), MB_E_NO_SPACE);
}

/* clang-format off */
static const struct {
	int error;
	enum scdata_step step;
	uint32_t code;
} codes[] = {
	{0,                    SCDATA_STEP_REQUEST, 0},
	{MB_E_CANCELLED,       SCDATA_STEP_REQUEST, 131073},
	{MB_E_INVALID,         SCDATA_STEP_REQUEST, 131074},
	{MB_E_UNSUPPORTED,     SCDATA_STEP_REQUEST, 131075},
	{MB_E_FOREIGN_MASTER,  SCDATA_STEP_NKE,     131076},
	{MB_E_ECHO_DIFFERS,    SCDATA_STEP_NKE,     131077},
	{MB_E_SILENCE,         SCDATA_STEP_NKE,     131078},
	{MB_E_NOISE,           SCDATA_STEP_NKE,     131079},
	{MB_E_FOREIGN_MASTER,  SCDATA_STEP_REQUEST, 131080},
	{MB_E_ECHO_DIFFERS,    SCDATA_STEP_REQUEST, 131081},
	{MB_E_SILENCE,         SCDATA_STEP_REQUEST, 131082},
	{MB_E_CUT,             SCDATA_STEP_NKE,     131079},
	{MB_E_CUT,             SCDATA_STEP_REQUEST, 131334},
	{MB_E_NOISE,           SCDATA_STEP_REQUEST, 131083},
	{COLLECT_E_NOT_SENT,   SCDATA_STEP_REQUEST, 131080},
	{MB_E_NO_DATA,         SCDATA_STEP_REQUEST, 131084},
	{MB_E_WRONG_ADDRESS,   SCDATA_STEP_REQUEST, 131085},
	{MB_E_FOREIGN_MASTER,  SCDATA_STEP_SELECT,  131086},
	{MB_E_ECHO_DIFFERS,    SCDATA_STEP_SELECT,  131087},
	{MB_E_NOT_SELECTED,    SCDATA_STEP_REQUEST, 131088},
	{MB_E_PARITY,          SCDATA_STEP_SELECT,  131089},
	{MB_E_FOREIGN_MASTER,  SCDATA_STEP_SEARCH,  131090},
	{MB_E_ECHO_DIFFERS,    SCDATA_STEP_SEARCH,  131091},
	{COLLECT_E_NOT_SENT,   SCDATA_STEP_SEARCH_REQUEST, 131092},
	{MB_E_ECHO_DIFFERS,    SCDATA_STEP_SEARCH_REQUEST, 131093},
	{MB_E_COLLISION,       SCDATA_STEP_SEARCH,  131094},
	{MB_E_BAD_START,       SCDATA_STEP_REQUEST, 131329},
	{MB_E_BAD_START2,      SCDATA_STEP_REQUEST, 131330},
	{MB_E_BAD_LENGTH,      SCDATA_STEP_REQUEST, 131331},
	{MB_E_BAD_CHECKSUM,    SCDATA_STEP_REQUEST, 131332},
	{MB_E_BAD_STOP,        SCDATA_STEP_REQUEST, 131333},
	{MB_E_INCOMPLETE,      SCDATA_STEP_REQUEST, 131334},
	{PORT_E_LATE,          SCDATA_STEP_REQUEST, 4},
	{STORE_E_MISSED,       SCDATA_STEP_REQUEST, 4},
	{COLLECT_E_SUSPENDED,  SCDATA_STEP_REQUEST, 4},
	{MB_E_APPLICATION,     SCDATA_STEP_REQUEST, 0},
	{-9999,                SCDATA_STEP_REQUEST, 131072},
};

static const struct {
	const char *text, *printed; /* printed NULL: refused */
} addresses[] = {
	{"1@2400",                 "1@2400"},
	{"*15020416@2400",         "*15020416@2400"},
	{"0",                      "0"},
	{"250@115200",             "250@115200"},
	{"254@300",                "254@300"},
	{"*1502????",              "*1502FFFF"},
	{"*1502ffff@9600",         "*1502FFFF@9600"},
	{"*0803176865329906@2400", "*0803176865329906@2400"},
	{"",                       NULL},
	{"@2400",                  NULL},
	{"251",                    NULL},
	{"253@2400",               NULL},
	{"255",                    NULL},
	{"1000",                   NULL},
	{"-1",                     NULL},
	{"1@",                     NULL},
	{"1@2401",                 NULL},
	{"1@2400@2400",            NULL},
	{"1@1152000",              NULL},
	{"15020416",               NULL},
	{"*",                      NULL},
	{"*1502041",               NULL},
	{"*1502041A",              NULL},
	{"*150204161",             NULL},
	{"*080317686532990G",      NULL},
	{"*15020416.PAD.1.2@2400", NULL},
	{"*0803176865329906@2400 and more text", NULL},
};

static const struct {
	const char *text;
	int passes; /* -1: refused */
} filters[] = {
	{"",                                       1},
	{"  ",                                     1},
	{"RECORD_TYPE=AMS",                        1},
	{"record_type == ams ; index = 3",         1},
	{"RECORD_TYPE=WMBUS",                      0},
	{"RECORD_TYPE<>WMBUS",                     1},
	{"PROTOCOL=MBUS",                          1},
	{"PROTOCOL!=MBUS",                         0},
	{"DEVICE_ID!=X",                           1},
	{"DEVICE_IDENTIFICATION=X",                0},
	{"TIME_STAMP>=1000",                       1},
	{"TIME_STAMP>1000",                        0},
	{"TIME_STAMP<=1000",                       1},
	{"TIME_STAMP<1000",                        0},
	{"SEQ_NUM>9;SEQUENTIAL_NUMBER<11",         1},
	{"SEQ_NUM!=10",                            0},
	{"ERROR_CODE=131082",                      1},
	{"ERROR_CODE=0",                           0},
	{"INDEX=999999999999999999",               0},
	{"INDEX=1;INDEX=3",                        0},
	{"INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3", 1},
	{"INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3;INDEX=3", -1},
	{"INDEX=9999999999999999999",              -1},
	{"INDEX",                                  -1},
	{"INDEX=",                                 -1},
	{"INDEX=x",                                -1},
	{"INDEX=-1",                               -1},
	{"INDEX=>3",                               -1},
	{"COLOUR=3",                               -1},
	{"RECORD_TYPE<AMS",                        -1},
	{"INDEX=3;",                               -1},
	{";INDEX=3",                               -1},
	{"=3",                                     -1},
};
/* clang-format on */

static void error_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		assert_int_equal(scdata_error(codes[i].error, codes[i].step), codes[i].code);
}

/* A store that a later program has written may know more steps. */
static void steps_of_the_store(void **state)
{
	(void)state;
	assert_int_equal(scdata_step_of(STORE_STEP_NONE), SCDATA_STEP_REQUEST);
	assert_int_equal(scdata_step_of(STORE_STEP_NKE), SCDATA_STEP_NKE);
	assert_int_equal(scdata_step_of(STORE_STEP_SELECT), SCDATA_STEP_SELECT);
	assert_int_equal(scdata_step_of(STORE_STEP_REQUEST), SCDATA_STEP_REQUEST);
	assert_int_equal(scdata_step_of(STORE_STEP_SEARCH), SCDATA_STEP_SEARCH);
	for (unsigned step = STORE_STEPS; step <= UINT8_MAX; step++)
		assert_int_equal(scdata_step_of(step), SCDATA_STEP_REQUEST);
}

/* Every error of the library has a code of the documented range. */
static void every_library_error_has_a_code(void **state)
{
	(void)state;
#define MB_X(number, name, text, meaning) \
	for (int step = 0; step < SCDATA_STEPS; step++) { \
		uint32_t code = scdata_error(number, (enum scdata_step)step); \
		assert_true(code <= 4 || (code >= 131072 && code <= 131334)); \
	}
	MB_ERROR_MAP(MB_X)
#undef MB_X
}

static void address_texts(void **state)
{
	struct scdata_address address;
	char text[SCDATA_ADDRESS_MAX + 1];
	int n;

	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		address.baud = 7;
		n = scdata_address_parse(addresses[i].text, &address);
		assert_int_equal(n, addresses[i].printed ? 0 : MB_E_INVALID);
		if (!addresses[i].printed) {
			assert_int_equal(address.baud, 7);
			continue;
		}
		n = scdata_address_format(&address, text, sizeof(text));
		assert_string_equal(text, addresses[i].printed);
		assert_int_equal(n, strlen(text));
		assert_int_equal(scdata_address_format(&address, text, (size_t)n), MB_E_NO_SPACE);
	}
}

static void intervals(void **state)
{
	static const char *const steps =
		"1M 2M 3M 4M 5M 6M 10M 12M 15M 20M 30M 1H 2H 3H 4H 6H 8H 12H 1D";
	char all[128] = "", lower[2] = "";

	(void)state;
	for (const char *at = steps; *at; at += strcspn(at, " ") + (strchr(at, ' ') != NULL)) {
		char step[4] = "";

		memcpy(step, at, strcspn(at, " "));
		assert_string_equal(scdata_interval(step), step);
		strcat(all, step);
		strcat(all, at[strcspn(at, " ")] ? " " : lower);
	}
	assert_string_equal(all, steps);
	assert_string_equal(scdata_interval("12h"), "12H");
	assert_null(scdata_interval("7M"));
	assert_null(scdata_interval("900S"));
	assert_null(scdata_interval("NONE"));
	assert_null(scdata_interval(""));
}

static void filter_grammar(void **state)
{
	const struct scdata_record r = {.time_s = 1000, .seq = 10, .index = 3, .error = 131082};
	struct scdata_filter filter;

	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++) {
		int rc = scdata_filter_parse(filters[i].text, &filter);

		assert_int_equal(rc, filters[i].passes < 0 ? MB_E_INVALID : 0);
		if (rc == 0)
			assert_int_equal(scdata_filter_match(&filter, &r), filters[i].passes);
	}
}

static void filter_limit(void **state)
{
	struct scdata_filter filter;
	char text[SCDATA_FILTER_MAX + 2];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "INDEX=3", 7);
	text[SCDATA_FILTER_MAX] = '\0';
	assert_int_equal(scdata_filter_parse(text, &filter), 0);
	text[SCDATA_FILTER_MAX] = ' ';
	text[SCDATA_FILTER_MAX + 1] = '\0';
	assert_int_equal(scdata_filter_parse(text, &filter), MB_E_INVALID);
}

/* clang-format off */
static const struct {
	const char *filter;
	struct scdata_range range;
} ranges[] = {
	{"",                               {0, UINT64_MAX, 0, UINT64_MAX}},
	{"INDEX=5;ERROR_CODE<9",           {0, UINT64_MAX, 0, UINT64_MAX}},
	{"SEQ_NUM=7",                      {7, 7, 0, UINT64_MAX}},
	{"SEQ_NUM!=7",                     {0, UINT64_MAX, 0, UINT64_MAX}},
	{"SEQ_NUM>7;SEQ_NUM<=20",          {8, 20, 0, UINT64_MAX}},
	{"SEQ_NUM>=7;SEQ_NUM<20;SEQ_NUM>9", {10, 19, 0, UINT64_MAX}},
	{"TIME_STAMP>=100;TIME_STAMP<200", {0, UINT64_MAX, 100, 199}},
	{"TIME_STAMP<0",                   {0, UINT64_MAX, 0, UINT64_MAX}},
	{"SEQ_NUM<5;SEQ_NUM>5",            {6, 4, 0, UINT64_MAX}},
};
/* clang-format on */

static void ranges_of_filters(void **state)
{
	struct scdata_filter filter;
	struct scdata_range range;

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		assert_int_equal(scdata_filter_parse(ranges[i].filter, &filter), 0);
		scdata_filter_range(&filter, &range);
		assert_memory_equal(&range, &ranges[i].range, sizeof(range));
		/* nothing that matches is out of it */
		for (uint64_t n = 0; n < 30; n++) {
			struct scdata_record r = {.time_s = (int64_t)n * 10, .seq = n};

			if (scdata_filter_match(&filter, &r))
				assert_true(n >= range.from_seq && n <= range.to_seq &&
					    n * 10 >= range.from_s && n * 10 <= range.to_s);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_line),
		cmocka_unit_test(the_longest_record_fits),
		cmocka_unit_test(error_codes),
		cmocka_unit_test(steps_of_the_store),
		cmocka_unit_test(every_library_error_has_a_code),
		cmocka_unit_test(address_texts),
		cmocka_unit_test(intervals),
		cmocka_unit_test(filter_grammar),
		cmocka_unit_test(filter_limit),
		cmocka_unit_test(ranges_of_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
