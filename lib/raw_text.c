/* SPDX-License-Identifier: MIT */
/* The value as the meter sent it: what a driver of old shows, without its mistakes. */
#include "date.h"
#include "number.h"
#include "record.h"
#include "text.h"

#define DATA_FIELD_REAL 0x5
#define DATA_FIELD_SELECTION 0x8
#define DATA_FIELD_LVAR 0xD
#define LVAR_BCD 0xC0
#define LVAR_BCD_NEGATIVE 0xD0
#define LVAR_BINARY 0xE0
#define DIGIT_MINUS 0xF
#define REAL_FRACTION 0x7FFFFFu
#define REAL_PLAIN_MIN (-3) /* 0.001 is written out, 0.0001 is 1.0E-4 */
#define REAL_PLAIN_MAX 7 /* 1000000.0 is written out, 10000000 is 1.0E7 */

static bool is_bcd(const struct mb_record *rec)
{
	return rec->data_field >= 0x9 && rec->data_field != DATA_FIELD_LVAR &&
	       rec->data_field < 0xF;
}

/* ---- BCD ---- */

static void put_digits(
	struct mbi_text *t, const struct mb_record *rec, unsigned from, const char *glyphs)
{
	for (unsigned n = from; n < 2u * rec->data_len; n++)
		mbi_put(t, glyphs[mbi_bcd_digit(rec->data, rec->data_len, rec->msb_first, n)]);
}

static void put_bcd(struct mbi_text *t, const struct mb_record *rec)
{
	static const char display[] = "0123456789AbC E-";
	struct mb_value value;

	if (rec->value.type == MB_VALUE_DIGITS) {
		put_digits(t, rec, 0, "0123456789ABCDEF");
		return;
	}
	mbi_bcd_read(rec->data, rec->data_len, rec->msb_first, &value);
	/* Only these lengths had the words in front. */
	if (value.type == MB_VALUE_INVALID && (rec->data_len == 3 || rec->data_len == 4))
		mbi_puts(t, "BCD Error: ");
	put_digits(t, rec, 0, display);
}

/* D48 6.7.4: a hex digit in front stands for an overflow or underflow. */
int mb_record_display_text(const struct mb_record *record, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};
	struct mb_value value;

	if (is_bcd(record) && record->data_len) {
		mbi_bcd_read(record->data, record->data_len, record->msb_first, &value);
		if (value.type == MB_VALUE_INVALID && value.reason == MB_REASON_NOT_AVAILABLE) {
			put_digits(&t, record, 0, "----------------");
		} else {
			unsigned first =
				mbi_bcd_digit(record->data, record->data_len, record->msb_first, 0);

			mbi_put(&t, value.type == MB_VALUE_NUMBER && first == DIGIT_MINUS
					    ? '-'
					    : "0123456789012 89"[first]);
			put_digits(&t, record, 1, "0123456789A-C EF");
		}
	}
	return mbi_text_end(&t);
}

/* ---- integers and dates ---- */

static void put_integer(struct mbi_text *t, const struct mb_record *rec, bool is_signed)
{
	unsigned bits = 8u * rec->data_len;
	uint64_t n = mbi_load(rec->data, rec->data_len, rec->msb_first);

	if (is_signed && n >> (bits - 1)) {
		mbi_put(t, '-');
		n = -n & (UINT64_MAX >> (64 - bits));
	}
	mbi_put_number(t, n, 1);
}

/* No date is no text; what is no date at all is shown as its bytes. */
static void put_date(struct mbi_text *t, const struct mb_record *rec)
{
	if (rec->value.type != MB_VALUE_INVALID) {
		mbi_put_datetime(t, &rec->value.datetime, true);
		if (rec->value.reason == MB_REASON_TIME_INVALID)
			mbi_puts(t, " (time invalid)");
	} else if (rec->value.reason == MB_REASON_BAD_DATE ||
		   rec->value.reason == MB_REASON_BAD_LENGTH) {
		mbi_put_bytes(t, rec->data, rec->data_len, !rec->msb_first);
	}
}

static void put_by_type(struct mbi_text *t, const struct mb_record *rec, uint8_t type)
{
	switch (type) {
	case MB_TYPE_DATE:
	case MB_TYPE_TIME:
		put_date(t, rec);
		break;
	case MB_TYPE_K:
	case MB_TYPE_L:
	case MB_TYPE_RAW:
	case MB_TYPE_PROFILE:
		mbi_put_bytes(t, rec->data, rec->data_len, false);
		break;
	default:
		if (rec->value.type == MB_VALUE_BYTES)
			mbi_put_bytes(t, rec->data, rec->data_len, false);
		else
			put_integer(t, rec, type == MB_TYPE_B);
	}
}

