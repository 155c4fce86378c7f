/* SPDX-License-Identifier: MIT */
/* The table of commands: looked up, arguments checked, and printed by =?. */
#include "gateway/at_commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PROTOCOL_MBUS 2
#define COUNT_MAX UINT32_MAX

#define SET AT_F_SET
#define LOOK (AT_F_SET | AT_F_LOOK)
#define READ (AT_F_SET | AT_F_READ)
#define QUERY AT_F_QUERY
#define PLAIN AT_F_PLAIN
#define NUMBER(min, max) \
	{ \
		AT_ARG_NUMBER, min, max, false \
	}
#define STRING(min, max) \
	{ \
		AT_ARG_STRING, min, max, false \
	}
#define SECRET(max) \
	{ \
		AT_ARG_SECRET, 0, max, false \
	}
#define OPTIONAL(min, max) \
	{ \
		AT_ARG_NUMBER, min, max, true \
	}
#define ONE(type) \
	{ \
		AT_ARG_##type, 0, 0, false \
	}

/* clang-format off */
const struct at_command at_commands[] = {
	{"",          NULL,            PLAIN, false, {{0}},                       at_nothing_run},
	{"E",         NULL,            PLAIN, true,  {{0}},                       at_echo_run},
	{"I",         NULL,            PLAIN, true,  {{0}},                       at_ident_run},
	{"Z",         NULL,            PLAIN, true,  {{0}},                       at_logout_run},
	{"+GMI",      NULL,            PLAIN, false, {{0}},                       at_ident_run},
	{"+CGMI",     NULL,            PLAIN, false, {{0}},                       at_ident_run},
	{"+GMM",      NULL,            PLAIN, false, {{0}},                       at_ident_run},
	{"+CGMM",     NULL,            PLAIN, false, {{0}},                       at_ident_run},
	{"+GMR",      NULL,            PLAIN, false, {{0}},                       at_ident_run},
	{"+CGMR",     NULL,            PLAIN, false, {{0}},                       at_ident_run},
	{"+GSN",      NULL,            PLAIN, false, {{0}},                       at_ident_run},
	{"+CGSN",     NULL,            PLAIN, false, {{0}},                       at_ident_run},
	{"+CMEE",     NULL,            QUERY, false, {{0}},                       at_cmee_run},
	{"+CMEE",     NULL,            LOOK,  false, {NUMBER(0, 1)},              at_cmee_run},

	{"^SCPORT",   NULL,            QUERY, true,  {{0}},                       at_scport_query_run},
	{"^SCPORT",   "BAUDRATE",      SET,   true,  {ONE(BAUD)},                 at_scport_set_run},
	{"^SCPORT",   "DATA_BITS",     SET,   true,  {NUMBER(7, 8)},              at_scport_set_run},
	{"^SCPORT",   "STOP_BITS",     SET,   true,  {NUMBER(1, 2)},              at_scport_set_run},
	{"^SCPORT",   "PARITY",        SET,   true,  {NUMBER(0, 2)},              at_scport_set_run},
	{"^SCPORT",   "SAVE",          SET,   true,  {{0}},                       at_scport_apply_run},
	{"^SCPORT",   "RESTART",       SET,   true,  {{0}},                       at_scport_apply_run},
	{"^SCPORT",   "SRESTART",      SET,   true,  {{0}},                       at_scport_apply_run},

	{"^SCAMS",    NULL,            QUERY, false, {{0}},                       at_scams_query_run},
	{"^SCAMS",    "ENABLE",        SET,   false, {NUMBER(0, 1)},              at_scams_enable_run},
	{"^SCAMS",    "RETRY",         SET,   false, {NUMBER(0, 9)},              at_scams_retry_run},
	{"^SCAMS",    "DEV_ADD",       SET,   false, {ONE(PORT), ONE(PROTOCOL), ONE(ADDRESS), ONE(INTERVAL)},
	                                                                          at_scams_add_run},
	{"^SCAMS",    "DEV_REMOVE",    SET,   false, {ONE(INDEX)},                at_scams_remove_run},
	{"^SCAMS",    "DEV_CLEAR",     SET,   false, {{0}},                       at_scams_clear_run},
	{"^SCAMS",    "DEV_INTERVAL",  SET,   false, {ONE(INDEX_ALL), ONE(INTERVAL)}, at_scams_interval_run},
	{"^SCAMS",    "DIRECT_READ",   READ,  false, {ONE(PORT), ONE(PROTOCOL), ONE(ADDRESS)}, at_scams_read_run},
	{"^SCAMS",    "SCAN",          READ,  false, {ONE(PORT), ONE(BAUD)},      at_scams_scan_run},
	{"^SCAMSADD", NULL,            SET,   false, {ONE(PORT), ONE(PROTOCOL), ONE(BAUD), ONE(INTERVAL),
	                                              NUMBER(0, AT_DEVICES_MAX)}, at_scamsadd_run},

	{"^SCDATA",   "MESS_CNT",      LOOK,  false, {{0}},                       at_scdata_count_run},
	{"^SCDATA",   "GET_SPACE",     LOOK,  false, {{0}},                       at_scdata_space_run},
	{"^SCDATA",   "GET_OLDEST",    LOOK,  false, {OPTIONAL(1, COUNT_MAX)},    at_scdata_oldest_run},
	{"^SCDATA",   "GET_FILTERED",  LOOK,  false, {STRING(0, SCDATA_FILTER_MAX)}, at_scdata_filtered_run},
	{"^SCDATA",   "DEL_OLDEST",    LOOK,  false, {OPTIONAL(1, COUNT_MAX)},    at_scdata_drop_run},
	{"^SCDATA",   "DEL_ALL",       LOOK,  false, {{0}},                       at_scdata_drop_all_run},
	{"^SCDATA",   "DEL_UPTO",      LOOK,  false, {NUMBER(1, COUNT_MAX)},      at_scdata_drop_upto_run},

	{"^SCCFG",    NULL,            QUERY, false, {{0}},                       at_config_query_run},
	{"^SCCFG",    "MODE",          SET,   false, {NUMBER(0, 2)},              at_config_set_run},
	{"^SCCFG",    "SERVER_IP",     SET,   false, {STRING(0, AT_CONFIG_MAX)},  at_config_set_run},
	{"^SCCFG",    "SERVER_PORT",   SET,   false, {NUMBER(1, 65535)},          at_config_set_run},
	{"^SCCFG",    "AUTH_PASS",     SET,   false, {SECRET(AT_CONFIG_MAX)},     at_config_set_run},
	{"^SCCFG",    "AUTH_IP",       SET,   false, {NUMBER(0, 1)},              at_config_set_run},
	{"^SCCFG",    "LISTENPORTCMD", SET,   false, {NUMBER(1, 65535)},          at_config_set_run},
	{"^SCCFG",    "SAVE",          SET,   false, {{0}},                       at_config_apply_run},
	{"^SCCFG",    "RESTART",       SET,   false, {{0}},                       at_config_apply_run},
	{"^SCCFG",    "SRESTART",      SET,   false, {{0}},                       at_config_apply_run},

	{"^SCPING",   NULL,            QUERY, false, {{0}},                       at_config_query_run},
	{"^SCPING",   "HOST",          SET,   false, {STRING(0, AT_CONFIG_MAX)},  at_config_set_run},
	{"^SCPING",   "INTERVAL",      SET,   false, {NUMBER(0, 65535)},          at_config_set_run},
	{"^SCPING",   "SAVE",          SET,   false, {{0}},                       at_config_apply_run},
	{"^SCPING",   "RESTART",       SET,   false, {{0}},                       at_config_apply_run},
	{"^SCPING",   "SRESTART",      SET,   false, {{0}},                       at_config_apply_run},
};
/* clang-format on */
const size_t at_commands_n = sizeof(at_commands) / sizeof(at_commands[0]);

