/* SPDX-License-Identifier: MIT */
#include <meterbus/error.h>

#include <stddef.h>

struct error_row {
	int number;
	const char *name;
	const char *text;
};

static const struct error_row error_rows[] = {
#define MB_X(number, name, text, meaning) {(number), (text), (meaning)},
	MB_ERROR_MAP(MB_X)
#undef MB_X
};

static const struct error_row error_ok = {0, "ok", "no error"};
static const struct error_row error_unknown = {0, "unknown error", "an error without a name"};

static const struct error_row *error_find(int error)
{
	if (error >= 0)
		return &error_ok;
	for (size_t i = 0; i < sizeof(error_rows) / sizeof(error_rows[0]); i++)
		if (error_rows[i].number == error)
			return &error_rows[i];
	return &error_unknown;
}

const char *mb_error_name(int error)
{
	return error_find(error)->name;
}

const char *mb_error_text(int error)
{
	return error_find(error)->text;
}
