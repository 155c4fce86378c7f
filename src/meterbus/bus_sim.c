/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_sim.h"

#include "base/crypto_openssl.h"
#include "meterbus/exit.h"
#include "meterbus/sim_capture.h"
#include "meterbus/talk.h"
#include "sim/scenario.h"

#include <meterbus/error.h>

#include <string.h>

#define SCHEME "sim:"

bool bus_sim_is(const char *url)
{
	return strncmp(url, SCHEME, strlen(SCHEME)) == 0;
}

int bus_sim_open(struct bus *b, const char *url)
{
	static struct mb_cipher cipher; /* kept by the segment */
	bool has_cipher = crypto_openssl(&cipher) == 0;
	char why[SCENARIO_ERROR_MAX] = "";
	struct scenario scenario;

	if (sim_from_spec(url + strlen(SCHEME), &scenario, why, sizeof(why)) < 0) {
		talk_error("%s", why);
		return EXIT_USAGE;
	}
	b->sim = scenario_build(&scenario, has_cipher ? &cipher : NULL, why, sizeof(why));
	scenario_done(&scenario);
	if (!b->sim) {
		talk_error("%s", why);
		return EXIT_USAGE;
	}
	sim_line(b->sim, &b->path.line);
	return EXIT_OK;
}

void bus_sim_close(struct bus *b)
{
	sim_free(b->sim);
	b->sim = NULL;
}

uint64_t bus_sim_now_us(const struct bus *b)
{
	return sim_now(b->sim);
}

/* --- the engine with a tap on its bytes -------------------------------------------------------- */

struct tapped {
	struct bus *bus;
	struct mb_engine engine;
	run_step *step;
	run_tap *tap;
};

static size_t tapped_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	struct tapped *t = self;
	size_t n = t->engine.ops->tx(t->engine.self, now_us, ret_bytes);

	if (n)
		t->tap(t->bus, RUN_TX, *ret_bytes, NULL, n, now_us);
	return n;
}

static void tapped_sent(void *self, size_t n, uint64_t end_us)
{
	struct tapped *t = self;

	t->engine.ops->sent(t->engine.self, n, end_us);
}

static void tapped_rx(
	void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	struct tapped *t = self;

	t->tap(t->bus, RUN_RX, bytes, marks, n, now_us);
	t->engine.ops->rx(t->engine.self, bytes, marks, n, now_us);
}

static uint64_t tapped_deadline(const void *self)
{
	const struct tapped *t = self;

	return t->engine.ops->deadline(t->engine.self);
}

static void tapped_tick(void *self, uint64_t now_us)
{
	struct tapped *t = self;

	t->engine.ops->tick(t->engine.self, now_us);
}

static void tapped_line(const void *self, struct mb_line *ret_line)
{
	const struct tapped *t = self;

	t->engine.ops->line(t->engine.self, ret_line);
}

static uint32_t tapped_break(const void *self)
{
	const struct tapped *t = self;

	return t->engine.ops->send_break ? t->engine.ops->send_break(t->engine.self) : 0;
}

static const struct mb_engine_ops tapped_ops = {
	.tx = tapped_tx,
	.sent = tapped_sent,
	.rx = tapped_rx,
	.deadline = tapped_deadline,
	.tick = tapped_tick,
	.line = tapped_line,
	.send_break = tapped_break,
};

static int tapped_step(void *ctx, uint64_t now_us)
{
	struct tapped *t = ctx;

	if (run_stop_signal() && !t->bus->sim_stopped) {
		t->bus->sim_stopped = true;
		return MB_E_CANCELLED;
	}
	return t->step(t->bus, now_us);
}

int bus_sim_run(struct bus *b, struct mb_engine engine, run_step *step, run_tap *tap)
{
	struct tapped t = {.bus = b, .engine = engine, .step = step, .tap = tap};
	struct mb_engine tapped = {&tapped_ops, &t};
	int rc = sim_run(b->sim, &tapped, tapped_step, &t, MB_NEVER);

	if (rc == 0) { /* an engine that only listens hears nothing here, for ever */
		talk_error("%s: nothing will ever happen on this simulated bus", b->url_text);
		return MB_E_STREAM;
	}
	return rc;
}
