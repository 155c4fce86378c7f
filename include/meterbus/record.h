/* SPDX-License-Identifier: MIT */
/*
 * Data records, EN 13757-3 clause 6: a cursor by value over the caller's bytes.
 *
 *	struct mb_cursor cur;
 *	struct mb_record rec;
 *	int rc;
 *
 *	mb_cursor_init(&cur, &telegram, NULL);
 *	while ((rc = mb_record_next(&cur, &rec)) > 0)
 *		use(&rec);
 *	if (rc < 0)
 *		complain(mb_error_text(rc), cur.p, cur.end - cur.p);	the undecoded rest
 *
 * A bad record ends the walk with an error, never with a guess; the records before it stand.
 */
#ifndef METERBUS_RECORD_H
#define METERBUS_RECORD_H

#include <meterbus/telegram.h>
#include <meterbus/value.h>
#include <meterbus/vif.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_DIFE_MAX 10
#define MB_VIFE_MAX 10

enum mb_record_kind {
	MB_RECORD_DATA,
	MB_RECORD_MANUFACTURER, /* DIF 0F: the rest of the telegram, raw */
	MB_RECORD_MORE, /* DIF 1F: the same, and more records follow in the next telegram */
	MB_RECORD_GLOBAL_READOUT, /* DIF 7F, master to slave; vib_len != 0: of that VIF only */
};

enum mb_function {
	MB_FUNCTION_INSTANTANEOUS,
	MB_FUNCTION_MAXIMUM,
	MB_FUNCTION_MINIMUM,
	MB_FUNCTION_ERROR, /* value during error state */
};

/* Flags of a record. */
#define MB_RECORD_FUTURE 0x0001 /* VIFE 7E */
#define MB_RECORD_NON_METRIC 0x0002 /* VIFE 3D: unit table not public, number as sent */
#define MB_RECORD_VIFE_MANUFACTURER 0x0004 /* VIFE 7F: the rest of the VIFEs is the maker's */
#define MB_RECORD_UNKNOWN_VIF 0x0008 /* reserved code: the number is raw, unit none */
#define MB_RECORD_PROFILE 0x0010 /* a compact profile; unrolled by the chain */
#define MB_RECORD_UNROLLED 0x0020 /* an element of a compact profile */
#define MB_RECORD_FIXED 0x0040 /* a counter of the fixed structure */
#define MB_RECORD_DATE 0x0080 /* data are a point in time by VIF or VIFE */
#define MB_RECORD_TEXT_FIRST 0x0100 /* plain-text VIF: string stood before the VIFEs (D48 order) */
#define MB_RECORD_TIMED 0x0200 /* UNROLLED: `time` is known */
#define MB_RECORD_UNSIGNED 0x0400 /* UNROLLED: the element is an unsigned increment */

struct mb_record {
	uint8_t kind; /* enum mb_record_kind */
	uint8_t data_field; /* DIF bits 3..0 */
	uint8_t function; /* enum mb_function */
	uint8_t vif_table; /* enum mb_vif_table */
	uint8_t vif_code; /* without extension bit */
	uint8_t unit; /* enum mb_unit of value: VIF's or the duration's */
	int8_t exp10; /* VIF exponent, factors of VIFEs excluded */
	uint8_t dib_len;
	uint64_t storage; /* up to 41 bits */
	uint32_t tariff; /* up to 20 bits */
	uint16_t subunit; /* up to 10 bits */
	uint8_t lvar; /* first data byte when data_field == 0xD */
	uint8_t error; /* record error VIFE 01..1C, 0 none */
	uint8_t vife_len; /* bytes; FC pairs count two */
	uint8_t text_len;
	/* filled when the cursor has a chain, else 0 */
	uint16_t index; /* ordinal in the whole chain, from 0; elements of profiles count */
	uint16_t occurrence; /* of the same key in the chain, from 0 */
	uint16_t telegram; /* ordinal of the telegram in the chain, from 0 */
	uint16_t flags;
	uint16_t vib_len;
	uint16_t data_len;
	uint8_t vif_len; /* bytes of VIF proper: 1, 2 (FB, FD) or 3 (FD FD); plain text excluded */
	bool msb_first;
	bool from_master;

	/* bytes as sent, into the telegram */
	const uint8_t *dib; /* DIF and DIFEs */
	const uint8_t *vib; /* VIF, VIFEs and plain text: all between DIB and data */
	const uint8_t *vife; /* first VIFE behind the VIF proper */
	const uint8_t *text; /* plain-text VIF; last character first in mode 1 */
	const uint8_t *data; /* behind the LVAR byte, if any */

	const struct mb_vif *vif; /* row; NULL for plain text and manufacturer VIF */
	struct mb_value value;
	struct mb_datetime time; /* of an element of a compact profile, with flag TIMED */
};

struct mb_chain; /* meterbus/chain.h */

struct mb_cursor {
	const uint8_t *p, *end; /* next byte, end of the records */
	struct mb_chain *chain;
	uint8_t state; /* private */
	bool msb_first, from_master;
	uint16_t index;
	uint16_t element; /* next element of the compact profile being unrolled; private */
	const struct mb_telegram *telegram; /* fixed structure; must outlive the cursor */
	const uint8_t *head, *head_end; /* DIFs and VIFs of a compact frame; private */
};

