/* SPDX-License-Identifier: MIT */
/* JSON lines: exact, always JSON, and as doc/reading.schema.json says (test/e2e/tool checks that). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/error.h>

#include "format_help.h"

DEFINE_FORMAT_CASE(c)

/* ---- a reader that only says whether it is JSON ---- */

static const char *string_end(const char *p)
{
	for (p++; *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p == '\\' && !strchr("\"\\/bfnrtu", *++p))
			return NULL;
	}
	return p + 1;
}

static const char *number_end(const char *p)
{
	const char *start;

	p += *p == '-';
	if (*p == '0' && p[1] >= '0' && p[1] <= '9')
		return NULL;
	start = p;
	p += strspn(p, "0123456789");
	if (p == start)
		return NULL;
	if (*p == '.') {
		start = ++p;
		p += strspn(p, "0123456789");
		if (p == start)
			return NULL;
	}
	return p;
}

/* Objects and arrays nest no deeper than our writer makes them. */
static const char *value_end(const char *p, int depth)
{
	char close = *p == '{' ? '}' : ']';
	bool object = *p == '{';

	if (*p == '"')
		return string_end(p);
	if (strncmp(p, "null", 4) == 0 || strncmp(p, "true", 4) == 0)
		return p + 4;
	if (*p != '{' && *p != '[')
		return number_end(p);
	if (depth == 6)
		return NULL;
	if (*++p == close)
		return p + 1;
	for (;; p++) {
		if (object) {
			p = *p == '"' ? string_end(p) : NULL;
			if (!p || *p++ != ':')
				return NULL;
		}
		p = value_end(p, depth + 1);
		if (!p || (*p != ',' && *p != close))
			return NULL;
		if (*p == close)
			return p + 1;
	}
}

static void assert_json_line(const char *text)
{
	const char *end = value_end(text, 0);

	if (!end || strcmp(end, "\n") != 0)
		fail_msg("no JSON: %s", text);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s is not in:\n%s", part, text);
}

/* ---- what is said ---- */

static void test_reference(void **state)
{
	(void)state;
	assert_string_equal(format_frame(c, "json",
				    "68 15 15 68 08 02 72 78 56 34 12 24 40 01 07 13 04 00 00 0C "
				    "78 04 03 02 01 A1 16"),
		"{\"version\":1,\"meter\":{\"id\":\"12345678\",\"manufacturer\":\"PAD\","
		"\"maker\":\"PadMess\",\"version\":1,\"medium\":7,\"medium_name\":\"water\","
		"\"address\":\"1234567824400107\"},"
		"\"telegrams\":[{\"raw\":"
		"\"681515680802727856341224400107130400000C7804030201A116\","
		"\"c\":\"08\",\"a\":2,\"ci\":\"72\",\"access\":19,\"status\":4,"
		"\"status_text\":\"power low\",\"config\":\"0000\"}],"
		"\"records\":[{\"index\":0,\"key\":\"inst.0.0.0.78\",\"function\":"
		"\"instantaneous\","
		"\"storage\":0,\"tariff\":0,\"subunit\":0,\"quantity\":\"fabrication_no\","
		"\"description\":\"Fabrication No\",\"unit\":\"\",\"type\":\"digits\","
		"\"value\":\"01020304\",\"raw\":\"01020304\",\"data\":\"04030201\","
		"\"dib\":\"0C\",\"vib\":\"78\",\"data_field\":\"bcd8\",\"vif_type\":\"primary\"}]}"
		"\n");
}

