/* SPDX-License-Identifier: MIT */
/* A capture as a segment: the meters that answered in it, with the answers that they gave last. */
#ifndef METERBUS_TOOL_SIM_CAPTURE_H
#define METERBUS_TOOL_SIM_CAPTURE_H

#include "sim/scenario.h"

/*
 * As scenario_from_spec(), and the file may also be a capture. Each meter (address and long
 * header) gets the last whole answer of the capture: all telegrams up to one without DIF 1F.
 */
int sim_from_spec(const char *spec, struct scenario *ret, char *ret_err, size_t err_max);

#endif
