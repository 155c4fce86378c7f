/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_json.h"

#include "export/put.h"
#include "meterbus/bus_complain.h"

#include <meterbus/error.h>
#include <meterbus/names.h>

#include <stdio.h>
#include <string.h>

#define SCHEMA_VERSION 1 /* goes up when a reader of the old shape would go wrong */
#define PIECE_MAX 512 /* of a text between two takings of room */
#define PIECE_ROOM (PIECE_MAX * PUT_ESCAPED_MAX)

static int to_stdout(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	return fwrite(bytes, 1, n, stdout) == n ? 0 : -1;
}

void bus_json_begin(struct bus_json *j, const char *type)
{
	out_init(&j->out, j->buf, sizeof(j->buf), to_stdout, NULL);
	out_text(&j->out, "{");
	j->comma = false;
	bus_json_number(j, "version", SCHEMA_VERSION);
	bus_json_text(j, "type", type);
}

void bus_json_end(struct bus_json *j)
{
	out_text(&j->out, "}\n");
	out_flush(&j->out);
	fflush(stdout);
}

static void name_of(struct bus_json *j, const char *name)
{
	out_text(&j->out, j->comma ? ",\"" : "\"");
	out_text(&j->out, name);
	out_text(&j->out, "\":");
	j->comma = true;
}

void bus_json_text(struct bus_json *j, const char *name, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return;
	name_of(j, name);
	out_text(&j->out, "\"");
	while (len) {
		size_t n = len < PIECE_MAX ? len : PIECE_MAX;

		out_took(&j->out, put_json(out_room(&j->out, PIECE_ROOM), text, n));
		text += n;
		len -= n;
	}
	out_text(&j->out, "\"");
}

void bus_json_number(struct bus_json *j, const char *name, int64_t number)
{
	name_of(j, name);
	out_took(&j->out, put_i64(out_room(&j->out, 32), number));
}

void bus_json_numbers(struct bus_json *j, const char *name, const int64_t *numbers, size_t n)
{
	name_of(j, name);
	for (size_t i = 0; i < n; i++) {
		out_text(&j->out, i ? "," : "[");
		out_took(&j->out, put_i64(out_room(&j->out, 32), numbers[i]));
	}
	out_text(&j->out, n ? "]" : "[]");
}

void bus_json_bool(struct bus_json *j, const char *name, bool value)
{
	name_of(j, name);
	out_text(&j->out, value ? "true" : "false");
}

void bus_json_hex(struct bus_json *j, const char *name, const uint8_t *bytes, size_t n)
{
	if (!n)
		return;
	name_of(j, name);
	out_text(&j->out, "\"");
	for (size_t i = 0; i < n; i++)
		out_took(&j->out, put_hex_byte(out_room(&j->out, 2), bytes[i]));
	out_text(&j->out, "\"");
}

void bus_json_meter(struct bus_json *j, const char *name, const struct mb_secondary *meter)
{
	char text[MB_ADDRESS_TEXT_MAX];

	bus_json_open(j, name);
	snprintf(text, sizeof(text), "%08X", (unsigned)meter->id);
	bus_json_text(j, "id", text);
	mb_manufacturer_letters(meter->manufacturer, text);
	bus_json_text(j, "manufacturer", text);
	bus_json_text(j, "maker", mb_manufacturer_name(meter->manufacturer));
	bus_json_number(j, "version", meter->version);
	bus_json_number(j, "medium", meter->medium);
	bus_json_text(j, "medium_name", mb_medium_key(meter->medium));
	if (mb_secondary_format(meter, text, sizeof(text)) > 0)
		bus_json_text(j, "address", text);
	bus_json_close(j);
}

void bus_json_open(struct bus_json *j, const char *name)
{
	name_of(j, name);
	out_text(&j->out, "{");
	j->comma = false;
}

void bus_json_close(struct bus_json *j)
{
	out_text(&j->out, "}");
	j->comma = true;
}

void bus_json_error(struct bus_json *j, const struct bus_ask *ask, int result)
{
	const char *suspicion = bus_suspicion(ask, result);
	uint8_t code = ask->done.application_error;

	if (result >= 0)
		return;
	bus_json_open(j, "error");
	bus_json_number(j, "code", result);
	bus_json_text(j, "name", mb_error_name(result));
	bus_json_text(j, "text", suspicion ? suspicion : mb_error_text(result));
	if (result == MB_E_APPLICATION) {
		bus_json_number(j, "application_error", code);
		bus_json_text(j, "application_error_text", mb_application_error_text(code));
	}
	bus_json_text(j, "advice", bus_advice(ask, result));
	bus_json_hex(j, "sent", ask->sent, ask->sent_len);
	bus_json_hex(j, "heard", ask->heard, ask->heard_len);
	bus_json_close(j);
}
