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

static int unknown_verb(const char *name)
{
	char names[512] = "help";
	char nearest[32];

	for (const struct verb *const *v = verbs; *v; v++) {
		strcat(names, " ");
		strcat(names, (*v)->name);
	}
	if (nearest_name(name, names, nearest, sizeof(nearest)))
		talk_error("unknown verb %s; did you mean %s?", name, nearest);
	else
		talk_error("unknown verb %s; see meterbus --help", name);
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

static int run(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0)
		return run_verb(&verb_version, 0, argv);
	if (is_any(argv[1], "help", "-h", "--help")) {
		verb = argc > 2 ? verb_find(argv[2]) : NULL;
		if (argc > 2 && !verb)
			return unknown_verb(argv[2]);
		if (verb)
			verb_help(verb);
		else
			help(stdout);
		return EXIT_OK;
	}
	verb = verb_find(argv[1]);
	return verb ? run_verb(verb, argc - 2, argv + 2) : unknown_verb(argv[1]);
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
