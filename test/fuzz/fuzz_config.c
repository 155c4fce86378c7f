/* SPDX-License-Identifier: MIT */
/* Any file gives a configuration without a complaint, or complaints that are sentences. */
#include "base/config.h"

#include <string.h>

#include "fuzz.h"

static const struct config_key keys[] = {
	{.name = "on", .type = CONFIG_BOOL, .fallback = "no", .help = "."},
	{.name = "n", .type = CONFIG_NUMBER, .min = 3, .max = 9, .help = "."},
	{.name = "t", .type = CONFIG_DURATION, .min = 3, .max = 9000, .help = "."},
	{.name = "s", .type = CONFIG_SIZE, .help = "."},
	{.name = "c", .type = CONFIG_CHOICE, .choices = "one two", .help = "."},
	{.name = "text", .type = CONFIG_TEXT, .help = "."},
	{.name = "path", .type = CONFIG_PATH, .help = "."},
};
static const struct config_section sections[] = {
	{"a", NULL, keys, 7, "."},
	{"b", "NAME", keys, 7, "."},
};
static const struct config_schema schema = {sections, 2};

static void tell(void *ctx, const char *sentence)
{
	unsigned *told = ctx;

	++*told;
	CHECK(strlen(sentence) < CONFIG_SENTENCE_MAX);
	CHECK(strncmp(sentence, "F:", 2) == 0);
}

static void check_block(const struct config_block *b)
{
	CHECK(strlen(config_label(b)) < CONFIG_LABEL_MAX);
	CHECK(config_line(b, 1) == 0 || (config_number(b, 1) >= 3 && config_number(b, 1) <= 9));
	CHECK(config_line(b, 2) == 0 || (config_number(b, 2) >= 3 && config_number(b, 2) <= 9000));
	CHECK(config_number(b, 3) >= 0);
	CHECK(config_number(b, 4) >= 0 && config_number(b, 4) < 2);
	CHECK(!config_text(b, 6) || config_text(b, 6)[0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *c = NULL;
	unsigned told = 0;

	CHECK(config_read(&schema, "F", (const char *)data, size, tell, &told, &c) == told);
	CHECK((c != NULL) == (told == 0));
	if (!c)
		return 0;
	CHECK(config_count(c, 0) == 1);
	check_block(config_block(c, 0, 0));
	for (size_t i = 0; i < config_count(c, 1); i++) {
		check_block(config_block(c, 1, i));
		CHECK(config_find(c, 1, config_label(config_block(c, 1, i))) ==
			config_block(c, 1, i));
	}
	config_free(c);
	return 0;
}
