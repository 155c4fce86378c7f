/* SPDX-License-Identifier: MIT */
#include "api/shape.h"
#include "base/json_out.h"

#include <stdio.h>
#include <string.h>

#define REF "#/components/schemas/"

const struct schema *shape_find(const char *name)
{
	for (const struct noun *const *noun = route_nouns; *noun; noun++) {
		for (const struct schema *s = (*noun)->schemas; s && s->name; s++) {
			if (strcmp(s->name, name) == 0)
				return s;
		}
	}
	return NULL;
}

/* ---- types ---- */

struct type {
	const char *word;
	size_t len;
	bool optional, nullable, array;
};

static struct type parse_type(const char *text)
{
	struct type t = {0};

	for (; *text == '?' || *text == '~'; text++) {
		t.optional |= *text == '?';
		t.nullable |= *text == '~';
	}
	t.array = *text == '[';
	t.word = text + t.array;
	t.len = strcspn(t.word, "]");
	return t;
}

static bool is_word(const struct type *t, const char *word)
{
	return strlen(word) == t->len && memcmp(t->word, word, t->len) == 0;
}

/* clang-format off */
static const struct {
	const char *word, *type, *format;
} plain_types[] = {
	{"text",    "string",  NULL},
	{"time",    "string",  "date-time"},
	{"integer", "integer", NULL},
	{"number",  "number",  NULL},
	{"flag",    "boolean", NULL},
	{"any",     NULL,      NULL},
	{"object",  "object",  NULL},
};
/* clang-format on */

/* Index in plain_types, or -1. */
static int plain_type(const struct type *t)
{
	for (size_t i = 0; i < sizeof(plain_types) / sizeof(*plain_types); i++) {
		if (is_word(t, plain_types[i].word))
			return (int)i;
	}
	return -1;
}

/* ---- writing ---- */

static void say(struct json_out *j, const char *key, const char *text)
{
	json_out_key(j, key);
	json_out_text(j, text);
}

static void write_words(struct json_out *j, const struct type *t)
{
	const char *word = t->word, *end = t->word + t->len;

	json_out_key(j, "enum");
	json_out_array(j);
	while (word < end) {
		size_t n = strcspn(word, "|]");

		json_out_text_n(j, word, n);
		word += n + 1;
	}
	if (t->nullable)
		json_out_null(j);
	json_out_end(j);
}

static void write_plain(struct json_out *j, const struct type *t, int plain)
{
	const char *type = plain_types[plain].type;

	if (!type)
		return;
	json_out_key(j, "type");
	if (t->nullable) {
		json_out_array(j);
		json_out_text(j, type);
		json_out_text(j, "null");
		json_out_end(j);
	} else {
		json_out_text(j, type);
	}
	if (plain_types[plain].format)
		say(j, "format", plain_types[plain].format);
}

static void write_ref(struct json_out *j, const struct type *t)
{
	char ref[100];

	snprintf(ref, sizeof(ref), REF "%.*s", (int)t->len, t->word);
	if (!t->nullable) {
		say(j, "$ref", ref);
		return;
	}
	json_out_key(j, "oneOf");
	json_out_array(j);
	json_out_object(j), say(j, "$ref", ref), json_out_end(j);
	json_out_object(j), say(j, "type", "null"), json_out_end(j);
	json_out_end(j);
}

static void write_members(struct json_out *j, const struct type *t)
{
	int plain = plain_type(t);

	if (plain >= 0)
		write_plain(j, t, plain);
	else if (memchr(t->word, '|', t->len))
		write_words(j, t);
	else
		write_ref(j, t);
}

static void write_type(struct json_out *j, const struct schema_field *field)
{
	struct type t = parse_type(field->type);

	json_out_object(j);
	if (t.array) {
		say(j, "type", "array");
		json_out_key(j, "items");
		t.nullable = false;
		json_out_object(j), write_members(j, &t), json_out_end(j);
	} else {
		write_members(j, &t);
	}
	if (field->help)
		say(j, "description", field->help);
	json_out_end(j);
}

