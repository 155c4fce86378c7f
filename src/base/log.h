/* SPDX-License-Identifier: MIT */
/*
 * The log of a daemon: lines on stderr, "text key=value ...". For the journal they carry their
 * priority; elsewhere a time and its word. Any thread may log: a line is one write. Bytes that would
 * confuse a terminal or a reader of lines become '?'. Keys and passwords are never logged.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 2048 /* longer ones end in "..." */

/* X(NAME, priority of syslog, "name") */
#define LOG_LEVEL_MAP(X) \
	X(ERROR, 3, "error") \
	X(WARNING, 4, "warning") \
	X(NOTICE, 5, "notice") \
	X(INFO, 6, "info") \
	X(DEBUG, 7, "debug")

enum log_level {
#define MB_X(name, priority, text) LOG_LEVEL_##name,
	LOG_LEVEL_MAP(MB_X)
#undef MB_X
};

void log_set_level(enum log_level level); /* what is less important is dropped; NOTICE at first */
/* Whether stderr is the journal, by JOURNAL_STREAM; once at the start. */
void log_find_journal(void);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* The line as it is written, its end included; for the log itself and its test. Returns its length. */
size_t log_format(enum log_level level, bool journal, int64_t wall_us, char *ret_line, size_t max,
	const char *format, va_list args);

#endif
