/* SPDX-License-Identifier: MIT */
/* Files that ctl reads and writes; "-" is the standard input or output. */
#ifndef METERBUS_TOOL_CTL_FILE_H
#define METERBUS_TOOL_CTL_FILE_H

#include "base/buf.h"

/* All of it with a NUL behind, not counted. An enum exit_code. */
int ctl_file_read(const char *path, struct buf *ret_text);
/* Complete under its name or not at all; others may read it unless it is secret. */
int ctl_file_write(const char *path, const void *bytes, size_t n, bool secret);

#endif
