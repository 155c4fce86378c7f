/* SPDX-License-Identifier: MIT */
#include "meterbus/at.h"

#include "base/clock.h"
#include "base/run.h"
#include "base/tcp.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/error.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#define READ_MAX 4096
#define IN_MAX 16384
#define OUT_MAX 4096 /* a command with all its bytes doubled, and telnet's answers */
#define ANSWER_US 120000000ull /* silence until an answer, or in one */
#define SEARCH_US 3600000000ull /* the same of what searches a bus */
#define PROMPT_US 2000000ull /* a line may have said its prompt long ago */
#define GREETING_US 250000ull /* a network says it at once; a command must not become a name */
#define GREETED_US 10000000ull /* whoever still talks then wants no login */
#define LINE_MAX_LEN (1u << 20) /* without a line end: this is no AT interface */
#define LOGINS_MAX 3

/* What a turn may end with, beside the verdicts. */
enum {
	TURN_FAILED = -1, /* the connection */
	TURN_STOPPED = -2, /* by a signal */
	TURN_LATE = -3,
	TURN_READY = -4, /* the other descriptor */
	TURN_OUTPUT = -5, /* nobody takes what is printed */
	TURN_ENDLESS = -6, /* a line */
};

/* ---- information ---- */

static void put(void *ctx, const char *bytes, size_t n)
{
	const struct at *a = ctx;

	if (a->logging_in)
		return; /* a banner */
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (a->clean && (c < ' ' || c == 0x7F) && c != '\n' && c != '\t')
			c = c == '\r' ? '\n' : '?';
		putchar(c);
	}
}

/* ---- the connection ---- */

static int finish_open(struct at *a)
{
	int rc = stream_open(a->stream, clock_mono_us());

	if (rc >= 0)
		rc = run_wait_open(a->stream);
	talk_progress("%s", "");
	if (rc == MB_E_CANCELLED)
		return EXIT_INTERRUPTED;
	if (rc < 0) {
		talk_error("%s", stream_error(a->stream));
		return EXIT_PORT;
	}
	if (*stream_warning(a->stream))
		talk_note("%s", stream_warning(a->stream));
	return EXIT_OK;
}

static int no_memory(void)
{
	talk_error("no memory for a connection");
	return EXIT_PORT;
}

static int open_secure(struct at *a)
{
	int fd = -1, rc;

	talk_progress("opening %s:%u ...", a->url.path, a->url.port);
	rc = at_tls_open(&a->url, a->ca, &a->tls, &fd);
	talk_progress("%s", "");
	if (rc != EXIT_OK)
		return rc;
	a->stream = tcp_new_accepted(fd, &a->url);
	if (a->stream)
		return EXIT_OK;
	close(fd);
	return no_memory();
}

int at_open(struct at *a)
{
	buf_init(&a->in, IN_MAX);
	buf_init(&a->out, OUT_MAX);
	at_answer_init(&a->answer, put, a, a->raw);
	a->answer.prompts = true;
	if (run_catch_signals() < 0)
		talk_note("signals cannot be caught; an interrupt ends the program at once");
	if (!at_wire_init(&a->wire, a->url.kind == STREAM_TCP, &a->in, &a->out))
		return no_memory();
	if (a->secure)
		return open_secure(a);
	a->stream = stream_new(&a->url);
	if (!a->stream)
		return no_memory();
	talk_progress("opening %s ...", stream_name(a->stream));
	return finish_open(a);
}

void at_close(struct at *a)
{
	at_wire_done(&a->wire);
	stream_free(a->stream);
	at_tls_close(a->tls);
	buf_done(&a->in);
	buf_done(&a->out);
	explicit_bzero(a->password, sizeof(a->password));
}

/* ---- a turn ---- */

static bool receive(struct at *a)
{
	uint8_t bytes[READ_MAX];
	int n = stream_read(a->stream, bytes, NULL, sizeof(bytes));

	return n >= 0 && at_wire_rx(&a->wire, bytes, (size_t)n);
}

static bool transmit(struct at *a)
{
	int n = stream_write(a->stream, a->out.bytes, a->out.len, clock_mono_us());

	if (n > 0)
		buf_drop(&a->out, (size_t)n);
	return n >= 0;
}

