/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#ifdef METERBUS_WITH_CTL
/* In the order of the help: the whole, buses, accounts, reading, values, what happened, the rest. */
static const struct verb *const ctl_verbs[] = {
	&ctl_verb_status,
	&ctl_verb_health,
	&ctl_verb_buses,
	&ctl_verb_plan,
	&ctl_verb_clients,
	&ctl_verb_disconnect,
	&ctl_verb_scan,
	&ctl_verb_adopt,
	&ctl_verb_accounts,
	&ctl_verb_show,
	&ctl_verb_add,
	&ctl_verb_set,
	&ctl_verb_copy,
	&ctl_verb_delete,
	&ctl_verb_properties,
	&ctl_verb_export,
	&ctl_verb_import,
	&ctl_verb_state,
	&ctl_verb_sync,
	&ctl_verb_reset,
	&ctl_verb_log,
	&ctl_verb_readings,
	&ctl_verb_metadata,
	&ctl_verb_watch,
	&ctl_verb_history,
	&ctl_verb_telegrams,
	&ctl_verb_redecode,
	&ctl_verb_events,
	&ctl_verb_backup,
	&ctl_verb_backups,
	&ctl_verb_backup_delete,
	&ctl_verb_login,
	&ctl_verb_tokens,
	&ctl_verb_token_create,
	&ctl_verb_token_revoke,
	&ctl_verb_config,
	&ctl_verb_reload,
	&ctl_verb_openapi,
	NULL,
};
#endif

/* clang-format off */
const struct option_row ctl_options[] = {
	{"url",        0, ARG_TEXT, "URL", "the daemon (METERBUS_URL, " CTL_URL ")", NULL},
	{"token",      0, ARG_TEXT, "TOKEN", "who asks (METERBUS_TOKEN)", NULL},
	{"token-file", 0, ARG_FILE, "FILE",
		"where the token is (METERBUS_TOKEN_FILE, meterbus/token in $XDG_CONFIG_HOME)", NULL},
	{"ca",         0, ARG_FILE, "FILE", "certificates to trust, with https (those of the system)", NULL},
	{"timeout",    0, ARG_TEXT, "S", "longest wait for an answer (120)", NULL},
	{"json",       0, ARG_TEXT, NULL, "what the API says; of lists a line an item", NULL},
	{"color",      0, ARG_CHOICE, "WHEN", "colours on a terminal", "auto always never"},
	{0},
};
/* clang-format on */

/* Only without a second word. */
static int run(const struct args *args)
{
	(void)args;
#ifdef METERBUS_WITH_CTL
	talk_error("ctl: which verb? see meterbus ctl --help");
#else
	talk_error("ctl: this program was built without libcurl");
#endif
	return EXIT_USAGE;
}

const struct verb verb_ctl = {
	.name = "ctl",
	.operands = "VERB ...",
	.help = "look at and direct meterbusd, the daemon",
#ifdef METERBUS_WITH_CTL
	.details = "Everything that its API can do. The options here are common to all verbs; what "
		   "goes to\n"
		   "stdout is a table, or JSON with --json.\n",
	.examples = "meterbus ctl login\n"
		    "meterbus ctl status\n"
		    "meterbus ctl --url https://gateway:8466 accounts --tag cellar\n"
		    "meterbus ctl help sync\n",
	.verbs = ctl_verbs,
#else
	.details = "This program was built without libcurl: it cannot.\n",
	.operands_max = 1000,
#endif
	.options = ctl_options,
	.run = run,
};
