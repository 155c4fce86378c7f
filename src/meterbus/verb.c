/* SPDX-License-Identifier: MIT */
#include "meterbus/verb.h"

#include <stdio.h>
#include <string.h>

#define COLUMN 26 /* where the help of an option begins */

const struct option_row *verb_option(const struct verb *verb, unsigned i)
{
	const struct option_row *tables[] = {verb->options, verb->more};

	for (unsigned t = 0; t < 2; t++)
		for (const struct option_row *row = tables[t]; row && row->name; row++)
			if (i-- == 0)
				return row;
	return NULL;
}

const char *verb_word(const struct verb *verb)
{
	const char *blank = strchr(verb->name, ' ');

	return blank ? blank + 1 : verb->name;
}

const struct verb *verb_find(const struct verb *const *table, const char *word)
{
	for (; *table; table++)
		if (strcmp(verb_word(*table), word) == 0)
			return *table;
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

static void group_help(const struct verb *group)
{
	putchar('\n');
	for (const struct verb *const *v = group->verbs; *v; v++)
		printf("  %-12s %s\n", verb_word(*v), (*v)->help);
}

void verb_help(const struct verb *verb)
{
	static const struct option_row help = {"help", 'h', ARG_TEXT, NULL, "show this", NULL};

	printf("usage: meterbus %s [OPTION...] %s\n\n%s.\n", verb->name, verb->operands,
		verb->help);
	if (verb->details)
		printf("\n%s", verb->details);
	if (verb->verbs)
		group_help(verb);
	fputs("\noptions:\n", stdout);
	for (const struct option_row *row = verb->options; row && row->name; row++)
		option_help(row);
	option_help(&help);
	if (verb->more)
		printf("and those of meterbus %.*s --help\n", (int)strcspn(verb->name, " "),
			verb->name);
	if (verb->examples)
		examples_help(verb->examples);
}
