/* SPDX-License-Identifier: MIT */
/* The gateway as the configuration wants it: who may come in where. */
#include "api/api.h"
#include "api/role.h"
#include "base/log.h"
#include "base/loop.h"
#include "gateway/gateway.h"
#include "meterbusd/daemon.h"

#include <stdio.h>
#include <string.h>

/* ---- sections ---- */

static int open_at(struct daemon *d, const struct config *config, const struct config_block *b,
	char *ret_err, size_t max)
{
	struct keys_accept accept;
	struct gateway_at at;

	keys_accept(config, b, &accept);
	at.listen = accept.options;
	at.login = config_line(b, AT_KEY_LOGIN) ? config_number(b, AT_KEY_LOGIN) != 0
						: at.listen.line == NULL;
	at.greet = config_number(b, AT_KEY_TELNET) != 0;
	return gateway_open_at(d->gateway, &at, ret_err, max);
}

static int open_transparent(struct daemon *d, const struct config *config,
	const struct config_block *b, char *ret_err, size_t max)
{
	struct keys_accept accept;
	struct transparent_options options = {
		.bus = config_text(b, TRANSPARENT_KEY_BUS),
		.protocol = (uint8_t)config_number(b, TRANSPARENT_KEY_PROTOCOL),
		.mode = (uint8_t)config_number(b, TRANSPARENT_KEY_MODE),
		.stale_ms = (uint32_t)config_number(b, TRANSPARENT_KEY_STALE),
		.quiet_ms = (uint32_t)config_number(b, TRANSPARENT_KEY_RAW_GAP),
		.turn_max_ms = (uint32_t)config_number(b, TRANSPARENT_KEY_RAW_TURN),
	};

	keys_accept(config, b, &accept);
	options.listen = accept.options;
	return gateway_open_transparent(d->gateway, &options, ret_err, max);
}

/* The kinds of sections, in the order of enum client_kind. */
static const struct {
	enum keys_section section;
	int (*open)(struct daemon *d, const struct config *config, const struct config_block *b,
		char *ret_err, size_t max);
} kinds[CLIENT_KINDS] = {
	[CLIENT_AT] = {SECTION_AT, open_at},
	[CLIENT_TRANSPARENT] = {SECTION_TRANSPARENT, open_transparent},
};

static int open_gate(struct daemon *d, enum client_kind kind, const struct config *config,
	const struct config_block *b, char *ret_err, size_t max)
{
	const char *name = config_label(b);
	char why[DAEMON_ERROR_MAX - CLIENT_NAME_MAX - 32];

	if (kinds[kind].open(d, config, b, why, sizeof(why)) < 0) {
		snprintf(ret_err, max, "[%s %s] %s", client_kind_name(kind), name, why);
		return -1;
	}
	log_notice("listening kind=%s name=%s place=%s", client_kind_name(kind), name,
		gateway_place(d->gateway, kind, name));
	return 0;
}

/* ---- at the start ---- */

int gates_number_buses(struct daemon *d, const struct config *config)
{
	struct ams_port ports[AMS_PORTS_MAX];
	const struct config_block *bus;
	size_t n = 0;

	/* keys_check() has counted them */
	for (size_t i = 0; n < AMS_PORTS_MAX && (bus = config_block(config, SECTION_BUS, i)); i++) {
		uint32_t number = keys_bus_number(config, bus);

		if (number != 0)
			ports[n++] = (struct ams_port){number, config_label(bus)};
		else if (config_count(config, SECTION_AT) > 0)
			log_notice("bus %s has no number: AT commands cannot name it, nor its "
				   "meters; give it one by number",
				config_label(bus));
	}
	return gateway_set_buses(d->gateway, ports, n);
}

static int open_all(struct daemon *d, char *ret_err, size_t max)
{
	const struct config_block *b;

	for (unsigned kind = 0; kind < CLIENT_KINDS; kind++) {
		for (size_t i = 0; (b = config_block(d->config, kinds[kind].section, i)); i++) {
			if (open_gate(d, kind, d->config, b, ret_err, max) < 0)
				return -1;
		}
	}
	return 0;
}

