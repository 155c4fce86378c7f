/* SPDX-License-Identifier: MIT */
/* Answers to the standard output in the format that the user wants. */
#ifndef METERBUS_TOOL_PRINT_H
#define METERBUS_TOOL_PRINT_H

#include "export/format.h"
#include "meterbus/args.h"

struct print;

/* Rows that a verb has for its output. */
#define PRINT_OPTIONS \
	{"format", 'f', ARG_CHOICE, "FORMAT", "how to print", FORMAT_NAMES}, \
		{"json", 0, ARG_TEXT, NULL, "the same as --format json", NULL}, \
		{"separator", 0, ARG_CHOICE, "CHAR", "between the columns of csv", \
			", ; comma semicolon"}, \
		{"profile", 'p', ARG_FILE, "FILE", "names for records and makers' data", NULL}, \
	{ \
		"color", 0, ARG_CHOICE, "WHEN", "colours on a terminal", "auto always never" \
	}

/* By these options; `format` is the default. EXIT_OK, or another code after saying why. */
int print_open(struct print **ret_print, const struct args *args, const char *format);
const struct format *print_format(const struct print *p);
const struct profile *print_profile(const struct print *p); /* NULL when there is none */
/* More than one answer will come; before the first one. */
void print_many(struct print *p);
void print_answer(struct print *p, const struct answer *answer);
/* 0, or -1 when something could not be written. */
int print_flush(struct print *p);
/* Ends and frees; NULL is fine. 0 or -1. */
int print_close(struct print *p);

#endif
