/* SPDX-License-Identifier: MIT */
#include "collect/account.h"

#include <meterbus/error.h>

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "account_help.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX 65536

#define TCP "\"name\":\"a\",\"host\":\"h\",\"port\":502,\"address\":5"
#define SERIAL "\"name\":\"a\",\"device\":\"/dev/ttyS0\",\"address\":5"
#define BUS "\"name\":\"a\",\"bus\":\"roof\",\"address\":5"
#define SECONDARY \
	"\"name\":\"a\",\"bus\":\"roof\",\"secondary\":true,\"identification\":\"08031768\""
#define KEY "000102030405060708090A0B0C0D0E0F"

static struct account *make(const char *json)
{
	return change(NULL, json);
}

static const char *shown(const struct account *a, enum account_form form)
{
	static char text[TEXT_MAX];
	struct buf buf;

	buf_init(&buf, sizeof(text) - 1);
	assert_true(account_to_json(a, form, &buf));
	memcpy(text, buf.bytes, buf.len);
	text[buf.len] = '\0';
	buf_done(&buf);
	return text;
}

/* --- reading and writing -------------------------------------------------------------------------- */

/* clang-format off */
/* What is given, and what is kept of it: the second is as the store has it. */
static const struct {
	const char *given, *kept;
} good[] = {
	{"{" TCP "}",
	 "{\"name\":\"a\",\"connection\":\"tcp\",\"host\":\"h\",\"port\":502,\"address\":5}"},
	{"{" SERIAL "}",
	 "{\"name\":\"a\",\"connection\":\"serial\",\"device\":\"/dev/ttyS0\",\"address\":5}"},
	{"{" BUS ",\"connection\":\"bus\"}",
	 "{\"name\":\"a\",\"connection\":\"bus\",\"bus\":\"roof\",\"address\":5}"},
	{"{" SECONDARY "}",
	 "{\"name\":\"a\",\"connection\":\"bus\",\"bus\":\"roof\",\"secondary\":true,\"identification\":\"08031768\"}"},
	{"{" SECONDARY ",\"manufacturer\":\"lse\",\"version\":153,\"medium\":\"*\"}",
	 "{\"name\":\"a\",\"connection\":\"bus\",\"bus\":\"roof\",\"secondary\":true,\"identification\":\"08031768\","
	 "\"manufacturer\":\"LSE\",\"version\":153}"},
	{"{\"name\":\"a\",\"bus\":\"r\",\"secondary\":true,\"identification\":\"12??fFab\",\"manufacturer\":\"0x8477\"}",
	 "{\"name\":\"a\",\"connection\":\"bus\",\"bus\":\"r\",\"secondary\":true,\"identification\":\"12FFFFAB\","
	 "\"manufacturer\":\"0x8477\"}"},
	{"{" TCP ",\"tags\":[\"b\",\"a\",\"b\"],\"description\":\"l\\u00e4uft\\nnicht\"}",
	 "{\"name\":\"a\",\"description\":\"l\u00e4uft\\nnicht\",\"tags\":[\"a\",\"b\"],\"connection\":\"tcp\",\"host\":\"h\","
	 "\"port\":502,\"address\":5}"},
	{"{" TCP ",\"baud_rate\":9600,\"data_bits\":8,\"stop_bits\":2,\"parity\":\"none\"}",
	 "{\"name\":\"a\",\"connection\":\"tcp\",\"host\":\"h\",\"port\":502,\"baud_rate\":9600,"
	 "\"stop_bits\":2,\"parity\":\"none\",\"address\":5}"},
	{"{" TCP ",\"period\":900}",
	 "{\"name\":\"a\",\"connection\":\"tcp\",\"host\":\"h\",\"port\":502,\"address\":5,\"period\":\"15M\"}"},
	{"{" TCP ",\"period\":\"1d\",\"time_zone\":\"Europe/Prague\",\"maintenance\":\"23:30-01:00\"}",
	 "{\"name\":\"a\",\"connection\":\"tcp\",\"host\":\"h\",\"port\":502,\"address\":5,"
	 "\"time_zone\":\"Europe/Prague\",\"period\":\"1D\",\"maintenance\":\"23:30-01:00\"}"},
	{"{" TCP ",\"key\":\"" KEY "\"}",
	 "{\"name\":\"a\",\"connection\":\"tcp\",\"host\":\"h\",\"port\":502,\"address\":5,"
	 "\"key\":\"000102030405060708090a0b0c0d0e0f\"}"},
	{"{" TCP ",\"quirk\":\"no-nke,answer=4000\",\"depends_on\":\"account:b\",\"maintenance\":true}",
	 "{\"name\":\"a\",\"connection\":\"tcp\",\"host\":\"h\",\"port\":502,\"address\":5,\"depends_on\":\"account:b\","
	 "\"maintenance\":true,\"quirk\":\"no-nke,answer=4000\"}"},
	{"{" TCP ",\"id\":7,\"revision\":9,\"key_set\":true,\"latency_ms\":0,\"timeout_ms\":1,\"bus\":null}",
	 "{\"name\":\"a\",\"connection\":\"tcp\",\"host\":\"h\",\"port\":502,\"address\":5,\"timeout_ms\":1,\"latency_ms\":0}"},
};

