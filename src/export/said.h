/* SPDX-License-Identifier: MIT */
/* What a telegram without records says. */
#ifndef EXPORT_SAID_H
#define EXPORT_SAID_H

#include "export/values.h"

#include <meterbus/telegram.h>

struct said {
	const char *key; /* "application_error", "alarm", "application", "frame" */
	char value[VALUES_TEXT_MAX]; /* a code, bits as "04 00", the name of a frame */
	char text[128]; /* for people, may be empty */
};

/* False: nothing, or records. */
bool said_read(const struct mb_telegram *t, struct said *ret_said);

/* "REQ_UD2 to 5, FCB 1" of a short frame, "ACK", "NACK"; nothing of a long one. */
char *put_frame(char *p, const struct mb_frame *f);
#define PUT_FRAME_MAX 64

#endif
