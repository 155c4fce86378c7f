/* SPDX-License-Identifier: MIT */
/* What went wrong, where, and what to do next: talk on stderr. */
#ifndef METERBUS_TOOL_BUS_COMPLAIN_H
#define METERBUS_TOOL_BUS_COMPLAIN_H

#include "meterbus/bus_ask.h"

/*
 * Says what became of the last request of `ask`, with advice, each piece of it once a session, and
 * with the bytes that were heard (all of them when verbose). Nothing for what has been said
 * (MB_E_STREAM) or needs no words (MB_E_CANCELLED, 0).
 */
void bus_complain(struct bus_ask *ask, int result);
/* What to do about this result, one line; NULL when there is nothing to say. */
const char *bus_advice(const struct bus_ask *ask, int result);
/* What is likely behind it, when that is more than the text of the error; else NULL. */
const char *bus_suspicion(const struct bus_ask *ask, int result);
/* 253, 254 and identifications with F. */
bool bus_calls_many(const struct mb_address *address);

/* Of bus_ask(): a try that failed (when verbose), a warning, the end (when a quirk was used). */
void bus_tell_attempt(const struct bus_ask *ask, const struct mb_master_event *e);
void bus_tell_warning(const struct bus_ask *ask, const struct mb_master_event *e);
void bus_tell_done(const struct bus_ask *ask);

#endif
