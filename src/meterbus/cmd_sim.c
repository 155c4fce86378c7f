/* SPDX-License-Identifier: MIT */
/* meterbus sim: a simulated segment behind a TCP port or a pty. */
#include "meterbus/args.h"
#include "meterbus/bus_json.h"
#include "meterbus/exit.h"
#include "meterbus/sim_capture.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include "base/crypto_openssl.h"
#include "base/clock.h"
#include "base/listener.h"
#include "base/run.h"
#include "base/url.h"
#include "sim/scenario.h"
#include "sim/serve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LISTEN "tcp://127.0.0.1:0"
#define FAST_OPTIONS "?baud=38400&timeout=5&latency=0"
#define SPEC_MAX 2048

static const struct option_row options[] = {
	{"meters", 'n', ARG_TEXT, "N", "a series of N meters instead of a scenario", NULL},
	{"ids", 0, ARG_TEXT, "ORDER", "consecutive[:FIRST] (default) or random[:SEED]", NULL},
	{"model", 0, ARG_TEXT, "NAME", "model of the series (water)", NULL},
	{"baud", 0, ARG_TEXT, "BAUD", "speed of the line and of the series (2400)", NULL},
	{"seed", 0, ARG_TEXT, "SEED", "of all chance on the line", NULL},
	{"listen", 'l', ARG_TEXT, "URL", "tcp://host:port or pty:LINK (tcp://127.0.0.1:0)", NULL},
	{"fast", 0, ARG_TEXT, NULL, "answer at once; bit time is only accounted", NULL},
	{"once", 0, ARG_TEXT, NULL, "end when the first client leaves", NULL},
	{"json", 0, ARG_TEXT, NULL, "the account at the end as one line of JSON on stdout", NULL},
	{"list-models", 0, ARG_TEXT, NULL, "show the models and end", NULL},
	{"list-quirks", 0, ARG_TEXT, NULL, "show the quirks and end", NULL},
	{0},
};

static int list_models(void)
{
	for (size_t i = 0; i < n_models; i++)
		printf("%-18s %s %3u  %s\n", models[i].name, models[i].maker, models[i].medium,
			models[i].about);
	return EXIT_OK;
}

static int list_quirks(void)
{
	for (unsigned i = 0; i < MB_SLAVE_QUIRK_COUNT; i++) {
		const struct mb_slave_quirk_info *q = mb_slave_quirk_info(i);
		char left[64];

		snprintf(left, sizeof(left), "%s%s%s", q->name, *q->unit ? ":" : "", q->unit);
		printf("%-26s %s\n", left, q->meaning);
	}
	return EXIT_OK;
}

/* ---- which segment ---- */

static void append(char *spec, const char *key, const char *value, char first)
{
	size_t n = strlen(spec);
	char between = strpbrk(spec, first == '?' ? "?" : "=") ? ',' : first;

	if (value)
		snprintf(spec + n, SPEC_MAX - n, "%c%s=%s", between, key, value);
}

/* The words of the command line as one line that scenario_from_spec() reads. */
static int make_spec(const struct args *args, char spec[SPEC_MAX])
{
	const char *meters = args_value(args, "meters");
	const char *file = args->operand_count ? args->operands[0] : NULL;
	bool series = meters != NULL;

	if (series == (file != NULL)) {
		talk_error("sim: give a SCENARIO or --meters N");
		return EXIT_USAGE;
	}
	if (file && (args_has(args, "ids") || args_has(args, "model"))) {
		talk_error("sim: --ids and --model belong to --meters");
		return EXIT_USAGE;
	}
	snprintf(spec, SPEC_MAX, "%s%s", series ? "meters=" : "", series ? meters : file);
	append(spec, "ids", args_value(args, "ids"), ',');
	append(spec, "model", args_value(args, "model"), ',');
	append(spec, "baud", args_value(args, "baud"), series ? ',' : '?');
	append(spec, "seed", args_value(args, "seed"), series ? ',' : '?');
	return EXIT_OK;
}

static struct sim *make_sim(const char *spec)
{
	static struct mb_cipher cipher;
	bool aes = crypto_openssl(&cipher) >= 0;
	char err[SCENARIO_ERROR_MAX];
	struct scenario scenario;
	struct sim *sim;

	if (sim_from_spec(spec, &scenario, err, sizeof(err)) < 0) {
		talk_error("%s", err);
		return NULL;
	}
	sim = scenario_build(&scenario, aes ? &cipher : NULL, err, sizeof(err));
	scenario_done(&scenario);
	if (!sim)
		talk_error("%s", err);
	return sim;
}

