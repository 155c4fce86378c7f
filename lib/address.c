/* SPDX-License-Identifier: MIT */
#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/frame.h>

#include "mem.h"
#include "number.h"
#include "text.h"

#define ID_DIGITS 8
#define TAIL_DIGITS 8 /* manufacturer, version, medium in the 16-digit form */
#define PRIMARY_DIGITS_MAX 3

static const struct mb_secondary secondary_any = {
	.id = MB_ID_ANY,
	.manufacturer = MB_MANUFACTURER_ANY,
	.version = MB_VERSION_ANY,
	.medium = MB_MEDIUM_ANY,
};

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Exactly n hex digits at *text, which moves behind them; false leaves it. */
static bool take_hex(const char **text, unsigned n, uint32_t *ret_value)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < n; i++) {
		int digit = digit_value((*text)[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
	}
	*text += n;
	*ret_value = value;
	return true;
}

/* "153", "0x99" or "*" (255). */
static bool take_byte(const char **text, uint8_t *ret_byte)
{
	const char *p = *text;
	unsigned base = 10;
	unsigned value = 0;
	unsigned n = 0;

	if (*p == '*') {
		*text = p + 1;
		*ret_byte = 0xFF;
		return true;
	}
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}
	for (;; p++, n++) {
		int digit = digit_value(*p);

		if (digit < 0 || digit >= (int)base)
			break;
		value = value * base + (unsigned)digit;
		if (value > 0xFF)
			return false;
	}
	if (!n)
		return false;
	*text = p;
	*ret_byte = (uint8_t)value;
	return true;
}

/* "LSE", "*", or four hex digits of a word without letters. */
static bool take_manufacturer(const char **text, uint16_t *ret_manufacturer)
{
	uint32_t word;
	char letters[4] = {0};
	int rc;

	if (**text == '*') {
		*text += 1;
		*ret_manufacturer = MB_MANUFACTURER_ANY;
		return true;
	}
	if (take_hex(text, 4, &word)) {
		*ret_manufacturer = (uint16_t)word;
		return true;
	}
	for (unsigned i = 0; i < 3 && (*text)[i]; i++)
		letters[i] = (*text)[i];
	rc = mb_manufacturer_word(letters);
	if (rc < 0)
		return false;
	*text += 3;
	*ret_manufacturer = (uint16_t)rc;
	return true;
}

static bool take_char(const char **text, char c)
{
	if (**text != c)
		return false;
	*text += 1;
	return true;
}

static uint16_t swap16(uint32_t word)
{
	return (uint16_t)((word >> 8 & 0xFF) | (word & 0xFF) << 8);
}

/* What stands behind the eight digits of an identification. */
static bool take_rest(const char **text, struct mb_secondary *secondary)
{
	uint32_t tail;

	if (take_char(text, '.'))
		return take_manufacturer(text, &secondary->manufacturer) && take_char(text, '.') &&
		       take_byte(text, &secondary->version) && take_char(text, '.') &&
		       take_byte(text, &secondary->medium);
	if (**text == '\0' || **text == '/')
		return true;
	if (!take_hex(text, TAIL_DIGITS, &tail))
		return false;
	secondary->manufacturer = swap16(tail >> 16);
	secondary->version = (uint8_t)(tail >> 8);
	secondary->medium = (uint8_t)tail;
	return true;
}

static bool parse_primary(const char *text, struct mb_address *address)
{
	unsigned value = 0;
	unsigned n = 0;

	for (; text[n] >= '0' && text[n] <= '9' && n < PRIMARY_DIGITS_MAX; n++)
		value = value * 10 + (unsigned)(text[n] - '0');
	if (!n || text[n] || value > 0xFF)
		return false;
	address->type = MB_ADDRESS_PRIMARY;
	address->primary = (uint8_t)value;
	return true;
}

