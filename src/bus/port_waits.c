/* SPDX-License-Identifier: MIT */
#include "bus/port_waits.h"

#include "base/clock.h"

void port_waits_add(struct port_waits *w, uint64_t wait_us)
{
	uint64_t ms = wait_us / US_PER_MS;
	unsigned i = 0;

	while (i + 1 < PORT_WAITS && ms >> i)
		i++;
	w->counts[i]++;
	if (ms > w->max_ms)
		w->max_ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

uint32_t port_waits_p50_ms(const struct port_waits *w)
{
	uint64_t total = 0, sum = 0;
	unsigned i = 0;

	for (unsigned k = 0; k < PORT_WAITS; k++)
		total += w->counts[k];
	if (!total)
		return 0;
	while ((sum += w->counts[i]) * 2 < total)
		i++;
	return i ? 1u << (i - 1) : 0;
}
