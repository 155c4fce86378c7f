/* SPDX-License-Identifier: MIT */
/* The commands against a device in memory; the transcript is transcripts/at/session.txt. */
#include "at_help.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collect/collect_error.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX 65536

static struct at_session session;
static struct fake fake;
static char said[TEXT_MAX];

static void start(void)
{
	fake_init(&fake);
	at_session_init(&session, &fake_ops, &fake);
	session.line.echo = false;
}

static size_t flush(size_t len)
{
	size_t n;
	const char *out = at_line_tx(&session.line, &n);

	assert_true(len + n < sizeof(said));
	memcpy(said + len, out, n);
	said[len + n] = '\0';
	at_line_sent(&session.line, n);
	return len + n;
}

/* Sends a line, answers what waits for the bus, gives back all that was said. */
static const char *ask(const char *command)
{
	size_t len = 0;
	bool again;

	assert_int_equal(at_session_rx(&session, command, strlen(command)), strlen(command));
	assert_int_equal(at_session_rx(&session, "\r", 1), 1);
	do {
		again = at_session_run(&session);
		if (fake.pending_answer) {
			fake_answer(&fake, &session);
			again = true;
		}
		len = flush(len);
	} while (again);
	return said;
}

static void without_cr(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text != '\r')
			*to++ = *text;
	}
	*to = '\0';
}

