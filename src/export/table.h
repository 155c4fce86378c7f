/* SPDX-License-Identifier: MIT */
/* Answers for people. */
#ifndef EXPORT_TABLE_H
#define EXPORT_TABLE_H

#include "export/format.h"

void table_answer(struct out *o, const struct answer *answer, const struct format_options *options);

/* The value in the step that the meter counts in, "37351" and "kWh" rather than 37351000 Wh. */
struct table_value {
	char value[1024]; /* "-" when there is none */
	char unit[96];
};
void table_value(const struct mb_record *record, struct table_value *ret_value);

#endif
