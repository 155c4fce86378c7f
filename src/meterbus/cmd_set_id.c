/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus_write.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

static const struct option_row options[] = {
	BUS_WRITE_OPTIONS,
	BUS_FORCE_OPTION,
	BUS_OPTIONS,
	{0},
};

static bool is_whole(const struct mb_secondary *s)
{
	return s->manufacturer != MB_MANUFACTURER_ANY && s->version != MB_VERSION_ANY &&
	       s->medium != MB_MEDIUM_ANY;
}

static bool has_letters(uint32_t id)
{
	for (unsigned shift = 0; shift < 32; shift += 4)
		if ((id >> shift & 0xF) > 9)
			return true;
	return false;
}

/* Eight digits change the identification, all sixteen the maker, version and medium too. */
static int parse(const char *text, struct mb_request *request)
{
	struct mb_address wanted;
	bool digits_only = strlen(text) == 8;

	if (mb_address_parse(text, &wanted) < 0 || wanted.type != MB_ADDRESS_SECONDARY ||
		wanted.has_fabrication || has_letters(wanted.secondary.id) ||
		!(digits_only || is_whole(&wanted.secondary))) {
		talk_error("%s: an identification is 8 decimal digits; all 16 digits of an address "
			   "change maker, version and medium too",
			text);
		return EXIT_USAGE;
	}
	request->op = digits_only ? MB_OP_SET_ID : MB_OP_SET_SECONDARY;
	if (digits_only)
		request->id = wanted.secondary.id;
	else
		request->secondary = wanted.secondary;
	return EXIT_OK;
}

static void undo(const struct bus_order *order, const char *url, const char *address,
	char ret_text[BUS_UNDO_MAX])
{
	bool primary = order->address.type == MB_ADDRESS_PRIMARY;
	const struct mb_request *request = &order->request;
	char now[MB_ADDRESS_TEXT_MAX], before[MB_ADDRESS_TEXT_MAX];

	if (!order->has_before || !order->before.has_identity)
		return;
	if (request->op == MB_OP_SET_ID) {
		snprintf(now, sizeof(now), "%08X", (unsigned)request->id);
		snprintf(before, sizeof(before), "%08X", (unsigned)order->before.identity.id);
	} else if (mb_secondary_format(&request->secondary, now, sizeof(now)) < 0 ||
		   mb_secondary_format(&order->before.identity, before, sizeof(before)) < 0) {
		return;
	}
	snprintf(ret_text, BUS_UNDO_MAX, "meterbus set-id '%s' %s %s", url, primary ? address : now,
		before);
}

static int run(const struct args *args)
{
	struct bus_order order = {
		.verb = "set-id",
		.identify = true,
		.undo = undo,
	};
	const char *wanted = args->operands[2];

	if (parse(wanted, &order.request) != EXIT_OK)
		return EXIT_USAGE;
	order.request.options = bus_write_options(args);
	snprintf(order.what, sizeof(order.what), "set the identification to %.32s", wanted);
	snprintf(order.done, sizeof(order.done), "the identification is %.32s", wanted);
	return bus_write(&order, args, 1);
}

const struct verb verb_set_id = {
	.name = "set-id",
	.operands = "URL ADDRESS NEW",
	.help = "give a meter another identification",
	.details = "NEW is 8 digits, or all 16 of a secondary address, which change maker, version "
		   "and medium\n"
		   "too. The meter is read first and shown; NEW is refused when a meter answers to "
		   "it.\n",
	.examples = "meterbus set-id --dry-run /dev/ttyUSB0 5 12345678\n"
		    "meterbus set-id /dev/ttyUSB0 00000000 12345678\n",
	.options = options,
	.operands_min = 3,
	.operands_max = 3,
	.run = run,
};