/* Lines of the file that begin with "> " are sent; the whole is made again, and must be the same. */
static void golden_transcript(void **state)
{
	static char expected[TEXT_MAX], actual[TEXT_MAX];
	FILE *file = fopen(METERBUS_SOURCE_ROOT "/test/unit/transcripts/at/session.txt", "r");
	char line[1024];
	size_t len = 0, commands = 0;

	(void)state;
	assert_non_null(file);
	start();
	while (fgets(line, sizeof(line), file)) {
		strcat(expected, line);
		if (line[0] == '#')
			len += (size_t)snprintf(actual + len, TEXT_MAX - len, "%s", line);
		if (strncmp(line, "> ", 2) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		ask(line + 2);
		without_cr(said);
		len += (size_t)snprintf(actual + len, TEXT_MAX - len, "%s\n%s", line, said);
		commands++;
	}
	fclose(file);
	if (getenv("METERBUS_AT_RECORD")) {
		file = fopen(getenv("METERBUS_AT_RECORD"), "w");
		assert_non_null(file);
		fputs(actual, file);
		fclose(file);
	}
	assert_true(commands > 60);
	assert_string_equal(actual, expected);
}

/* clang-format off */
static const struct {
	const char *line;
	int error;
} refused[] = {
	{"AT^SCFOO",                                                AT_E_NOT_SUPPORTED},
	{"AT^SCSMS?",                                               AT_E_NOT_SUPPORTED},
	{"AT^SCAMS1?",                                              AT_E_NOT_SUPPORTED},
	{"AT^SCAMS",                                                AT_E_PARAMETER},
	{"AT^SCAMS=\"FOO\"",                                        AT_E_PARAMETER},
	{"AT^SCAMS=1",                                              AT_E_PARAMETER},
	{"AT^SCAMS=\"ENABLE\"",                                     AT_E_PARAMETER},
	{"AT^SCAMS=\"ENABLE\",2",                                   AT_E_PARAMETER},
	{"AT^SCAMS=\"ENABLE\",\"1\"",                               AT_E_PARAMETER},
	{"AT^SCAMS=\"ENABLE\",1,1",                                 AT_E_PARAMETER},
	{"AT^SCAMS=\"RETRY\",10",                                   AT_E_PARAMETER},
	{"AT^SCAMS=\"DEV_ADD\",2,\"IEC62056-21\",\"1\",\"1M\"",     AT_E_NOT_SUPPORTED},
	{"AT^SCAMS=\"DEV_ADD\",128,\"AIN_DIN\",\"1/PULSE/ABS\",\"1M\"", AT_E_NOT_SUPPORTED},
	{"AT^SCAMS=\"DEV_ADD\",2,1,\"1\",\"1M\"",                   AT_E_NOT_SUPPORTED},
	{"AT^SCAMS=\"DEV_ADD\",0,2,\"1\",\"1M\"",                   AT_E_PARAMETER},
	{"AT^SCAMS=\"DEV_ADD\",1001,2,\"1\",\"1M\"",                AT_E_PARAMETER},
	{"AT^SCAMS=\"DEV_ADD\",2,2,\"255\",\"1M\"",                 AT_E_PARAMETER},
	{"AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"7M\"",                   AT_E_PARAMETER},
	{"AT^SCAMS=\"DEV_ADD\",2,2,\"1\"",                          AT_E_PARAMETER},
	{"AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1M\",5",                 AT_E_PARAMETER},
	{"AT^SCAMS=\"DEV_REMOVE\",251",                             AT_E_PARAMETER},
	{"AT^SCAMS=\"DEV_REMOVE\",1",                               AT_E_NOT_FOUND},
	{"AT^SCAMS=\"DEV_INTERVAL\",\"SOME\",\"1M\"",               AT_E_PARAMETER},
	{"AT^SCAMS=\"DIRECT_READ\",3,2,\"1\"",                      AT_E_NOT_FOUND},
	{"AT^SCAMSADD=2,\"MBUS\",2401,\"1M\",1",                    AT_E_PARAMETER},
	{"AT^SCAMSADD=2,\"MBUS\",2400,\"1M\",251",                  AT_E_PARAMETER},
	{"AT^SCAMSADD=2,\"MBUS\",2400,\"1M\"",                      AT_E_PARAMETER},
	{"AT^SCDATA?",                                              AT_E_PARAMETER},
	{"AT^SCDATA=\"GET_OLDEST\",0",                              AT_E_PARAMETER},
	{"AT^SCDATA=\"GET_OLDEST\",",                               AT_E_PARAMETER},
	{"AT^SCDATA=\"GET_FILTERED\"",                              AT_E_PARAMETER},
	{"AT^SCDATA=\"GET_FILTERED\",\"COLOUR=1\"",                 AT_E_PARAMETER},
	{"AT^SCPORT?",                                              AT_E_NOT_FOUND},
	{"AT^SCPORT3?",                                             AT_E_NOT_FOUND},
	{"AT^SCPORT3=\"SAVE\"",                                     AT_E_NOT_FOUND},
	{"AT^SCPORT2=\"BAUDRATE\",2401",                            AT_E_PARAMETER},
	{"AT^SCPORT2=\"PARITY\",3",                                 AT_E_PARAMETER},
	{"ATE2",                                                    AT_E_PARAMETER},
	{"ATI9",                                                    AT_E_PARAMETER},
	{"ATZ1",                                                    AT_E_PARAMETER},
	{"AT+CMEE=2",                                               AT_E_PARAMETER},
	{"AT+GMI3",                                                 AT_E_NOT_SUPPORTED},
};
/* clang-format on */

static void refusals_change_nothing(void **state)
{
	char text[64];
	struct fake before;

	(void)state;
	start();
	ask("AT+CMEE=1");
	before = fake;
	for (size_t i = 0; i < COUNT(refused); i++) {
		snprintf(text, sizeof(text), "\r\n+CME ERROR: %d\r\n", refused[i].error);
		assert_string_equal(ask(refused[i].line), text);
	}
	assert_memory_equal(&before, &fake, sizeof(fake));
}

static void pending_active_saved(void **state)
{
	(void)state;
	start();
	ask("AT^SCPORT2=\"BAUDRATE\",9600");
	assert_int_equal(fake.pending.baud, 9600);
	assert_int_equal(fake.active.baud, 2400);
	ask("AT^SCPORT2=\"RESTART\"");
	assert_int_equal(fake.active.baud, 9600);
	assert_int_equal(fake.saved.baud, 2400);
	ask("AT^SCPORT2=\"SAVE\"");
	assert_int_equal(fake.saved.baud, 9600);
	ask("AT^SCPORT2=\"PARITY\",0");
	ask("AT^SCPORT2=\"SRESTART\"");
	assert_int_equal(fake.saved.parity, 0);
	assert_int_equal(fake.active.parity, 0);
}

static void a_full_table(void **state)
{
	static const char add[] = "AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1D\"";

	(void)state;
	start();
	ask("AT+CMEE=1");
	for (int i = 0; i < FAKE_DEVICES; i++)
		assert_string_equal(ask(add), "\r\nOK\r\n");
	assert_string_equal(ask(add), "\r\n+CME ERROR: 20\r\n");
}

static void the_answer_of_the_bus_comes_later(void **state)
{
	static const char command[] = "AT^SCAMS=\"DIRECT_READ\",2,\"MBUS\",\"7@300\"\r";

	(void)state;
	start();
	at_session_rx(&session, command, strlen(command));
	assert_false(at_session_run(&session));
	assert_int_equal(flush(0), 0);
	assert_int_equal(fake.read.baud, 300);
	assert_int_equal(fake.read.address.primary, 7);
	assert_int_equal(at_session_rx(&session, "AT\r", 3), 0);
	fake.read_error = 131082;
	at_session_op_done(&session, 0);
	assert_false(at_session_run(&session));
	flush(0);
	assert_string_equal(said, "\r\n^SCAMS: 131082,\"\",\"\"\r\n\r\nOK\r\n");
	at_session_op_done(&session, 0);
	assert_int_equal(flush(0), 0);
	at_session_rx(&session, command, strlen(command));
	at_session_run(&session);
	at_session_done(&session);
	assert_int_equal(fake.cancelled, 1);
}

static int enable_later(void *ctx, bool on)
{
	((struct fake *)ctx)->ams.enabled = on;
	return AT_LATER;
}

static void ok_only_after_the_commit(void **state)
{
	static const char line[] = "AT^SCAMS=\"ENABLE\",0\r";
	struct at_device_ops ops = fake_ops;

	(void)state;
	ops.enable = enable_later;
	start();
	session.ops = &ops;
	for (int rc = 0; rc >= STORE_E_FULL; rc += STORE_E_FULL) {
		at_session_rx(&session, line, strlen(line));
		assert_false(at_session_run(&session));
		assert_true(session.waiting);
		assert_int_equal(at_session_rx(&session, "AT\r", 3), 0);
		assert_int_equal(flush(0), 0);
		at_session_op_done(&session, rc);
		assert_false(session.waiting);
		flush(0);
		assert_string_equal(said, rc ? "\r\nERROR\r\n" : "\r\nOK\r\n");
	}
}

static enum at_rights login(void *ctx, const char *user, const char *password)
{
	(void)ctx;
	if (strcmp(password, "secret") != 0)
		return AT_RIGHTS_NONE;
	return strcmp(user, "viewer") == 0     ? AT_RIGHTS_LOOK
	       : strcmp(user, "operator") == 0 ? AT_RIGHTS_READ
					       : AT_RIGHTS_ALL;
}

/* clang-format off */
static const struct {
	const char *line;
	enum at_rights needed;
} rights[] = {
	{"AT^SCAMS?",                             AT_RIGHTS_LOOK},
	{"AT^SCAMS=?",                            AT_RIGHTS_LOOK},
	{"AT^SCPORT2?",                           AT_RIGHTS_LOOK},
	{"AT+CMEE=1",                             AT_RIGHTS_LOOK},
	{"AT^SCDATA=\"MESS_CNT\"",                AT_RIGHTS_LOOK},
	{"AT^SCDATA=\"GET_OLDEST\",2",            AT_RIGHTS_LOOK},
	{"AT^SCDATA=\"GET_FILTERED\",\"\"",       AT_RIGHTS_LOOK},
	{"AT^SCDATA=\"DEL_OLDEST\"",              AT_RIGHTS_LOOK},
	{"AT^SCAMS=\"ENABLE\",1",                 AT_RIGHTS_ALL},
	{"AT^SCAMS=\"DEV_ADD\",2,2,\"1\",\"1D\"", AT_RIGHTS_ALL},
	{"AT^SCAMS=\"DIRECT_READ\",2,2,\"1\"",    AT_RIGHTS_READ},
	{"AT^SCAMS=\"SCAN\",2,2400",              AT_RIGHTS_READ},
	{"AT^SCAMSADD=2,2,2400,\"1D\",1",         AT_RIGHTS_ALL},
	{"AT^SCPORT2=\"BAUDRATE\",300",           AT_RIGHTS_ALL},
	{"AT^SCPORT2=\"SAVE\"",                   AT_RIGHTS_ALL},
	{"AT^SCCFG=\"AUTH_IP\",0",                AT_RIGHTS_ALL},
	{"AT^SCCFG=\"SAVE\"",                     AT_RIGHTS_ALL},
};
/* clang-format on */

static void who_logs_in_may_do_what_the_role_may(void **state)
{
	static const char *const users[] = {"viewer", "operator", "manager"};
	struct at_device_ops ops = fake_ops;

	(void)state;
	ops.login = login;
	for (size_t u = 0; u < COUNT(users); u++) {
		fake_init(&fake);
		at_session_init(&session, &ops, &fake);
		ask(users[u]);
		assert_non_null(strstr(ask("wrong"), "\r\nERROR\r\nLogin:"));
		ask(users[u]);
		assert_non_null(strstr(ask("secret"), "\r\nOK\r\n"));
		ask("ATE0");
		ask("AT+CMEE=1");
		for (size_t i = 0; i < COUNT(rights); i++) {
			const char *answer = ask(rights[i].line);
			bool no = strcmp(answer, "\r\n+CME ERROR: 3\r\n") == 0;

			assert_int_equal(no, rights[i].needed > AT_RIGHTS_LOOK + u);
			assert_true(no || strstr(answer, "\r\nOK\r\n"));
		}
		at_session_done(&session);
	}
}

static void two_hundred_and_fifty_found(void **state)
{
	static struct at_found found[AT_DEVICES_MAX];
	static const char command[] = "AT^SCAMS=\"SCAN\",2,2400\r";

	(void)state;
	start();
	for (uint32_t i = 0; i < AT_DEVICES_MAX; i++)
		found[i] = (struct at_found){
			250, {.type = MB_ADDRESS_SECONDARY, .secondary = {i, 0x3265, 0x99, 6}}};
	at_session_rx(&session, command, strlen(command));
	at_session_run(&session);
	assert_false(fake.scan.fill);
	at_session_scan_done(&session, 0, found, AT_DEVICES_MAX);
	flush(0);
	assert_memory_equal(said, "\r\n^SCAMS: 0,250,\"250,0000000065329906\",", 39);
	assert_non_null(strstr(said, ",\"250,000000F965329906\"\r\n\r\nOK\r\n"));
}

static void output_waits_for_room(void **state)
{
	static const char command[] = "AT^SCDATA=\"GET_OLDEST\",4\r";

	(void)state;
	start();
	while (at_line_room(&session.line) >= AT_ANSWER_MAX)
		assert_true(at_line_put(&session.line, "%01000d", 0));
	assert_int_equal(at_session_rx(&session, command, strlen(command)), strlen(command));
	assert_false(at_session_run(&session));
	assert_null(session.command);
	at_line_sent(&session.line, AT_OUT_MAX);
	at_session_run(&session);
	flush(0);
	assert_non_null(strstr(said, ",10510,"));
}

static void logout_closes(void **state)
{
	(void)state;
	start();
	assert_string_equal(ask("ATZ"), "\r\nOK\r\n");
	assert_true(session.line.closing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_transcript),
		cmocka_unit_test(refusals_change_nothing),
		cmocka_unit_test(pending_active_saved),
		cmocka_unit_test(a_full_table),
		cmocka_unit_test(the_answer_of_the_bus_comes_later),
		cmocka_unit_test(ok_only_after_the_commit),
		cmocka_unit_test(who_logs_in_may_do_what_the_role_may),
		cmocka_unit_test(two_hundred_and_fifty_found),
		cmocka_unit_test(output_waits_for_room),
		cmocka_unit_test(logout_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
