/* SPDX-License-Identifier: MIT */
#include "base/json_in.h"

#include "base/hex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct json_node {
	uint32_t begin, end; /* in the text, quotes and brackets included */
	uint32_t after; /* the node behind all that is in this one */
	uint8_t type;
	bool name; /* of the value that follows */
};

struct reader {
	struct json_doc *doc;
	uint32_t at, len;
	unsigned depth;
};

static char look(const struct reader *r)
{
	return r->at < r->len ? r->doc->text[r->at] : '\0';
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->len && strchr(" \t\r\n", r->doc->text[r->at]) && r->doc->text[r->at])
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (look(r) != c || r->at == r->len)
		return false;
	r->at++;
	return true;
}

/* Its index, or -1. */
static int64_t add_node(struct reader *r, enum json_type type)
{
	struct json_doc *doc = r->doc;

	if (doc->count == JSON_IN_VALUES_MAX)
		return -1;
	if (doc->count == doc->size) {
		uint32_t size = doc->size ? 2 * doc->size : 64;
		struct json_node *nodes = realloc(doc->nodes, size * sizeof(*nodes));

		if (!nodes)
			return -1;
		doc->nodes = nodes;
		doc->size = size;
	}
	doc->nodes[doc->count] = (struct json_node){.begin = r->at, .type = (uint8_t)type};
	return doc->count++;
}

static void end_node(struct reader *r, int64_t i)
{
	r->doc->nodes[i].end = r->at;
	r->doc->nodes[i].after = r->doc->count;
}

/* ---- texts ---- */

static int hex4(struct reader *r, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++, r->at++) {
		int digit = hex_digit(look(r));

		if (digit < 0)
			return -1;
		unit = unit << 4 | (uint32_t)digit;
	}
	*ret_unit = unit;
	return 0;
}

/* No text of ours has a NUL in it; half of a pair is nothing at all. */
static char *put_utf8(char *p, uint32_t c)
{
	if (c == 0 || (c >= 0xD800 && c < 0xE000))
		c = 0xFFFD;
	if (c < 0x80) {
		*p++ = (char)c;
		return p;
	}
	if (c < 0x800) {
		*p++ = (char)(0xC0 | c >> 6);
	} else if (c < 0x10000) {
		*p++ = (char)(0xE0 | c >> 12);
		*p++ = (char)(0x80 | (c >> 6 & 0x3F));
	} else {
		*p++ = (char)(0xF0 | c >> 18);
		*p++ = (char)(0x80 | (c >> 12 & 0x3F));
		*p++ = (char)(0x80 | (c >> 6 & 0x3F));
	}
	*p++ = (char)(0x80 | (c & 0x3F));
	return p;
}

static int read_unicode(struct reader *r, char **p)
{
	const char *text = r->doc->text;
	uint32_t c, low, back;

	if (hex4(r, &c) < 0)
		return -1;
	back = r->at;
	if (c >= 0xD800 && c < 0xDC00 && r->len - r->at >= 6 && text[r->at] == '\\' &&
		text[r->at + 1] == 'u') {
		r->at += 2;
		if (hex4(r, &low) < 0)
			return -1;
		if (low >= 0xDC00 && low < 0xE000)
			c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
		else
			r->at = back;
	}
	*p = put_utf8(*p, c);
	return 0;
}

static int read_escape(struct reader *r, char **p)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = look(r);
	const char *found = c ? strchr(from, c) : NULL;

	if (!found && c != 'u')
		return -1;
	r->at++;
	if (c == 'u')
		return read_unicode(r, p);
	*(*p)++ = to[found - from];
	return 0;
}

/* What it means is never longer than what is written, and the NUL comes where the quote is. */
static int read_text(struct reader *r, bool name)
{
	int64_t i = add_node(r, JSON_IN_TEXT);
	char *p = r->doc->plain + r->at;

	if (i < 0)
		return -1;
	r->doc->nodes[i].name = name;
	r->at++;
	for (;;) {
		unsigned char c = (unsigned char)look(r);

		if (r->at == r->len || c < 0x20)
			return -1;
		r->at++;
		if (c == '"')
			break;
		if (c != '\\')
			*p++ = (char)c;
		else if (read_escape(r, &p) < 0)
			return -1;
	}
	*p = '\0';
	end_node(r, i);
	return 0;
}

/* ---- numbers and words ---- */

static bool skip_digits(struct reader *r)
{
	uint32_t begin = r->at;

	while (look(r) >= '0' && look(r) <= '9')
		r->at++;
	return r->at > begin;
}

static int read_number(struct reader *r)
{
	int64_t i = add_node(r, JSON_IN_NUMBER);
	uint32_t begin = r->at;
	bool zero;

	if (i < 0)
		return -1;
	r->at += look(r) == '-';
	zero = look(r) == '0';
	if (zero)
		r->at++;
	else if (!skip_digits(r))
		return -1;
	if (look(r) == '.' && (r->at++, !skip_digits(r)))
		return -1;
	if (look(r) == 'e' || look(r) == 'E') {
		r->at++;
		r->at += look(r) == '+' || look(r) == '-';
		if (!skip_digits(r))
			return -1;
	}
	memcpy(r->doc->plain + begin, r->doc->text + begin, r->at - begin);
	r->doc->plain[r->at] = '\0';
	end_node(r, i);
	return 0;
}

