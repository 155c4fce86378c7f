/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl_show.h"

#include "meterbus/ctl_time.h"
#include "meterbus/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- cells ---- */

void ctl_show_text(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	(void)c;
	snprintf(cell->text, sizeof(cell->text), "%s", json_in_text(v));
}

void ctl_show_bad(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	ctl_show_text(c, v, cell);
	cell->style = STYLE_BAD;
}

void ctl_show_flag(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	(void)c;
	snprintf(cell->text, sizeof(cell->text), "%s", json_in_flag(v) ? "yes" : "");
}

void ctl_show_count(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	ctl_show_text(c, v, cell);
	if (strcmp(cell->text, "0") == 0)
		cell->text[0] = '\0';
}

void ctl_show_bad_count(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	ctl_show_count(c, v, cell);
	cell->style = STYLE_BAD;
}

void ctl_show_state(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	/* clang-format off */
	static const struct {
		const char *word;
		enum style style;
	} words[] = {
		{"ok",       STYLE_GOOD},
		{"online",   STYLE_GOOD},
		{"open",     STYLE_GOOD},
		{"full",     STYLE_BAD},
		{"failing",  STYLE_BAD},
		{"failed",   STYLE_BAD},
		{"error",    STYLE_BAD},
		{"offline",  STYLE_BAD},
		{"closed",   STYLE_DIM},
		{"suspended", STYLE_DIM},
		{"unknown",  STYLE_DIM},
		{"undefined", STYLE_DIM},
	};
	/* clang-format on */

	ctl_show_text(c, v, cell);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(words[i].word, cell->text) == 0)
			cell->style = words[i].style;
	}
}

void ctl_show_time(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	int64_t ms;

	(void)c;
	if (ctl_time_rfc3339(json_in_text(v), &ms))
		ctl_time_put(ms, cell->text, sizeof(cell->text));
}

void ctl_show_age(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	int64_t ms;

	if (ctl_time_rfc3339(json_in_text(v), &ms))
		ctl_time_age(ms, c->now_ms, cell->text, sizeof(cell->text));
}

void ctl_show_ms_time(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	int64_t ms;

	(void)c;
	if (json_in_i64(v, &ms))
		ctl_time_put(ms, cell->text, sizeof(cell->text));
}

void ctl_show_ms(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	int64_t ms;

	(void)c;
	if (json_in_i64(v, &ms) && ms >= 0)
		ctl_time_span(ms, cell->text, sizeof(cell->text));
}

void ctl_show_bytes(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	int64_t n;
	size_t i = 0;
	int64_t tenths;

	(void)c;
	if (!json_in_i64(v, &n) || n < 0)
		return;
	for (tenths = n < INT64_MAX / 10 ? 10 * n : n; tenths >= 10240 && i < 4; i++)
		tenths /= 1024;
	if (i == 0)
		snprintf(cell->text, sizeof(cell->text), "%" PRId64 " bytes", n);
	else
		snprintf(cell->text, sizeof(cell->text), "%" PRId64 ".%" PRId64 " %s", tenths / 10,
			tenths % 10, units[i]);
}

void ctl_show_ppm(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	int64_t ppm;

	(void)c;
	if (json_in_i64(v, &ppm) && ppm >= 0)
		snprintf(cell->text, sizeof(cell->text), "%" PRId64 ".%" PRId64 " %%", ppm / 10000,
			ppm / 1000 % 10);
}

void ctl_show_list(const struct ctl *c, struct json_in v, struct ctl_cell *cell)
{
	size_t len = 0;

	(void)c;
	for (v = json_in_first(v); json_in_there(v) && len < sizeof(cell->text);
		v = json_in_next(v))
		len += (size_t)snprintf(cell->text + len, sizeof(cell->text) - len, "%s%s",
			len ? ", " : "", json_in_text(v));
}

/* ---- rows ---- */

struct json_in ctl_at(struct json_in item, const char *path)
{
	char name[64];

	while (*path) {
		size_t n = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		item = json_in_get(item, name);
		path += n + (path[n] != '\0');
	}
	return item;
}

static void make_cell(const struct ctl *c, const struct ctl_column *column, struct json_in item,
	struct json_in second, struct ctl_cell *cell)
{
	const char *path = column->path;
	bool other = *path == '@';

	cell->text[0] = '\0';
	cell->style = STYLE_PLAIN;
	column->show(c, ctl_at(other ? second : item, path + other), cell);
	*put_shown(cell->text, cell->text, strlen(cell->text)) = '\0';
}

