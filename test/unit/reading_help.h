/* SPDX-License-Identifier: MIT */
/* Chains made of records in hex, for the tests of readings. */
#ifndef TEST_READING_HELP_H
#define TEST_READING_HELP_H

#include "collect/readings.h"

#include "hex.h"

#include <meterbus/encode.h>
#include <string.h>

#define HELP_TELEGRAMS_MAX 8

struct help_chain {
	struct readings_chain chain;
	struct readings_bytes list[HELP_TELEGRAMS_MAX];
	uint8_t bytes[HELP_TELEGRAMS_MAX][MB_FRAME_MAX];
	struct mb_secondary meter;
	uint8_t status;
};

static inline void help_init(struct help_chain *h, uint32_t id, int64_t time_ms)
{
	memset(h, 0, sizeof(*h));
	h->meter =
		(struct mb_secondary){.id = id, .manufacturer = 0x0443, .version = 1, .medium = 7};
	h->chain.telegrams = h->list;
	h->chain.time_ms = time_ms;
	h->chain.duration_ms = 150;
}

/* One more telegram: CI 72, the meter's address, status, then the records. */
static inline void help_add(struct help_chain *h, const char *records)
{
	uint8_t *p = h->bytes[h->chain.n], sum = 0;
	size_t n = hex_read(records, p + 19, MB_FRAME_MAX - 21), len = n + 15;

	memcpy(p, (uint8_t[]){0x68, (uint8_t)len, (uint8_t)len, 0x68, 0x08, 0x01, 0x72}, 7);
	mb_secondary_write(&h->meter, p + 7);
	memcpy(p + 15, (uint8_t[]){0, h->status, 0, 0}, 4);
	for (size_t i = 4; i < 19 + n; i++)
		sum = (uint8_t)(sum + p[i]);
	p[19 + n] = sum;
	p[20 + n] = 0x16;
	h->list[h->chain.n++] = (struct readings_bytes){p, n + 21};
}

/* Only this telegram. */
static inline void help_set(struct help_chain *h, const char *records)
{
	h->chain.n = 0;
	help_add(h, records);
}

static inline uint32_t help_next_series(void *ctx)
{
	return ++*(uint32_t *)ctx;
}

#endif
