/* SPDX-License-Identifier: MIT */
/*
 * What a client of the API can write that we take apart: first byte 0: a target with its parameters,
 * checked by every route; else: a body of JSON, checked by the shape of every request.
 */
#include "fuzz.h"

#include "api/shape.h"

#include <stdlib.h>
#include <string.h>

static void check_text(const char *text)
{
	if (text)
		CHECK(strlen(text) < 400);
}

static void target(const char *text)
{
	static struct http_target t;
	const char *values[ROUTE_PARAMS_MAX] = {0};
	char allowed[ROUTE_ALLOWED_MAX], why[300];

	if (http_target_parse(text, &t) < 0)
		return;
	for (unsigned i = 0; i < t.n_segments; i++)
		CHECK(*t.segments[i] && strlen(t.segments[i]) <= HTTP_TARGET_MAX);
	route_find("GET", &t, values, allowed);
	for (const struct noun *const *noun = route_nouns; *noun; noun++) {
		for (const struct route *route = (*noun)->routes; route->method; route++)
			check_text(route_check_query(route, &t, why, sizeof(why)));
	}
}

static void body(const char *text, size_t len)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	char why[300];

	if (!json)
		return;
	for (const struct noun *const *noun = route_nouns; *noun; noun++) {
		for (const struct route *route = (*noun)->routes; route->method; route++) {
			if (route->body)
				check_text(shape_check(route->body + (*route->body == '?'), json,
					why, sizeof(why)));
		}
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] == 0)
		target(text);
	else
		body(text, size - 1);
	free(text);
	return 0;
}
