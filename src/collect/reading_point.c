/* SPDX-License-Identifier: MIT */
#include "collect/reading_impl.h"

#include <string.h>

bool reading_has_points(const struct mb_record *record)
{
	return record->kind == MB_RECORD_DATA && !(record->flags & MB_RECORD_PROFILE);
}

static void set_text(struct store_point *point, uint8_t type, const char *text, size_t len)
{
	point->type = type;
	point->text = text;
	point->text_len = (uint16_t)(len < STORE_TEXT_MAX ? len : STORE_TEXT_MAX);
}

void reading_point(const struct mb_record *record, char *text, struct store_point *ret_point)
{
	struct store_point point = {.quality = reading_quality_of(&record->value)};
	int len;

	if (record->value.type != MB_VALUE_DIGITS && /* which identify */
		mb_value_decimal(&record->value, &point.number)) {
		point.type = STORE_NUMBER;
	} else if (record->value.type == MB_VALUE_INVALID) {
		const char *reason = mb_reason_text(record->value.reason);

		set_text(&point, STORE_INVALID, reason, strlen(reason));
	} else {
		len = mb_value_text(&record->value, text, READINGS_TEXT_MAX);
		set_text(&point, STORE_TEXT, text, len > 0 ? (size_t)len : 0);
	}
	*ret_point = point;
}
