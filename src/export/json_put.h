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

static inline char *put_named_hex(char *p, const uint8_t *bytes, size_t n)
{
	return put_char(put_hex(p, bytes, n), '"');
}

#endif
