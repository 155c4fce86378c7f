/* SPDX-License-Identifier: MIT */
#include "collect/collect_error.h"

#include "base/error_row.h"

#include <stdbool.h>

static const struct error_row errors[] = {
#define MB_X(number, name, text, meaning) {number, text, meaning},
	COLLECT_ERROR_MAP(MB_X)
#undef MB_X
};

static const struct error_row *find(int error)
{
	return error_row_find(errors, sizeof(errors) / sizeof(errors[0]), error);
}

static bool is_of_port(int error)
{
	return error <= -300 && error > -400;
}

const char *collect_error_name(int error)
{
	const struct error_row *row = find(error);

	if (row)
		return row->name;
	return is_of_port(error) ? port_error_name(error) : store_error_name(error);
}

const char *collect_error_text(int error)
{
	const struct error_row *row = find(error);

	if (row)
		return row->text;
	return is_of_port(error) ? port_error_text(error) : store_error_text(error);
}
