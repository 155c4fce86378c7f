/* SPDX-License-Identifier: MIT */
#include "base/run.h"
#include "meterbus/args.h"
#include "meterbus/at.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PASSWORD_ENVIRONMENT "METERBUS_AT_PASSWORD"
#define BAUD 115200 /* of a command port, 8N1 */
#define TYPED_MAX 4096 /* read and not yet done */
#define PROMPT "> "

/* clang-format off */
static const struct option_row options[] = {
	{"login", 'l', ARG_TEXT, "NAME", "log in; the password is " PASSWORD_ENVIRONMENT ", or asked for", NULL},
	{"ca", 0, ARG_FILE, "FILE", "certificates to trust, with tls:// (those of the system)", NULL},
	{"raw", 0, ARG_TEXT, NULL, "print all that comes, echo and results too", NULL},
	{"keep-going", 'k', ARG_TEXT, NULL, "go on behind a command that was refused", NULL},
	{"timeout", 't', ARG_TEXT, "MS", "longest silence in an answer (120 s; 1 h of a search)", NULL},
	{"quiet", 'q', ARG_TEXT, NULL, "say nothing but errors", NULL},
	{0},
};
/* clang-format on */

/* ---- commands ---- */

/* What was answered must be safe before the next command, which may delete it. */
static int send_one(struct at *a, const char *command)
{
	int rc = at_command(a, command);

	if (fflush(stdout) == 0 && !ferror(stdout))
		return rc;
	talk_error("standard output cannot be written; nothing more is sent");
	return EXIT_OUTPUT;
}

static bool goes_on(const struct at *a, int rc)
{
	return rc == EXIT_OK || (rc == EXIT_REFUSED && a->keep_going);
}

