/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/shape.h"

#include <string.h>

static const struct route *find(const char *method, const char *path, char *ret_allowed)
{
	static const char *values[ROUTE_PARAMS_MAX];
	static struct http_target target;

	assert_int_equal(http_target_parse(path, &target), 0);
	return route_find(method, &target, values, ret_allowed);
}

static void test_find(void **state)
{
	char allowed[ROUTE_ALLOWED_MAX];

	(void)state;
	assert_string_equal(find("GET", "/api/v1/accounts", allowed)->id, "listAccounts");
	assert_string_equal(find("HEAD", "/api/v1/accounts", allowed)->id, "listAccounts");
	assert_string_equal(find("POST", "/api/v1/accounts/x/copy", allowed)->id, "copyAccount");
	assert_null(find("PUT", "/api/v1/accounts", allowed));
	assert_string_equal(allowed, "GET, POST");
	assert_null(find("GET", "/api/v1/accounts/x/y/z/w", allowed));
	assert_string_equal(allowed, "");
	assert_null(find("GET", "/api/v2/accounts", allowed));
	assert_null(find("GET", "/api/v1/accounts/", allowed));
	assert_null(find("GET", "/", allowed));
}

/* Every type that a table names is there, every path is told once a method, every word is said. */
static void test_tables(void **state)
{
	char allowed[ROUTE_ALLOWED_MAX];

	(void)state;
	for (const struct noun *const *noun = route_nouns; *noun; noun++) {
		for (const struct route *r = (*noun)->routes; r->method; r++) {
			assert_non_null(r->id);
			assert_non_null(r->summary);
			if (r->body)
				assert_non_null(shape_find(r->body + (*r->body == '?')));
			if (r->answer && !strchr(r->answer, '/'))
				assert_non_null(shape_find(r->answer));
			assert_true((r->status == 204) == !r->answer);
			if (!strchr(r->path, '{')) {
				char path[128] = ROUTE_PREFIX;

				strcat(path, r->path);
				assert_ptr_equal(find(r->method, path, allowed), r);
			}
		}
	}
}

static void test_params(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} cases[] = {
		{"0", 0}, {"1767225600000", 1767225600000},
		{"2026-01-01T00:00:00Z", 1767225600000}, {"2026-01-01t01:00:00+01:00", 1767225600000},
		{"2025-12-31T19:00:00-05:00", 1767225600000}, {"2026-01-01 01:00:00 01:00", 1767225600000},
		{"2026-01-01T00:00:00.5Z", 1767225600500}, {"2026-01-01T00:00:00.123999Z", 1767225600123},
		{"2024-02-29T00:00:00Z", 1709164800000},
		{"", -1}, {"x", -1}, {"-1", -1}, {"2026-02-29T00:00:00Z", -1}, {"2026-01-01", -1},
		{"2026-01-01T00:00:00", -1}, {"2026-01-01T00:00:00.Z", -1}, {"2026-01-01T24:00:00Z", -1},
		{"2026-01-01T00:00:00Zx", -1}, {"2026-01-01T00:00:00+25:00", -1}, {"1969-12-31T00:00:00Z", -1},
		{"99999999999999999999", -1},
	};
	/* clang-format on */
	uint64_t n;
	bool flag;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t ms = -2;
		bool ok = param_time(cases[i].text, &ms);

		if (ok != (cases[i].ms >= 0) || (ok && ms != cases[i].ms))
			fail_msg("%s: %lld", cases[i].text, (long long)ms);
	}
	assert_true(param_count("9223372036854775807", &n));
	assert_false(param_count("18446744073709551616", &n));
	assert_false(param_count("+1", &n));
	assert_true(param_flag("", &flag) && flag);
	assert_true(param_flag("false", &flag) && !flag);
	assert_false(param_flag("no", &flag));
}

static void test_bodies(void **state)
{
	/* clang-format off */
	static const struct {
		const char *schema, *body, *wrong; /* NULL: good */
	} cases[] = {
		{"TokenNew", "{\"name\":\"a\",\"role\":\"viewer\"}", NULL},
		{"TokenNew", "{\"name\":\"a\",\"role\":\"viewer\",\"expires_s\":null}", NULL},
		{"TokenNew", "{\"name\":\"a\",\"role\":\"view\"}", "role must be one of its words"},
		{"TokenNew", "{\"name\":1,\"role\":\"viewer\"}", "name must be a text"},
		{"TokenNew", "{\"role\":\"viewer\"}", "name is missing"},
		{"TokenNew", "{\"name\":\"a\",\"role\":\"viewer\",\"expires_s\":1.5}", "expires_s must be a whole number"},
		{"TokenNew", "{\"name\":\"a\",\"role\":\"viewer\",\"x\":1}", "there is no property 'x' here"},
		{"TokenNew", "[]", "an object is expected"},
		{"ScanOrder", "{\"bauds\":[300,2400]}", NULL},
		{"ScanOrder", "{\"bauds\":[\"300\"]}", "bauds must be a whole number"},
		{"ScanOrder", "{\"bauds\":300}", "bauds must be an array"},
		{"Adopt", "{\"meters\":[{}],\"dry_run\":1}", "dry_run must be true or false"},
		{"Adopt", "{\"meters\":[1]}", "meters must be an object"},
	};
	/* clang-format on */
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *body = json_loads(cases[i].body, 0, NULL);
		char text[300];
		const char *wrong;

		assert_non_null(body);
		wrong = shape_check(cases[i].schema, body, text, sizeof(text));
		if (!wrong != !cases[i].wrong ||
			(wrong && strncmp(wrong, cases[i].wrong, strlen(cases[i].wrong)) != 0))
			fail_msg("%s: %s", cases[i].body, wrong ? wrong : "taken");
		json_decref(body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
