/* SPDX-License-Identifier: MIT */
/* The OpenAPI 3.1 document, from the tables of the routes. */
#include "api/api_impl.h"
#include "api/shape.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void write_path_params(struct json_out *j, const char *path)
{
	for (const char *p = strchr(path, '{'); p; p = strchr(p, '{')) {
		size_t n = strcspn(++p, "}");

		json_out_object(j);
		json_out_key(j, "name"), json_out_text_n(j, p, n);
		say_text(j, "in", "path");
		say_bool(j, "required", true);
		json_out_key(j, "schema");
		json_out_object(j), say_text(j, "type", "string"), json_out_end(j);
		json_out_end(j);
	}
}

static void write_param_schema(struct json_out *j, const struct route_param *p)
{
	static const char *const types[] = {
		[PARAM_TEXT] = "string",
		[PARAM_COUNT] = "integer",
		[PARAM_TIME] = "string",
		[PARAM_FLAG] = "boolean",
		[PARAM_WORD] = "string",
	};

	json_out_object(j);
	say_text(j, "type", types[p->type]);
	if (p->type == PARAM_COUNT) {
		say_u64(j, "minimum", p->min);
		say_u64(j, "maximum", p->max);
	} else if (p->type == PARAM_TEXT) {
		say_u64(j, "maxLength", p->max);
	} else if (p->type == PARAM_WORD) {
		json_out_key(j, "enum");
		json_out_array(j);
		for (const char *word = p->help;; word++) {
			size_t n = strcspn(word, "|:");

			json_out_text_n(j, word, n);
			word += n;
			if (*word != '|')
				break;
		}
		json_out_end(j);
	}
	json_out_end(j);
}

static void write_params(struct json_out *j, const struct route *route)
{
	json_out_key(j, "parameters");
	json_out_array(j);
	write_path_params(j, route->path);
	for (const struct route_param *p = route->params; p && p->name; p++) {
		json_out_object(j);
		say_text(j, "name", p->name);
		say_text(j, "in", "query");
		say_text(j, "description", p->help);
		json_out_key(j, "schema"), write_param_schema(j, p);
		json_out_end(j);
	}
	json_out_end(j);
}

/* {"application/json": {"schema": {"$ref": ...}}} */
static void write_content(struct json_out *j, const char *type, const char *schema)
{
	char ref[100];

	json_out_key(j, "content");
	json_out_object(j);
	json_out_key(j, type);
	json_out_object(j);
	if (schema) {
		snprintf(ref, sizeof(ref), "#/components/schemas/%s", schema);
		json_out_key(j, "schema");
		json_out_object(j), say_text(j, "$ref", ref), json_out_end(j);
	}
	json_out_end(j);
	json_out_end(j);
}

static void write_answers(struct json_out *j, const struct route *route)
{
	char status[8];

	snprintf(status, sizeof(status), "%u", route->status);
	json_out_key(j, "responses");
	json_out_object(j);
	json_out_key(j, status);
	json_out_object(j);
	say_text(j, "description", route->summary);
	if (route->answer && strchr(route->answer, '/'))
		write_content(j, route->answer, NULL);
	else if (route->answer)
		write_content(j, "application/json", route->answer);
	json_out_end(j);
	json_out_key(j, "default");
	json_out_object(j);
	say_text(j, "description", "why it was not done");
	write_content(j, "application/problem+json", "Problem");
	json_out_end(j);
	json_out_end(j);
}

static void write_operation(struct json_out *j, const struct route *route)
{
	char method[16] = "", role[64];

	for (size_t i = 0; route->method[i] && i < sizeof(method) - 1; i++)
		method[i] = (char)tolower((unsigned char)route->method[i]);
	snprintf(role, sizeof(role), "Role: %s.", role_name(route->role));
	json_out_key(j, method);
	json_out_object(j);
	say_text(j, "operationId", route->id);
	say_text(j, "summary", route->summary);
	say_text(j, "description", role);
	if (route->role == ROLE_PUBLIC) {
		json_out_key(j, "security");
		json_out_array(j), json_out_end(j);
	}
	write_params(j, route);
	if (route->body) {
		bool optional = *route->body == '?';

		json_out_key(j, "requestBody");
		json_out_object(j);
		say_bool(j, "required", !optional);
		write_content(j, "application/json", route->body + optional);
		json_out_end(j);
	}
	write_answers(j, route);
	json_out_end(j);
}

/* The methods of a path stand one after the other in the tables. */
static void write_paths(struct json_out *j)
{
	const char *last = "";

	json_out_key(j, "paths");
	json_out_object(j);
	for (const struct noun *const *noun = route_nouns; *noun; noun++) {
		for (const struct route *route = (*noun)->routes; route->method; route++) {
			if (strcmp(route->path, last) != 0) {
				char path[128];

				if (*last)
					json_out_end(j);
				snprintf(path, sizeof(path), ROUTE_PREFIX "%s", route->path);
				json_out_key(j, path);
				json_out_object(j);
				last = route->path;
			}
			write_operation(j, route);
		}
	}
	json_out_end(j);
	json_out_end(j);
}

static void write_components(struct json_out *j)
{
	json_out_key(j, "components");
	json_out_object(j);
	json_out_key(j, "securitySchemes");
	json_out_object(j);
	json_out_key(j, "token");
	json_out_object(j);
	say_text(j, "type", "http");
	say_text(j, "scheme", "bearer");
	json_out_end(j);
	json_out_end(j);
	json_out_key(j, "schemas");
	json_out_object(j);
	for (const struct noun *const *noun = route_nouns; *noun; noun++) {
		for (const struct schema *s = (*noun)->schemas; s && s->name; s++)
			json_out_key(j, s->name), shape_write(j, s);
	}
	json_out_end(j);
	json_out_end(j);
}

bool openapi_write(struct buf *buf)
{
	struct json_out out = JSON_OUT(buf), *j = &out;

	json_out_object(j);
	say_text(j, "openapi", "3.1.0");
	json_out_key(j, "info");
	json_out_object(j);
	say_text(j, "title", "meterbusd");
	say_text(j, "version", METERBUS_VERSION);
	say_text(j, "description",
		"Meters on M-Bus: accounts, readings, telegrams. Times are UTC; lists come in "
		"pages: pass `next` as `cursor`.");
	json_out_end(j);
	json_out_key(j, "security");
	json_out_array(j);
	json_out_object(j);
	json_out_key(j, "token");
	json_out_array(j), json_out_end(j);
	json_out_end(j);
	json_out_end(j);
	write_paths(j);
	write_components(j);
	json_out_end(j);
	return json_out_ok(j);
}
