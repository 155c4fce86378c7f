/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_write.h"

#include "meterbus/bus_complain.h"
#include "meterbus/bus_list.h"
#include "meterbus/bus_paper.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/error.h>
#include <meterbus/frame.h>
#include <meterbus/names.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUESTION_MAX (BUS_WRITE_TEXT_MAX + 64)
#define METER_TEXT_MAX 160
#define VERDICT_MAX (BUS_WRITE_TEXT_MAX + 80)
#define FRAME_COLUMN 54 /* where purposes stand */

/* --- words ------------------------------------------------------------------------------------- */

/* "63120417 KAM (Kamstrup) version 8, heat" */
static const char *meter_text(const struct mb_secondary *meter, char buf[METER_TEXT_MAX])
{
	const char *maker = mb_manufacturer_name(meter->manufacturer);
	char letters[5];

	mb_manufacturer_letters(meter->manufacturer, letters);
	snprintf(buf, METER_TEXT_MAX, "%08X %s%s%.40s%s version %u, %.60s", (unsigned)meter->id,
		letters, maker ? " (" : "", maker ? maker : "", maker ? ")" : "", meter->version,
		mb_medium_text(meter->medium));
	return buf;
}

static const char *const verified_names[] = {
	[MB_VERIFIED_NO_CHECK] = "unchecked",
	[MB_VERIFIED_YES] = "yes",
	[MB_VERIFIED_DIFFERS] = "no",
	[MB_VERIFIED_UNKNOWN] = "unknown",
};

static bool to_all(const struct bus_order *o)
{
	return o->request.op != MB_OP_RAW && o->address.type == MB_ADDRESS_PRIMARY &&
	       o->address.primary == MB_A_BROADCAST;
}

static void put_verdict(const struct bus_order *o, char *ret_text, size_t max)
{
	uint8_t verified = o->ask.done.verified;

	if (to_all(o))
		snprintf(ret_text, max, "sent; nobody answers at 255, so nothing is known");
	else if (verified == MB_VERIFIED_YES)
		snprintf(ret_text, max, "verified: %s", o->done);
	else if (verified == MB_VERIFIED_UNKNOWN)
		snprintf(
			ret_text, max, "acknowledged, but the meter does not show it: %s", o->done);
	else if (o->request.op == MB_OP_RAW)
		snprintf(ret_text, max, "%s", o->done);
	else
		snprintf(ret_text, max, "acknowledged: %s", o->done);
}

/* --- dry run ----------------------------------------------------------------------------------- */

struct paper_line {
	const struct bus_order *order;
	const char *where;
	uint32_t baud; /* of the frame before */
};

static void show_frame(
	void *ctx, const uint8_t *frame, size_t len, uint32_t baud, const char *purpose)
{
	struct paper_line *line = ctx;
	int column = 0;

	if (line->baud && baud != line->baud)
		printf("at %u baud:\n", (unsigned)baud);
	line->baud = baud;
	for (size_t i = 0; i < len; i++)
		column += printf("%02X ", frame[i]);
	printf("%*s %s\n", column < FRAME_COLUMN ? FRAME_COLUMN - column : 0, "",
		purpose ? purpose : line->order->what);
}

static void show_frame_json(
	void *ctx, const uint8_t *frame, size_t len, uint32_t baud, const char *purpose)
{
	static struct bus_json j;
	struct paper_line *line = ctx;

	bus_json_begin(&j, "frame");
	bus_json_text(&j, "verb", line->order->verb);
	bus_json_text(&j, "address", line->where);
	bus_json_bool(&j, "dry_run", true);
	bus_json_hex(&j, "frame", frame, len);
	bus_json_number(&j, "baud", baud);
	bus_json_text(&j, "purpose", purpose ? purpose : line->order->what);
	bus_json_end(&j);
}

static struct mb_request identify_request(const struct bus_order *o)
{
	return (struct mb_request){
		.op = MB_OP_READ,
		.address = o->address,
		.max_telegrams = 1,
		.options = o->address.type == MB_ADDRESS_PRIMARY && o->address.primary > MB_A_MAX
				   ? MB_OPTION_WHOLE_WINDOW
				   : 0,
	};
}