/*
 * Start a walk over a telegram of layout RECORDS, SELECTION, FIXED (two records, flag FIXED), or of a
 * COMPACT frame whose format the chain knows. chain may be NULL: then no occurrence, no unrolling.
 * Other layouts give an empty walk.
 */
void mb_cursor_init(
	struct mb_cursor *cur, const struct mb_telegram *telegram, struct mb_chain *chain);
/* The same over bare record bytes (mode 1, slave to master). */
void mb_cursor_init_bytes(struct mb_cursor *cur, const uint8_t *bytes, size_t len);
/*
 * 1 and a record, 0 at the end, or an error: MB_E_RECORD_SHORT, _TOO_MANY_DIFE, _TOO_MANY_VIFE, _BAD_DIF,
 * _BAD_LVAR, _BAD_TEXT; then cur->p stands at the first byte of the bad record. Idle fillers (2F) are
 * skipped. A compact frame may also give MB_E_NO_FORMAT or _BAD_CRC, before its first record.
 * *ret_record is undefined unless 1 is returned.
 */
int mb_record_next(struct mb_cursor *cur, struct mb_record *ret_record);

/* ---- texts of a record; each returns the length without NUL or MB_E_NO_SPACE ---- */

#define MB_UNIT_TEXT_MAX 640 /* a plain-text VIF of 255 characters and ten VIFEs */
#define MB_DESCRIPTION_MAX 1280 /* the same */
#define MB_RAW_TEXT_MAX 520 /* all data of a frame in hex */
#define MB_KEY_MAX 128

/* Unit of value: "m³", "kWh" never (unit is the base, value is scaled); PER and TIMES VIFEs appended ("m³/h", "Wh/month"); plain text in UTF-8. */
int mb_record_unit(const struct mb_record *record, char *buf, size_t max);
/*
 * The value as the meter sent it, unscaled: "00001891", "-3", "2015-04-02T16:53:00", text, hex of
 * manufacturer data, "" for no date, "BCD Error: --------" for 6 and 8 broken digits ("EEEE" for others).
 */
int mb_record_raw_text(const struct mb_record *record, char *buf, size_t max);
/* "Volume", "Energy, at phase L1, future value"; the driver's Description, spelt right. */
int mb_record_description(const struct mb_record *record, char *buf, size_t max);
/* What a meter's display shows for its BCD digits, D48 6.7.4 ("----", "1321"); "" when not BCD. */
int mb_record_display_text(const struct mb_record *record, char *buf, size_t max);
/* Stable key "flow_temperature" and text of the quantity; "plain_text", "manufacturer_specific" else. */
const char *mb_record_name(const struct mb_record *record);
const char *mb_record_quantity(const struct mb_record *record);
/*
 * Stable key of a reading: function, storage, tariff, subunit, VIF with the exponent bits masked,
 * VIFEs without record errors and scale factors, plain text, occurrence if not the first:
 * "inst.0.0.0.10", "max.5.0.0.38", "inst.0.1.0.00.3B.FC01~2", "inst.0.0.0.7C'%25RH". Printable ASCII
 * without blanks, the same across telegrams, autoranging and restarts.
 */
int mb_record_key(const struct mb_record *record, char *buf, size_t max);
/* FNV-1a 64 of the key without its occurrence. */
uint64_t mb_record_key_hash(const struct mb_record *record);

const char *mb_function_name(unsigned function); /* "instantaneous", "maximum" ... */

/*
 * The ten fields of a driver's metadata (the tenth is mb_record_description): each a stable key and a
 * label. Units are the driver's: "m" is a month, "VARh" varh. All that differs from older drivers:
 * - Spelling; accept theirs as aliases when reading what they wrote: "extention FB", "Actually
 *   Duration", "Access Number  (" with two blanks, "Duatation", "Day light saving (... deviation",
 *   "windeow", "#times", "begin of end" for "begin of last" (VIFE 6E), "constant0.1" (VIFE 78..7A).
 * - Meaning: FB 19 is 10^3 t (theirs 10^6), FB 54 reserved ("Complex Power" in 0.1 VA), FD 10
 *   "Customer location" ("Other location"), FC 20 the begin of a text ("Speicherzyklen im EEPROM").
 * - Units: FD 2B s, FD 65 time and date, FD 74 d (theirs stands in the label) are none there; a VIFE
 *   that makes the data a date, a duration or a count (39, 41..4F, 50..67, 6A..6F) changes the unit.
 * - Codes that they call reserved: FB 04..06, 0C..0F, 15..17, 1A, 1B, 20, 2A, 2C, 2D, 2F, 34..37,
 *   68..6E; FD 19, 23, 2A, 3B..3F, 71, 76.
 */
struct mb_metadata {
	const char *data_field_key, *data_field_label; /* "bcd8", "8 digit BCD" */
	const char *function_key, *function_label; /* NULL for special functions */
	uint64_t storage;
	uint32_t tariff;
	uint16_t subunit;
	const char *vif_type_key, *vif_type_label; /* NULL for special functions */
	const char *unit_label; /* driver's unit: "l" where the prefix fits; NULL for none */
	const char *si_prefix_key, *si_prefix_label; /* NULL for none; "milli", "m" */
	int8_t exponent; /* on top of the SI prefix: raw * 10^exponent * 10^prefix in unit */
	bool has_exponent;
};
void mb_record_metadata(const struct mb_record *record, struct mb_metadata *ret_metadata);

#ifdef __cplusplus
}
#endif
#endif
