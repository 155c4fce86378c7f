/* SPDX-License-Identifier: MIT */
/* Data bytes to values, by data field and data type. EN 13757-3 6.3.3, Annex A. */
#include "record.h"

#include <meterbus/error.h>

#include "number.h"

#define DATA_FIELD_LVAR 0xD
#define LVAR_BCD 0xC0
#define LVAR_BCD_NEGATIVE 0xD0
#define LVAR_BINARY 0xE0
#define DATE_LEN_MAX 6
#define REAL_EXPONENT 0x7F800000u

static void set_bytes(struct mb_record *rec, uint8_t type)
{
	rec->value.type = type;
	rec->value.reason = MB_REASON_NONE;
	rec->value.bytes.data = rec->data;
	rec->value.bytes.len = rec->data_len;
	rec->value.bytes.msb_first = rec->msb_first;
}

/* ---- integers of 1..8 bytes, by type ---- */

static void read_unsigned(struct mb_record *rec, unsigned type, int exp10)
{
	uint64_t n = mbi_load(rec->data, rec->data_len, rec->msb_first);

	(void)type;
	if (n == UINT64_MAX >> (64 - 8u * rec->data_len))
		mbi_set_invalid(&rec->value, MB_REASON_NOT_AVAILABLE);
	else
		mbi_set_number(&rec->value, n, false, exp10);
}

static void read_bits(struct mb_record *rec, unsigned type, int exp10)
{
	(void)type;
	(void)exp10;
	set_bytes(rec, MB_VALUE_BITS);
}

static void read_bytes(struct mb_record *rec, unsigned type, int exp10)
{
	(void)type;
	(void)exp10;
	set_bytes(rec, MB_VALUE_BYTES);
}

static void read_time(struct mb_record *rec, unsigned type, int exp10)
{
	uint8_t reversed[DATE_LEN_MAX];
	const uint8_t *bytes = rec->data;

	(void)type;
	(void)exp10;
	if (rec->msb_first && rec->data_len <= DATE_LEN_MAX) {
		for (unsigned i = 0; i < rec->data_len; i++)
			reversed[i] = rec->data[rec->data_len - 1 - i];
		bytes = reversed;
	}
	if (mb_datetime_read(bytes, rec->data_len, &rec->value) < 0)
		mbi_set_invalid(&rec->value, MB_REASON_BAD_LENGTH);
}

/* VIF 6C is a date; meters send date and time there, too. */
static void read_date(struct mb_record *rec, unsigned type, int exp10)
{
	if (rec->data_len == 2 || rec->data_len == 4)
		read_time(rec, type, exp10);
	else
		mbi_set_invalid(&rec->value, MB_REASON_BAD_LENGTH);
}

static void read_manufacturer(struct mb_record *rec, unsigned type, int exp10)
{
	read_unsigned(rec, type, exp10);
	if (rec->data_len != 2 || rec->value.type != MB_VALUE_NUMBER)
		return;
	rec->value.manufacturer = (uint16_t)rec->value.number.magnitude;
	rec->value.type = MB_VALUE_MANUFACTURER;
}

/* Eight bytes are a whole secondary address. */
static void read_id(struct mb_record *rec, unsigned type, int exp10)
{
	if (rec->data_len == MBI_NUMBER_BYTES_MAX)
		set_bytes(rec, MB_VALUE_BYTES);
	else
		read_unsigned(rec, type, exp10);
}

typedef void reader(struct mb_record *rec, unsigned type, int exp10);

static reader *const integer_readers[] = {
	[MB_TYPE_B] = mbi_value_signed,
	[MB_TYPE_C] = read_unsigned,
	[MB_TYPE_D] = read_bits,
	[MB_TYPE_DATE] = read_date,
	[MB_TYPE_TIME] = read_time,
	[MB_TYPE_K] = read_bytes,
	[MB_TYPE_L] = read_bytes,
	[MB_TYPE_ID] = read_id,
	[MB_TYPE_RAW] = read_bytes,
	[MB_TYPE_PROFILE] = read_bytes,
	[MB_TYPE_MANUFACTURER] = read_manufacturer,
};

/* ---- the other codings ---- */

/* What BCD, reals and LVAR are for a type that is not a number. */
enum other {
	OTHER_NUMBER,
	OTHER_BITS,
	OTHER_BYTES,
	OTHER_DIGITS,
};

static const uint8_t others[] = {
	[MB_TYPE_B] = OTHER_NUMBER,
	[MB_TYPE_C] = OTHER_NUMBER,
	[MB_TYPE_D] = OTHER_BITS,
	[MB_TYPE_DATE] = OTHER_BYTES,
	[MB_TYPE_TIME] = OTHER_BYTES,
	[MB_TYPE_K] = OTHER_BYTES,
	[MB_TYPE_L] = OTHER_BYTES,
	[MB_TYPE_ID] = OTHER_DIGITS,
	[MB_TYPE_RAW] = OTHER_BYTES,
	[MB_TYPE_PROFILE] = OTHER_BYTES,
	[MB_TYPE_MANUFACTURER] = OTHER_NUMBER,
};

static bool all_ones(const struct mb_record *rec)
{
	unsigned i = 0;

	while (i < rec->data_len && rec->data[i] == 0xFF)
		i++;
	return i == rec->data_len;
}

