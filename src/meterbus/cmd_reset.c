/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus_list.h"
#include "meterbus/bus_write.h"
#include "meterbus/verbs.h"

static const struct option_row options[] = {
	BUS_WRITE_OPTIONS,
	BUS_FORCE_OPTION,
	BUS_OPTIONS,
	{0},
};

static int run(const struct args *args)
{
	struct bus_order order = {
		.verb = "reset",
		.request = {.op = MB_OP_RESET},
		.what = "reset the application layer",
		.done = "application layer reset",
	};

	order.request.options = bus_write_options(args);
	return bus_write(&order, args, args->operand_count - 1);
}

const struct verb verb_reset = {
	.name = "reset",
	.operands = "URL ADDRESS...",
	.help = "reset the application layer of meters (CI 50)",
	.details = "The next read gives the default telegram again: undoes select-app, a selection "
		   "of values, and\n"
		   "ends an answer of many telegrams. Readings and settings stay.\n",
	.examples = "meterbus reset /dev/ttyUSB0 5\n"
		    "meterbus reset --dry-run /dev/ttyUSB0 12345678\n",
	.options = options,
	.operands_min = 2,
	.operands_max = BUS_LIST_MAX,
	.run = run,
};
