/* SPDX-License-Identifier: MIT */
#include "base/config_impl.h"

#include <stdlib.h>
#include <string.h>

int config_order(
	const struct config_section *section, const char *label, const struct config_block *b)
{
	if (section != b->section)
		return section < b->section ? -1 : 1;
	return strcmp(label, b->label);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_blocks; i++)
		free(c->blocks[i]);
	free(c->blocks);
	free(c->file);
	free(c->text);
	free(c);
}

/* ---- what was read ---- */

/* The first block that is not before this one. */
static size_t lower(const struct config *c, const struct config_section *section, const char *label)
{
	size_t from = 0, to = c->n_blocks, middle;

	while (from < to) {
		middle = from + (to - from) / 2;
		if (config_order(section, label, c->blocks[middle]) > 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

const struct config_block *config_block(const struct config *c, size_t section, size_t i)
{
	const struct config_section *s = &c->schema->sections[section];
	size_t at = lower(c, s, "") + i;

	return at < c->n_blocks && c->blocks[at]->section == s ? c->blocks[at] : NULL;
}

size_t config_count(const struct config *c, size_t section)
{
	const struct config_section *s = &c->schema->sections[section];

	return lower(c, s + 1, "") - lower(c, s, "");
}

const struct config_block *config_find(const struct config *c, size_t section, const char *label)
{
	const struct config_section *s = &c->schema->sections[section];
	size_t at = lower(c, s, label);

	if (at == c->n_blocks || config_order(s, label, c->blocks[at]) != 0)
		return NULL;
	return c->blocks[at];
}

const char *config_label(const struct config_block *b)
{
	return b->label;
}

const char *config_text(const struct config_block *b, size_t key)
{
	return b->values[key].text;
}

int64_t config_number(const struct config_block *b, size_t key)
{
	return b->values[key].number;
}

unsigned config_line(const struct config_block *b, size_t key)
{
	return b->values[key].line;
}

void config_where(const struct config_block *b, size_t key, char *ret_text, size_t max)
{
	unsigned line = b->values[key].line ? b->values[key].line : b->line;
	char number[16] = "";

	if (line)
		snprintf(number, sizeof(number), ":%u", line);
	snprintf(ret_text, max, "%s%s: [%s%s%s] %s", b->file, number, b->section->name,
		*b->label ? " " : "", b->label, b->section->keys[key].name);
}

/* ---- what has changed ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void compare_values(const struct config_block *before, const struct config_block *after,
	void (*changed)(void *ctx, const struct config_change *change), void *ctx)
{
	struct config_change change = {after->section, after->label, NULL, before, after};

	for (size_t i = 0; i < after->section->n_keys; i++) {
		if (before->values[i].number == after->values[i].number &&
			(after->section->keys[i].type < CONFIG_TEXT ||
				same_text(before->values[i].text, after->values[i].text)))
			continue;
		change.key = &after->section->keys[i];
		changed(ctx, &change);
	}
}

void config_compare(const struct config *before, const struct config *after,
	void (*changed)(void *ctx, const struct config_change *change), void *ctx)
{
	const struct config_block *b, *a;
	size_t i = 0, j = 0;
	int order;

	while (i < before->n_blocks || j < after->n_blocks) {
		b = i < before->n_blocks ? before->blocks[i] : NULL;
		a = j < after->n_blocks ? after->blocks[j] : NULL;
		order = !b ? 1 : !a ? -1 : config_order(b->section, b->label, a);
		if (order < 0)
			changed(ctx, &(struct config_change){b->section, b->label, NULL, b, NULL});
		else if (order > 0)
			changed(ctx, &(struct config_change){a->section, a->label, NULL, NULL, a});
		else
			compare_values(b, a, changed, ctx);
		i += order <= 0;
		j += order >= 0;
	}
}
