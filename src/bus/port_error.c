/* SPDX-License-Identifier: MIT */
#include "bus/port_error.h"

#include "base/error_row.h"

static const struct error_row errors[] = {
#define MB_X(number, name, text, meaning) {number, text, meaning},
	PORT_ERROR_MAP(MB_X)
#undef MB_X
};

static const struct error_row *find(int error)
{
	return error_row_find(errors, sizeof(errors) / sizeof(errors[0]), error);
}

const char *port_error_name(int error)
{
	const struct error_row *row = find(error);

	return row ? row->name : mb_error_name(error);
}

const char *port_error_text(int error)
{
	const struct error_row *row = find(error);

	return row ? row->text : mb_error_text(error);
}
