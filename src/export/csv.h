/* SPDX-License-Identifier: MIT */
/* CSV, RFC 4180: a header line, then a line a value. Text cells are safe to open in a spreadsheet. */
#ifndef EXPORT_CSV_H
#define EXPORT_CSV_H

#include "export/format.h"

void csv_begin(struct out *o, const struct format_options *options);
void csv_answer(struct out *o, const struct answer *answer, const struct format_options *options);

#endif
