/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_trace.h"

#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/engine.h>

#include <errno.h>
#include <string.h>
#include <time.h>

int bus_trace_open(struct bus_trace *ret_trace, const char *path)
{
	FILE *file = NULL;

	if (path)
		file = strcmp(path, "-") == 0 ? stderr : fopen(path, "we");
	if (path && !file) {
		talk_error("--trace %s: %s", path, strerror(errno));
		return EXIT_OUTPUT;
	}
	if (file)
		setvbuf(file, NULL, _IOLBF, 0);
	ret_trace->file = file;
	return EXIT_OK;
}

void bus_trace_close(struct bus_trace *t)
{
	if (t->file && t->file != stderr && fclose(t->file) != 0)
		talk_error("--trace: %s", strerror(errno));
	t->file = NULL;
}

static const char *mark_text(uint8_t mark)
{
	if (mark & MB_MARK_BREAK)
		return "(break)";
	if (mark & MB_MARK_FRAMING)
		return "(framing)";
	if (mark & MB_MARK_PARITY)
		return "(parity)";
	return mark & MB_MARK_OVERRUN ? "(lost)" : "";
}

void bus_trace_bytes(struct bus_trace *t, enum run_direction direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;

	if (!t->file || n == 0)
		return;
	localtime_r(&seconds, &tm);
	fprintf(t->file, "%02d:%02d:%02d.%06d %c", tm.tm_hour, tm.tm_min, tm.tm_sec,
		(int)(wall_us % 1000000), direction == RUN_TX ? '>' : '<');
	for (size_t i = 0; i < n; i++)
		fprintf(t->file, " %02X%s", bytes[i], mark_text(marks ? marks[i] : 0));
	fputc('\n', t->file);
}
