/* SPDX-License-Identifier: MIT */
/* The table of properties; only for account*.c. */
#ifndef COLLECT_ACCOUNT_IMPL_H
#define COLLECT_ACCOUNT_IMPL_H

#include "base/json_out.h"
#include "collect/account.h"

#include <jansson.h>

#define ACCOUNT_WRONG_MAX 160
#define ACCOUNT_ROWS 36

struct account_row;

/* How values of one kind are read, written and described. */
struct account_kind {
	const char *type; /* for people */
	const char *schema; /* types of JSON, with blanks between */
	/* Into a property that has its default. -1: not allowed; ret_wrong may say more about it. */
	int (*read)(struct account *a, const struct account_row *row, const json_t *value,
		char ret_wrong[ACCOUNT_WRONG_MAX]);
	void (*write)(const struct account *a, const struct account_row *row, struct json_out *j);
	void (*reset)(struct account *a, const struct account_row *row); /* to its default */
	/* More members of its schema; NULL: none. */
	void (*describe)(const struct account_row *row, struct json_out *j);
};

struct account_row {
	struct account_property shown;
	const struct account_kind *kind;
	uint16_t offset, size; /* in struct account */
	int64_t min, max; /* of a number, of the length of a text */
	const char *const *choices; /* ends with NULL */
	uint8_t only; /* 1 + enum account_connection: is of this connection only; 0: of all */
};

extern const struct account_row account_rows[ACCOUNT_ROWS];

extern const struct account_kind account_kind_address, account_kind_bool, account_kind_choice,
	account_kind_depends, account_kind_id, account_kind_maintenance, account_kind_maker,
	account_kind_name, account_kind_number, account_kind_period, account_kind_quirk,
	account_kind_secret, account_kind_tags, account_kind_text, account_kind_wild,
	account_kind_zone;

extern const char *const account_connections[]; /* in the order of enum account_connection */

void *account_field(const struct account *a, const struct account_row *row);
int account_row_find(const char *key); /* index, -1 for none */
bool account_row_equal(
	const struct account *a, const struct account *b, const struct account_row *row);
bool account_row_given(const struct account *a, const struct account_row *row);

/* As account_from_json(), of an object that is read already. */
int account_from_object(json_t *object, const struct account *base, struct account **ret_account,
	struct account_errors *errors);

#endif
