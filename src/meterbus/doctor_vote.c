/* SPDX-License-Identifier: MIT */
#include "meterbus/doctor_vote.h"

#include <string.h>

void doctor_vote_add(struct doctor_vote *v, const uint8_t *bytes, size_t len)
{
	if (!len || len > MB_FRAME_MAX || v->n == DOCTOR_VOTES_MAX || (v->n && len != v->len))
		return;
	v->len = (uint16_t)len;
	memcpy(v->bytes[v->n++], bytes, len);
}

static unsigned supporters(const struct doctor_vote *v, size_t at, uint8_t byte)
{
	unsigned count = 0;

	for (unsigned i = 0; i < v->n; i++)
		count += v->bytes[i][at] == byte;
	return count;
}

static uint8_t elect(const struct doctor_vote *v, size_t at)
{
	uint8_t best = v->bytes[0][at];

	for (unsigned i = 1; i < v->n; i++)
		if (supporters(v, at, v->bytes[i][at]) > supporters(v, at, best))
			best = v->bytes[i][at];
	return best;
}

bool doctor_vote_frame(struct doctor_vote *v, struct mb_frame *ret_frame)
{
	if (v->n < DOCTOR_VOTES_MIN)
		return false;
	for (size_t at = 0; at < v->len; at++)
		v->elected[at] = elect(v, at);
	return mb_frame_parse(v->elected, v->len, ret_frame) == v->len;
}