static int read_word(struct reader *r)
{
	static const struct {
		const char *word;
		enum json_type type;
	} words[] = {{"null", JSON_IN_NULL}, {"false", JSON_IN_FALSE}, {"true", JSON_IN_TRUE}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		uint32_t len = (uint32_t)strlen(words[i].word);
		int64_t node;

		if (r->len - r->at < len || memcmp(r->doc->text + r->at, words[i].word, len) != 0)
			continue;
		node = add_node(r, words[i].type);
		if (node < 0)
			return -1;
		memcpy(r->doc->plain + r->at, words[i].word, len + 1);
		r->at += len;
		end_node(r, node);
		return 0;
	}
	return -1;
}

/* ---- arrays and objects ---- */

static int read_value(struct reader *r);

static int read_member(struct reader *r, bool object)
{
	skip_blanks(r);
	if (!object)
		return read_value(r);
	if (look(r) != '"' || read_text(r, true) < 0 || !take(r, ':'))
		return -1;
	return read_value(r);
}

static int read_many(struct reader *r, bool object)
{
	int64_t i = add_node(r, object ? JSON_IN_OBJECT : JSON_IN_ARRAY);
	char close = object ? '}' : ']';

	if (i < 0 || r->depth == JSON_IN_DEPTH_MAX)
		return -1;
	r->depth++;
	r->at++;
	if (!take(r, close)) {
		do {
			if (read_member(r, object) < 0)
				return -1;
		} while (take(r, ','));
		if (!take(r, close))
			return -1;
	}
	r->depth--;
	end_node(r, i);
	return 0;
}

static int read_value(struct reader *r)
{
	char c;

	skip_blanks(r);
	c = look(r);
	if (c == '{' || c == '[')
		return read_many(r, c == '{');
	if (c == '"')
		return read_text(r, false);
	if (c == '-' || (c >= '0' && c <= '9'))
		return read_number(r);
	return read_word(r);
}

int json_in(struct json_doc *doc, const char *text, size_t len)
{
	struct reader r = {.doc = doc, .len = (uint32_t)len};

	*doc = (struct json_doc){.text = text};
	if (len > JSON_IN_BYTES_MAX)
		return -1;
	doc->plain = malloc(len + 1);
	if (doc->plain && read_value(&r) == 0) {
		skip_blanks(&r);
		if (r.at == r.len)
			return 0;
	}
	json_doc_done(doc);
	doc->wrong_at = r.at;
	return -1;
}

void json_doc_done(struct json_doc *doc)
{
	free(doc->plain);
	free(doc->nodes);
	*doc = (struct json_doc){0};
}

/* ---- values ---- */

static const struct json_node *node_of(struct json_in v)
{
	return v.doc && v.at < v.end ? &v.doc->nodes[v.at] : NULL;
}

struct json_in json_in_root(const struct json_doc *doc)
{
	return (struct json_in){doc, 0, doc->count};
}

enum json_type json_in_type(struct json_in v)
{
	const struct json_node *node = node_of(v);

	return node ? (enum json_type)node->type : JSON_IN_NONE;
}

bool json_in_there(struct json_in v)
{
	return json_in_type(v) > JSON_IN_NULL;
}

/* From a name to its value. */
static struct json_in on_value(struct json_in v)
{
	const struct json_node *node = node_of(v);

	if (node && node->name)
		v.at++;
	return node ? v : (struct json_in){0};
}

struct json_in json_in_first(struct json_in v)
{
	const struct json_node *node = node_of(v);

	if (!node || node->type < JSON_IN_ARRAY)
		return (struct json_in){0};
	return on_value((struct json_in){v.doc, v.at + 1, node->after});
}

struct json_in json_in_next(struct json_in v)
{
	const struct json_node *node = node_of(v);

	return node ? on_value((struct json_in){v.doc, node->after, v.end}) : (struct json_in){0};
}

const char *json_in_name(struct json_in member)
{
	const struct json_node *node = node_of(member);

	if (!node || member.at == 0 || !node[-1].name)
		return "";
	return member.doc->plain + node[-1].begin;
}

struct json_in json_in_get(struct json_in object, const char *name)
{
	struct json_in v = {0};

	if (json_in_type(object) == JSON_IN_OBJECT)
		v = json_in_first(object);
	while (v.doc && strcmp(json_in_name(v), name) != 0)
		v = json_in_next(v);
	return v;
}

size_t json_in_count(struct json_in v)
{
	size_t n = 0;

	for (v = json_in_first(v); v.doc; v = json_in_next(v))
		n++;
	return n;
}

const char *json_in_text(struct json_in v)
{
	const struct json_node *node = node_of(v);
	enum json_type type = json_in_type(v);

	return type > JSON_IN_NULL && type < JSON_IN_ARRAY ? v.doc->plain + node->begin : "";
}

bool json_in_flag(struct json_in v)
{
	return json_in_type(v) == JSON_IN_TRUE;
}

bool json_in_i64(struct json_in v, int64_t *ret_n)
{
	const char *text = json_in_text(v);
	long long n;
	char *end;

	if (json_in_type(v) != JSON_IN_NUMBER)
		return false;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (*end || errno)
		return false;
	*ret_n = n;
	return true;
}

const char *json_in_raw(struct json_in v, size_t *ret_len)
{
	const struct json_node *node = node_of(v);

	*ret_len = node ? node->end - node->begin : 0;
	return node ? v.doc->text + node->begin : "";
}
