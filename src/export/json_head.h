/* SPDX-License-Identifier: MIT */
/*
 * What JSON says of a record apart from its value. It depends on DIB and VIB alone, and a meter sends
 * the same ones each time: so the text is kept.
 */
#ifndef EXPORT_JSON_HEAD_H
#define EXPORT_JSON_HEAD_H

#include <meterbus/record.h>

#include <stddef.h>

#define JSON_HEAD_TEXT_MAX 8192 /* two texts of 512 bytes escaped, 252 bytes in hex, names */

struct json_head {
	const char *front; /* from the key to the unit; valid until the next call */
	size_t front_len;
	const char *back; /* the bytes of DIB and VIB, and the metadata of drivers */
	size_t back_len;
};

void json_head(const struct mb_record *record, struct json_head *ret_head);

#endif