static const struct {
	const char *text, *errors;
} bad[] = {
	{"",                        ": is no JSON: line 1, column 0: '[' or '{' expected near end of file"},
	{"[]",                      ": must be a JSON object"},
	{"{" TCP ",\"port\":1}",    ": is no JSON: line 1, column 52: duplicate object key near '\"port\"'"},
	{"{}",                      "connection: is missing: bus, serial or tcp; address: is missing: a number of 0..250 or 254, "
	                            "or secondary with identification; name: is missing"},
	{"{" TCP ",\"prot\":1}",    "prot: is unknown; did you mean port?"},
	{"{" TCP ",\"zzz\":1}",     "zzz: is unknown"},
	{"{\"name\":\"a b\",\"host\":\"h\",\"port\":0,\"address\":251}",
	                            "name: must be 1 to 64 letters of A-Z a-z 0-9 . _ -; port: must be a number of 1..65535; "
	                            "address: must be a number of 0..250, or 254 for any meter"},
	{"{" BUS ",\"name2\":1,\"host\":\"h\"}",
	                            "name2: is unknown; did you mean name?; host: belongs to connection tcp, but the connection is bus"},
	{"{" TCP ",\"device\":\"/dev/x\"}",
	                            "host: belongs to connection tcp, but the connection is serial; "
	                            "port: belongs to connection tcp, but the connection is serial"},
	{"{\"name\":\"a\",\"connection\":\"tcp\",\"address\":1}",
	                            "host: is missing: connection tcp needs it; port: is missing: connection tcp needs it"},
	{"{" TCP ",\"connection\":\"udp\"}", "connection: must be bus, serial or tcp"},
	{"{\"name\":\"a\",\"host\":\"me@h\",\"port\":1,\"address\":1}",
	                            "host: host \"me@h\" has a character that no host has"},
	{"{\"name\":\"a\",\"host\":\"[::1]\",\"port\":1,\"address\":1}", "host: must be without brackets"},
	{"{\"name\":\"a\",\"device\":\"ttyS0\",\"address\":1}",
	                            "device: must be a path that begins with /, without ?, up to 255 bytes"},
	{"{\"name\":\"a\",\"device\":\"/dev/t?baud=300\",\"address\":1}",
	                            "device: must be a path that begins with /, without ?, up to 255 bytes"},
	{"{\"name\":\"..\",\"bus\":\"a/b\",\"address\":1}",
	                            "name: must be 1 to 64 letters of A-Z a-z 0-9 . _ -; bus: must be 1 to 64 letters of A-Z a-z 0-9 . _ -"},
	{"{" TCP ",\"address\":255}", ": is no JSON: line 1, column 55: duplicate object key near '\"address\"'"},
	{"{" TCP ",\"identification\":\"12345678\"}", "identification: needs secondary: true"},
	{"{\"name\":\"a\",\"bus\":\"r\",\"secondary\":true}",
	                            "identification: is missing: secondary needs it; FFFFFFFF is any"},
	{"{\"name\":\"a\",\"bus\":\"r\",\"secondary\":true,\"identification\":\"1234567\",\"manufacturer\":\"KA\",\"version\":256,\"medium\":\"x\"}",
	                            "identification: must be eight digits; F or ? match any; manufacturer: must be three letters, 0x and four hex "
	                            "digits, or *; version: must be a number of 0..255, or *; medium: must be a number of 0..255, or *"},
	{"{" TCP ",\"time_zone\":\"Europe/Brague\"}", "time_zone: time zone Europe/Brague: unknown: use a name like Europe/Prague"},
	{"{" TCP ",\"period\":\"7M\"}", "period: must be " PERIOD_HELP},
	{"{" TCP ",\"period\":0}",  "period: must be " PERIOD_HELP},
	{"{" TCP ",\"tags\":\"x\"}", "tags: must be up to 32 texts of 1 to 64 bytes, without commas"},
	{"{" TCP ",\"tags\":[\"a,b\"]}", "tags: must be up to 32 texts of 1 to 64 bytes, without commas"},
	{"{" TCP ",\"key\":\"00\"}", "key: must be 32 hexadecimal digits"},
	{"{" TCP ",\"key\":\"" KEY "x\"}", "key: must be 32 hexadecimal digits"},
	{"{" TCP ",\"quirk\":\"no-nk\"}", "quirk: no-nk: unknown; did you mean no-nke?"},
	{"{" TCP ",\"depends_on\":\"b\"}", "depends_on: must be account:NAME or bus:NAME"},
	{"{" TCP ",\"depends_on\":\"account:a\"}", "depends_on: must not be the account itself"},
	{"{" TCP ",\"maintenance\":\"02:00-02:00\"}", "maintenance: must be true, false, or a daily time like 02:00-03:00"},
	{"{" TCP ",\"maintenance\":\"24:00-02:00\"}", "maintenance: must be true, false, or a daily time like 02:00-03:00"},
	{"{" TCP ",\"maintenance\":\"02:60-03:00\"}", "maintenance: must be true, false, or a daily time like 02:00-03:00"},
	{"{" TCP ",\"description\":\"\\u0007\"}", "description: must be up to 1024 bytes of text"},
	{"{" TCP ",\"history\":1,\"tries\":0,\"parity\":\"E\",\"stop_bits\":3,\"data_bits\":9,\"baud_rate\":49}",
	                            "history: must be true or false; tries: must be a number of 1..10; parity: must be none, even or odd; "
	                            "stop_bits: must be 1 or 2; data_bits: must be 7 or 8; baud_rate: must be a number of 50..4000000"},
	{"{" TCP ",\"tries\":2.0,\"index\":251,\"sync_log\":99999999999}",
	                            "tries: must be a number of 1..10; index: must be a number of 0..250; 0 is none; "
	                            "sync_log: must be a number of 0..1000"},
	{"{" TCP ",\"timeout_ms\":100,\"latency_ms\":100}", "latency_ms: must be less than timeout_ms, which is the whole time"},
};
/* clang-format on */

