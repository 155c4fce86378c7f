/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"

#include "base/nearest.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row help_row = {"help", 'h', ARG_TEXT, NULL, "show this", NULL};

static int find_row(const struct verb *verb, const char *name, size_t len)
{
	const struct option_row *row;

	for (unsigned i = 0; (row = verb_option(verb, i)) != NULL; i++)
		if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return (int)i;
	return -1;
}

static int find_letter(const struct verb *verb, char letter)
{
	const struct option_row *row;

	for (unsigned i = 0; (row = verb_option(verb, i)) != NULL; i++)
		if (row->letter == letter)
			return (int)i;
	return -1;
}

static void complain_unknown(const struct verb *verb, const char *name)
{
	char names[1024] = "help";
	char nearest[NEAREST_MAX];
	const struct option_row *row;

	for (unsigned i = 0; (row = verb_option(verb, i)) != NULL; i++) {
		if (strlen(names) + strlen(row->name) + 2 > sizeof(names))
			break;
		strcat(names, " ");
		strcat(names, row->name);
	}
	if (nearest_name(name, names, nearest, sizeof(nearest)))
		talk_error(
			"%s: unknown option --%s; did you mean --%s?", verb->name, name, nearest);
	else
		talk_error("%s: unknown option --%s; see meterbus %s --help", verb->name, name,
			verb->name);
}

static bool is_choice(const char *value, const char *choices)
{
	size_t len = strlen(value);

	while (*choices) {
		size_t n = strcspn(choices, " ");

		if (n == len && memcmp(choices, value, n) == 0)
			return true;
		choices += n;
		choices += strspn(choices, " ");
	}
	return false;
}

static int set_value(struct args *args, int i, char *value)
{
	const struct option_row *row = verb_option(args->verb, (unsigned)i);
	char nearest[NEAREST_MAX];

	args->counts[i]++;
	args->values[i] = value;
	if (row->kind != ARG_CHOICE || is_choice(value, row->choices))
		return EXIT_OK;
	if (nearest_name(value, row->choices, nearest, sizeof(nearest)))
		talk_error("--%s %s: did you mean %s? (one of: %s)", row->name, value, nearest,
			row->choices);
	else
		talk_error("--%s %s: must be one of: %s", row->name, value, row->choices);
	return EXIT_USAGE;
}

/* What is left of argv while it is being read. */
struct reader {
	struct args *args;
	char **argv;
	int argc, next;
};

static int take_value(struct reader *r, int i, char *joined)
{
	const struct option_row *row = verb_option(r->args->verb, (unsigned)i);

	if (joined)
		return set_value(r->args, i, joined);
	if (r->next < r->argc)
		return set_value(r->args, i, r->argv[r->next++]);
	talk_error("--%s needs an argument: %s", row->name, row->arg);
	return EXIT_USAGE;
}

static int read_long(struct reader *r, char *text)
{
	const struct verb *verb = r->args->verb;
	size_t len = strcspn(text, "=");
	char *joined = text[len] ? text + len + 1 : NULL;
	int i = find_row(verb, text, len);

	if (i < 0 && len == strlen(help_row.name) && memcmp(text, help_row.name, len) == 0) {
		r->args->help = true;
		return EXIT_OK;
	}
	if (i < 0) {
		text[len] = 0;
		complain_unknown(verb, text);
		return EXIT_USAGE;
	}
	if (verb_option(verb, (unsigned)i)->arg)
		return take_value(r, i, joined);
	if (joined) {
		talk_error("--%s takes no argument", verb_option(verb, (unsigned)i)->name);
		return EXIT_USAGE;
	}
	r->args->counts[i]++;
	return EXIT_OK;
}

static int read_short(struct reader *r, char *letters)
{
	const struct verb *verb = r->args->verb;

	for (; *letters; letters++) {
		int i = find_letter(verb, *letters);

		if (i < 0 && *letters == help_row.letter) {
			r->args->help = true;
			continue;
		}
		if (i < 0) {
			talk_error("%s: unknown option -%c; see meterbus %s --help", verb->name,
				*letters, verb->name);
			return EXIT_USAGE;
		}
		if (verb_option(verb, (unsigned)i)->arg)
			return take_value(r, i, letters[1] ? letters + 1 : NULL);
		r->args->counts[i]++;
	}
	return EXIT_OK;
}

static int check_count(const struct args *args)
{
	const struct verb *verb = args->verb;

	if (args->help)
		return EXIT_OK;
	if (args->operand_count < verb->operands_min) {
		talk_error("usage: meterbus %s %s (see meterbus %s --help)", verb->name,
			verb->operands, verb->name);
		return EXIT_USAGE;
	}
	if (args->operand_count > verb->operands_max) {
		talk_error("%s: one argument too many: %s", verb->name,
			args->operands[verb->operands_max]);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

int args_parse(struct args *ret_args, const struct verb *verb, int argc, char **argv)
{
	struct reader r = {.args = ret_args, .argv = argv, .argc = argc};
	bool only_operands = false;
	int rc = EXIT_OK;

	*ret_args = (struct args){.verb = verb, .operands = argv};
	while (r.next < argc && rc == EXIT_OK) {
		char *arg = argv[r.next++];

		if (only_operands || arg[0] != '-' || !arg[1])
			argv[ret_args->operand_count++] = arg;
		else if (strcmp(arg, "--") == 0)
			only_operands = true;
		else if (arg[1] == '-')
			rc = read_long(&r, arg + 2);
		else
			rc = read_short(&r, arg + 1);
	}
	return rc == EXIT_OK ? check_count(ret_args) : rc;
}

/* Does this word take the next one as its argument? */
static bool takes_next(const struct verb *verb, const char *word)
{
	int i;

	if (word[1] == '-')
		i = strchr(word, '=') ? -1 : find_row(verb, word + 2, strlen(word + 2));
	else
		i = word[1] && !word[2] ? find_letter(verb, word[1]) : -1;
	return i >= 0 && verb_option(verb, (unsigned)i)->arg;
}

int args_first_operand(const struct verb *verb, int argc, char **argv)
{
	int i = 0;

	while (i < argc && argv[i][0] == '-')
		i += takes_next(verb, argv[i]) ? 2 : 1;
	return i < argc ? i : argc;
}

static int known_row(const struct args *args, const char *name)
{
	int i = find_row(args->verb, name, strlen(name));

	assert(i >= 0 && i < ARGS_OPTIONS_MAX);
	return i;
}

bool args_has(const struct args *args, const char *name)
{
	return args->counts[known_row(args, name)] > 0;
}

const char *args_value(const struct args *args, const char *name)
{
	return args->values[known_row(args, name)];
}

int args_number(
	const struct args *args, const char *name, uint64_t min, uint64_t max, uint64_t *number)
{
	const char *text = args_value(args, name);
	unsigned long long value;
	char *end;

	if (!text)
		return EXIT_OK;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno || value < min || value > max) {
		talk_error("--%s %s: must be a number from %llu to %llu", name, text,
			(unsigned long long)min, (unsigned long long)max);
		return EXIT_USAGE;
	}
	*number = value;
	return EXIT_OK;
}

void args_wipe(const struct args *args, const char *name)
{
	char *value = args->values[known_row(args, name)];

	if (value)
		memset(value, '*', strlen(value));
}