/* Who it is was read just now: the master need not ask again. */
static void identified(struct mb_request *request, const struct mb_secondary *identity)
{
	request->has_identity = true;
	request->identity = *identity;
	request->options |= MB_OPTION_IDENTIFIED;
}

static int invalid(const struct bus_order *o, const char *where, int result)
{
	if (result == MB_E_UNSUPPORTED)
		talk_error("%s %s: 255 is all meters at once; --force does it", o->verb, where);
	else
		talk_error("%s %s: the standard has no such telegram", o->verb, where);
	return EXIT_USAGE;
}

static bool is_whole(const struct mb_address *a)
{
	return a->type == MB_ADDRESS_SECONDARY &&
	       a->secondary.manufacturer != MB_MANUFACTURER_ANY &&
	       a->secondary.version != MB_VERSION_ANY && a->secondary.medium != MB_MEDIUM_ANY;
}

static int dry_run(struct bus_order *o, const char *where)
{
	static struct bus_paper paper;
	struct paper_line line = {.order = o, .where = where};
	bus_paper_frame *show = o->bus.json ? show_frame_json : show_frame;
	struct mb_request identify = identify_request(o);
	int rc = bus_paper_init(&paper, &o->bus, &o->address);

	talk_note("dry run, nothing is sent. If %s answers as it should:", where);
	if (o->request.op == MB_OP_SET_ID && !is_whole(&o->address))
		talk_note("(zeros stand for its maker, version and medium, which will be read)");
	if (rc == 0 && o->identify && !to_all(o))
		rc = bus_paper_ask(&paper, &identify, show, &line);
	if (rc == 0 && o->identify)
		identified(&o->request, &paper.identity);
	if (rc == 0)
		rc = bus_paper_ask(&paper, &o->request, show, &line);
	return rc < 0 ? invalid(o, where, rc) : EXIT_OK;
}

/* --- before ------------------------------------------------------------------------------------ */

static int check_terminal(const struct bus_order *o, const struct args *args)
{
	if (args_has(args, "yes") || args_has(args, "dry-run"))
		return EXIT_OK;
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
		return EXIT_OK;
	talk_error("%s changes a meter and there is no terminal to ask: give --yes, or look at it "
		   "with "
		   "--dry-run",
		o->verb);
	return EXIT_USAGE;
}

static int identify(struct bus_order *o, const char *where)
{
	struct mb_request request = identify_request(o);
	char text[METER_TEXT_MAX];
	int rc = bus_ask(&o->ask, &request, NULL, NULL);

	if (rc < 0 && rc != MB_E_NO_DATA && rc != MB_E_TOO_MANY_TELEGRAMS) {
		if (o->request.options & MB_OPTION_FORCE && rc != MB_E_STREAM &&
			rc != MB_E_CANCELLED)
			return 0;
		return rc;
	}
	o->has_before = o->ask.done.has_primary;
	o->before = o->ask.done;
	if (!o->before.has_identity)
		return 0;
	talk_note("%s is %s, primary address %u", where, meter_text(&o->before.identity, text),
		o->before.primary);
	identified(&o->request, &o->before.identity);
	return 0;
}

static bool confirmed(const struct bus_order *o, const struct args *args, const char *where)
{
	char question[QUESTION_MAX];

	if (args_has(args, "yes"))
		return true;
	snprintf(question, sizeof(question), "%s: %s?", where, o->what);
	return talk_confirm(question);
}

/* --- afterwards -------------------------------------------------------------------------------- */

static bool get_undo(const struct bus_order *o, const char *where, char ret_text[BUS_UNDO_MAX])
{
	ret_text[0] = 0;
	if (o->undo)
		o->undo(o, o->bus.url_text, where, ret_text);
	return *ret_text;
}

