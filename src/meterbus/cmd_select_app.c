/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus_write.h"
#include "meterbus/exit.h"
#include "base/hex.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/names.h>

#include <stdio.h>
#include <string.h>

#define SETS 16 /* high nibbles */
#define NAME_MAX_LEN 32
#define RESERVED "reserved"

static const struct option_row options[] = {
	BUS_WRITE_OPTIONS,
	BUS_FORCE_OPTION,
	BUS_OPTIONS,
	{0},
};

/* "instantaneous values" as "instantaneous-values" */
static void word_of(unsigned set, char ret_word[NAME_MAX_LEN])
{
	snprintf(ret_word, NAME_MAX_LEN, "%s", mb_application_text((uint8_t)(set << 4)));
	for (char *c = ret_word; *c; c++)
		if (*c == ' ')
			*c = '-';
}

static int bad(const char *text)
{
	char word[NAME_MAX_LEN];
	char names[SETS * NAME_MAX_LEN] = "";

	for (unsigned set = 0; set < SETS; set++) {
		word_of(set, word);
		if (strcmp(word, RESERVED) == 0)
			continue;
		strcat(names, " ");
		strcat(names, word);
	}
	talk_error("%s: no subcode; hex (10, or several: F020) or one of:%s", text, names);
	return EXIT_USAGE;
}

static int parse(const char *text, uint8_t ret_subcodes[MB_SUBCODES_MAX], int *ret_count)
{
	char word[NAME_MAX_LEN];
	int n;

	for (unsigned set = 0; set < SETS; set++) {
		word_of(set, word);
		if (strcmp(word, RESERVED) != 0 && strcmp(word, text) == 0) {
			ret_subcodes[0] = (uint8_t)(set << 4);
			*ret_count = 1;
			return EXIT_OK;
		}
	}
	n = hex_bytes(text, strlen(text), ret_subcodes, MB_SUBCODES_MAX);
	if (n <= 0)
		return bad(text);
	*ret_count = n;
	return EXIT_OK;
}

static void undo(const struct bus_order *order, const char *url, const char *address,
	char ret_text[BUS_UNDO_MAX])
{
	(void)order;
	snprintf(ret_text, BUS_UNDO_MAX, "meterbus reset '%s' %s", url, address);
}

static int run(const struct args *args)
{
	static uint8_t subcodes[MB_SUBCODES_MAX];
	struct bus_order order = {
		.verb = "select-app",
		.request = {.op = MB_OP_RESET, .payload = subcodes},
		.undo = undo,
	};
	int n = 0;

	if (parse(args->operands[2], subcodes, &n) != EXIT_OK)
		return EXIT_USAGE;
	order.request.payload_len = (uint16_t)n;
	order.request.options = bus_write_options(args);
	snprintf(order.what, sizeof(order.what), "select application %02X (%s)", subcodes[0],
		mb_application_text(subcodes[0]));
	snprintf(order.done, sizeof(order.done), "application %02X (%s) selected", subcodes[0],
		mb_application_text(subcodes[0]));
	return bus_write(&order, args, 1);
}

const struct verb verb_select_app = {
	.name = "select-app",
	.operands = "URL ADDRESS SUBCODE",
	.help = "select what a meter answers with (CI 50 with a subcode)",
	.details = "SUBCODE is a name (instantaneous-values, user-data ...) or hex: high digit the "
		   "set of data, low\n"
		   "digit the block of it. Meters with one telegram acknowledge and ignore it.\n",
	.examples = "meterbus select-app /dev/ttyUSB0 5 instantaneous-values\n"
		    "meterbus select-app /dev/ttyUSB0 12345678 51\n",
	.options = options,
	.operands_min = 3,
	.operands_max = 3,
	.run = run,
};
