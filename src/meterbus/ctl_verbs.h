/* SPDX-License-Identifier: MIT */
/* The verbs of ctl, by file, in alphabetical order. */
#ifndef METERBUS_TOOL_CTL_VERBS_H
#define METERBUS_TOOL_CTL_VERBS_H

#include "meterbus/verb.h"

extern const struct option_row ctl_options[]; /* that all have */

/* ctl_account.c */
extern const struct verb ctl_verb_accounts, ctl_verb_add, ctl_verb_copy, ctl_verb_delete,
	ctl_verb_properties, ctl_verb_set, ctl_verb_show;
/* ctl_account_file.c */
extern const struct verb ctl_verb_export, ctl_verb_import;
/* ctl_adopt.c */
extern const struct verb ctl_verb_adopt;
/* ctl_backup.c */
extern const struct verb ctl_verb_backup, ctl_verb_backup_delete, ctl_verb_backups;
/* ctl_bus.c */
extern const struct verb ctl_verb_buses;
/* ctl_client.c */
extern const struct verb ctl_verb_clients, ctl_verb_disconnect;
/* ctl_event.c */
extern const struct verb ctl_verb_events;
/* ctl_history.c */
extern const struct verb ctl_verb_history, ctl_verb_telegrams;
/* ctl_plan.c */
extern const struct verb ctl_verb_plan;
/* ctl_reading.c */
extern const struct verb ctl_verb_metadata, ctl_verb_readings;
/* ctl_redecode.c */
extern const struct verb ctl_verb_redecode;
/* ctl_scan.c */
extern const struct verb ctl_verb_scan;
/* ctl_sync.c */
extern const struct verb ctl_verb_log, ctl_verb_reset, ctl_verb_state, ctl_verb_sync;
/* ctl_system.c */
extern const struct verb ctl_verb_config, ctl_verb_health, ctl_verb_openapi, ctl_verb_reload,
	ctl_verb_status;
/* ctl_token.c */
extern const struct verb ctl_verb_login, ctl_verb_token_create, ctl_verb_token_revoke,
	ctl_verb_tokens;
/* ctl_watch.c */
extern const struct verb ctl_verb_watch;

#endif
