/* SPDX-License-Identifier: MIT */
#ifndef STORE_READER_IMPL_H
#define STORE_READER_IMPL_H

#include "store/store_impl.h"

struct store_reader {
	struct store *store;
	struct sql sql;
};

/* Several statements that see the same state. */
int reader_begin(struct store_reader *r);
void reader_end(struct store_reader *r);

#endif
