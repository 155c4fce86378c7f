/* SPDX-License-Identifier: MIT */
/* The last chain of every account, by heart, so that a new one can name the one before. */
#ifndef STORE_HEADS_H
#define STORE_HEADS_H

#include <stddef.h>
#include <stdint.h>

struct heads_undo {
	uint32_t account;
	uint64_t seq;
};

struct heads {
	uint64_t *seq; /* by account; 0: none */
	size_t size;
	struct heads_undo *undo; /* since the last heads_keep() */
	size_t undo_count, undo_size;
};

void heads_done(struct heads *h);
uint64_t heads_get(const struct heads *h, uint32_t account);
int heads_set(struct heads *h, uint32_t account, uint64_t seq); /* 0 or STORE_E_MEMORY */
void heads_keep(struct heads *h);
void heads_undo(struct heads *h);

#endif