static bool parse_secondary(const char *text, struct mb_address *address)
{
	address->type = MB_ADDRESS_SECONDARY;
	address->secondary = secondary_any;
	if (!take_hex(&text, ID_DIGITS, &address->secondary.id) ||
		!take_rest(&text, &address->secondary))
		return false;
	if (take_char(&text, '/')) {
		if (!take_hex(&text, ID_DIGITS, &address->fabrication))
			return false;
		address->has_fabrication = true;
	}
	return *text == '\0';
}

int mb_address_parse(const char *text, struct mb_address *ret_address)
{
	struct mb_address address = {.primary = MB_A_NETWORK};

	if (!parse_primary(text, &address) && !parse_secondary(text, &address))
		return MB_E_INVALID;
	*ret_address = address;
	return 0;
}

static void put_hex(struct mbi_text *t, uint32_t value, unsigned digits)
{
	while (digits--)
		mbi_put(t, "0123456789ABCDEF"[value >> 4 * digits & 0xF]);
}

static void put_secondary(struct mbi_text *t, const struct mb_secondary *secondary)
{
	put_hex(t, secondary->id, ID_DIGITS);
	put_hex(t, swap16(secondary->manufacturer), 4);
	mbi_put_hex(t, secondary->version);
	mbi_put_hex(t, secondary->medium);
}

static bool only_id(const struct mb_secondary *secondary)
{
	return secondary->manufacturer == MB_MANUFACTURER_ANY &&
	       secondary->version == MB_VERSION_ANY && secondary->medium == MB_MEDIUM_ANY;
}

int mb_address_format(const struct mb_address *address, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	if (address->type == MB_ADDRESS_PRIMARY) {
		mbi_put_number(&t, address->primary, 1);
		return mbi_text_end(&t);
	}
	if (only_id(&address->secondary))
		put_hex(&t, address->secondary.id, ID_DIGITS);
	else
		put_secondary(&t, &address->secondary);
	if (address->has_fabrication) {
		mbi_put(&t, '/');
		put_hex(&t, address->fabrication, ID_DIGITS);
	}
	return mbi_text_end(&t);
}

int mb_secondary_format(const struct mb_secondary *secondary, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	put_secondary(&t, secondary);
	return mbi_text_end(&t);
}

void mb_secondary_write(const struct mb_secondary *secondary, uint8_t ret_bytes[8])
{
	mbi_store(ret_bytes, secondary->id, 4);
	mbi_store(ret_bytes + 4, secondary->manufacturer, 2);
	ret_bytes[6] = secondary->version;
	ret_bytes[7] = secondary->medium;
}

void mb_secondary_read(const uint8_t bytes[8], struct mb_secondary *ret_secondary)
{
	ret_secondary->id = (uint32_t)mbi_load(bytes, 4, false);
	ret_secondary->manufacturer = (uint16_t)mbi_load(bytes + 4, 2, false);
	ret_secondary->version = bytes[6];
	ret_secondary->medium = bytes[7];
}

static bool id_match(uint32_t mask, uint32_t id)
{
	uint32_t wild = mask & mask >> 1 & mask >> 2 & mask >> 3 & 0x11111111u;

	return !((mask ^ id) & ~(wild * 0xF));
}

static bool byte_match(unsigned mask, unsigned byte)
{
	return (mask & 0xFF) == 0xFF || (mask & 0xFF) == (byte & 0xFF);
}

bool mb_secondary_match(const struct mb_secondary *mask, const struct mb_secondary *meter)
{
	return id_match(mask->id, meter->id) &&
	       byte_match(mask->manufacturer, meter->manufacturer) &&
	       byte_match(mask->manufacturer >> 8, meter->manufacturer >> 8) &&
	       byte_match(mask->version, meter->version) && byte_match(mask->medium, meter->medium);
}

bool mb_secondary_equal(const struct mb_secondary *a, const struct mb_secondary *b)
{
	_Static_assert(sizeof(*a) == 4 + 2 + 1 + 1, "an address has no gaps");

	return !memcmp(a, b, sizeof(*a));
}

uint8_t mb_address_a(const struct mb_address *address)
{
	return address->type == MB_ADDRESS_PRIMARY ? address->primary : MB_A_NETWORK;
}
