/* SPDX-License-Identifier: MIT */
/*
 * What all verbs that write to meters have in common: --dry-run, the question, who the meter is, the
 * verdict and the way back.
 */
#ifndef METERBUS_TOOL_BUS_WRITE_H
#define METERBUS_TOOL_BUS_WRITE_H

#include "meterbus/args.h"
#include "meterbus/bus.h"
#include "meterbus/bus_ask.h"
#include "meterbus/bus_json.h"

#include <meterbus/master.h>

#include <stdbool.h>

#define BUS_WRITE_TEXT_MAX 160
#define BUS_UNDO_MAX 512

/* Rows of every verb that writes. */
/* clang-format off */
#define BUS_WRITE_OPTIONS \
	{"dry-run", 'n', ARG_TEXT, NULL, "print the frames and touch nothing", NULL}, \
	{"yes", 'y', ARG_TEXT, NULL, "do not ask", NULL}
#define BUS_FORCE_OPTION \
	{"force", 0, ARG_TEXT, NULL, "write to 255 or several meters, or take an address in use", NULL}
/* clang-format on */

struct bus_order;

/* Called with the URL and the address as they were written. */
typedef void bus_order_undo(const struct bus_order *order, const char *url, const char *address,
	char ret_text[BUS_UNDO_MAX]);

/* Fill in the first part; zero the rest. */
struct bus_order {
	const char *verb;
	struct mb_request request; /* all but the address */
	char what[BUS_WRITE_TEXT_MAX]; /* "set the primary address to 8" */
	char done[BUS_WRITE_TEXT_MAX]; /* "the primary address is 8" */
	bool identify; /* read the meter first and say who it is */
	void (*late)(struct bus_order *order); /* fills in what must be fresh; may be NULL */
	bus_order_undo *undo; /* may be NULL */
	bus_event *event; /* may be NULL */
	void *ctx;

	/* what was found out about the meter, for undo */
	struct bus bus;
	struct bus_ask ask;
	struct mb_address address;
	bool has_before; /* it was read before */
	struct mb_master_done before;
};

/* MB_OPTION_* by --force. */
uint8_t bus_write_options(const struct args *args);
/* All of it; operands 1 .. n_addresses are the addresses (none for MB_OP_RAW). An exit code. */
int bus_write(struct bus_order *order, const struct args *args, unsigned n_addresses);

#endif
