/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus.h"
#include "meterbus/exit.h"
#include "meterbus/scan_options.h"
#include "meterbus/scan_report.h"
#include "meterbus/scan_state.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>
#include <meterbus/search.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAVE_EVERY_US 5000000
#define SAVE_LINE_MAX 128
#define DONE 1 /* of step() */

static const struct option_row options[] = {
	SCAN_OPTIONS,
	BUS_OPTIONS,
	{0},
};

/* Everything that a run of scan holds. */
struct scan {
	struct bus bus;
	struct scan_options options;
	struct mb_search search;
	struct scan_report report;
	const char *url;
	uint64_t saved_us;
	bool noise; /* the search has given up, nothing clean was heard */
	bool heard; /* something that was no good answer */
	struct mb_search_event done;
};

static void keep_state(struct scan *s, uint64_t now_us)
{
	if (!s->options.resume || now_us < s->saved_us + SAVE_EVERY_US)
		return;
	s->saved_us = now_us;
	scan_state_save(s->options.resume, &s->search);
}

static int take_event(struct scan *s, const struct mb_search_event *e, uint64_t now_us)
{
	switch (e->type) {
	case MB_SEARCH_FOUND:
		scan_report_found(&s->report, e);
		break;
	case MB_SEARCH_TROUBLE:
		s->noise |=
			e->code == MB_SEARCH_TROUBLE_NOISE || e->code == MB_SEARCH_TROUBLE_BABBLE;
		scan_report_trouble(&s->report, e);
		break;
	case MB_SEARCH_NOTE:
		scan_report_note(&s->report, e);
		break;
	case MB_SEARCH_PROGRESS:
		scan_report_progress(&s->report, e);
		keep_state(s, now_us);
		break;
	case MB_SEARCH_DONE:
		s->done = *e;
		return DONE;
	}
	return 0;
}

static int step(void *ctx, uint64_t now_us)
{
	struct scan *s = ctx;
	struct mb_search_event e;
	int rc = 0;

	while (rc == 0 && mb_search_event(&s->search, &e))
		rc = take_event(s, &e, now_us);
	return rc;
}

/* ---- after the search ---- */

/* A file for read --all, a line a meter. */
static int save_list(const struct scan *s)
{
	size_t count = 0, size = 0;
	struct mb_search_event e;
	char *text, *p;
	int rc;

	while (mb_search_found(&s->search, count, &e))
		count++;
	size = (count + 1) * SAVE_LINE_MAX;
	text = p = malloc(size);
	if (!text)
		return EXIT_OUTPUT;
	p += sprintf(p, "# %zu meters found by meterbus scan, %s\n", count,
		s->done.done.complete ? "complete" : "not complete");
	for (size_t i = 0; mb_search_found(&s->search, i, &e); i++) {
		char address[MB_ADDRESS_TEXT_MAX], letters[5] = "";

		mb_address_format(&e.address, address, sizeof(address));
		if (e.has_identity)
			mb_manufacturer_letters(e.identity.manufacturer, letters);
		p += sprintf(p, "%s\tbaud=%u\t# %08X %s\n", address, (unsigned)e.baud,
			(unsigned)e.identity.id, letters);
	}
	rc = scan_write_file(s->options.save, text, (size_t)(p - text));
	if (rc < 0)
		talk_error("%s: %s", s->options.save, strerror(errno));
	free(text);
	return rc < 0 ? EXIT_OUTPUT : EXIT_OK;
}

static void say_next(const struct scan *s, bool saved)
{
	if (s->bus.json)
		return;
	if (s->noise)
		talk_note("next: meterbus doctor '%s' tells noise, wrong speed and echo apart",
			s->url);
	else if (s->done.progress.found == 0 && s->heard)
		talk_note("no good answer came: next: meterbus doctor '%s'", s->url);
	else if (s->done.progress.found == 0)
		talk_note("nobody answered: is the bus powered, the speed right? next: meterbus "
			  "doctor '%s', "
			  "or scan --baud 300,2400,9600",
			s->url);
	else if (s->options.save && saved)
		talk_note("next: meterbus read '%s' --all %s", s->url, s->options.save);
}

static int exit_code(const struct scan *s)
{
	if (!s->done.done.complete)
		return EXIT_SOME;
	return s->done.progress.found ? EXIT_OK : EXIT_SILENT;
}

static int finish(struct scan *s)
{
	bool saved;

	scan_report_done(&s->report, &s->done);
	saved = s->options.save && save_list(s) == EXIT_OK;
	say_next(s, saved);
	return s->options.save && !saved ? EXIT_OUTPUT : exit_code(s);
}

