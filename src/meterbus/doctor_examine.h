/* SPDX-License-Identifier: MIT */
/* The order of the questions: what is asked next depends on what was heard. */
#ifndef METERBUS_TOOL_DOCTOR_EXAMINE_H
#define METERBUS_TOOL_DOCTOR_EXAMINE_H

#include "meterbus/doctor_ask.h"

/* Asks until d->facts say enough. 0, or MB_E_STREAM (also a fact), MB_E_CANCELLED. */
int doctor_examine(struct doctor *d);

#endif
