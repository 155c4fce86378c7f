/* SPDX-License-Identifier: MIT */
/* Lists of accounts, for all nouns that have one. */
#ifndef API_ROUTE_ACCOUNTS_H
#define API_ROUTE_ACCOUNTS_H

#include "api/api_impl.h"
#include "collect/accounts.h"

/* clang-format off */
#define ACCOUNT_FILTER_PARAMS \
	{"search", PARAM_TEXT, "in name, description, address or place", 0, 256}, \
	{"tag", PARAM_TEXT, "has this tag", 0, ACCOUNT_TAG_MAX}, \
	{"place", PARAM_TEXT, "is read there: bus:roof, serial:/dev/ttyUSB0, tcp://host:port", 0, ACCOUNT_PLACE_MAX}, \
	{"connection", PARAM_WORD, "bus|serial|tcp: kind of connection", 0, 0}, \
	{"suspended", PARAM_FLAG, "is suspended, or not", 0, 0}
/* clang-format on */
extern const struct route_param account_list_params[];

void account_filter_of(const struct call *c, struct account_filter *ret_filter);

typedef void account_say(struct call *c, const struct account *account);
/* Answers with a page of what say() says of each. */
void account_page(struct call *c, account_say *say);
/* {"identification": ...} of a meter: schema Meter. */
void say_identity(struct json_out *j, const struct mb_secondary *meter);

#endif
