/* SPDX-License-Identifier: MIT */
/* What the files of the record cursor share. */
#ifndef METERBUS_LIB_RECORD_H
#define METERBUS_LIB_RECORD_H

#include <meterbus/record.h>

/* States of a cursor. */
enum mbi_cursor_state {
	MBI_CURSOR_RECORDS,
	MBI_CURSOR_FIXED,
	MBI_CURSOR_COMPACT,
	MBI_CURSOR_PROFILE, /* elements of a profile, then back to RECORDS */
	MBI_CURSOR_COMPACT_PROFILE, /* the same, then back to COMPACT */
	MBI_CURSOR_NO_FORMAT, /* a compact frame that cannot be read */
	MBI_CURSOR_BAD_CRC,
};

/* What the VIFEs make of the VIF. */
struct mbi_scale {
	uint8_t type; /* enum mb_data_type */
	int16_t exp10; /* of the number as sent */
	bool has_offset;
	struct mb_decimal offset;
};

/* DIB and VIB at p: their length, or an error. msb_first and from_master are set by the caller. */
int mbi_record_head(struct mb_record *record, const uint8_t *p, const uint8_t *end,
	struct mbi_scale *ret_scale);
/* Data at p: its length with the LVAR byte, or an error. Sets the data fields, not the value. */
int mbi_record_data(struct mb_record *record, const uint8_t *p, const uint8_t *end);
/* Number of DIFEs behind the DIF at p, or an error. */
int mbi_record_difes(struct mb_record *rec, const uint8_t *p, const uint8_t *end);
/* Bytes of data behind an LVAR, or MB_E_BAD_LVAR. */
int mbi_lvar_len(uint8_t lvar);
/* Value from the data. */
void mbi_record_value(struct mb_record *record, const struct mbi_scale *scale);
/* The same for a record without VIFEs and not LVAR. Returns 1. */
int mbi_value_plain(struct mb_record *rec, unsigned type, int exp10);
/* Parts of it: by data field and type; an integer of type B; BCD of up to 8 bytes. */
void mbi_value_by_field(struct mb_record *rec, unsigned type, int exp10);
void mbi_value_signed(struct mb_record *rec, unsigned type, int exp10);
void mbi_value_bcd(struct mb_record *rec, unsigned type, int exp10);
/* The scale of a record that was read before. */
void mbi_record_scale(const struct mb_record *record, struct mbi_scale *ret_scale);
/* The next record of a cursor over records, without chain: as mb_record_next. */
int mbi_record_read(struct mb_cursor *cur, struct mb_record *record);
/* The same, the long way: for all records. */
int mbi_record_any(struct mb_cursor *cur, struct mb_record *record);
/* The next record of a cursor of any state, noted in its chain. */
int mbi_record_next(struct mb_cursor *cur, struct mb_record *record);
/* All fields of a record without DIB and VIB. */
void mbi_record_clear(struct mb_record *record);
/* Of one function, storage, tariff and subunit? */
bool mbi_same_dib(const struct mb_record *a, const struct mb_record *b);
/* Bytes of data of a data field; 0 for LVAR and specials. */
extern const uint8_t mbi_data_len[16];

/* Layouts that are not records: fixed.c, compact.c, profile.c. As mb_record_next. */
int mbi_fixed_next(struct mb_cursor *cur, struct mb_record *record);
int mbi_compact_next(struct mb_cursor *cur, struct mb_record *record);
int mbi_profile_next(struct mb_cursor *cur, struct mb_record *record);
/* Begin to unroll the profile that was just read, if the chain can. */
void mbi_profile_begin(struct mb_cursor *cur, const struct mb_record *record);
/* Find the format of a compact frame and check its CRC; sets the state of the cursor. */
void mbi_compact_begin(struct mb_cursor *cur);

/* A record was read: its place in the chain, and what later profiles build on. */
void mbi_chain_note(struct mb_cursor *cur, struct mb_record *record);
/* Does this record date its storage number? */
bool mbi_dates_storage(const struct mb_record *rec);
bool mbi_chain_base(const struct mb_chain *chain, uint64_t hash, struct mb_decimal *ret_number);
bool mbi_chain_date(
	const struct mb_chain *chain, uint64_t storage, struct mb_datetime *ret_datetime);
/* NULL when unknown. */
struct mb_chain_format *mbi_chain_format(struct mb_chain *chain, uint16_t signature);

#endif
