/* SPDX-License-Identifier: MIT */
/* A site (../collect/site.h) with the AT interface's device, and sessions that talk to it. */
#ifndef TEST_AT_RIG_H
#define TEST_AT_RIG_H

#include "gateway/ams.h"
#include "site.h"

#define AT_RIG_SAID_MAX (1 << 20)
#define AT_RIG_BUS "roof" /* AT^SCPORT2, bus 0 of the site */
#define AT_RIG_TAKEN "9" /* a port where set_config() cannot listen */

struct at_rig {
	struct site *site;
	struct ams *ams;
	char listen_port[16], auth_ip[16]; /* the keys of others */
	int configured; /* calls of set_config() */
};

struct at_talk {
	struct at_rig *rig;
	struct at_session at;
	struct at_devices devices;
	void *device;
	bool woken;
	char said[AT_RIG_SAID_MAX];
	size_t len;
};

/* Buses first, site_bus(); then the store to the sessions' device. */
void at_rig_open(struct at_rig *r);
void at_rig_close(struct at_rig *r); /* in good order, sessions apart */

/* A session of this listener, echo off. */
struct at_talk *at_talk_new(struct at_rig *r, const char *listener);
void at_talk_free(struct at_talk *t);

/* What most tests have: one rig on a bus of this scenario, and one session. */
extern struct at_rig rig;
extern struct at_talk *talk;
void at_begin(const char *scenario);
int at_end(void **state); /* for cmocka */
void at_restart(void); /* of all but the site */

/* Gives the line to the session and lets it work, but no time passes. */
void at_send(struct at_talk *t, const char *line);
bool at_waits(const struct at_talk *t);
/* Time passes until it has answered; all that was said since at_send(), without CR. */
const char *at_answer(struct at_talk *t);
/* Both. */
const char *at_ask(struct at_talk *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Asks, and it is OK without a word. */
void at_ok(struct at_talk *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void at_refused(struct at_talk *t, int error, const char *line); /* by this number of +CME ERROR */

#endif
