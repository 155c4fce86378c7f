/* SPDX-License-Identifier: MIT */
#include "gateway/at_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BACKSPACE '\b'
#define DELETE 0x7F
#define ECHO_MAX 3 /* of one byte: "\b \b" */
#define RESULT_MAX 64 /* a result code or prompt, framed */

/* --- out ------------------------------------------------------------------------------------- */

static bool put(struct at_line *l, const char *text, size_t n)
{
	if (n > sizeof(l->out) - l->out_len)
		return false;
	memcpy(l->out + l->out_len, text, n);
	l->out_len += n;
	return true;
}

static void put_text(struct at_line *l, const char *text)
{
	put(l, text, strlen(text));
}

size_t at_line_room(const struct at_line *l)
{
	size_t room = sizeof(l->out) - l->out_len;

	return room > RESULT_MAX ? room - RESULT_MAX : 0;
}

const char *at_line_tx(const struct at_line *l, size_t *ret_n)
{
	*ret_n = l->out_len;
	return l->out;
}

void at_line_sent(struct at_line *l, size_t n)
{
	if (n > l->out_len)
		n = l->out_len;
	l->out_len -= n;
	memmove(l->out, l->out + n, l->out_len);
}

/* "\r\n", the line, "\r\n"; the lines of one answer share what is between them, as modems do. */
bool at_line_put(struct at_line *l, const char *format, ...)
{
	char text[AT_ANSWER_MAX];
	const char *head = l->informed ? "" : "\r\n";
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text) || (size_t)n + 4 > at_line_room(l))
		return false;
	put_text(l, head);
	put(l, text, (size_t)n);
	put_text(l, "\r\n");
	l->informed = true;
	return true;
}

/* --- in -------------------------------------------------------------------------------------- */

static void release(struct at_line *l)
{
	memset(l->line, 0, sizeof(l->line)); /* it may have been a password */
	l->len = 0;
	l->held = l->bad = l->informed = false;
}

void at_line_init(struct at_line *l, bool login, const char *banner)
{
	memset(l, 0, sizeof(*l));
	l->echo = true;
	l->login_on = login;
	if (!login)
		return;
	if (banner[0] && strlen(banner) < RESULT_MAX) {
		put_text(l, banner);
		put_text(l, "\r\n");
	}
	put_text(l, "Login:");
}

static void erase(struct at_line *l)
{
	if (!l->len)
		return;
	l->line[--l->len] = '\0';
	if (l->echo && !l->user_known)
		put_text(l, "\b \b");
}

static void take(struct at_line *l, uint8_t byte)
{
	if (byte == BACKSPACE || byte == DELETE) {
		erase(l);
		return;
	}
	if (byte == '\t')
		byte = ' ';
	if (byte < ' ' || l->len == AT_LINE_MAX) {
		l->bad = true;
		return;
	}
	l->line[l->len++] = (char)byte;
	if (l->echo && !l->user_known)
		put(l, (const char *)&byte, 1);
}

static bool blank(const char *text)
{
	return text[strspn(text, " ")] == '\0';
}

/* CR, LF and both end a line; empty ones are nothing, but a password may be empty. */
static void end_line(struct at_line *l, uint8_t byte)
{
	if (!l->bad && blank(l->line) && !(l->user_known && byte == '\r')) {
		release(l);
		return;
	}
	l->held = true;
	if (l->echo || l->login_on)
		put_text(l, "\r");
}

size_t at_line_rx(struct at_line *l, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	size_t i;

	for (i = 0; i < n && !l->held && !l->closing && at_line_room(l) >= ECHO_MAX; i++) {
		if (at[i] == '\r' || at[i] == '\n')
			end_line(l, at[i]);
		else if (at[i] != '\0') /* telnet sends CR NUL */
			take(l, at[i]);
	}
	return i;
}

/* --- events ---------------------------------------------------------------------------------- */

static enum at_event login_event(struct at_line *l)
{
	char *user = l->line;

	if (l->user_known && !l->bad)
		return AT_EVENT_LOGIN;
	if (l->bad || l->len > AT_USER_MAX) {
		at_line_login(l, false);
		return AT_EVENT_NONE;
	}
	user += strspn(user, " ");
	memcpy(l->user, user, strlen(user) + 1);
	for (size_t n = strlen(l->user); n && l->user[n - 1] == ' '; n--)
		l->user[n - 1] = '\0';
	release(l);
	l->user_known = true;
	put_text(l, "\r\nPassword:");
	return AT_EVENT_NONE;
}

enum at_event at_line_event(struct at_line *l, struct at_request *ret_request)
{
	struct at_request request;
	int error;

	if (!l->held)
		return AT_EVENT_NONE;
	if (l->login_on)
		return login_event(l);
	error = l->bad ? AT_E_PARAMETER : at_parse(l->line, &request);
	if (error) {
		at_line_end(l, error);
		return AT_EVENT_NONE;
	}
	*ret_request = request;
	return AT_EVENT_COMMAND;
}

void at_line_end(struct at_line *l, int error)
{
	char text[RESULT_MAX];

	if (!error)
		snprintf(text, sizeof(text), "\r\nOK\r\n");
	else if (l->cme)
		snprintf(text, sizeof(text), "\r\n+CME ERROR: %d\r\n", error);
	else
		snprintf(text, sizeof(text), "\r\nERROR\r\n");
	put_text(l, text);
	release(l);
}

void at_line_login(struct at_line *l, bool granted)
{
	l->user_known = false;
	if (granted) {
		l->login_on = false;
		at_line_end(l, 0);
		return;
	}
	at_line_end(l, AT_E_NOT_ALLOWED);
	memset(l->user, 0, sizeof(l->user));
	if (++l->logins_failed >= AT_LOGINS_MAX)
		l->closing = true;
	else
		put_text(l, "Login:");
}
