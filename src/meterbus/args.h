/* SPDX-License-Identifier: MIT */
/* The command line of one verb, read by its table of options. */
#ifndef METERBUS_TOOL_ARGS_H
#define METERBUS_TOOL_ARGS_H

#include "meterbus/verb.h"

#include <stdbool.h>
#include <stdint.h>

#define ARGS_OPTIONS_MAX 40 /* rows of one verb's table */

struct args {
	const struct verb *verb;
	char **operands;
	unsigned operand_count;
	bool help; /* -h or --help was given */
	char *values[ARGS_OPTIONS_MAX]; /* last value given, NULL none */
	unsigned counts[ARGS_OPTIONS_MAX]; /* how often given */
};

/*
 * Reads argv behind the verb; options may stand anywhere, "--" ends them, -f json, -fjson,
 * --format json and --format=json are the same. Reorders argv: operands first. Returns EXIT_OK, or
 * EXIT_USAGE after saying why, with the nearest known name.
 */
int args_parse(struct args *ret_args, const struct verb *verb, int argc, char **argv);

/* Where the first word is that is no option of the verb's and no argument of one; argc: there is none. */
int args_first_operand(const struct verb *verb, int argc, char **argv);

/* Name must be in the table (a programming error else). */
bool args_has(const struct args *args, const char *name);
/* The value, or NULL when not given. */
const char *args_value(const struct args *args, const char *name);
/* A number min..max into *number, which stays when the option is not given. EXIT_OK or EXIT_USAGE. */
int args_number(
	const struct args *args, const char *name, uint64_t min, uint64_t max, uint64_t *number);
/* Overwrites a secret value in argv, so that ps(1) does not show it. Read it before. */
void args_wipe(const struct args *args, const char *name);

#endif
