/* SPDX-License-Identifier: MIT */
/* at_parse(): AT NAME [NUMBER] [? | =? | =ARG,ARG...]; blanks anywhere between. */
#include "gateway/at_line.h"

#include <string.h>
#include <strings.h>

static char *skip_blanks(char *at)
{
	return at + strspn(at, " ");
}

static bool letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits to a number; NULL when it passes 32 bits. */
static char *take_number(char *at, uint32_t *ret)
{
	uint64_t n = 0;

	for (; digit(*at); at++) {
		n = n * 10 + (unsigned)(*at - '0');
		if (n > UINT32_MAX)
			return NULL;
	}
	*ret = (uint32_t)n;
	return at;
}

static char *take_name(char *at, struct at_request *r)
{
	size_t n = 0;
	uint32_t number;

	if (*at == '^' || *at == '+')
		r->name[n++] = *at++;
	for (; letter(*at); at++) {
		if (n == AT_NAME_MAX)
			return NULL;
		r->name[n++] = (char)(*at & ~0x20);
	}
	r->name[n] = '\0';
	if (!digit(*at))
		return at;
	at = take_number(at, &number);
	if (at)
		r->number = number;
	return at;
}

/* The end of the argument becomes its NUL only when what follows it has been seen. */
static char *take_arg(char *at, struct at_arg *ret, char **ret_end)
{
	*ret = (struct at_arg){.text = at, .quoted = *at == '"'};
	if (ret->quoted) {
		ret->text = ++at;
		at += strcspn(at, "\"");
		*ret_end = at;
		return *at ? at + 1 : NULL;
	}
	if (digit(*at))
		at = take_number(at, &ret->number);
	else if (*at != ',')
		return NULL;
	*ret_end = at;
	return at;
}

static int parse_args(char *at, struct at_request *r)
{
	char *end;

	for (;;) {
		if (r->n_args == AT_ARGS_MAX)
			return AT_E_PARAMETER;
		at = take_arg(skip_blanks(at), &r->args[r->n_args++], &end);
		if (!at)
			return AT_E_PARAMETER;
		at = skip_blanks(at);
		if (*at && *at != ',')
			return AT_E_PARAMETER;
		if (!*at) {
			*end = '\0';
			return 0;
		}
		at++;
		*end = '\0';
	}
}

static int parse_form(char *at, struct at_request *r)
{
	if (*at == '\0') {
		r->form = AT_PLAIN;
		return 0;
	}
	if (*at == '?') {
		r->form = AT_QUERY;
		return *skip_blanks(at + 1) ? AT_E_PARAMETER : 0;
	}
	if (*at != '=')
		return AT_E_PARAMETER;
	at = skip_blanks(at + 1);
	if (*at == '?') {
		r->form = AT_TEST;
		return *skip_blanks(at + 1) ? AT_E_PARAMETER : 0;
	}
	r->form = AT_SET;
	return parse_args(at, r);
}

int at_parse(char *line, struct at_request *ret_request)
{
	struct at_request r = {.number = -1};
	char *at = skip_blanks(line);
	int error;

	if (strncasecmp(at, "AT", 2) != 0)
		return AT_E_NOT_SUPPORTED;
	at = take_name(skip_blanks(at + 2), &r);
	if (!at)
		return AT_E_PARAMETER;
	error = parse_form(skip_blanks(at), &r);
	if (!error)
		*ret_request = r;
	return error;
}
