/* SPDX-License-Identifier: MIT */
/* A session of the AT interface: lines (at_line.h) to commands to a device (at_device.h). */
#ifndef GATEWAY_AT_SESSION_H
#define GATEWAY_AT_SESSION_H

#include "gateway/at_device.h"
#include "gateway/at_line.h"

#define AT_STEPS_MAX 64 /* of a long answer, in one call of at_session_run() */

struct at_command;

/* To be read: the line, waiting, rights. The ops live as long as it. */
struct at_session {
	struct at_line line;
	const struct at_device_ops *ops;
	void *ctx;
	struct at_request request;
	const struct at_command *command; /* running; NULL: none */
	bool waiting; /* for at_session_..._done(): no longer idle, nothing to run */
	bool again; /* and then the command goes on */
	enum at_rights rights;
	bool begun; /* of the running command: its first step was made */
	uint64_t at, left, last; /* where a long answer stands: seq or index, how many, the end */
	struct scdata_filter filter;
};

void at_session_init(struct at_session *s, const struct at_device_ops *ops, void *ctx);
/* Cancels what runs. */
void at_session_done(struct at_session *s);

/* Bytes that came: how many were taken. Then run; then send what at_line_tx(&s->line) lends. */
size_t at_session_rx(struct at_session *s, const void *bytes, size_t n);
/* Works until input or room is missing. True: there is more to do, call again soon. */
bool at_session_run(struct at_session *s);

/* What ops said AT_LATER of is done, rc 0, or has failed. Run it afterwards. */
void at_session_op_done(struct at_session *s, int rc);
/* Of ops->scan(): error as scdata_error() has it; at most AT_DEVICES_MAX. */
void at_session_scan_done(
	struct at_session *s, uint32_t error, const struct at_found *found, size_t n);

#endif
