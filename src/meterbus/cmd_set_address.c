/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus_write.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>

#include <stdio.h>

static const struct option_row options[] = {
	BUS_WRITE_OPTIONS,
	BUS_FORCE_OPTION,
	BUS_OPTIONS,
	{0},
};

static void undo(const struct bus_order *order, const char *url, const char *address,
	char ret_text[BUS_UNDO_MAX])
{
	bool secondary = order->address.type == MB_ADDRESS_SECONDARY;
	char now[8];

	if (!order->has_before || order->before.primary > MB_A_MAX)
		return; /* where it was is not known */
	snprintf(now, sizeof(now), "%u", order->request.primary);
	snprintf(ret_text, BUS_UNDO_MAX, "meterbus set-address '%s' %s %u", url,
		secondary ? address : now, order->before.primary);
}

static int run(const struct args *args)
{
	struct bus_order order = {
		.verb = "set-address",
		.request = {.op = MB_OP_SET_PRIMARY},
		.identify = true,
		.undo = undo,
	};
	struct mb_address wanted;

	if (mb_address_parse(args->operands[2], &wanted) < 0 || wanted.type != MB_ADDRESS_PRIMARY ||
		wanted.primary > MB_A_MAX) {
		talk_error("%s: a primary address is 0..250 (0: none)", args->operands[2]);
		return EXIT_USAGE;
	}
	order.request.primary = wanted.primary;
	order.request.options = bus_write_options(args);
	snprintf(order.what, sizeof(order.what), "set the primary address to %u", wanted.primary);
	snprintf(order.done, sizeof(order.done), "the primary address is %u", wanted.primary);
	return bus_write(&order, args, 1);
}

const struct verb verb_set_address = {
	.name = "set-address",
	.operands = "URL ADDRESS NEW",
	.help = "give a meter another primary address",
	.details = "The meter is read first and shown. NEW is refused when another meter answers "
		   "there, and so is\n"
		   "254 when several meters answer. It is read back at NEW.\n",
	.examples = "meterbus set-address --dry-run /dev/ttyUSB0 0 5\n"
		    "meterbus set-address /dev/ttyUSB0 12345678 5\n",
	.options = options,
	.operands_min = 3,
	.operands_max = 3,
	.run = run,
};
