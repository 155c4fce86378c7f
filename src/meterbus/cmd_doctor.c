/* SPDX-License-Identifier: MIT */
#include "base/stream.h"
#include "meterbus/args.h"
#include "meterbus/bus_json.h"
#include "meterbus/doctor_examine.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#define LISTEN_S 2
#define LISTEN_MAX_S 3600
#define WIDTH 96 /* of a line of advice */

static const struct option_row options[] = {
	{"listen", 'l', ARG_TEXT, "S", "listen so many seconds before anything is sent (2)", NULL},
	BUS_OPTIONS,
	{0},
};

/* ---- the port ---- */

static void tell_pins(int fd)
{
	static const struct {
		int bit;
		const char *name;
	} pins[] = {{TIOCM_DTR, "DTR"}, {TIOCM_RTS, "RTS"}, {TIOCM_CTS, "CTS"}, {TIOCM_DSR, "DSR"},
		{TIOCM_CAR, "DCD"}};
	int state;

	if (ioctl(fd, TIOCMGET, &state) < 0)
		return; /* a pty has none */
	printf("%-34s", "modem lines");
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++)
		printf(" %s %s", pins[i].name, state & pins[i].bit ? "on" : "off");
	printf("\n");
}

static void tell_port(const struct doctor *d)
{
	const struct mb_line *line = &d->bus.path.line;

	if (d->json)
		return;
	printf("%-34s open, %u Bd %u%c%u%s\n", bus_name(&d->bus), (unsigned)line->baud,
		line->data_bits, "NEO"[line->parity % 3], line -> stop_bits,
		d -> fixed_line ? " (as the gateway has it; not set from here)" : "");
	if (d->bus.url.kind == STREAM_SERIAL)
		tell_pins(stream_fd(d->bus.stream));
}

/* ---- the verdict ---- */

static void mode_text(const struct mb_line *line, char buf[4])
{
	buf[0] = (char)('0' + line->data_bits);
	buf[1] = "NEO"[line->parity % 3];
	buf[2] = (char)('0' + line->stop_bits);
	buf[3] = 0;
}

static void verdict_json(const struct doctor *d, const struct doctor_verdict *v)
{
	char mode[4];
	struct bus_json j;

	bus_json_begin(&j, "verdict");
	bus_json_text(&j, "verdict", v->name);
	bus_json_text(&j, "text", v->text);
	bus_json_text(&j, "next", v->next);
	bus_json_open(&j, "facts");
	for (unsigned bit = 0; bit < DOCTOR_FACT_COUNT; bit++)
		if (d->facts & 1u << bit)
			bus_json_bool(&j, doctor_fact_name(bit), true);
	bus_json_close(&j);
	if (d->has_meter)
		bus_json_meter(&j, "meter", &d->meter);
	if (d->has_line) {
		mode_text(&d->line, mode);
		bus_json_open(&j, "line");
		bus_json_number(&j, "baud", d->line.baud);
		bus_json_text(&j, "mode", mode);
		bus_json_close(&j);
	}
	bus_json_number(&j, "questions", d->asked);
	bus_json_end(&j);
}

/* Words, broken into lines that a terminal shows whole. */
static void tell_wrapped(const char *head, const char *text)
{
	int column = printf("%s", head);

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (column + 1 + len > WIDTH)
			column = printf("\n       ") - 1;
		column += printf(" %.*s", len, text);
		text += len;
		text += *text == ' ';
	}
	printf("\n");
}

static void tell_found(const struct doctor *d)
{
	char address[MB_ADDRESS_TEXT_MAX], letters[5], mode[4];
	const char *name = mb_manufacturer_name(d->meter.manufacturer);

	if (d->has_line) {
		mode_text(&d->line, mode);
		printf("  heard at: baud=%u&mode=%s\n", (unsigned)d->line.baud, mode);
	}
	if (!d->has_meter || mb_secondary_format(&d->meter, address, sizeof(address)) < 0)
		return;
	mb_manufacturer_letters(d->meter.manufacturer, letters);
	printf("  %s: %s (%08X, %s%s%s), primary address %u\n",
		d->facts & DOCTOR_SEVERAL_FACT ? "one of them" : "the meter", address,
		(unsigned)d->meter.id, letters, name ? " " : "", name ? name : "", d->primary);
}

static void tell_verdict(const struct doctor *d, const struct doctor_verdict *v)
{
	talk_progress("%s", "");
	printf("\n%s: %s\n", v->name, v->text);
	tell_found(d);
	tell_wrapped("  next:", v->next);
	if (d->facts & DOCTOR_ECHO_FACT && d->facts & (DOCTOR_GOOD_FACT | DOCTOR_ACK_FACT))
		printf("  the converter returns what is sent; that is known and removed\n");
	fflush(stdout);
}

static int conclude(const struct doctor *d, int rc)
{
	const struct doctor_verdict *v;

	if (rc == MB_E_CANCELLED) {
		talk_note("interrupted; no verdict");
		return EXIT_INTERRUPTED;
	}
	v = doctor_judge(d->facts);
	if (d->json)
		verdict_json(d, v);
	else
		tell_verdict(d, v);
	return v->code;
}

static int no_port(const struct doctor *d, int rc)
{
	struct bus_json j;

	if (!d->json || rc != EXIT_PORT)
		return rc;
	bus_json_begin(&j, "verdict");
	bus_json_text(&j, "verdict", "port");
	bus_json_text(&j, "text", d->bus.stream ? stream_error(d->bus.stream) : "no connection");
	bus_json_end(&j);
	return rc;
}

/* ---- the run ---- */

static bool is_network(const struct bus *b)
{
	return b->url.kind == STREAM_TCP || b->url.kind == STREAM_UDP ||
	       b->url.kind == STREAM_RFC2217;
}

static int run(const struct args *args)
{
	struct doctor *d = calloc(1, sizeof(*d));
	uint64_t listen_s = LISTEN_S;
	int rc = d ? args_number(args, "listen", 0, LISTEN_MAX_S, &listen_s) : EXIT_OUTPUT;

	if (rc != EXIT_OK) {
		free(d);
		return rc;
	}
	d->json = args_has(args, "json");
	d->verbose = args_has(args, "verbose");
	d->listen_us = listen_s * 1000000;
	rc = bus_open(&d->bus, args, args->operands[0]);
	if (rc == EXIT_OK) {
		d->network = is_network(&d->bus);
		d->fixed_line = d->network && d->bus.url.kind != STREAM_RFC2217;
		tell_port(d);
		rc = conclude(d, doctor_examine(d));
	} else {
		rc = no_port(d, rc);
	}
	bus_close(&d->bus);
	free(d);
	return rc;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.operands = "URL",
	.help = "find out what is wrong with a bus",
	.details = "Listens first, and sends nothing where another master speaks. Then asks all "
		   "meters at\n"
		   "once, selects, tries other speeds and parities, and last reads a register as "
		   "Modbus\n"
		   "does, to tell silence, echo, noise, wrong speed, wrong parity, collisions, and "
		   "ports\n"
		   "that are no M-Bus level converter apart. Nothing is written to any meter. The "
		   "last\n"
		   "line says what to do next; with --json a line a question, and the verdict.\n",
	.examples =
		"meterbus doctor /dev/ttyUSB0\n"
		"meterbus doctor tcp://192.168.1.20:10001 --listen 30\n"
		"meterbus doctor '/dev/ttyUSB0?baud=9600' --json | tail -n 1 | jq -r .verdict\n",
	.options = options,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
