/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl_account_body.h"

#include "base/nearest.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 64

int ctl_account_schema(struct ctl *c, struct ctl_answer *ret_openapi)
{
	struct ctl_path path;

	ctl_path(&path, "/openapi.json", NULL);
	return ctl_call(c, "GET", &path, NULL, NULL, ret_openapi);
}

struct json_in ctl_account_properties(struct json_in openapi)
{
	struct json_in v = json_in_get(json_in_get(openapi, "components"), "schemas");

	return json_in_get(json_in_get(v, "Account"), "properties");
}

/* "integer", or one of ["string", "integer"] */
static bool may_be(struct json_in property, const char *type)
{
	struct json_in types = json_in_get(property, "type");

	if (json_in_type(types) == JSON_IN_TEXT)
		return strcmp(json_in_text(types), type) == 0;
	for (types = json_in_first(types); json_in_there(types); types = json_in_next(types)) {
		if (strcmp(json_in_text(types), type) == 0)
			return true;
	}
	return false;
}

/* As JSON has them: no plus, no leading zero. */
static bool is_integer(const char *text)
{
	size_t n = strspn(text + (*text == '-'), "0123456789");
	const char *digits = text + (*text == '-');

	return n > 0 && n < 19 && !digits[n] && (digits[0] != '0' || n == 1);
}

static void put_array(struct json_out *j, const char *value)
{
	json_out_array(j);
	while (*value) {
		size_t n = strcspn(value, ",");

		json_out_text_n(j, value, n);
		value += n + (value[n] == ',');
	}
	json_out_end(j);
}

/* What fits no type goes as a text: the daemon says what is allowed. */
static void put_value(struct json_out *j, struct json_in property, const char *value)
{
	bool truth = strcmp(value, "true") == 0;

	if (may_be(property, "array"))
		put_array(j, value);
	else if (!*value)
		json_out_null(j);
	else if (may_be(property, "boolean") && (truth || strcmp(value, "false") == 0))
		json_out_bool(j, truth);
	else if (may_be(property, "integer") && is_integer(value))
		json_out_raw(j, value, strlen(value));
	else
		json_out_text(j, value);
}

static void complain_unknown(struct json_in properties, const char *key)
{
	char names[2048] = "", nearest[NEAREST_MAX];

	for (struct json_in v = json_in_first(properties); v.doc; v = json_in_next(v)) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", len ? " " : "", json_in_name(v));
	}
	if (nearest_name(key, names, nearest, sizeof(nearest)))
		talk_error("there is no property %s; did you mean %s?", key, nearest);
	else
		talk_error("there is no property %s; meterbus ctl properties lists them", key);
}

int ctl_account_body(
	struct json_in properties, char *const *words, unsigned count, struct json_out *j)
{
	for (unsigned i = 0; i < count; i++) {
		size_t n = strcspn(words[i], "=");
		struct json_in property;
		char key[KEY_MAX];

		if (!words[i][n] || n == 0 || n >= sizeof(key)) {
			talk_error("%s: must be PROPERTY=VALUE", words[i]);
			return EXIT_USAGE;
		}
		snprintf(key, sizeof(key), "%.*s", (int)n, words[i]);
		property = json_in_get(properties, key);
		if (!json_in_there(property)) {
			complain_unknown(properties, key);
			return EXIT_USAGE;
		}
		json_out_key(j, key);
		put_value(j, property, words[i] + n + 1);
	}
	return EXIT_OK;
}
