/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_trace.h"

#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/engine.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int bus_trace_open(struct bus_trace *ret_trace, const char *path)
{
	FILE *file = NULL;

	*ret_trace = (struct bus_trace){.on = path != NULL};
	if (!path || strcmp(path, "-") == 0)
		return EXIT_OK;
	file = fopen(path, "we");
	if (!file) {
		talk_error("--trace %s: %s", path, strerror(errno));
		return EXIT_OUTPUT;
	}
	ret_trace->writer.file = file;
	return EXIT_OK;
}

void bus_trace_close(struct bus_trace *t)
{
	bool failed = t->writer.file && ferror(t->writer.file);

	if (t->writer.file && (fclose(t->writer.file) != 0 || failed))
		talk_error("--trace: not all could be written");
	*t = (struct bus_trace){0};
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

static void show(enum run_direction direction, const uint8_t *bytes, const uint8_t *marks, size_t n,
	int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	fprintf(stderr, "%02d:%02d:%02d.%06d %c", tm.tm_hour, tm.tm_min, tm.tm_sec,
		(int)(wall_us % 1000000), direction == RUN_TX ? '>' : '<');
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %02X%s", bytes[i], mark_text(marks ? marks[i] : 0));
	fputc('\n', stderr);
}

void bus_trace_bytes(struct bus_trace *t, enum run_direction direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us, int64_t wall_us)
{
	if (!t->on || n == 0)
		return;
	if (!t->writer.file) {
		show(direction, bytes, marks, n, wall_us);
		return;
	}
	if (!t->begun)
		capture_begin(&t->writer, t->writer.file, wall_us, now_us, NULL);
	t->begun = true;
	capture_write(&t->writer, direction == RUN_TX ? CAPTURE_SENT : CAPTURE_RECEIVED, bytes,
		marks, n, now_us);
}
