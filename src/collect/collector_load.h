/* SPDX-License-Identifier: MIT */
/* What the store knows at the start: accounts, their readings, where their schedules stand. */
#ifndef COLLECT_COLLECTOR_LOAD_H
#define COLLECT_COLLECTOR_LOAD_H

#include "collect/collector.h"

/* 0 or STORE_E_* and a sentence. */
int collector_load(struct collector *c, char *ret_err, size_t err_max);
/* The settings cache of one account anew, from its series and its last good chain. 0 or STORE_E_*. */
struct device;
int collector_load_readings(struct device *d);

#endif
