/* SPDX-License-Identifier: MIT */
#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/value.h>

#include "date.h"
#include "number.h"
#include "text.h"

const char *mb_reason_text(unsigned reason)
{
	static const char *const texts[] = {
#define MB_X(name, text) text,
		MB_REASON_MAP(MB_X)
#undef MB_X
	};

	return reason < sizeof(texts) / sizeof(texts[0]) ? texts[reason] : "unknown reason";
}

/* Up to 16 digits of an identification, when they are decimal. */
static bool digits_decimal(const struct mb_value *value, struct mb_decimal *ret_number)
{
	struct mb_value number;

	mbi_bcd_read_long(
		value->bytes.data, value->bytes.len, value->bytes.msb_first, false, &number);
	if (number.type != MB_VALUE_NUMBER)
		return false;
	*ret_number = number.number;
	return true;
}

bool mb_value_decimal(const struct mb_value *value, struct mb_decimal *ret_number)
{
	struct mb_decimal number;

	switch (value->type) {
	case MB_VALUE_NUMBER:
		*ret_number = value->number;
		return true;
	case MB_VALUE_REAL:
		if (!mb_real_decimal(value->real.bits, &number))
			return false;
		if (number.magnitude)
			number.exp10 = (int16_t)(number.exp10 + value->real.exp10);
		*ret_number = number;
		return true;
	case MB_VALUE_DIGITS:
		return digits_decimal(value, ret_number);
	default:
		return false;
	}
}

static int number_text(const struct mb_value *value, char *buf, size_t max)
{
	struct mb_decimal number;

	if (!mb_value_decimal(value, &number))
		return MB_E_INVALID;
	return mb_decimal_text(&number, buf, max);
}

static int date_text(const struct mb_value *value, char *buf, size_t max)
{
	return mb_datetime_text(&value->datetime, buf, max);
}

static int characters_text(const struct mb_value *value, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	mbi_put_characters(&t, value->bytes.data, value->bytes.len, !value->bytes.msb_first);
	return mbi_text_end(&t);
}

/* Most significant first. */
static int bits_text(const struct mb_value *value, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	mbi_put_bytes(&t, value->bytes.data, value->bytes.len, !value->bytes.msb_first);
	return mbi_text_end(&t);
}

static int bytes_text(const struct mb_value *value, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	mbi_put_bytes(&t, value->bytes.data, value->bytes.len, false);
	return mbi_text_end(&t);
}

static int manufacturer_text(const struct mb_value *value, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};
	char letters[5];

	mb_manufacturer_letters(value->manufacturer, letters);
	mbi_puts(&t, letters);
	return mbi_text_end(&t);
}

static int no_text(const struct mb_value *value, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	(void)value;
	return mbi_text_end(&t);
}

int mb_value_text(const struct mb_value *value, char *buf, size_t max)
{
	static int (*const writers[])(const struct mb_value *value, char *buf, size_t max) = {
		[MB_VALUE_NONE] = no_text,
		[MB_VALUE_NUMBER] = number_text,
		[MB_VALUE_REAL] = number_text,
		[MB_VALUE_TEXT] = characters_text,
		[MB_VALUE_DATE] = date_text,
		[MB_VALUE_DATETIME] = date_text,
		[MB_VALUE_TIME] = date_text,
		[MB_VALUE_BITS] = bits_text,
		[MB_VALUE_BYTES] = bytes_text,
		[MB_VALUE_DIGITS] = bits_text,
		[MB_VALUE_MANUFACTURER] = manufacturer_text,
		[MB_VALUE_INVALID] = no_text,
	};

	if (value->type >= sizeof(writers) / sizeof(writers[0]))
		return MB_E_INVALID;
	return writers[value->type](value, buf, max);
}
