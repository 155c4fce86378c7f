/* SPDX-License-Identifier: MIT */
/* meterbus ctl without a daemon: times, paths, picks, events of a stream, bodies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "meterbus/ctl_account_body.h"
#include "meterbus/ctl_pick.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_sse.h"
#include "meterbus/ctl_time.h"
#include "meterbus/exit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOW_MS INT64_C(1795267806415) /* 2026-11-21T13:30:06.415Z */

/* ---- times ---- */

static void test_rfc3339(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{"2026-11-21T13:30:06.415Z",      NOW_MS},
		{"2026-11-21T14:30:06.415+01:00", NOW_MS},
		{"2026-11-21t13:30:06.4159z",     NOW_MS},
		{"1970-01-01T00:00:00Z",          0},
		{"2024-02-29T00:00:00Z",          INT64_C(1709164800000)},
		{"2026-02-29T00:00:00Z",          -1},
		{"2026-11-21T13:30:06",           -1},
		{"2026-11-21",                    -1},
		{"2026-13-21T13:30:06Z",          -1},
		{"2026-11-21T24:00:00Z",          -1},
		{"2026-11-21T13:30:06.Z",         -1},
		{"2026-11-21T13:30:06Zx",         -1},
		{"2026-11-21T13:30:06+1:00",      -1},
		{"",                              -1},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = -1;

		if (ctl_time_rfc3339(rows[i].text, &ms) != (rows[i].ms >= 0) || ms != rows[i].ms)
			fail_msg("%s: %lld", rows[i].text, (long long)ms);
	}
}

static void test_user_times(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int64_t ms; /* in Prague */
	} rows[] = {
		{"now",                  NOW_MS},
		{"2h",                   NOW_MS - 7200000},
		{"15min",                NOW_MS - 900000},
		{"7d",                   NOW_MS - 604800000},
		{"0s",                   NOW_MS},
		{"1795267806415",        NOW_MS},
		{"2026-11-21 14:30",     NOW_MS - 6415},
		{"2026-11-21T14:30:06",  NOW_MS - 415},
		{"2026-07-01",           INT64_C(1782856800000)},
		{"2026-11-21T13:30:06Z", NOW_MS - 415},
		{"2x",                   -1},
		{"-2h",                  -1},
		{"yesterday",            -1},
		{"99999999999999w",      -1},
		{"99999999999999999999", -1},
	};
	/* clang-format on */

	(void)state;
	setenv("TZ", "Europe/Prague", 1);
	tzset();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = -1;

		if (ctl_time_parse(rows[i].text, NOW_MS, &ms) != (rows[i].ms >= 0) ||
			ms != rows[i].ms)
			fail_msg("%s: %lld", rows[i].text, (long long)ms);
	}
}

