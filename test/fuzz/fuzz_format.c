/* SPDX-License-Identifier: MIT */
/*
 * The input is a chain of frames, printed in every format. JSON and XML stay balanced and without
 * control characters, each line of CSV has as many cells as the head line.
 */
#include "export/format.h"

#include <string.h>

#include "fuzz.h"

#define PARTS_MAX 8

struct text {
	char *bytes;
	size_t len;
};

static int keep(void *ctx, const char *bytes, size_t n)
{
	struct text *text = ctx;

	text->bytes = realloc(text->bytes, text->len + n + 1);
	CHECK(text->bytes != NULL);
	memcpy(text->bytes + text->len, bytes, n);
	text->len += n;
	text->bytes[text->len] = '\0';
	return 0;
}

static void check_json(const struct text *text)
{
	bool string = false;
	int depth = 0;

	for (const char *p = text->bytes; *p; p++) {
		if (string && *p == '\\')
			p++;
		else if (*p == '"')
			string = !string;
		else if (!string && (*p == '{' || *p == '['))
			depth++;
		else if (!string && (*p == '}' || *p == ']'))
			CHECK(--depth >= 0);
		CHECK((unsigned char)*p >= ' ' || (!string && *p == '\n'));
	}
	CHECK(depth == 0 && !string && text->len == strlen(text->bytes));
}

static void check_xml(const struct text *text)
{
	int depth = 0;

	for (const char *p = text->bytes; *p; p++) {
		if (*p == '<' && p[1] != '?' && p[1] != '!')
			depth += p[1] == '/' ? -1 : 1;
		if (*p == '/' && p[1] == '>')
			depth--;
		CHECK(depth >= 0);
		CHECK((unsigned char)*p >= ' ' || *p == '\n' || *p == '\r' || *p == '\t');
		if (*p == '&')
			CHECK(strchr(p, ';') && strcspn(p, ";") <= 6);
	}
	CHECK(depth == 0 && text->len == strlen(text->bytes));
}

static void check_csv(const struct text *text)
{
	int cells = 1, cells_first = 0;
	bool quoted = false;

	for (size_t i = 0; i < text->len; i++) {
		if (text->bytes[i] == '"')
			quoted = !quoted;
		else if (!quoted && text->bytes[i] == ',')
			cells++;
		else if (!quoted && text->bytes[i] == '\n') {
			CHECK(cells_first == 0 || cells == cells_first);
			cells_first = cells;
			cells = 1;
		}
	}
	CHECK(!quoted && cells == 1);
}

static void print(const struct format *format, const struct answer *answer)
{
	static const struct format_options options = {0};
	char *buf = malloc(OUT_SIZE_MIN);
	struct text text = {0};
	struct out out;

	CHECK(buf != NULL);
	out_init(&out, buf, OUT_SIZE_MIN, keep, &text);
	if (format->begin)
		format->begin(&out, &options);
	format->answer(&out, answer, &options);
	if (format->end)
		format->end(&out, &options);
	CHECK(out_flush(&out) == 0);
	CHECK(text.len > 0);
	if (strcmp(format->name, "json") == 0)
		check_json(&text);
	else if (strncmp(format->name, "xml", 3) == 0)
		check_xml(&text);
	else if (strcmp(format->name, "csv") == 0)
		check_csv(&text);
	free(text.bytes);
	free(buf);
}

/* The frames of the input, and what remains as a part that cannot be read. */
static size_t split(const uint8_t *data, size_t size, struct answer_part *parts)
{
	size_t count = 0, used;
	int n;

	while (size > 0 && count < PARTS_MAX) {
		struct answer_part *part = &parts[count++];

		n = mb_telegram_read(data, size, &part->telegram);
		used = n > 0 ? (size_t)n : size;
		part->readable = n > 0;
		part->error = n > 0 ? 0 : n;
		part->raw = data;
		part->raw_len = used;
		data += used;
		size -= used;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer_part parts[PARTS_MAX] = {0};
	static struct mb_chain chain;
	struct answer answer = {.parts = parts, .chain = &chain};

	mb_chain_init(&chain);
	answer.part_count = split(data, size, parts);
	for (const struct format *format = formats; format->name; format++)
		print(format, &answer);
	return 0;
}
