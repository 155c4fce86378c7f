/* SPDX-License-Identifier: MIT */
/* The table of commands: what each may be given, and who carries it out. Private to at_*.c. */
#ifndef GATEWAY_AT_COMMANDS_H
#define GATEWAY_AT_COMMANDS_H

#include "gateway/at_session.h"

#define AT_ARG_ROWS 5

enum at_run_result {
	AT_DONE = 0, /* or an enum at_error */
	AT_MORE = -1, /* call again when there is room */
	AT_WAIT = -2, /* at_session_..._done() ends it */
	AT_WAIT_AGAIN = -3, /* at_session_op_done() lets it be called again */
};

typedef int at_run_fn(struct at_session *s, const struct at_request *r);

enum {
	AT_F_PLAIN = 1,
	AT_F_QUERY = 2,
	AT_F_SET = 4,
	AT_F_LOOK = 8, /* SET, but for AT_RIGHTS_LOOK too */
	AT_F_READ = 16, /* SET, but for AT_RIGHTS_READ too */
};

enum at_arg_type {
	AT_ARG_NONE,
	AT_ARG_NUMBER, /* min..max */
	AT_ARG_STRING, /* min..max characters */
	AT_ARG_SECRET, /* a string that is never shown */
	AT_ARG_PORT,
	AT_ARG_PROTOCOL, /* by name or number: only M-Bus */
	AT_ARG_ADDRESS,
	AT_ARG_INTERVAL,
	AT_ARG_INDEX, /* of a device */
	AT_ARG_INDEX_ALL, /* or "ALL" */
	AT_ARG_BAUD,
	AT_ARG_TYPES,
};

struct at_arg_row {
	enum at_arg_type type;
	uint32_t min, max;
	bool optional; /* and so not shown by =? */
};

struct at_command {
	const char *name, *sub; /* sub: the first argument, as printed; NULL: none */
	uint8_t forms;
	bool numbered; /* AT^SCPORT<n> */
	struct at_arg_row args[AT_ARG_ROWS];
	at_run_fn *run;
};

extern const struct at_command at_commands[];
extern const size_t at_commands_n;

/* The row of a request, its arguments checked; or an enum at_error. */
int at_command_find(const struct at_request *r, const struct at_command **ret_command);
/* The n-th argument after the sub-command. */
const struct at_arg *at_arg(const struct at_session *s, size_t n);
int at_error_of(int error); /* of ops to enum at_error; 0 for >= 0 */
int at_result_of(int rc); /* of a change: AT_LATER is AT_WAIT */
int at_wait_again(int rc); /* of a question that has no answer yet: AT_LATER is AT_WAIT_AGAIN */

at_run_fn at_nothing_run, at_echo_run, at_ident_run, at_cmee_run, at_logout_run;
at_run_fn at_scport_query_run, at_scport_set_run, at_scport_apply_run;
at_run_fn at_scams_query_run, at_scams_enable_run, at_scams_retry_run, at_scams_add_run,
	at_scams_remove_run, at_scams_clear_run, at_scams_interval_run, at_scams_read_run,
	at_scams_scan_run, at_scamsadd_run;
at_run_fn at_scdata_count_run, at_scdata_space_run, at_scdata_oldest_run, at_scdata_filtered_run,
	at_scdata_drop_run, at_scdata_drop_upto_run, at_scdata_drop_all_run;
at_run_fn at_config_query_run, at_config_set_run, at_config_apply_run;

#endif
