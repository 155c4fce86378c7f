/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_trace.h"

#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/engine.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BURST_GAP_US 20000 /* bytes closer to one another stand on one line */

int bus_trace_open(struct bus_trace *ret_trace, const char *path)
{
	FILE *file = NULL;

	*ret_trace = (struct bus_trace){.on = path != NULL};
	if (!path || strcmp(path, "-") == 0)
		return EXIT_OK;
	file = fopen(path, "we");
	if (!file) {
		talk_error("%s: %s", path, strerror(errno));
		return EXIT_OUTPUT;
	}
	ret_trace->writer.file = file;
	return EXIT_OK;
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

static void show(const struct bus_trace *t)
{
	time_t seconds = (time_t)(t->wall_us / 1000000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	fprintf(stderr, "%02d:%02d:%02d.%06d %c", tm.tm_hour, tm.tm_min, tm.tm_sec,
		(int)(t->wall_us % 1000000), t->direction == RUN_TX ? '>' : '<');
	for (size_t i = 0; i < t->len; i++)
		fprintf(stderr, " %02X%s", t->bytes[i], mark_text(t->marks[i]));
	fputc('\n', stderr);
}

static void flush(struct bus_trace *t)
{
	struct capture_writer *w = &t->writer;

	if (t->len && !w->file)
		show(t);
	if (t->len && w->file) {
		if (!t->begun)
			capture_begin(w, w->file, t->wall_us, t->first_us, NULL);
		t->begun = true;
		capture_write(w, t->direction == RUN_TX ? CAPTURE_SENT : CAPTURE_RECEIVED, t->bytes,
			t->marks, t->len, t->last_us);
	}
	t->len = 0;
}

void bus_trace_bytes(struct bus_trace *t, enum run_direction direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us, int64_t wall_us)
{
	if (!t->on)
		return;
	if (now_us < t->last_us) /* a network may be faster than the line that is reckoned with */
		now_us = t->last_us;
	if (direction != t->direction || now_us - t->last_us > BURST_GAP_US)
		flush(t);
	for (size_t i = 0; i < n; i++) {
		if (t->len == CAPTURE_BYTES_MAX)
			flush(t);
		if (t->len == 0) {
			t->direction = direction;
			t->first_us = now_us;
			t->wall_us = wall_us;
		}
		t->bytes[t->len] = bytes[i];
		t->marks[t->len++] = marks ? marks[i] : 0;
	}
	t->last_us = now_us;
}

void bus_trace_close(struct bus_trace *t)
{
	bool failed;

	if (!t->on)
		return;
	flush(t);
	failed = t->writer.file && ferror(t->writer.file);
	if (t->writer.file && (fclose(t->writer.file) != 0 || failed))
		talk_error("the capture is not whole: not all could be written");
	*t = (struct bus_trace){0};
}
