/* SPDX-License-Identifier: MIT */
/* Chance from a seed: xorshift64*, the same on every machine. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#define RANDOM_PPM 1000000u

struct random {
	uint64_t state;
};

static inline void random_seed(struct random *r, uint64_t seed)
{
	r->state = seed * 0x9E3779B97F4A7C15u + 0x2545F4914F6CDD1Du;
	if (!r->state)
		r->state = 1;
}

static inline uint64_t random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545F4914F6CDD1Du >> 8;
}

/* 0 .. n - 1; 0 for n = 0. Takes nothing from the sequence when there is no choice. */
static inline uint64_t random_below(struct random *r, uint64_t n)
{
	return n > 1 ? random_next(r) % n : 0;
}

static inline bool random_chance(struct random *r, uint32_t ppm)
{
	return ppm && random_below(r, RANDOM_PPM) < ppm;
}

#endif
