/* SPDX-License-Identifier: MIT */
/* Server-sent events out of the bytes of a stream, in pieces of any size. */
#ifndef METERBUS_TOOL_CTL_SSE_H
#define METERBUS_TOOL_CTL_SSE_H

#include "base/buf.h"

#define CTL_SSE_LINE_MAX (1u << 20)
#define CTL_SSE_ID_MAX 32

/* data ends with a NUL, too; false ends the stream. */
typedef bool ctl_sse_fn(void *ctx, const char *kind, const char *data, size_t len);

struct ctl_sse {
	struct buf line, data;
	char kind[64];
	char id[CTL_SSE_ID_MAX]; /* of the last event that had one: to go on from there */
	ctl_sse_fn *fn;
	void *ctx;
	bool too_long;
};

void ctl_sse_init(struct ctl_sse *s, ctl_sse_fn *fn, void *ctx);
void ctl_sse_done(struct ctl_sse *s);
/* Another connection: what was begun is forgotten. */
void ctl_sse_restart(struct ctl_sse *s);
/* False: fn wants no more, or an event is too long. */
bool ctl_sse_take(struct ctl_sse *s, const char *bytes, size_t n);

#endif
