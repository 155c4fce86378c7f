/* SPDX-License-Identifier: MIT */
/* Exit codes of the tool, and how an error of the library becomes one. */
#ifndef METERBUS_TOOL_EXIT_H
#define METERBUS_TOOL_EXIT_H

/* X(code, NAME, "when") in the order of the man page. */
#define EXIT_MAP(X) \
	X(0, OK, "all that was asked was done") \
	X(1, SOME, "some of what was asked failed (some meters, some telegrams)") \
	X(2, USAGE, "the command line or a file named there is wrong") \
	X(3, PORT, "the port or connection could not be opened, or failed") \
	X(4, SILENT, "nobody answered") \
	X(5, TELEGRAM, "what was heard or read is no good telegram") \
	X(6, REFUSED, "the device or the daemon refused, or did not take what was written") \
	X(7, KEY, "encrypted, and the key is missing or wrong") \
	X(8, OUTPUT, "the output could not be written") \
	X(130, INTERRUPTED, "stopped by a signal")

enum exit_code {
#define EXIT_X(code, name, when) EXIT_##name = (code),
	EXIT_MAP(EXIT_X)
#undef EXIT_X
};

/* The code for an error of the library (MB_E_*); EXIT_OK for >= 0. */
int exit_of_error(int error);
/* The code of two results together: equal ones stay, different ones are EXIT_SOME. */
int exit_merge(int a, int b);

#endif
