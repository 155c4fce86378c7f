/* SPDX-License-Identifier: MIT */
/* The verbs as a part of the man page, printed on stdout; script/man puts it there. */
#ifndef METERBUS_TOOL_MDOC_H
#define METERBUS_TOOL_MDOC_H

void mdoc(void);

#endif
