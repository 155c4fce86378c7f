/* SPDX-License-Identifier: MIT */
/* How long somebody waited for the bus, time after time. */
#ifndef BUS_PORT_WAITS_H
#define BUS_PORT_WAITS_H

#include <stdint.h>

#define PORT_WAITS 24 /* powers of two of milliseconds: 4 h and more */

/* Zero it. */
struct port_waits {
	uint32_t counts[PORT_WAITS];
	uint32_t max_ms;
};

void port_waits_add(struct port_waits *w, uint64_t wait_us);
uint32_t port_waits_p50_ms(const struct port_waits *w); /* within a factor of 2; 0: none yet */

#endif
