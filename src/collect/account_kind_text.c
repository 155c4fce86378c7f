/* SPDX-License-Identifier: MIT */
/* Properties of an account that are texts inside. */
#include "collect/account_impl.h"

#include "base/quirk_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_text(struct account *a, const struct account_row *row, char *text)
{
	char **at = account_field(a, row);

	free(*at);
	*at = text;
}

static int keep_text(struct account *a, const struct account_row *row, const char *text,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	char *copy = strdup(text);

	if (!copy) {
		snprintf(ret_wrong, ACCOUNT_WRONG_MAX, "there is no memory for it");
		return -1;
	}
	set_text(a, row, copy);
	return 0;
}

/* New lines and tabs are text; other controls are not. */
static bool has_control(const char *text)
{
	for (; *text; text++) {
		if (((uint8_t)*text < 0x20 && *text != '\n' && *text != '\t') || *text == 0x7F)
			return true;
	}
	return false;
}

static bool text_fits(const struct account_row *row, const json_t *value)
{
	size_t len = json_string_length(value);

	return json_is_string(value) && (int64_t)len >= row->min && (int64_t)len <= row->max &&
	       !has_control(json_string_value(value));
}

static int read_text(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	if (!text_fits(row, value))
		return -1;
	return keep_text(a, row, json_string_value(value), ret_wrong);
}

static void write_text(const struct account *a, const struct account_row *row, struct json_out *j)
{
	json_out_text(j, *(char **)account_field(a, row));
}

static void reset_text(struct account *a, const struct account_row *row)
{
	set_text(a, row, NULL);
}

static void describe_text(const struct account_row *row, struct json_out *j)
{
	json_out_key(j, "minLength");
	json_out_i64(j, row->min);
	json_out_key(j, "maxLength");
	json_out_i64(j, row->max);
}

const struct account_kind account_kind_text = {
	"text", "string", read_text, write_text, reset_text, describe_text};

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define NAME_PATTERN "^[A-Za-z0-9._-]+$"

static bool is_name(const char *text)
{
	size_t len = strspn(text, NAME_LETTERS);

	return len > 0 && len <= ACCOUNT_NAME_MAX && !text[len];
}