static void tell_json(const struct bus_order *o, const char *where, int result)
{
	static struct bus_json j;
	const struct mb_master_done *done = &o->ask.done;
	char undo[BUS_UNDO_MAX];

	bus_json_begin(&j, "result");
	bus_json_text(&j, "verb", o->verb);
	bus_json_text(&j, "address", where);
	bus_json_bool(&j, "ok", result >= 0);
	bus_json_text(&j, "what", o->what);
	bus_json_text(&j, "verified", verified_names[done->verified]);
	if (o->has_before && o->before.has_identity)
		bus_json_meter(&j, "before", &o->before.identity);
	if (done->has_identity)
		bus_json_meter(&j, "meter", &done->identity);
	if (done->has_primary)
		bus_json_number(&j, "primary", done->primary);
	if (result >= 0 && get_undo(o, where, undo))
		bus_json_text(&j, "undo", undo);
	bus_json_error(&j, &o->ask, result);
	bus_json_end(&j);
}

static void tell_text(const struct bus_order *o, const char *where, int result)
{
	char undo[BUS_UNDO_MAX];
	char verdict[VERDICT_MAX];

	if (result < 0)
		return;
	put_verdict(o, verdict, sizeof(verdict));
	if (o->event) /* what came is the data */
		talk_note("%s: %s", where, verdict);
	else
		printf("%s: %s\n", where, verdict);
	fflush(stdout);
	if (get_undo(o, where, undo))
		talk_note("undo: %s", undo);
}

static int write_one(struct bus_order *o, const struct args *args, const char *where)
{
	int rc = 0;

	o->ask.where = where;
	o->has_before = false;
	if (o->identify && !to_all(o))
		rc = identify(o, where);
	if (rc == 0 && !confirmed(o, args, where)) {
		talk_note("%s: nothing was changed", where);
		return EXIT_SOME;
	}
	if (rc == 0 && o->late)
		o->late(o);
	if (rc == 0)
		rc = bus_ask(&o->ask, &o->request, o->event, o->ctx);
	if (o->bus.json)
		tell_json(o, where, rc);
	else
		tell_text(o, where, rc);
	bus_complain(&o->ask, rc);
	return exit_of_error(rc);
}

static int do_one(struct bus_order *o, const struct args *args, const char *where)
{
	o->request.address = o->address;
	return args_has(args, "dry-run") ? dry_run(o, where) : write_one(o, args, where);
}

static int do_all(struct bus_order *o, const struct args *args, unsigned n)
{
	int code = n ? EXIT_OK : do_one(o, args, bus_name(&o->bus));

	for (unsigned i = 0; i < n; i++) {
		const char *where = args->operands[1 + i];
		int rc = bus_address(where, &o->address);

		if (rc == EXIT_OK)
			rc = do_one(o, args, where);
		code = i ? exit_merge(code, rc) : rc;
		if (rc == EXIT_INTERRUPTED || rc == EXIT_PORT || rc == EXIT_USAGE)
			return rc;
	}
	return code;
}

uint8_t bus_write_options(const struct args *args)
{
	return args_has(args, "force") ? MB_OPTION_FORCE : 0;
}

/* Before anything is opened or asked. */
static int check_requests(struct bus_order *o, const struct args *args, unsigned n)
{
	int rc = n ? 0 : bus_paper_check(&o->request);

	for (unsigned i = 0; rc == 0 && i < n; i++) {
		const char *where = args->operands[1 + i];

		if (bus_address(where, &o->request.address) != EXIT_OK)
			return EXIT_USAGE;
		rc = bus_paper_check(&o->request);
		if (rc < 0)
			return invalid(o, where, rc);
	}
	return rc < 0 ? invalid(o, args->operands[0], rc) : EXIT_OK;
}

int bus_write(struct bus_order *o, const struct args *args, unsigned n_addresses)
{
	bool dry = args_has(args, "dry-run");
	const char *url = args->operands[0];
	int rc = check_requests(o, args, n_addresses);

	if (rc == EXIT_OK)
		rc = check_terminal(o, args);
	if (rc != EXIT_OK)
		return rc;
	rc = dry ? bus_prepare(&o->bus, args, url) : bus_open(&o->bus, args, url);
	if (rc == EXIT_OK) {
		if (!dry)
			bus_ask_init(&o->ask, &o->bus, NULL);
		rc = do_all(o, args, n_addresses);
	}
	bus_close(&o->bus);
	return rc;
}
