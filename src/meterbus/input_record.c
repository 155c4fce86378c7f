/* SPDX-License-Identifier: MIT */
#include "meterbus/input_record.h"

#include <meterbus/error.h>

#include <string.h>

#define FIELDS 8

enum field {
	FIELD_TYPE,
	FIELD_TIME,
	FIELD_SEQUENCE,
	FIELD_PROTOCOL,
	FIELD_DEVICE,
	FIELD_ERROR,
	FIELD_IDENTIFICATION,
	FIELD_DATA,
};

struct span {
	const char *text;
	size_t len;
};

bool input_record_whole(const char *text, size_t len)
{
	bool open = false;

	for (size_t i = 0; i < len; i++)
		open ^= text[i] == '"';
	return !open;
}

/* One field: in quotes, or up to the comma. The rest begins behind that comma. */
static struct span take_field(struct span *rest)
{
	struct span field = *rest;
	const char *end = rest->text + rest->len, *stop;

	while (field.text < end && strchr(" \t\r\n", *field.text))
		field.text++;
	if (field.text < end && *field.text == '"') {
		field.text++;
		stop = memchr(field.text, '"', (size_t)(end - field.text));
		field.len = (size_t)((stop ? stop : end) - field.text);
		stop = stop ? stop : end;
	} else {
		stop = field.text;
		while (stop < end && !strchr(", \t\r\n", *stop))
			stop++;
		field.len = (size_t)(stop - field.text);
	}
	while (stop < end && *stop != ',')
		stop++;
	stop += stop < end;
	*rest = (struct span){stop, (size_t)(end - stop)};
	return field;
}

static bool is(struct span field, const char *text)
{
	return field.len == strlen(text) && memcmp(field.text, text, field.len) == 0;
}

static bool read_number(struct span field, unsigned long *ret_n)
{
	unsigned long n = 0;

	if (field.len == 0 || field.len > 10)
		return false;
	for (size_t i = 0; i < field.len; i++) {
		if (field.text[i] < '0' || field.text[i] > '9')
			return false;
		n = n * 10 + (unsigned long)(field.text[i] - '0');
	}
	*ret_n = n;
	return true;
}

bool input_record_read(const char *text, size_t len, struct input_record *ret_record)
{
	size_t start = strlen(INPUT_RECORD_START);
	struct input_record record = {0};
	struct span fields[FIELDS], rest;
	unsigned long seconds;

	if (len < start || memcmp(text, INPUT_RECORD_START, start) != 0)
		return false;
	rest = (struct span){text + start, len - start};
	for (unsigned i = 0; i < FIELDS; i++)
		fields[i] = take_field(&rest);
	if (fields[FIELD_TIME].len == 0) { /* the answer to another question */
		*ret_record = record;
		return true;
	}
	if (!read_number(fields[FIELD_TIME], &seconds))
		return false;
	record.time_us = (int64_t)seconds * 1000000;
	record.is_mbus = is(fields[FIELD_TYPE], "AMS") && is(fields[FIELD_PROTOCOL], "MBUS");
	if (record.is_mbus && (!read_number(fields[FIELD_DEVICE], &record.device) ||
				      !read_number(fields[FIELD_ERROR], &record.error)))
		return false;
	record.data = fields[FIELD_DATA].text;
	record.data_len = fields[FIELD_DATA].len;
	*ret_record = record;
	return true;
}

/* What a terminal says, and how we would have called it. */
static const struct error_row {
	unsigned long first, last;
	int error;
	const char *text;
} error_rows[] = {
	/* clang-format off */
	{1, 1, MB_E_NOT_READ, "bad input data"},
	{2, 2, MB_E_NOT_READ, "bad output data"},
	{3, 3, MB_E_NOT_READ, "protocol not allowed on this port"},
	{4, 4, MB_E_NOT_READ, "readout could not be started"},
	{131072, 131072, MB_E_NOT_READ, "internal error"},
	{131073, 131073, MB_E_NOT_READ, "readout stopped by the user"},
	{131074, 131074, MB_E_NOT_READ, "bad format of device address or speed"},
	{131075, 131075, MB_E_NOT_READ, "port parameters could not be set"},
	{131076, 131077, MB_E_NOT_READ, "SND_NKE not sent in time"},
	{131078, 131078, MB_E_SILENCE, "no answer to SND_NKE"},
	{131079, 131079, MB_E_NOISE, "bad answer to SND_NKE"},
	{131080, 131081, MB_E_NOT_READ, "REQ_UD2 not sent"},
	{131082, 131082, MB_E_SILENCE, "no answer to REQ_UD2"},
	{131083, 131083, MB_E_NOISE, "bad frame in answer to REQ_UD2"},
	{131084, 131084, MB_E_WRONG_ANSWER, "wrong kind of answer to REQ_UD2"},
	{131085, 131085, MB_E_WRONG_ADDRESS, "wrong address in answer to REQ_UD2"},
	{131086, 131087, MB_E_NOT_READ, "selection not sent in time"},
	{131088, 131088, MB_E_NOT_SELECTED, "no answer to the selection"},
	{131089, 131089, MB_E_NOISE, "bad answer to the selection"},
	{131090, 131093, MB_E_NOT_READ, "bus search: not sent in time"},
	{131094, 131094, MB_E_COLLISION, "bus search: two meters with one address"},
	{131329, 131329, MB_E_BAD_START, "first start byte wrong"},
	{131330, 131330, MB_E_BAD_START2, "second start byte wrong"},
	{0, -1ul, MB_E_NOT_READ, "read error"},
	/* clang-format on */
};

static const struct error_row *error_row(unsigned long error)
{
	const struct error_row *row = error_rows;

	while (error < row->first || error > row->last)
		row++;
	return row;
}

const char *input_record_error_text(unsigned long error)
{
	return error_row(error)->text;
}

int input_record_error(unsigned long error)
{
	return error_row(error)->error;
}
