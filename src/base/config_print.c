/* SPDX-License-Identifier: MIT */
#include "base/config.h"

#include <ctype.h>
#include <string.h>

#define COLUMNS 92

/* Whole words, each line with `lead` in front. */
static void put_words(FILE *f, const char *lead, const char *text)
{
	size_t column = 0, n;

	for (; *text; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (column > 0 && column + 1 + n > COLUMNS) {
			fputc('\n', f);
			column = 0;
		}
		fprintf(f, "%s%.*s", column ? " " : lead, (int)n, text);
		column += n + 1;
	}
	fputc('\n', f);
}

static void describe(const struct config_key *key, char *ret_text, size_t max)
{
	char allowed[CONFIG_SENTENCE_MAX];

	config_allowed(key, allowed, sizeof(allowed));
	snprintf(ret_text, max, "%c%s.%s%s%s", toupper((unsigned char)allowed[0]), allowed + 1,
		key->required ? " Required." : "",
		key->fallback   ? ""
		: key->required ? ""
				: " Unset by default.",
		key->reload ? "" : " Needs a restart.");
}

void config_print_sample(const struct config_schema *schema, FILE *f)
{
	char text[CONFIG_SENTENCE_MAX + 64];
	const struct config_section *s;

	for (size_t i = 0; i < schema->n_sections; i++) {
		s = &schema->sections[i];
		if (i > 0)
			fputc('\n', f);
		put_words(f, "# ", s->help);
		fprintf(f, "%s[%s%s%s]\n", s->label ? "#" : "", s->name, s->label ? " " : "",
			s->label ? s->label : "");
		for (size_t k = 0; k < s->n_keys; k++) {
			fputc('\n', f);
			put_words(f, "# ", s->keys[k].help);
			describe(&s->keys[k], text, sizeof(text));
			put_words(f, "# ", text);
			fprintf(f, "#%s =%s%s\n", s->keys[k].name, s->keys[k].fallback ? " " : "",
				s->keys[k].fallback ? s->keys[k].fallback : "");
		}
	}
}

/* A leading dot or quote and any backslash would be commands, a plain minus becomes a hyphen. */
static void put_mdoc(FILE *f, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", f);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", f);
		else if (*text == '-')
			fputs("\\-", f);
		else if (text[0] == '.' && text[1] == ' ')
			fputs(".\n", f), text++; /* a sentence begins a line */
		else
			fputc(*text, f);
	}
	fputc('\n', f);
}

static void key_mdoc(const struct config_key *key, FILE *f)
{
	char text[CONFIG_SENTENCE_MAX + 64];

	fprintf(f, ".It Ic %s", key->name);
	if (key->fallback) {
		fputs(" No = ", f);
		put_mdoc(f, key->fallback);
	} else {
		fputc('\n', f);
	}
	put_mdoc(f, key->help);
	describe(key, text, sizeof(text));
	put_mdoc(f, text);
}

void config_print_mdoc(const struct config_schema *schema, FILE *f)
{
	const struct config_section *s;

	for (size_t i = 0; i < schema->n_sections; i++) {
		s = &schema->sections[i];
		fprintf(f, ".Ss [%s%s%s]\n", s->name, s->label ? " " : "",
			s->label ? s->label : "");
		put_mdoc(f, s->help);
		fputs(".Bl -tag -width Ds\n", f);
		for (size_t k = 0; k < s->n_keys; k++)
			key_mdoc(&s->keys[k], f);
		fputs(".El\n", f);
	}
}
