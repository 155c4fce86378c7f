/* SPDX-License-Identifier: MIT */
#include "meterbus/at_answer.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RESULT_MAX 120 /* a longer line is none */

/* clang-format off */
static const struct result {
	const char *text;
	bool open; /* more may follow on the line */
	enum at_verdict verdict;
} results[] = {
	{"OK",          false, AT_OK},
	{"ERROR",       false, AT_ERROR},
	{"BUSY",        false, AT_ERROR}, /* a session too many */
	{"NO CARRIER",  false, AT_ERROR},
	{"+CME ERROR:", true,  AT_ERROR},
	{"+CMS ERROR:", true,  AT_ERROR},
};

/* They end without a line break. */
static const struct result prompts[] = {
	{"Login:",      false, AT_LOGIN},
	{"Password:",   false, AT_PASSWORD},
};
/* clang-format on */

void at_answer_init(struct at_answer *ret_answer, at_put *put, void *ctx, bool raw)
{
	memset(ret_answer, 0, sizeof(*ret_answer));
	ret_answer->put = put;
	ret_answer->ctx = ctx;
	ret_answer->raw = raw;
}

void at_answer_begin(struct at_answer *a, const char *command)
{
	size_t n = strnlen(command, AT_COMMAND_MAX);

	memcpy(a->echo, command, n);
	a->echo[n] = '\0';
}

static void put(struct at_answer *a, const char *bytes, size_t n)
{
	if (!a->raw && n)
		a->put(a->ctx, bytes, n);
}

/* ---- what the line may still become ---- */

/* Is what is there the beginning of this text? */
static bool begins(const struct at_answer *a, const char *text)
{
	return a->len <= strlen(text) && memcmp(a->line, text, a->len) == 0;
}

static bool may_be(const struct at_answer *a, const struct result *r)
{
	size_t n = strlen(r->text);

	if (a->len <= n || !r->open)
		return begins(a, r->text);
	return a->len <= RESULT_MAX && memcmp(a->line, r->text, n) == 0;
}

static bool may_be_more(const struct at_answer *a)
{
	bool more = a->echo[0] && begins(a, a->echo);

	for (size_t i = 0; i < COUNT(results); i++)
		more |= may_be(a, &results[i]);
	for (size_t i = 0; i < COUNT(prompts); i++)
		more |= a->prompts && may_be(a, &prompts[i]);
	return more;
}

/* ---- information ---- */

static void pass(struct at_answer *a, char c)
{
	if (c == '"')
		a->quoted = !a->quoted;
	put(a, &c, 1);
}

/* The head was nothing but information. */
static void release(struct at_answer *a)
{
	for (size_t i = 0; i < a->len; i++)
		pass(a, a->line[i]);
	a->len = 0;
	a->passing = true;
}

static void end_information(struct at_answer *a)
{
	put(a, "\n", 1);
	a->passing = false;
}

/* ---- lines ---- */

static enum at_verdict end_line(struct at_answer *a)
{
	bool echo = a->echo[0] && strcmp(a->line, a->echo) == 0;
	size_t len = a->len;

	if (!len)
		return AT_MORE; /* what is between the lines of an answer */
	if (echo) {
		a->len = 0;
		a->echo[0] = '\0';
		return AT_MORE;
	}
	for (size_t i = 0; i < COUNT(results); i++) {
		const struct result *r = &results[i];

		if (!may_be(a, r) || len < strlen(r->text))
			continue;
		a->len = 0;
		return r->verdict;
	}
	release(a);
	end_information(a);
	return AT_MORE;
}

static enum at_verdict find_prompt(struct at_answer *a)
{
	for (size_t i = 0; i < COUNT(prompts) && a->prompts; i++) {
		if (strcmp(a->line, prompts[i].text) != 0)
			continue;
		a->len = 0;
		return prompts[i].verdict;
	}
	return AT_MORE;
}

static enum at_verdict take_head(struct at_answer *a, char c)
{
	if (c == '\r' || c == '\n')
		return end_line(a);
	if (c == ' ' && !a->len && a->prompts)
		return AT_MORE; /* "Login: " */
	a->line[a->len++] = c;
	a->line[a->len] = '\0';
	if (!may_be_more(a) || a->len > AT_COMMAND_MAX)
		release(a);
	return find_prompt(a);
}

static enum at_verdict take(struct at_answer *a, char c)
{
	if (c == '\0')
		return AT_MORE; /* telnet's CR NUL */
	if (!a->passing)
		return take_head(a, c);
	if (!a->quoted && (c == '\r' || c == '\n'))
		end_information(a);
	else
		pass(a, c);
	return AT_MORE;
}

/* A verdict does not wait for the LF behind its CR, but whoever reads along wants it. */
static void put_raw(struct at_answer *a, const char *bytes, size_t n, enum at_verdict verdict)
{
	size_t skipped = n && a->ended && bytes[0] == '\n';

	if (n > skipped)
		a->put(a->ctx, bytes + skipped, n - skipped);
	if (n)
		a->ended = verdict != AT_MORE && bytes[n - 1] == '\r';
	if (n && a->ended)
		a->put(a->ctx, "\n", 1);
}

size_t at_answer_rx(
	struct at_answer *a, const uint8_t *bytes, size_t n, enum at_verdict *ret_verdict)
{
	enum at_verdict verdict = AT_MORE;
	size_t i = 0;

	while (i < n && verdict == AT_MORE)
		verdict = take(a, (char)bytes[i++]);
	if (a->raw)
		put_raw(a, (const char *)bytes, i, verdict);
	*ret_verdict = verdict;
	return i;
}
