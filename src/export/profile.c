/* SPDX-License-Identifier: MIT */
#include "export/profile.h"

#include "export/put.h"
#include "export/values.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_LEN 256

/* The section that lines belong to, and where an error goes. */
struct reader {
	struct profile *profile;
	struct profile_row section;
	char *error;
	size_t error_max;
};

static bool fail(struct reader *r, const char *text, const char *what)
{
	snprintf(r->error, r->error_max, text, what);
	return false;
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r", text[len - 1]))
		text[--len] = 0;
	return text;
}

static bool read_byte(const char *text, bool *ret_any, uint8_t *ret_byte)
{
	char *end;
	unsigned long n;

	*ret_any = strcmp(text, "*") == 0;
	if (*ret_any)
		return true;
	n = strtoul(text, &end, 0);
	*ret_byte = (uint8_t)n;
	return *text >= '0' && *text <= '9' && !*end && n <= 255;
}

/* [KAM.8.4] */
static bool read_section(struct reader *r, char *text)
{
	char *version = strchr(text, '.'), *medium = version ? strchr(version + 1, '.') : NULL;
	char *end = strchr(text, ']');
	int word;

	if (!medium || !end || end[1])
		return fail(r, "%s: a section is [MAKER.VERSION.MEDIUM], * for any", text);
	*end = *version++ = *medium++ = 0;
	text++;
	r->section = (struct profile_row){.any_maker = strcmp(text, "*") == 0};
	if (!r->section.any_maker) {
		word = mb_manufacturer_word(text);
		if (word < 0)
			return fail(r, "%s: a maker has three letters", text);
		r->section.maker = (uint16_t)word;
	}
	if (!read_byte(version, &r->section.any_version, &r->section.version))
		return fail(r, "%s: a version is 0..255 or *", version);
	if (!read_byte(medium, &r->section.any_medium, &r->section.medium))
		return fail(r, "%s: a medium is 0..255 or *", medium);
	return true;
}

/* "u32", "bcd8", "text12": letter and bytes. */
static bool read_type(const char *text, char *ret_type, uint8_t *ret_len)
{
	static const struct {
		const char *name;
		char type;
		unsigned per_byte, max; /* of the number behind the name */
	} types[] = {{"u", 'u', 8, 32}, {"i", 'i', 8, 32}, {"bcd", 'b', 2, 12}, {"hex", 'h', 1, 60},
		{"text", 't', 1, 60}};
	size_t letters = strcspn(text, "0123456789");
	unsigned long n = strtoul(text + letters, NULL, 10);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i].name) != letters || memcmp(types[i].name, text, letters) != 0)
			continue;
		*ret_type = types[i].type;
		*ret_len = (uint8_t)(n / types[i].per_byte);
		return n > 0 && n <= types[i].max && n % types[i].per_byte == 0;
	}
	return false;
}

/* u32 -2 m³ Volume V1 */
static bool read_field(struct reader *r, struct profile_row *row, const char *offset, char *text)
{
	char type[8], unit[PROFILE_UNIT_MAX];
	int exp10, used = 0;
	char *end;
	unsigned long at = strtoul(offset, &end, 0);

	if (*end || end == offset || at > 255)
		return fail(r, "@%s: an offset is 0..255", offset);
	if (sscanf(text, "%7s %d %23s %n", type, &exp10, unit, &used) != 3 || !text[used])
		return fail(r, "%s: a field is TYPE POWER UNIT NAME", text);
	if (!read_type(type, &row->type, &row->len))
		return fail(r, "%s: no such type", type);
	if (exp10 < -15 || exp10 > 15)
		return fail(r, "%s: the power of ten is -15..15", text);
	row->offset = (uint8_t)at;
	row->exp10 = (int8_t)exp10;
	snprintf(row->unit, sizeof(row->unit), "%s", strcmp(unit, "-") == 0 ? "" : unit);
	snprintf(row->label, sizeof(row->label), "%s", text + used);
	return true;
}

static bool read_row(struct reader *r, char *text)
{
	char *equals = strchr(text, '='), *value;
	struct profile_row *row = &r->profile->rows[r->profile->count];

	if (!equals)
		return fail(r, "%s: a line is KEY = NAME or @OFFSET = TYPE POWER UNIT NAME", text);
	if (r->profile->count == PROFILE_ROWS_MAX)
		return fail(r, "%s: too many rows", text);
	*equals = 0;
	value = trim(equals + 1);
	text = trim(text);
	*row = r->section;
	if (*text == '@') {
		if (!read_field(r, row, text + 1, value))
			return false;
	} else {
		if (!*text || !*value || strlen(text) >= sizeof(row->key))
			return fail(r, "%s: key or name missing or too long", text);
		snprintf(row->key, sizeof(row->key), "%s", text);
		snprintf(row->label, sizeof(row->label), "%s", value);
	}
	r->profile->count++;
	return true;
}

