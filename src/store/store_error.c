/* SPDX-License-Identifier: MIT */
#include "store/store_error.h"

#include <stddef.h>

struct error_row {
	int number;
	const char *name, *text;
};

static const struct error_row errors[] = {
#define STORE_X(number, name, text, meaning) {(number), (text), (meaning)},
	STORE_ERROR_MAP(STORE_X)
#undef STORE_X
};

static const struct error_row *find(int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == error)
			return &errors[i];
	return NULL;
}

const char *store_error_name(int error)
{
	const struct error_row *row = find(error);

	return row ? row->name : mb_error_name(error);
}

const char *store_error_text(int error)
{
	const struct error_row *row = find(error);

	return row ? row->text : mb_error_text(error);
}
