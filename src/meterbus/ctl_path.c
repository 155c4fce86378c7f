/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl.h"
#include "meterbus/ctl_time.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct ctl_path *p, const char *text, size_t n)
{
	size_t len = strlen(p->text);

	if (len + n >= sizeof(p->text)) {
		p->too_long = true;
		return;
	}
	memcpy(p->text + len, text, n);
	p->text[len + n] = '\0';
}

/* RFC 3986: what is not reserved stays. */
static bool stays(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~", c));
}

static void add_escaped(struct ctl_path *p, const char *text)
{
	char escaped[4];

	for (; *text; text++) {
		if (stays(*text)) {
			add(p, text, 1);
			continue;
		}
		snprintf(escaped, sizeof(escaped), "%%%02X", (unsigned char)*text);
		add(p, escaped, 3);
	}
}

void ctl_path(struct ctl_path *p, const char *piece, ...)
{
	bool escape = false;
	va_list ap;

	*p = (struct ctl_path){0};
	va_start(ap, piece);
	for (; piece; piece = va_arg(ap, const char *), escape = !escape) {
		if (escape)
			add_escaped(p, piece);
		else
			add(p, piece, strlen(piece));
	}
	va_end(ap);
}

void ctl_query(struct ctl_path *p, const char *key, const char *value)
{
	add(p, p->query ? "&" : "?", 1);
	p->query = true;
	add(p, key, strlen(key));
	add(p, "=", 1);
	add_escaped(p, value);
}

void ctl_query_u64(struct ctl_path *p, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	ctl_query(p, key, text);
}

void ctl_query_args(struct ctl_path *p, const struct args *args, const char *names)
{
	char name[32];
	size_t n;

	for (; *names; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, names);
		if (args_has(args, name))
			ctl_query(
				p, name, args_value(args, name) ? args_value(args, name) : "true");
	}
}

int ctl_query_time(
	const struct ctl *c, struct ctl_path *p, const struct args *args, const char *name)
{
	const char *text = args_value(args, name);
	int64_t ms;

	if (!text)
		return EXIT_OK;
	if (!ctl_time_parse(text, c->now_ms, &ms) || ms < 0) {
		talk_error("--%s %s: must be a time like " CTL_TIME_HELP, name, text);
		return EXIT_USAGE;
	}
	ctl_query_u64(p, name, (uint64_t)ms);
	return EXIT_OK;
}
