/* SPDX-License-Identifier: MIT */
/*
 * A profile gives names to the records of a meter and meaning to its maker's data:
 *
 *	[KAM.8.4]			maker, version, medium; * for any
 *	inst.0.0.0.00 = Heat energy	key of a record = name
 *	@4 = u32 -2 m³ Volume V1	byte offset in the maker's data = type, power of ten, unit, name
 *
 * Types: u8 u16 u24 u32 i8 i16 i24 i32 (low byte first), bcd2..bcd12 (digits), hexN, textN (bytes).
 * The unit is "-" for none. "#" and ";" begin comments.
 */
#ifndef EXPORT_PROFILE_H
#define EXPORT_PROFILE_H

#include <meterbus/record.h>
#include <meterbus/telegram.h>

#include <stdbool.h>
#include <stddef.h>

#define PROFILE_ROWS_MAX 256
#define PROFILE_LABEL_MAX 64 /* with NUL */
#define PROFILE_UNIT_MAX 24
#define PROFILE_FIELD_TEXT_MAX 128

struct profile_row {
	bool any_maker, any_version, any_medium;
	uint16_t maker;
	uint8_t version, medium;
	char key[MB_KEY_MAX]; /* "" for a field of maker's data */
	char label[PROFILE_LABEL_MAX];
	char unit[PROFILE_UNIT_MAX];
	uint8_t offset, len; /* bytes of the data */
	char type; /* 'u' 'i' 'b' 'h' 't' */
	int8_t exp10;
};

struct profile {
	size_t count;
	struct profile_row rows[PROFILE_ROWS_MAX];
};

/*
 * Adds the rows of a text. 0, or the number of the bad line with a sentence about it in ret_error.
 */
unsigned profile_parse(
	struct profile *profile, const char *text, size_t len, char *ret_error, size_t error_max);

/* Name of a record of this meter; NULL when there is none. profile and meter may be NULL. */
const char *profile_label(
	const struct profile *profile, const struct mb_telegram *meter, const char *key);

struct profile_field {
	const char *label, *unit;
	unsigned offset, len;
	char text[PROFILE_FIELD_TEXT_MAX];
};

/* The next field of a maker's data record; *i begins at 0. */
bool profile_next(const struct profile *profile, const struct mb_telegram *meter,
	const struct mb_record *record, size_t *i, struct profile_field *ret_field);

#endif
