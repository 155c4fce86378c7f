/* SPDX-License-Identifier: MIT */
/*
 * Lines of JSON on stdout for verbs (doc/event.schema.json), a member a call:
 *
 *	bus_json_begin(&j, "result");
 *	bus_json_text(&j, "address", "5");
 *	bus_json_open(&j, "error");
 *	bus_json_number(&j, "code", -30);
 *	bus_json_close(&j);
 *	bus_json_end(&j);
 *
 * Names are literals that need no escapes. Texts are UTF-8 and may be NULL: then no member.
 */
#ifndef METERBUS_TOOL_BUS_JSON_H
#define METERBUS_TOOL_BUS_JSON_H

#include "export/out.h"
#include "meterbus/bus_ask.h"

#include <meterbus/address.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus_json {
	struct out out;
	bool comma; /* before the next member */
	char buf[OUT_SIZE_MIN];
};

/* The version of the schema, and which kind of line it is. */
void bus_json_begin(struct bus_json *j, const char *type);
/* The line is whole, and written. */
void bus_json_end(struct bus_json *j);

void bus_json_text(struct bus_json *j, const char *name, const char *text);
void bus_json_number(struct bus_json *j, const char *name, int64_t number);
void bus_json_numbers(struct bus_json *j, const char *name, const int64_t *numbers, size_t n);
void bus_json_bool(struct bus_json *j, const char *name, bool value);
/* Upper-case hex without blanks; no bytes: no member. */
void bus_json_hex(struct bus_json *j, const char *name, const uint8_t *bytes, size_t n);
/* Identification, maker, version, medium and all of them as an address. */
void bus_json_meter(struct bus_json *j, const char *name, const struct mb_secondary *meter);
void bus_json_open(struct bus_json *j, const char *name);
void bus_json_close(struct bus_json *j);
/* "error" with the advice, and the bytes, of the last request; nothing for a good result. */
void bus_json_error(struct bus_json *j, const struct bus_ask *ask, int result);

#endif
