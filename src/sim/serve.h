/* SPDX-License-Identifier: MIT */
/*
 * A segment behind a listener: what a client writes goes on the simulated line, what is heard
 * there comes back. One client at a time, as with a level converter; the next one waits.
 *
 * In real time every byte comes when a real line would bring it. Fast: the answer comes at once
 * and only the account knows the time it took; a request without an answer is charged the whole
 * time that a master must wait (330 bits + 50 ms), an answered one 33 bits of idle line.
 */
#ifndef SIM_SERVE_H
#define SIM_SERVE_H

#include "base/listener.h"
#include "sim/sim.h"

struct serve {
	struct sim *sim;
	struct listener *listener; /* open */
	bool fast;
	bool once; /* ends when the first client has left */
	int stop_fd; /* ends when it is readable; 0: none */
	uint64_t bus_us; /* result: time of all dialogues on the line */
	uint64_t clients; /* result */
};

/* Serves until a signal of run_catch_signals(), stop_fd or `once` ends it. Returns 0. */
int serve_run(struct serve *s);

#endif
