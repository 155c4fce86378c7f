/* SPDX-License-Identifier: MIT */
/* What JSON says of a record apart from its value: its names in front, its coding behind. */
#ifndef EXPORT_JSON_HEAD_H
#define EXPORT_JSON_HEAD_H

#include <meterbus/record.h>

#define JSON_HEAD_TEXT_MAX 8192 /* two texts of 512 bytes escaped, 252 bytes in hex, names */

/* From the key to the unit. */
char *json_put_front(char *p, const struct mb_record *record);
/* The bytes of DIB and VIB, and the metadata of drivers. */
char *json_put_back(char *p, const struct mb_record *record);

#endif
