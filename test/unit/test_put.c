/* SPDX-License-Identifier: MIT */
/* The pieces that all writers are made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "export/out.h"
#include "export/put.h"
#include "export/values.h"

#include <inttypes.h>
#include <stdio.h>

static void test_integers(void **state)
{
	static const uint64_t numbers[] = {0, 1, 9, 10, 99, 100, 101, 999, 1000, 12565, 99999999,
		100000000, UINT32_MAX, 1000000000000000, UINT64_MAX - 1, UINT64_MAX};
	char got[32], want[32];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		*put_u64(got, numbers[i]) = 0;
		snprintf(want, sizeof(want), "%" PRIu64, numbers[i]);
		assert_string_equal(got, want);
		*put_i64(got, (int64_t)numbers[i]) = 0;
		snprintf(want, sizeof(want), "%" PRId64, (int64_t)numbers[i]);
		assert_string_equal(got, want);
	}
}

static void test_decimals(void **state)
{
	static const struct {
		struct mb_decimal number;
		unsigned decimals_min;
		const char *text;
	} rows[] = {
		{{12565, -3, false}, 0, "12.565"},
		{{12565, -3, false}, 6, "12.565000"},
		{{12565, -3, true}, 0, "-12.565"},
		{{5, -3, false}, 0, "0.005"},
		{{0, -3, false}, 0, "0.000"},
		{{0, 3, false}, 0, "0"},
		{{0, 3, false}, 6, "0.000000"},
		{{37, 3, false}, 0, "37000"},
		{{37, 3, false}, 2, "37000.00"},
		{{1, -9, false}, 6, "0.000000001"},
		{{1, -30, false}, 0, "0.000000000000000000000000000001"},
		{{1, -31, false}, 0, "1e-31"},
		{{123, 31, true}, 0, "-123e31"},
		{{UINT64_MAX, 0, false}, 0, "18446744073709551615"},
		{{UINT64_MAX, -20, false}, 0, "0.18446744073709551615"},
		{{UINT64_MAX, 30, true}, 6,
			"-18446744073709551615000000000000000000000000000000.000000"},
	};
	char got[PUT_DECIMAL_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*put_decimal(got, &rows[i].number, rows[i].decimals_min) = 0;
		assert_string_equal(got, rows[i].text);
	}
}

static void test_times(void **state)
{
	static const struct {
		int64_t us;
		bool fraction;
		const char *text;
	} rows[] = {
		{0, true, "1970-01-01T00:00:00Z"},
		{-1, true, "1969-12-31T23:59:59.999999Z"},
		{951782400000000, true, "2000-02-29T00:00:00Z"},
		{951868799000001, true, "2000-02-29T23:59:59.000001Z"},
		{951868799000001, false, "2000-02-29T23:59:59Z"},
		{1467365701000000, true, "2016-07-01T09:35:01Z"},
		{4107542399000000, true, "2100-02-28T23:59:59Z"},
		{4107542400000000, true, "2100-03-01T00:00:00Z"},
	};
	char got[PUT_TIME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*put_time(got, rows[i].us, rows[i].fraction) = 0;
		assert_string_equal(got, rows[i].text);
	}
}

static void test_hex(void **state)
{
	uint8_t bytes[256];
	char got[3 * 256 + 1], want[4];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	*put_hex(got, bytes, 256) = 0;
	assert_int_equal(strlen(got), 512);
	for (int i = 0; i < 256; i++) {
		snprintf(want, sizeof(want), "%02X", i);
		assert_memory_equal(got + 2 * i, want, 2);
	}
	*put_hex_blanks(got, bytes, 3) = 0;
	assert_string_equal(got, "00 01 02");
	*put_id(got, 0x0803176A) = 0;
	assert_string_equal(got, "0803176A");
}

/* Every byte at every place of a string of 20, so that all paths of the writer see it. */
static void test_json_escapes(void **state)
{
	char text[20], got[200], want[200];

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		for (size_t at = 0; at < sizeof(text); at++) {
			char one[8];

			memset(text, 'a', sizeof(text));
			text[at] = (char)c;
			if (c == '"' || c == '\\')
				snprintf(one, sizeof(one), "\\%c", (char)c);
			else if (c >= 0x20 && c != 0x7F)
				snprintf(one, sizeof(one), "%c", (char)c);
			else
				snprintf(one, sizeof(one), "\\u%04X", c);
			for (const char *p = "\bb\tt\nn\ff\rr"; *p; p += 2)
				if ((unsigned char)*p == c)
					snprintf(one, sizeof(one), "\\%c", p[1]);
			snprintf(want, sizeof(want), "%.*s%s%.*s", (int)at, "aaaaaaaaaaaaaaaaaaaa",
				one, (int)(sizeof(text) - 1 - at), "aaaaaaaaaaaaaaaaaaaa");
			*put_json(got, text, sizeof(text)) = 0;
			assert_string_equal(got, want);
		}
	}
}

