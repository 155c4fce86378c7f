/* SPDX-License-Identifier: MIT */
/* Answers of the API as tables: a row of struct ctl_column a field. */
#ifndef METERBUS_TOOL_CTL_SHOW_H
#define METERBUS_TOOL_CTL_SHOW_H

#include "export/style.h"
#include "meterbus/ctl.h"

#define CTL_CELL_MAX 512
#define CTL_COLUMNS_MAX 16
#define CTL_QUALITY_GOOD 192 /* of a reading, as OPC has it */

struct ctl_cell {
	char text[CTL_CELL_MAX];
	enum style style;
};

/* Makes a cell of a value; the cell is empty and plain before. */
typedef void ctl_show_fn(const struct ctl *c, struct json_in v, struct ctl_cell *cell);

struct ctl_column {
	const char *title;
	const char *path; /* "counters.telegrams"; "" is the item; with '@' of the second item */
	ctl_show_fn *show;
	bool right; /* where numbers stand */
};

ctl_show_fn ctl_show_text, ctl_show_flag /* yes, or nothing */, ctl_show_state /* in colour */,
	ctl_show_time, ctl_show_age, ctl_show_ms, ctl_show_bytes, ctl_show_ppm,
	ctl_show_count /* nothing for 0 */, ctl_show_bad /* in red */, ctl_show_bad_count,
	ctl_show_list /* of texts */, ctl_show_ms_time;

struct ctl_table {
	const struct ctl *ctl;
	const struct ctl_column *columns;
	size_t n;
	struct buf cells; /* of rows that wait: a byte of style, a text, its NUL */
	size_t rows; /* that wait */
	uint64_t shown;
	unsigned widths[CTL_COLUMNS_MAX];
	bool headed;
};

struct json_in ctl_at(struct json_in item, const char *path);

/* Columns are widened by the first rows; --json makes lines of JSON. */
void ctl_table_init(
	struct ctl_table *t, const struct ctl *c, const struct ctl_column *columns, size_t n);
/* Of one item or of two, the second for columns with '@'; --json shows the first. */
void ctl_table_row(struct ctl_table *t, struct json_in item, struct json_in second);
void ctl_table_flush(struct ctl_table *t);
void ctl_table_done(struct ctl_table *t); /* flushes, too */

/* A whole list as a table; `none` is said when it is empty. */
int ctl_list(struct ctl *c, const struct ctl_path *path, uint64_t limit,
	const struct ctl_column *columns, size_t n, const char *none);
/* One object, a line a field that has something to show. --json prints it as it is. */
void ctl_facts(const struct ctl *c, struct json_in v, const struct ctl_column *columns, size_t n);
/* Asks for it first. */
int ctl_get_facts(
	struct ctl *c, const struct ctl_path *path, const struct ctl_column *columns, size_t n);

/* ctl_account_file.c: the answer of an import, of an adoption. */
void ctl_show_imported(const struct ctl *c, struct json_in imported);

#define CTL_COLUMNS(columns) (columns), sizeof(columns) / sizeof(*(columns))

#endif