static void test_what_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct account *a = make(good[i].given), *again;

		assert_string_equal(shown(a, ACCOUNT_KEPT), good[i].kept);
		again = make(good[i].kept);
		assert_string_equal(shown(again, ACCOUNT_KEPT), good[i].kept);
		account_put(again);
		/* what was read whole can be written whole, and changes nothing */
		again = change(a, shown(a, ACCOUNT_FULL));
		assert_false(account_reconnects(a, again));
		assert_string_equal(shown(again, ACCOUNT_KEPT), good[i].kept);
		account_put(again);
		account_put(a);
	}
}

static void test_all_errors_are_told_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct account_errors errors = {0};
		struct account *a = NULL;

		assert_int_equal(
			account_from_json(bad[i].text, strlen(bad[i].text), NULL, &a, &errors), -1);
		assert_string_equal(told(&errors), bad[i].errors);
		assert_null(a);
	}
}

static void test_long_and_many(void **state)
{
	struct account_errors errors = {0};
	struct account *a = NULL;
	char *text = malloc(2 * ACCOUNT_JSON_MAX);
	size_t len = 1;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', 2 * ACCOUNT_JSON_MAX);
	assert_int_equal(account_from_json(text, ACCOUNT_JSON_MAX + 1, NULL, &a, &errors), -1);
	assert_string_equal(told(&errors), ": is longer than 65536 bytes");
	/* more errors than are kept: they are counted */
	errors.count = 0;
	strcpy(text, "{");
	for (unsigned i = 0; i < 100; i++)
		len += (size_t)sprintf(text + len, "\"zz%u\":1,", i);
	strcpy(text + len, TCP "}");
	assert_int_equal(account_from_json(text, strlen(text), NULL, &a, &errors), -1);
	assert_int_equal(errors.count, 100);
	assert_string_equal(errors.list[ACCOUNT_ERRORS_MAX - 1].property, "zz31");
	free(text);
}

