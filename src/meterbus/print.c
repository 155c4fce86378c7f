/* SPDX-License-Identifier: MIT */
#include "meterbus/print.h"

#include "export/profile.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE (4 * OUT_SIZE_MIN)
#define PROFILE_FILE_MAX 65536

struct print {
	const struct format *format;
	struct format_options options;
	struct profile *profile;
	bool begun;
	struct out out;
	char buffer[BUFFER_SIZE];
};

static int write_all(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	while (n > 0) {
		ssize_t k = write(STDOUT_FILENO, bytes, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			if (errno != EPIPE) /* the reader has seen enough */
				talk_error("standard output: %s", strerror(errno));
			return -1;
		}
		bytes += k;
		n -= (size_t)k;
	}
	return 0;
}

static int read_profile(struct print *p, const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = malloc(PROFILE_FILE_MAX);
	char why[200];
	unsigned line = 0;
	size_t n;
	int rc = EXIT_USAGE;

	p->profile = calloc(1, sizeof(*p->profile));
	if (!file || !text || !p->profile) {
		talk_error("%s: %s", name, strerror(errno));
		goto out;
	}
	n = fread(text, 1, PROFILE_FILE_MAX, file);
	if (ferror(file)) {
		talk_error("%s: %s", name, strerror(errno));
		goto out;
	}
	if (n == PROFILE_FILE_MAX) {
		talk_error("%s: larger than %d bytes", name, PROFILE_FILE_MAX);
		goto out;
	}
	line = profile_parse(p->profile, text, n, why, sizeof(why));
	if (line)
		talk_error("%s:%u: %s", name, line, why);
	else
		rc = EXIT_OK;
out:
	if (file)
		fclose(file);
	free(text);
	return rc;
}

static char separator(const char *text)
{
	return text && (strcmp(text, ";") == 0 || strcmp(text, "semicolon") == 0) ? ';' : ',';
}

int print_open(struct print **ret_print, const struct args *args, const char *format)
{
	const char *name = args_value(args, "format");
	const char *profile = args_value(args, "profile");
	struct print *p = calloc(1, sizeof(*p));
	int rc = EXIT_OK;

	if (!p)
		return EXIT_OUTPUT;
	if (!name)
		name = args_has(args, "json") ? "json" : format;
	p->format = format_find(name);
	p->options.color = talk_color(STDOUT_FILENO, args_value(args, "color"));
	p->options.separator = separator(args_value(args, "separator"));
	out_init(&p->out, p->buffer, sizeof(p->buffer), write_all, NULL);
	if (profile)
		rc = read_profile(p, profile);
	if (rc != EXIT_OK) {
		print_close(p);
		return rc;
	}
	*ret_print = p;
	return EXIT_OK;
}

const struct format *print_format(const struct print *p)
{
	return p->format;
}

const struct profile *print_profile(const struct print *p)
{
	return p->profile;
}

void print_many(struct print *p)
{
	p->options.many = true;
}

void print_answer(struct print *p, const struct answer *answer)
{
	if (!p->begun && p->format->begin)
		p->format->begin(&p->out, &p->options);
	p->begun = true;
	p->format->answer(&p->out, answer, &p->options);
}

int print_flush(struct print *p)
{
	return out_flush(&p->out);
}

int print_close(struct print *p)
{
	int rc;

	if (!p)
		return 0;
	if (p->begun && p->format->end)
		p->format->end(&p->out, &p->options);
	rc = out_flush(&p->out);
	free(p->profile);
	free(p);
	return rc;
}
