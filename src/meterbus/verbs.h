/* SPDX-License-Identifier: MIT */
/* The verbs, each from its cmd_NAME.c. */
#ifndef METERBUS_TOOL_VERBS_H
#define METERBUS_TOOL_VERBS_H

#include "meterbus/verb.h"

extern const struct verb verb_at;
extern const struct verb verb_completion;
extern const struct verb verb_ctl;
extern const struct verb verb_decode;
extern const struct verb verb_doctor;
extern const struct verb verb_monitor;
extern const struct verb verb_ping;
extern const struct verb verb_read;
extern const struct verb verb_reset;
extern const struct verb verb_scan;
extern const struct verb verb_select_app;
extern const struct verb verb_send;
extern const struct verb verb_set_address;
extern const struct verb verb_set_baud;
extern const struct verb verb_set_id;
extern const struct verb verb_set_time;
extern const struct verb verb_sim;
extern const struct verb verb_sync;
extern const struct verb verb_version;

#endif
