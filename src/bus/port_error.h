/* SPDX-License-Identifier: MIT */
#ifndef BUS_PORT_ERROR_H
#define BUS_PORT_ERROR_H

#include <meterbus/error.h>

/* X(number, NAME, "name", "what it means"): beside MB_E_*, the ways a job ends unheard. */
/* clang-format off */
#define PORT_ERROR_MAP(X) \
	X(-301, FULL,   "queue full", "too many wait for this bus") \
	X(-302, LATE,   "too late",   "the bus was not free in time; nothing was sent") \
	X(-303, CLOSED, "bus closed", "the bus is being closed or removed") \
	X(-304, CLASH,  "in use",     "this device or address is another bus, or one of another kind")
/* clang-format on */

enum port_error {
#define MB_X(number, name, text, meaning) PORT_E_##name = (number),
	PORT_ERROR_MAP(MB_X)
#undef MB_X
};

/* Of PORT_E_* and MB_E_*: as mb_error_name(), mb_error_text(). Never NULL. */
const char *port_error_name(int error);
const char *port_error_text(int error);

#endif
