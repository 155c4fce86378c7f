/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"
#include "meterbus/args.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verb.h"
#include "meterbus/verbs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* In the order of the help: reading, finding, changing, watching, the rest. */
const struct verb *const verbs[] = {
	&verb_read,
	&verb_scan,
	&verb_ping,
	&verb_decode,
	&verb_set_address,
	&verb_set_id,
	&verb_set_baud,
	&verb_set_time,
	&verb_reset,
	&verb_select_app,
	&verb_sync,
	&verb_send,
	&verb_monitor,
	&verb_doctor,
	&verb_sim,
	&verb_at,
	&verb_ctl,
	&verb_completion,
	&verb_version,
	NULL,
};

static void help(FILE *f)
{
	fputs("meterbus reads and sets M-Bus meters (EN 13757).\n\n"
	      "usage: meterbus VERB [OPTION...] ...\n\n",
		f);
	for (const struct verb *const *v = verbs; *v; v++)
		fprintf(f, "  %-12s %s\n", (*v)->name, (*v)->help);
	fputs("\nmeterbus VERB --help tells more. URL is serial:/dev/ttyUSB0?baud=2400,\n"
	      "tcp://HOST:PORT, udp://HOST:PORT or rfc2217://HOST:PORT; ADDRESS is 5, 254,\n"
	      "12345678, 1234FFFF or 0803176865329906.\n\n"
	      "examples:\n"
	      "  meterbus decode 680404680801700881 16\n"
	      "  meterbus decode -f annotate telegrams.txt\n",
		f);
}

static int unknown_verb(const struct verb *group, const char *name)
{
	char names[1024] = "help";
	char nearest[NEAREST_MAX];
	const char *of = group ? group->name : "", *blank = group ? " " : "";

	for (const struct verb *const *v = group ? group->verbs : verbs; *v; v++) {
		strcat(names, " ");
		strcat(names, verb_word(*v));
	}
	if (nearest_name(name, names, nearest, sizeof(nearest)))
		talk_error("%s%sunknown verb %s; did you mean %s?", of, group ? ": " : "", name,
			nearest);
	else
		talk_error("%s%sunknown verb %s; see meterbus %s%s--help", of, group ? ": " : "",
			name, of, blank);
	return EXIT_USAGE;
}

static bool is_any(const char *text, const char *a, const char *b, const char *c)
{
	return strcmp(text, a) == 0 || strcmp(text, b) == 0 || strcmp(text, c) == 0;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	struct args args;
	int rc = args_parse(&args, verb, argc, argv);

	if (rc != EXIT_OK)
		return rc;
	if (args.help) {
		verb_help(verb);
		return EXIT_OK;
	}
	return verb->run(&args);
}

/* "help", "help read", "help ctl status", and "ctl help status". */
static int run_help(const struct verb *group, int argc, char **argv)
{
	const struct verb *verb = group;

	for (int i = 0; i < argc; i++) {
		if (i > 0 && !(verb && verb->verbs))
			break;
		group = verb;
		verb = verb_find(group ? group->verbs : verbs, argv[i]);
		if (!verb)
			return unknown_verb(group, argv[i]);
	}
	if (verb)
		verb_help(verb);
	else
		help(stdout);
	return EXIT_OK;
}

/* The second word of a group comes first, options before it behind it. */
static int run_group(const struct verb *group, int argc, char **argv)
{
	int i = args_first_operand(group, argc, argv);
	const struct verb *verb;
	char *word;

	if (i == argc) /* --help, or nothing that can be done */
		return run_verb(group, argc, argv);
	word = argv[i];
	memmove(argv + 1, argv, (size_t)i * sizeof(*argv));
	if (strcmp(word, "help") == 0)
		return run_help(group, argc - i - 1, argv + i + 1);
	verb = verb_find(group->verbs, word);
	return verb ? run_verb(verb, argc - 1, argv + 1) : unknown_verb(group, word);
}

static int run(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0)
		return run_verb(&verb_version, 0, argv);
	if (is_any(argv[1], "help", "-h", "--help"))
		return run_help(NULL, argc - 2, argv + 2);
	verb = verb_find(verbs, argv[1]);
	if (!verb)
		return unknown_verb(NULL, argv[1]);
	return (verb->verbs ? run_group : run_verb)(verb, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
	int rc;

	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write(), reported once */
	rc = run(argc, argv);
	if ((fflush(stdout) != 0 || ferror(stdout)) && rc == EXIT_OK)
		rc = EXIT_OUTPUT;
	return rc;
}
