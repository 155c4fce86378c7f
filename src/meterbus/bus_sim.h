/* SPDX-License-Identifier: MIT */
/* The simulated segment behind a URL "sim:...". Private to bus.c. */
#ifndef METERBUS_TOOL_BUS_SIM_H
#define METERBUS_TOOL_BUS_SIM_H

#include "meterbus/bus.h"

bool bus_sim_is(const char *url);
/* EXIT_OK, or EXIT_USAGE after saying what is wrong with the scenario. */
int bus_sim_open(struct bus *b, const char *url);
void bus_sim_close(struct bus *b);
uint64_t bus_sim_now_us(const struct bus *b);
/* As bus_run(); step and tap get b. */
int bus_sim_run(struct bus *b, struct mb_engine engine, run_step *step, run_tap *tap);

#endif
