/* SPDX-License-Identifier: MIT */
/* What a configuration is, for those who read and compare it. Private to config*.c. */
#ifndef BASE_CONFIG_IMPL_H
#define BASE_CONFIG_IMPL_H

#include "base/config.h"

struct config_setting {
	const char *text; /* NULL: unset */
	int64_t number;
	unsigned line; /* 0: the default */
};

struct config_block {
	const struct config_section *section;
	const char *file, *label;
	unsigned line;
	struct config_setting values[];
};

struct config {
	const struct config_schema *schema;
	char *file, *text; /* values point into text */
	struct config_block **blocks; /* sorted by section, then label */
	size_t n_blocks, room;
};

/* Blocks are in the order of the schema, then of labels: < 0 is before b, 0 the same, > 0 behind. */
int config_order(
	const struct config_section *section, const char *label, const struct config_block *b);

#endif