static void test_defaults(void **state)
{
	struct account *a = make("{" TCP "}");

	(void)state;
	assert_string_equal(shown(a, ACCOUNT_FULL),
		"{\"id\":0,\"revision\":0,\"name\":\"a\",\"description\":null,\"tags\":[],"
		"\"connection\":\"tcp\",\"bus\":null,\"host\":\"h\",\"port\":502,\"device\":null,"
		"\"baud_rate\":null,\"data_bits\":8,\"stop_bits\":1,\"parity\":\"even\","
		"\"address\":5,"
		"\"secondary\":false,\"identification\":null,\"manufacturer\":\"*\","
		"\"version\":\"*\",\"medium\":\"*\",\"history\":false,\"time_zone\":null,"
		"\"period\":\"1H\",\"suspended\":false,\"interrupt_on_error\":false,"
		"\"depends_on\":null,\"maintenance\":false,\"tries\":null,\"timeout_ms\":null,"
		"\"latency_ms\":null,\"max_telegrams\":16,\"quirk\":null,\"key_set\":false,"
		"\"reads_per_day\":0,\"keep_vanished_days\":7,\"offline_alert_s\":0,\"sync_log\":"
		"20,"
		"\"index\":0}");
	account_put(a);
}

/* --- changing ------------------------------------------------------------------------------------- */

static void test_a_change_keeps_the_rest(void **state)
{
	struct account *a =
		make("{" TCP ",\"tags\":[\"x\"],\"key\":\"" KEY "\",\"period\":\"15M\"}");
	struct account *stored = account_stored(a, 7, 3);
	struct account *b = change(stored, "{\"period\":null,\"address\":6}");

	(void)state;
	assert_int_equal(b->id, 7);
	assert_int_equal(b->revision, 3);
	assert_string_equal(shown(b, ACCOUNT_KEPT),
		"{\"name\":\"a\",\"tags\":[\"x\"],\"connection\":\"tcp\",\"host\":\"h\",\"port\":"
		"502,"
		"\"address\":6,\"key\":\"000102030405060708090a0b0c0d0e0f\"}");
	assert_int_equal(b->period.s, 3600);
	/* the one it was made of is as it was */
	assert_int_equal(stored->address, 5);
	assert_int_equal(stored->period.s, 900);
	account_put(a);
	account_put(stored);
	account_put(b);
}

