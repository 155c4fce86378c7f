/* SPDX-License-Identifier: MIT */
/* A segment from a text, and a master of flesh and blood: send, wait, look. */
#ifndef TEST_BUS_H
#define TEST_BUS_H

#include "base/crypto_openssl.h"
#include "hex.h"
#include "sim/scenario.h"

#include <meterbus/frame.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BUS_HEARD_MAX 4096

struct bus {
	struct sim *sim;
	uint8_t bytes[BUS_HEARD_MAX], marks[BUS_HEARD_MAX];
	uint64_t time_us[BUS_HEARD_MAX]; /* each byte's arrival */
	size_t n;
};

static inline struct sim *bus_sim(const char *text)
{
	char err[SCENARIO_ERROR_MAX];
	static struct mb_cipher cipher;
	bool aes = crypto_openssl(&cipher) >= 0;
	struct scenario s;
	struct sim *sim;

	if (scenario_parse(text, "test", &s, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	s.bus.ledger_max = 100000;
	sim = scenario_build(&s, aes ? &cipher : NULL, err, sizeof(err));
	if (!sim)
		fail_msg("%s", err);
	scenario_done(&s);
	return sim;
}

static inline void bus_open(struct bus *b, const char *text)
{
	memset(b, 0, sizeof(*b));
	b->sim = bus_sim(text);
}

static inline void bus_close(struct bus *b)
{
	sim_free(b->sim);
	b->sim = NULL;
}

/* Everything that arrives until then. */
static inline void bus_wait(struct bus *b, uint64_t wait_us)
{
	uint64_t until_us = sim_now(b->sim) + wait_us;

	b->n = 0;
	do {
		size_t n, room = BUS_HEARD_MAX - b->n;

		sim_advance(b->sim, until_us);
		n = sim_receive(b->sim, b->bytes + b->n, b->marks + b->n, room);
		for (size_t i = 0; i < n; i++)
			b->time_us[b->n + i] = sim_now(b->sim);
		b->n += n;
	} while (sim_now(b->sim) < until_us);
}

/* Sends bytes given as hex and listens for so long. */
static inline void bus_ask(struct bus *b, const char *hex, uint64_t wait_us)
{
	uint8_t bytes[MB_FRAME_MAX];
	size_t n = hex_read(hex, bytes, sizeof(bytes));

	sim_send(b->sim, bytes, n);
	bus_wait(b, wait_us);
}

static inline bool bus_marked(const struct bus *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->marks[i])
			return true;
	return false;
}

#endif
