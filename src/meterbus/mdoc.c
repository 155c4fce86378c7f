/* SPDX-License-Identifier: MIT */
#include "meterbus/mdoc.h"

#include "meterbus/verbs.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A leading dot or quote and any backslash would be commands, a plain minus becomes a hyphen. */
static void put_text(const char *text, size_t n)
{
	if (n > 0 && (*text == '.' || *text == '\''))
		fputs("\\&", stdout);
	for (; n > 0; n--, text++)
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
}

static void put_examples(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		fputs(".Dl ", stdout);
		put_text(text, n);
		putchar('\n');
		text += n + (text[n] != '\0');
	}
}

/* Running text: each sentence begins a line, so that its space is right. */
static void put_details(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		const char *stop = strstr(text, ". ");

		if (stop && stop < text + n)
			n = (size_t)(stop + 1 - text);
		put_text(text, n);
		putchar('\n');
		text += n + (text[n] != '\0');
	}
}

static void put_sentence(const char *text)
{
	putchar(toupper((unsigned char)*text));
	put_text(text + 1, strlen(text + 1));
	puts(".");
}

static void put_option(const struct option_row *row)
{
	fputs(".It ", stdout);
	if (row->letter)
		printf("Fl %c , ", row->letter);
	fputs("Fl \\-", stdout);
	put_text(row->name, strlen(row->name));
	if (row->arg)
		printf(" Ar %s", row->arg);
	putchar('\n');
	put_sentence(row->help);
	if (row->choices) {
		fputs("One of: ", stdout);
		put_text(row->choices, strlen(row->choices));
		puts(".");
	}
}

static void put_verb(const struct verb *verb)
{
	printf(".Ss %s\n.Nm Cm ", verb->name);
	put_text(verb->name, strlen(verb->name));
	fputs(" Oo Ar option ... Oc", stdout);
	if (*verb->operands) {
		fputs(" Ar ", stdout);
		put_text(verb->operands, strlen(verb->operands));
	}
	puts("\n.Pp");
	put_sentence(verb->help);
	if (verb->details)
		put_details(verb->details);
	if (verb->options && verb->options->name) {
		puts(".Bl -tag -width Ds");
		for (const struct option_row *row = verb->options; row->name; row++)
			put_option(row);
		puts(".El");
	}
	if (verb->examples) {
		puts(".Pp\nExamples:\n.Pp");
		put_examples(verb->examples);
	}
}

void mdoc(void)
{
	for (const struct verb *const *v = verbs; *v; v++) {
		put_verb(*v);
		for (const struct verb *const *of = (*v)->verbs; of && *of; of++)
			put_verb(*of);
	}
}
