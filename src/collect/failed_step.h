/* SPDX-License-Identifier: MIT */
/* Which frame of a dialogue was the one that failed: enum store_step. */
#ifndef COLLECT_FAILED_STEP_H
#define COLLECT_FAILED_STEP_H

#include "store/store.h"

#include <meterbus/master.h>

/* Zero it for each dialogue. */
struct failed_step {
	uint8_t step; /* enum store_step */
	int error; /* with which it came */
	bool unsent; /* it did not go out: the bus was never quiet */
};

/* Give it TELEGRAM, ACK and ATTEMPT; what is in it at DONE is the answer. */
void failed_step_note(struct failed_step *f, const struct mb_master_event *e);
/* What DONE says, or COLLECT_E_NOT_SENT. */
int failed_step_error(const struct failed_step *f, int result);

#endif
