/* SPDX-License-Identifier: MIT */
/* Properties of an account that are numbers inside. */
#include "collect/account_impl.h"

#include <stdlib.h>
#include <string.h>

void *account_field(const struct account *a, const struct account_row *row)
{
	return (char *)(uintptr_t)a + row->offset;
}

/* --- numbers ----------------------------------------------------------------------------------- */

static void set_number(struct account *a, const struct account_row *row, uint64_t number)
{
	uint8_t n8 = (uint8_t)number;
	uint16_t n16 = (uint16_t)number;
	uint32_t n32 = (uint32_t)number;
	const void *from =
		row->size == 1 ? (const void *)&n8 : (row->size == 2 ? (const void *)&n16 : &n32);

	memcpy(account_field(a, row), from, row->size);
}

static uint32_t get_number(const struct account *a, const struct account_row *row)
{
	uint8_t n8;
	uint16_t n16;
	uint32_t n32;

	if (row->size == 1) {
		memcpy(&n8, account_field(a, row), 1);
		return n8;
	}
	if (row->size == 2) {
		memcpy(&n16, account_field(a, row), 2);
		return n16;
	}
	memcpy(&n32, account_field(a, row), 4);
	return n32;
}

static int read_number(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	(void)ret_wrong;
	if (!json_is_integer(value) || json_integer_value(value) < row->min ||
		json_integer_value(value) > row->max)
		return -1;
	set_number(a, row, (uint64_t)json_integer_value(value));
	return 0;
}

static void write_number(const struct account *a, const struct account_row *row, struct json_out *j)
{
	json_out_u64(j, get_number(a, row));
}

static void reset_number(struct account *a, const struct account_row *row)
{
	set_number(a, row, strtoul(row->shown.standard, NULL, 10));
}

static void describe_number(const struct account_row *row, struct json_out *j)
{
	json_out_key(j, "minimum");
	json_out_i64(j, row->min);
	json_out_key(j, "maximum");
	json_out_i64(j, row->max);
}

const struct account_kind account_kind_number = {
	"number", "integer", read_number, write_number, reset_number, describe_number};

/* The address of a meter: 254 is that of any, 251..253 and 255 are nobody's. */
static int read_address(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	json_int_t n = json_integer_value(value);

	if (n > 250 && n < 254)
		return -1;
	return read_number(a, row, value, ret_wrong);
}

const struct account_kind account_kind_address = {
	"number", "integer", read_address, write_number, reset_number, describe_number};

static int read_bool(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	(void)ret_wrong;
	if (!json_is_boolean(value))
		return -1;
	*(bool *)account_field(a, row) = json_is_true(value);
	return 0;
}

static void write_bool(const struct account *a, const struct account_row *row, struct json_out *j)
{
	json_out_bool(j, *(bool *)account_field(a, row));
}

static void reset_bool(struct account *a, const struct account_row *row)
{
	*(bool *)account_field(a, row) = strcmp(row->shown.standard, "true") == 0;
}

const struct account_kind account_kind_bool = {
	"true or false", "boolean", read_bool, write_bool, reset_bool, NULL};

static int find_choice(const struct account_row *row, const char *text)
{
	for (int i = 0; row->choices[i]; i++) {
		if (strcmp(row->choices[i], text) == 0)
			return i;
	}
	return -1;
}

static int read_choice(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	int choice = json_is_string(value) ? find_choice(row, json_string_value(value)) : -1;

	(void)ret_wrong;
	if (choice < 0)
		return -1;
	set_number(a, row, (uint64_t)choice);
	return 0;
}

static void write_choice(const struct account *a, const struct account_row *row, struct json_out *j)
{
	json_out_text(j, row->choices[get_number(a, row)]);
}

static void reset_choice(struct account *a, const struct account_row *row)
{
	int choice = find_choice(row, row->shown.standard);

	set_number(a, row, choice < 0 ? 0 : (uint64_t)choice);
}

static void describe_choice(const struct account_row *row, struct json_out *j)
{
	json_out_key(j, "enum");
	json_out_array(j);
	for (int i = 0; row->choices[i]; i++)
		json_out_text(j, row->choices[i]);
	if (!*row->shown.standard)
		json_out_null(j);
	json_out_end(j);
}

const struct account_kind account_kind_choice = {
	"choice", "string", read_choice, write_choice, reset_choice, describe_choice};

/* Version and medium: FF is the wildcard of the bus. */
static int read_wild(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	if (json_is_string(value) && strcmp(json_string_value(value), "*") == 0) {
		set_number(a, row, MB_VERSION_ANY);
		return 0;
	}
	return read_number(a, row, value, ret_wrong);
}

static void write_wild(const struct account *a, const struct account_row *row, struct json_out *j)
{
	if (get_number(a, row) == MB_VERSION_ANY)
		json_out_text(j, "*");
	else
		write_number(a, row, j);
}

static void reset_wild(struct account *a, const struct account_row *row)
{
	set_number(a, row, MB_VERSION_ANY);
}

const struct account_kind account_kind_wild = {
	"number or *", "integer string", read_wild, write_wild, reset_wild, describe_number};
