/* SPDX-License-Identifier: MIT */
/*
 * What a frame means: CI field and transport header, EN 13757-7 (formerly -3). The result points
 * into the caller's bytes; records are walked with meterbus/record.h.
 */
#ifndef METERBUS_TELEGRAM_H
#define METERBUS_TELEGRAM_H

#include <meterbus/address.h>
#include <meterbus/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mb_layout {
	MB_LAYOUT_NONE, /* E5, A2, short frames: nothing behind the link layer */
	MB_LAYOUT_RECORDS, /* data records: CI 72, 76, 78, 7A, 51, 5A, 5B ... */
	MB_LAYOUT_FIXED, /* fixed structure, 16 bytes: CI 73, 77 */
	MB_LAYOUT_APPLICATION_ERROR, /* CI 70, 6E, 6F */
	MB_LAYOUT_ALARM, /* CI 71, 74, 75 */
	MB_LAYOUT_APPLICATION, /* selected application, CI 66..68; application reset/select CI 50, 53 */
	MB_LAYOUT_FORMAT, /* format frame, CI 69..6B */
	MB_LAYOUT_COMPACT, /* compact frame, CI 79, 7B, 73 */
	MB_LAYOUT_SELECTION, /* CI 52, 56: secondary address and records */
	MB_LAYOUT_BAUD, /* CI B8..BF */
	MB_LAYOUT_SYNC, /* CI 54 (D48), 5C */
	MB_LAYOUT_AFL, /* CI 90 in front of another CI; only before mb_telegram_open */
	MB_LAYOUT_ENCRYPTED, /* records under a security mode; header fields are valid */
	MB_LAYOUT_RAW, /* any other CI */
};

enum mb_header_type {
	MB_HEADER_NONE,
	MB_HEADER_SHORT, /* 4 bytes */
	MB_HEADER_LONG, /* 12 bytes */
	MB_HEADER_FIXED, /* the 6 bytes in front of the units of the fixed structure */
};

/* Status byte, EN 13757-7 7.5.6. */
#define MB_STATUS_APPLICATION 0x03 /* 0 none, 1 busy, 2 any error, 3 abnormal (2018) */
#define MB_STATUS_POWER_LOW 0x04
#define MB_STATUS_PERMANENT 0x08
#define MB_STATUS_TEMPORARY 0x10
#define MB_STATUS_MANUFACTURER 0xE0

struct mb_telegram {
	struct mb_frame frame;
	uint8_t layout; /* enum mb_layout */
	uint8_t header_type; /* enum mb_header_type */
	uint8_t ci; /* that of the payload: behind an AFL the inner one */
	bool from_master; /* C bit 6 */
	bool msb_first; /* mode 2: CI 55, 56, 76, 77 and the fixed media A..E */
	/* long header, fixed (identification only, the rest wild), selection */
	bool has_address;
	struct mb_secondary address;
	/* short, long and fixed header */
	bool has_status;
	uint8_t access;
	uint8_t status;
	uint16_t config; /* configuration field, "signature" in D48 */
	uint8_t security_mode; /* 0: none or a reserved one; see meterbus/security.h */
	/* what follows the header: records, error code, alarm bits ... */
	const uint8_t *payload;
	uint16_t payload_len;
	/* AFL of CI 90, whole, for the MAC; NULL without */
	const uint8_t *afl;
	uint16_t afl_len;
};

/*
 * Take a frame apart. 0, MB_E_HEADER_SHORT, MB_E_UNKNOWN_CI (layout RAW is set all the same: the
 * telegram is filled in and usable).
 *
 * Editions differ; chosen here: 73 with 16 bytes is the fixed structure, else a compact frame; 54
 * is synchronize; 55 and 56 are mode 2; mode 5 with no encrypted block is plain.
 */
int mb_telegram_parse(const struct mb_frame *frame, struct mb_telegram *ret_telegram);
/* Frame and telegram in one: returns the frame's size or an error of either. */
int mb_telegram_read(const uint8_t *buf, size_t len, struct mb_telegram *ret_telegram);

/* Application error of CI 70, 6E, 6F: the code, 0 when the byte is missing. */
uint8_t mb_telegram_error_code(const struct mb_telegram *telegram);
/* Medium of the fixed structure (layout FIXED): 4 bits, see mb_fixed_medium_text. */
uint8_t mb_telegram_fixed_medium(const struct mb_telegram *telegram);
/* Do more telegrams follow (DIF 1F at the end of the records)? Walks the records. */
bool mb_telegram_more(const struct mb_telegram *telegram);

#ifdef __cplusplus
}
#endif
#endif
