/* SPDX-License-Identifier: MIT */
/* The verbs of ctl, by file, in alphabetical order. */
#ifndef METERBUS_TOOL_CTL_VERBS_H
#define METERBUS_TOOL_CTL_VERBS_H

#include "meterbus/verb.h"

/* ctl_account.c */
extern const struct verb ctl_verb_accounts, ctl_verb_add, ctl_verb_copy, ctl_verb_delete,
	ctl_verb_properties, ctl_verb_set, ctl_verb_show;
/* ctl_bus.c */
extern const struct verb ctl_verb_buses;
/* ctl_reading.c */
extern const struct verb ctl_verb_metadata, ctl_verb_readings;
/* ctl_sync.c */
extern const struct verb ctl_verb_log, ctl_verb_reset, ctl_verb_state, ctl_verb_sync;
/* ctl_system.c */
extern const struct verb ctl_verb_config, ctl_verb_health, ctl_verb_openapi, ctl_verb_reload,
	ctl_verb_status;

#endif
