/* SPDX-License-Identifier: MIT */
/* Answers of an AT interface, in one piece and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "meterbus/at_answer.h"

#include <stdio.h>

struct seen {
	char text[2048];
	size_t len;
};

static void put(void *ctx, const char *bytes, size_t n)
{
	struct seen *s = ctx;

	assert_true(s->len + n < sizeof(s->text));
	memcpy(s->text + s->len, bytes, n);
	s->len += n;
	s->text[s->len] = '\0';
}

/* clang-format off */
static const struct {
	const char *command, *bytes;
	enum at_verdict verdict;
	const char *information, *line; /* line: the text of an error */
} cases[] = {
	{"AT", "\r\nOK\r\n", AT_OK, "", NULL},
	{"AT", "AT\r\r\nOK\r\n", AT_OK, "", NULL},
	{"AT", "AT\r\n\nOK\n", AT_OK, "", NULL},
	{"ATI", "ATI\r\r\nmeterbusd\r\n\r\nOK\r\n", AT_OK, "meterbusd\n", NULL},
	{"ATI", "\r\none\r\ntwo\r\n\r\nOK\r", AT_OK, "one\ntwo\n", NULL},
	{"ATI", "\r\nOKAY\r\nO\r\nERRORS\r\nOK \r\n\r\nOK\r\n", AT_OK, "OKAY\nO\nERRORS\nOK \n", NULL},
	{"ATX", "ATX\r\r\nERROR\r\n", AT_ERROR, "", "ERROR"},
	{"ATX", "ATX\r\r\n+CME ERROR: 50\r\n", AT_ERROR, "", "+CME ERROR: 50"},
	{"ATX", "ATX\r\r\n+CME: 1\r\n+CME ERROR: 4\r\n", AT_ERROR, "+CME: 1\n", "+CME ERROR: 4"},
	{"AT", "\r\nBUSY\r\n", AT_ERROR, "", "BUSY"},
	{"AT", "\r\nNO CARRIER\r\n", AT_ERROR, "", "NO CARRIER"},
	/* the echo of what begins like a result, and only once */
	{"OK", "OK\r\r\nOK\r\n", AT_OK, "", NULL},
	{"AT", "hello\r\nAT\r\r\nOK\r\n", AT_OK, "hello\n", NULL},
	{"AT", "AT\r\r\nAT\r\nOK\r\n", AT_OK, "AT\n", NULL},
	{"AT^A=\"x", "AT^A=\"x\r\r\nERROR\r\n", AT_ERROR, "", "ERROR"},
	{"AT^A=\"x\"", "AT^A=\"x\" \r\nOK\r\n", AT_OK, "AT^A=\"x\" \n", NULL},
	/* line breaks between quotes are data */
	{"AT", "\r\n^SCDATA: \"a\r\nOK\r\nb\"\r\n\r\nOK\r\n", AT_OK, "^SCDATA: \"a\r\nOK\r\nb\"\n", NULL},
	{"AT", "\r\n\"\r\n\r\n\"\r\nOK\r\n", AT_OK, "\"\r\n\r\n\"\n", NULL},
	{"AT", "\r\n\"OK\r\nERROR\r\n", AT_MORE, "\"OK\r\nERROR\r\n", NULL},
	/* prompts end no line; a banner comes first */
	{"", "box\r\nLogin:", AT_LOGIN, "box\n", NULL},
	{"me", "me\r\r\nPassword:", AT_PASSWORD, "", NULL},
	{"", " \r\nLogin: \r\n\r\nOK\r\n", AT_LOGIN, "", NULL},
	{"", "Logins: 3\r\nOK\r\n", AT_OK, "Logins: 3\n", NULL},
	{"", "\r\nO", AT_MORE, "", NULL},
	{"", "\r\nOK", AT_MORE, "", NULL},
	{"", "", AT_MORE, "", NULL},
};
/* clang-format on */

/* All at once, or in pieces of one byte. */
static void judge(size_t i, size_t piece)
{
	struct seen seen = {0};
	struct at_answer a;
	const uint8_t *bytes = (const uint8_t *)cases[i].bytes;
	size_t n = strlen(cases[i].bytes), at = 0;
	enum at_verdict verdict = AT_MORE;

	at_answer_init(&a, put, &seen, false);
	a.prompts = true;
	at_answer_begin(&a, cases[i].command);
	while (at < n && verdict == AT_MORE)
		at += at_answer_rx(&a, bytes + at, n - at < piece ? n - at : piece, &verdict);
	if (verdict != cases[i].verdict || strcmp(seen.text, cases[i].information) != 0)
		fail_msg("case %zu, piece %zu: verdict %d, \"%s\"", i, piece, verdict, seen.text);
	if (cases[i].line)
		assert_string_equal(a.line, cases[i].line);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		judge(i, SIZE_MAX);
		for (size_t piece = 1; piece < 5; piece++)
			judge(i, piece);
	}
}

/* What belongs to the next command stays where it is. */
static void test_stops_at_the_verdict(void **state)
{
	static const char bytes[] = "\r\nOK\r\nLogin:";
	struct seen seen = {0};
	struct at_answer a;
	enum at_verdict verdict;
	size_t n;

	(void)state;
	at_answer_init(&a, put, &seen, false);
	n = at_answer_rx(&a, (const uint8_t *)bytes, strlen(bytes), &verdict);
	assert_int_equal(verdict, AT_OK);
	assert_int_equal(n, strlen("\r\nOK\r"));
	at_answer_rx(&a, (const uint8_t *)bytes + n, strlen(bytes) - n, &verdict);
	assert_int_equal(verdict, AT_MORE); /* no login is expected: it is text */
}

/* The longest command, its echo, and one character more that is none. */
static void test_longest(void **state)
{
	char command[AT_COMMAND_MAX + 1], bytes[AT_COMMAND_MAX + 32];
	struct seen seen;
	struct at_answer a;
	enum at_verdict verdict;
	int n;

	(void)state;
	memset(command, 'x', AT_COMMAND_MAX);
	command[AT_COMMAND_MAX] = '\0';
	for (int more = 0; more < 2; more++) {
		memset(&seen, 0, sizeof(seen));
		at_answer_init(&a, put, &seen, false);
		at_answer_begin(&a, command);
		n = snprintf(bytes, sizeof(bytes), "%s%s\r\r\nOK\r\n", command, more ? "x" : "");
		at_answer_rx(&a, (const uint8_t *)bytes, (size_t)n, &verdict);
		assert_int_equal(verdict, AT_OK);
		assert_int_equal(seen.len, more ? AT_COMMAND_MAX + 2 : 0);
	}
}

/* Raw: every byte, and the LF of the result exactly once, whether it comes in time or not. */
static void test_raw(void **state)
{
	static const char bytes[] = "AT\r\r\nOK\r\n\r\nERROR\r\n";
	struct seen seen = {0};
	struct at_answer a;
	enum at_verdict verdict;
	size_t n;

	(void)state;
	at_answer_init(&a, put, &seen, true);
	at_answer_begin(&a, "AT");
	n = at_answer_rx(&a, (const uint8_t *)bytes, strlen(bytes), &verdict);
	assert_int_equal(verdict, AT_OK);
	assert_string_equal(seen.text, "AT\r\r\nOK\r\n");
	n += at_answer_rx(&a, (const uint8_t *)bytes + n, strlen(bytes) - n, &verdict);
	assert_int_equal(verdict, AT_ERROR);
	assert_string_equal(seen.text, bytes);
	assert_int_equal(n, strlen(bytes) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_stops_at_the_verdict),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
