/* SPDX-License-Identifier: MIT */
#include "meterbus/verb.h"

#include <stdio.h>
#include <string.h>

#define COLUMN 26 /* where the help of an option begins */

const struct verb *verb_find(const char *name)
{
	for (const struct verb *const *v = verbs; *v; v++)
		if (strcmp((*v)->name, name) == 0)
			return *v;
	return NULL;
}

static void option_help(const struct option_row *row)
{
	char left[80];

	snprintf(left, sizeof(left), "  %c%c%s--%s%s%s", row->letter ? '-' : ' ',
		row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
		row->arg ? " " : "", row->arg ? row->arg : "");
	if (strlen(left) < COLUMN)
		printf("%-*s%s\n", COLUMN, left, row->help);
	else
		printf("%s\n%*s%s\n", left, COLUMN, "", row->help);
	if (row->choices)
		printf("%*s(%s)\n", COLUMN, "", row->choices);
}

static void examples_help(const char *examples)
{
	fputs("\nexamples:\n", stdout);
	while (*examples) {
		int len = (int)strcspn(examples, "\n");

		printf("  %.*s\n", len, examples);
		examples += len + (examples[len] != 0);
	}
}

void verb_help(const struct verb *verb)
{
	static const struct option_row help = {"help", 'h', ARG_TEXT, NULL, "show this", NULL};

	printf("usage: meterbus %s [OPTION...] %s\n\n%s.\n", verb->name, verb->operands,
		verb->help);
	if (verb->details)
		printf("\n%s", verb->details);
	fputs("\noptions:\n", stdout);
	for (const struct option_row *row = verb->options; row && row->name; row++)
		option_help(row);
	option_help(&help);
	if (verb->examples)
		examples_help(verb->examples);
}