void shape_write(struct json_out *j, const struct schema *schema)
{
	if (schema->write) {
		json_out_raw(j, "", 0); /* the comma */
		j->failed |= !schema->write(j->buf);
		return;
	}
	json_out_object(j);
	say(j, "type", "object");
	say(j, "description", schema->help);
	json_out_key(j, "properties");
	json_out_object(j);
	for (const struct schema_field *f = schema->fields; f->name; f++)
		json_out_key(j, f->name), write_type(j, f);
	json_out_end(j);
	json_out_key(j, "required");
	json_out_array(j);
	for (const struct schema_field *f = schema->fields; f->name; f++) {
		if (!parse_type(f->type).optional)
			json_out_text(j, f->name);
	}
	json_out_end(j);
	json_out_end(j);
}

/* ---- checking ---- */

static bool has_word(const struct type *t, const char *value)
{
	const char *word = t->word, *end = t->word + t->len;
	size_t len = strlen(value);

	while (word < end) {
		size_t n = strcspn(word, "|]");

		if (n == len && memcmp(word, value, n) == 0)
			return true;
		word += n + 1;
	}
	return false;
}

/* NULL, or "must be ...". */
static const char *check_plain(const struct type *t, const json_t *value)
{
	if (is_word(t, "text") || is_word(t, "time"))
		return json_is_string(value) ? NULL : "must be a text";
	if (is_word(t, "integer"))
		return json_is_integer(value) ? NULL : "must be a whole number";
	if (is_word(t, "number"))
		return json_is_number(value) ? NULL : "must be a number";
	if (is_word(t, "flag"))
		return json_is_boolean(value) ? NULL : "must be true or false";
	if (is_word(t, "any"))
		return NULL;
	return json_is_object(value) ? NULL : "must be an object";
}

static const char *check_value(const struct type *t, const json_t *value)
{
	if (plain_type(t) < 0 && memchr(t->word, '|', t->len))
		return json_is_string(value) && has_word(t, json_string_value(value))
			       ? NULL
			       : "must be one of its words";
	return check_plain(t, value);
}

static const char *check_array(const struct type *t, const json_t *value)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return "must be an array";
	json_array_foreach(value, i, item)
	{
		const char *wrong = check_value(t, item);

		if (wrong)
			return wrong;
	}
	return NULL;
}

static const char *check_field(
	const struct schema_field *f, const json_t *value, char *text, size_t max)
{
	struct type t = parse_type(f->type);
	const char *wrong;

	if (!value) {
		if (t.optional)
			return NULL;
		snprintf(text, max, "%s is missing", f->name);
		return text;
	}
	if (json_is_null(value) && (t.optional || t.nullable))
		return NULL;
	wrong = t.array ? check_array(&t, value) : check_value(&t, value);
	if (!wrong)
		return NULL;
	snprintf(text, max, "%s %s (%s)", f->name, wrong, t.word);
	return text;
}

const char *shape_check(const char *name, const json_t *body, char *text, size_t max)
{
	const struct schema *schema = shape_find(name);
	const struct schema_field *f;
	const char *key;
	json_t *value;

	if (!schema || !schema->fields)
		return NULL;
	if (!json_is_object(body))
		return "an object is expected";
	json_object_foreach((json_t *)(uintptr_t)body, key, value)
	{
		for (f = schema->fields; f->name && strcmp(f->name, key) != 0; f++)
			;
		if (!f->name) {
			snprintf(text, max, "there is no property '%.64s' here", key);
			return text;
		}
	}
	for (f = schema->fields; f->name; f++) {
		const char *wrong = check_field(f, json_object_get(body, f->name), text, max);

		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *body_text(const json_t *body, const char *key)
{
	return json_string_value(json_object_get(body, key));
}

int64_t body_integer(const json_t *body, const char *key, int64_t standard)
{
	const json_t *value = json_object_get(body, key);

	return json_is_integer(value) ? json_integer_value(value) : standard;
}

bool body_flag(const json_t *body, const char *key, bool standard)
{
	const json_t *value = json_object_get(body, key);

	return json_is_boolean(value) ? json_is_true(value) : standard;
}
