/* SPDX-License-Identifier: MIT */
/* What an account says of its meter. */
#include "base/hex.h"
#include "collect/account_impl.h"

#include <stdio.h>
#include <string.h>

/* Eight digits; A..E occur, F and ? match any. */
static int read_id(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	const char *text = json_string_value(value);
	uint32_t id = 0;

	(void)row;
	(void)ret_wrong;
	if (json_string_length(value) != 8)
		return -1;
	for (; *text; text++) {
		int digit = *text == '?' ? 0xF : hex_digit(*text);

		if (digit < 0)
			return -1;
		id = id << 4 | (uint32_t)digit;
	}
	a->meter.id = id;
	return 0;
}

static void write_id(const struct account *a, const struct account_row *row, struct json_out *j)
{
	char text[9];

	(void)row;
	snprintf(text, sizeof(text), "%08X", a->meter.id);
	json_out_text(j, text);
}

static void reset_id(struct account *a, const struct account_row *row)
{
	(void)row;
	a->meter.id = MB_ID_ANY;
}

static void describe_id(const struct account_row *row, struct json_out *j)
{
	(void)row;
	json_out_key(j, "pattern");
	json_out_text(j, "^[0-9A-Fa-f?]{8}$");
}

const struct account_kind account_kind_id = {
	"identification", "string", read_id, write_id, reset_id, describe_id};

/* Words that are no letters are written as hexadecimal: "0x0477". */
static int parse_maker(const char *text)
{
	uint8_t high, low;

	if (strncmp(text, "0x", 2) != 0)
		return mb_manufacturer_word(text);
	if (!hex_byte(text + 2, &high) || !hex_byte(text + 4, &low) || text[6])
		return -1;
	return high << 8 | low;
}

static int read_maker(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	const char *text = json_string_value(value);
	int word;

	(void)row;
	(void)ret_wrong;
	if (!text)
		return -1;
	word = strcmp(text, "*") == 0 ? (int)MB_MANUFACTURER_ANY : parse_maker(text);
	if (word < 0)
		return -1;
	a->meter.manufacturer = (uint16_t)word;
	return 0;
}

static void write_maker(const struct account *a, const struct account_row *row, struct json_out *j)
{
	char text[8];

	(void)row;
	if (a->meter.manufacturer == MB_MANUFACTURER_ANY) {
		json_out_text(j, "*");
		return;
	}
	if (!mb_manufacturer_letters(a->meter.manufacturer, text) ||
		mb_manufacturer_word(text) != a->meter.manufacturer)
		snprintf(text, sizeof(text), "0x%04X", a->meter.manufacturer);
	json_out_text(j, text);
}

static void reset_maker(struct account *a, const struct account_row *row)
{
	(void)row;
	a->meter.manufacturer = MB_MANUFACTURER_ANY;
}

static void describe_maker(const struct account_row *row, struct json_out *j)
{
	(void)row;
	json_out_key(j, "pattern");
	json_out_text(j, "^([A-Za-z]{3}|0x[0-9A-Fa-f]{4}|\\*)$");
}

const struct account_kind account_kind_maker = {
	"manufacturer", "string", read_maker, write_maker, reset_maker, describe_maker};

/* --- keys ------------------------------------------------------------------------------------------ */

static int read_secret(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	const char *text = json_string_value(value);
	uint8_t *key = account_field(a, row);

	(void)ret_wrong;
	if (json_string_length(value) != 2u * row->size)
		return -1;
	for (size_t i = 0; i < row->size; i++) {
		if (!hex_byte(text + 2 * i, &key[i]))
			return -1;
	}
	return 0;
}

static void write_secret(const struct account *a, const struct account_row *row, struct json_out *j)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * ACCOUNT_KEY_LEN];
	const uint8_t *key = account_field(a, row);

	for (size_t i = 0; i < row->size; i++) {
		text[2 * i] = digits[key[i] >> 4];
		text[2 * i + 1] = digits[key[i] & 15];
	}
	json_out_text_n(j, text, 2u * row->size);
	explicit_bzero(text, sizeof(text));
}

static void reset_secret(struct account *a, const struct account_row *row)
{
	explicit_bzero(account_field(a, row), row->size);
}

static void describe_secret(const struct account_row *row, struct json_out *j)
{
	(void)row;
	json_out_key(j, "pattern");
	json_out_text(j, "^[0-9A-Fa-f]{32}$");
}

const struct account_kind account_kind_secret = {
	"key", "string", read_secret, write_secret, reset_secret, describe_secret};
