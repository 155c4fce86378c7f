/* SPDX-License-Identifier: MIT */
/*
 * The shape of the VIF tables. A file lists its rows as X(code, span, unit, exp10, type, quantity,
 * kind): first code in hex, number of codes, MB_UNIT_*, power of ten of the first code, MB_TYPE_*,
 * MBI_Q_*; the exponent goes UP with the code, or the codes mean ONE thing, or are RESERVED.
 * MBI_VIF_TABLE makes of it the rows and an index from code to row.
 */
#ifndef METERBUS_LIB_VIF_ROWS_H
#define METERBUS_LIB_VIF_ROWS_H

#include <meterbus/record.h>

#include "quantity.h"

#define MBI_CODES 0x80

struct mbi_vif_table {
	const struct mb_vif *rows;
	const uint8_t *index; /* MBI_CODES */
};

extern const struct mbi_vif_table mbi_vif_primary, mbi_vif_fb, mbi_vif_fd, mbi_vif_fdfd;

enum mbi_vif_kind {
	MBI_KIND_UP,
	MBI_KIND_ONE,
	MBI_KIND_RESERVED,
};

/* The row n times, for an index. */
#define MBI_SPAN_1(row) row,
#define MBI_SPAN_2(row) row, row,
#define MBI_SPAN_3(row) row, row, row,
#define MBI_SPAN_4(row) row, row, row, row,
#define MBI_SPAN_6(row) MBI_SPAN_4(row) MBI_SPAN_2(row)
#define MBI_SPAN_8(row) MBI_SPAN_4(row) MBI_SPAN_4(row)
#define MBI_SPAN_16(row) MBI_SPAN_8(row) MBI_SPAN_8(row)
#define MBI_SPAN_32(row) MBI_SPAN_16(row) MBI_SPAN_16(row)
#define MBI_SPAN_58(row) MBI_SPAN_32(row) MBI_SPAN_16(row) MBI_SPAN_8(row) MBI_SPAN_2(row)
#define MBI_SPAN_65(row) MBI_SPAN_32(row) MBI_SPAN_32(row) MBI_SPAN_1(row)
#define MBI_SPAN_106(row) \
	MBI_SPAN_32(row) MBI_SPAN_32(row) MBI_SPAN_32(row) MBI_SPAN_8(row) MBI_SPAN_2(row)

#define MBI_VIF_NUMBER(code, span, unit, exp10, type, quantity, kind) ROW_##code,
#define MBI_VIF_INDEX(code, span, unit, exp10, type, quantity, kind) MBI_SPAN_##span(ROW_##code)
#define MBI_IS_DATE(type) (MB_TYPE_##type == MB_TYPE_DATE || MB_TYPE_##type == MB_TYPE_TIME)
#define MBI_VIF_FLAGS(type, kind) \
	((MBI_IS_DATE(type) ? MB_RECORD_DATE : 0) | \
		(MBI_KIND_##kind == MBI_KIND_RESERVED ? MB_RECORD_UNKNOWN_VIF : 0))
#define MBI_VIF_ROW(code, span, unit, exp10, type, quantity, kind) \
	{0x##code, span, MB_UNIT_##unit, exp10, MB_TYPE_##type, MBI_Q_##quantity, \
		MBI_KIND_##kind == MBI_KIND_UP, MBI_KIND_##kind == MBI_KIND_RESERVED, \
		MBI_VIF_FLAGS(type, kind)},

#define MBI_VIF_TABLE(name) \
	enum { \
		ROWS(MBI_VIF_NUMBER) \
	}; \
	static const struct mb_vif rows[] = {ROWS(MBI_VIF_ROW)}; \
	static const uint8_t row_index[] = {ROWS(MBI_VIF_INDEX)}; \
	_Static_assert(sizeof(row_index) == MBI_CODES, "the spans cover 00..7F"); \
	const struct mbi_vif_table name = {rows, row_index}

#endif
