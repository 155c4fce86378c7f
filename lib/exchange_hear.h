/* SPDX-License-Identifier: MIT */
/* What has been heard in an exchange: pure functions of the bytes, no time. */
#ifndef METERBUS_LIB_EXCHANGE_HEAR_H
#define METERBUS_LIB_EXCHANGE_HEAR_H

#include "exchange.h"

enum mbi_found {
	MBI_FOUND_NOTHING, /* not even junk: less than our echo */
	MBI_FOUND_JUNK, /* nothing that starts a frame */
	MBI_FOUND_PART, /* a frame that is good so far */
	MBI_FOUND_BROKEN, /* x->error */
	MBI_FOUND_FRAME, /* x->frame_at, frame_size */
};

/* Where does our echo end? Sets echo_len, echo_differs; echo_closed when no more of it may come. */
void mbi_hear_echo(struct mb_exchange *x, bool final);
/* Sets found, and what it says. final: no more bytes will come. */
void mbi_hear_frame(struct mb_exchange *x, bool final);
/* Name what was heard: outcome, frame, junk, trailing. */
void mbi_hear_outcome(const struct mb_exchange *x, struct mbi_result *r);

#endif