/* Waits; 0, or a TURN_. A descriptor of -1 is none. */
static int wait_any(const struct at *a, int fd, uint64_t deadline_us, short *ret_revents)
{
	struct pollfd fds[] = {
		{.fd = stream_fd(a->stream), .events = stream_events(a->stream)},
		{.fd = run_stop_fd(), .events = POLLIN},
		{.fd = fd, .events = POLLIN},
	};
	uint64_t now_us = clock_mono_us();

	if (a->out.len)
		fds[0].events |= POLLOUT;
	if (now_us >= deadline_us)
		return TURN_LATE;
	if (stream_deadline(a->stream) < deadline_us)
		deadline_us = stream_deadline(a->stream);
	if (poll(fds, 3, clock_poll_ms(now_us, deadline_us)) <= 0)
		return run_stop_signal() ? TURN_STOPPED : 0;
	*ret_revents = fds[0].revents;
	if (fds[1].revents)
		return TURN_STOPPED;
	return fds[2].revents ? TURN_READY : 0;
}

/* A verdict, AT_MORE, or a TURN_. */
static int hear(struct at *a)
{
	enum at_verdict verdict;
	size_t n = at_answer_rx(&a->answer, a->in.bytes, a->in.len, &verdict);
	const uint8_t *end = memrchr(a->in.bytes, '\n', n);

	a->line_len = end ? (size_t)(a->in.bytes + n - end) : a->line_len + n;
	buf_drop(&a->in, n);
	return verdict == AT_MORE && a->line_len > LINE_MAX_LEN ? TURN_ENDLESS : (int)verdict;
}

static uint64_t after(uint64_t wait_us)
{
	return wait_us == MB_NEVER ? MB_NEVER : clock_mono_us() + wait_us;
}

/* Until a verdict or a TURN_; the deadline moves with every byte that comes, up to the end. */
static int turn_until(struct at *a, int fd, uint64_t quiet_us, uint64_t end_us)
{
	uint64_t deadline_us = after(quiet_us);

	for (;;) {
		short revents = 0;
		int rc;

		if (a->in.len) {
			rc = hear(a);
			deadline_us = after(quiet_us);
			if (deadline_us > end_us)
				deadline_us = end_us;
			if (rc != AT_MORE)
				return rc;
			continue;
		}
		if (fflush(stdout) != 0 || ferror(stdout))
			return TURN_OUTPUT;
		if (!transmit(a))
			return TURN_FAILED;
		rc = wait_any(a, fd, deadline_us, &revents);
		if (rc < 0)
			return rc;
		if (stream_handle(a->stream, revents, clock_mono_us()) < 0 || !receive(a))
			return TURN_FAILED;
	}
}

static int turn(struct at *a, int fd, uint64_t quiet_us)
{
	return turn_until(a, fd, quiet_us, MB_NEVER);
}

/* ---- commands ---- */

const char *at_command_error(const char *command)
{
	_Static_assert(AT_COMMAND_MAX == 512, "the sentence says so");
	if (strnlen(command, AT_COMMAND_MAX + 1) > AT_COMMAND_MAX)
		return "is longer than 512 characters";
	for (; *command; command++) {
		if ((unsigned char)*command < ' ' || *command == 0x7F)
			return "has a control character";
	}
	return NULL;
}

/* Telnet's line end; a modem wants CR alone. */
static bool send_line(struct at *a, const char *text)
{
	const char *end = a->url.kind == STREAM_TCP ? "\r\n" : "\r";

	return at_wire_tx(&a->wire, text, strlen(text)) && at_wire_tx(&a->wire, end, strlen(end));
}

static uint64_t patience(const struct at *a, const char *command)
{
	if (a->timeout_us)
		return a->timeout_us;
	return strcasestr(command, "SCAMSADD") || strcasestr(command, "\"SCAN\"") ? SEARCH_US
										  : ANSWER_US;
}

static int say_lost(const struct at *a)
{
	if (*stream_error(a->stream))
		talk_error("%s", stream_error(a->stream));
	else if (a->wire.broken)
		talk_error("%s: does not keep to the telnet protocol, or takes nothing of what is "
			   "sent; is this an AT interface?",
			stream_name(a->stream));
	return EXIT_PORT;
}

static int say_turn(const struct at *a, int rc, const char *what)
{
	if (rc == TURN_STOPPED)
		return EXIT_INTERRUPTED;
	if (rc == TURN_OUTPUT)
		return EXIT_OUTPUT;
	if (rc == TURN_ENDLESS) {
		talk_error(
			"%s: %s: %u bytes came without the end of a line; is this an AT interface?",
			stream_name(a->stream), what, LINE_MAX_LEN);
		return EXIT_PORT;
	}
	if (rc != TURN_LATE)
		return say_lost(a);
	talk_error("%s: %s: no answer in time (see --timeout)", stream_name(a->stream), what);
	return EXIT_SILENT;
}

