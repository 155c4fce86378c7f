/* SPDX-License-Identifier: MIT */
/* Data records, written. */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "record.h"
#include "writer.h"

#define EXTENSION 0x80
#define DIF_STORAGE 0x40
#define STORAGE_BITS 41
#define TARIFF_BITS 20
#define SUBUNIT_BITS 10
#define PLAIN_TEXT_MAX 255
#define LVAR_BCD 0xC0
#define LVAR_BCD_NEGATIVE 0xD0
#define LVAR_BINARY 0xE0
#define VIB_MAX (3 + MB_VIFE_MAX)

unsigned mb_data_field_len(uint8_t data_field)
{
	return mbi_data_len[data_field & 0xF];
}

static bool head_valid(const struct mb_record_head *head)
{
	return !(head->storage >> STORAGE_BITS) && !(head->tariff >> TARIFF_BITS) &&
	       !(head->subunit >> SUBUNIT_BITS) && head->function <= MB_FUNCTION_ERROR &&
	       head->vife_len <= MB_VIFE_MAX && head->dife_min <= MB_DIFE_MAX &&
	       head->vif_table <= MB_VIF_RESERVED;
}

static void write_dib(struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field)
{
	uint64_t storage = head->storage >> 1;
	uint32_t tariff = head->tariff;
	uint16_t subunit = head->subunit;
	uint8_t byte = (uint8_t)(data_field | head->function << 4);

	if (head->storage & 1)
		byte |= DIF_STORAGE;
	for (unsigned n = 0; storage || tariff || subunit || n < head->dife_min; n++) {
		mb_write_byte(w, byte | EXTENSION);
		byte = (uint8_t)((storage & 0xF) | (tariff & 3) << 4 | (subunit & 1u) << 6);
		storage >>= 4;
		tariff >>= 2;
		subunit >>= 1;
	}
	mb_write_byte(w, byte);
}

/* VIF proper of a table without the extension bit; its length. */
static unsigned vif_bytes(const struct mb_record_head *head, uint8_t vib[3])
{
	static const uint8_t prefix[] = {
		[MB_VIF_FB] = 0xFB,
		[MB_VIF_FD] = 0xFD,
		[MB_VIF_FDFD] = 0xFD,
		[MB_VIF_PLAIN_TEXT] = 0x7C,
		[MB_VIF_MANUFACTURER] = 0x7F,
		[MB_VIF_RESERVED] = 0xEF,
	};
	unsigned n = 0;

	if (head->vif_table != MB_VIF_PRIMARY)
		vib[n++] = prefix[head->vif_table];
	if (head->vif_table == MB_VIF_PLAIN_TEXT || head->vif_table == MB_VIF_MANUFACTURER)
		return n;
	if (head->vif_table == MB_VIF_FDFD)
		vib[n++] = 0xFD;
	vib[n++] = head->vif_code & 0x7F;
	return n;
}

/* Characters go last first in mode 1. */
static void write_characters(struct mb_writer *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		mb_write_byte(w, (uint8_t)text[w->msb_first ? i : len - 1 - i]);
}

static void write_plain_text(struct mb_writer *w, const struct mb_record_head *head)
{
	mb_write_byte(w, head->text_len);
	write_characters(w, head->text, head->text_len);
}

static void write_vib(struct mb_writer *w, const struct mb_record_head *head)
{
	bool plain = head->vif_table == MB_VIF_PLAIN_TEXT;
	uint8_t vib[VIB_MAX];
	unsigned vif_len = vif_bytes(head, vib);
	unsigned n = vif_len;

	for (unsigned i = 0; i < head->vife_len; i++)
		vib[n++] = head->vife[i];
	for (unsigned i = 0; i < n; i++)
		vib[i] = (uint8_t)(i + 1 < n ? vib[i] | EXTENSION : vib[i] & ~EXTENSION);
	mb_write_bytes(w, vib, vif_len);
	if (plain && head->text_first)
		write_plain_text(w, head);
	mb_write_bytes(w, vib + vif_len, n - vif_len);
	if (plain && !head->text_first)
		write_plain_text(w, head);
}