static int check_commands(const struct args *args)
{
	for (unsigned i = 1; i < args->operand_count; i++) {
		const char *why = at_command_error(args->operands[i]);

		if (!why)
			continue;
		talk_error("at: command %u %s", i, why);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int send_operands(struct at *a, const struct args *args)
{
	int all = EXIT_OK, rc = EXIT_OK;

	for (unsigned i = 1; i < args->operand_count && goes_on(a, rc); i++) {
		rc = send_one(a, args->operands[i]);
		all = i == 1 ? rc : exit_merge(all, rc);
	}
	return goes_on(a, rc) ? all : rc;
}

/* ---- standard input ---- */

/* Lines, by read(2) alone: poll(2) knows nothing of what stdio holds. */
struct typed {
	char text[TYPED_MAX];
	size_t len;
	bool ended;
};

/* The first whole line, ended by NUL, without blanks around it; NULL: none yet, or too long. */
static char *first_line(struct typed *t, size_t *ret_used)
{
	char *end = memchr(t->text, '\n', t->len), *line = t->text;

	if (!end && t->ended && t->len && t->len < sizeof(t->text))
		end = t->text + t->len;
	if (!end)
		return NULL;
	*ret_used = (size_t)(end - t->text) + (end < t->text + t->len);
	while (end > line && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return line + strspn(line, " \t");
}

static void drop(struct typed *t, size_t used)
{
	t->len -= used;
	memmove(t->text, t->text + used, t->len);
}

static int read_more(struct at *a, struct typed *t)
{
	ssize_t n;
	int rc;

	if (t->len == sizeof(t->text)) {
		talk_error("standard input: a line is longer than any command");
		return EXIT_USAGE;
	}
	rc = at_wait(a, STDIN_FILENO);
	if (rc != EXIT_OK)
		return rc;
	n = read(STDIN_FILENO, t->text + t->len, sizeof(t->text) - t->len);
	if (n < 0 && errno == EINTR)
		return EXIT_OK;
	t->ended = n <= 0;
	t->len += n > 0 ? (size_t)n : 0;
	return EXIT_OK;
}

/* Blank lines and # comments are for people. */
static int send_typed(struct at *a, char *line)
{
	const char *why = at_command_error(line);

	if (!*line || *line == '#')
		return EXIT_OK;
	if (why) {
		talk_error("at: a command %s", why);
		return a->terminal ? EXIT_OK : EXIT_USAGE;
	}
	return send_one(a, line);
}

static void show_prompt(const struct at *a)
{
	if (!a->terminal)
		return;
	fputs(PROMPT, stdout);
	fflush(stdout);
}

static int send_lines(struct at *a)
{
	static struct typed t;
	int all = EXIT_OK, rc = EXIT_OK;

	show_prompt(a);
	while (rc == EXIT_OK && !(t.ended && !t.len)) {
		size_t used = 0;
		char *line = first_line(&t, &used);

		if (!line) {
			rc = read_more(a, &t);
			continue;
		}
		rc = send_typed(a, line);
		if (strcasecmp(line, "ATZ") == 0)
			t = (struct typed){.ended = true};
		else
			drop(&t, used);
		if (rc == EXIT_REFUSED && (a->terminal || a->keep_going)) {
			all = a->terminal ? EXIT_OK : EXIT_SOME;
			rc = EXIT_OK;
		}
		if (rc == EXIT_OK && !t.ended)
			show_prompt(a);
	}
	if (a->terminal && t.ended)
		putchar('\n');
	return rc == EXIT_OK ? all : rc;
}

/* ---- the run ---- */

/* tls:// is tcp:// with more around it. */
static int parse_url(struct at *a, const char *text, char *why, size_t max)
{
	char plain[1024];
	size_t skip = strlen(AT_TLS_SCHEME);

	a->secure = strncmp(text, AT_TLS_SCHEME, skip) == 0;
	if (!a->secure)
		return stream_url_parse(text, &a->url, why, max);
	snprintf(plain, sizeof(plain), "tcp://%s", text + skip);
	return stream_url_parse(plain, &a->url, why, max);
}

static int read_url(struct at *a, const char *text)
{
	char why[512];

	if (parse_url(a, text, why, sizeof(why)) < 0) {
		talk_error("%s", why);
		return EXIT_USAGE;
	}
	if (a->url.kind == STREAM_UDP || a->url.kind == STREAM_PTY) {
		talk_error("%s: an AT interface is at tcp://, tls://, serial: or rfc2217://", text);
		return EXIT_USAGE;
	}
	if (!a->url.line_given)
		a->url.line.baud = BAUD;
	if (!a->url.mode_given)
		a->url.line =
			(struct mb_line){.baud = a->url.line.baud, .data_bits = 8, .stop_bits = 1};
	return EXIT_OK;
}

static int read_login(struct at *a, const struct args *args)
{
	const char *name = args_value(args, "login"), *password = getenv(PASSWORD_ENVIRONMENT);

	if (!name)
		return EXIT_OK;
	if (!*name || strlen(name) >= sizeof(a->user) || at_command_error(name) ||
		(password &&
			(strlen(password) >= sizeof(a->password) || at_command_error(password)))) {
		talk_error("--login: name and password are 1 to %d characters", AT_LOGIN_MAX - 1);
		return EXIT_USAGE;
	}
	snprintf(a->user, sizeof(a->user), "%s", name);
	run_catch_signals(); /* or an interrupt leaves a terminal without echo */
	if (password)
		snprintf(a->password, sizeof(a->password), "%s", password);
	else if (!at_ask("Password: ", false, a->password, sizeof(a->password))) {
		talk_error("--login: no password; set " PASSWORD_ENVIRONMENT);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int read_words(struct at *a, const struct args *args)
{
	uint64_t timeout_ms;
	int rc = read_url(a, args->operands[0]);

	timeout_ms = a->url.timeout_ms;
	if (rc == EXIT_OK)
		rc = args_number(args, "timeout", 1, STREAM_MS_MAX, &timeout_ms);
	a->timeout_us = timeout_ms * 1000;
	a->ca = args_value(args, "ca");
	a->raw = args_has(args, "raw");
	a->keep_going = args_has(args, "keep-going");
	a->terminal = args->operand_count == 1 && isatty(STDIN_FILENO);
	a->clean = isatty(STDOUT_FILENO);
	if (args_has(args, "quiet"))
		talk_quiet();
	if (rc == EXIT_OK)
		rc = check_commands(args);
	return rc == EXIT_OK ? read_login(a, args) : rc;
}

static int run(const struct args *args)
{
	static struct at a;
	int rc = read_words(&a, args);

	if (rc == EXIT_OK)
		rc = at_open(&a);
	if (rc == EXIT_OK)
		rc = at_login(&a);
	if (rc == EXIT_OK)
		rc = args->operand_count > 1 ? send_operands(&a, args) : send_lines(&a);
	at_close(&a);
	return rc;
}

const struct verb verb_at = {
	.name = "at",
	.operands = "URL [COMMAND...]",
	.help = "talk to an AT interface: that of meterbusd or of a SmartCom",
	.details =
		"Sends each COMMAND, or without one the lines of standard input, and prints\n"
		"what is answered, without echo and OK. Ends at the first command that is\n"
		"refused, so that what was not printed is not deleted by the next one. A\n"
		"terminal gets a prompt; Ctrl-D leaves, Ctrl-C cancels. tls://HOST:PORT is\n"
		"tcp:// with TLS. A serial port is 115200 Bd 8N1 unless the URL says otherwise;\n"
		"telnet's options are answered.\n",
	.examples = "meterbus at tcp://192.168.1.20:10000 'at^scams?'\n"
		    "meterbus at tcp://localhost:10000 'at^scdata=\"get_oldest\",50' | meterbus "
		    "decode\n"
		    "meterbus at /dev/ttyS0 -l reader < commands.txt\n"
		    "meterbus at tls://meters.example:10000 --ca site.pem -l reader ati\n"
		    "meterbus at tcp://localhost:10000\n",
	.options = options,
	.operands_min = 1,
	.operands_max = UINT_MAX,
	.run = run,
};
