/* SPDX-License-Identifier: MIT */
#include "api/api.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "meterbusd/daemon.h"

#include <stdio.h>

#define COMMIT_MS 500 /* after the cut, to commit and answer; whatever hangs is left then */

static void too_late(void *ctx)
{
	struct daemon *d = ctx;

	log_warning("stopped though not everything was done");
	loop_stop(d->loop);
}

static void stopped(void *ctx)
{
	struct daemon *d = ctx;

	if (--d->stops_waited == 0)
		loop_stop(d->loop);
}

static void collector_stopped(void *ctx)
{
	struct daemon *d = ctx;

	if (!d->collector_stopped)
		stopped(d);
	d->collector_stopped = true;
}

static void gateway_stopped(void *ctx)
{
	struct daemon *d = ctx;

	d->gateway_stopped = true;
	stopped(d);
}

static void api_stopped(void *ctx)
{
	struct daemon *d = ctx;

	d->api_stopped = true;
	stopped(d);
}

void daemon_stop(struct daemon *d)
{
	uint64_t wait_ms = (uint64_t)keys_number(d->config, SECTION_DAEMON, DAEMON_STOP_WAIT);
	uint64_t cut_us = loop_now_us(d->loop) + (d->stopping ? 0 : 1000 * wait_ms);

	loop_timer_set(d->stop_limit, cut_us + 1000 * COMMIT_MS);
	if (!d->stopping) {
		notify_stopping();
		d->stops_waited = 3; /* gateway, api, collector */
		gateway_stop(d->gateway, gateway_stopped, d);
		api_stop(d->api, cut_us, api_stopped, d);
	}
	d->stopping = true;
	collector_stop(d->collector, cut_us, collector_stopped, d);
}

void stop_loop(void *loop)
{
	loop_stop(loop);
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
