/* SPDX-License-Identifier: MIT */
/* From the lines of a file to a configuration; everything that is wrong is told. */
#include "base/config_impl.h"
#include "base/nearest.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 1024 /* of all sections, or all keys of one */

/* While a file is read. */
struct reader {
	struct config *config;
	config_tell *tell;
	void *ctx;
	unsigned line, mistakes;
	struct config_block *block; /* NULL: before the first, or in one that is wrong */
};

__attribute__((format(printf, 2, 3))) static void mistake(struct reader *r, const char *format, ...)
{
	char sentence[CONFIG_SENTENCE_MAX];
	int n = 0;
	va_list args;

	if (r->line)
		n = snprintf(sentence, sizeof(sentence), "%s:%u: ", r->config->file, r->line);
	else
		n = snprintf(sentence, sizeof(sentence), "%s: ", r->config->file);
	if ((size_t)n < sizeof(sentence)) {
		va_start(args, format);
		vsnprintf(sentence + n, sizeof(sentence) - (size_t)n, format, args);
		va_end(args);
	}
	r->mistakes++;
	r->tell(r->ctx, sentence);
}

/* ---- blocks ---- */

static struct config_block *block_new(
	struct config *c, const struct config_section *section, const char *label)
{
	struct config_block *b = calloc(1, sizeof(*b) + section->n_keys * sizeof(b->values[0]));
	char why[CONFIG_SENTENCE_MAX];
	int rc;

	if (!b)
		return NULL;
	b->section = section;
	b->file = c->file;
	b->label = label;
	for (size_t i = 0; i < section->n_keys; i++) {
		b->values[i].text = section->keys[i].fallback;
		if (!b->values[i].text)
			continue;
		rc = config_value(&section->keys[i], b->values[i].text, &b->values[i].number, why,
			sizeof(why));
		assert(rc == 0);
		(void)rc;
	}
	return b;
}

static struct config_block *block_add(
	struct config *c, const struct config_section *section, const char *label)
{
	struct config_block **grown;

	if (c->n_blocks == c->room) {
		grown = realloc(c->blocks, (2 * c->room + 8) * sizeof(*grown));
		if (!grown)
			return NULL;
		c->blocks = grown;
		c->room = 2 * c->room + 8;
	}
	c->blocks[c->n_blocks] = block_new(c, section, label);
	return c->blocks[c->n_blocks] ? c->blocks[c->n_blocks++] : NULL;
}

