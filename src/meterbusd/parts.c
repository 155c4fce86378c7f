/* SPDX-License-Identifier: MIT */
#include "base/crypto_openssl.h"
#include "base/log.h"
#include "base/loop.h"
#include "meterbusd/daemon.h"

#include <stdio.h>
#include <unistd.h>

#define FILE_MAX (PATH_MAX + 16)

static int no_memory(char *ret_err, size_t max)
{
	snprintf(ret_err, max, "no memory");
	return -1;
}

int start_store(struct daemon *d, char *ret_err, size_t max)
{
	char file[FILE_MAX];
	struct store_options options = {
		.path = file,
		.max_bytes = (uint64_t)keys_number(d->config, SECTION_STORE, STORE_KEY_MAX_SIZE),
		.cache_bytes = (uint32_t)keys_number(d->config, SECTION_STORE, STORE_KEY_CACHE),
		.now_ms = loop_wall_ms(d->loop),
	};

	snprintf(file, sizeof(file), "%s/meterbus.db", d->place.dir);
	keys_retention(d->config, &options.retention);
	return store_open(&options, &d->store, ret_err, max) < 0 ? -1 : 0;
}

void end_store(struct daemon *d)
{
	store_close(d->store);
}

int start_queue(struct daemon *d, char *ret_err, size_t max)
{
	struct store_queue_options options;

	keys_queue(d->config, &options);
	d->queue = store_queue_new(d->loop, d->store, &options);
	return d->queue ? 0 : no_memory(ret_err, max);
}

void end_queue(struct daemon *d)
{
	store_queue_free(d->queue);
}

int start_ports(struct daemon *d, char *ret_err, size_t max)
{
	struct ports_config config = {.loop = d->loop, .seed = (uint64_t)getpid()};

	d->ports = ports_new(&config);
	return d->ports ? daemon_add_buses(d, ret_err, max) : no_memory(ret_err, max);
}

void end_ports(struct daemon *d)
{
	ports_free(d->ports);
}

/* What is told to everybody is told to the log. */
static void log_event(void *ctx, const struct event *event)
{
	static const enum log_level levels[] = {
		[EVENT_ALERT] = LOG_LEVEL_ERROR,
		[EVENT_ERROR] = LOG_LEVEL_ERROR,
		[EVENT_WARNING] = LOG_LEVEL_WARNING,
		[EVENT_NOTICE] = LOG_LEVEL_NOTICE,
		[EVENT_INFO] = LOG_LEVEL_INFO,
		[EVENT_LIVE] = LOG_LEVEL_DEBUG,
	};

	(void)ctx;
	log_line(levels[event->severity], "%s event=%s%s%s%s%s", event->text,
		event_kind_name(event->kind), event->account_name ? " account=" : "",
		event->account_name ? event->account_name : "", event->bus ? " bus=" : "",
		event->bus ? event->bus : "");
}

int start_collector(struct daemon *d, char *ret_err, size_t max)
{
	bool ciphers = crypto_openssl(&d->cipher) >= 0;
	struct collector_config config = {
		.loop = d->loop,
		.store = d->store,
		.queue = d->queue,
		.ports = d->ports,
		.cipher = ciphers ? &d->cipher : NULL,
		.default_zone = keys_text(d->config, SECTION_DAEMON, DAEMON_TIME_ZONE),
		.drift_s = (uint32_t)(keys_number(d->config, SECTION_DAEMON, DAEMON_CLOCK_DRIFT) /
				      1000),
	};

	d->events = config.events = events_new();
	if (!d->events || !events_listen(d->events, log_event, d))
		return no_memory(ret_err, max);
	return collector_new(&config, &d->collector, ret_err, max) < 0 ? -1 : 0;
}

/* However the loop has ended: what is on its way to the store comes back to the collector. */
void end_collector(struct daemon *d)
{
	if (d->collector) {
		store_queue_drain(d->queue, stop_loop, d->loop);
		loop_run(d->loop);
	}
	collector_free(d->collector);
	events_free(d->events);
}
