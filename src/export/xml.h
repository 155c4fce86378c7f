/* SPDX-License-Identifier: MIT */
/*
 * XML in the shape that libmbus prints, so that scripts made for it go on working. Where libmbus is
 * wrong this is right: doc/libmbus-xml.md lists the differences. ISO 8859-1, as declared.
 */
#ifndef EXPORT_XML_H
#define EXPORT_XML_H

#include "export/format.h"

void xml_begin(struct out *o, const struct format_options *options);
void xml_answer(struct out *o, const struct answer *answer, const struct format_options *options);
void xml_normalized_answer(
	struct out *o, const struct answer *answer, const struct format_options *options);
void xml_end(struct out *o, const struct format_options *options);

#endif
