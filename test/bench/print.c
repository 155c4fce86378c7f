/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>

bool bench_json;

void bench_print(const char *name, double value, const char *unit)
{
	if (bench_json)
		printf("{\"name\":\"%s\",\"value\":%.10g,\"unit\":\"%s\"}\n", name, value, unit);
	else
		printf("%-40s %12.10g %s\n", name, value, unit);
	fflush(stdout);
}