static bool read_line(struct reader *r, const char *text, size_t len)
{
	char line[LINE_MAX_LEN];
	char *begin;

	if (len >= sizeof(line))
		return fail(r, "%s", "the line is too long");
	memcpy(line, text, len);
	line[len] = 0;
	begin = trim(line);
	if (!*begin || *begin == '#' || *begin == ';')
		return true;
	return *begin == '[' ? read_section(r, begin) : read_row(r, begin);
}

unsigned profile_parse(
	struct profile *profile, const char *text, size_t len, char *ret_error, size_t error_max)
{
	struct reader r = {.profile = profile, .error = ret_error, .error_max = error_max};
	unsigned number = 1;

	r.section.any_maker = r.section.any_version = r.section.any_medium = true;
	for (size_t at = 0; at < len; number++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - (text + at)) : len - at;

		if (!read_line(&r, text + at, n))
			return number;
		at += n + 1;
	}
	return 0;
}

static bool is_for(const struct profile_row *row, const struct mb_telegram *meter)
{
	const struct mb_secondary *s = meter ? &meter->address : NULL;

	if (!meter || !meter->has_address)
		return row->any_maker && row->any_version && row->any_medium;
	return (row->any_maker || row->maker == (s->manufacturer & 0x7FFF)) &&
	       (row->any_version || row->version == s->version) &&
	       (row->any_medium || row->medium == s->medium);
}

const char *profile_label(
	const struct profile *profile, const struct mb_telegram *meter, const char *key)
{
	for (size_t i = 0; profile && i < profile->count; i++)
		if (strcmp(profile->rows[i].key, key) == 0 && is_for(&profile->rows[i], meter))
			return profile->rows[i].label;
	return NULL;
}

static uint64_t read_unsigned(const uint8_t *bytes, unsigned len)
{
	uint64_t n = 0;

	while (len > 0)
		n = n << 8 | bytes[--len];
	return n;
}

static bool read_bcd(const uint8_t *bytes, unsigned len, uint64_t *ret_n)
{
	uint64_t n = 0;

	while (len > 0) {
		uint8_t byte = bytes[--len];

		if (byte >> 4 > 9 || (byte & 15) > 9)
			return false;
		n = n * 100 + (byte >> 4) * 10u + (byte & 15u);
	}
	*ret_n = n;
	return true;
}

static void field_text(const struct profile_row *row, const uint8_t *bytes, char *text)
{
	struct mb_decimal number = {.exp10 = row->exp10};
	uint64_t sign = row->len ? 1ull << (8 * row->len - 1) : 0;
	struct mb_value value = {.type = MB_VALUE_TEXT};
	bool good = true;

	if (row->type == 't') {
		value.bytes.data = bytes;
		value.bytes.len = row->len;
		value.bytes.msb_first = true;
		if (mb_value_text(&value, text, PROFILE_FIELD_TEXT_MAX) < 0)
			*text = 0;
		return;
	}
	if (row->type == 'b')
		good = read_bcd(bytes, row->len, &number.magnitude);
	else if (row->type != 'h')
		number.magnitude = read_unsigned(bytes, row->len);
	if (row->type == 'i' && number.magnitude & sign) {
		number.magnitude = 2 * sign - number.magnitude;
		number.negative = true;
	}
	*(row->type == 'h' || !good ? put_hex(text, bytes, row->len)
				    : put_decimal(text, &number, 0)) = 0;
}

bool profile_next(const struct profile *profile, const struct mb_telegram *meter,
	const struct mb_record *record, size_t *i, struct profile_field *ret_field)
{
	for (; profile && *i < profile->count; (*i)++) {
		const struct profile_row *row = &profile->rows[*i];

		if (row->key[0] || !is_for(row, meter) || row->offset + row->len > record->data_len)
			continue;
		ret_field->label = row->label;
		ret_field->unit = row->unit;
		ret_field->offset = row->offset;
		ret_field->len = row->len;
		field_text(row, record->data + row->offset, ret_field->text);
		(*i)++;
		return true;
	}
	return false;
}
