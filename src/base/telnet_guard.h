/* SPDX-License-Identifier: MIT */
/*
 * Before libtelnet: takes out the subnegotiations of options that nobody agreed to. It would decode
 * some of them whether they were agreed to or not; one makes it inflate all that follows.
 */
#ifndef BASE_TELNET_GUARD_H
#define BASE_TELNET_GUARD_H

#include <stddef.h>
#include <stdint.h>

#define TELNET_GUARD_EXTRA 2 /* bytes held back, which may come out with the next ones */
#define TELNET_GUARD_NONE (-1)

/* Zero it, but for the option. */
struct telnet_guard {
	int16_t option; /* whose subnegotiations pass; TELNET_GUARD_NONE: no one's */
	uint8_t state;
};

/* ret has room for n + TELNET_GUARD_EXTRA bytes, and is not bytes. Returns how many came out. */
size_t telnet_guard(struct telnet_guard *g, const uint8_t *bytes, size_t n, uint8_t *ret);

#endif
