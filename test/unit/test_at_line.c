/* SPDX-License-Identifier: MIT */
#include "gateway/at_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct at_line line;
static char said[AT_OUT_MAX + 1];

static const char *flush(void)
{
	size_t n;
	const char *out = at_line_tx(&line, &n);

	memcpy(said, out, n);
	said[n] = '\0';
	at_line_sent(&line, n);
	return said;
}

/* Every command is answered with OK; the answer to all of the bytes. */
static const char *talk(const char *bytes)
{
	struct at_request r;
	size_t n = strlen(bytes), done = 0;

	while (done < n) {
		done += at_line_rx(&line, bytes + done, n - done);
		if (at_line_event(&line, &r) == AT_EVENT_COMMAND)
			at_line_end(&line, 0);
	}
	return flush();
}

static const char *print(const struct at_request *r)
{
	static char text[256];
	static const char *const forms[] = {"plain", "query", "test", "set"};
	int n = snprintf(text, sizeof(text), "%s %d %s", r->name, (int)r->number, forms[r->form]);

	for (size_t i = 0; i < r->n_args; i++) {
		const struct at_arg *a = &r->args[i];

		n += snprintf(text + n, sizeof(text) - (size_t)n, a->quoted ? " '%s'" : " %s=%u",
			a->text, a->number);
	}
	return text;
}

/* clang-format off */
static const struct {
	const char *line, *request; /* NULL: an error */
} requests[] = {
	{"AT",                                           " -1 plain"},
	{"ate0",                                         "E 0 plain"},
	{"ATI3",                                         "I 3 plain"},
	{"at+cgmi",                                      "+CGMI -1 plain"},
	{"AT+CMEE=1",                                    "+CMEE -1 set 1=1"},
	{"AT^SCPORT2?",                                  "^SCPORT 2 query"},
	{"AT^SCPORT2=?",                                 "^SCPORT 2 test"},
	{"at^scport2=\"baudrate\",2400",                 "^SCPORT 2 set 'baudrate' 2400=2400"},
	{"  at ^scams = \"enable\" , 1  ",               "^SCAMS -1 set 'enable' 1=1"},
	{"at^scams=\"dev_add\",2,\"MBUS\",\"1@2400\",\"1M\"",
		"^SCAMS -1 set 'dev_add' 2=2 'MBUS' '1@2400' '1M'"},
	{"AT^SCAMSADD=2,\"MBUS\",2400,\"1M\",1",         "^SCAMSADD -1 set 2=2 'MBUS' 2400=2400 '1M' 1=1"},
	{"at^scdata=\"GET_FILTERED\",\"\"",              "^SCDATA -1 set 'GET_FILTERED' ''"},
	{"AT^X=\"a,b=?\"",                               "^X -1 set 'a,b=?'"},
	{"AT^X=\"A\",",                                  NULL},
	{"AT^X=,1",                                      "^X -1 set =0 1=1"},
	{"AT^X=4294967295",                              "^X -1 set 4294967295=4294967295"},
	{"AT^X=4294967296",                              NULL},
	{"AT^X4294967296",                               NULL},
	{"AT^X=1,2,3,4,5,6,7,8",                         "^X -1 set 1=1 2=2 3=3 4=4 5=5 6=6 7=7 8=8"},
	{"AT^X=1,2,3,4,5,6,7,8,9",                       NULL},
	{"AT^ABCDEFGHIJKLMN?",                           "^ABCDEFGHIJKLMN -1 query"},
	{"AT^ABCDEFGHIJKLMNO?",                          NULL},
	{"AT^X=",                                        NULL},
	{"AT^X=\"A",                                     NULL},
	{"AT^X=\"A\"1",                                  NULL},
	{"AT^X=1 2",                                     NULL},
	{"AT^X=-1",                                      NULL},
	{"AT^X=abc",                                     NULL},
	{"AT^X??",                                       NULL},
	{"AT^X=?1",                                      NULL},
	{"AT^X!",                                        NULL},
	{"AT;",                                          NULL},
	{"HELLO",                                        NULL},
	{"A",                                            NULL},
};

static const struct {
	const char *in, *out;
} dialogues[] = {
	{"AT\r",                    "AT\r\r\nOK\r\n"},
	{"AT\n",                    "AT\r\r\nOK\r\n"},
	{"AT\r\n",                  "AT\r\r\nOK\r\n"},
	{"AT\r\nAT\r\n",            "AT\r\r\nOK\r\nAT\r\r\nOK\r\n"},
	{"\r\n\r\n",                ""},
	{"   \r\n",                 "   "},
	{"AX\bT\r",                 "AX\b \bT\r\r\nOK\r\n"},
	{"\x7F\x7F" "AT\r",         "AT\r\r\nOK\r\n"},
	{"nonsense\r",              "nonsense\r\r\nERROR\r\n"},
	{"A\x01T\r",                "AT\r\r\nERROR\r\n"},
	{"A\tT\r",                  "A T\r\r\nERROR\r\n"},
	{"AT\tI\r",                 "AT I\r\r\nOK\r\n"},
};
/* clang-format on */

