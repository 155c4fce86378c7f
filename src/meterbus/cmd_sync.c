/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus_list.h"
#include "meterbus/bus_write.h"
#include "meterbus/verbs.h"

#define CI_SYNC_D48 0x54

static const struct option_row options[] = {
	{"old", 0, ARG_TEXT, NULL, "CI 54 of the first edition instead of 5C", NULL},
	BUS_WRITE_OPTIONS,
	BUS_OPTIONS,
	{0},
};

static int run(const struct args *args)
{
	struct bus_order order = {
		.verb = "sync",
		.request = {.op = MB_OP_SYNC},
		.what = "synchronize (what that does is up to the meter: round its clock, freeze "
			"values)",
		.done = "synchronized",
	};

	if (args_has(args, "old"))
		order.request.ci = CI_SYNC_D48;
	return bus_write(&order, args, args->operand_count - 1);
}

const struct verb verb_sync = {
	.name = "sync",
	.operands = "URL ADDRESS...",
	.help = "send the synchronize action (CI 5C)",
	.details = "255 is all meters at once; none of them answers.\n",
	.examples = "meterbus sync /dev/ttyUSB0 255\n"
		    "meterbus sync --old --yes /dev/ttyUSB0 5\n",
	.options = options,
	.operands_min = 2,
	.operands_max = BUS_LIST_MAX,
	.run = run,
};
