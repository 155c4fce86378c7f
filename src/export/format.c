/* SPDX-License-Identifier: MIT */
#include "export/format.h"

#include "export/annotate.h"
#include "export/csv.h"
#include "export/json.h"
#include "export/table.h"
#include "export/xml.h"

#include <string.h>

/* clang-format off */
const struct format formats[] = {
	{"table",          "for people",                               NULL,      table_answer,          NULL},
	{"json",           "a line of JSON for each meter",            NULL,      json_answer,           NULL},
	{"xml",            "as libmbus prints it",                     xml_begin, xml_answer,            xml_end},
	{"xml-normalized", "as libmbus prints it, in basic units",     xml_begin, xml_normalized_answer, xml_end},
	{"csv",            "RFC 4180, a line for each value",          csv_begin, csv_answer,            NULL},
	{"annotate",       "every byte and what it means",             NULL,      annotate_answer,       NULL},
	{0},
};
/* clang-format on */

const struct format *format_find(const char *name)
{
	for (const struct format *f = formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}
