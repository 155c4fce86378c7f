/* SPDX-License-Identifier: MIT */
/*
 * What comes back for an AT command, byte by byte: the echo is taken out, information lines are
 * passed on as they come, and the final result or a prompt is a verdict. A line is never held but
 * for as long as it may be one of these, so answers may have any length. No I/O.
 */
#ifndef METERBUS_TOOL_AT_ANSWER_H
#define METERBUS_TOOL_AT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_COMMAND_MAX 512 /* characters of a command */

enum at_verdict {
	AT_MORE,
	AT_OK,
	AT_ERROR, /* its text is in `line` */
	AT_LOGIN, /* a prompt: who is it? */
	AT_PASSWORD,
};

/* Information: whole lines end with "\n"; line breaks between quotes are as they came. */
typedef void at_put(void *ctx, const char *bytes, size_t n);

struct at_answer {
	at_put *put;
	void *ctx;
	bool raw; /* pass all bytes as they come; the verdicts are the same */
	bool prompts; /* a login may be asked for */
	/* private */
	char echo[AT_COMMAND_MAX + 1]; /* may come back first; "" no more */
	char line[AT_COMMAND_MAX + 2]; /* the head of a line that may be more than information */
	size_t len;
	bool passing; /* the line is information */
	bool quoted; /* between quotes */
	bool ended; /* raw: the LF of a result was passed on before it came */
};

void at_answer_init(struct at_answer *ret_answer, at_put *put, void *ctx, bool raw);
/* This is being sent: it may come back. At most AT_COMMAND_MAX characters. */
void at_answer_begin(struct at_answer *a, const char *command);
/* Takes bytes up to a verdict. Returns how many. */
size_t at_answer_rx(
	struct at_answer *a, const uint8_t *bytes, size_t n, enum at_verdict *ret_verdict);

#endif