/* An identification: the digits as they are, hex ones too. */
static void read_digits(struct mb_record *rec)
{
	set_bytes(rec, MB_VALUE_DIGITS);
	if (all_ones(rec))
		mbi_set_invalid(&rec->value, MB_REASON_NOT_AVAILABLE);
}

/* True when the type is not a number's, and the value is set. */
static bool read_other(struct mb_record *rec, unsigned type)
{
	switch (others[type]) {
	case OTHER_BITS:
		set_bytes(rec, MB_VALUE_BITS);
		return true;
	case OTHER_BYTES:
		set_bytes(rec, MB_VALUE_BYTES);
		return true;
	default:
		return false;
	}
}

static void read_none(struct mb_record *rec, unsigned type, int exp10)
{
	(void)type;
	(void)exp10;
	rec->value.type = MB_VALUE_NONE;
	rec->value.reason = MB_REASON_NONE;
}

static void read_integer(struct mb_record *rec, unsigned type, int exp10)
{
	integer_readers[type](rec, type, exp10);
}

void mbi_value_bcd(struct mb_record *rec, unsigned type, int exp10)
{
	(void)type;
	mbi_bcd_read(rec->data, rec->data_len, rec->msb_first, &rec->value);
	if (rec->value.type == MB_VALUE_NUMBER)
		rec->value.number.exp10 = (int16_t)exp10;
}

static void read_bcd(struct mb_record *rec, unsigned type, int exp10)
{
	if (type == MB_TYPE_ID)
		read_digits(rec);
	else if (!read_other(rec, type))
		mbi_value_bcd(rec, type, exp10);
}

static void read_real(struct mb_record *rec, unsigned type, int exp10)
{
	uint32_t bits;

	if (read_other(rec, type))
		return;
	bits = (uint32_t)mbi_load(rec->data, 4, rec->msb_first);
	if ((bits & REAL_EXPONENT) == REAL_EXPONENT) {
		mbi_set_invalid(&rec->value, MB_REASON_NOT_A_NUMBER);
		return;
	}
	rec->value.type = MB_VALUE_REAL;
	rec->value.reason = MB_REASON_NONE;
	rec->value.real.bits = bits;
	rec->value.real.exp10 = (int16_t)exp10;
}

static void read_lvar_bcd(struct mb_record *rec, unsigned type, int exp10)
{
	bool negative = rec->lvar >= LVAR_BCD_NEGATIVE;

	if (type == MB_TYPE_ID && !negative) {
		read_digits(rec);
	} else if (!read_other(rec, type)) {
		mbi_bcd_read_long(rec->data, rec->data_len, rec->msb_first, negative, &rec->value);
		if (rec->value.type == MB_VALUE_NUMBER)
			rec->value.number.exp10 = (int16_t)exp10;
	}
}

/* Binary of up to 8 bytes is an integer, but never a date of types F..J; longer stays bits. */
static void read_lvar_binary(struct mb_record *rec, unsigned type, int exp10)
{
	if (read_other(rec, type))
		return;
	if (rec->data_len > MBI_NUMBER_BYTES_MAX)
		set_bytes(rec, MB_VALUE_BITS);
	else
		read_integer(rec, type, exp10);
}

static void read_lvar(struct mb_record *rec, unsigned type, int exp10)
{
	bool opaque = type == MB_TYPE_RAW || type == MB_TYPE_PROFILE || type == MB_TYPE_L ||
		      type == MB_TYPE_K;

	if (rec->lvar < LVAR_BCD)
		set_bytes(rec, opaque ? MB_VALUE_BYTES : MB_VALUE_TEXT);
	else if (rec->data_len == 0)
		read_none(rec, type, exp10);
	else if (rec->lvar < LVAR_BINARY)
		read_lvar_bcd(rec, type, exp10);
	else
		read_lvar_binary(rec, type, exp10);
}

static reader *const readers[16] = {
	read_none,
	read_integer,
	read_integer,
	read_integer,
	read_integer,
	read_real,
	read_integer,
	read_integer,
	read_none,
	read_bcd,
	read_bcd,
	read_bcd,
	read_bcd,
	read_lvar,
	read_bcd,
	read_none,
};

void mbi_value_by_field(struct mb_record *rec, unsigned type, int exp10)
{
	readers[rec->data_field](rec, type, exp10);
}

static void add_offset(struct mb_value *value, const struct mb_decimal *offset)
{
	struct mb_decimal sum;

	if (!mb_value_decimal(value, &sum))
		return;
	if (!mb_decimal_add(&sum, offset, &sum)) {
		mbi_set_invalid(value, MB_REASON_TOO_LARGE);
		return;
	}
	value->type = MB_VALUE_NUMBER;
	value->number = sum;
}

void mbi_record_value(struct mb_record *record, const struct mbi_scale *scale)
{
	if (record->error)
		mbi_set_invalid(&record->value, MB_REASON_RECORD_ERROR);
	else if (!record->data_len && record->data_field != DATA_FIELD_LVAR)
		read_none(record, scale->type, scale->exp10);
	else
		mbi_value_by_field(record, scale->type, scale->exp10);
	if (scale->has_offset)
		add_offset(&record->value, &scale->offset);
}