int mb_write_head(struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field)
{
	if (data_field > MB_DATA_BCD12 || !head_valid(head))
		return mbi_write_fail(w, MB_E_INVALID);
	write_dib(w, head, data_field);
	write_vib(w, head);
	return w->error;
}

int mb_write_data(struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field,
	const uint8_t *bytes, size_t len)
{
	if (data_field == MB_DATA_LVAR || len != mb_data_field_len(data_field))
		return mbi_write_fail(w, MB_E_INVALID);
	mb_write_head(w, head, data_field);
	return mb_write_bytes(w, bytes, len);
}

static bool is_integer(uint8_t data_field)
{
	return (data_field >= MB_DATA_INT8 && data_field <= MB_DATA_INT32) ||
	       data_field == MB_DATA_INT48 || data_field == MB_DATA_INT64;
}

static bool is_bcd(uint8_t data_field)
{
	return (data_field >= MB_DATA_BCD2 && data_field <= MB_DATA_BCD8) ||
	       data_field == MB_DATA_BCD12;
}

/* Does a number, or its two's complement, fit so many bytes? */
static bool fits(uint64_t value, bool is_signed, unsigned len)
{
	unsigned shift = 64 - 8 * len;

	if (is_signed)
		return (uint64_t)((int64_t)(value << shift) >> shift) == value;
	return value << shift >> shift == value;
}

static int write_lvar_number(struct mb_writer *w, const struct mb_record_head *head,
	uint8_t lvar_base, uint64_t value, unsigned len)
{
	mb_write_head(w, head, MB_DATA_LVAR);
	mb_write_byte(w, (uint8_t)(lvar_base + len));
	return mbi_write_number(w, value, len);
}

static int write_integer(struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field,
	uint64_t value, bool is_signed)
{
	unsigned len = 1;

	if (data_field == MB_DATA_LVAR) {
		while (!fits(value, is_signed, len))
			len++;
		return write_lvar_number(w, head, LVAR_BINARY, value, len);
	}
	if (!is_integer(data_field))
		return mbi_write_fail(w, MB_E_INVALID);
	len = mb_data_field_len(data_field);
	if (!fits(value, is_signed, len))
		return mbi_write_fail(w, MB_E_OVERFLOW);
	mb_write_head(w, head, data_field);
	return mbi_write_number(w, value, len);
}

int mb_write_integer(
	struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field, int64_t value)
{
	return write_integer(w, head, data_field, (uint64_t)value, true);
}

int mb_write_unsigned(
	struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field, uint64_t value)
{
	return write_integer(w, head, data_field, value, false);
}

static int write_lvar_bcd(
	struct mb_writer *w, const struct mb_record_head *head, uint64_t magnitude, bool negative)
{
	unsigned len = 1;
	uint64_t nibbles;

	while (!mbi_bcd_nibbles(magnitude, 2 * len, &nibbles))
		if (len++ == 8)
			return mbi_write_fail(w, MB_E_OVERFLOW);
	return write_lvar_number(w, head, negative ? LVAR_BCD_NEGATIVE : LVAR_BCD, nibbles, len);
}

int mb_write_bcd(
	struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field, int64_t value)
{
	bool negative = value < 0;
	uint64_t magnitude = negative ? 0 - (uint64_t)value : (uint64_t)value;
	unsigned digits = 2 * mb_data_field_len(data_field);
	uint64_t nibbles;

	if (data_field == MB_DATA_LVAR)
		return write_lvar_bcd(w, head, magnitude, negative);
	if (!is_bcd(data_field))
		return mbi_write_fail(w, MB_E_INVALID);
	if (!mbi_bcd_nibbles(magnitude, digits - negative, &nibbles))
		return mbi_write_fail(w, MB_E_OVERFLOW);
	if (negative)
		nibbles |= (uint64_t)0xF << 4 * (digits - 1);
	mb_write_head(w, head, data_field);
	return mbi_write_number(w, nibbles, digits / 2);
}

int mb_write_real(struct mb_writer *w, const struct mb_record_head *head, uint32_t bits)
{
	mb_write_head(w, head, MB_DATA_REAL32);
	return mbi_write_number(w, bits, 4);
}

