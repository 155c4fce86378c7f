/* SPDX-License-Identifier: MIT */
/*
 * Configuration files: sections of `key = value`, one a line, checked against a table that also makes
 * their documentation. Comments are whole lines that begin with # or ;. Everything that is wrong is
 * told at once, with file, line and what is allowed.
 *
 *	[store]
 *	max_size = 4G
 *
 *	[bus heat]
 *	url = tcp://10.0.0.7:10001
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_FILE_MAX (4u << 20) /* bytes */
#define CONFIG_LINE_MAX 4096 /* bytes, without the end of line */
#define CONFIG_LABEL_MAX 64 /* of [bus LABEL], with its NUL: letters, digits, . _ - */
#define CONFIG_BLOCKS_MAX 100000 /* sections in a file */
#define CONFIG_SENTENCE_MAX 512

enum config_type {
	CONFIG_BOOL, /* yes no true false on off 1 0 */
	CONFIG_NUMBER, /* decimal */
	CONFIG_DURATION, /* ms: 500ms 30s 5min 2h 7d; 0 needs no unit */
	CONFIG_SIZE, /* bytes: 65536 64K 512M 4G 1T */
	CONFIG_CHOICE, /* the number is the place in `choices` */
	CONFIG_TEXT,
	CONFIG_PATH, /* absolute */
};

/* False: ret_why ends a sentence, "must be HOST:PORT". */
typedef bool config_check(const char *value, char *ret_why, size_t max);

struct config_key {
	const char *name;
	enum config_type type;
	bool reload; /* a running daemon can take a new value */
	bool required; /* in every section of this kind */
	const char *fallback; /* as in a file; NULL: unset */
	int64_t min, max; /* of numbers, durations, sizes; 0 and 0: any that is not negative */
	const char *choices; /* separated by spaces */
	config_check *check; /* of texts; may be NULL */
	const char *help;
};

struct config_section {
	const char *name;
	const char *label; /* "NAME": [bus NAME] may come any number of times; NULL: once */
	const struct config_key *keys;
	size_t n_keys;
	const char *help;
};

struct config_schema {
	const struct config_section *sections;
	size_t n_sections;
};

struct config;
struct config_block;

/* One sentence, without end of line: "/etc/meterbus.conf:3: ...". */
typedef void config_tell(void *ctx, const char *sentence);

/*
 * Reads a file; NULL: nothing but the defaults. Returns how many mistakes were told; 0: *ret_config is
 * the caller's. Schema and its texts outlive the configuration.
 */
unsigned config_load(const struct config_schema *schema, const char *file, config_tell *tell,
	void *ctx, struct config **ret_config);
/* The same of text in memory, which `file` is the name of. */
unsigned config_read(const struct config_schema *schema, const char *file, const char *text,
	size_t len, config_tell *tell, void *ctx, struct config **ret_config);
void config_free(struct config *c); /* NULL is fine */

/*
 * The i-th section of a kind (its place in the schema), by label; NULL: no more of them. One without
 * labels is always there, once. By label: config_find().
 */
const struct config_block *config_block(const struct config *c, size_t section, size_t i);
size_t config_count(const struct config *c, size_t section);
const struct config_block *config_find(const struct config *c, size_t section, const char *label);

/* Of a block, by the place of the key in its section's table. */
const char *config_label(const struct config_block *b); /* "" when it has none */
const char *config_text(const struct config_block *b, size_t key); /* NULL: unset */
int64_t config_number(const struct config_block *b, size_t key); /* 0 when unset */
unsigned config_line(const struct config_block *b, size_t key); /* 0: not in the file */
/* "/etc/meterbus.conf:3: [bus heat] url", to begin a sentence about it. */
void config_where(const struct config_block *b, size_t key, char *ret_text, size_t max);

struct config_change {
	const struct config_section *section;
	const char *label;
	const struct config_key *key; /* NULL: the section as a whole */
	const struct config_block *before, *after; /* NULL: it was not there, is no more */
};
/* Tells what differs, in the order of the schema. Both are of the same schema. */
void config_compare(const struct config *before, const struct config *after,
	void (*changed)(void *ctx, const struct config_change *change), void *ctx);

/* ---- the table as text ---- */

/* A file with everything in it, commented out. */
void config_print_sample(const struct config_schema *schema, FILE *f);
/* The same as a part of a man page. */
void config_print_mdoc(const struct config_schema *schema, FILE *f);

/* ---- single values ---- */

/* 0 or -1; then ret_why ends a sentence. */
int config_value(const struct config_key *key, const char *text, int64_t *ret_number, char *ret_why,
	size_t max);
/* "a number from 1 to 10", "one of: a b c". */
void config_allowed(const struct config_key *key, char *ret_text, size_t max);

#endif
