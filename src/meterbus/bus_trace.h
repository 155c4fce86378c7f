/* SPDX-License-Identifier: MIT */
/* What passes on the bus, a line a burst: "12:34:56.789012 > 10 40 05 45 16". */
#ifndef METERBUS_TOOL_BUS_TRACE_H
#define METERBUS_TOOL_BUS_TRACE_H

#include "base/run.h"

#include <stdint.h>
#include <stdio.h>

struct bus_trace {
	FILE *file; /* NULL: no trace */
};

/* NULL path: no trace; "-": stderr. EXIT_OK, or EXIT_OUTPUT after saying why. */
int bus_trace_open(struct bus_trace *ret_trace, const char *path);
void bus_trace_close(struct bus_trace *t);
void bus_trace_bytes(struct bus_trace *t, enum run_direction direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, int64_t wall_us);

#endif
