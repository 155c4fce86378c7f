/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus.h"
#include "meterbus/bus_ask.h"
#include "meterbus/bus_complain.h"
#include "meterbus/bus_json.h"
#include "meterbus/bus_list.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>

#include <stdio.h>

static const struct option_row options[] = {
	BUS_OPTIONS,
	{0},
};

static void tell_json(const struct bus_ask *ask, const char *where, int result)
{
	static struct bus_json j;

	bus_json_begin(&j, "result");
	bus_json_text(&j, "verb", "ping");
	bus_json_text(&j, "address", where);
	bus_json_bool(&j, "ok", result >= 0);
	if (result >= 0) {
		bus_json_number(&j, "answer_us", ask->done.fastest_us);
		bus_json_number(&j, "baud", ask->done.baud);
	}
	bus_json_error(&j, ask, result);
	bus_json_end(&j);
}

static int ping(struct bus_ask *ask, const struct bus_meter *meter)
{
	struct mb_request request = {
		.op = MB_OP_PING,
		.address = meter->address,
		.options = MB_OPTION_DESELECT | MB_OPTION_WHOLE_WINDOW,
	};
	int rc;

	ask->where = meter->text;
	if (meter->address.type == MB_ADDRESS_PRIMARY && meter->address.primary <= MB_A_MAX)
		request.options = 0; /* one meter: its answer is the end */
	rc = bus_ask(ask, &request, NULL, NULL);
	if (ask->bus->json)
		tell_json(ask, meter->text, rc);
	else if (rc >= 0)
		printf("%s: answers after %.1f ms%s\n", meter->text, ask->done.fastest_us / 1e3,
			bus_calls_many(&meter->address) ? " (one meter or several)" : "");
	fflush(stdout);
	bus_complain(ask, rc);
	return rc;
}

static int ping_all(struct bus_ask *ask, const struct bus_list *list)
{
	int code = EXIT_OK;

	for (size_t i = 0; i < list->count; i++) {
		int rc = ping(ask, &list->meters[i]);

		if (rc == MB_E_CANCELLED || rc == MB_E_STREAM)
			return exit_of_error(rc);
		code = i ? exit_merge(code, exit_of_error(rc)) : exit_of_error(rc);
	}
	return code;
}

static int check(const struct bus_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->meters[i].address.type == MB_ADDRESS_PRIMARY &&
			list->meters[i].address.primary == MB_A_BROADCAST) {
			talk_error("%s: nobody answers at 255; 254 is answered by every meter",
				list->meters[i].text);
			return EXIT_USAGE;
		}
	return EXIT_OK;
}

static int run(const struct args *args)
{
	static struct bus_ask ask;
	static struct bus b;
	struct bus_list list = {0};
	int rc = bus_list_words(&list, args->operands + 1, args->operand_count - 1);

	if (rc == EXIT_OK)
		rc = check(&list);
	if (rc == EXIT_OK)
		rc = bus_open(&b, args, args->operands[0]);
	if (rc == EXIT_OK) {
		bus_ask_init(&ask, &b, NULL);
		rc = ping_all(&ask, &list);
	}
	bus_close(&b);
	bus_list_done(&list);
	return rc;
}

const struct verb verb_ping = {
	.name = "ping",
	.operands = "URL ADDRESS...",
	.help = "see whether meters answer",
	.details = "SND_NKE to a primary address; a selection for a secondary one. 254 is answered "
		   "by every\n"
		   "meter, which is only clear when there is one.\n",
	.examples = "meterbus ping /dev/ttyUSB0 5\n"
		    "meterbus ping tcp://192.168.1.20:10001 1 2 3 12345678\n",
	.options = options,
	.operands_min = 2,
	.operands_max = BUS_LIST_MAX,
	.run = run,
};