static void test_another_connection_drops_what_was_of_the_old(void **state)
{
	struct account *a = make("{" TCP "}");
	struct account *b = change(a, "{\"connection\":\"serial\",\"device\":\"/dev/ttyS1\"}");
	struct account_errors errors = {0};
	struct account *c = NULL;
	const char *half = "{\"connection\":\"serial\"}";

	(void)state;
	assert_string_equal(shown(b, ACCOUNT_GIVEN),
		"{\"name\":\"a\",\"connection\":\"serial\",\"device\":\"/dev/ttyS1\",\"address\":5,"
		"\"key_set\":false}");
	assert_int_equal(account_from_json(half, strlen(half), a, &c, &errors), -1);
	assert_string_equal(told(&errors), "device: is missing: connection serial needs it");
	account_put(a);
	account_put(b);
}

static void test_the_key_is_never_shown(void **state)
{
	struct account *a = make("{" TCP ",\"key\":\"" KEY "\"}"), *b;

	(void)state;
	assert_null(strstr(shown(a, ACCOUNT_FULL), "0a0b"));
	assert_non_null(strstr(shown(a, ACCOUNT_FULL), "\"key_set\":true"));
	assert_null(strstr(shown(a, ACCOUNT_GIVEN), "0a0b"));
	assert_non_null(strstr(shown(a, ACCOUNT_KEPT), "0a0b"));
	b = change(a, "{\"key\":null}");
	assert_non_null(strstr(shown(b, ACCOUNT_FULL), "\"key_set\":false"));
	account_put(a);
	account_put(b);
}

static void test_what_connects_anew(void **state)
{
	static const struct {
		const char *change;
		bool anew;
	} rows[] = {
		{"{\"name\":\"b\"}", false},
		{"{\"period\":\"1M\"}", false},
		{"{\"port\":502}", false},
		{"{\"port\":503}", true},
		{"{\"address\":6}", true},
		{"{\"baud_rate\":9600}", true},
		{"{\"parity\":\"none\"}", true},
		{"{\"parity\":\"even\"}", false},
		{"{\"history\":true}", false},
		{"{\"host\":\"g\"}", true},
	};
	struct account *a = make("{" TCP "}");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account *b = change(a, rows[i].change);

		assert_int_equal(account_reconnects(a, b), rows[i].anew);
		account_put(b);
	}
	account_put(a);
}

/* --- what a reading needs ------------------------------------------------------------------------- */

static void test_places_and_urls(void **state)
{
	/* clang-format off */
	static const struct {
		const char *json, *place;
		enum stream_kind kind; /* STREAM_MEM: none */
	} rows[] = {
		{"{" TCP "}",                                                 "tcp://h:502",         STREAM_TCP},
		{"{\"name\":\"a\",\"host\":\"2001:db8::1\",\"port\":1,\"address\":1}", "tcp://[2001:db8::1]:1", STREAM_TCP},
		{"{" SERIAL "}",                                              "serial:/dev/ttyS0",   STREAM_SERIAL},
		{"{" BUS "}",                                                 "bus:roof",            STREAM_MEM},
	};
	/* clang-format on */
	struct stream_url url;
	char place[ACCOUNT_PLACE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account *a = make(rows[i].json);

		assert_int_equal(account_place(a, place), strlen(rows[i].place));
		assert_string_equal(place, rows[i].place);
		url.kind = STREAM_MEM;
		assert_int_equal(
			account_url(a, &url), rows[i].kind == STREAM_MEM ? MB_E_INVALID : 0);
		assert_int_equal(url.kind, rows[i].kind);
		account_put(a);
	}
}

static void test_line_of_a_url(void **state)
{
	static const struct mb_line slow = {300, 8, MB_PARITY_NONE, 1};
	struct account *a =
		make("{" SERIAL ",\"baud_rate\":300,\"parity\":\"none\",\"latency_ms\":7}");
	struct stream_url url;

	(void)state;
	assert_int_equal(account_url(a, &url), 0);
	assert_true(mb_line_equal(&url.line, &slow));
	assert_string_equal(url.path, "/dev/ttyS0");
	assert_int_equal(url.latency_ms, 7);
	assert_true(url.lock);
	account_put(a);
}

