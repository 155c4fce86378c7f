/* SPDX-License-Identifier: MIT */
/* Members of JSON objects, for the writers of JSON. */
#ifndef EXPORT_JSON_PUT_H
#define EXPORT_JSON_PUT_H

#include "export/put.h"

static inline char *put_string(char *p, const char *text, size_t n)
{
	p = put_char(p, '"');
	p = put_json(p, text, n);
	return put_char(p, '"');
}

/* Comma, name, and a text of our own tables, which needs no escapes. */
#define PUT_NAMED(p, name, text) put_char(put_text(PUT(p, ",\"" name "\":\""), (text)), '"')
#define PUT_NAMED_U64(p, name, n) put_u64(PUT(p, ",\"" name "\":"), (n))

/*
 * Words of our own tables with their length. All of the room is copied, which costs less than to find
 * out how much is used; what follows writes over the rest.
 */
struct fragment {
	uint8_t len;
	char text[39];
};
#define FRAGMENT(literal) \
	{ \
		sizeof(literal) - 1, literal \
	}
_Static_assert(sizeof(struct fragment) == 40, "a fragment has no holes");

static inline char *put_fragment(char *p, const struct fragment *fragment)
{
	memcpy(p, fragment->text, sizeof(fragment->text));
	return p + fragment->len;
}

static inline char *put_named_hex(char *p, const uint8_t *bytes, size_t n)
{
	return put_char(put_hex(p, bytes, n), '"');
}

#endif