/* C1 in UTF-8, also across the eight bytes that are looked at together. */
static void test_json_c1(void **state)
{
	char text[20], got[200];

	(void)state;
	for (size_t at = 0; at + 1 < sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		memcpy(text + at, "\xC2\x9B", 2);
		*put_json(got, text, sizeof(text)) = 0;
		assert_int_equal(strlen(got), sizeof(text) + 4);
		assert_memory_equal(got + at, "\\u009B", 6);
		memcpy(text + at, "\xC2\xB0", 2);
		*put_json(got, text, sizeof(text)) = 0;
		assert_int_equal(strlen(got), sizeof(text));
		assert_memory_equal(got + at, "\xC2\xB0", 2);
	}
}

static void test_xml_escapes(void **state)
{
	static const struct {
		const char *text, *xml;
	} rows[] = {
		{"plain", "plain"},
		{"a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c'"},
		{"20 °C", "20 \xB0"
			  "C"},
		{"m³/h", "m\xB3/h"},
		{"ÿ", "\xFF"},
		{"€ → ☃", "&#8364; &#8594; &#9731;"},
		{"tab\tline\nbell\a", "tab line bell "},
		{"\x7F\xC2\x9B", "  "},
		{"", ""},
	};
	char got[100];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*put_xml(got, rows[i].text, strlen(rows[i].text)) = 0;
		assert_string_equal(got, rows[i].xml);
	}
}

struct sink {
	char text[100000];
	size_t len;
	int calls, fail_at;
};

static int take(void *ctx, const char *bytes, size_t n)
{
	struct sink *s = ctx;

	if (++s->calls == s->fail_at)
		return -1;
	memcpy(s->text + s->len, bytes, n);
	s->len += n;
	return 0;
}

static void test_shown(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{"45.64 °C", "45.64 °C"},
		{"a\x1B]0;b\x07\r\n", "a ]0;b   "},
		{"\x7F\xC2\x9B"
		 "2J\xC2\xA0",
			"  2J\xC2\xA0"},
		{"", ""},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(text, rows[i].text);
		*put_shown(text, text, strlen(text)) = 0;
		assert_string_equal(text, rows[i].shown);
	}
}

static void test_out_passes_all(void **state)
{
	static struct sink sink;
	static char buf[OUT_SIZE_MIN], text[50001];
	struct out o;

	(void)state;
	memset(&sink, 0, sizeof(sink));
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i % 26);
	out_init(&o, buf, sizeof(buf), take, &sink);
	out_text(&o, "<");
	out_text(&o, text);
	out_took(&o, put_char(out_room(&o, 1), '>'));
	assert_int_equal(out_flush(&o), 0);
	assert_int_equal(sink.len, 50002);
	assert_int_equal(sink.text[0], '<');
	assert_memory_equal(sink.text + 1, text, 50000);
	assert_int_equal(sink.text[50001], '>');
}

static void test_out_fails_once(void **state)
{
	static struct sink sink;
	static char buf[OUT_SIZE_MIN];
	struct out o;

	(void)state;
	memset(&sink, 0, sizeof(sink));
	sink.fail_at = 1;
	out_init(&o, buf, sizeof(buf), take, &sink);
	for (int i = 0; i < 5; i++) {
		out_took(&o, put_char(out_room(&o, 1), 'x'));
		assert_int_equal(out_flush(&o), -1);
	}
	assert_int_equal(sink.calls, 1);
}

static void test_out_without_sink(void **state)
{
	static char buf[OUT_SIZE_MIN];
	struct out o;

	(void)state;
	out_init(&o, buf, sizeof(buf), NULL, NULL);
	out_text(&o, "kept");
	assert_int_equal(out_flush(&o), 0);
	assert_memory_equal(buf, "kept", 4);
	assert_int_equal(o.len, 4);
	out_room(&o, OUT_SIZE_MIN); /* more than there is */
	assert_int_equal(out_flush(&o), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_json_escapes),
		cmocka_unit_test(test_json_c1),
		cmocka_unit_test(test_xml_escapes),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_out_passes_all),
		cmocka_unit_test(test_out_fails_once),
		cmocka_unit_test(test_out_without_sink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
