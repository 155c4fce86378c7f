/* SPDX-License-Identifier: MIT */
/*
 * Before libtelnet: takes out the subnegotiations of options that nobody agreed to. It would decode
 * some of them whether they were agreed to or not; one makes it inflate all that follows. And tells
 * what gets refused, of which libtelnet says nothing while it was only offered.
 */
#ifndef BASE_TELNET_GUARD_H
#define BASE_TELNET_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TELNET_GUARD_EXTRA 2 /* bytes held back, which may come out with the next ones */
#define TELNET_GUARD_NONE (-1)
#define TELNET_SUB_MAX 1024 /* bytes of a subnegotiation: a longer one never ends */

/* Zero it, but for the option and who wants to know. */
struct telnet_guard {
	int16_t option; /* whose subnegotiations pass; TELNET_GUARD_NONE: no one's */
	uint8_t state;
	uint8_t verb; /* WILL, WONT, DO or DONT, of the option to come */
	bool open; /* one that passes has begun */
	bool endless; /* TELNET_SUB_MAX was passed: nothing comes out any more */
	uint16_t sub_len;
	void (*refused)(void *ctx, uint8_t verb, uint8_t option); /* WONT, DONT; may be NULL */
	void *ctx;
};

/* ret has room for n + TELNET_GUARD_EXTRA bytes, and is not bytes. Returns how many came out. */
size_t telnet_guard(struct telnet_guard *g, const uint8_t *bytes, size_t n, uint8_t *ret);

#endif
