/* SPDX-License-Identifier: MIT */
/*
 * Addresses: primary 0..255, secondary (identification, manufacturer, version, medium) with
 * wildcards, EN 13757-3 / -7 secondary addressing.
 */
#ifndef METERBUS_ADDRESS_H
#define METERBUS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_ID_ANY 0xFFFFFFFFu /* identification: nibble F matches any digit */
#define MB_MANUFACTURER_ANY 0xFFFFu
#define MB_VERSION_ANY 0xFF
#define MB_MEDIUM_ANY 0xFF
#define MB_ADDRESS_TEXT_MAX 32 /* longest text of an address and its NUL */

/*
 * Secondary address. The identification is eight digits, one a nibble, most significant first:
 * 12345678 is 0x12345678. It is text, not a number: digits A..E occur.
 */
struct mb_secondary {
	uint32_t id;
	uint16_t manufacturer; /* raw word, bit 15 included; see mb_manufacturer_letters */
	uint8_t version;
	uint8_t medium;
};

enum mb_address_type {
	MB_ADDRESS_PRIMARY,
	MB_ADDRESS_SECONDARY,
};

struct mb_address {
	uint8_t type; /* enum mb_address_type */
	uint8_t primary; /* 0..255 */
	struct mb_secondary secondary;
	/* Enhanced selection: fabrication number as eight BCD nibbles (F = any); used when has_fabrication. */
	bool has_fabrication;
	uint32_t fabrication;
};

/*
 * Text to address: "5"; "12345678" or "1234FFFF" (8 digits, the rest wild); "0803176865329906" (16
 * digits: identification as printed, then manufacturer, version, medium as sent, so 6532 is LSE); or
 * "08031768.LSE.153.6" (each part but the first may be "*"; version and medium decimal or 0x..).
 * A trailing "/01020304" adds a fabrication number. MB_E_INVALID otherwise.
 * Eight digits are always an identification; fewer than four are a primary address 0..255.
 */
int mb_address_parse(const char *text, struct mb_address *ret_address);
/* Address to the shortest of these texts. Returns the length or MB_E_NO_SPACE. */
int mb_address_format(const struct mb_address *address, char *buf, size_t max);
/* Always the 16-digit form. */
int mb_secondary_format(const struct mb_secondary *secondary, char *buf, size_t max);

/* The 8 bytes as they are sent, low byte first (mode 1). */
void mb_secondary_write(const struct mb_secondary *secondary, uint8_t ret_bytes[8]);
void mb_secondary_read(const uint8_t bytes[8], struct mb_secondary *ret_secondary);
/* Does a meter of this address answer a selection by that mask? A nibble F of the meter's own
 * identification is matched only by F. */
bool mb_secondary_match(const struct mb_secondary *mask, const struct mb_secondary *meter);
bool mb_secondary_equal(const struct mb_secondary *a, const struct mb_secondary *b);

/* The A field that requests to this address carry: primary, or 253. */
uint8_t mb_address_a(const struct mb_address *address);

/*
 * Manufacturer word to three letters and NUL ("PAD"); bit 15 is ignored. Words without letters
 * become four hex digits ("0000"). Returns true when they were letters.
 */
bool mb_manufacturer_letters(uint16_t manufacturer, char ret_text[5]);
/* Three letters (any case) to the word; MB_E_INVALID else. */
int mb_manufacturer_word(const char *letters);
/* Maker's name ("Kamstrup"), from a curated table; NULL when not in it. Information only. */
const char *mb_manufacturer_name(uint16_t manufacturer);

#ifdef __cplusplus
}
#endif
#endif
