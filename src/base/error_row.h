/* SPDX-License-Identifier: MIT */
/* Errors of a layer above the library: its map makes rows, and what is not among them is the layer's below. */
#ifndef BASE_ERROR_ROW_H
#define BASE_ERROR_ROW_H

#include <stddef.h>

struct error_row {
	int number; /* < 0 */
	const char *name, *text; /* "STORE_E_FULL", "the store is full" */
};

/* NULL: it is not one of these. */
const struct error_row *error_row_find(const struct error_row *rows, size_t n, int error);

#endif
