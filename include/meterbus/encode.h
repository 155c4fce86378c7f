/* SPDX-License-Identifier: MIT */
/*
 * The writer, mirror of the reader: telegrams of a master and of a slave.
 *
 *	struct mb_writer w;
 *	uint8_t buf[MB_FRAME_MAX];
 *
 *	mb_writer_begin(&w, buf, sizeof(buf), 0x72);
 *	mb_write_long_header(&w, &header);
 *	mb_write_bcd(&w, &(struct mb_record_head){.vif_code = 0x13}, 0xC, 12565);
 *	size = mb_writer_end(&w, MB_C_RSP_UD, 2);	the frame stands in buf, or < 0
 *
 * The first error sticks: later calls write nothing and return it, so only the end need be checked.
 */
#ifndef METERBUS_ENCODE_H
#define METERBUS_ENCODE_H

#include <meterbus/record.h>
#include <meterbus/telegram.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mb_writer {
	uint8_t *bytes; /* what is being written: behind CI */
	uint16_t max; /* of bytes */
	uint16_t len; /* of bytes, so far */
	int error; /* first error, 0 none */
	uint8_t *frame; /* the caller's frame buffer, or NULL: bare bytes */
	uint8_t ci;
	bool msb_first; /* mode 2: CI 55, 56, 76, 77 */
};

/* Begin a telegram in a frame buffer; MB_FRAME_MAX always suffices. */
void mb_writer_begin(struct mb_writer *w, uint8_t *buf, size_t max, uint8_t ci);
/* Begin bare bytes, e.g. a list of records. */
void mb_writer_begin_bytes(struct mb_writer *w, uint8_t *buf, size_t max);
/* Frame what was written, in place: size of the frame or the first error. May be repeated with
 * another c or a. */
int mb_writer_end(const struct mb_writer *w, uint8_t c, uint8_t a);
/* Bytes written so far or the first error. */
int mb_writer_len(const struct mb_writer *w);
/* Give a long frame another C field (the other FCB) and its checksum. */
void mb_frame_set_c(uint8_t *frame, uint8_t c);

int mb_write_byte(struct mb_writer *w, uint8_t byte);
int mb_write_bytes(struct mb_writer *w, const uint8_t *bytes, size_t len);

/* ---- headers ---- */

struct mb_header {
	struct mb_secondary address; /* long only */
	uint8_t access;
	uint8_t status;
	uint16_t config;
};

int mb_write_long_header(struct mb_writer *w, const struct mb_header *header);
int mb_write_short_header(struct mb_writer *w, const struct mb_header *header);
/* The eight bytes of an address in the byte order of the telegram. */
int mb_write_address(struct mb_writer *w, const struct mb_secondary *address);

/* Fixed structure, CI 73 and 77: 16 bytes. Counters are written as BCD unless status bit 0. */
struct mb_fixed {
	uint32_t id;
	uint8_t access;
	uint8_t status;
	uint8_t medium; /* 4 bits */
	uint8_t unit[2]; /* 6 bits each */
	uint32_t counter[2];
};

int mb_write_fixed(struct mb_writer *w, const struct mb_fixed *fixed);

/* ---- records ---- */

/* What stands in front of the data. Members left 0 are the ordinary ones. */
struct mb_record_head {
	uint64_t storage; /* up to 41 bits */
	uint32_t tariff; /* up to 20 bits */
	uint16_t subunit; /* up to 10 bits */
	uint8_t function; /* enum mb_function */
	uint8_t vif_table; /* enum mb_vif_table */
	uint8_t vif_code; /* extension bit is ours; ignored for plain text and manufacturer VIF */
	uint8_t vife_len;
	const uint8_t *vife; /* bit 7 is ours: set on all but the last */
	const char *text; /* plain-text VIF: ISO 8859-1 in reading order */
	uint8_t text_len;
	bool text_first; /* text before the VIFEs (D48 order) */
	uint8_t dife_min; /* at least so many DIFEs, though they be 00 */
};

/* Data fields (DIF bits 3..0). */
#define MB_DATA_NONE 0x0
#define MB_DATA_INT8 0x1
#define MB_DATA_INT16 0x2
#define MB_DATA_INT24 0x3
#define MB_DATA_INT32 0x4
#define MB_DATA_REAL32 0x5
#define MB_DATA_INT48 0x6
#define MB_DATA_INT64 0x7
#define MB_DATA_SELECT 0x8 /* selection for readout: no data */
#define MB_DATA_BCD2 0x9
#define MB_DATA_BCD4 0xA
#define MB_DATA_BCD6 0xB
#define MB_DATA_BCD8 0xC
#define MB_DATA_LVAR 0xD
#define MB_DATA_BCD12 0xE

/* Bytes of data behind a data field; 0 for NONE, SELECT, LVAR and the special F. */
unsigned mb_data_field_len(uint8_t data_field);

/*
 * Whole records. MB_E_OVERFLOW when the value does not fit the data field, MB_E_INVALID for a data
 * field of another class or a head that cannot be written. With MB_DATA_LVAR numbers take the
 * shortest LVAR code.
 */
