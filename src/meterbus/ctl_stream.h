/* SPDX-License-Identifier: MIT */
/* The daemon's live stream, connected again when it is cut. */
#ifndef METERBUS_TOOL_CTL_STREAM_H
#define METERBUS_TOOL_CTL_STREAM_H

#include "meterbus/ctl.h"

struct ctl_stream {
	/* An event; false ends it. */
	bool (*event)(void *ctx, struct json_in event);
	bool (*tick)(void *ctx); /* once a second or so; NULL: not needed */
	void *ctx;
	bool silent; /* a screen of its own shows that it has begun */
};

/* Until event() or tick() ends it (EXIT_OK), or it cannot go on. */
int ctl_stream(struct ctl *c, const struct ctl_path *path, const struct ctl_stream *stream);

#endif
