/* SPDX-License-Identifier: MIT */
/*
 * Any bytes in any pieces: each line that is ended gets one result, and none but a request of the
 * table, with good arguments, gets OK.
 */
#include "../unit/at_help.h"

#include "fuzz.h"

#define LINE_MAX_BYTES (AT_LINE_MAX + 8)

static struct at_session session;
static struct fake fake;

static size_t count(const char *text, size_t n, const char *what)
{
	size_t found = 0;

	for (const char *at = text; (at = memmem(at, n - (size_t)(at - text), what, strlen(what)));
		at++)
		found++;
	return found;
}

/* Runs dry; the results that were given. */
static size_t drain(size_t *ret_good)
{
	size_t results = 0, n;
	const char *out;
	bool again;

	do {
		again = at_session_run(&session);
		if (fake.pending_answer) {
			fake_answer(&fake, &session);
			again = true;
		}
		out = at_line_tx(&session.line, &n);
		*ret_good += count(out, n, "\r\nOK\r\n");
		results += count(out, n, "\r\nOK\r\n") + count(out, n, "ERROR\r\n");
		at_line_sent(&session.line, n);
	} while (again);
	return results;
}

static void start(void)
{
	fake_init(&fake);
	at_session_init(&session, &fake_ops, &fake);
	session.line.echo = false; /* or a line that says OK would be counted */
}

static void feed(const uint8_t *data, size_t size)
{
	size_t n, good = 0;

	while (size) {
		n = at_session_rx(&session, data, data[0] % 16 < size ? data[0] % 16 + 1u : size);
		drain(&good);
		CHECK(n > 0 || session.line.closing);
		if (session.line.closing)
			return;
		CHECK(!session.line.held && !session.waiting);
		data += n;
		size -= n;
	}
}

/* The input as one line: refused by the parser or the table, it is refused by the session. */
static void one_line(const uint8_t *data, size_t size)
{
	char line[LINE_MAX_BYTES], copy[LINE_MAX_BYTES];
	const struct at_command *command;
	struct at_request r;
	size_t n = 0, good = 0;
	bool refused;

	for (size_t i = 0; i < size && n < AT_LINE_MAX; i++) {
		if (data[i] >= ' ' && data[i] != 0x7F)
			line[n++] = (char)data[i];
	}
	line[n] = '\0';
	if (line[strspn(line, " ")] == '\0')
		return;
	memcpy(copy, line, n + 1);
	refused = at_parse(copy, &r) || at_command_find(&r, &command);
	CHECK(at_session_rx(&session, line, n) == n);
	CHECK(at_session_rx(&session, "\r", 1) == 1);
	CHECK(drain(&good) == 1);
	CHECK(!refused || good == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	start();
	feed(data, size);
	start();
	one_line(data, size);
	at_session_done(&session);
	return 0;
}
