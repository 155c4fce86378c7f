/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/allow.h"

#include <meterbus/error.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static void read_client(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		return;
	}
	in6->sin6_family = AF_INET6;
	assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
}

/* clang-format off */
static const struct {
	const char *rule, *client;
	bool allowed;
} matches[] = {
	{"192.168.1.7",       "192.168.1.7",          true},
	{"192.168.1.7",       "192.168.1.6",          false},
	{"192.168.1.7",       "::ffff:192.168.1.7",   true},
	{"192.168.1.7",       "::192.168.1.7",        false},
	{"::ffff:10.0.0.0/104", "10.200.3.4",         true},
	{"10.0.0.0/8",        "10.255.255.255",       true},
	{"10.0.0.0/8",        "11.0.0.0",             false},
	{"10.0.0.0/8",        "::ffff:10.1.2.3",      true},
	{"172.16.0.0/12",     "172.31.255.255",       true},
	{"172.16.0.0/12",     "172.32.0.0",           false},
	{"192.0.2.128/31",    "192.0.2.129",          true},
	{"192.0.2.128/31",    "192.0.2.130",          false},
	{"0.0.0.0/0",         "203.0.113.9",          true},
	{"0.0.0.0/0",         "2001:db8::1",          false},
	{"::/0",              "2001:db8::1",          true},
	{"::/0",              "203.0.113.9",          true},
	{"2001:db8::/32",     "2001:db8:ffff::1",     true},
	{"2001:db8::/32",     "2001:db9::1",          false},
	{"2001:db8::/33",     "2001:db8:8000::1",     false},
	{"2001:db8::7",       "2001:db8::7",          true},
	{"2001:db8::7/128",   "2001:db8::6",          false},
	{"::1",               "127.0.0.1",            false},
};

static const struct {
	const char *text, *why;
} refused[] = {
	{"",                  "no address"},
	{"localhost",         "no address"},
	{"192.168.1",         "no address"},
	{"192.168.1.256",     "no address"},
	{"192.168.1.0/24/8",  "0 to 32"},
	{"192.168.1.7 ",      "no address"},
	{"2001:db8::g",       "no address"},
	{"10.0.0.0/33",       "0 to 32"},
	{"10.0.0.0/",         "0 to 32"},
	{"10.0.0.0/-1",       "0 to 32"},
	{"10.0.0.0/0008",     "0 to 32"},
	{"2001:db8::/129",    "0 to 128"},
	{"2001:db8::/999999", "0 to 128"},
	{"10.0.0.1/8",        "behind its prefix"},
	{"192.168.1.128/24",  "behind its prefix"},
	{"2001:db8::1/64",    "behind its prefix"},
	{"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000", "no address"},
};
/* clang-format on */

static void matches_prefixes(void **state)
{
	struct sockaddr_storage client;
	struct allow_rule rule;
	char err[200];

	(void)state;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		err[0] = '\0';
		if (allow_parse(matches[i].rule, &rule, err, sizeof(err)) < 0)
			fail_msg("%s: %s", matches[i].rule, err);
		read_client(matches[i].client, &client);
		if (allow_match(&rule, 1, (struct sockaddr *)&client) != matches[i].allowed)
			fail_msg("%s, %s", matches[i].rule, matches[i].client);
	}
}

static void says_what_is_wrong(void **state)
{
	char err[200];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct allow_rule rule = {.bits = 77};

		assert_int_equal(
			allow_parse(refused[i].text, &rule, err, sizeof(err)), MB_E_INVALID);
		if (!strstr(err, refused[i].why))
			fail_msg("%s: %s", refused[i].text, err);
		assert_int_equal(rule.bits, 77);
	}
}

static void lists(void **state)
{
	static const char *const texts[] = {"10.0.0.0/8", "2001:db8::/32", "192.168.1.7"};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct allow_rule rules[3];
	struct sockaddr_storage client;
	char err[200];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(allow_parse(texts[i], &rules[i], err, sizeof(err)), 0);
	read_client("192.168.1.7", &client);
	assert_true(allow_match(rules, 3, (struct sockaddr *)&client));
	assert_false(allow_match(rules, 2, (struct sockaddr *)&client));
	assert_true(allow_match(NULL, 0, (struct sockaddr *)&client));
	assert_false(allow_match(rules, 3, (struct sockaddr *)&local));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_prefixes),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
