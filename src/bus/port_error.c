/* SPDX-License-Identifier: MIT */
#include "bus/port_error.h"

#include <stddef.h>

static const struct {
	int number;
	const char *name, *text;
} errors[] = {
#define MB_X(number, name, text, meaning) {number, text, meaning},
	PORT_ERROR_MAP(MB_X)
#undef MB_X
};

#define ERRORS (sizeof(errors) / sizeof(errors[0]))

const char *port_error_name(int error)
{
	for (size_t i = 0; i < ERRORS; i++)
		if (errors[i].number == error)
			return errors[i].name;
	return mb_error_name(error);
}

const char *port_error_text(int error)
{
	for (size_t i = 0; i < ERRORS; i++)
		if (errors[i].number == error)
			return errors[i].text;
	return mb_error_text(error);
}
