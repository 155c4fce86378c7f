/* SPDX-License-Identifier: MIT */
/* Lines of the log, and what the service manager is told. */
#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char line[LOG_LINE_MAX];

__attribute__((format(printf, 4, 5))) static size_t put(
	enum log_level level, bool journal, size_t max, const char *format, ...)
{
	va_list args;
	size_t n;

	va_start(args, format);
	n = log_format(level, journal, 1700000000123456, line, max, format, args);
	va_end(args);
	return n;
}

static void test_a_line_has_a_time_or_a_priority(void **state)
{
	(void)state;
	assert_int_equal(put(LOG_LEVEL_WARNING, false, sizeof(line), "bus=%s", "heat"), 42);
	assert_string_equal(line, "2023-11-14T22:13:20.123Z warning bus=heat\n");
	assert_int_equal(put(LOG_LEVEL_ERROR, true, sizeof(line), "x"), 5);
	assert_string_equal(line, "<3>x\n");
}

static void test_a_line_is_one_line(void **state)
{
	(void)state;
	put(LOG_LEVEL_INFO, true, sizeof(line), "a\nb\033[1m\x7f\tc\xc3\xa9");
	assert_string_equal(line, "<6>a?b?[1m??c\xc3\xa9\n");
}

static void test_a_long_line_ends_in_dots(void **state)
{
	(void)state;
	assert_int_equal(put(LOG_LEVEL_INFO, true, 16, "%s", "0123456789"), 14);
	assert_string_equal(line, "<6>0123456789\n");
	assert_int_equal(put(LOG_LEVEL_INFO, true, 16, "%s", "01234567890"), 15);
	assert_string_equal(line, "<6>01234567890\n");
	assert_int_equal(put(LOG_LEVEL_INFO, true, 16, "%s", "0123456789012"), 15);
	assert_string_equal(line, "<6>01234567...\n");
}

/* ---- what is written to stderr ---- */

static char heard[LOG_LINE_MAX];

/* Runs fn with stderr in a pipe. */
static void hear(void (*fn)(void))
{
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	fn();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], heard, sizeof(heard) - 1);
	heard[n > 0 ? n : 0] = '\0';
	close(fds[0]);
}

static void log_all(void)
{
	log_set_level(LOG_LEVEL_WARNING);
	log_error("e=%d", 1);
	log_warning("w");
	log_notice("n");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("d");
	log_set_level(LOG_LEVEL_NOTICE);
}

static void log_as_journal(void)
{
	char text[64];
	struct stat st;

	fstat(STDERR_FILENO, &st);
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", text, 1);
	log_find_journal();
	log_notice("to the journal");
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_find_journal();
	log_notice("elsewhere");
	unsetenv("JOURNAL_STREAM");
}

static void test_what_is_less_important_is_dropped(void **state)
{
	char *at;

	(void)state;
	hear(log_all);
	at = strstr(heard, "Z error e=1\n");
	assert_non_null(at);
	at = strstr(at, "Z warning w\n");
	assert_non_null(at);
	assert_null(strstr(heard, "notice"));
	assert_non_null(strstr(at, "Z debug d\n"));
}

static void test_the_journal_gets_priorities(void **state)
{
	(void)state;
	hear(log_as_journal);
	assert_int_equal(strncmp(heard, "<5>to the journal\n", 18), 0);
	assert_non_null(strstr(heard, "Z notice elsewhere\n"));
}

/* ---- the service manager ---- */

static int manager(const char *name, char *path, size_t max)
{
	struct sockaddr_un own = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t len;

	snprintf(path, max, "%s%d", name, (int)getpid());
	len = strlen(path);
	memcpy(own.sun_path, path, len);
	if (path[0] == '@')
		own.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&own,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
		0);
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

static void receive(int fd)
{
	ssize_t n = recv(fd, heard, sizeof(heard) - 1, 0);

	assert_true(n > 0);
	heard[n] = '\0';
}

static void test_the_manager_is_told(void **state)
{
	static const char *const names[] = {"/tmp/meterbus-notify-", "@meterbus-notify-"};
	uint64_t before_us = clock_mono_us();
	uintmax_t then_us;
	char path[64];
	int fd;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		fd = manager(names[i], path, sizeof(path));
		notify_ready();
		receive(fd);
		assert_string_equal(heard, "READY=1");
		notify_reloading();
		receive(fd);
		assert_int_equal(sscanf(heard, "RELOADING=1\nMONOTONIC_USEC=%ju", &then_us), 1);
		assert_true(then_us >= before_us && then_us <= clock_mono_us());
		notify_status("%d buses\nREADY=0", 5);
		receive(fd);
		assert_string_equal(heard, "STATUS=5 buses");
		notify_watchdog();
		receive(fd);
		assert_string_equal(heard, "WATCHDOG=1");
		notify_stopping();
		receive(fd);
		assert_string_equal(heard, "STOPPING=1");
		unsetenv("NOTIFY_SOCKET");
		notify_ready();
		assert_int_equal(recv(fd, heard, sizeof(heard), 0), -1);
		close(fd);
		if (path[0] == '/')
			unlink(path);
	}
}

static void test_the_watchdog_is_ours_or_not(void **state)
{
	char pid[16];

	(void)state;
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(notify_watchdog_us(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_watchdog_us(), 30000000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_us(), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_us(), 30000000);
	setenv("WATCHDOG_USEC", "30 s", 1);
	assert_int_equal(notify_watchdog_us(), 0);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_has_a_time_or_a_priority),
		cmocka_unit_test(test_a_line_is_one_line),
		cmocka_unit_test(test_a_long_line_ends_in_dots),
		cmocka_unit_test(test_what_is_less_important_is_dropped),
		cmocka_unit_test(test_the_journal_gets_priorities),
		cmocka_unit_test(test_the_manager_is_told),
		cmocka_unit_test(test_the_watchdog_is_ours_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
