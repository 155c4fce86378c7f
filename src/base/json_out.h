/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON into a buffer, commas and quotes done. Once the buffer is full nothing more is written
 * and json_out_ok() is false: check once, at the end.
 *
 *	struct json_out j = JSON_OUT(&buf);
 *	json_out_object(&j);
 *	json_out_key(&j, "port"), json_out_u64(&j, 502);
 *	json_out_end(&j);
 */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H

#include "base/buf.h"

#define JSON_DEPTH_MAX 63

struct json_out {
	struct buf *buf;
	uint64_t arrays; /* one bit a level: array or object */
	uint8_t depth;
	bool comma; /* something was written on this level */
	bool failed;
};

#define JSON_OUT(buf_) \
	{ \
		.buf = (buf_) \
	}

void json_out_object(struct json_out *j);
void json_out_array(struct json_out *j);
void json_out_end(struct json_out *j); /* of the innermost object or array */
void json_out_key(struct json_out *j, const char *key);

void json_out_text(struct json_out *j, const char *text); /* UTF-8; NULL gives null */
void json_out_text_n(struct json_out *j, const char *text, size_t n);
void json_out_hex(struct json_out *j, const uint8_t *bytes, size_t n); /* "68310A" */
void json_out_u64(struct json_out *j, uint64_t n);
void json_out_i64(struct json_out *j, int64_t n);
void json_out_bool(struct json_out *j, bool b);
void json_out_null(struct json_out *j);
/* Ready-made JSON: a number with its point, a stored document. */
void json_out_raw(struct json_out *j, const char *json, size_t n);

bool json_out_ok(const struct json_out *j);

#endif
