/* SPDX-License-Identifier: MIT */
/*
 * Buses in virtual time: a loop, simulated segments, and ports plugged into them. The segments are
 * tcp://127.0.0.1:1, :2 ...; the same ones are the devices /dev/a, /dev/b ...
 */
#ifndef TEST_PORT_RIG_H
#define TEST_PORT_RIG_H

#include "base/loop_virtual.h"
#include "bus.h"
#include "bus/ports.h"
#include "sim/plug.h"

#define RIG_SEGMENTS_MAX 8
#define RIG_START_US 1000000000u /* the loop's time at the start: not 0, as in life */
#define MS 1000u
#define SECOND 1000000ull
#define MINUTE (60 * SECOND)

struct rig {
	struct loop *loop;
	struct ports *ports;
	struct port *port; /* of the first segment */
	struct sim_plug plugs[RIG_SEGMENTS_MAX];
	unsigned n_plugs;
};

static inline struct stream *rig_stream(void *ctx, const struct stream_url *url)
{
	struct rig *r = ctx;
	const char *name = strrchr(url->path, '/');
	unsigned i = name ? (unsigned)(name[1] - 'a') : url->port - 1u;

	if (i >= r->n_plugs)
		fail_msg("no segment %s:%u", url->path, url->port);
	return sim_plug_stream(&r->plugs[i], url);
}

static inline struct sim *rig_sim(const struct rig *r)
{
	return r->plugs[0].sim;
}

static inline uint64_t rig_now(const struct rig *r)
{
	return loop_now_us(r->loop);
}

static inline void rig_wait(const struct rig *r, uint64_t us)
{
	loop_virtual_run_until(r->loop, rig_now(r) + us);
}

static inline struct stream_url rig_url(const char *text)
{
	char err[SCENARIO_ERROR_MAX];
	struct stream_url url;

	if (stream_url_parse(text, &url, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	return url;
}

/* One more segment, as a scenario describes it. */
static inline void rig_segment(struct rig *r, const char *scenario)
{
	r->plugs[r->n_plugs++] =
		(struct sim_plug){.sim = bus_sim(scenario), .start_us = rig_now(r)};
}

static inline void rig_open(
	struct rig *r, const char *scenario, const char *url, const struct port_limits *limits)
{
	struct ports_config config = {.stream = rig_stream, .ctx = r, .seed = 1};
	struct stream_url parsed = rig_url(url);

	memset(r, 0, sizeof(*r));
	r->loop = loop_virtual_new(RIG_START_US, 1700000000000);
	config.loop = r->loop;
	if (limits)
		config.limits = *limits;
	rig_segment(r, scenario);
	r->ports = ports_new(&config);
	assert_int_equal(ports_get(r->ports, &parsed, &r->port), 0);
}

static inline void rig_close(struct rig *r)
{
	ports_free(r->ports);
	loop_free(r->loop);
	for (unsigned i = 0; i < r->n_plugs; i++)
		sim_free(r->plugs[i].sim);
}

/* Another segment in place of all that there was. */
static inline void rig_reopen(struct rig *r, const char *scenario, const char *url)
{
	rig_close(r);
	rig_open(r, scenario, url, NULL);
}

#endif
