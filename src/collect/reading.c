/* SPDX-License-Identifier: MIT */
#include "collect/reading_impl.h"

#include <stdlib.h>
#include <string.h>

#define NEAR_MAX sizeof(((struct reading *)0)->data.near)

static const uint8_t *data_of(const struct reading *reading)
{
	return reading->data_len <= NEAR_MAX ? reading->data.near : reading->data.far;
}

static int set_data(struct reading *reading, const uint8_t *bytes, size_t len)
{
	uint8_t *to = reading->data.near;

	if (len > NEAR_MAX) {
		to = malloc(len);
		if (!to)
			return STORE_E_MEMORY;
		reading->data.far = to;
	}
	if (len)
		memcpy(to, bytes, len);
	reading->data_len = (uint16_t)len;
	return 0;
}

/* OPC */
uint8_t reading_quality_of(const struct mb_value *value)
{
	switch (value->reason) {
	case MB_REASON_NONE:
	case MB_REASON_BCD_OVERFLOW:
	case MB_REASON_BCD_UNDERFLOW:
		return value->type == MB_VALUE_INVALID ? READING_BAD : READING_GOOD;
	case MB_REASON_RECORD_ERROR:
	case MB_REASON_NOT_AVAILABLE:
		return READING_DEVICE_FAILURE;
	case MB_REASON_MISSING_BASE:
		return READING_BAD_CONFIGURATION;
	default:
		return READING_BAD;
	}
}

static bool points_to_data(const struct mb_value *value)
{
	return value->type == MB_VALUE_TEXT ||
	       (value->type >= MB_VALUE_BITS && value->type <= MB_VALUE_DIGITS);
}

int reading_make(
	struct reading_shapes *shapes, const struct mb_record *record, struct reading *ret_reading)
{
	struct reading reading = {0};
	struct reading_shape *shape = reading_shape_of(shapes, record);

	if (!shape)
		return STORE_E_MEMORY;
	if (set_data(&reading, record->data, record->data_len) < 0) {
		reading_shape_put(shapes, shape);
		return STORE_E_MEMORY;
	}
	reading.shape = shape;
	reading.value = record->value;
	if (points_to_data(&reading.value))
		reading.value.bytes.data = NULL; /* it is all of the data */
	reading.index = record->index;
	reading.quality = reading_quality_of(&record->value);
	*ret_reading = reading;
	return 0;
}

void reading_done(struct reading_shapes *shapes, struct reading *reading)
{
	if (!reading->shape)
		return;
	if (reading->data_len > NEAR_MAX)
		free(reading->data.far);
	reading_shape_put(shapes, (struct reading_shape *)reading->shape);
	reading->shape = NULL;
}

int reading_copy(const struct reading *from, struct reading *ret_reading)
{
	struct reading reading = *from;

	if (set_data(&reading, data_of(from), from->data_len) < 0)
		return STORE_E_MEMORY;
	reading_shape_ref((struct reading_shape *)reading.shape);
	*ret_reading = reading;
	return 0;
}

/* The same number counts as the same, whatever its scale. */
bool reading_same_value(const struct reading *a, const struct reading *b)
{
	struct mb_decimal x, y;

	if (a->value.type != b->value.type || a->value.reason != b->value.reason)
		return false;
	if (reading_number(a, &x) && reading_number(b, &y))
		return mb_decimal_cmp(&x, &y) == 0;
	return a->data_len == b->data_len &&
	       (a->data_len == 0 || memcmp(data_of(a), data_of(b), a->data_len) == 0);
}

/* ---- for everybody ---- */

const char *reading_key(const struct reading *reading)
{
	return reading->shape->key;
}

const char *reading_series_key(const struct reading *reading)
{
	return reading->flags & READING_DATED ? reading->shape->series_key : reading->shape->key;
}

const char *reading_unit(const struct reading *reading)
{
	return reading->shape->unit;
}

const char *reading_description(const struct reading *reading)
{
	return reading->shape->description;
}

void reading_record(const struct reading *reading, struct mb_record *ret_record)
{
	*ret_record = reading->shape->record;
	ret_record->data = data_of(reading);
	ret_record->data_len = reading->data_len;
	ret_record->index = reading->index;
	ret_record->value = reading->value;
	if (points_to_data(&reading->value))
		ret_record->value.bytes.data = ret_record->data;
}

int reading_raw_text(const struct reading *reading, char *buf, size_t max)
{
	struct mb_record record;

	reading_record(reading, &record);
	return mb_record_raw_text(&record, buf, max);
}

int reading_value_text(const struct reading *reading, char *buf, size_t max)
{
	struct mb_record record;

	reading_record(reading, &record);
	return mb_value_text(&record.value, buf, max);
}

bool reading_number(const struct reading *reading, struct mb_decimal *ret_number)
{
	return reading->value.type != MB_VALUE_DIGITS && /* which identify */
	       mb_value_decimal(&reading->value, ret_number);
}

const char *reading_error(const struct reading *reading)
{
	if (reading->value.reason == MB_REASON_RECORD_ERROR && reading->shape->record.error) {
		const struct mb_vife *vife = mb_vife_find(reading->shape->record.error, false);

		return mb_vife_text(vife);
	}
	if (reading->value.reason != MB_REASON_NONE)
		return mb_reason_text(reading->value.reason);
	return NULL;
}
