/* SPDX-License-Identifier: MIT */
/* What the reader of scenarios (scenario.c) and its keys (keys.c) share. */
#ifndef SIM_SCENARIO_IMPL_H
#define SIM_SCENARIO_IMPL_H

#include "sim/scenario.h"

#define SCENARIO_VALUE_MAX 2048 /* longest value of a key, with its NUL */

enum ids_order {
	IDS_CONSECUTIVE,
	IDS_RANDOM,
};

/* The meter being described: one, or a series of them. */
struct draft {
	struct sim_meter_config meter;
	uint32_t count;
	enum ids_order ids;
	uint64_t ids_seed;
	bool has_id, has_primary;
	bool maker_given, version_given, medium_given;
};

struct parser {
	struct scenario *out;
	struct draft *draft; /* NULL in [bus] */
	const char *name;
	unsigned line;
	char *err;
	size_t err_max;
};

/* "FILE:LINE: text"; returns MB_E_INVALID. */
int parser_fail(const struct parser *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* keys.c: key=value in the section at hand. */
int keys_set(struct parser *p, const char *key, const char *value);
bool keys_is_bus(const char *key);
bool keys_takes_line(const char *key); /* the value goes to the end of the line */

/* Bytes kept as long as the scenario. NULL: no memory. */
uint8_t *scenario_blob(struct scenario *s, size_t n);

#endif
