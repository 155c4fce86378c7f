/* SPDX-License-Identifier: MIT */
/* A session with an AT interface, over a stream; one command at a time. For cmd_at.c. */
#ifndef METERBUS_TOOL_AT_H
#define METERBUS_TOOL_AT_H

#include "base/buf.h"
#include "base/stream.h"
#include "meterbus/at_answer.h"
#include "meterbus/at_tls.h"
#include "meterbus/at_wire.h"

#include <stdbool.h>
#include <stdint.h>

#define AT_LOGIN_MAX 64 /* of a name or a password, with its NUL */

struct at {
	/* the caller's, before at_open() */
	struct stream_url url;
	uint64_t timeout_us; /* silence within an answer; 0: that of the command */
	bool raw, keep_going;
	bool terminal; /* a person types: results are shown, and a login can be asked for */
	bool clean; /* control characters are not for the terminal */
	char user[AT_LOGIN_MAX]; /* "": without login */
	char password[AT_LOGIN_MAX];
	bool secure; /* TLS */
	const char *ca; /* file of certificates to trust, NULL: those of the system */

	/* private */
	struct stream *stream;
	struct at_tls *tls; /* NULL: none */
	struct at_wire wire;
	struct at_answer answer;
	struct buf in, out; /* read and not yet looked at; still to be sent */
	bool logging_in; /* what it says is no answer */
	size_t line_len; /* since the last line end */
};

/* These return an enum exit_code, after saying what is wrong. */
int at_open(struct at *a);
/* Sends it, passes on what comes, and waits for its end. */
int at_command(struct at *a, const char *command);
/*
 * Logs in as `user`. Without one, asks on the terminal when the far side wants a login, or says so. Right
 * after at_open().
 */
int at_login(struct at *a);
/* Waits until fd is readable; what comes meanwhile is passed on. */
int at_wait(struct at *a, int fd);
void at_close(
	struct at *a); /* of a zeroed one, too: all that was opened, and the password is wiped */

/* What is wrong with a command; NULL: nothing. */
const char *at_command_error(const char *command);

/* A line typed on the terminal, `shown` or not. False: there is none, or it was left. */
bool at_ask(const char *prompt, bool shown, char *ret_text, size_t max);

#endif