static at_run_fn test_run;

/* What =? makes of any command. */
static const struct at_command test_command = {.run = test_run};

/* In any case. */
static bool same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

const struct at_arg *at_arg(const struct at_session *s, size_t n)
{
	return &s->request.args[n + (s->command->sub != NULL)];
}

/* --- arguments ------------------------------------------------------------------------------- */

static bool in_range(const struct at_arg *a, uint32_t min, uint32_t max)
{
	return !a->quoted && a->text[0] && a->number >= min && a->number <= max;
}

static int require(bool good)
{
	return good ? 0 : AT_E_PARAMETER;
}

static int check_protocol(const struct at_arg *a)
{
	bool mbus = a->quoted ? same(a->text, "MBUS") : a->number == PROTOCOL_MBUS;

	return mbus ? 0 : AT_E_NOT_SUPPORTED;
}

static int check_address(const struct at_arg *a)
{
	struct scdata_address address;

	return require(a->quoted && scdata_address_parse(a->text, &address) == 0);
}

static int check_arg(const struct at_arg_row *row, const struct at_arg *a)
{
	switch (row->type) {
	case AT_ARG_NUMBER:
		return require(in_range(a, row->min, row->max));
	case AT_ARG_STRING:
	case AT_ARG_SECRET:
		return require(
			a->quoted && strlen(a->text) >= row->min && strlen(a->text) <= row->max);
	case AT_ARG_PORT:
		return require(in_range(a, 1, AT_PORT_MAX));
	case AT_ARG_PROTOCOL:
		return check_protocol(a);
	case AT_ARG_ADDRESS:
		return check_address(a);
	case AT_ARG_INTERVAL:
		return require(a->quoted && scdata_interval(a->text));
	case AT_ARG_INDEX_ALL:
		if (a->quoted)
			return require(same(a->text, "ALL"));
		return require(in_range(a, 1, AT_DEVICES_MAX));
	case AT_ARG_INDEX:
		return require(in_range(a, 1, AT_DEVICES_MAX));
	case AT_ARG_BAUD:
		return require(!a->quoted && scdata_baud(a->number));
	default:
		return AT_E_PARAMETER;
	}
}

