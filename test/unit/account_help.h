/* SPDX-License-Identifier: MIT */
/* Accounts from their JSON, and what is wrong with it. */
#ifndef TEST_ACCOUNT_HELP_H
#define TEST_ACCOUNT_HELP_H

#include "collect/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* All errors as one text: "port: must be ...; host: ...". */
static inline const char *told(const struct account_errors *errors)
{
	static char text[8192];
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < errors->count && i < ACCOUNT_ERRORS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s: %s", i ? "; " : "",
			errors->list[i].property, errors->list[i].text);
	return text;
}

/* base as the JSON changes it; NULL: a new one. */
static inline struct account *change(const struct account *base, const char *json)
{
	struct account_errors errors = {0};
	struct account *a = NULL;

	if (account_from_json(json, strlen(json), base, &a, &errors) < 0)
		fail_msg("%s: %s", json, told(&errors));
	assert_int_equal(errors.count, 0);
	return a;
}

#endif
