/* SPDX-License-Identifier: MIT */
#include "meterbusd/options.h"

#include <stdio.h>

#define EXIT_USAGE 2

int main(int argc, char **argv)
{
	struct options options;

	if (options_parse(argc, argv, &options) < 0)
		return EXIT_USAGE;
	if (options.order == ORDER_VERSION) {
		puts("meterbusd " METERBUS_VERSION);
		return 0;
	}
	options_help();
	return 0;
}
