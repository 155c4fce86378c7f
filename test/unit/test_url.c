/* SPDX-License-Identifier: MIT */
#include "stream_help.h"

struct good {
	const char *text;
	enum stream_kind kind;
	const char *path;
	uint16_t port;
	const char *name;
};

/* clang-format off */
static const struct good good[] = {
	{"serial:/dev/ttyUSB0",     STREAM_SERIAL,  "/dev/ttyUSB0", 0,     "serial:/dev/ttyUSB0"},
	{"serial:///dev/ttyUSB0",   STREAM_SERIAL,  "/dev/ttyUSB0", 0,     "serial:/dev/ttyUSB0"},
	{"serial://///dev/t",       STREAM_SERIAL,  "/dev/t",       0,     "serial:/dev/t"},
	{"tcp://[fe80::1%eth0]:5",  STREAM_TCP,     "fe80::1%eth0", 5,     "tcp://[fe80::1%eth0]:5"},
	{"/dev/ttyAMA0?baud=300",   STREAM_SERIAL,  "/dev/ttyAMA0", 0,     "serial:/dev/ttyAMA0"},
	{"/dev/serial/by-path/pci-0:1:2", STREAM_SERIAL, "/dev/serial/by-path/pci-0:1:2", 0, "serial:/dev/serial/by-path/pci-0:1:2"},
	{"tcp://gw.example:10001",  STREAM_TCP,     "gw.example",   10001, "tcp://gw.example:10001"},
	{"tcp://[::1]:65535",       STREAM_TCP,     "::1",          65535, "tcp://[::1]:65535"},
	{"tcp://127.0.0.1:0",       STREAM_TCP,     "127.0.0.1",    0,     "tcp://127.0.0.1:0"},
	{"udp://10.0.0.9:5000?",    STREAM_UDP,     "10.0.0.9",     5000,  "udp://10.0.0.9:5000"},
	{"rfc2217://h:23?rts=on",   STREAM_RFC2217, "h",            23,    "rfc2217://h:23"},
	{"pty:",                    STREAM_PTY,     "",             0,     "pty:"},
	{"pty:/tmp/meter0",         STREAM_PTY,     "/tmp/meter0",  0,     "pty:/tmp/meter0"},
};

static const struct {
	const char *text;
	const char *error;
} bad[] = {
	{"",                              "the URL is empty"},
	{"gateway",                       "\"gateway\" has no scheme: write serial:/dev/..., tcp://host:port, udp://host:port or rfc2217://host:port"},
	{"http://host:80",                "unknown scheme \"http\": use serial, tcp, udp, rfc2217 or pty"},
	{"host:80",                       "unknown scheme \"host\": use serial, tcp, udp, rfc2217 or pty"},
	{"serial:",                       "device missing: write serial:/dev/ttyUSB0"},
	{"serial:ttyUSB0",                "\"ttyUSB0\" must be a path that begins with /"},
	{"pty:meter0",                    "\"meter0\" must be a path that begins with /"},
	{"tcp:host:80",                   "// missing: write tcp://host:port"},
	{"tcp://host",                    "port missing: write tcp://host:port"},
	{"tcp://me@host:80",              "host \"me@host\" has a character that no host has"},
	{"tcp://[[a]:80",                 "host \"[a\" has a character that no host has"},
	{"tcp://h/x:80",                  "host \"h/x\" has a character that no host has"},
	{"tcp://:80",                     "host missing: write tcp://host:port"},
	{"tcp://[]:80",                   "host missing: write tcp://host:port"},
	{"tcp://host:",                   "port \"\" must be a number of 0..65535"},
	{"tcp://host:65536",              "port \"65536\" must be a number of 0..65535"},
	{"tcp://host:-1",                 "port \"-1\" must be a number of 0..65535"},
	{"tcp://host:80/",                "port \"80/\" must be a number of 0..65535"},
	{"tcp://2001:db8::1:80",          "an IPv6 address needs brackets: [2001:db8::1:80]:port"},
	{"tcp://[::1:80",                 "\"[::1:80\" has no closing ]"},
	{"tcp://[::1]",                   "port missing after \"[::1]\""},
	{"tcp://[::1]x:80",               "port missing after \"[::1]x:80\""},
	{"/dev/t?mode=9X1",               "mode=9X1: data bits must be 7 or 8"},
	{"/dev/t?mode=8X1",               "mode=8X1: parity must be N, E or O"},
	{"/dev/t?mode=8E3",               "mode=8E3: stop bits must be 1 or 2"},
	{"/dev/t?mode=8E",                "mode=8E: must be data bits, parity and stop bits, like 8E1"},
	{"/dev/t?baud=49",                "baud=49: must be a number of 50..4000000"},
	{"/dev/t?baud=4000001",           "baud=4000001: must be a number of 50..4000000"},
	{"/dev/t?baud=2400x",             "baud=2400x: must be a number of 50..4000000"},
	{"/dev/t?baud=",                  "baud=: must be a number of 50..4000000"},
	{"/dev/t?baud",                   "baud: has no value; write baud=..."},
	{"/dev/t?latency=600001",         "latency=600001: must be milliseconds, 0..600000"},
	{"/dev/t?latency=99999999999999999999", "latency=99999999999999999999: must be milliseconds, 0..600000"},
	{"/dev/t?timeout=0",              "timeout=0: must be milliseconds, 1..600000"},
	{"/dev/t?connect_timeout=0",      "connect_timeout=0: must be milliseconds, 1..600000"},
	{"/dev/t?retries=101",            "retries=101: must be a number of 0..100"},
	{"/dev/t?rts=yes",                "rts=yes: must be on, off or auto"},
	{"/dev/t?dtr=",                   "dtr=: must be on, off or auto"},
	{"/dev/t?lock=auto",              "lock=auto: must be on or off"},
	{"tcp://h:1?rts=on",              "rts= is not possible with tcp"},
	{"rfc2217://h:1?lock=on",         "lock= is not possible with rfc2217"},
	{"/dev/t?boud=2400",              "unknown option \"boud\"; did you mean \"baud\"?"},
	{"/dev/t?baud=300&timout=5",      "unknown option \"timout\"; did you mean \"timeout\"?"},
	{"/dev/t?conect-timeout=5",       "unknown option \"conect-timeout\"; did you mean \"connect_timeout\"?"},
	{"/dev/t?Mode=8E1",               "unknown option \"Mode\"; did you mean \"mode\"?"},
	{"/dev/t?foo=1",                  "unknown option \"foo\""},
	{"/dev/t?&baud=300",              "unknown option \"\""},
};
/* clang-format on */