static int compare_blocks(const void *a, const void *b)
{
	const struct config_block *x = *(struct config_block *const *)a;
	const struct config_block *y = *(struct config_block *const *)b;
	int rc = config_order(x->section, x->label, y);

	return rc ? rc : x->line < y->line ? -1 : x->line > y->line;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *trim(char *text)
{
	size_t n;

	while (is_blank(*text))
		text++;
	n = strlen(text);
	while (n > 0 && is_blank(text[n - 1]))
		n--;
	text[n] = '\0';
	return text;
}

static void add_name(char *names, const char *name)
{
	size_t at = strlen(names);

	snprintf(names + at, NAMES_MAX - at, "%s%s", at ? " " : "", name);
}

/* "unknown key; did you mean x?", or the list of all that there are. */
static void unknown(struct reader *r, const char *what, const char *name, const char *names)
{
	char nearest[NEAREST_MAX];

	if (nearest_name(name, names, nearest, sizeof(nearest)))
		mistake(r, "%s %s is unknown; did you mean %s?", what, name, nearest);
	else
		mistake(r, "%s %s is unknown; there are: %s", what, name, names);
}

static const struct config_section *find_section(struct reader *r, const char *name)
{
	const struct config_schema *schema = r->config->schema;
	char names[NAMES_MAX] = "";

	for (size_t i = 0; i < schema->n_sections; i++) {
		if (strcmp(schema->sections[i].name, name) == 0)
			return &schema->sections[i];
		add_name(names, schema->sections[i].name);
	}
	unknown(r, "section", name, names);
	return NULL;
}

static bool label_fits(const char *label)
{
	size_t n =
		strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n < CONFIG_LABEL_MAX && label[n] == '\0';
}

static void read_section(struct reader *r, char *text)
{
	size_t n = strlen(text);
	const struct config_section *section;
	char *name, *label;

	r->block = NULL;
	if (text[n - 1] != ']') {
		mistake(r, "%s has no ] at its end", text);
		return;
	}
	text[n - 1] = '\0';
	name = trim(text + 1);
	n = strcspn(name, " \t");
	label = trim(name + n);
	name[n] = '\0';
	section = find_section(r, name);
	if (!section)
		return;
	if (section->label ? !label_fits(label) : *label != '\0') {
		mistake(r,
			section->label ? "section [%s %s]: the name must be up to 63 letters, "
					 "digits, . _ -"
				       : "section [%s] takes no name, such as %s",
			name, label);
		return;
	}
	if (r->config->n_blocks == CONFIG_BLOCKS_MAX) {
		mistake(r, "more than %d sections", CONFIG_BLOCKS_MAX);
		return;
	}
	r->block = block_add(r->config, section, label);
	if (r->block)
		r->block->line = r->line;
	else
		mistake(r, "no memory");
}

static size_t find_key(struct reader *r, const char *name)
{
	const struct config_section *section = r->block->section;
	char names[NAMES_MAX] = "", what[CONFIG_LABEL_MAX + 64];

	for (size_t i = 0; i < section->n_keys; i++) {
		if (strcmp(section->keys[i].name, name) == 0)
			return i;
		add_name(names, section->keys[i].name);
	}
	snprintf(what, sizeof(what), "[%s] key", section->name);
	unknown(r, what, name, names);
	return section->n_keys;
}

static void read_value(struct reader *r, const char *name, const char *text)
{
	const struct config_section *section = r->block->section;
	size_t i = find_key(r, name);
	struct config_setting *value = &r->block->values[i];
	char why[CONFIG_SENTENCE_MAX] = "is wrong";

	if (i == section->n_keys)
		return;
	if (value->line) {
		mistake(r, "[%s] %s is given already, in line %u", section->name, name,
			value->line);
		return;
	}
	value->line = r->line;
	if (*text == '\0')
		mistake(r, "[%s] %s has no value; remove the line for the default", section->name,
			name);
	else if (config_value(&section->keys[i], text, &value->number, why, sizeof(why)) < 0)
		mistake(r, "[%s] %s = %.100s: %s", section->name, name, text, why);
	else
		value->text = text;
}

static void read_line(struct reader *r, char *line)
{
	char *text = trim(line), *equals;

	if (*text == '\0' || *text == '#' || *text == ';')
		return;
	if (*text == '[') {
		read_section(r, text);
		return;
	}
	equals = strchr(text, '=');
	if (!equals || equals == text) {
		mistake(r, "expected [section], key = value or # comment");
		return;
	}
	if (!r->block) {
		/* After a section that is wrong one complaint is enough. */
		if (r->mistakes == 0)
			mistake(r, "a key must come after its [section]");
		return;
	}
	*equals = '\0';
	read_value(r, trim(text), trim(equals + 1));
}

static void read_lines(struct reader *r, char *text, size_t len)
{
	char *end = text + len, *next;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (; text < end; text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		next = next ? next + 1 : end;
		r->line++;
		if (next - text > CONFIG_LINE_MAX + 1) {
			mistake(r, "a line longer than %d bytes", CONFIG_LINE_MAX);
			continue;
		}
		if (next[-1] == '\n')
			next[-1] = '\0';
		if (memchr(text, '\0', (size_t)(next - text) - (next[-1] == '\0'))) {
			mistake(r, "a byte that is 0: this is not a text");
			return;
		}
		read_line(r, text);
	}
}

/* ---- the whole ---- */

static void check_required(struct reader *r, const struct config_block *b)
{
	for (size_t i = 0; i < b->section->n_keys; i++) {
		if (!b->section->keys[i].required || b->values[i].line)
			continue;
		r->line = b->line;
		mistake(r, "[%s%s%s] has no %s", b->section->name, *b->label ? " " : "", b->label,
			b->section->keys[i].name);
	}
}

/* Sorts; then what is the same is side by side. */
static void check_blocks(struct reader *r)
{
	struct config *c = r->config;
	const struct config_block *b, *last = NULL;

	if (c->n_blocks)
		qsort(c->blocks, c->n_blocks, sizeof(*c->blocks), compare_blocks);
	for (size_t i = 0; i < c->n_blocks; i++, last = b) {
		b = c->blocks[i];
		check_required(r, b);
		if (!last || config_order(b->section, b->label, last) != 0)
			continue;
		r->line = b->line;
		mistake(r, "[%s%s%s] is there already, in line %u", b->section->name,
			*b->label ? " " : "", b->label, last->line);
	}
}

/* Sections that come once are there even if the file does not have them. */
static int add_defaults(struct config *c)
{
	for (size_t i = 0; i < c->schema->n_sections; i++) {
		if (!c->schema->sections[i].label && !config_block(c, i, 0) &&
			!block_add(c, &c->schema->sections[i], ""))
			return -1;
		qsort(c->blocks, c->n_blocks, sizeof(*c->blocks), compare_blocks);
	}
	return 0;
}

static struct config *new_config(
	const struct config_schema *schema, const char *file, const char *text, size_t len)
{
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->schema = schema;
	c->file = strdup(file);
	c->text = malloc(len + 1);
	if (!c->file || !c->text) {
		config_free(c);
		return NULL;
	}
	if (len > 0)
		memcpy(c->text, text, len);
	c->text[len] = '\0';
	return c;
}

unsigned config_read(const struct config_schema *schema, const char *file, const char *text,
	size_t len, config_tell *tell, void *ctx, struct config **ret_config)
{
	struct reader r = {new_config(schema, file, text, len), tell, ctx, 0, 0, NULL};

	if (!r.config) {
		tell(ctx, "no memory for the configuration");
		return 1;
	}
	read_lines(&r, r.config->text, len);
	check_blocks(&r);
	if (r.mistakes == 0 && add_defaults(r.config) < 0)
		mistake(&r, "no memory");
	if (r.mistakes)
		config_free(r.config);
	else
		*ret_config = r.config;
	return r.mistakes;
}

/* Its bytes, for the caller to free, or NULL and errno; EFBIG: over the limit. */
static char *read_all(const char *file, size_t *ret_len)
{
	FILE *f = fopen(file, "re");
	char *bytes = f ? malloc(CONFIG_FILE_MAX + 1) : NULL;
	size_t len = bytes ? fread(bytes, 1, CONFIG_FILE_MAX + 1, f) : 0;
	int error = f && bytes && !ferror(f) ? 0 : errno;

	if (len > CONFIG_FILE_MAX)
		error = EFBIG;
	if (f)
		fclose(f);
	if (error) {
		free(bytes);
		errno = error;
		return NULL;
	}
	*ret_len = len;
	return bytes;
}

unsigned config_load(const struct config_schema *schema, const char *file, config_tell *tell,
	void *ctx, struct config **ret_config)
{
	char sentence[CONFIG_SENTENCE_MAX], *text;
	unsigned mistakes;
	size_t len;

	if (!file)
		return config_read(schema, "defaults", "", 0, tell, ctx, ret_config);
	text = read_all(file, &len);
	if (!text) {
		snprintf(sentence, sizeof(sentence), "%s: cannot be read: %s", file,
			errno == EFBIG ? "longer than 4 MiB" : strerror(errno));
		tell(ctx, sentence);
		return 1;
	}
	mistakes = config_read(schema, file, text, len, tell, ctx, ret_config);
	free(text);
	return mistakes;
}
