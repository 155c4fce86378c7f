/* SPDX-License-Identifier: MIT */
/* Bytes that grow, up to a maximum that must be given. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *bytes; /* NULL while empty and never used */
	size_t len;
	size_t size; /* allocated */
	size_t max;
};

void buf_init(struct buf *b, size_t max); /* max > 0 */
void buf_done(struct buf *b); /* frees; the buffer may be used again */

/* Appends all or nothing. False: the maximum would be passed, or no memory. */
bool buf_add(struct buf *b, const void *bytes, size_t n);
/* Drops n bytes at the front (at most all). */
void buf_drop(struct buf *b, size_t n);
void buf_clear(struct buf *b);
size_t buf_room(const struct buf *b); /* how much buf_add() would still take */

#endif
