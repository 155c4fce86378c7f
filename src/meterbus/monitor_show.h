/* SPDX-License-Identifier: MIT */
/* What monitor has heard, on stdout: a line a frame, with details, or JSON. */
#ifndef METERBUS_TOOL_MONITOR_SHOW_H
#define METERBUS_TOOL_MONITOR_SHOW_H

#include "meterbus/keys.h"
#include "meterbus/monitor_track.h"
#include "meterbus/print.h"
#include "meterbus/readout.h"

struct monitor_show {
	struct print *print; /* its format: NULL lines only */
	struct readout readout;
	struct mb_chain chain;
	int64_t wall_offset_us; /* wall clock = time of events + this */
	bool has_wall; /* else times are since the start */
	bool json, lines, color;
	bool head; /* was printed */
};

/* Also opens the print; EXIT_OK, or another code after saying why. keys are kept. */
int monitor_show_open(struct monitor_show *s, const struct args *args, const struct keys *keys);
void monitor_show_event(struct monitor_show *s, const struct monitor_event *e);
/* 0, or -1 when something could not be written. */
int monitor_show_close(struct monitor_show *s);

#endif