int mb_write_integer(
	struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field, int64_t value);
int mb_write_unsigned(
	struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field, uint64_t value);
/* Negative: F in the leading digit (type A), which therefore must be free. */
int mb_write_bcd(
	struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field, int64_t value);
int mb_write_real(struct mb_writer *w, const struct mb_record_head *head, uint32_t bits);
/* LVAR 00..BF: ISO 8859-1 in reading order, up to 191 characters. */
int mb_write_text(
	struct mb_writer *w, const struct mb_record_head *head, const char *text, size_t len);
/* LVAR code and its bytes as sent; len must be what the code says. */
int mb_write_lvar(struct mb_writer *w, const struct mb_record_head *head, uint8_t lvar,
	const uint8_t *bytes, size_t len);
/* Type 'F', 'G', 'I', 'J' in an integer data field of 4, 2, 6, 3 bytes. */
int mb_write_time(struct mb_writer *w, const struct mb_record_head *head,
	const struct mb_datetime *time, uint8_t type);
/* Data field and bytes as sent; len must be mb_data_field_len. Serves NONE and SELECT too. */
int mb_write_data(struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field,
	const uint8_t *bytes, size_t len);
/* DIF and VIF alone, for the object actions that only name a record (add to and delete from the
 * readout list): the data field is the coding wanted. */
int mb_write_head(struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field);
/* A record as it was read, built anew from its meaning, not from its bytes. MB_E_INVALID for what
 * has none of its own: flags FIXED and UNROLLED. */
int mb_write_record(struct mb_writer *w, const struct mb_record *record);

/* DIF 0F, or 1F when more records follow in the next telegram, and the maker's bytes. */
int mb_write_manufacturer(struct mb_writer *w, bool more, const uint8_t *bytes, size_t len);

/* ---- format and compact frames, EN 13757-3 Annex ---- */

/* CRC-16/EN-13757: polynomial 3D65, initial 0, inverted at the end. */
uint16_t mb_crc16(const uint8_t *bytes, size_t len);
/* The format frame (CI 69..6B, behind the header) of a list of records (mode 1). */
int mb_write_format(struct mb_writer *w, const uint8_t *records, size_t len);
/* The compact frame (CI 79, 7B, 73, behind the header) of the same list. */
int mb_write_compact(struct mb_writer *w, const uint8_t *records, size_t len);

/* ---- whole telegrams; each returns the size of the frame or an error ---- */

/* Selection, A = 253: CI 52, enhanced when the address has a fabrication number. A primary
 * address is MB_E_INVALID. */
int mb_encode_select(uint8_t *buf, size_t max, uint8_t c, const struct mb_address *address);
/* Mode 2 (CI 56): multi-byte fields most significant byte first. */
int mb_encode_select_mode2(uint8_t *buf, size_t max, uint8_t c, const struct mb_secondary *mask);
/* Application reset (n = 0) or select with up to 10 subcode bytes, CI 50. */
int mb_encode_application_select(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, const uint8_t *subcodes, size_t n);
/* CI 51 with any records: readout selection, object actions, values to write. */
int mb_encode_send(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, const uint8_t *records, size_t len);
/* CI 51: 01 7A, primary address 0..250 */
int mb_encode_set_primary(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t primary);
/* CI 51: 0C 79, identification without wildcards */
int mb_encode_set_id(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint32_t id);
/* CI 51: 07 79, complete secondary address without wildcards */
int mb_encode_set_secondary(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, const struct mb_secondary *secondary);
/* CI 51: 04 6D (type 'F'), 06 6D ('I') or 02 6C ('G') */
int mb_encode_set_clock(uint8_t *buf, size_t max, uint8_t c, uint8_t a,
	const struct mb_datetime *time, uint8_t type);
/* CI B8..BF for 300..38400; MB_E_INVALID for any other speed. */
int mb_encode_set_baud(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint32_t baud);
/* CI 5C; 54 for a device of the D48 age. */
int mb_encode_sync(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t ci);
/* CI 70 */
int mb_encode_application_error(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t code);
/* CI 71 */
int mb_encode_alarm(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t bits);

/* CI of a speed and back: 0xB8..0xBF, MB_E_INVALID; 0 when the CI sets no speed. */
int mb_baud_ci(uint32_t baud);
uint32_t mb_ci_baud(uint8_t ci);

/* Object actions: VIFE codes in direction master to slave, EN 13757-3 6.4.7. */
enum mb_action {
	MB_ACTION_WRITE,
	MB_ACTION_ADD,
	MB_ACTION_SUBTRACT,
	MB_ACTION_OR,
	MB_ACTION_AND,
	MB_ACTION_XOR,
	MB_ACTION_AND_NOT,
	MB_ACTION_CLEAR,
	MB_ACTION_ADD_ENTRY,
	MB_ACTION_DELETE_ENTRY,
	MB_ACTION_DELAYED,
	MB_ACTION_FREEZE,
	MB_ACTION_ADD_TO_READOUT,
	MB_ACTION_DELETE_FROM_READOUT,
};

#ifdef __cplusplus
}
#endif
#endif