static void test_values(void **state)
{
	static const struct {
		const char *records, *part;
	} rows[] = {
		{"0C 13 91 18 00 00", "\"unit\":\"m³\",\"type\":\"number\",\"value\":\"1.891\","
				      "\"number\":1.891,\"raw\":\"00001891\""},
		{"02 5A FE FF", "\"value\":\"-0.2\",\"number\":-0.2,\"raw\":\"-2\""},
		{"04 07 10 27 00 00",
			"\"value\":\"100000000\",\"number\":100000000,\"raw\":\"10000\""},
		{"04 07 10 27 00 00",
			"\"driver_unit\":\"Wh\",\"si_prefix\":\"kilo\",\"exponent\":1"},
		{"07 03 FF FF FF FF FF FF FF 7F",
			"\"value\":\"9223372036854775807\",\"raw\":\"9223372036854775807\""},
		{"07 03 FF 7F C6 A4 7E 8D 03 00",
			"\"value\":\"999999999999999\",\"number\":999999999999999,"},
		{"07 03 00 80 C6 A4 7E 8D 03 00", "\"value\":\"1000000000000000\",\"raw\""},
		{"32 6C 00 00", "\"type\":\"invalid\",\"value\":null,\"reason\":\"no date yet\""},
		{"04 6D 9A AF 65 11",
			"\"type\":\"datetime\",\"value\":\"2011-01-05T15:26\","
			"\"time_flags\":{\"type\":\"F\",\"summer\":true,\"invalid\":true},"
			"\"reason\":\"time invalid\""},
		{"04 6D 00 00 E1 F1", "\"value\":\"*-01-01T00:00\",\"time_flags\":{\"type\":\"F\","
				      "\"periodic\":true}"},
		{"06 6D 00 00 28 16 27 1E", "\"weekday\":1,\"week\":30"},
		{"05 2B 00 00 C0 3F", "\"type\":\"real\",\"value\":\"1.5\",\"number\":1.5,"},
		{"05 2B 00 00 C0 7F", "\"value\":null,\"reason\":\"not a number\""},
		{"0D FD 11 04 22 5C 0A E4", "\"type\":\"text\",\"value\":\"ä\\n\\\\\\\"\""},
		{"02 7C 02 46 B0 64 00", "\"unit\":\"°F\""},
		{"02 FC 03 48 52 25 74 D4 11",
			"\"unit\":\"%RH\",\"type\":\"number\",\"value\":\"45.64\""},
		{"04 83 15 01 00 00 00", "\"value\":null,\"reason\":\"record error\""},
		{"0C 13 BB BB BB DB", "\"value\":null,\"reason\":\"not available\""},
		{"01 EF 01 05", "\"unknown_vif\":true"},
		{"0F 37 FD", "\"key\":\"manufacturer\",\"kind\":\"manufacturer\""},
		{"0F 37 FD", "\"value\":\"37FD\",\"data\":\"37FD\",\"dib\":\"0F\",\"vib\":\"\""},
		{"8C C0 01 13 00 00 00 00", "\"storage\":32,\"tariff\":0,\"subunit\":1,"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_json_line(format_records(c, "json", rows[i].records));
		assert_has(c->text, rows[i].part);
	}
}

static void test_chain(void **state)
{
	(void)state;
	readout_begin(&c->readout, "5");
	format_add_data(c, 0x72, FORMAT_HEADER "01 13 01 1F");
	format_add_data(c, 0x72, FORMAT_HEADER "01 13 02");
	assert_json_line(format_print(c, "json"));
	assert_has(c->text, "\"source\":\"5\"");
	assert_has(c->text, "{\"index\":1,\"telegram\":0,\"key\":\"more\"");
	assert_has(c->text, "{\"index\":2,\"telegram\":1,\"key\":\"inst.0.0.0.10~1\"");
}

static void test_errors(void **state)
{
	(void)state;
	assert_json_line(format_frame(c, "json", "68 04 04 68 08 01 70 08 82 16"));
	assert_has(c->text, "\"telegrams\":[{\"raw\":\"68040468080170088216\","
			    "\"error\":{\"code\":-5,\"name\":\"bad checksum\"");
	assert_json_line(format_frame(c, "json", "68 04 04 68 08 01 70 08 81 16"));
	assert_has(c->text, "\"application_error\":8,\"application_error_text\":\"");
	assert_json_line(format_frame(c, "json", "68 04 04 68 08 05 66 10 83 16"));
	assert_has(c->text, "\"application\":16,\"application_text\":\"user data\"");
	assert_json_line(format_frame(c, "json", "68 04 04 68 08 05 71 04 82 16"));
	assert_has(c->text, "\"alarm\":\"04\"");
	assert_json_line(format_records(c, "json", "01 13 05 04 13 01"));
	assert_has(c->text, "\"records_error\":{\"code\":-10,\"name\":\"premature end of record\"");
	assert_has(c->text, "\"rest\":\"041301\"}}\n");
	readout_begin(&c->readout, "a\"b");
	readout_fail(&c->readout, MB_E_SILENCE, "nobody\nhome");
	assert_string_equal(format_print(c, "json"),
		"{\"version\":1,\"source\":\"a\\\"b\",\"error\":{\"code\":-30,\"name\":\"silence\","
		"\"text\":\"nobody\\nhome\"},\"telegrams\":[],\"records\":[]}\n");
}

static void test_profile(void **state)
{
	static const char text[] =
		"[PAD.1.7]\ninst.0.0.0.10 = Cold \"water\"\n@1 = u16 -1 m³ Flow\n";
	char why[100];

	(void)state;
	assert_int_equal(profile_parse(&c->profile, text, strlen(text), why, sizeof(why)), 0);
	assert_json_line(format_records(c, "json", "01 13 05 0F 00 39 30 00"));
	assert_has(c->text, "\"unit\":\"m³\",\"label\":\"Cold \\\"water\\\"\"");
	assert_has(c->text, "\"fields\":[{\"label\":\"Flow\",\"value\":\"1234.5\",\"unit\":\"m³\","
			    "\"offset\":1}]}");
	c->profile.count = 0;
}

/* What is kept from the first time is what would be written anew. */
static void test_kept_heads(void **state)
{
	static const char *const records[] = {"0C 13 91 18 00 00", "0C 93 3B 91 18 00 00",
		"8C 10 13 91 18 00 00", "4C 13 91 18 00 00", "0D 13 C2 34 12",
		"02 7C 02 46 B0 64 00", "02 FC 03 48 52 25 74 D4 11", "02 FC 74 03 48 52 25 D4 11",
		"01 13 01 01 13 02 01 13 03", "04 83 15 01 00 00 00", "01 EF 01 05", "0F 01 02"};
	static char first[4096];

	(void)state;
	for (int mode = 0; mode < 2; mode++) {
		for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
			char hex[200];

			snprintf(hex, sizeof(hex), FORMAT_HEADER "%s", records[i]);
			for (int again = 0; again < 3; again++) {
				readout_begin(&c->readout, NULL);
				format_add_data(c, mode ? 0x76 : 0x72, hex);
				assert_json_line(format_print(c, "json"));
				assert_true(strlen(c->text) < sizeof(first));
				if (again == 0)
					strcpy(first, c->text);
				assert_string_equal(c->text, first);
			}
		}
	}
	assert_has(format_records(c, "json", "0C 13 91 18 00 00"), "\"key\":\"inst.0.0.0.10\"");
	assert_has(c->text, "\"dib\":\"0C\",\"vib\":\"13\"");
}