static void test_good_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct stream_url url;
		char name[300];

		parse_url(good[i].text, &url);
		assert_int_equal(url.kind, good[i].kind);
		assert_string_equal(url.path, good[i].path);
		assert_int_equal(url.port, good[i].port);
		assert_int_equal(stream_url_name(&url, name, sizeof(name)), strlen(good[i].name));
		assert_string_equal(name, good[i].name);
	}
}

static void test_bad_urls_name_the_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct stream_url url;
		struct stream_url before;
		char err[300] = "";

		memset(&url, 0x5A, sizeof(url));
		before = url;
		assert_int_equal(
			stream_url_parse(bad[i].text, &url, err, sizeof(err)), MB_E_INVALID);
		assert_string_equal(err, bad[i].error);
		assert_memory_equal(&url, &before, sizeof(url));
	}
}

static void test_defaults(void **state)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	struct stream_url url;

	(void)state;
	parse_url("/dev/t", &url);
	assert_true(mb_line_equal(&url.line, &line));
	assert_false(url.line_given);
	assert_true(url.lock);
	assert_int_equal(url.rts, STREAM_PIN_AUTO);
	assert_int_equal(url.dtr, STREAM_PIN_AUTO);
	assert_int_equal(url.latency_ms, 100);
	assert_int_equal(url.timeout_ms, 0);
	assert_false(url.retries_given);
	assert_int_equal(url.connect_timeout_ms, 10000);
	parse_url("tcp://h:1", &url);
	assert_int_equal(url.latency_ms, 2000);
}

static void test_options(void **state)
{
	static const struct mb_line line = {9600, 7, MB_PARITY_ODD, 2};
	struct stream_url url;

	(void)state;
	parse_url("serial:/dev/t?baud=9600&mode=7o2&latency=0&timeout=8000&retries=0&"
		  "connect_timeout=1&rts=on&dtr=off&lock=off",
		&url);
	assert_true(mb_line_equal(&url.line, &line));
	assert_true(url.line_given);
	assert_int_equal(url.latency_ms, 0);
	assert_int_equal(url.timeout_ms, 8000);
	assert_true(url.retries_given);
	assert_int_equal(url.retries, 0);
	assert_int_equal(url.connect_timeout_ms, 1);
	assert_int_equal(url.rts, STREAM_PIN_ON);
	assert_int_equal(url.dtr, STREAM_PIN_OFF);
	assert_false(url.lock);
}

static void test_limits_of_length(void **state)
{
	struct stream_url url;
	char text[2048];
	char err[300];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "/", 1);
	text[STREAM_URL_PATH_MAX - 1] = '\0';
	assert_int_equal(stream_url_parse(text, &url, err, sizeof(err)), 0);
	text[STREAM_URL_PATH_MAX - 1] = 'x';
	text[STREAM_URL_PATH_MAX] = '\0';
	assert_int_equal(stream_url_parse(text, &url, err, sizeof(err)), MB_E_INVALID);
	assert_string_equal(err, "path is longer than 255 bytes");
	text[STREAM_URL_PATH_MAX] = 'x';
	text[1024] = '\0';
	assert_int_equal(stream_url_parse(text, &url, err, sizeof(err)), MB_E_INVALID);
	assert_string_equal(err, "the URL is longer than 1023 bytes");
	/* the error is cut to the room there is */
	assert_int_equal(stream_url_parse(text, &url, err, 8), MB_E_INVALID);
	assert_string_equal(err, "the URL");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_urls),
		cmocka_unit_test(test_bad_urls_name_the_part),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_limits_of_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
