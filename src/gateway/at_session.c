/* SPDX-License-Identifier: MIT */
#include "gateway/at_session.h"

#include "collect/collect_error.h"
#include "gateway/at_commands.h"

#include <string.h>

/* clang-format off */
static const struct {
	int error;
	int at; /* enum at_error */
} errors[] = {
	{MB_E_INVALID,      AT_E_PARAMETER},
	{MB_E_NO_SPACE,     AT_E_FULL},
	{MB_E_NO_DATA,      AT_E_NOT_FOUND},
	{MB_E_BUSY,         AT_E_NOT_ALLOWED},
	{MB_E_IN_USE,       AT_E_NOT_ALLOWED},
	{MB_E_UNSUPPORTED,  AT_E_NOT_SUPPORTED},
	{STORE_E_FULL,      AT_E_FULL},
	{STORE_E_NOT_FOUND, AT_E_NOT_FOUND},
	{STORE_E_CONFLICT,  AT_E_NOT_ALLOWED},
	{STORE_E_INVALID,   AT_E_PARAMETER},
	{PORT_E_FULL,       AT_E_NOT_ALLOWED},
	{PORT_E_CLOSED,     AT_E_NOT_ALLOWED},
};
/* clang-format on */

int at_error_of(int error)
{
	if (error >= 0)
		return 0;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].error == error)
			return errors[i].at;
	}
	return AT_E_UNKNOWN;
}

int at_result_of(int rc)
{
	return rc == AT_LATER ? AT_WAIT : at_error_of(rc);
}

int at_wait_again(int rc)
{
	return rc == AT_LATER ? AT_WAIT_AGAIN : at_error_of(rc);
}

void at_session_init(struct at_session *s, const struct at_device_ops *ops, void *ctx)
{
	struct at_identity id;

	memset(s, 0, sizeof(*s));
	s->ops = ops;
	s->ctx = ctx;
	s->rights = ops->login ? AT_RIGHTS_NONE : AT_RIGHTS_ALL;
	ops->identity(ctx, &id);
	at_line_init(&s->line, ops->login != NULL, id.model);
}

void at_session_done(struct at_session *s)
{
	if (s->waiting)
		s->ops->cancel(s->ctx);
	memset(s, 0, sizeof(*s));
}

size_t at_session_rx(struct at_session *s, const void *bytes, size_t n)
{
	return at_line_rx(&s->line, bytes, n);
}

static void end(struct at_session *s, int error)
{
	s->command = NULL;
	s->waiting = false;
	at_line_end(&s->line, error);
}

static enum at_rights needed(const struct at_session *s)
{
	if (s->request.form != AT_SET || (s->command->forms & AT_F_LOOK))
		return AT_RIGHTS_LOOK;
	return s->command->forms & AT_F_READ ? AT_RIGHTS_READ : AT_RIGHTS_ALL;
}

static void begin(struct at_session *s)
{
	int error = at_command_find(&s->request, &s->command);

	s->begun = false;
	if (s->ops->login && s->ops->rights)
		s->rights = s->ops->rights(s->ctx, s->line.user);
	s->line.closing |= s->rights == AT_RIGHTS_NONE;
	if (!error && s->rights < needed(s))
		error = AT_E_NOT_ALLOWED;
	if (error)
		end(s, error);
}

static void step(struct at_session *s)
{
	int rc = s->command->run(s, &s->request);

	s->begun = true;
	s->waiting = rc == AT_WAIT || rc == AT_WAIT_AGAIN;
	s->again = rc == AT_WAIT_AGAIN;
	if (!s->waiting && rc != AT_MORE)
		end(s, rc);
}

static void login(struct at_session *s)
{
	s->rights = s->ops->login(s->ctx, s->line.user, s->line.line);
	at_line_login(&s->line, s->rights != AT_RIGHTS_NONE);
}

/* False: nothing to do. */
static bool work(struct at_session *s)
{
	if (s->waiting || at_line_room(&s->line) < AT_ANSWER_MAX)
		return false;
	if (s->command) {
		step(s);
		return true;
	}
	switch (at_line_event(&s->line, &s->request)) {
	case AT_EVENT_COMMAND:
		begin(s);
		return true;
	case AT_EVENT_LOGIN:
		login(s);
		return true;
	default:
		return false;
	}
}

bool at_session_run(struct at_session *s)
{
	for (int i = 0; i < AT_STEPS_MAX; i++) {
		if (!work(s))
			return false;
	}
	return true;
}

void at_session_op_done(struct at_session *s, int rc)
{
	if (!s->waiting)
		return;
	s->waiting = false;
	if (rc < 0 || !s->again)
		end(s, at_error_of(rc));
}