/* Who may what with a token of the API is the same here. */
static enum at_rights rights_of(int role)
{
	static const enum at_rights rights[ROLES] = {
		[ROLE_VIEWER] = AT_RIGHTS_LOOK,
		[ROLE_OPERATOR] = AT_RIGHTS_READ,
		[ROLE_MANAGER] = AT_RIGHTS_ALL,
	};

	return role < 0 ? AT_RIGHTS_NONE : rights[role];
}

static enum at_rights login(void *ctx, const char *user, const char *password)
{
	return rights_of(api_login(((struct daemon *)ctx)->api, user, password));
}

/* A token that was revoked, or has expired, lets nobody go on. */
static enum at_rights rights(void *ctx, const char *user)
{
	return rights_of(api_role(((struct daemon *)ctx)->api, user));
}

/* In the manner of "50-1945-0080"; the store has made it by chance. */
static void name_serial(uint64_t epoch, char *ret_text, size_t max)
{
	snprintf(ret_text, max, "%02u-%04u-%04u", (unsigned)(epoch % 100),
		(unsigned)(epoch / 100 % 10000), (unsigned)(epoch / 1000000 % 10000));
}

int start_gates(struct daemon *d, char *ret_err, size_t max)
{
	struct store_stats stats;
	struct gateway_config config = {
		.loop = d->loop,
		.store = d->store,
		.queue = d->queue,
		.ports = d->ports,
		.events = d->events,
		.collector = d->collector,
		.data_dir = d->place.dir,
		.identity = {.maker = "Meterbus",
			.model = "meterbusd",
			.version = METERBUS_VERSION ".0.0",
			.serial = d->serial},
		.login = login,
		.rights = rights,
		.ctx = d,
	};

	store_stats(d->store, &stats);
	name_serial(stats.epoch, d->serial, sizeof(d->serial));
	if (gateway_new(&config, &d->gateway, ret_err, max) < 0)
		return -1;
	if (gates_number_buses(d, d->config) < 0) {
		snprintf(ret_err, max, "no memory");
		return -1;
	}
	if (open_all(d, ret_err, max) < 0)
		return -1;
	gateway_begin(d->gateway);
	return 0;
}

void end_gates(struct daemon *d)
{
	if (d->gateway && !d->gateway_stopped) {
		gateway_stop(d->gateway, stop_loop, d->loop);
		loop_run(d->loop);
	}
	gateway_free(d->gateway);
}

/* ---- a reload ---- */

/* Foreign masters hold their bus: they go before it does. */
static void close_of_bus(struct daemon *d, const char *bus)
{
	const struct config_block *b;

	for (size_t i = 0; (b = config_block(d->config, SECTION_TRANSPARENT, i)); i++) {
		if (strcmp(config_text(b, TRANSPARENT_KEY_BUS), bus) == 0)
			gateway_close(d->gateway, CLIENT_TRANSPARENT, config_label(b));
	}
}

void gates_close_changed(struct daemon *d, const struct config_change *change)
{
	if (change->section == &keys_schema.sections[SECTION_BUS] && change->before)
		close_of_bus(d, change->label);
	for (unsigned kind = 0; kind < CLIENT_KINDS; kind++) {
		if (change->section == &keys_schema.sections[kinds[kind].section])
			gateway_close(d->gateway, kind, change->label);
	}
}

void gates_open_missing(struct daemon *d, const struct config *config,
	void (*failed)(void *ctx, const char *sentence), void *ctx)
{
	const struct config_block *b;
	char err[DAEMON_ERROR_MAX];

	for (unsigned kind = 0; kind < CLIENT_KINDS; kind++) {
		for (size_t i = 0; (b = config_block(config, kinds[kind].section, i)); i++) {
			if (gateway_place(d->gateway, kind, config_label(b)))
				continue;
			if (open_gate(d, kind, config, b, err, sizeof(err)) < 0)
				failed(ctx, err);
		}
	}
	gateway_begin(d->gateway); /* what AT^SCCFG saved is for the new ones, too */
}
