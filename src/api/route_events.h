/* SPDX-License-Identifier: MIT */
/* What the kept events and the live ones share. */
#ifndef API_ROUTE_EVENTS_H
#define API_ROUTE_EVENTS_H

#include "api/api_impl.h"
#include "collect/account.h"
#include "store/reader.h"

/* clang-format off */
#define EVENT_PARAMS \
	{"kind", PARAM_TEXT, "this kind, or all that begin so: \"account.\"", 0, STORE_NAME_MAX}, \
	{"account", PARAM_TEXT, "name of an account", 0, ACCOUNT_NAME_MAX}, \
	{"severity_max", PARAM_COUNT, "4: warnings and worse", 1, 7}, \
	{"after_seq", PARAM_COUNT, "later ones only", 0, INT64_MAX}
/* clang-format on */

/* An object of the schema Event. account: its name, NULL: leave it out. */
void say_event(struct json_out *j, const struct store_event *event, const char *account);

#endif
