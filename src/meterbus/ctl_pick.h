/* SPDX-License-Identifier: MIT */
/* "1,3-5", "all": which of a numbered list. */
#ifndef METERBUS_TOOL_CTL_PICK_H
#define METERBUS_TOOL_CTL_PICK_H

#include <stdbool.h>
#include <stddef.h>

/* Sets those of n picked (from 1) that the words name. False: it is no pick, nothing was set. */
bool ctl_pick(const char *text, bool *picked, size_t n);

#endif