static void forms_of_a_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		char text[128];
		struct at_request r;
		int rc;

		snprintf(text, sizeof(text), "%s", requests[i].line);
		rc = at_parse(text, &r);
		assert_int_equal(rc == 0, requests[i].request != NULL);
		if (rc == 0)
			assert_string_equal(print(&r), requests[i].request);
	}
}

static void line_ends_and_echo(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(dialogues); i++) {
		at_line_init(&line, false, "");
		assert_string_equal(talk(dialogues[i].in), dialogues[i].out);
	}
	at_line_init(&line, false, "");
	line.echo = false;
	assert_string_equal(talk("AT\r\n"), "\r\nOK\r\n");
	assert_int_equal(at_line_rx(&line, "A\0T\r\0", 5), 4);
	assert_string_equal(line.line, "AT");
}

static void longest_line(void **state)
{
	char text[AT_LINE_MAX + 3];

	(void)state;
	at_line_init(&line, false, "");
	line.echo = false;
	memset(text, ' ', sizeof(text));
	memcpy(text, "AT", 2);
	memcpy(text + AT_LINE_MAX, "\r", 2);
	assert_string_equal(talk(text), "\r\nOK\r\n");
	memcpy(text + AT_LINE_MAX, " \r", 3);
	assert_string_equal(talk(text), "\r\nERROR\r\n");
	assert_string_equal(talk("AT\r"), "\r\nOK\r\n");
}

static void a_held_line_takes_no_more(void **state)
{
	struct at_request r;

	(void)state;
	at_line_init(&line, false, "");
	line.echo = false;
	assert_int_equal(at_line_rx(&line, "ATI\rATZ\r", 8), 4);
	assert_int_equal(at_line_event(&line, &r), AT_EVENT_COMMAND);
	assert_string_equal(r.name, "I");
	assert_int_equal(at_line_rx(&line, "ATZ\r", 4), 0);
	assert_true(at_line_put(&line, "a %d", 1));
	assert_true(at_line_put(&line, "b"));
	at_line_end(&line, 0);
	assert_string_equal(flush(), "\r\na 1\r\nb\r\n\r\nOK\r\n");
	assert_int_equal(at_line_rx(&line, "ATZ\r", 4), 4);
}

static void errors_by_number(void **state)
{
	(void)state;
	at_line_init(&line, false, "");
	line.echo = false;
	line.cme = true;
	assert_string_equal(talk("AT^X=\r"), "\r\n+CME ERROR: 50\r\n");
	assert_string_equal(talk("X\r"), "\r\n+CME ERROR: 4\r\n");
}

static void output_is_bounded(void **state)
{
	char byte = 'A';
	size_t n = 0;

	(void)state;
	at_line_init(&line, false, "");
	while (at_line_put(&line, "%01000d", 0))
		n++;
	assert_int_equal(n, AT_OUT_MAX / 1002);
	assert_false(at_line_put(&line, "%08000d", 0));
	while (at_line_rx(&line, &byte, 1) && n < 2 * AT_OUT_MAX)
		n++;
	assert_int_equal(at_line_rx(&line, &byte, 1), 0);
	at_line_end(&line, 0);
	flush();
	assert_string_equal(said + strlen(said) - 6, "\r\nOK\r\n");
	assert_int_equal(at_line_rx(&line, &byte, 1), 1);
}

static bool good_login(void)
{
	return strcmp(line.user, "Admin") == 0 && strcmp(line.line, "2n") == 0;
}

static const char *log_in(const char *bytes)
{
	struct at_request r;
	size_t n = strlen(bytes), done = 0, before;

	do {
		before = done;
		done += at_line_rx(&line, bytes + done, n - done);
		if (at_line_event(&line, &r) == AT_EVENT_LOGIN)
			at_line_login(&line, good_login());
	} while (done < n && done > before);
	return flush();
}

static void login(void **state)
{
	(void)state;
	at_line_init(&line, true, "AT API");
	assert_string_equal(flush(), "AT API\r\nLogin:");
	assert_string_equal(log_in(" Admin \r\n"), " Admin \r\r\nPassword:");
	assert_string_equal(log_in("2n\r\n"), "\r\r\nOK\r\n");
	assert_string_equal(talk("AT\r\n"), "AT\r\r\nOK\r\n");
}

static void a_login_ends_after_three(void **state)
{
	(void)state;
	at_line_init(&line, true, "");
	flush();
	assert_string_equal(log_in("AT\r\n\r\n"), "AT\r\r\nPassword:\r\r\nERROR\r\nLogin:");
	log_in("Admin\rwrong\r");
	assert_false(line.closing);
	assert_string_equal(log_in("Admin\r2N\rAT\r"), "Admin\r\r\nPassword:\r\r\nERROR\r\n");
	assert_true(line.closing);
	assert_int_equal(at_line_rx(&line, "A", 1), 0);
	assert_string_equal(line.line, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_a_request),
		cmocka_unit_test(line_ends_and_echo),
		cmocka_unit_test(longest_line),
		cmocka_unit_test(a_held_line_takes_no_more),
		cmocka_unit_test(errors_by_number),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(login),
		cmocka_unit_test(a_login_ends_after_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