void ctl_table_init(
	struct ctl_table *t, const struct ctl *c, const struct ctl_column *columns, size_t n)
{
	*t = (struct ctl_table){.ctl = c, .columns = columns, .n = n};
	buf_init(&t->cells, CTL_ANSWER_MAX);
	for (size_t i = 0; i < n; i++)
		t->widths[i] = (unsigned)style_width(columns[i].title, strlen(columns[i].title));
}

void ctl_table_row(struct ctl_table *t, struct json_in item, struct json_in second)
{
	size_t before = t->cells.len;
	struct ctl_cell cell;
	bool good = true;

	t->shown++;
	if (t->ctl->json) {
		ctl_print_raw(item);
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t len;
		char style;

		make_cell(t->ctl, &t->columns[i], item, second, &cell);
		len = strlen(cell.text);
		style = (char)cell.style;
		if (style_width(cell.text, len) > t->widths[i])
			t->widths[i] = (unsigned)style_width(cell.text, len);
		good = good && buf_add(&t->cells, &style, 1) &&
		       buf_add(&t->cells, cell.text, len + 1);
	}
	if (!good) {
		talk_error("no memory for a line of the table");
		t->cells.len = before; /* no half ones */
		return;
	}
	t->rows++;
	if (t->rows == CTL_PAGE)
		ctl_table_flush(t);
}

static void put_cell(const struct ctl_table *t, size_t i, enum style style, const char *text)
{
	size_t width = style_width(text, strlen(text));
	int pad = width < t->widths[i] ? (int)(t->widths[i] - width) : 0;
	bool color = t->ctl->color && style != STYLE_PLAIN, last = i + 1 == t->n;
	char codes[2][STYLE_MAX + 1];

	*put_style(codes[0], color, style) = '\0';
	*put_style(codes[1], color, STYLE_PLAIN) = '\0';
	if (t->columns[i].right)
		printf("%*s%s%s%s%s", pad, "", codes[0], text, codes[1], last ? "" : "  ");
	else
		printf("%s%s%s%*s", codes[0], text, codes[1], last ? 0 : pad + 2, "");
}

void ctl_table_flush(struct ctl_table *t)
{
	const char *p = (const char *)t->cells.bytes;

	if (t->rows > 0 && !t->headed) {
		for (size_t i = 0; i < t->n; i++)
			put_cell(t, i, STYLE_HEAD, t->columns[i].title);
		putchar('\n');
		t->headed = true;
	}
	for (; t->rows > 0; t->rows--) {
		for (size_t i = 0; i < t->n; i++) {
			put_cell(t, i, (enum style) * p, p + 1);
			p += strlen(p + 1) + 2;
		}
		putchar('\n');
	}
	buf_clear(&t->cells);
}

void ctl_table_done(struct ctl_table *t)
{
	ctl_table_flush(t);
	buf_done(&t->cells);
}

/* ---- whole answers ---- */

static int list_item(void *ctx, struct json_in item)
{
	ctl_table_row(ctx, item, (struct json_in){0});
	return 0;
}

int ctl_list(struct ctl *c, const struct ctl_path *path, uint64_t limit,
	const struct ctl_column *columns, size_t n, const char *none)
{
	struct ctl_table t;
	int rc;

	ctl_table_init(&t, c, columns, n);
	rc = ctl_each(c, path, limit, list_item, &t);
	if (rc == 0 && t.shown == 0 && !c->json)
		fprintf(stderr, "%s\n", none);
	ctl_table_done(&t);
	return rc;
}

void ctl_facts(const struct ctl *c, struct json_in v, const struct ctl_column *columns, size_t n)
{
	unsigned width = 0;

	if (c->json) {
		ctl_print_raw(v);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (strlen(columns[i].title) > width)
			width = (unsigned)strlen(columns[i].title);
	}
	for (size_t i = 0; i < n; i++) {
		struct ctl_cell cell;
		char code[STYLE_MAX + 1], end[STYLE_MAX + 1];

		make_cell(c, &columns[i], v, (struct json_in){0}, &cell);
		if (!*cell.text)
			continue;
		*put_style(code, c->color && cell.style != STYLE_PLAIN, cell.style) = '\0';
		*put_style(end, c->color && cell.style != STYLE_PLAIN, STYLE_PLAIN) = '\0';
		printf("%-*s  %s%s%s\n", (int)width, columns[i].title, code, cell.text, end);
	}
}

int ctl_get_facts(
	struct ctl *c, const struct ctl_path *path, const struct ctl_column *columns, size_t n)
{
	struct ctl_answer answer;
	int rc = ctl_call(c, "GET", path, NULL, NULL, &answer);

	if (rc != 0)
		return rc;
	ctl_facts(c, answer.root, columns, n);
	ctl_answer_done(&answer);
	return 0;
}