/* ---- where ---- */

static int make_listener(const struct args *args, struct listener **ret_listener)
{
	const char *text = args_value(args, "listen");
	char err[SCENARIO_ERROR_MAX];
	struct stream_url url;
	struct listener *l;

	if (stream_url_parse(text ? text : DEFAULT_LISTEN, &url, err, sizeof(err)) < 0) {
		talk_error("--listen %s: %s", text, err);
		return EXIT_USAGE;
	}
	l = listener_new(&url);
	if (!l || listener_open(l) < 0) {
		talk_error("%s", l ? listener_error(l) : "no memory");
		listener_free(l);
		return EXIT_PORT;
	}
	*ret_listener = l;
	return EXIT_OK;
}

/* ---- the end ---- */

static void account_json(const struct serve *s)
{
	const struct sim_account *a = sim_account(s->sim);
	struct bus_json j;

	bus_json_begin(&j, "account");
	bus_json_number(&j, "meters", (int64_t)sim_meters(s->sim));
	bus_json_number(&j, "clients", (int64_t)s->clients);
	bus_json_number(&j, "frames", (int64_t)a->frames);
	bus_json_number(&j, "selections", (int64_t)a->selections);
	bus_json_number(&j, "requests", (int64_t)a->requests);
	bus_json_number(&j, "bytes_sent", (int64_t)a->sent);
	bus_json_number(&j, "bytes_received", (int64_t)a->received);
	bus_json_number(&j, "overlaps", (int64_t)a->overlaps);
	bus_json_number(&j, "busy_ms", (int64_t)(a->busy_us / US_PER_MS));
	bus_json_number(&j, "bus_time_ms", (int64_t)(s->bus_us / US_PER_MS));
	bus_json_end(&j);
}

static void tell_account(const struct serve *s)
{
	const struct sim_account *a = sim_account(s->sim);
	char duration[48];

	talk_note("%" PRIu64 " telegrams, %" PRIu64 " of them selections and %" PRIu64
		  " requests; bus time %s",
		a->frames, a->selections, a->requests,
		talk_duration(s->bus_us, duration, sizeof(duration)));
}

static int serve(const struct args *args, struct sim *sim, struct listener *listener)
{
	struct serve s = {
		.sim = sim,
		.listener = listener,
		.fast = args_has(args, "fast"),
		.once = args_has(args, "once"),
	};
	int rc;

	printf("listening on %s\n", listener_name(listener));
	fflush(stdout);
	talk_note("%zu meters; ^C ends", sim_meters(sim));
	if (s.fast)
		talk_note("silence ends soon with %s%s", listener_name(listener), FAST_OPTIONS);
	rc = serve_run(&s);
	if (rc >= 0 && args_has(args, "json"))
		account_json(&s);
	else if (rc >= 0)
		tell_account(&s);
	return exit_of_error(rc);
}

static int run(const struct args *args)
{
	struct listener *listener = NULL;
	char spec[SPEC_MAX];
	struct sim *sim;
	int rc;

	if (args_has(args, "list-models"))
		return list_models();
	if (args_has(args, "list-quirks"))
		return list_quirks();
	rc = make_spec(args, spec);
	if (rc != EXIT_OK)
		return rc;
	sim = make_sim(spec);
	if (!sim)
		return EXIT_USAGE;
	rc = make_listener(args, &listener);
	if (rc == EXIT_OK && run_catch_signals() < 0) {
		talk_error("signals cannot be caught");
		rc = EXIT_PORT;
	}
	if (rc == EXIT_OK)
		rc = serve(args, sim, listener);
	listener_free(listener);
	sim_free(sim);
	return rc;
}

const struct verb verb_sim = {
	.name = "sim",
	.operands = "[SCENARIO]",
	.help = "simulate a segment of meters",
	.details = "Serves the meters of a scenario file, or a series of equal ones, to one client "
		   "at a\n"
		   "time. The first line on stdout is \"listening on URL\". The same segments are "
		   "read\n"
		   "without a port, in virtual time, by the URL sim:SCENARIO or sim:meters=250.\n",
	.examples =
		"meterbus sim etc/scenarios/demo.scn\n"
		"meterbus sim --meters 250 --ids random:7 --fast --listen tcp://127.0.0.1:10001\n"
		"meterbus sim etc/scenarios/demo.scn --listen pty:/tmp/bus0\n"
		"meterbus scan sim:meters=250,ids=random:7\n",
	.options = options,
	.operands_max = 1,
	.run = run,
};
