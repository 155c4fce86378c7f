/* SPDX-License-Identifier: MIT */
/* "period=15M tags=cellar,heat" as JSON, by the types that the daemon's own document tells. */
#ifndef METERBUS_TOOL_CTL_ACCOUNT_BODY_H
#define METERBUS_TOOL_CTL_ACCOUNT_BODY_H

#include "base/json_out.h"
#include "meterbus/ctl.h"

/* The OpenAPI document; an enum exit_code. */
int ctl_account_schema(struct ctl *c, struct ctl_answer *ret_openapi);
/* Its properties of an account. */
struct json_in ctl_account_properties(struct json_in openapi);

/*
 * Members of an object of j for words "key=value"; "key=" is null: the default. EXIT_USAGE after
 * saying what is wrong with a word.
 */
int ctl_account_body(
	struct json_in properties, char *const *words, unsigned count, struct json_out *j);

#endif
