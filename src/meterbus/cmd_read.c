/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus.h"
#include "meterbus/bus_ask.h"
#include "meterbus/bus_complain.h"
#include "meterbus/bus_list.h"
#include "meterbus/bus_quirk.h"
#include "meterbus/bus_select.h"
#include "meterbus/exit.h"
#include "meterbus/keys.h"
#include "meterbus/print.h"
#include "meterbus/readout.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>

#include <stdlib.h>
#include <string.h>

#define REOPENS 3 /* a run of hours survives a gateway that restarts */
#define NKE_CHOICES "before unknown never"

/* clang-format off */
static const struct option_row options[] = {
	{"all", 'a', ARG_FILE, "FILE", "read the meters of this list, a line each; - is stdin", NULL},
	PRINT_OPTIONS,
	KEYS_OPTIONS,
	{"nke", 0, ARG_CHOICE, "WHEN", "SND_NKE before a read (before)", NKE_CHOICES},
	{"reset-first", 0, ARG_TEXT, NULL, "application reset (CI 50) before each read", NULL},
	{"max-telegrams", 0, ARG_TEXT, "N", "take so many telegrams of an answer (16)", NULL},
	{"select", 0, ARG_TEXT, "VIF,...", "ask only for these values (hex): 13,5A; all", NULL},
	BUS_PLAIN_OPTIONS,
	{0},
};
/* clang-format on */

/* Everything that a run of read holds. */
struct reader {
	struct bus bus;
	struct bus_ask ask;
	struct bus_list list;
	struct print *print;
	struct keys keys, own_key; /* of all, of the meter being read */
	struct mb_chain chain;
	struct readout readout;
	struct mb_request request; /* what all reads have in common */
	bool limited; /* --max-telegrams: a longer answer is no error */
	uint8_t selection[BUS_SELECT_MAX];
	const struct bus_meter *meter; /* being read */
	uint64_t begin_us;
	size_t done, good;
	unsigned repeats;
	int code; /* exit code so far */
};

/* --- words ------------------------------------------------------------------------------------- */

static uint8_t nke_of(const char *text)
{
	if (!text || strcmp(text, "before") == 0)
		return MB_NKE_BEFORE;
	return strcmp(text, "never") == 0 ? MB_NKE_NEVER : MB_NKE_UNKNOWN;
}

static int read_request(struct reader *r, const struct args *args)
{
	const char *select = args_value(args, "select");
	uint64_t max_telegrams = MB_TELEGRAMS;
	size_t len = 0;

	if (args_number(args, "max-telegrams", 1, MB_TELEGRAMS_MAX, &max_telegrams) != EXIT_OK)
		return EXIT_USAGE;
	if (select && bus_select_parse(select, r->selection, &len) != EXIT_OK)
		return EXIT_USAGE;
	r->limited = args_has(args, "max-telegrams");
	r->request = (struct mb_request){
		.op = select ? MB_OP_READ_SELECTED : MB_OP_READ,
		.nke = nke_of(args_value(args, "nke")),
		.options = args_has(args, "reset-first") ? MB_OPTION_RESET_FIRST : 0,
		.max_telegrams = (uint8_t)max_telegrams,
		.payload = r->selection,
		.payload_len = (uint16_t)len,
	};
	return EXIT_OK;
}

