/* SPDX-License-Identifier: MIT */
/* AT, ATE, ATI, ATZ, AT+GMI and its like, AT+CMEE, AT^SCCFG and AT^SCPING, AT^SCPORT. */
#include "gateway/at_commands.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

int at_nothing_run(struct at_session *s, const struct at_request *r)
{
	(void)s;
	(void)r;
	return AT_DONE;
}

int at_echo_run(struct at_session *s, const struct at_request *r)
{
	if (r->number > 1)
		return AT_E_PARAMETER;
	s->line.echo = r->number == 1;
	return AT_DONE;
}

int at_logout_run(struct at_session *s, const struct at_request *r)
{
	if (r->number > 0)
		return AT_E_PARAMETER;
	s->line.closing = true;
	return AT_DONE;
}

int at_cmee_run(struct at_session *s, const struct at_request *r)
{
	if (r->form == AT_QUERY)
		at_line_put(&s->line, "+CMEE: %d", s->line.cme);
	else
		s->line.cme = r->args[0].number == 1;
	return AT_DONE;
}

/* clang-format off */
static const struct {
	const char *name;
	int64_t number;
	size_t text; /* in struct at_identity */
} idents[] = {
	{"I",     -1, offsetof(struct at_identity, model)},
	{"I",     0,  offsetof(struct at_identity, model)},
	{"I",     3,  offsetof(struct at_identity, version)},
	{"I",     4,  offsetof(struct at_identity, serial)},
	{"+GMI",  -1, offsetof(struct at_identity, maker)},
	{"+CGMI", -1, offsetof(struct at_identity, maker)},
	{"+GMM",  -1, offsetof(struct at_identity, model)},
	{"+CGMM", -1, offsetof(struct at_identity, model)},
	{"+GMR",  -1, offsetof(struct at_identity, version)},
	{"+CGMR", -1, offsetof(struct at_identity, version)},
	{"+GSN",  -1, offsetof(struct at_identity, serial)},
	{"+CGSN", -1, offsetof(struct at_identity, serial)},
};
/* clang-format on */

int at_ident_run(struct at_session *s, const struct at_request *r)
{
	struct at_identity id;
	const char *text;

	s->ops->identity(s->ctx, &id);
	for (size_t i = 0; i < sizeof(idents) / sizeof(idents[0]); i++) {
		if (strcmp(idents[i].name, r->name) != 0 || idents[i].number != r->number)
			continue;
		memcpy(&text, (const char *)&id + idents[i].text, sizeof(text));
		at_line_put(&s->line, "%s", text);
		return AT_DONE;
	}
	return AT_E_PARAMETER;
}

/* --- configuration --------------------------------------------------------------------------- */

static void key_of(const struct at_command *c, char ret[AT_NAME_MAX + 1])
{
	size_t n = 0;

	for (; c->sub[n] && n < AT_NAME_MAX; n++)
		ret[n] =
			c->sub[n] >= 'A' && c->sub[n] <= 'Z' ? (char)(c->sub[n] | 0x20) : c->sub[n];
	ret[n] = '\0';
}

static int print_config(struct at_session *s, const struct at_command *c)
{
	char key[AT_NAME_MAX + 1], value[AT_CONFIG_MAX + 1] = "";
	bool number = c->args[0].type == AT_ARG_NUMBER;
	int rc = 0;

	key_of(c, key);
	if (c->args[0].type != AT_ARG_SECRET)
		rc = s->ops->get_config(s->ctx, c->name, key, value);
	if (rc == MB_E_UNSUPPORTED)
		return 0; /* not here */
	if (rc >= 0)
		at_line_put(&s->line, number ? "%s: \"%s\",%s" : "%s: \"%s\",\"%s\"", c->name,
			c->sub, value);
	return at_error_of(rc);
}

int at_config_query_run(struct at_session *s, const struct at_request *r)
{
	for (size_t i = 0; i < at_commands_n; i++) {
		const struct at_command *c = &at_commands[i];
		int error;

		if (strcmp(c->name, r->name) != 0 || !c->sub || c->args[0].type == AT_ARG_NONE)
			continue;
		error = print_config(s, c);
		if (error)
			return error;
	}
	return AT_DONE;
}

int at_config_set_run(struct at_session *s, const struct at_request *r)
{
	char key[AT_NAME_MAX + 1];

	key_of(s->command, key);
	return at_result_of(s->ops->set_config(s->ctx, r->name, key, at_arg(s, 0)->text));
}

static unsigned apply_of(const char *sub)
{
	if (strcmp(sub, "SAVE") == 0)
		return AT_SAVE;
	return strcmp(sub, "RESTART") == 0 ? AT_RESTART : AT_SAVE | AT_RESTART;
}

int at_config_apply_run(struct at_session *s, const struct at_request *r)
{
	return at_result_of(s->ops->apply_config(s->ctx, r->name, apply_of(s->command->sub)));
}

/* --- AT^SCPORT ------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	size_t at; /* in struct at_port */
} port_fields[] = {
	{"BAUDRATE",  offsetof(struct at_port, baud)},
	{"DATA_BITS", offsetof(struct at_port, data_bits)},
	{"STOP_BITS", offsetof(struct at_port, stop_bits)},
	{"PARITY",    offsetof(struct at_port, parity)},
};
/* clang-format on */
#define PORT_FIELDS (sizeof(port_fields) / sizeof(port_fields[0]))

static int get_port(struct at_session *s, const struct at_request *r, struct at_port *ret)
{
	if (r->number < 1 || r->number > AT_PORT_MAX)
		return AT_E_NOT_FOUND;
	return at_error_of(s->ops->get_port(s->ctx, (uint32_t)r->number, ret));
}

int at_scport_query_run(struct at_session *s, const struct at_request *r)
{
	struct at_port port;
	uint32_t value;
	int error = get_port(s, r, &port);

	for (size_t i = 0; i < PORT_FIELDS && !error; i++) {
		memcpy(&value, (const char *)&port + port_fields[i].at, sizeof(value));
		at_line_put(&s->line, "^SCPORT%u: \"%s\",%u", (unsigned)r->number,
			port_fields[i].name, (unsigned)value);
	}
	return error;
}

int at_scport_set_run(struct at_session *s, const struct at_request *r)
{
	struct at_port port;
	int error = get_port(s, r, &port);

	if (error)
		return error;
	for (size_t i = 0; i < PORT_FIELDS; i++) {
		if (strcmp(port_fields[i].name, s->command->sub) == 0)
			memcpy((char *)&port + port_fields[i].at, &at_arg(s, 0)->number,
				sizeof(uint32_t));
	}
	return at_result_of(s->ops->set_port(s->ctx, (uint32_t)r->number, &port));
}

int at_scport_apply_run(struct at_session *s, const struct at_request *r)
{
	struct at_port port;
	int error = get_port(s, r, &port);

	if (error)
		return error;
	return at_result_of(
		s->ops->apply_port(s->ctx, (uint32_t)r->number, apply_of(s->command->sub)));
}
