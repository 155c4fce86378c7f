/* SPDX-License-Identifier: MIT */
#include "api/api.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "meterbusd/daemon.h"

#include <stdio.h>

static void too_late(void *ctx)
{
	struct daemon *d = ctx;

	log_warning("stopped after %d ms though not everything was done", DAEMON_STOP_MS);
	loop_stop(d->loop);
}

static void stopped(void *ctx)
{
	struct daemon *d = ctx;

	if (--d->stops_waited == 0)
		loop_stop(d->loop);
}

static void api_stopped(void *ctx)
{
	struct daemon *d = ctx;

	d->api_stopped = true;
	stopped(d);
}

void daemon_stop(struct daemon *d)
{
	uint64_t now_us = loop_now_us(d->loop), cut_us;

	if (d->stopping) {
		loop_stop(d->loop);
		return;
	}
	d->stopping = true;
	notify_stopping();
	cut_us = now_us + 1000 * (uint64_t)keys_number(d->config, SECTION_DAEMON, DAEMON_STOP_WAIT);
	loop_timer_set(d->stop_limit, cut_us + 1000 * (DAEMON_STOP_MS - 1500));
	d->stops_waited = 2;
	api_stop(d->api, cut_us, api_stopped, d);
	collector_stop(d->collector, cut_us, stopped, d);
}

int stop_prepare(struct daemon *d, char *ret_err, size_t max)
{
	d->stop_limit = loop_timer_new(d->loop, too_late, d);
	if (d->stop_limit)
		return 0;
	snprintf(ret_err, max, "no memory");
	return -1;
}

void stop_end(struct daemon *d)
{
	loop_timer_free(d->stop_limit);
}
