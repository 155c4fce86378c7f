/* SPDX-License-Identifier: MIT */
#include "base/error_row.h"

const struct error_row *error_row_find(const struct error_row *rows, size_t n, int error)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].number == error)
			return &rows[i];
	}
	return NULL;
}