static void test_requests(void **state)
{
	/* clang-format off */
	static const struct {
		const char *json;
		struct mb_line line;
		uint32_t answer_us, latency_us;
	} rows[] = {
		/* no line: the bus's; any part of it: its own, with the speed of the bus */
		{"{" BUS "}",                      {0},                         0,       0},
		{"{" BUS ",\"parity\":\"none\"}",  {9600, 8, MB_PARITY_NONE, 1}, 0,       0},
		{"{" BUS ",\"baud_rate\":300}",    {300, 8, MB_PARITY_EVEN, 1},  0,       0},
		{"{" TCP "}",                      {2400, 8, MB_PARITY_EVEN, 1}, 0,       0},
		{"{" BUS ",\"latency_ms\":0}",     {0},                         0,       1},
		{"{" BUS ",\"latency_ms\":50}",    {0},                         0,       50000},
		/* the whole time less the way, which is 100 ms of the bus */
		{"{" BUS ",\"timeout_ms\":3000}",  {0},                         2900000, 100000},
		{"{" BUS ",\"timeout_ms\":3000,\"latency_ms\":1000}", {0},      2000000, 1000000},
		{"{" BUS ",\"timeout_ms\":50}",    {0},                         1,       49999},
		{"{" BUS ",\"timeout_ms\":600000}", {0},                        599900000, 100000},
	};
	/* clang-format on */
	const struct mb_path port = {
		.line = {9600, 8, MB_PARITY_EVEN, 1}, .latency_us = 100000, .answer_us = 77};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account *a = make(rows[i].json);
		struct account_timing timing;
		struct mb_request request;

		account_request(a, &port, &request, &timing);
		assert_int_equal(request.op, MB_OP_READ);
		assert_int_equal(request.address.type, MB_ADDRESS_PRIMARY);
		assert_int_equal(request.address.primary, 5);
		assert_int_equal(request.tries, 0);
		assert_int_equal(request.max_telegrams, 16);
		assert_false(request.has_identity);
		assert_true(mb_line_equal(&timing.line, &rows[i].line));
		assert_int_equal(timing.answer_us, rows[i].answer_us);
		assert_int_equal(timing.latency_us, rows[i].latency_us);
		account_put(a);
	}
}

static void test_secondary_requests(void **state)
{
	struct account *any = make("{" SECONDARY ",\"tries\":5}");
	struct account *one =
		make("{" SECONDARY ",\"manufacturer\":\"LSE\",\"version\":153,\"medium\":6}");
	struct mb_path port = {.line = MB_LINE_2400_8E1};
	struct account_timing timing;
	struct mb_request request;

	(void)state;
	account_request(any, &port, &request, &timing);
	assert_int_equal(request.address.type, MB_ADDRESS_SECONDARY);
	assert_int_equal(request.address.secondary.id, 0x08031768);
	assert_int_equal(request.address.secondary.manufacturer, MB_MANUFACTURER_ANY);
	assert_int_equal(request.tries, 5);
	assert_false(request.has_identity);
	account_request(one, &port, &request, &timing);
	assert_int_equal(request.address.secondary.manufacturer, 0x3265);
	assert_int_equal(request.address.secondary.version, 153);
	assert_int_equal(request.address.secondary.medium, 6);
	assert_true(request.has_identity);
	assert_true(mb_secondary_equal(&request.identity, &request.address.secondary));
	account_put(any);
	account_put(one);
}

static void test_quirk_override(void **state)
{
	struct account *a = make("{" TCP ",\"quirk\":\"no-nke answer=4000\"}");
	struct account *b = change(a, "{\"quirk\":null}");
	struct mb_path port = {.line = MB_LINE_2400_8E1};
	struct account_timing timing;
	struct mb_request request;

	(void)state;
	account_request(a, &port, &request, &timing);
	assert_int_equal(request.quirk->bends, MB_QUIRK_NO_NKE);
	assert_int_equal(request.quirk->answer_ms, 4000);
	assert_int_equal(request.quirk->reset_subcode, MB_QUIRK_NO_SUBCODE);
	account_request(b, &port, &request, &timing);
	assert_null(request.quirk);
	account_put(a);
	account_put(b);
}

