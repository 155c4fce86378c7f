/* SPDX-License-Identifier: MIT */
#include "base/json_out.h"

#include "base/hex.h"
#include "base/json_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIECE 128 /* bytes that are turned into text at once */

static void add(struct json_out *j, const char *text, size_t n)
{
	if (!j->failed && !buf_add(j->buf, text, n))
		j->failed = true;
}

/* Before each value and each key. */
static void separate(struct json_out *j)
{
	if (j->comma)
		add(j, ",", 1);
	j->comma = true;
}

static void begin(struct json_out *j, bool array)
{
	uint64_t bit = UINT64_C(1) << (j->depth & 63);

	separate(j);
	if (j->depth >= JSON_DEPTH_MAX) {
		j->failed = true;
		return;
	}
	j->arrays = array ? j->arrays | bit : j->arrays & ~bit;
	j->depth++;
	j->comma = false;
	add(j, array ? "[" : "{", 1);
}

void json_out_object(struct json_out *j)
{
	begin(j, false);
}

void json_out_array(struct json_out *j)
{
	begin(j, true);
}

void json_out_end(struct json_out *j)
{
	if (j->depth == 0) {
		j->failed = true;
		return;
	}
	j->depth--;
	add(j, j->arrays >> j->depth & 1 ? "]" : "}", 1);
	j->comma = true;
}

static void add_quoted(struct json_out *j, const char *text, size_t n)
{
	char escaped[PIECE * JSON_ESCAPED_MAX];

	add(j, "\"", 1);
	while (n > 0 && !j->failed) {
		size_t piece = n < PIECE ? n : PIECE;

		/* a character of UTF-8 stays whole */
		while (piece < n && piece > 1 && ((uint8_t)text[piece] & 0xC0) == 0x80)
			piece--;
		add(j, escaped, (size_t)(put_json(escaped, text, piece) - escaped));
		text += piece;
		n -= piece;
	}
	add(j, "\"", 1);
}

void json_out_key(struct json_out *j, const char *key)
{
	separate(j);
	add_quoted(j, key, strlen(key));
	add(j, ":", 1);
	j->comma = false;
}

void json_out_text_n(struct json_out *j, const char *text, size_t n)
{
	separate(j);
	add_quoted(j, text, n);
}

void json_out_text(struct json_out *j, const char *text)
{
	if (text)
		json_out_text_n(j, text, strlen(text));
	else
		json_out_null(j);
}

void json_out_hex(struct json_out *j, const uint8_t *bytes, size_t n)
{
	char text[2 * PIECE + 1];

	separate(j);
	add(j, "\"", 1);
	while (n > 0 && !j->failed) {
		size_t piece = n < PIECE ? n : PIECE;

		hex_text(bytes, piece, text);
		add(j, text, 2 * piece);
		bytes += piece;
		n -= piece;
	}
	add(j, "\"", 1);
}

void json_out_raw(struct json_out *j, const char *json, size_t n)
{
	separate(j);
	add(j, json, n);
}

void json_out_u64(struct json_out *j, uint64_t n)
{
	char text[24];

	json_out_raw(j, text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, n));
}

void json_out_i64(struct json_out *j, int64_t n)
{
	char text[24];

	json_out_raw(j, text, (size_t)snprintf(text, sizeof(text), "%" PRIi64, n));
}

void json_out_bool(struct json_out *j, bool b)
{
	json_out_raw(j, b ? "true" : "false", b ? 4 : 5);
}

void json_out_null(struct json_out *j)
{
	json_out_raw(j, "null", 4);
}

bool json_out_ok(const struct json_out *j)
{
	return !j->failed && j->depth == 0;
}
