/* SPDX-License-Identifier: MIT */
/* The verbs, each from its cmd_NAME.c. */
#ifndef METERBUS_TOOL_VERBS_H
#define METERBUS_TOOL_VERBS_H

#include "meterbus/verb.h"

extern const struct verb verb_completion;
extern const struct verb verb_decode;
extern const struct verb verb_read;
extern const struct verb verb_sim;
extern const struct verb verb_version;

#endif
