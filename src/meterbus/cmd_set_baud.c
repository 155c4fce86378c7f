/* SPDX-License-Identifier: MIT */
#include "base/url.h"
#include "meterbus/args.h"
#include "meterbus/bus_write.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/encode.h>
#include <meterbus/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row options[] = {
	BUS_WRITE_OPTIONS,
	BUS_FORCE_OPTION,
	BUS_OPTIONS,
	{0},
};

/* The same URL at the new speed. */
static void url_at(const char *url, uint32_t baud, char *ret_url, size_t max)
{
	const char *query = strchr(url, '?');
	const char *old = query ? strstr(query, "baud=") : NULL;

	if (old)
		snprintf(ret_url, max, "%.*sbaud=%u%s", (int)(old - url), url, (unsigned)baud,
			old + 5 + strspn(old + 5, "0123456789"));
	else
		snprintf(ret_url, max, "%s%cbaud=%u", url, query ? '&' : '?', (unsigned)baud);
}

static void undo(const struct bus_order *order, const char *url, const char *address,
	char ret_text[BUS_UNDO_MAX])
{
	char at[BUS_UNDO_MAX / 2];

	url_at(url, order->request.new_baud, at, sizeof(at));
	snprintf(ret_text, BUS_UNDO_MAX, "meterbus set-baud '%s' %s %u", at, address,
		(unsigned)order->bus.path.line.baud);
}

/* A meter that goes where its port does not follow is lost. */
static int check_port(const struct args *args)
{
	struct stream_url url;
	char why[512];

	if (args_has(args, "force") || args_has(args, "dry-run") ||
		stream_url_parse(args->operands[0], &url, why, sizeof(why)) < 0 ||
		(url.kind != STREAM_TCP && url.kind != STREAM_UDP))
		return EXIT_OK;
	talk_error(
		"%s: the speed of the port behind it cannot be switched from here, so the meter "
		"would "
		"be lost; use rfc2217:// if the gateway has it, or --force if it follows by itself",
		args->operands[0]);
	return EXIT_USAGE;
}

static int run(const struct args *args)
{
	struct bus_order order = {
		.verb = "set-baud",
		.request = {.op = MB_OP_SET_BAUD},
		.undo = undo,
	};
	const char *text = args->operands[2];
	char *end;
	unsigned long baud = strtoul(text, &end, 10);

	if (*end || baud > UINT32_MAX || mb_baud_ci((uint32_t)baud) < 0) {
		talk_error("%s: a speed is 300, 600, 1200, 2400, 4800, 9600, 19200 or 38400", text);
		return EXIT_USAGE;
	}
	if (check_port(args) != EXIT_OK)
		return EXIT_USAGE;
	order.request.new_baud = (uint32_t)baud;
	order.request.options = bus_write_options(args);
	snprintf(order.what, sizeof(order.what), "switch to %lu baud", baud);
	snprintf(order.done, sizeof(order.done), "talks at %lu baud", baud);
	return bus_write(&order, args, 1);
}

const struct verb verb_set_baud = {
	.name = "set-baud",
	.operands = "URL ADDRESS BAUD",
	.help = "switch the speed of a meter",
	.details = "The meter is called at the new speed, and at the old one when it is silent "
		   "there. One that\n"
		   "answers at neither is called back for ten minutes; ^C ends that.\n",
	.examples = "meterbus set-baud --dry-run /dev/ttyUSB0 5 9600\n"
		    "meterbus set-baud '/dev/ttyUSB0?baud=300' 5 2400\n",
	.options = options,
	.operands_min = 3,
	.operands_max = 3,
	.run = run,
};