/* A name is part of a path of the API: "." and ".." would be directories there. */
static int read_name(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	const char *name = json_string_value(value);

	if (!name || !is_name(name) || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -1;
	return keep_text(a, row, name, ret_wrong);
}

static void describe_name(const struct account_row *row, struct json_out *j)
{
	describe_text(row, j);
	json_out_key(j, "pattern");
	json_out_text(j, NAME_PATTERN);
}

const struct account_kind account_kind_name = {
	"name", "string", read_name, write_text, reset_text, describe_name};

static int read_zone(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	struct zone *zone;

	if (!text_fits(row, value) ||
		zone_load(json_string_value(value), &zone, ret_wrong, ACCOUNT_WRONG_MAX) < 0)
		return -1;
	if (keep_text(a, row, json_string_value(value), ret_wrong) < 0) {
		zone_put(zone);
		return -1;
	}
	zone_put(a->zone);
	a->zone = zone;
	return 0;
}

static void reset_zone(struct account *a, const struct account_row *row)
{
	reset_text(a, row);
	zone_put(a->zone);
	a->zone = NULL;
}

const struct account_kind account_kind_zone = {
	"time zone", "string", read_zone, write_text, reset_zone, describe_text};

static int read_quirk(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	struct mb_quirk quirk = {
		.meter = {MB_ID_ANY, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY},
		.primary = MB_QUIRK_PRIMARY_ANY,
		.reset_subcode = MB_QUIRK_NO_SUBCODE,
		.why = "given with the account",
	};

	if (!text_fits(row, value) || quirk_text_parse(json_string_value(value), &quirk, ret_wrong,
					      ACCOUNT_WRONG_MAX) < 0)
		return -1;
	if (keep_text(a, row, json_string_value(value), ret_wrong) < 0)
		return -1;
	a->bends = malloc(sizeof(*a->bends));
	if (!a->bends) {
		snprintf(ret_wrong, ACCOUNT_WRONG_MAX, "there is no memory for it");
		return -1;
	}
	*a->bends = quirk;
	return 0;
}

static void reset_quirk(struct account *a, const struct account_row *row)
{
	reset_text(a, row);
	free(a->bends);
	a->bends = NULL;
}

const struct account_kind account_kind_quirk = {
	"quirks", "string", read_quirk, write_text, reset_quirk, describe_text};

/* clang-format off */
static const struct {
	char prefix[9];
	uint8_t dependency; /* enum account_dependency */
} dependencies[] = {
	{"account:", ACCOUNT_DEPENDS_ACCOUNT},
	{"bus:",     ACCOUNT_DEPENDS_BUS},
};
/* clang-format on */

static int read_depends(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	const char *text = json_string_value(value);

	for (size_t i = 0; text && i < sizeof(dependencies) / sizeof(dependencies[0]); i++) {
		size_t len = strlen(dependencies[i].prefix);

		if (strncmp(text, dependencies[i].prefix, len) != 0 || !is_name(text + len))
			continue;
		a->dependency = dependencies[i].dependency;
		return keep_text(a, row, text, ret_wrong);
	}
	return -1;
}

static void reset_depends(struct account *a, const struct account_row *row)
{
	reset_text(a, row);
	a->dependency = ACCOUNT_DEPENDS_NOT;
}

static void describe_depends(const struct account_row *row, struct json_out *j)
{
	(void)row;
	json_out_key(j, "pattern");
	json_out_text(j, "^(account|bus):[A-Za-z0-9._-]+$");
}

const struct account_kind account_kind_depends = {
	"dependency", "string", read_depends, write_text, reset_depends, describe_depends};

/* --- tags ---------------------------------------------------------------------------------------- */

static void reset_tags(struct account *a, const struct account_row *row)
{
	(void)row;
	for (size_t i = 0; i < a->n_tags; i++)
		free(a->tags[i]);
	free(a->tags);
	a->tags = NULL;
	a->n_tags = 0;
}

static bool is_tag(const json_t *value)
{
	const char *tag = json_string_value(value);

	return tag && *tag && json_string_length(value) <= ACCOUNT_TAG_MAX && !has_control(tag) &&
	       !strpbrk(tag, ",\n\t");
}

/* Keeps the list sorted; a tag that is there is not added again. */
static bool add_tag(struct account *a, const char *tag)
{
	size_t at = 0;
	int order = 1;

	while (at < a->n_tags && (order = strcmp(tag, a->tags[at])) > 0)
		at++;
	if (at < a->n_tags && order == 0)
		return true;
	memmove(a->tags + at + 1, a->tags + at, (a->n_tags - at) * sizeof(*a->tags));
	a->tags[at] = strdup(tag);
	a->n_tags++;
	return a->tags[at] != NULL;
}

static int read_tags(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	size_t n = json_array_size(value);

	(void)row;
	if (!json_is_array(value) || n > ACCOUNT_TAGS_MAX)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!is_tag(json_array_get(value, i)))
			return -1;
	}
	if (n == 0)
		return 0;
	a->tags = calloc(n, sizeof(*a->tags));
	for (size_t i = 0; i < n; i++) {
		if (a->tags && add_tag(a, json_string_value(json_array_get(value, i))))
			continue;
		snprintf(ret_wrong, ACCOUNT_WRONG_MAX, "there is no memory for it");
		return -1;
	}
	return 0;
}

static void write_tags(const struct account *a, const struct account_row *row, struct json_out *j)
{
	(void)row;
	json_out_array(j);
	for (size_t i = 0; i < a->n_tags; i++)
		json_out_text(j, a->tags[i]);
	json_out_end(j);
}

static void describe_tags(const struct account_row *row, struct json_out *j)
{
	(void)row;
	json_out_key(j, "maxItems");
	json_out_u64(j, ACCOUNT_TAGS_MAX);
	json_out_key(j, "items");
	json_out_object(j);
	json_out_key(j, "type");
	json_out_text(j, "string");
	json_out_key(j, "minLength");
	json_out_u64(j, 1);
	json_out_key(j, "maxLength");
	json_out_u64(j, ACCOUNT_TAG_MAX);
	json_out_end(j);
}

const struct account_kind account_kind_tags = {
	"list of texts", "array", read_tags, write_tags, reset_tags, describe_tags};