static int check_args(const struct at_command *c, const struct at_request *r)
{
	size_t i, first = c->sub != NULL;
	int error;

	for (i = 0; i < AT_ARG_ROWS && c->args[i].type != AT_ARG_NONE; i++) {
		if (first + i >= r->n_args)
			return require(c->args[i].optional);
		error = check_arg(&c->args[i], &r->args[first + i]);
		if (error)
			return error;
	}
	return require(first + i >= r->n_args);
}

/* --- look-up --------------------------------------------------------------------------------- */

static bool has_sub(const struct at_command *c, const struct at_request *r)
{
	if (!c->sub)
		return true;
	return r->n_args && r->args[0].quoted && same(r->args[0].text, c->sub);
}

static const struct at_command *find(const struct at_request *r, bool *ret_named)
{
	static const uint8_t form_bits[] = {
		[AT_PLAIN] = PLAIN, [AT_QUERY] = QUERY, [AT_TEST] = 0xFF, [AT_SET] = SET};

	*ret_named = false;
	for (size_t i = 0; i < at_commands_n; i++) {
		const struct at_command *c = &at_commands[i];

		if (strcmp(c->name, r->name) != 0 || (!c->numbered && r->number >= 0))
			continue;
		*ret_named = true;
		if (!(c->forms & form_bits[r->form]))
			continue;
		if (r->form == AT_TEST || has_sub(c, r))
			return c;
	}
	return NULL;
}

int at_command_find(const struct at_request *r, const struct at_command **ret_command)
{
	bool named;
	const struct at_command *c = find(r, &named);
	int error = 0;

	if (!c)
		return named ? AT_E_PARAMETER : AT_E_NOT_SUPPORTED;
	if (r->form == AT_TEST)
		c = &test_command;
	else if (r->form == AT_SET)
		error = check_args(c, r);
	if (!error)
		*ret_command = c;
	return error;
}

/* --- =? -------------------------------------------------------------------------------------- */

/* clang-format off */
static const char *const type_texts[AT_ARG_TYPES] = {
	[AT_ARG_PORT]      = "1-1000",
	[AT_ARG_PROTOCOL]  = "\"32\"|1-1000",
	[AT_ARG_ADDRESS]   = "\"32\"",
	[AT_ARG_INTERVAL]  = "\"3\"",
	[AT_ARG_INDEX]     = "1-250",
	[AT_ARG_INDEX_ALL] = "\"ALL\"|1-250",
	[AT_ARG_BAUD]      = "300|600|1200|2400|4800|9600|19200|38400|57600|115200",
};
/* clang-format on */

static int print_arg(const struct at_arg_row *row, char *buf, size_t max)
{
	if (type_texts[row->type])
		return snprintf(buf, max, "%s", type_texts[row->type]);
	if (row->type != AT_ARG_NUMBER)
		return snprintf(buf, max, "\"%" PRIu32 "-%" PRIu32 "\"", row->min, row->max);
	return snprintf(buf, max, "%" PRIu32 "%c%" PRIu32, row->min,
		row->max == row->min + 1 && row->min == 0 ? '|' : '-', row->max);
}

static void print_row(struct at_session *s, const struct at_command *c, const char *number)
{
	char text[160];
	size_t n = 0;

	text[0] = '\0';
	if (c->sub)
		n = (size_t)snprintf(text, sizeof(text), "\"%s\"", c->sub);
	for (size_t i = 0; i < AT_ARG_ROWS; i++) {
		const struct at_arg_row *row = &c->args[i];

		if (row->type == AT_ARG_NONE || row->optional)
			break;
		if (n)
			text[n++] = ',';
		n += (size_t)print_arg(row, text + n, sizeof(text) - n);
	}
	at_line_put(&s->line, "%s%s: %s", c->name, number, text);
}

static int test_run(struct at_session *s, const struct at_request *r)
{
	char number[24] = "";

	if (r->number >= 0)
		snprintf(number, sizeof(number), "%" PRIi64, r->number);
	for (size_t i = 0; i < at_commands_n; i++) {
		const struct at_command *c = &at_commands[i];

		if (strcmp(c->name, r->name) == 0 && (c->forms & SET))
			print_row(s, c, number);
	}
	return AT_DONE;
}
