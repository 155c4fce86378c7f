/* SPDX-License-Identifier: MIT */
#include "meterbus/scan_options.h"

#include "meterbus/args.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/address.h>
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include <stdlib.h>
#include <string.h>

#define LIST_TEXT_MAX 256
#define PPM_MAX 500000

/* Calls take() for each word between commas. EXIT_OK, or what take() said. */
static int each_word(const char *list, void *ctx, int (*take)(void *ctx, const char *word))
{
	char text[LIST_TEXT_MAX];
	int rc = EXIT_OK;
	char *rest;

	if (strlen(list) >= sizeof(text)) {
		talk_error("%.40s...: this list is too long", list);
		return EXIT_USAGE;
	}
	strcpy(text, list);
	for (char *word = strtok_r(text, ",", &rest); word && rc == EXIT_OK;
		word = strtok_r(NULL, ",", &rest))
		rc = take(ctx, word);
	return rc;
}

static int take_baud(void *ctx, const char *word)
{
	struct mb_search_config *c = ctx;
	char *end;
	unsigned long baud = strtoul(word, &end, 10);

	if (*end || mb_baud_ci((uint32_t)baud) < 0) {
		talk_error("--baud %s: a speed of meters is 300, 600, 1200, 2400, 4800, 9600, "
			   "19200 or 38400",
			word);
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < c->n_bauds; i++)
		if (c->bauds[i] == baud)
			return EXIT_OK;
	c->bauds[c->n_bauds++] = (uint32_t)baud; /* there are only eight */
	return EXIT_OK;
}

static int take_maker(void *ctx, const char *word)
{
	struct mb_search_config *c = ctx;
	int maker = mb_manufacturer_word(word);

	if (maker < 0) {
		talk_error("--makers %s: a maker is three letters: KAM", word);
		return EXIT_USAGE;
	}
	if (c->n_makers == MB_SEARCH_MAKERS_MAX) {
		talk_error("--makers: at most %d", MB_SEARCH_MAKERS_MAX);
		return EXIT_USAGE;
	}
	c->makers[c->n_makers++] = (uint16_t)maker;
	return EXIT_OK;
}

static int read_range(struct mb_search_config *c, const char *text)
{
	char *end;
	unsigned long first = strtoul(text, &end, 10), last = first;

	if (end != text && *end == '-') {
		text = end + 1;
		last = strtoul(text, &end, 10);
	}
	if (end == text || *end || first > last || last > MB_A_MAX) {
		talk_error("--range: FIRST-LAST within 0-%d: 1-50", MB_A_MAX);
		return EXIT_USAGE;
	}
	if (last == 0) {
		talk_error("--range: address 0 alone is asked by: meterbus ping URL 0");
		return EXIT_USAGE;
	}
	c->first = (uint8_t)first;
	c->last = (uint8_t)last;
	return EXIT_OK;
}

static int read_mask(struct mb_search_config *c, const char *text)
{
	struct mb_address address;

	if (mb_address_parse(text, &address) < 0 || address.type != MB_ADDRESS_SECONDARY ||
		address.has_fabrication) {
		talk_error("--mask %s: 8 digits, or 16, F for any digit: 1234FFFF", text);
		return EXIT_USAGE;
	}
	c->has_scope = true;
	c->scope = address.secondary;
	return EXIT_OK;
}

static void read_depth(struct mb_search_config *c, const char *text)
{
	for (unsigned depth = 0; depth < MB_SEARCH_DEPTH_COUNT; depth++)
		if (strcmp(mb_search_depth_name(depth), text) == 0)
			c->depth = (uint8_t)depth;
	c->depth_limited = true;
}

/* Options that belong to one of the two searches only. */
static int check_kind(const struct args *args, bool primary)
{
	static const char *const of_primary[] = {"range", "ask-silent"};
	static const char *const of_secondary[] = {
		"mask", "makers", "hex", "order", "depth", "verify", "miss"};

	if (primary && args_has(args, "secondary")) {
		talk_error("scan: --primary or --secondary, one at a time");
		return EXIT_USAGE;
	}
	for (size_t i = 0; !primary && i < sizeof(of_primary) / sizeof(*of_primary); i++)
		if (args_has(args, of_primary[i])) {
			talk_error("--%s goes with --primary", of_primary[i]);
			return EXIT_USAGE;
		}
	for (size_t i = 0; primary && i < sizeof(of_secondary) / sizeof(*of_secondary); i++)
		if (args_has(args, of_secondary[i])) {
			talk_error("--%s is for the search by secondary address", of_secondary[i]);
			return EXIT_USAGE;
		}
	return EXIT_OK;
}

static int read_numbers(struct mb_search_config *c, const struct args *args)
{
	uint64_t miss = 0, selections = 0, seconds = 0;

	if (args_number(args, "miss", 1, PPM_MAX, &miss) != EXIT_OK ||
		args_number(args, "max-selections", 1, UINT32_MAX, &selections) != EXIT_OK ||
		args_number(args, "max-time", 1, UINT32_MAX, &seconds) != EXIT_OK)
		return EXIT_USAGE;
	c->miss_ppm = (uint32_t)miss;
	c->max_selections = (uint32_t)selections;
	c->max_us = seconds * 1000000;
	return EXIT_OK;
}

int scan_options_read(struct scan_options *ret_options, const struct args *args)
{
	struct scan_options o = {
		.resume = args_value(args, "resume"),
		.save = args_value(args, "save"),
	};
	struct mb_search_config *c = &o.config;
	const char *bauds = args_value(args, "baud"), *makers = args_value(args, "makers");
	const char *range = args_value(args, "range"), *mask = args_value(args, "mask");
	const char *order = args_value(args, "order");
	int rc = check_kind(args, args_has(args, "primary"));

	c->kind = args_has(args, "primary") ? MB_SEARCH_PRIMARY : MB_SEARCH_SECONDARY;
	c->hex = args_has(args, "hex");
	c->verify = args_has(args, "verify");
	c->ask_silent = args_has(args, "ask-silent");
	c->most_significant = order && strcmp(order, "msd") == 0;
	if (args_value(args, "depth"))
		read_depth(c, args_value(args, "depth"));
	if (rc == EXIT_OK)
		rc = read_numbers(c, args);
	if (rc == EXIT_OK && bauds)
		rc = each_word(bauds, c, take_baud);
	if (rc == EXIT_OK && makers)
		rc = each_word(makers, c, take_maker);
	if (rc == EXIT_OK && range)
		rc = read_range(c, range);
	if (rc == EXIT_OK && mask)
		rc = read_mask(c, mask);
	if (rc == EXIT_OK)
		*ret_options = o;
	return rc;
}