static void test_maintenance(void **state)
{
	/* clang-format off */
	static const struct {
		const char *value;
		unsigned utc_hour, utc_minute; /* Prague is 2 h ahead */
		bool in;
	} rows[] = {
		{"true",              0,  0,  true},
		{"false",             0,  0,  false},
		{"\"02:00-03:00\"",   23, 59, false},
		{"\"02:00-03:00\"",   0,  0,  true},
		{"\"02:00-03:00\"",   0,  59, true},
		{"\"02:00-03:00\"",   1,  0,  false},
		{"\"23:30-01:00\"",   21, 29, false},
		{"\"23:30-01:00\"",   21, 30, true},
		{"\"23:30-01:00\"",   22, 59, true},
		{"\"23:30-01:00\"",   23, 0,  false},
	};
	/* clang-format on */
	struct zone *prague;
	char json[512], err[200];

	(void)state;
	assert_int_equal(zone_load("Europe/Prague", &prague, err, sizeof(err)), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t at_ms = (civil_day(2026, 7, 1) * 86400 + rows[i].utc_hour * 3600 +
					rows[i].utc_minute * 60) *
				1000;
		struct account *a;

		/* by the zone of the daemon, and by its own */
		snprintf(json, sizeof(json), "{" TCP ",\"maintenance\":%s}", rows[i].value);
		a = make(json);
		assert_int_equal(account_in_maintenance(a, prague, at_ms), rows[i].in);
		account_put(a);
		snprintf(json, sizeof(json),
			"{" TCP ",\"time_zone\":\"Europe/Prague\",\"maintenance\":%s}",
			rows[i].value);
		a = make(json);
		assert_int_equal(account_in_maintenance(a, zone_of_utc(), at_ms), rows[i].in);
		account_put(a);
	}
	zone_put(prague);
}

/* --- the table ------------------------------------------------------------------------------------- */

static void test_every_property_is_described(void **state)
{
	struct account *a = make("{" TCP "}");
	json_error_t why;
	struct buf buf;
	json_t *schema, *properties, *full;
	unsigned n = 0;

	(void)state;
	buf_init(&buf, TEXT_MAX);
	assert_true(account_schema(&buf));
	schema = json_loadb((const char *)buf.bytes, buf.len, JSON_REJECT_DUPLICATES, &why);
	assert_non_null(schema);
	properties = json_object_get(schema, "properties");
	for (; account_property(n); n++) {
		const struct account_property *p = account_property(n);
		json_t *row = json_object_get(properties, p->key);

		assert_true(*p->key && *p->allowed && *p->help && *account_property_type(n));
		assert_non_null(row);
		assert_non_null(json_object_get(row, "type"));
		assert_int_equal(json_is_true(json_object_get(row, "writeOnly")), p->secret);
		assert_int_equal(json_object_get(row, "default") != NULL, *p->standard != '\0');
	}
	assert_null(account_property_type(n));
	/* and nothing is written that the schema does not have */
	full = json_loads(shown(a, ACCOUNT_FULL), 0, &why);
	assert_int_equal(json_object_size(full), json_object_size(properties) - 1 /* key */);
	json_decref(full);
	json_decref(schema);
	buf_done(&buf);
	account_put(a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_kept),
		cmocka_unit_test(test_all_errors_are_told_at_once),
		cmocka_unit_test(test_long_and_many),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_a_change_keeps_the_rest),
		cmocka_unit_test(test_another_connection_drops_what_was_of_the_old),
		cmocka_unit_test(test_the_key_is_never_shown),
		cmocka_unit_test(test_what_connects_anew),
		cmocka_unit_test(test_places_and_urls),
		cmocka_unit_test(test_line_of_a_url),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_secondary_requests),
		cmocka_unit_test(test_quirk_override),
		cmocka_unit_test(test_maintenance),
		cmocka_unit_test(test_every_property_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
