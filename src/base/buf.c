/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 64 /* the first allocation; it doubles from there */

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_done(struct buf *b)
{
	free(b->bytes);
	buf_init(b, b->max);
}

size_t buf_room(const struct buf *b)
{
	return b->max - b->len;
}

static bool grow(struct buf *b, size_t need)
{
	size_t size = b->size ? b->size : BUF_FIRST;
	uint8_t *bytes;

	if (need <= b->size)
		return true;
	while (size < need)
		size = size > b->max / 2 ? b->max : size * 2;
	bytes = realloc(b->bytes, size);
	if (!bytes)
		return false;
	b->bytes = bytes;
	b->size = size;
	return true;
}

bool buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (n > buf_room(b))
		return false;
	if (n == 0)
		return true;
	if (!grow(b, b->len + n))
		return false;
	memcpy(b->bytes + b->len, bytes, n);
	b->len += n;
	return true;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->bytes, b->bytes + n, b->len - n);
	b->len -= n;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
}
