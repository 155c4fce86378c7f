/* SPDX-License-Identifier: MIT */
/* The formats in which answers are printed. */
#ifndef EXPORT_FORMAT_H
#define EXPORT_FORMAT_H

#include "export/answer.h"
#include "export/out.h"

#include <stdbool.h>

struct format_options {
	bool color; /* for a terminal */
	bool many; /* more than one answer will come: XML then has a root around them */
	char separator; /* CSV: ',' or ';'; 0 is ',' */
};

struct format {
	const char *name;
	const char *help;
	/* begin and end may be NULL */
	void (*begin)(struct out *o, const struct format_options *options);
	void (*answer)(
		struct out *o, const struct answer *answer, const struct format_options *options);
	void (*end)(struct out *o, const struct format_options *options);
};

#define FORMAT_NAMES "table json xml xml-normalized csv annotate"

extern const struct format formats[]; /* ends with a row without name */
/* NULL when there is none of this name. */
const struct format *format_find(const char *name);

#endif