static void test_ages(void **state)
{
	/* clang-format off */
	static const struct {
		int64_t ago_ms;
		const char *text;
	} rows[] = {
		{0,              "now"},
		{-999,           "now"},
		{1000,           "1 s ago"},
		{119999,         "119 s ago"},
		{120000,         "2 min ago"},
		{-7200000,       "in 2 h"},
		{86400000 * 2LL, "2 d ago"},
	};
	/* clang-format on */
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ctl_time_age(NOW_MS - rows[i].ago_ms, NOW_MS, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

/* ---- paths ---- */

static void test_paths(void **state)
{
	static char long_text[CTL_PATH_MAX];
	struct ctl_path p;

	(void)state;
	ctl_path(&p, "/accounts/", "a/b \xC3\xA4?&%", "/readings/", "inst.0_~-", NULL);
	assert_string_equal(p.text, "/accounts/a%2Fb%20%C3%A4%3F%26%25/readings/inst.0_~-");
	ctl_query(&p, "tag", "a&b=c");
	ctl_query_u64(&p, "limit", UINT64_MAX);
	assert_non_null(strstr(p.text, "-?tag=a%26b%3Dc&limit=18446744073709551615"));
	assert_false(p.too_long);
	memset(long_text, 'x', sizeof(long_text) - 1);
	ctl_query(&p, "tag", long_text);
	assert_true(p.too_long);
	assert_true(strlen(p.text) < CTL_PATH_MAX);
}

/* ---- picks ---- */

static void test_picks(void **state)
{
	static const struct {
		const char *text, *picked; /* NULL: refused */
	} rows[] = {
		{"1", "x...."},
		{"1,3-5", "x.xxx"},
		{" 5 2\n", ".x..x"},
		{"all\n", "xxxxx"},
		{"1-5", "xxxxx"},
		{"", NULL},
		{"\n", NULL},
		{"0", NULL},
		{"6", NULL},
		{"5-1", NULL},
		{"1-", NULL},
		{"1,x", NULL},
		{"1x", NULL},
		{"-1", NULL},
		{"99999999999999999999", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool picked[5] = {0};
		bool good = ctl_pick(rows[i].text, picked, 5);

		assert_int_equal(good, rows[i].picked != NULL);
		for (size_t k = 0; k < 5; k++)
			assert_int_equal(picked[k], good && rows[i].picked[k] == 'x');
	}
}

/* ---- events ---- */

static char told[512];

static bool on_event(void *ctx, const char *kind, const char *data, size_t len)
{
	size_t n = strlen(told);

	(void)ctx;
	assert_int_equal(strlen(data), len);
	snprintf(told + n, sizeof(told) - n, "%s=%s;", kind, data);
	return strcmp(kind, "end") != 0;
}

static const char stream[] = ": welcome\n\nevent: a\nid: 7\ndata: {\"x\":1}\n\n"
			     "data:no blank\r\ndata: second\r\n\r\nevent: empty\n\n"
			     "nonsense\nid: 8\nevent: b\ndata: x\n\n";

static void test_sse(void **state)
{
	struct ctl_sse s;

	(void)state;
	for (size_t piece = 1; piece <= sizeof(stream); piece++) {
		told[0] = '\0';
		ctl_sse_init(&s, on_event, NULL);
		for (size_t at = 0; at < sizeof(stream) - 1; at += piece) {
			size_t left = sizeof(stream) - 1 - at;

			assert_true(ctl_sse_take(&s, stream + at, left < piece ? left : piece));
		}
		assert_string_equal(told, "a={\"x\":1};message=no blank\nsecond;b=x;");
		assert_string_equal(s.id, "8");
		ctl_sse_done(&s);
	}
}

static void test_sse_ends(void **state)
{
	static char line[4096];
	struct ctl_sse s;
	bool good = true;

	(void)state;
	told[0] = '\0';
	ctl_sse_init(&s, on_event, NULL);
	assert_false(ctl_sse_take(&s, "event: end\ndata: 1\n\ndata: 2\n\n", 29));
	assert_string_equal(told, "end=1;");
	assert_false(s.too_long);
	memset(line, 'x', sizeof(line));
	for (size_t n = 0; good && n <= CTL_SSE_LINE_MAX; n += sizeof(line))
		good = ctl_sse_take(&s, line, sizeof(line));
	assert_false(good);
	assert_true(s.too_long);
	ctl_sse_done(&s);
}

/* ---- bodies ---- */

static const char properties[] = "{\"name\":{\"type\":\"string\"},"
				 "\"tags\":{\"type\":\"array\"},"
				 "\"secondary\":{\"type\":\"boolean\"},"
				 "\"address\":{\"type\":[\"integer\",\"null\"]},"
				 "\"version\":{\"type\":[\"integer\",\"string\"]},"
				 "\"identification\":{\"type\":[\"string\",\"null\"]}}";

static int make_body(const char *words, char *ret_json, size_t max)
{
	char text[256], *list[16];
	struct json_doc doc;
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);
	unsigned n = 0;
	int rc;

	snprintf(text, sizeof(text), "%s", words);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		list[n++] = word;
	assert_int_equal(json_in(&doc, properties, strlen(properties)), 0);
	buf_init(&buf, 4096);
	json_out_object(&j);
	rc = ctl_account_body(json_in_root(&doc), list, n, &j);
	json_out_end(&j);
	assert_true(json_out_ok(&j));
	snprintf(ret_json, max, "%.*s", (int)buf.len, (const char *)buf.bytes);
	buf_done(&buf);
	json_doc_done(&doc);
	return rc;
}

static void test_bodies(void **state)
{
	/* clang-format off */
	static const struct {
		const char *words, *json; /* NULL: refused */
	} rows[] = {
		{"name=5",                     "{\"name\":\"5\"}"},
		{"tags=a,b",                   "{\"tags\":[\"a\",\"b\"]}"},
		{"tags=",                      "{\"tags\":[]}"},
		{"secondary=true",             "{\"secondary\":true}"},
		{"secondary=yes",              "{\"secondary\":\"yes\"}"},
		{"address=5",                  "{\"address\":5}"},
		{"address=-5",                 "{\"address\":-5}"},
		{"address=05",                 "{\"address\":\"05\"}"},
		{"address=",                   "{\"address\":null}"},
		{"address=99999999999999999999", "{\"address\":\"99999999999999999999\"}"},
		{"version=*",                  "{\"version\":\"*\"}"},
		{"identification=08031768",    "{\"identification\":\"08031768\"}"},
		{"name=a=b version=1",         "{\"name\":\"a=b\",\"version\":1}"},
		{"addres=1",                   NULL},
		{"name",                       NULL},
		{"=1",                         NULL},
	};
	/* clang-format on */
	char json[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int rc = make_body(rows[i].words, json, sizeof(json));

		assert_int_equal(rc, rows[i].json ? EXIT_OK : EXIT_USAGE);
		if (rows[i].json)
			assert_string_equal(json, rows[i].json);
	}
}

/* ---- cells ---- */

static void test_cells(void **state)
{
	/* clang-format off */
	static const struct {
		ctl_show_fn *show;
		const char *json, *text;
	} rows[] = {
		{ctl_show_text,  "1.10",                         "1.10"},
		{ctl_show_text,  "null",                         ""},
		{ctl_show_flag,  "true",                         "yes"},
		{ctl_show_flag,  "false",                        ""},
		{ctl_show_count, "0",                            ""},
		{ctl_show_count, "7",                            "7"},
		{ctl_show_bytes, "1023",                         "1023 bytes"},
		{ctl_show_bytes, "1536",                         "1.5 KiB"},
		{ctl_show_bytes, "1073741824",                   "1.0 GiB"},
		{ctl_show_bytes, "9223372036854775807",          "838860.7 TiB"},
		{ctl_show_bytes, "-1",                           ""},
		{ctl_show_ppm,   "125000",                       "12.5 %"},
		{ctl_show_ms,    "28",                           "28 ms"},
		{ctl_show_age,   "\"2026-11-21T13:28:06.415Z\"", "2 min ago"},
		{ctl_show_age,   "\"soon\"",                     ""},
		{ctl_show_list,  "[\"a\",\"b\"]",                "a, b"},
		{ctl_show_list,  "[]",                           ""},
	};
	/* clang-format on */
	struct ctl c = {.now_ms = NOW_MS};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ctl_cell cell = {0};
		struct json_doc doc;

		assert_int_equal(json_in(&doc, rows[i].json, strlen(rows[i].json)), 0);
		rows[i].show(&c, json_in_root(&doc), &cell);
		assert_string_equal(cell.text, rows[i].text);
		json_doc_done(&doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_user_times),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_picks),
		cmocka_unit_test(test_sse),
		cmocka_unit_test(test_sse_ends),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
