/* SPDX-License-Identifier: MIT */
/* A readout selection as the command line writes it: "13,5A", "all", "FD17". */
#ifndef METERBUS_TOOL_BUS_SELECT_H
#define METERBUS_TOOL_BUS_SELECT_H

#include <stddef.h>
#include <stdint.h>

#define BUS_SELECT_MAX 252

/* To the records that ask for it. EXIT_OK, or EXIT_USAGE after saying why. */
int bus_select_parse(const char *text, uint8_t ret_records[BUS_SELECT_MAX], size_t *ret_len);

#endif
