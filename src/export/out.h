/* SPDX-License-Identifier: MIT */
/*
 * Text on its way to a sink: a buffer of the caller and what to do when it is full. Writers take
 * room once for many small pieces and put them with the functions of put.h, which do not look.
 *
 *	char *p = out_room(o, RECORD_ROOM);
 *	p = PUT(p, "<Value>");
 *	p = put_u64(p, value);
 *	out_took(o, p);
 */
#ifndef EXPORT_OUT_H
#define EXPORT_OUT_H

#include <stdbool.h>
#include <stddef.h>

#define OUT_SIZE_MIN 16384 /* the buffer must have; also the most that out_room() gives */

/* Returns 0, or < 0: nothing more is written and out_flush() tells. */
typedef int out_sink(void *ctx, const char *bytes, size_t n);

struct out {
	char *buf;
	size_t size;
	size_t len;
	out_sink *sink; /* NULL: the text stays in the buffer, what does not fit is lost */
	void *ctx;
	bool failed;
};

void out_init(struct out *o, char *buf, size_t size, out_sink *sink, void *ctx);
/* Room for n <= OUT_SIZE_MIN characters; never NULL. */
char *out_room(struct out *o, size_t n);
/* Says how far the room was used. */
void out_took(struct out *o, const char *end);
/* Any number of characters. */
void out_bytes(struct out *o, const char *bytes, size_t n);
void out_text(struct out *o, const char *text);
/* Gives all to the sink. 0, or -1 when anything was lost. */
int out_flush(struct out *o);

#endif
