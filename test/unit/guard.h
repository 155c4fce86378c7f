/* SPDX-License-Identifier: MIT */
/* Bytes that end where the next read faults: shows a parser that looks too far. */
#ifndef TEST_GUARD_H
#define TEST_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARD_MAX 4096u /* bytes in front of the guard page */

struct guard {
	uint8_t *map;
	size_t page;
};

static inline void guard_init(struct guard *g)
{
	g->page = (size_t)sysconf(_SC_PAGESIZE);
	g->map =
		mmap(NULL, 2 * g->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->map == MAP_FAILED || mprotect(g->map + g->page, g->page, PROT_NONE))
		abort();
}

static inline void guard_done(struct guard *g)
{
	munmap(g->map, 2 * g->page);
}

/* The bytes, copied so that they end at the guard page. Valid until the next call. */
static inline uint8_t *guard_copy(struct guard *g, const void *bytes, size_t len)
{
	uint8_t *at = g->map + g->page - len;

	if (len > GUARD_MAX)
		abort();
	if (len)
		memcpy(at, bytes, len);
	return at;
}

#endif
