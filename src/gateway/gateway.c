/* SPDX-License-Identifier: MIT */
#include "gateway/gateway.h"

#include "base/log.h"
#include "collect/events.h"
#include "gateway/at_server.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GATEWAY_ERROR_MAX 512

/* One place where clients come in. */
struct door {
	struct door *next;
	enum client_kind kind;
	char name[CLIENT_NAME_MAX];
	struct at_server *at; /* of its kind, as the other */
	struct transparent *transparent;
};

struct gateway {
	struct gateway_config config;
	struct clients *clients;
	struct ams *ams;
	struct door *doors;
	bool check_addresses; /* AT^SCCFG="auth_ip" */
};

struct clients *gateway_clients(struct gateway *g)
{
	return g->clients;
}

/* ---- doors ---- */

static struct acceptor *acceptor_of(const struct door *d)
{
	return d->at ? at_server_acceptor(d->at) : transparent_acceptor(d->transparent);
}

static struct door **find(struct gateway *g, enum client_kind kind, const char *name)
{
	struct door **d = &g->doors;

	while (*d && ((*d)->kind != kind || strcmp((*d)->name, name) != 0))
		d = &(*d)->next;
	return d;
}

static void door_free(struct door *d)
{
	at_server_free(d->at);
	transparent_free(d->transparent);
	free(d);
}

/* An empty one; its name is not taken yet. NULL: ret_err says why. */
static struct door *door_new(
	struct gateway *g, enum client_kind kind, const char *name, char *ret_err, size_t err_max)
{
	struct door *d = calloc(1, sizeof(*d));

	if (d && strlen(name) < sizeof(d->name) && !*find(g, kind, name)) {
		d->kind = kind;
		strcpy(d->name, name);
		return d;
	}
	snprintf(
		ret_err, err_max, d ? "there is one of this name, or it is too long" : "no memory");
	free(d);
	return NULL;
}

static int door_open(struct gateway *g, struct door *d, int rc)
{
	if (rc < 0) {
		door_free(d);
		return -1;
	}
	acceptor_check_addresses(acceptor_of(d), g->check_addresses);
	*find(g, d->kind, d->name) = d;
	return 0;
}

int gateway_open_at(
	struct gateway *g, const struct gateway_at *options, char *ret_err, size_t err_max)
{
	struct at_server_options server = {
		.listen = options->listen,
		.login = options->login,
		.greet = options->greet,
		.devices = ams_devices(g->ams),
	};
	struct door *d = door_new(g, CLIENT_AT, options->listen.name, ret_err, err_max);

	if (!d)
		return -1;
	return door_open(
		g, d, at_server_new(g->config.loop, g->clients, &server, &d->at, ret_err, err_max));
}

int gateway_open_transparent(
	struct gateway *g, const struct transparent_options *options, char *ret_err, size_t err_max)
{
	struct door *d = door_new(g, CLIENT_TRANSPARENT, options->listen.name, ret_err, err_max);

	if (!d)
		return -1;
	return door_open(g, d,
		transparent_new(g->config.loop, g->clients, g->config.ports, options,
			&d->transparent, ret_err, err_max));
}

bool gateway_close(struct gateway *g, enum client_kind kind, const char *name)
{
	struct door **at = find(g, kind, name), *d = *at;

	if (!d)
		return false;
	*at = d->next;
	door_free(d);
	return true;
}

const char *gateway_place(const struct gateway *g, enum client_kind kind, const char *name)
{
	for (const struct door *d = g->doors; d; d = d->next) {
		if (d->kind == kind && strcmp(d->name, name) == 0)
			return acceptor_place(acceptor_of(d));
	}
	return NULL;
}

int gateway_reload(struct gateway *g, char *ret_err, size_t err_max)
{
	for (struct door *d = g->doors; d; d = d->next) {
		if (acceptor_reload(acceptor_of(d), ret_err, err_max) < 0)
			return -1;
	}
	return 0;
}

/* ---- what AT^SCCFG can set of them ---- */

static void check_addresses(struct gateway *g, bool on)
{
	g->check_addresses = on;
	for (struct door *d = g->doors; d; d = d->next)
		acceptor_check_addresses(acceptor_of(d), on);
}

