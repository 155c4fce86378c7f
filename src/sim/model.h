/* SPDX-License-Identifier: MIT */
/*
 * What a kind of meter sends: rows of registers, each with a rule how its value moves with time.
 * The rules are in doc/scenario.md, so that anyone can compute what a meter must show.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <meterbus/encode.h>
#include <meterbus/slave.h>

#include <stddef.h>
#include <stdint.h>

/* How a register gets its value. It follows the segment's wall clock, RULE_CLOCK the meter's. */
enum model_rule {
	RULE_CONST, /* base */
	RULE_COUNTER, /* base + rate an hour */
	RULE_WAVE, /* base + rate * (0 .. 1 .. 0 over each day) */
	RULE_STORED, /* the counter as it stood at the end of month `back` before this one */
	RULE_STORED_DATE, /* that day */
	RULE_CLOCK, /* date and time */
	RULE_ID, /* identification, eight digits */
	RULE_FABRICATION,
	RULE_TEXT, /* text */
	RULE_BYTES, /* a record as it is: `base` bytes of text */
	RULE_BLOCK, /* DIF 0F and `base` bytes of the maker's */
};

struct model_row {
	uint8_t telegram; /* 0: first */
	uint8_t rule; /* enum model_rule */
	uint8_t data_field;
	uint8_t function, storage, tariff, subunit;
	uint8_t vif_table, vif_code;
	uint8_t vife[3];
	uint8_t vife_len;
	uint8_t back; /* months, RULE_STORED and RULE_STORED_DATE */
	int64_t base, rate;
	const char *unit; /* plain-text VIF */
	const char *text;
};

enum model_shape {
	SHAPE_LONG, /* CI 72 */
	SHAPE_SHORT, /* CI 7A */
	SHAPE_NONE, /* CI 78 */
	SHAPE_FIXED, /* CI 73: the first two rows are the counters */
	SHAPE_ENCRYPTED, /* CI 72, mode 5 */
};

struct model {
	const char *name, *about;
	const char *maker; /* three letters */
	uint8_t version, medium;
	uint8_t shape; /* enum model_shape */
	const struct model_row *rows;
	size_t n_rows;
	uint8_t history; /* months of stored values that follow the rows, one telegram */
	uint8_t history_row; /* the counter they are of */
	uint8_t quirk; /* set with it; MB_SLAVE_QUIRK_COUNT: none */
	uint16_t quirk_value;
};

extern const struct model models[];
extern const size_t n_models;

const struct model *model_find(const char *name); /* NULL */
unsigned model_telegrams(const struct model *model);

/* ---- the rules ---- */

/* The value of a numeric row at a wall clock time; start_s is that of the segment's start. */
int64_t model_value(const struct model_row *row, uint32_t id, int64_t start_s, int64_t wall_s);

/* ---- calendar ---- */

int64_t model_seconds(const struct mb_datetime *t); /* since 1970, no zone */
void model_datetime(int64_t seconds, struct mb_datetime *ret_t);
/* The last second of the month `back` months before that of now_s. */
int64_t model_month_end(int64_t now_s, unsigned back);

#endif
