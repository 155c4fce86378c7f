/* SPDX-License-Identifier: MIT */
#include "meterbus/bus.h"

#include "base/clock.h"
#include "base/stream.h"
#include "meterbus/bus_quirk.h"
#include "meterbus/bus_sim.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/error.h>
#include <meterbus/master.h>

#include <string.h>
#include <unistd.h>

#define URL_ERROR_MAX 512
#define REOPEN_WAIT_US 1000000 /* doubled with each try */
#define REOPEN_DOUBLE_MAX 5

/* --- options ----------------------------------------------------------------------------------- */

static int read_url(struct bus *b, const char *text)
{
	char why[URL_ERROR_MAX];

	if (bus_sim_is(text)) {
		b->url = (struct stream_url){.kind = STREAM_MEM, .line = MB_LINE_2400_8E1};
		return EXIT_OK;
	}
	if (stream_url_parse(text, &b->url, why, sizeof(why)) == 0)
		return EXIT_OK;
	talk_error("%s", why);
	return EXIT_USAGE;
}

/* What the command line says wins over the URL. */
static int read_times(struct bus *b, const struct args *args)
{
	uint64_t timeout_ms = b->url.timeout_ms;
	uint64_t latency_ms = b->url.latency_ms;
	uint64_t retries = b->url.retries_given ? b->url.retries : MB_TRIES - 1;

	if (args_number(args, "timeout", 1, STREAM_MS_MAX, &timeout_ms) != EXIT_OK ||
		args_number(args, "latency", 0, STREAM_MS_MAX, &latency_ms) != EXIT_OK ||
		args_number(args, "retries", 0, STREAM_RETRIES_MAX, &retries) != EXIT_OK)
		return EXIT_USAGE;
	b->url.timeout_ms = (uint32_t)timeout_ms;
	b->url.latency_ms = (uint32_t)latency_ms;
	b->tries = (uint8_t)(retries + 1);
	return EXIT_OK;
}

/* A given timeout is the whole wait; the engines add the latency to theirs. */
static void make_path(struct bus *b)
{
	uint32_t timeout_us = b->url.timeout_ms * 1000;
	uint32_t latency_us = b->url.latency_ms * 1000;

	if (timeout_us && latency_us >= timeout_us)
		latency_us = timeout_us - 1;
	b->path = (struct mb_path){
		.line = b->url.line,
		.latency_us = latency_us,
		.answer_us = timeout_us ? timeout_us - latency_us : 0,
	};
}

int bus_prepare(struct bus *ret_bus, const struct args *args, const char *url)
{
	struct bus *b = ret_bus;
	int rc;

	memset(b, 0, sizeof(*b));
	b->url_text = url;
	b->json = args_has(args, "json"); /* of BUS_OPTIONS or PRINT_OPTIONS */
	b->verbose = args_has(args, "verbose");
	if (args_has(args, "quiet"))
		talk_quiet();
	rc = read_url(b, url);
	if (rc == EXIT_OK)
		rc = read_times(b, args);
	if (rc == EXIT_OK && args_has(args, "quirk"))
		rc = bus_quirk_parse(
			args_value(args, "quirk"), b->quirks, BUS_QUIRKS_MAX, &b->n_quirks);
	make_path(b);
	return rc;
}

/* --- opening ----------------------------------------------------------------------------------- */

static int connect_stream(struct bus *b)
{
	int rc;

	b->stream = stream_new(&b->url);
	if (!b->stream) {
		talk_error("no memory for a connection");
		return EXIT_PORT;
	}
	talk_progress("opening %s ...", stream_name(b->stream));
	rc = stream_open(b->stream, clock_mono_us());
	if (rc >= 0)
		rc = run_wait_open(b->stream);
	talk_progress("%s", "");
	if (rc == MB_E_CANCELLED)
		return EXIT_INTERRUPTED;
	if (rc < 0) {
		talk_error("%s", stream_error(b->stream));
		return EXIT_PORT;
	}
	if (*stream_warning(b->stream))
		talk_note("%s", stream_warning(b->stream));
	return EXIT_OK;
}

