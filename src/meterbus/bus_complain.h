/* SPDX-License-Identifier: MIT */
/* What went wrong, where, and what to do next. */
#ifndef METERBUS_TOOL_BUS_COMPLAIN_H
#define METERBUS_TOOL_BUS_COMPLAIN_H

#include "meterbus/bus_ask.h"

#include <meterbus/address.h>

/*
 * Says on stderr what happened to the last request of `ask`, with advice once per kind of failure and
 * program, and the bytes that were heard when verbose. where: the address as the user wrote it.
 */
void bus_complain(const struct bus_ask *ask, const char *where, int result);
/* What to do next about this result; NULL when there is nothing to say. */
const char *bus_advice(int result);

#endif
