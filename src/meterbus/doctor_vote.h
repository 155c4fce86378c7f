/* SPDX-License-Identifier: MIT */
/*
 * The same answer, heard several times and broken each time: noise changes other bytes each time, so
 * that most of them agree on the true one; a collision has no true one. Pure.
 */
#ifndef METERBUS_TOOL_DOCTOR_VOTE_H
#define METERBUS_TOOL_DOCTOR_VOTE_H

#include <meterbus/frame.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_VOTES_MAX 5
#define DOCTOR_VOTES_MIN 3

struct doctor_vote {
	uint8_t n;
	uint16_t len; /* of each */
	uint8_t bytes[DOCTOR_VOTES_MAX][MB_FRAME_MAX];
	uint8_t elected[MB_FRAME_MAX];
};

/* Those of another length than the first do not count. */
void doctor_vote_add(struct doctor_vote *v, const uint8_t *bytes, size_t len);
/* True: they agree on a good frame, in v->elected. */
bool doctor_vote_frame(struct doctor_vote *v, struct mb_frame *ret_frame);

#endif
