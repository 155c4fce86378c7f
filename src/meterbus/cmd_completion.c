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

static void verb_names(void)
{
	for (const struct verb *const *v = verbs; *v; v++)
		printf("%s%s", v == verbs ? "" : " ", (*v)->name);
}

static void option_names(const struct verb *verb)
{
	for (const struct option_row *row = verb->options; row && row->name; row++)
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
	for (const struct option_row *row = verb->options; row && row->name; row++) {
		if (!row->choices)
			continue;
		printf("\t%s:--%s", verb->name, row->name);
		if (row->letter)
			printf("|%s:-%c", verb->name, row->letter);
		printf(")\n\t\tmapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\")\n\t\treturn "
		       ";;\n",
			row->choices);
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
	verb_names();
	fputs(" help' -- \"$word\")\n\t\treturn\n\tfi\n\tcase $verb:$before in\n", stdout);
	for (const struct verb *const *v = verbs; *v; v++)
		bash_choices(*v);
	fputs("\tesac\n\tcase $verb in\n", stdout);
	for (const struct verb *const *v = verbs; *v; v++) {
		printf("\t%s) options='", (*v)->name);
		option_names(*v);
		fputs("' ;;\n", stdout);
	}
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

static void zsh(void)
{
	fputs("#compdef meterbus\n# made by: meterbus completion zsh\n"
	      "_meterbus() {\n\tlocal -a verbs\n\tverbs=(\n",
		stdout);
	for (const struct verb *const *v = verbs; *v; v++) {
		printf("\t\t'%s:", (*v)->name);
		zsh_text((*v)->help);
		fputs("'\n", stdout);
	}
	fputs("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe verb verbs\n\t\treturn\n\tfi\n"
	      "\tlocal verb=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n\tcase $verb in\n",
		stdout);
	for (const struct verb *const *v = verbs; *v; v++) {
		printf("\t%s) _arguments", (*v)->name);
		for (const struct option_row *row = (*v)->options; row && row->name; row++)
			zsh_option(row);
		fputs(" \\\n\t\t'--help[show this]' '*:file:_files' ;;\n", stdout);
	}
	fputs("\tesac\n}\n_meterbus \"$@\"\n", stdout);
}

static void fish_option(const struct verb *verb, const struct option_row *row)
{
	printf("complete -c meterbus -n '__fish_seen_subcommand_from %s' -l %s", verb->name,
		row->name);
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

static void fish(void)
{
	fputs("# fish completion of meterbus; made by: meterbus completion fish\n", stdout);
	for (const struct verb *const *v = verbs; *v; v++) {
		printf("complete -c meterbus -n __fish_use_subcommand -f -a %s -d ", (*v)->name);
		quoted((*v)->help);
		putchar('\n');
	}
	for (const struct verb *const *v = verbs; *v; v++)
		for (const struct option_row *row = (*v)->options; row && row->name; row++)
			fish_option(*v, row);
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
