/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
	int priority;
	const char *name;
} levels[] = {
#define MB_X(name, priority, text) {priority, text},
	LOG_LEVEL_MAP(MB_X)
#undef MB_X
};

static atomic_int least = LOG_LEVEL_NOTICE;
static atomic_bool is_journal;

void log_set_level(enum log_level level)
{
	atomic_store(&least, (int)level);
}

/* systemd.exec(5): DEVICE:INODE of what stderr was connected to. */
void log_find_journal(void)
{
	const char *text = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (!text || fstat(STDERR_FILENO, &st) < 0)
		return;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	atomic_store(&is_journal, strcmp(own, text) == 0);
}

static size_t put_lead(
	enum log_level level, bool journal, int64_t wall_us, char *ret_line, size_t max)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;
	size_t n;

	if (journal)
		return (size_t)snprintf(ret_line, max, "<%d>", levels[level].priority);
	gmtime_r(&seconds, &tm);
	n = strftime(ret_line, max, "%Y-%m-%dT%H:%M:%S", &tm);
	return n + (size_t)snprintf(ret_line + n, max - n, ".%03dZ %s ",
			   (int)(wall_us / 1000 % 1000), levels[level].name);
}

size_t log_format(enum log_level level, bool journal, int64_t wall_us, char *ret_line, size_t max,
	const char *format, va_list args)
{
	size_t lead = put_lead(level, journal, wall_us, ret_line, max), n;
	int len = vsnprintf(ret_line + lead, max - lead - 1, format, args);

	n = lead + (len > 0 ? (size_t)len : 0);
	if (n > max - 2) {
		n = max - 2;
		memcpy(ret_line + n - 3, "...", 3);
	}
	for (size_t i = lead; i < n; i++) {
		if ((unsigned char)ret_line[i] < ' ' || ret_line[i] == 0x7f)
			ret_line[i] = '?';
	}
	ret_line[n++] = '\n';
	ret_line[n] = '\0';
	return n;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	size_t n;
	va_list args;

	if ((int)level > atomic_load(&least))
		return;
	va_start(args, format);
	n = log_format(
		level, atomic_load(&is_journal), clock_wall_us(), line, sizeof(line), format, args);
	va_end(args);
	if (write(STDERR_FILENO, line, n) < 0)
		return; /* nobody is left to be told */
}