/* A signal or a lost connection: keep what there is, and leave the bus clean where that can be done. */
static int interrupted(struct scan *s, int why)
{
	if (s->options.resume && scan_state_save(s->options.resume, &s->search) == EXIT_OK)
		talk_note("the same command with --resume %s goes on from here", s->options.resume);
	else if (!s->options.resume)
		talk_note("with --resume FILE a scan can go on after an interruption");
	mb_search_cancel(&s->search, bus_now_us(&s->bus));
	if (why == MB_E_CANCELLED)
		bus_run(&s->bus, mb_search_engine(&s->search), step, s);
	else
		step(s, bus_now_us(&s->bus));
	finish(s);
	return exit_of_error(why);
}

/* ---- the run ---- */

static void tell_known(struct scan *s)
{
	struct mb_search_event e;
	size_t i = 0;

	for (; mb_search_found(&s->search, i, &e); i++)
		scan_report_found(&s->report, &e);
	talk_note("going on from %s: %zu meters known", s->options.resume, i);
}

static int begin(struct scan *s)
{
	struct mb_search_config *c = &s->options.config;
	bool going_on = false;
	int rc;

	c->path = s->bus.path;
	c->n_nodes = MB_SEARCH_NODES(SCAN_METERS_MAX);
	c->nodes = calloc(c->n_nodes, sizeof(*c->nodes));
	if (!c->nodes || mb_search_init(&s->search, c, bus_now_us(&s->bus)) < 0) {
		talk_error("scan: these options do not go together");
		return EXIT_USAGE;
	}
	if (!s->options.resume)
		return EXIT_OK;
	rc = scan_state_load(s->options.resume, &s->search, &going_on);
	if (rc == EXIT_OK && going_on)
		tell_known(s);
	else if (rc == EXIT_OK) /* hours of work must not end at a path that cannot be written */
		rc = scan_state_save(s->options.resume, &s->search);
	return rc;
}

/* A bound that was reached is a pause; everything else is the end. */
static void end_state(struct scan *s)
{
	const struct mb_search_done *done = &s->done.done;

	if (!s->options.resume)
		return;
	if (done->reason == MB_SEARCH_REASON_SELECTIONS || done->reason == MB_SEARCH_REASON_TIME)
		scan_state_save(s->options.resume, &s->search);
	else
		scan_state_remove(s->options.resume);
}

static int search(struct scan *s)
{
	int rc = begin(s);

	if (rc != EXIT_OK)
		return rc;
	s->saved_us = bus_now_us(&s->bus);
	rc = bus_run(&s->bus, mb_search_engine(&s->search), step, s);
	if (rc != DONE)
		return interrupted(s, rc);
	end_state(s);
	return finish(s);
}

static int run(const struct args *args)
{
	struct scan *s = calloc(1, sizeof(*s));
	int rc = s ? scan_options_read(&s->options, args) : EXIT_OUTPUT;

	if (rc == EXIT_OK) {
		s->url = args->operands[0];
		rc = bus_open(&s->bus, args, s->url);
		s->report.json = s->bus.json;
		s->report.primary = s->options.config.kind == MB_SEARCH_PRIMARY;
		s->report.simulated = bus_sim(&s->bus) != NULL;
		if (rc == EXIT_OK)
			rc = search(s);
		bus_close(&s->bus);
		free(s->options.config.nodes);
	}
	free(s);
	return rc;
}

const struct verb verb_scan = {
	.name = "scan",
	.operands = "URL",
	.help = "find all meters of a bus",
	.details = "A search by secondary address fixes one digit after the other, each time the "
		   "one that\n"
		   "divides best what was found so far, until every mask is closed by one answer "
		   "or by\n"
		   "silence: that is what \"complete\" says, and of what. Ctrl-C ends it with what "
		   "was found;\n"
		   "with --resume FILE the same command goes on later.\n"
		   "With --json: a line a meter, trouble and note, at the end a line of type "
		   "summary.\n",
	.examples = "meterbus scan /dev/ttyUSB0\n"
		    "meterbus scan /dev/ttyUSB0 --baud 300,2400,9600 --save found.txt\n"
		    "meterbus scan tcp://192.168.1.20:10001 --resume scan.state --hex\n"
		    "meterbus scan /dev/ttyUSB0 --primary --range 1-50\n"
		    "meterbus scan sim:meters=250,ids=consecutive --json\n",
	.options = options,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
