/* SPDX-License-Identifier: MIT */
#include "api/http_target.h"
#include "base/hex.h"

#include <string.h>

/* How many bytes follow the first one of a character; -1: none begins so. */
static int utf8_tail(uint8_t first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xC2 && first <= 0xDF)
		return 1;
	if (first >= 0xE0 && first <= 0xEF)
		return 2;
	return first >= 0xF0 && first <= 0xF4 ? 3 : -1;
}

/* The second byte rules out long forms, surrogates and what lies beyond the last plane. */
static bool utf8_second(uint8_t first, uint8_t second)
{
	uint8_t low = 0x80, high = 0xBF;

	if (first == 0xE0)
		low = 0xA0;
	else if (first == 0xED)
		high = 0x9F;
	else if (first == 0xF0)
		low = 0x90;
	else if (first == 0xF4)
		high = 0x8F;
	return second >= low && second <= high;
}

/* No control characters, either: nothing of ours has them in a name. */
static bool is_text(const char *text)
{
	const uint8_t *s = (const uint8_t *)text;

	while (*s) {
		uint8_t first = *s++;
		int tail = utf8_tail(first);

		if (first < 0x20 || first == 0x7F || tail < 0)
			return false;
		for (int i = 0; i < tail; i++, s++) {
			if (i == 0 ? !utf8_second(first, *s) : (*s & 0xC0) != 0x80)
				return false;
		}
	}
	return true;
}

/* In place; a blank is only a + in a query. */
static bool decode(char *text, bool query)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		char c = *from;

		if (c == '%') {
			uint8_t byte;

			if (!hex_byte(from + 1, &byte) || !byte)
				return false;
			c = (char)byte;
			from += 2;
		} else if (c == '+' && query) {
			c = ' ';
		}
		*to++ = c;
	}
	*to = '\0';
	return is_text(text);
}

static bool is_dots(const char *segment)
{
	return segment[0] == '.' && (!segment[1] || (segment[1] == '.' && !segment[2]));
}

/* path is behind its first slash. */
static bool split_path(struct http_target *t, char *path)
{
	while (*path) {
		char *end = path + strcspn(path, "/");

		t->slash = *end == '/';
		*end = '\0';
		if (t->n_segments == HTTP_SEGMENTS_MAX || end == path)
			return false;
		if (!decode(path, false) || !*path || is_dots(path))
			return false;
		t->segments[t->n_segments++] = path;
		path = t->slash ? end + 1 : end;
	}
	return true;
}

static bool add_pair(struct http_target *t, char *name)
{
	char *value = name + strcspn(name, "=");

	if (*value)
		*value++ = '\0';
	if (t->n_query == HTTP_QUERY_MAX || !decode(name, true) || !decode(value, true))
		return false;
	if (!*name || http_query(t, name))
		return false;
	t->query[t->n_query++] = (struct http_pair){name, value};
	return true;
}

static bool split_query(struct http_target *t, char *query)
{
	while (*query) {
		char *end = query + strcspn(query, "&"), *next = *end ? end + 1 : end;

		*end = '\0';
		if (end > query && !add_pair(t, query))
			return false;
		query = next;
	}
	return true;
}

const char *http_query(const struct http_target *target, const char *name)
{
	for (uint8_t i = 0; i < target->n_query; i++) {
		if (strcmp(target->query[i].name, name) == 0)
			return target->query[i].value;
	}
	return NULL;
}

int http_target_parse(const char *target, struct http_target *ret_target)
{
	struct http_target *t = ret_target;
	size_t len = strnlen(target, HTTP_TARGET_MAX + 1);
	char *query;

	t->n_segments = t->n_query = 0;
	t->slash = false;
	if (target[0] != '/' || len > HTTP_TARGET_MAX || memchr(target, '#', len))
		return -1;
	memcpy(t->text, target, len + 1);
	query = t->text + strcspn(t->text, "?");
	if (*query)
		*query++ = '\0';
	if (!split_path(t, t->text + 1) || !split_query(t, query)) {
		t->n_segments = t->n_query = 0;
		return -1;
	}
	return 0;
}
