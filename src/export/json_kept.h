/* SPDX-License-Identifier: MIT */
/*
 * What JSON says of a record apart from its value, ready made. It nearly always depends on DIB and
 * VIB alone, and a meter sends the same ones each time.
 */
#ifndef EXPORT_JSON_KEPT_H
#define EXPORT_JSON_KEPT_H

#include <meterbus/record.h>

#include <stddef.h>

#define JSON_KEPT_BYTES_MAX 16 /* longer DIBs and VIBs are rare */
#define JSON_KEPT_TEXT_MAX 480

struct json_kept {
	uint8_t bytes[JSON_KEPT_BYTES_MAX]; /* DIB and VIB */
	uint8_t len; /* 0: free */
	uint8_t dib_len;
	uint16_t front_len, back_len;
	char text[JSON_KEPT_TEXT_MAX]; /* of json_put_front() and json_put_back() */
};

/* NULL when it depends on more than DIB and VIB, or is too long. Valid until the next call. */
const struct json_kept *json_kept(const struct mb_record *record);

#endif
