/* SPDX-License-Identifier: MIT */
/*
 * A verb of the tool. Its help, its completion and its part of the man page come from this row and
 * from nowhere else. One file a verb: cmd_NAME.c holds `const struct verb verb_NAME`.
 */
#ifndef METERBUS_TOOL_VERB_H
#define METERBUS_TOOL_VERB_H

#include <stdbool.h>
#include <stddef.h>

struct args; /* meterbus/args.h */

/* What an argument is, for the shell. */
enum arg_kind {
	ARG_TEXT,
	ARG_FILE,
	ARG_CHOICE, /* one of `choices` */
};

struct option_row {
	const char *name; /* long name without dashes; NULL ends the table */
	char letter; /* short name, 0 none */
	enum arg_kind kind;
	const char *arg; /* how help names its argument ("FILE"); NULL: a flag */
	const char *help; /* one line, no full stop */
	const char *choices; /* ARG_CHOICE: blanks between, or NULL */
};

struct verb {
	const char *name;
	const char *operands; /* "URL ADDRESS..." */
	const char *help; /* one line, no full stop */
	const char *details; /* more lines for --help, each ends with a newline; or NULL */
	const char *examples; /* lines "meterbus ...\n" */
	const struct option_row *options; /* ends with a row without name; may be NULL */
	const struct option_row *more; /* the same: of its group, which tells of them */
	unsigned operands_min, operands_max; /* checked before run() */
	int (*run)(const struct args *args); /* returns an enum exit_code */
	/* A group: "ctl" has "ctl status". Its options may stand before the second word, too. */
	const struct verb *const *verbs; /* ends with NULL; no group: NULL */
};

extern const struct verb *const verbs[]; /* ends with NULL */

/* By the last word of its name; NULL when there is none. */
const struct verb *verb_find(const struct verb *const *table, const char *word);
/* The options and then those of the group; NULL at the end. */
const struct option_row *verb_option(const struct verb *verb, unsigned i);
const char *verb_word(const struct verb *verb);
/* Prints help on stdout. */
void verb_help(const struct verb *verb);

#endif
