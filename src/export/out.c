/* SPDX-License-Identifier: MIT */
#include "export/out.h"

#include <assert.h>
#include <string.h>

void out_init(struct out *o, char *buf, size_t size, out_sink *sink, void *ctx)
{
	assert(size >= OUT_SIZE_MIN);
	*o = (struct out){.buf = buf, .size = size, .sink = sink, .ctx = ctx};
}

int out_flush(struct out *o)
{
	if (o->sink && o->len > 0) {
		if (!o->failed && o->sink(o->ctx, o->buf, o->len) < 0)
			o->failed = true;
		o->len = 0;
	}
	return o->failed ? -1 : 0;
}

char *out_room(struct out *o, size_t n)
{
	assert(n <= OUT_SIZE_MIN);
	if (o->size - o->len < n) {
		if (!o->sink) {
			o->failed = true;
			o->len = 0;
		}
		out_flush(o);
	}
	return o->buf + o->len;
}

void out_took(struct out *o, const char *end)
{
	o->len = (size_t)(end - o->buf);
}

void out_bytes(struct out *o, const char *bytes, size_t n)
{
	while (n > 0) {
		size_t piece = n < OUT_SIZE_MIN ? n : OUT_SIZE_MIN;
		char *p = out_room(o, piece);

		memcpy(p, bytes, piece);
		out_took(o, p + piece);
		bytes += piece;
		n -= piece;
	}
}

void out_text(struct out *o, const char *text)
{
	out_bytes(o, text, strlen(text));
}