static int check_addresses(const struct reader *r)
{
	for (size_t i = 0; i < r->list.count; i++) {
		const struct bus_meter *m = &r->list.meters[i];

		if (m->address.type != MB_ADDRESS_PRIMARY || m->address.primary != MB_A_BROADCAST)
			continue;
		talk_error("%s: nobody answers at 255; 254 is answered by every meter", m->text);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int read_words(struct reader *r, const struct args *args)
{
	const char *file = args_value(args, "all");
	int rc = read_request(r, args);

	if (rc == EXIT_OK)
		rc = bus_list_words(&r->list, args->operands + 1, args->operand_count - 1);
	if (rc == EXIT_OK && file)
		rc = bus_list_file(&r->list, file);
	if (rc == EXIT_OK && r->list.count == 0) {
		talk_error("read: which meters? give addresses or --all FILE");
		rc = EXIT_USAGE;
	}
	if (rc == EXIT_OK)
		rc = check_addresses(r);
	if (rc == EXIT_OK)
		rc = keys_read(&r->keys, args);
	return rc;
}

/* --- one meter --------------------------------------------------------------------------------- */

static void take_event(void *ctx, const struct mb_master_event *e)
{
	struct reader *r = ctx;

	if (e->type == MB_MASTER_TELEGRAM)
		readout_add(&r->readout, e->bytes, e->len, 0, bus_wall_us(&r->bus, e->time_us));
	if (e->type == MB_MASTER_ATTEMPT && e->attempt < e->tries)
		r->repeats++;
}

static void use_key(struct reader *r, const struct bus_meter *meter)
{
	r->readout.keys = meter->has_key ? &r->own_key : &r->keys;
	r->own_key.count = meter->has_key;
	r->own_key.rows[0].any = true;
	memcpy(r->own_key.rows[0].key, meter->key, MB_KEY_LEN);
}

/* The master cannot see whether more follow behind an encrypted telegram. */
static int read_rest(struct reader *r, struct mb_request request)
{
	size_t parts = r->readout.answer.part_count;
	int rc = 0;

	request.op = MB_OP_READ;
	request.options = 0;
	request.nke = MB_NKE_NEVER;
	if (request.address.type == MB_ADDRESS_SECONDARY) /* still selected */
		request.address = (struct mb_address){.primary = MB_A_NETWORK};
	while (rc == 0 && r->readout.more && parts < request.max_telegrams) {
		rc = bus_ask(&r->ask, &request, take_event, r);
		if (r->readout.answer.part_count == parts)
			break;
		parts = r->readout.answer.part_count;
	}
	return rc == MB_E_NO_DATA ? 0 : rc;
}

static struct mb_request request_of(const struct reader *r, const struct bus_meter *meter)
{
	struct mb_request request = r->request;

	request.address = meter->address;
	request.baud = meter->baud;
	request.answer_us = meter->answer_ms * 1000;
	return request;
}

/* What the formats show of a read that failed: the reason, and the bytes that were heard. */
static void note_failure(struct reader *r, int result)
{
	if (result == MB_E_APPLICATION && r->readout.answer.part_count)
		return;
	if (r->ask.heard_len)
		readout_add(&r->readout, r->ask.heard, r->ask.heard_len, result, 0);
	readout_fail(&r->readout, result, bus_suspicion(&r->ask, result));
}

/* People are told of a failure on stderr. */
static void show_answer(struct reader *r, int result)
{
	bool for_people = strcmp(print_format(r->print)->name, "table") == 0;

	if (result < 0 && for_people && !answer_head(&r->readout.answer))
		return;
	talk_progress("%s", ""); /* both may go to one terminal */
	print_answer(r->print, &r->readout.answer);
	print_flush(r->print);
}

static int read_meter(struct reader *r, const struct bus_meter *meter)
{
	struct mb_request request = request_of(r, meter);
	int rc;

	r->meter = meter;
	r->ask.where = bus_meter_name(meter);
	use_key(r, meter);
	readout_begin(&r->readout, bus_meter_name(meter));
	rc = bus_ask(&r->ask, &request, take_event, r);
	if (rc == 0 && (r->ask.warnings & 1u << MB_WARNING_ENCRYPTED))
		rc = read_rest(r, request);
	if (rc == MB_E_CANCELLED || rc == MB_E_STREAM)
		return rc;
	if (rc == MB_E_TOO_MANY_TELEGRAMS && r->limited)
		rc = 0;
	if (rc < 0)
		note_failure(r, rc);
	show_answer(r, rc);
	if (rc == 0)
		rc = answer_error(&r->readout.answer);
	bus_complain(&r->ask, rc);
	return rc;
}

/* --- all of them ------------------------------------------------------------------------------- */

static void show_progress(const struct reader *r)
{
	uint64_t passed_us = bus_now_us(&r->bus) - r->begin_us;
	size_t count = r->list.count;
	char left[32];

	if (count < 2 || !talk_progress_shown())
		return;
	if (r->done == 0)
		talk_progress("reading 1 of %zu", count);
	else
		talk_progress("reading %zu of %zu, %zu failed, %s left", r->done + 1, count,
			r->done - r->good,
			talk_duration(passed_us / r->done * (count - r->done), left, sizeof(left)));
}

static void note_result(struct reader *r, int result)
{
	int code = exit_of_error(result);

	r->code = r->done ? exit_merge(r->code, code) : code;
	r->done++;
	r->good += result >= 0;
}

static void tell_summary(const struct reader *r)
{
	char duration[32];

	if (r->list.count < 2 && !r->bus.verbose)
		return;
	talk_note("%zu of %zu meters read in %s%s, %u repeat%s", r->good, r->list.count,
		talk_duration(bus_now_us(&r->bus) - r->begin_us, duration, sizeof(duration)),
		bus_sim(&r->bus) ? " of bus time" : "", r->repeats, r->repeats == 1 ? "" : "s");
}

/* Whoever is still selected would answer to the next client's 253. */
static void deselect(struct reader *r)
{
	struct mb_request request = {.op = MB_OP_DESELECT, .tries = 1};

	if (r->meter->address.type == MB_ADDRESS_SECONDARY && r->ask.result == 0)
		bus_ask(&r->ask, &request, NULL, NULL);
}

static void tell_speeds(const struct reader *r)
{
	enum stream_kind kind = r->bus.url.kind;

	if (kind != STREAM_TCP && kind != STREAM_UDP)
		return;
	for (size_t i = 0; i < r->list.count; i++)
		if (r->list.meters[i].baud && r->list.meters[i].baud != r->bus.path.line.baud) {
			talk_note("%s: the port behind it keeps its speed; baud= of %s only "
				  "stretches "
				  "the waits",
				bus_name(&r->bus), bus_meter_name(&r->list.meters[i]));
			return;
		}
}

static int read_all(struct reader *r)
{
	int rc = 0;

	tell_speeds(r);
	r->begin_us = bus_now_us(&r->bus);
	if (r->list.count > 1)
		print_many(r->print);
	for (size_t i = 0; i < r->list.count; i++) {
		show_progress(r);
		rc = read_meter(r, &r->list.meters[i]);
		if (rc == MB_E_CANCELLED || rc == MB_E_STREAM)
			break;
		note_result(r, rc);
	}
	talk_progress("%s", "");
	tell_summary(r);
	if (rc == MB_E_CANCELLED || rc == MB_E_STREAM)
		return exit_of_error(rc);
	deselect(r);
	return r->code;
}

static int read_bus(struct reader *r, const struct args *args)
{
	int rc = bus_open(&r->bus, args, args->operands[0]);

	if (rc == EXIT_OK) {
		r->bus.reopens = REOPENS;
		bus_ask_init(&r->ask, &r->bus, NULL);
		readout_init(&r->readout, &r->keys, print_profile(r->print), &r->chain);
		rc = read_all(r);
	}
	bus_close(&r->bus);
	return rc;
}

static int run(const struct args *args)
{
	struct reader *r = calloc(1, sizeof(*r));
	int rc = r ? print_open(&r->print, args, "table") : EXIT_OUTPUT;

	if (rc == EXIT_OK)
		rc = read_words(r, args);
	if (rc == EXIT_OK)
		rc = read_bus(r, args);
	if (r) {
		if (print_close(r->print) < 0 && rc == EXIT_OK)
			rc = EXIT_OUTPUT;
		bus_list_done(&r->list);
		keys_wipe(&r->keys);
		keys_wipe(&r->own_key);
	}
	free(r);
	return rc;
}

const struct verb verb_read = {
	.name = "read",
	.operands = "URL ADDRESS...",
	.help = "read meters",
	.details = "All telegrams of an answer are read and shown as one. A meter that fails does "
		   "not end the\n"
		   "run. A line of --all FILE is ADDRESS [name=\"Flat 3\"] [baud=300] [timeout=MS] "
		   "[key=HEX],\n"
		   "with # for comments; scan --save writes such a file.\n" BUS_QUIRK_HELP,
	.examples = "meterbus read /dev/ttyUSB0 5\n"
		    "meterbus read 'tcp://192.168.1.20:10001?baud=2400' 1 2 12345678\n"
		    "meterbus read -f json /dev/ttyUSB0 --all meters.txt > today.json\n"
		    "meterbus read sim:etc/scenarios/demo.scn 1 2 3\n",
	.options = options,
	.operands_min = 1,
	.operands_max = BUS_LIST_MAX,
	.run = run,
};
