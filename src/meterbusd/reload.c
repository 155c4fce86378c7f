/* SPDX-License-Identifier: MIT */
#include "api/api.h"
#include "base/log.h"
#include "meterbusd/daemon.h"

#include <meterbus/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* While a configuration is taken: sentences for whoever asked. */
struct taking {
	struct daemon *d;
	const struct config *config; /* the new one */
	char *text;
	size_t max;
	unsigned changes, refused;
	bool buses_added; /* in this pass; else removed */
};

__attribute__((format(printf, 2, 3))) static void say(struct taking *t, const char *format, ...)
{
	size_t at = strlen(t->text);
	va_list args;

	if (at + 2 >= t->max)
		return;
	if (at > 0) {
		strcpy(t->text + at, "; ");
		at += 2;
	}
	va_start(args, format);
	vsnprintf(t->text + at, t->max - at, format, args);
	va_end(args);
}

static void told(void *ctx, const char *sentence)
{
	log_error("%s", sentence);
	say(ctx, "%s", sentence);
}

/* ---- buses ---- */

/* Whether a port that others held before has taken what this section says. */
static bool same_way(const struct stream_url *a, const struct stream_url *b)
{
	return mb_line_equal(&a->line, &b->line) && a->latency_ms == b->latency_ms &&
	       a->timeout_ms == b->timeout_ms && a->retries == b->retries &&
	       a->connect_timeout_ms == b->connect_timeout_ms && a->rts == b->rts &&
	       a->dtr == b->dtr && a->lock == b->lock;
}

int daemon_add_buses(struct daemon *d, char *ret_err, size_t max)
{
	const struct config_block *bus;

	for (size_t i = 0; (bus = config_block(d->config, SECTION_BUS, i)); i++) {
		if (keys_add_bus(d->ports, bus, ret_err, max) < 0)
			return -1;
	}
	return 0;
}

static bool is_bus(struct ports *ports, const char *name)
{
	struct port *port = ports_find(ports, name);

	ports_put(port);
	return port != NULL;
}

static void bring_bus(struct taking *t, const struct config_block *bus)
{
	char err[DAEMON_ERROR_MAX];
	struct port_limits limits;
	struct stream_url url;
	struct port *port;

	if (keys_add_bus(t->d->ports, bus, err, sizeof(err)) < 0) {
		told(t, err);
		t->refused++;
		return;
	}
	keys_bus(bus, &url, &limits);
	port = ports_find(t->d->ports, config_label(bus));
	if (!same_way(port_url(port), &url)) {
		snprintf(err, sizeof(err),
			"[bus %s] is in use: its new url, latency, timeout and "
			"tries take effect with the next start",
			config_label(bus));
		told(t, err);
		t->refused++;
	}
	ports_put(port);
}

static void take_gate(void *ctx, const struct config_change *change)
{
	struct taking *t = ctx;

	gates_close_changed(t->d, change);
}

static void gate_failed(void *ctx, const char *sentence)
{
	struct taking *t = ctx;

	told(t, sentence);
	t->refused++;
}

/* One that differs goes and comes back; removals first, as a URL may move to another name. */
static void take_bus(void *ctx, const struct config_change *change)
{
	struct taking *t = ctx;

	if (change->section != &keys_schema.sections[SECTION_BUS])
		return;
	if (!t->buses_added) {
		if (change->before)
			ports_remove(t->d->ports, change->label);
		return;
	}
	/* Of several keys that differ the first has brought it back. */
	if (change->after && !is_bus(t->d->ports, change->label))
		bring_bus(t, change->after);
}

/* ---- the rest ---- */

static void count_change(void *ctx, const struct config_change *change)
{
	struct taking *t = ctx;

	t->changes++;
	log_info("configuration section=%s%s%s key=%s %s", change->section->name,
		*change->label ? "/" : "", change->label, change->key ? change->key->name : "*",
		!change->before ? "added"
		: change->after ? "changed"
				: "removed");
}

static void tell_restart(void *ctx, const struct config_change *change)
{
	struct taking *t = ctx;

	if (!change->key || change->key->reload)
		return;
	t->refused++;
	log_warning("[%s] %s takes effect with the next start", change->section->name,
		change->key->name);
	say(t, "[%s] %s takes effect with the next start", change->section->name,
		change->key->name);
}

static void take(struct taking *t)
{
	struct daemon *d = t->d;
	struct store_retention retention;
	char err[DAEMON_ERROR_MAX];

	keys_retention(t->config, &retention);
	store_set_retention(d->store, &retention);
	store_queue_set_window(
		d->queue, (uint32_t)keys_number(t->config, SECTION_STORE, STORE_KEY_COMMIT_WINDOW));
	log_set_level((enum log_level)keys_number(t->config, SECTION_DAEMON, DAEMON_LOG_LEVEL));
	config_compare(d->config, t->config, take_gate, t);
	config_compare(d->config, t->config, take_bus, t);
	collector_buses_changed(d->collector);
	t->buses_added = true;
	config_compare(d->config, t->config, take_bus, t);
	collector_buses_changed(d->collector);
	if (gates_number_buses(d, t->config) < 0)
		gate_failed(t, "no memory: the buses keep the numbers that they had");
	gates_open_missing(d, t->config, gate_failed, t);
	if (gateway_reload(d->gateway, err, sizeof(err)) < 0)
		gate_failed(t, err);
	if (d->api && api_reload(d->api, err, sizeof(err)) < 0) {
		told(t, err); /* the certificate in use stays */
		t->refused++;
	}
}

int daemon_reload(struct daemon *d, char *ret_text, size_t max)
{
	struct taking t = {.d = d, .text = ret_text, .max = max};
	struct config *config;

	*ret_text = '\0';
	if (keys_load(d->file, told, &t, &config) > 0) {
		log_error("the configuration stays as it was");
		return -1;
	}
	t.config = config;
	config_compare(d->config, config, count_change, &t);
	config_compare(d->started, config, tell_restart, &t);
	take(&t);
	if (d->config != d->started)
		config_free(d->config);
	d->config = config;
	log_notice("configuration read again file=%s changes=%u not_taken=%u",
		d->file ? d->file : "none", t.changes, t.refused);
	return 0;
}
