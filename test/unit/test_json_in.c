/* SPDX-License-Identifier: MIT */
/* JSON of others: what is read, what is refused, that no digit is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/json_in.h"
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>

static struct json_doc doc;

static struct json_in parse(const char *text)
{
	assert_int_equal(json_in(&doc, text, strlen(text)), 0);
	return json_in_root(&doc);
}

static void test_values(void **state)
{
	/* clang-format off */
	static const struct {
		const char *json;
		enum json_type type;
		const char *text;
	} rows[] = {
		{"null",                  JSON_IN_NULL,   ""},
		{" true ",                JSON_IN_TRUE,   "true"},
		{"false",                 JSON_IN_FALSE,  "false"},
		{"0",                     JSON_IN_NUMBER, "0"},
		{"-12.50",                JSON_IN_NUMBER, "-12.50"},
		{"1e400",                 JSON_IN_NUMBER, "1e400"},
		{"123456789012345678901234567890.1", JSON_IN_NUMBER, "123456789012345678901234567890.1"},
		{"\"\"",                  JSON_IN_TEXT,   ""},
		{"\"a\\n\\\"\\\\\\/\\u0041\"", JSON_IN_TEXT, "a\n\"\\/A"},
		{"\"\\u00e9\\u20ac\\ud83d\\ude00\"", JSON_IN_TEXT, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
		{"\"\\ud83d\\u0041\"",    JSON_IN_TEXT,   "\xEF\xBF\xBD" "A"},
		{"\"a\\u0000b\"",         JSON_IN_TEXT,   "a\xEF\xBF\xBD" "b"},
		{"[]",                    JSON_IN_ARRAY,  ""},
		{"{}",                    JSON_IN_OBJECT, ""},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_in v = parse(rows[i].json);

		assert_int_equal(json_in_type(v), rows[i].type);
		assert_string_equal(json_in_text(v), rows[i].text);
		json_doc_done(&doc);
	}
}

static void test_refused(void **state)
{
	static const char *const rows[] = {"", " ", "nul", "truex", "+1", "01", "1.", ".5", "1e",
		"-", "\"", "\"\\", "\"\\x\"", "\"\\u12g4\"", "\"\n\"", "[", "[1", "[1,]", "[1 2]",
		"{", "{1:2}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "1 2", "]", "'a'", "[}"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (json_in(&doc, rows[i], strlen(rows[i])) == 0)
			fail_msg("was taken: %s", rows[i]);
		assert_int_equal(json_in_type(json_in_root(&doc)), JSON_IN_NONE);
	}
}

static void test_depth(void **state)
{
	char text[2 * (JSON_IN_DEPTH_MAX + 1) + 1] = "";

	(void)state;
	memset(text, '[', JSON_IN_DEPTH_MAX);
	memset(text + JSON_IN_DEPTH_MAX, ']', JSON_IN_DEPTH_MAX);
	assert_int_equal(json_in(&doc, text, strlen(text)), 0);
	json_doc_done(&doc);
	memset(text, '[', JSON_IN_DEPTH_MAX + 1);
	memset(text + JSON_IN_DEPTH_MAX + 1, ']', JSON_IN_DEPTH_MAX + 1);
	text[2 * (JSON_IN_DEPTH_MAX + 1)] = '\0';
	assert_int_equal(json_in(&doc, text, strlen(text)), -1);
	assert_int_equal(doc.wrong_at, JSON_IN_DEPTH_MAX);
}

static const char sample[] =
	"{\"items\":[{\"n\":1.10,\"t\":\"a\"},[],{\"n\":null},{\"x\":{\"n\":7}}],\"next\":\"c\","
	"\"next\":\"d\",\"flag\":true}";

static void test_walk(void **state)
{
	struct json_in root = parse(sample), items = json_in_get(root, "items"), v;
	const char *raw;
	int64_t n = -1;
	size_t len;

	(void)state;
	assert_int_equal(json_in_count(root), 4);
	assert_int_equal(json_in_count(items), 4);
	assert_string_equal(json_in_name(items), "items");
	v = json_in_first(items);
	assert_string_equal(json_in_text(json_in_get(v, "n")), "1.10");
	assert_false(json_in_i64(json_in_get(v, "n"), &n));
	assert_int_equal(n, -1);
	raw = json_in_raw(v, &len);
	assert_int_equal(len, strlen("{\"n\":1.10,\"t\":\"a\"}"));
	assert_memory_equal(raw, "{\"n\":1.10,\"t\":\"a\"}", len);
	v = json_in_next(v);
	assert_int_equal(json_in_type(v), JSON_IN_ARRAY);
	assert_string_equal(json_in_name(v), "");
	assert_false(json_in_there(json_in_first(v)));
	v = json_in_next(v);
	assert_int_equal(json_in_type(json_in_get(v, "n")), JSON_IN_NULL);
	assert_false(json_in_there(json_in_get(v, "n")));
	v = json_in_next(v);
	assert_true(json_in_i64(json_in_get(json_in_get(v, "x"), "n"), &n));
	assert_int_equal(n, 7);
	assert_int_equal(json_in_type(json_in_get(v, "n")), JSON_IN_NONE);
	assert_false(json_in_there(json_in_next(v)));
	assert_string_equal(json_in_text(json_in_get(root, "next")), "c");
	assert_true(json_in_flag(json_in_get(root, "flag")));
	assert_false(json_in_flag(json_in_get(root, "next")));
	/* of nothing, nothing */
	v = json_in_get(json_in_get(root, "none"), "none");
	assert_string_equal(json_in_text(v), "");
	assert_int_equal(json_in_count(v), 0);
	assert_false(json_in_there(json_in_next(json_in_first(v))));
	json_doc_done(&doc);
}

/* No prefix is a document, and none is read behind its end. */
static void test_prefixes(void **state)
{
	struct guard guard;

	(void)state;
	guard_init(&guard);
	for (size_t n = 0; n < sizeof(sample) - 1; n++) {
		const char *text = (const char *)guard_copy(&guard, sample, n);

		assert_int_equal(json_in(&doc, text, n), -1);
		assert_true(doc.wrong_at <= n);
	}
	assert_int_equal(json_in(&doc, (const char *)guard_copy(&guard, sample, sizeof(sample) - 1),
				 sizeof(sample) - 1),
		0);
	json_doc_done(&doc);
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