/* The port for commands: that of the AT listener on TCP, if there is one and no other. */
static struct acceptor *command_port(struct gateway *g)
{
	struct acceptor *found = NULL;

	for (struct door *d = g->doors; d; d = d->next) {
		if (!d->at || acceptor_port(acceptor_of(d)) == 0)
			continue;
		if (found)
			return NULL;
		found = acceptor_of(d);
	}
	return found;
}

static int get_config(void *ctx, const char *key, char ret[AT_CONFIG_MAX + 1])
{
	struct gateway *g = ctx;
	struct acceptor *a = command_port(g);

	if (strcmp(key, "auth_ip") == 0)
		snprintf(ret, AT_CONFIG_MAX + 1, "%d", g->check_addresses);
	else if (strcmp(key, "listenportcmd") == 0)
		snprintf(ret, AT_CONFIG_MAX + 1, "%u", a ? acceptor_port(a) : 0);
	else
		return MB_E_INVALID;
	return 0;
}

static int set_command_port(struct gateway *g, unsigned long port)
{
	struct acceptor *a = command_port(g);
	char err[GATEWAY_ERROR_MAX];
	int rc;

	if (!a || port == 0 || port > UINT16_MAX)
		return MB_E_INVALID;
	if (port == acceptor_port(a))
		return 0;
	rc = acceptor_move(a, (uint16_t)port, err, sizeof(err));
	if (rc < 0)
		log_warning("AT^SCCFG: listenportcmd stays %u: %s", acceptor_port(a), err);
	else
		log_notice("AT^SCCFG: listening place=%s", acceptor_place(a));
	return rc;
}

static int set_config(void *ctx, const char *key, const char *value)
{
	struct gateway *g = ctx;
	bool on;

	if (strcmp(key, "listenportcmd") == 0)
		return set_command_port(g, strtoul(value, NULL, 10));
	if (strcmp(key, "auth_ip") != 0)
		return MB_E_INVALID;
	on = strcmp(value, "0") != 0;
	if (on != g->check_addresses)
		log_warning("AT^SCCFG: who may connect is %s looked up in the lists of allow",
			on ? "again" : "no longer");
	check_addresses(g, on);
	return 0;
}

/* ---- the whole ---- */

static enum at_rights login(void *ctx, const char *user, const char *password)
{
	struct gateway *g = ctx;

	return g->config.login(g->config.ctx, user, password);
}

static enum at_rights rights(void *ctx, const char *user)
{
	struct gateway *g = ctx;

	return g->config.rights(g->config.ctx, user);
}

int gateway_new(const struct gateway_config *config, struct gateway **ret_gateway, char *ret_err,
	size_t err_max)
{
	struct gateway *g = calloc(1, sizeof(*g));
	struct ams_config ams = {
		.loop = config->loop,
		.store = config->store,
		.queue = config->queue,
		.ports = config->ports,
		.collector = config->collector,
		.data_dir = config->data_dir,
		.identity = config->identity,
		.login = login,
		.rights = config->rights ? rights : NULL,
		.get_config = get_config,
		.set_config = set_config,
		.ctx = g,
	};
	int rc;

	snprintf(ret_err, err_max, "no memory");
	if (!g)
		return -1;
	g->config = *config;
	g->check_addresses = true;
	g->clients = clients_new(config->loop);
	rc = g->clients ? ams_new(&ams, &g->ams, ret_err, err_max) : -1;
	if (rc < 0) {
		gateway_free(g);
		return -1;
	}
	clients_tell(g->clients, clients_publish, config->events);
	*ret_gateway = g;
	return 0;
}

int gateway_set_buses(struct gateway *g, const struct ams_port *buses, size_t n)
{
	return ams_set_ports(g->ams, buses, n);
}

void gateway_begin(struct gateway *g)
{
	ams_apply_config(g->ams);
}

static void close_all(struct gateway *g)
{
	struct door *d;

	while ((d = g->doors) != NULL) {
		g->doors = d->next;
		door_free(d);
	}
}

void gateway_stop(struct gateway *g, void (*done)(void *ctx), void *ctx)
{
	close_all(g);
	ams_stop(g->ams, done, ctx);
}

void gateway_free(struct gateway *g)
{
	if (!g)
		return;
	close_all(g);
	ams_free(g->ams);
	clients_free(g->clients);
	free(g);
}
