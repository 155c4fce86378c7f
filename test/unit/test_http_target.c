/* SPDX-License-Identifier: MIT */
#include "api/http_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Segments and pairs put together again, each in quotes. */
static void join(const struct http_target *t, char *ret_text)
{
	*ret_text = '\0';
	for (int i = 0; i < t->n_segments; i++) {
		strcat(ret_text, "/");
		strcat(ret_text, t->segments[i]);
	}
	for (int i = 0; i < t->n_query; i++) {
		strcat(ret_text, "|");
		strcat(ret_text, t->query[i].name);
		strcat(ret_text, "=");
		strcat(ret_text, t->query[i].value);
	}
}

static void test_good(void **state)
{
	/* clang-format off */
	static const struct {
		const char *target, *joined;
		bool slash;
	} cases[] = {
		{"/", "", false},
		{"/api/v1/status", "/api/v1/status", false},
		{"/a/b/", "/a/b", true},
		{"/roof%201", "/roof 1", false},
		{"/a%2Fb", "/a/b", false},
		{"/a+b", "/a+b", false},
		{"/a?x=1&y=%C3%A4&z", "/a|x=1|y=\303\244|z=", false},
		{"/a?x=1+2&&y=a=b", "/a|x=1 2|y=a=b", false},
		{"/a?", "/a", false},
		{"/?q=/../", "|q=/../", false},
		{"/%E2%82%AC/%F0%9F%94%A5", "/\342\202\254/\360\237\224\245", false},
		{"/.../..a", "/.../..a", false},
	};
	/* clang-format on */
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct http_target t;
		char joined[512];

		assert_int_equal(http_target_parse(cases[i].target, &t), 0);
		join(&t, joined);
		assert_string_equal(joined, cases[i].joined);
		assert_int_equal(t.slash, cases[i].slash);
	}
}

static void test_bad(void **state)
{
	/* clang-format off */
	static const char *const cases[] = {
		"", "*", "http://host/", "a", "//", "/a//b", "/./a", "/a/..", "/%2e%2e/a", "/a#b",
		"/%", "/%2", "/%zz", "/%00", "/a?x=%00", "/a?x=%0A", "/%7F", "/a?%",
		"/%80", "/%C3", "/%C3%28", "/%C0%AF", "/%ED%A0%80", "/%F4%90%80%80", "/%E0%80%80",
		"/a?x=1&x=2", "/a?=1", "/a?x=1&%78=2",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13",
	};
	/* clang-format on */
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct http_target t;

		if (http_target_parse(cases[i], &t) == 0)
			fail_msg("%s was taken", cases[i]);
		assert_int_equal(t.n_segments, 0);
		assert_int_equal(t.n_query, 0);
	}
}

static void test_limits(void **state)
{
	static char text[HTTP_TARGET_MAX + 2];
	struct http_target t;
	size_t len = 0;

	(void)state;
	memset(text, 'a', HTTP_TARGET_MAX);
	text[0] = '/';
	assert_int_equal(http_target_parse(text, &t), 0);
	text[HTTP_TARGET_MAX] = 'a';
	assert_int_equal(http_target_parse(text, &t), -1);

	memset(text, 0, sizeof(text));
	text[len++] = '/';
	text[len++] = '?';
	for (int i = 0; i < HTTP_QUERY_MAX; i++) {
		text[len++] = (char)('A' + i % 26);
		text[len++] = (char)('a' + i / 26);
		text[len++] = '&';
	}
	assert_int_equal(http_target_parse(text, &t), 0);
	assert_int_equal(t.n_query, HTTP_QUERY_MAX);
	strcat(text, "more");
	assert_int_equal(http_target_parse(text, &t), -1);
}

static void test_query(void **state)
{
	struct http_target t;

	(void)state;
	assert_int_equal(http_target_parse("/a?limit=10&q", &t), 0);
	assert_string_equal(http_query(&t, "limit"), "10");
	assert_string_equal(http_query(&t, "q"), "");
	assert_null(http_query(&t, "lim"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
