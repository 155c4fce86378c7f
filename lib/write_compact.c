/* SPDX-License-Identifier: MIT */
/* Format and compact frames out of full records. EN 13757-3 Annex */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "writer.h"

#define FORMAT_MAX MB_FRAME_DATA_MAX

/* Write the DIBs and VIBs, or else the data, of all records. */
static int write_parts(struct mb_writer *w, const uint8_t *records, size_t len, bool format)
{
	struct mb_cursor cur;
	struct mb_record record;
	int rc;

	mb_cursor_init_bytes(&cur, records, len);
	while ((rc = mb_record_next(&cur, &record)) > 0) {
		if (record.kind != MB_RECORD_DATA)
			return mbi_write_fail(w, MB_E_INVALID);
		if (format) {
			mb_write_bytes(w, record.dib, record.dib_len);
			mb_write_bytes(w, record.vib, record.vib_len);
			continue;
		}
		if (record.data_field == MB_DATA_LVAR)
			mb_write_byte(w, record.lvar);
		mb_write_bytes(w, record.data, record.data_len);
	}
	return rc < 0 ? mbi_write_fail(w, rc) : w->error;
}

static int format_of(const uint8_t *records, size_t len, uint8_t format[FORMAT_MAX])
{
	struct mb_writer w;

	mb_writer_begin_bytes(&w, format, FORMAT_MAX);
	write_parts(&w, records, len, true);
	return mb_writer_len(&w);
}

int mb_write_format(struct mb_writer *w, const uint8_t *records, size_t len)
{
	uint8_t format[FORMAT_MAX];
	int n = format_of(records, len, format);

	if (n < 0)
		return mbi_write_fail(w, n);
	mb_write_byte(w, (uint8_t)n);
	mbi_write_number(w, mb_crc16(format, (size_t)n), 2);
	return mb_write_bytes(w, format, (size_t)n);
}

int mb_write_compact(struct mb_writer *w, const uint8_t *records, size_t len)
{
	uint8_t format[FORMAT_MAX];
	int n = format_of(records, len, format);

	if (n < 0)
		return mbi_write_fail(w, n);
	mbi_write_number(w, mb_crc16(format, (size_t)n), 2);
	mbi_write_number(w, mb_crc16(records, len), 2);
	return write_parts(w, records, len, false);
}
