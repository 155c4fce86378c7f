/* SPDX-License-Identifier: MIT */
#include "collect/collect_error.h"

#include <stdbool.h>
#include <stddef.h>

static const struct row {
	int error;
	const char *name, *text;
} rows[] = {
#define MB_X(number, name, text, meaning) {number, text, meaning},
	COLLECT_ERROR_MAP(MB_X)
#undef MB_X
};

static const struct row *find(int error)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].error == error)
			return &rows[i];
	}
	return NULL;
}

static bool is_of_port(int error)
{
	return error <= -300 && error > -400;
}

const char *collect_error_name(int error)
{
	const struct row *row = find(error);

	if (row)
		return row->name;
	return is_of_port(error) ? port_error_name(error) : store_error_name(error);
}

const char *collect_error_text(int error)
{
	const struct row *row = find(error);

	if (row)
		return row->text;
	return is_of_port(error) ? port_error_text(error) : store_error_text(error);
}
