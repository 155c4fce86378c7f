/* SPDX-License-Identifier: MIT */
/*
 * Where a port plugs into a segment: a stream whose far end is a struct sim, in the time of whoever
 * handles the stream. Nothing to join or to wait for: all that the segment will do next is the
 * stream's deadline, so a loop in virtual time finds every byte when it comes.
 *
 *	struct sim_plug plug = {.sim = sim, .start_us = loop_now_us(loop)};
 *	stream = sim_plug_stream(&plug, &url);
 */
#ifndef SIM_PLUG_H
#define SIM_PLUG_H

#include "base/stream.h"
#include "sim/sim.h"

/* Keep it while its streams live; the sim stays yours. One stream may be open at a time. */
struct sim_plug {
	struct sim *sim;
	uint64_t start_us; /* the loop's time at the sim's time 0 */
	uint32_t
		chunk_us; /* bytes are brought in steps of this, as USB does; 0: each when it comes */
	bool pulled; /* out of the wall: what is open fails, and nothing opens */
	bool dropped; /* what is open fails, once; it can be opened again */
	bool dead; /* half open: takes what is sent, brings nothing */
	uint64_t opened; /* how often */
};

/* A closed stream; the URL gives its name and line. NULL: no memory. */
struct stream *sim_plug_stream(struct sim_plug *plug, const struct stream_url *url);

#endif
