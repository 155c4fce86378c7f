/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON (RFC 8259) of others. Numbers stay the text that they are: no digit is lost.
 *
 *	struct json_doc doc;
 *	int rc = json_in(&doc, text, len);
 *	for (struct json_in item = json_in_first(json_in_get(json_in_root(&doc), "items"));
 *		json_in_there(item); item = json_in_next(item))
 *		puts(json_in_text(json_in_get(item, "name")));
 *	json_doc_done(&doc);
 *
 * A value that is not there may be asked for anything, too: it is empty.
 */
#ifndef BASE_JSON_IN_H
#define BASE_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_IN_DEPTH_MAX 64
#define JSON_IN_BYTES_MAX (UINT32_C(256) << 20)
#define JSON_IN_VALUES_MAX (UINT32_C(4) << 20) /* names of members count, too */

enum json_type {
	JSON_IN_NONE, /* not there */
	JSON_IN_NULL,
	JSON_IN_FALSE,
	JSON_IN_TRUE,
	JSON_IN_NUMBER,
	JSON_IN_TEXT,
	JSON_IN_ARRAY,
	JSON_IN_OBJECT,
};

struct json_node;

struct json_doc {
	const char *text; /* of the caller, stays as long as the document */
	char *plain; /* texts without escapes, numbers, words; each at the place where it was read */
	struct json_node
		*nodes; /* in the order of the text; a member is its name, then its value */
	uint32_t count, size;
	uint32_t wrong_at; /* where the error is */
};

/* A value in a document. */
struct json_in {
	const struct json_doc *doc; /* NULL: there is none */
	uint32_t at, end; /* nodes: itself, the end of what it is in */
};

/* 0, or < 0: no JSON, too deep, too long, too many values, no memory; then the document is empty, but for wrong_at. */
int json_in(struct json_doc *doc, const char *text, size_t len);
void json_doc_done(struct json_doc *doc);
struct json_in json_in_root(const struct json_doc *doc);

enum json_type json_in_type(struct json_in v);
bool json_in_there(struct json_in v); /* and not null */
/* A member; with several of the name the first. */
struct json_in json_in_get(struct json_in object, const char *name);
/* The first value of an array or of an object, and the one after a value. */
struct json_in json_in_first(struct json_in v);
struct json_in json_in_next(struct json_in v);
const char *json_in_name(struct json_in member); /* "" in an array */
size_t json_in_count(struct json_in v);

/* Of a text without its escapes, of a number its digits, true or false; "" for all else. */
const char *json_in_text(struct json_in v);
bool json_in_flag(struct json_in v); /* true, and nothing else */
/* false: no whole number of 64 bits. */
bool json_in_i64(struct json_in v, int64_t *ret_n);
/* The value as it was written. */
const char *json_in_raw(struct json_in v, size_t *ret_len);

#endif