/* What the length of the data decides is not kept. */
static void test_data_of_any_length(void **state)
{
	(void)state;
	assert_has(format_records(c, "json", "0D 93 4F 02 41 42"), "\"driver_unit\":\"Date\"");
	assert_has(format_records(c, "json", "0D 93 4F 03 41 42 43"),
		"\"driver_unit\":\"time and date\"");
}

/* More different records than are kept, twice: each keeps its own key, and the bytes of its VIB. */
static void test_many_heads(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 2 * 0x7C * 4; n++) {
		unsigned function = n % 4, vif = n / 4 % 0x7C;
		char hex[20], part[80];

		snprintf(hex, sizeof(hex), "%X1 %02X 05", function, vif);
		snprintf(part, sizeof(part),
			"\"dib\":\"%X1\",\"vib\":\"%02X\",\"data_field\":\"int8\",", function, vif);
		assert_has(format_records(c, "json", hex), part);
		snprintf(part, sizeof(part), "\"function\":\"%s\",", mb_function_name(function));
		assert_has(c->text, part);
	}
}

static void assert_has_word(const char *name, const char *word)
{
	char part[80];

	snprintf(part, sizeof(part), ",\"%s\":\"%s\"", name, word);
	assert_has(c->text, part);
}

/* The words of JSON are those of the library. */
static void test_words(void **state)
{
	static const char *const vibs[] = {
		"13", "FB 00", "FD 08", "FD FD 00", "7C 01 41", "7F", "EF 01"};
	static const int data_bytes[] = {0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 2, 6};

	(void)state;
	for (unsigned dif = 0; dif < 0x3F; dif++) {
		for (size_t i = 0; i < sizeof(vibs) / sizeof(vibs[0]); i++) {
			struct mb_metadata m;
			struct mb_cursor cur;
			struct mb_record rec;
			uint8_t bytes[20];
			char hex[80];
			int len;

			if ((dif & 0x0F) == 0x0F)
				continue;
			snprintf(hex, sizeof(hex), "%02X %s %.*s", dif, vibs[i],
				3 * data_bytes[dif & 0x0F], "01 02 03 04 05 06 07 00");
			len = hex_bytes(hex, strlen(hex), bytes, sizeof(bytes));
			assert_true(len > 0);
			mb_cursor_init_bytes(&cur, bytes, (size_t)len);
			assert_int_equal(mb_record_next(&cur, &rec), 1);
			mb_record_metadata(&rec, &m);
			format_records(c, "json", hex);
			assert_has_word("data_field", m.data_field_key);
			assert_has_word("vif_type", m.vif_type_key);
			assert_has_word("function", m.function_key);
		}
	}
}

static void test_json_for_anything(void **state)
{
	uint8_t frame[MB_FRAME_MAX];
	uint32_t seed = 7;

	(void)state;
	for (unsigned n = 0; n < 3000; n++) {
		readout_begin(&c->readout, NULL);
		format_add(c, frame, format_anything(n, &seed, frame));
		assert_json_line(format_print(c, "json"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_kept_heads),
		cmocka_unit_test(test_data_of_any_length),
		cmocka_unit_test(test_many_heads),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_json_for_anything),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
