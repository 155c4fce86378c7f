/* SPDX-License-Identifier: MIT */
/* Every byte of an answer and what it means. */
#ifndef EXPORT_ANNOTATE_H
#define EXPORT_ANNOTATE_H

#include "export/format.h"

void annotate_answer(
	struct out *o, const struct answer *answer, const struct format_options *options);

#endif