static int judge(struct at *a, int verdict, const char *command)
{
	const char *result = verdict == AT_OK ? "OK" : a->answer.line;

	a->answer.prompts = false; /* a login comes first or never */
	if (a->terminal && !a->raw)
		printf("%s\n", result);
	if (verdict == AT_OK)
		return EXIT_OK;
	if (!a->terminal)
		talk_error("%s: %s", command, result);
	return EXIT_REFUSED;
}

int at_command(struct at *a, const char *command)
{
	int rc;

	at_answer_begin(&a->answer, command);
	if (!send_line(a, command))
		return say_lost(a);
	rc = turn(a, -1, patience(a, command));
	if (rc == AT_LOGIN || rc == AT_PASSWORD) {
		talk_error("%s: asks for a login; give --login NAME", stream_name(a->stream));
		return EXIT_REFUSED;
	}
	return rc < 0 ? say_turn(a, rc, command) : judge(a, rc, command);
}

int at_wait(struct at *a, int fd)
{
	int rc;

	do
		rc = turn(a, fd, MB_NEVER);
	while (rc >= 0); /* nobody asked */
	return rc == TURN_READY ? EXIT_OK : say_turn(a, rc, "");
}

/* ---- login ---- */

bool at_ask(const char *prompt, bool shown, char *ret_text, size_t max)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios old, hidden;
	ssize_t n = -1;

	if (fd < 0 || tcgetattr(fd, &old) < 0)
		goto out;
	hidden = old;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	if (!shown)
		tcsetattr(fd, TCSAFLUSH, &hidden);
	if (write(fd, prompt, strlen(prompt)) >= 0)
		n = read(fd, ret_text, max - 1);
	if (!shown)
		tcsetattr(fd, TCSAFLUSH, &old);
	ret_text[n > 0 ? n : 0] = '\0';
	ret_text[strcspn(ret_text, "\r\n")] = '\0';
out:
	if (fd >= 0)
		close(fd);
	return n > 0;
}

static int refused(const struct at *a, const char *why)
{
	talk_error("%s: %s", stream_name(a->stream), why);
	return EXIT_REFUSED;
}

/* Name and password; a verdict or a TURN_. The prompt may come after the name has been sent. */
static int introduce(struct at *a)
{
	int rc;

	at_answer_begin(&a->answer, a->user);
	if (!send_line(a, a->user))
		return TURN_FAILED;
	rc = turn(a, -1, patience(a, ""));
	if (rc == AT_LOGIN)
		rc = turn(a, -1, patience(a, ""));
	if (rc != AT_PASSWORD)
		return rc;
	at_answer_begin(&a->answer, "");
	return send_line(a, a->password) ? turn(a, -1, patience(a, "")) : TURN_FAILED;
}

/* Somebody types; wrong ones are asked for again. */
static int login_typed(struct at *a)
{
	for (int i = 0; i < LOGINS_MAX; i++) {
		int rc;

		if (!at_ask("Login: ", true, a->user, sizeof(a->user)) ||
			!at_ask("Password: ", false, a->password, sizeof(a->password)))
			return EXIT_INTERRUPTED;
		rc = introduce(a);
		if (rc == AT_OK)
			return EXIT_OK;
		if (rc == AT_ERROR)
			talk_error("the login was refused");
		if (rc != AT_ERROR || turn(a, -1, PROMPT_US) != AT_LOGIN)
			return rc < 0 ? say_turn(a, rc, "login") : EXIT_REFUSED;
	}
	return EXIT_REFUSED;
}

static int login_as(struct at *a)
{
	int rc = introduce(a);

	if (rc == AT_OK)
		return EXIT_OK;
	if (rc == AT_ERROR)
		return refused(a, "the login was refused; or it wants none: leave --login out");
	return rc < 0 ? say_turn(a, rc, "login") : refused(a, "does not log in as it should");
}

/* Nobody has said who it is; one who types is asked. */
static int login_unknown(struct at *a)
{
	return a->terminal ? login_typed(a) : refused(a, "asks for a login; give --login NAME");
}

int at_login(struct at *a)
{
	int rc;

	if (!a->user[0] && !a->terminal && a->url.kind != STREAM_TCP)
		return EXIT_OK;
	a->logging_in = !a->terminal && !a->raw;
	rc = turn_until(a, -1, a->user[0] ? PROMPT_US : GREETING_US, after(GREETED_US));
	if (rc == TURN_LATE && !a->user[0])
		rc = EXIT_OK; /* none is wanted */
	else if (rc < 0 && rc != TURN_LATE)
		rc = say_turn(a, rc, "login");
	else if (rc == AT_ERROR)
		rc = refused(a, a->answer.line); /* BUSY */
	else
		rc = a->user[0] ? login_as(a) : login_unknown(a);
	a->logging_in = false;
	return rc;
}
