/* SPDX-License-Identifier: MIT */
#include "meterbus/talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool quiet;
static bool progress_there;

static void wipe_progress(void)
{
	if (progress_there)
		fputs("\r\033[K", stderr);
	progress_there = false;
}

void talk_error(const char *format, ...)
{
	va_list ap;

	wipe_progress();
	fputs("meterbus: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void talk_note(const char *format, ...)
{
	va_list ap;

	if (quiet)
		return;
	wipe_progress();
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void talk_quiet(void)
{
	quiet = true;
}

bool talk_progress_shown(void)
{
	const char *term = getenv("TERM");

	return !quiet && isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

void talk_progress(const char *format, ...)
{
	va_list ap;

	if (!talk_progress_shown())
		return;
	wipe_progress();
	if (!*format)
		return;
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	progress_there = true;
	fflush(stderr);
}

const char *talk_duration(uint64_t us, char *buf, unsigned max)
{
	uint64_t seconds = (us + 500000) / 1000000;

	if (us < 9950000)
		snprintf(buf, max, "%.1f s", (double)us / 1e6);
	else if (seconds < 60)
		snprintf(buf, max, "%u s", (unsigned)seconds);
	else if (seconds < 3600)
		snprintf(buf, max, "%u min %02u s", (unsigned)(seconds / 60),
			(unsigned)(seconds % 60));
	else
		snprintf(buf, max, "%llu h %02u min", (unsigned long long)(seconds / 3600),
			(unsigned)(seconds / 60 % 60));
	return buf;
}

bool talk_confirm(const char *question)
{
	char line[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	wipe_progress();
	fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}

bool talk_color(int fd, const char *when)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	if (no_color && *no_color)
		return false;
	return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}