int mb_write_text(
	struct mb_writer *w, const struct mb_record_head *head, const char *text, size_t len)
{
	if (len > 0xBF)
		return mbi_write_fail(w, MB_E_OVERFLOW);
	mb_write_head(w, head, MB_DATA_LVAR);
	mb_write_byte(w, (uint8_t)len);
	write_characters(w, text, len);
	return w->error;
}

int mb_write_lvar(struct mb_writer *w, const struct mb_record_head *head, uint8_t lvar,
	const uint8_t *bytes, size_t len)
{
	if ((size_t)mbi_lvar_len(lvar) != len) /* an error is no length either */
		return mbi_write_fail(w, MB_E_INVALID);
	mb_write_head(w, head, MB_DATA_LVAR);
	mb_write_byte(w, lvar);
	return mb_write_bytes(w, bytes, len);
}

int mb_write_time(struct mb_writer *w, const struct mb_record_head *head,
	const struct mb_datetime *time, uint8_t type)
{
	/* clang-format off */
	static const struct {
		uint8_t type, data_field;
	} rows[] = {
		{'F', MB_DATA_INT32},
		{'G', MB_DATA_INT16},
		{'I', MB_DATA_INT48},
		{'J', MB_DATA_INT24},
	};
	/* clang-format on */
	uint8_t bytes[6];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].type != type)
			continue;
		if (mb_datetime_write(time, type, bytes) < 0)
			return mbi_write_fail(w, MB_E_INVALID);
		mb_write_head(w, head, rows[i].data_field);
		return mbi_write_ordered(w, bytes, mb_data_field_len(rows[i].data_field));
	}
	return mbi_write_fail(w, MB_E_INVALID);
}

/* Plain text of a record stands in transmission order; the writer turns it round. */
static void reading_order(const struct mb_record *record, char text[PLAIN_TEXT_MAX])
{
	for (unsigned i = 0; i < record->text_len; i++) {
		unsigned from = record->msb_first ? i : record->text_len - 1u - i;

		text[i] = (char)record->text[from];
	}
}

/* Some object actions only name a record: nothing, not even an LVAR byte, follows the VIB. */
static bool names_only(const struct mb_record *record)
{
	return record->from_master && !record->data_len && record->data_field != MB_DATA_NONE &&
	       record->data == record->vib + record->vib_len;
}

int mb_write_record(struct mb_writer *w, const struct mb_record *record)
{
	char text[PLAIN_TEXT_MAX];
	struct mb_record_head head = {
		.storage = record->storage,
		.tariff = record->tariff,
		.subunit = record->subunit,
		.function = record->function,
		.vif_table = record->vif_table,
		.vif_code = record->vif_code,
		.vife = record->vife,
		.vife_len = record->vife_len,
		.text = text,
		.text_len = record->text_len,
		.text_first = record->flags & MB_RECORD_TEXT_FIRST,
		.dife_min = (uint8_t)(record->dib_len ? record->dib_len - 1 : 0),
	};

	/* what was derived has no bytes of its own */
	if (record->flags & (MB_RECORD_UNROLLED | MB_RECORD_FIXED))
		return mbi_write_fail(w, MB_E_INVALID);
	switch (record->kind) {
	case MB_RECORD_MANUFACTURER:
	case MB_RECORD_MORE:
		return mb_write_manufacturer(
			w, record->kind == MB_RECORD_MORE, record->data, record->data_len);
	case MB_RECORD_GLOBAL_READOUT:
		mb_write_byte(w, 0x7F);
		return mb_write_bytes(w, record->vib, record->vib_len);
	}
	reading_order(record, text);
	if (names_only(record))
		return mb_write_head(w, &head, record->data_field);
	if (record->data_field == MB_DATA_LVAR)
		return mb_write_lvar(w, &head, record->lvar, record->data, record->data_len);
	return mb_write_data(w, &head, record->data_field, record->data, record->data_len);
}

int mb_write_manufacturer(struct mb_writer *w, bool more, const uint8_t *bytes, size_t len)
{
	mb_write_byte(w, more ? 0x1F : 0x0F);
	return mb_write_bytes(w, bytes, len);
}
