/* SPDX-License-Identifier: MIT */
/* Checks of request bodies by the tables of shapes that the OpenAPI document is made of. */
#ifndef API_SHAPE_H
#define API_SHAPE_H

#include "api/route.h"
#include "base/buf.h"

#include <jansson.h>

const struct schema *shape_find(const char *name); /* NULL: there is none */
/*
 * Has the body this shape? Unknown properties are wrong, too. Schemas that are written by others
 * (fields NULL) are checked by their owners. NULL, or what is wrong, in text.
 */
const char *shape_check(const char *name, const json_t *body, char *text, size_t max);
/* One schema as JSON Schema. False: the buffer is full. */
struct json_out;
void shape_write(struct json_out *j, const struct schema *schema);

/* Of a body that was checked: NULL, standard when missing or null. */
const char *body_text(const json_t *body, const char *key);
int64_t body_integer(const json_t *body, const char *key, int64_t standard);
bool body_flag(const json_t *body, const char *key, bool standard);

#endif
