/* SPDX-License-Identifier: MIT */
#include "store/heads.h"

#include "store/store_error.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 64

void heads_done(struct heads *h)
{
	free(h->seq);
	free(h->undo);
	memset(h, 0, sizeof(*h));
}

/* NULL: no memory, and all is as it was. */
static void *grow(void *array, size_t *size, size_t wanted, size_t row)
{
	size_t n = *size ? *size : SIZE_FIRST;
	void *grown;

	while (n < wanted)
		n *= 2;
	grown = realloc(array, n * row);
	if (grown) {
		memset((char *)grown + *size * row, 0, (n - *size) * row);
		*size = n;
	}
	return grown;
}

uint64_t heads_get(const struct heads *h, uint32_t account)
{
	return account < h->size ? h->seq[account] : 0;
}

int heads_set(struct heads *h, uint32_t account, uint64_t seq)
{
	if (account >= h->size) {
		void *grown = grow(h->seq, &h->size, (size_t)account + 1, sizeof(*h->seq));

		if (!grown)
			return STORE_E_MEMORY;
		h->seq = grown;
	}
	if (h->undo_count == h->undo_size) {
		void *grown = grow(h->undo, &h->undo_size, h->undo_count + 1, sizeof(*h->undo));

		if (!grown)
			return STORE_E_MEMORY;
		h->undo = grown;
	}
	h->undo[h->undo_count++] = (struct heads_undo){account, h->seq[account]};
	h->seq[account] = seq;
	return 0;
}

void heads_keep(struct heads *h)
{
	h->undo_count = 0;
}

void heads_undo(struct heads *h)
{
	while (h->undo_count > 0) {
		const struct heads_undo *undo = &h->undo[--h->undo_count];

		h->seq[undo->account] = undo->seq;
	}
}