int bus_open(struct bus *ret_bus, const struct args *args, const char *url)
{
	struct bus *b = ret_bus;
	int rc = bus_prepare(b, args, url);

	if (rc == EXIT_OK)
		rc = bus_trace_open(&b->trace, args_value(args, "trace"));
	if (rc != EXIT_OK)
		return rc;
	if (run_catch_signals() < 0)
		talk_note("signals cannot be caught; an interrupt ends the program at once");
	rc = bus_sim_is(url) ? bus_sim_open(b, url) : connect_stream(b);
	b->wall_offset_us = clock_wall_us() - (int64_t)bus_now_us(b);
	return rc;
}

void bus_close(struct bus *b)
{
	stream_free(b->stream);
	b->stream = NULL;
	bus_sim_close(b);
	bus_trace_close(&b->trace);
}

/* --- running ----------------------------------------------------------------------------------- */

static void tap(void *ctx, enum run_direction direction, const uint8_t *bytes, const uint8_t *marks,
	size_t n, uint64_t now_us)
{
	struct bus *b = ctx;
	uint64_t end_us = now_us;

	if (direction == RUN_TX && b->stream)
		end_us = stream_tx_end_us(b->stream);
	else if (direction == RUN_TX)
		end_us = now_us + mb_line_bytes_us(&b->path.line, n);
	bus_trace_bytes(&b->trace, direction, bytes, marks, n, end_us, bus_wall_us(b, end_us));
}

static int step(void *ctx, uint64_t now_us)
{
	struct bus *b = ctx;

	return b->step ? b->step(b->step_ctx, now_us) : 0;
}

/* Connections that were open once are made again, as often as the verb allows. */
static int lost(void *ctx, uint64_t now_us)
{
	struct bus *b = ctx;
	unsigned doubled = b->reopened < REOPEN_DOUBLE_MAX ? b->reopened : REOPEN_DOUBLE_MAX;
	uint64_t wait_us = (uint64_t)REOPEN_WAIT_US << doubled;

	talk_error("%s", stream_error(b->stream));
	if (b->reopened >= b->reopens)
		return MB_E_STREAM;
	b->reopened++;
	talk_note("opening it again in %u s (%u of %u)", (unsigned)(wait_us / 1000000), b->reopened,
		b->reopens);
	stream_reopen(b->stream, now_us, wait_us);
	return 0;
}

/* The signal is used up: the next run goes on; the next signal kills. */
static void take_signal(void)
{
	uint64_t count;

	if (run_stop_fd() >= 0 && read(run_stop_fd(), &count, sizeof(count)) < 0)
		return; /* there was none */
}

int bus_run(struct bus *b, struct mb_engine engine, run_step *engine_step, void *ctx)
{
	struct run r = {
		.stream = b->stream,
		.engine = engine,
		.step = step,
		.tap = b->trace.on ? tap : NULL,
		.lost = lost,
		.ctx = b,
	};
	int rc;

	b->step = engine_step;
	b->step_ctx = ctx;
	rc = b->sim ? bus_sim_run(b, engine, step, tap) : run_engine(&r);
	if (rc == MB_E_CANCELLED)
		take_signal();
	return rc;
}

/* --- the rest ---------------------------------------------------------------------------------- */

const char *bus_name(const struct bus *b)
{
	return b->stream ? stream_name(b->stream) : b->url_text;
}

uint64_t bus_now_us(const struct bus *b)
{
	return b->sim ? bus_sim_now_us(b) : clock_mono_us();
}

int64_t bus_wall_us(const struct bus *b, uint64_t now_us)
{
	return b->wall_offset_us + (int64_t)now_us;
}

const struct sim *bus_sim(const struct bus *b)
{
	return b->sim;
}
