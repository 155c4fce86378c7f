/* SPDX-License-Identifier: MIT */
#include "meterbus/exit.h"

#include <meterbus/error.h>

#include <stddef.h>

/* clang-format off */
static const struct {
	int error;
	int code;
} rows[] = {
	{MB_E_SILENCE,        EXIT_SILENT},
	{MB_E_NOT_SELECTED,   EXIT_SILENT},
	{MB_E_NACK,           EXIT_REFUSED},
	{MB_E_APPLICATION,    EXIT_REFUSED},
	{MB_E_NOT_VERIFIED,   EXIT_REFUSED},
	{MB_E_IN_USE,         EXIT_REFUSED},
	{MB_E_BAUD_UNCHANGED, EXIT_REFUSED},
	{MB_E_BAUD_LOST,      EXIT_REFUSED},
	{MB_E_ENCRYPTED,      EXIT_KEY},
	{MB_E_WRONG_KEY,      EXIT_KEY},
	{MB_E_BAD_MAC,        EXIT_KEY},
	{MB_E_SECURITY_MODE,  EXIT_KEY},
	{MB_E_STREAM,         EXIT_PORT},
	{MB_E_CANCELLED,      EXIT_INTERRUPTED},
	{MB_E_INVALID,        EXIT_USAGE},
};
/* clang-format on */

int exit_of_error(int error)
{
	if (error >= 0)
		return EXIT_OK;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error)
			return rows[i].code;
	return EXIT_TELEGRAM;
}

int exit_merge(int a, int b)
{
	return a == b ? a : EXIT_SOME;
}
