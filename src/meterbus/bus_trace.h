/* SPDX-License-Identifier: MIT */
/*
 * What passes on the bus: into a capture file (meterbus/capture.h), or on stderr a line a burst,
 * "12:34:56.789012 > 10 40 05 45 16".
 */
#ifndef METERBUS_TOOL_BUS_TRACE_H
#define METERBUS_TOOL_BUS_TRACE_H

#include "base/run.h"
#include "meterbus/capture.h"

#include <stdbool.h>
#include <stdint.h>

struct bus_trace {
	bool on;
	bool begun; /* the head of the file is written */
	struct capture_writer writer; /* its file is NULL: stderr */
	/* the burst that is still growing */
	enum run_direction direction;
	uint64_t first_us, last_us;
	int64_t wall_us;
	uint16_t len;
	uint8_t bytes[CAPTURE_BYTES_MAX], marks[CAPTURE_BYTES_MAX];
};

/* NULL path: no trace; "-": stderr. EXIT_OK, or EXIT_OUTPUT after saying why. */
int bus_trace_open(struct bus_trace *ret_trace, const char *path);
void bus_trace_close(struct bus_trace *t);
/* now_us: the end of the last byte; wall_us: the wall clock then */
void bus_trace_bytes(struct bus_trace *t, enum run_direction direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us, int64_t wall_us);

#endif