/* ---- reals, as Java prints a float ---- */

static int power_of(const struct mb_decimal *number)
{
	int power = number->exp10;

	for (uint64_t m = number->magnitude; m >= 10; m /= 10)
		power++;
	return power;
}

static void put_decimal(struct mbi_text *t, const struct mb_decimal *number)
{
	char text[MB_VALUE_TEXT_MAX];

	mb_decimal_text(number, text, sizeof(text));
	mbi_puts(t, text);
	if (number->exp10 >= 0)
		mbi_puts(t, ".0");
}

static void put_real(struct mbi_text *t, const struct mb_record *rec)
{
	uint32_t bits = (uint32_t)mbi_load(rec->data, 4, rec->msb_first);
	struct mb_decimal number;
	int power;

	if (!mb_real_decimal(bits, &number)) {
		if (bits & REAL_FRACTION)
			mbi_puts(t, "NaN");
		else
			mbi_puts(t, bits >> 31 ? "-Infinity" : "Infinity");
		return;
	}
	power = power_of(&number);
	if (!number.magnitude) {
		mbi_puts(t, bits >> 31 ? "-0.0" : "0.0");
	} else if (power >= REAL_PLAIN_MIN && power < REAL_PLAIN_MAX) {
		put_decimal(t, &number);
	} else {
		number.exp10 = (int16_t)(number.exp10 - power);
		put_decimal(t, &number);
		mbi_put(t, 'E');
		if (power < 0)
			mbi_put(t, '-');
		mbi_put_number(t, (uint64_t)(power < 0 ? -power : power), 1);
	}
}

/* ---- LVAR ---- */

static void put_lvar(struct mbi_text *t, const struct mb_record *rec, uint8_t type)
{
	if (rec->lvar < LVAR_BCD && type != MB_TYPE_PROFILE && type != MB_TYPE_RAW &&
		type != MB_TYPE_K && type != MB_TYPE_L) {
		mbi_put_characters(t, rec->data, rec->data_len, !rec->msb_first);
	} else if (rec->lvar < LVAR_BCD || rec->value.type == MB_VALUE_BYTES) {
		mbi_put_bytes(t, rec->data, rec->data_len, false);
	} else if (rec->lvar < LVAR_BINARY) {
		if (rec->lvar >= LVAR_BCD_NEGATIVE)
			mbi_put(t, '-');
		put_digits(t, rec, 0, "0123456789ABCDEF");
	} else if (rec->data_len && rec->data_len <= MBI_NUMBER_BYTES_MAX) {
		put_integer(t, rec, type == MB_TYPE_B);
	} else {
		mbi_put_bytes(t, rec->data, rec->data_len, !rec->msb_first);
	}
}

/* ---- all ---- */

/* The data type as the VIB has it; elements of a profile have their VIF's. */
static uint8_t data_type(const struct mb_record *rec)
{
	struct mbi_scale scale;

	if (rec->flags & MB_RECORD_FIXED)
		return MB_TYPE_B;
	if (rec->flags & MB_RECORD_UNSIGNED)
		return MB_TYPE_C;
	mbi_record_scale(rec, &scale);
	if (scale.type == MB_TYPE_PROFILE && rec->flags & MB_RECORD_UNROLLED)
		return rec->vif ? rec->vif->type : MB_TYPE_B;
	return scale.type;
}

int mb_record_raw_text(const struct mb_record *record, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	if (record->kind != MB_RECORD_DATA)
		mbi_put_bytes(&t, record->data, record->data_len, false);
	else if (record->data_field == DATA_FIELD_SELECTION)
		mbi_puts(&t, "(selected for read out)");
	else if (record->data_field == DATA_FIELD_LVAR)
		put_lvar(&t, record, data_type(record));
	else if (!record->data_len)
		return mbi_text_end(&t);
	else if (is_bcd(record))
		put_bcd(&t, record);
	else if (record->data_field == DATA_FIELD_REAL)
		put_real(&t, record);
	else
		put_by_type(&t, record, data_type(record));
	return mbi_text_end(&t);
}
