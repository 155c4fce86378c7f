/* SPDX-License-Identifier: MIT */
/* An engine as the master of a segment, in virtual time. */
#include "sim/sim.h"

#define RECEIVE_MAX 256
#define IDLE_TURNS_MAX 1000000 /* an engine that wants to be woken for ever at the same time */

static void apply_line(struct sim *sim, const struct mb_engine *engine)
{
	struct mb_line wanted, line;

	engine->ops->line(engine->self, &wanted);
	sim_line(sim, &line);
	if (!mb_line_equal(&wanted, &line))
		sim_set_line(sim, &wanted);
}

/* Everything that the engine wants to send now. */
static bool give_bytes(struct sim *sim, const struct mb_engine *engine)
{
	const struct mb_engine_ops *ops = engine->ops;
	uint32_t break_us = ops->send_break ? ops->send_break(engine->self) : 0;
	const uint8_t *bytes;
	size_t n;

	if (break_us) {
		ops->sent(engine->self, 0, sim_send_break(sim, break_us));
		return true;
	}
	n = ops->tx(engine->self, sim_now(sim), &bytes);
	if (!n)
		return false;
	apply_line(sim, engine);
	ops->sent(engine->self, n, sim_send(sim, bytes, n));
	return true;
}

static bool take_bytes(struct sim *sim, const struct mb_engine *engine)
{
	uint8_t bytes[RECEIVE_MAX], marks[RECEIVE_MAX];
	size_t n = sim_receive(sim, bytes, marks, sizeof(bytes));

	if (n)
		engine->ops->rx(engine->self, bytes, marks, n, sim_now(sim));
	return n > 0;
}

/* False: the time is over, or nothing will happen any more. */
static bool pass_time(struct sim *sim, const struct mb_engine *engine, uint64_t until_us)
{
	uint64_t deadline = engine->ops->deadline(engine->self);
	uint64_t limit = deadline < until_us ? deadline : until_us;

	if (deadline <= sim_now(sim)) {
		engine->ops->tick(engine->self, sim_now(sim));
		return true;
	}
	if (sim_now(sim) >= until_us || (deadline == MB_NEVER && sim_next(sim) == MB_NEVER))
		return false;
	sim_advance(sim, limit);
	return true;
}

int sim_run(struct sim *sim, const struct mb_engine *engine, sim_step *step, void *ctx,
	uint64_t until_us)
{
	unsigned idle = 0;
	uint64_t last_us = sim_now(sim);

	for (;;) {
		int rc = step ? step(ctx, sim_now(sim)) : 0;

		if (rc)
			return rc;
		idle = sim_now(sim) == last_us ? idle + 1 : 0;
		last_us = sim_now(sim);
		if (idle > IDLE_TURNS_MAX)
			return 0;
		if (give_bytes(sim, engine) || take_bytes(sim, engine))
			continue;
		if (!pass_time(sim, engine, until_us))
			return 0;
	}
}
