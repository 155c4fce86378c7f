/* SPDX-License-Identifier: MIT */
/* A line of JSON for each answer: doc/reading.schema.json says what is in it. */
#ifndef EXPORT_JSON_H
#define EXPORT_JSON_H

#include "export/format.h"

#define JSON_VERSION 1 /* goes up when a reader of the old shape would go wrong */

void json_answer(struct out *o, const struct answer *answer, const struct format_options *options);

#endif
