/* SPDX-License-Identifier: MIT */
#include "collect/failed_step.h"

#include "collect/collect_error.h"

#include <meterbus/frame.h>

static uint8_t step_of(const uint8_t *sent, size_t len)
{
	struct mb_frame f;

	if (mb_frame_parse(sent, len, &f) <= 0)
		return STORE_STEP_NONE;
	if (f.c == MB_C_SND_NKE)
		return STORE_STEP_NKE;
	if (mb_frame_selects(&f))
		return STORE_STEP_SELECT;
	return STORE_STEP_REQUEST;
}

/*
 * A missing E5 to SND_NKE does not end a dialogue. But where nothing after it was heard either, it
 * is what failed first.
 */
void failed_step_note(struct failed_step *f, const struct mb_master_event *e)
{
	if (f->step && e->type == MB_MASTER_ATTEMPT && e->result == f->error)
		return;
	f->step = step_of(e->sent, e->sent_len);
	f->error = e->result;
	f->unsent = e->type == MB_MASTER_ATTEMPT && !e->sent_us;
}

int failed_step_error(const struct failed_step *f, int result)
{
	return f->unsent && result == f->error ? COLLECT_E_NOT_SENT : result;
}
