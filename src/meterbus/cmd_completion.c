/* SPDX-License-Identifier: MIT */
/* Completion scripts, printed from the tables of the verbs. */
#include "meterbus/args.h"
#include "meterbus/exit.h"
#include "meterbus/mdoc.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <stdio.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static void verb_names(const struct verb *const *table)
{
	for (const struct verb *const *v = table; *v; v++)
		printf("%s%s", v == table ? "" : " ", verb_word(*v));
}

/* All verbs, those of groups behind their group. */
static void each_verb(void (*fn)(const struct verb *verb))
{
	for (const struct verb *const *v = verbs; *v; v++) {
		fn(*v);
		for (const struct verb *const *of = (*v)->verbs; of && *of; of++)
			fn(*of);
	}
}

static void option_names(const struct verb *verb)
{
	const struct option_row *row;

	for (unsigned i = 0; (row = verb_option(verb, i)) != NULL; i++)
		printf("--%s ", row->name);
	fputs("--help", stdout);
}

/* In single quotes for a shell. */
static void quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	putchar('\'');
}

static void bash_choices(const struct verb *verb)
{
	const struct option_row *row;

	for (unsigned i = 0; (row = verb_option(verb, i)) != NULL; i++) {
		if (!row->choices)
			continue;
		printf("\t'%s:--%s'", verb->name, row->name);
		if (row->letter)
			printf("|'%s:-%c'", verb->name, row->letter);
		printf(")\n\t\tmapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\")\n\t\treturn "
		       ";;\n",
			row->choices);
	}
}

static void bash_options(const struct verb *verb)
{
	printf("\t'%s') options='", verb->name);
	option_names(verb);
	fputs("' ;;\n", stdout);
}

/* The second word of a group. */
static void bash_groups(void)
{
	for (const struct verb *const *v = verbs; *v; v++) {
		if (!(*v)->verbs)
			continue;
		printf("\tif [ \"$verb\" = %s ]; then\n"
		       "\t\tif [ \"$COMP_CWORD\" -eq 2 ]; then\n"
		       "\t\t\tmapfile -t COMPREPLY < <(compgen -W '",
			(*v)->name);
		verb_names((*v)->verbs);
		fputs(" help' -- \"$word\")\n\t\t\treturn\n\t\tfi\n"
		      "\t\tverb+=\" ${COMP_WORDS[2]}\"\n\tfi\n",
			stdout);
	}
}

static void bash(void)
{
	fputs("# bash completion of meterbus; made by: meterbus completion bash\n"
	      "_meterbus() {\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal verb=${COMP_WORDS[1]} options=\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
		stdout);
	verb_names(verbs);
	fputs(" help' -- \"$word\")\n\t\treturn\n\tfi\n", stdout);
	bash_groups();
	fputs("\tcase $verb:$before in\n", stdout);
	each_verb(bash_choices);
	fputs("\tesac\n\tcase $verb in\n", stdout);
	each_verb(bash_options);
	fputs("\tesac\n"
	      "\tif [[ $word == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
	      "\telse\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -o filenames -F _meterbus meterbus\n",
		stdout);
}

/* Text inside an _arguments specification: no brackets, colons escaped. */
static void zsh_text(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr(":[]\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void zsh_option(const struct option_row *row)
{
	printf(" \\\n\t\t'*--%s%s[", row->name, row->arg ? "=" : "");
	zsh_text(row->help);
	putchar(']');
	if (row->arg) {
		putchar(':');
		zsh_text(row->arg);
		if (row->choices)
			printf(":(%s)", row->choices);
		else
			fputs(row->kind == ARG_FILE ? ":_files" : ": ", stdout);
	}
	putchar('\'');
}

static void zsh_list(const struct verb *const *table)
{
	fputs("\tverbs=(\n", stdout);
	for (const struct verb *const *v = table; *v; v++) {
		printf("\t\t'%s:", verb_word(*v));
		zsh_text((*v)->help);
		fputs("'\n", stdout);
	}
	fputs("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe verb verbs\n\t\treturn\n\tfi\n",
		stdout);
}

static void zsh_arguments(const struct verb *verb)
{
	const struct option_row *row;

	printf("\t'%s') _arguments", verb->name);
	for (unsigned i = 0; (row = verb_option(verb, i)) != NULL; i++)
		zsh_option(row);
	fputs(" \\\n\t\t'--help[show this]' '*:file:_files' ;;\n", stdout);
}

static void zsh(void)
{
	fputs("#compdef meterbus\n# made by: meterbus completion zsh\n"
	      "_meterbus() {\n\tlocal -a verbs\n",
		stdout);
	zsh_list(verbs);
	fputs("\tlocal verb=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n", stdout);
	for (const struct verb *const *v = verbs; *v; v++) {
		if (!(*v)->verbs)
			continue;
		printf("\tif [[ $verb == %s ]]; then\n", (*v)->name);
		zsh_list((*v)->verbs);
		fputs("\tverb+=\" $words[2]\"\n\tshift words\n\t(( CURRENT-- ))\n\tfi\n", stdout);
	}
	fputs("\tcase $verb in\n", stdout);
	each_verb(zsh_arguments);
	fputs("\tesac\n}\n_meterbus \"$@\"\n", stdout);
}

static void fish_option(const struct verb *verb, const struct option_row *row)
{
	fputs("complete -c meterbus -n '__fish_seen_subcommand_from ", stdout);
	if (verb_word(verb) != verb->name)
		printf("%.*s; and __fish_seen_subcommand_from %s'", (int)strcspn(verb->name, " "),
			verb->name, verb_word(verb));
	else
		printf("%s'", verb->name);
	printf(" -l %s", row->name);
	if (row->letter)
		printf(" -s %c", row->letter);
	if (row->arg)
		fputs(row->kind == ARG_FILE ? " -rF" : " -x", stdout);
	if (row->choices)
		printf(" -a '%s'", row->choices);
	fputs(" -d ", stdout);
	quoted(row->help);
	putchar('\n');
}

static void fish_options(const struct verb *verb)
{
	for (const struct option_row *row = verb->options; row && row->name; row++)
		fish_option(verb, row);
}

static void fish_verb(const struct verb *verb)
{
	if (verb_word(verb) != verb->name)
		printf("complete -c meterbus -n '__fish_seen_subcommand_from %.*s' -f -a %s -d ",
			(int)strcspn(verb->name, " "), verb->name, verb_word(verb));
	else
		printf("complete -c meterbus -n __fish_use_subcommand -f -a %s -d ", verb->name);
	quoted(verb->help);
	putchar('\n');
}

static void fish(void)
{
	fputs("# fish completion of meterbus; made by: meterbus completion fish\n", stdout);
	each_verb(fish_verb);
	each_verb(fish_options);
}

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}, {"mdoc", mdoc}};

static int run(const struct args *args)
{
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (strcmp(args->operands[0], shells[i].name) == 0) {
			shells[i].print();
			return EXIT_OK;
		}
	}
	talk_error("completion: %s must be bash, zsh, fish or mdoc", args->operands[0]);
	return EXIT_USAGE;
}

const struct verb verb_completion = {
	.name = "completion",
	.operands = "bash|zsh|fish|mdoc",
	.help = "print a completion script for a shell (mdoc: the verbs for the man page)",
	.examples =
		"meterbus completion bash > ~/.local/share/bash-completion/completions/meterbus\n",
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
