/* SPDX-License-Identifier: MIT */
/* Who is connected to the gateway: to look at, and to disconnect from. */
#include "api/api_impl.h"
#include "api/routes.h"
#include "gateway/clients.h"

#include <string.h>

/* In the order of enum port_drop. */

static const char *const drops[] = {"broken", "stale", "again", "selection", "refused"};
_Static_assert(sizeof(drops) / sizeof(drops[0]) == PORT_DROPS, "a name for each");

static uint64_t ms_of(uint64_t us)
{
	return (us + 500) / 1000;
}

static void say_bus(struct json_out *j, const struct client *client)
{
	struct client_bus bus;

	json_out_key(j, "bus");
	if (!client->bus) {
		json_out_null(j);
		return;
	}
	client->bus(client->bus_ctx, &bus);
	json_out_object(j);
	say_text(j, "name", bus.bus);
	say_text(j, "protocol", bus.protocol);
	say_text(j, "mode", bus.mode);
	say_u64(j, "turns", bus.turns);
	say_u64(j, "wait_p50_ms", ms_of(bus.wait_p50_us));
	say_u64(j, "wait_max_ms", ms_of(bus.wait_max_us));
	json_out_key(j, "dropped");
	json_out_object(j);
	for (unsigned i = 0; i < PORT_DROPS; i++)
		say_u64(j, drops[i], bus.dropped[i]);
	json_out_end(j);
	json_out_end(j);
}

static void say_client(struct json_out *j, const struct client *client)
{
	json_out_object(j);
	say_u64(j, "id", client->id);
	say_text(j, "kind", client_kind_name(client->kind));
	say_text(j, "listener", client->listener);
	say_text(j, "peer", client->peer);
	say_text(j, "user", *client->who ? client->who : NULL);
	say_bool(j, "secure", client->secure);
	say_time(j, "since", client->since_ms);
	say_time(j, "active", client->active_ms);
	say_u64(j, "bytes_in", client->bytes_in);
	say_u64(j, "bytes_out", client->bytes_out);
	say_bus(j, client);
	json_out_end(j);
}

static bool is_wanted(const struct call *c, const struct client *client)
{
	const char *kind = call_text(c, "kind"), *listener = call_text(c, "listener");

	if (kind && strcmp(kind, client_kind_name(client->kind)) != 0)
		return false;
	return !listener || strcmp(listener, client->listener) == 0;
}

/* The cursor is an id: who comes and goes meanwhile moves nobody else. */
static void list_clients(struct call *c)
{
	const struct clients *clients = c->api->config.clients;
	const struct client *client = clients ? clients_first(clients) : NULL;
	uint64_t left = call_count(c, "limit", API_PAGE), from = call_count(c, "cursor", 0);

	say_items(&c->j);
	for (; client; client = client->next) {
		if (client->id < from || !is_wanted(c, client))
			continue;
		if (left-- == 0)
			break;
		say_client(&c->j, client);
	}
	json_out_end(&c->j);
	say_next_u64(&c->j, client ? client->id : 0);
	json_out_end(&c->j);
	call_answer(c);
}

/* NULL: 404 was answered. */
static const struct client *call_client(struct call *c)
{
	const struct clients *clients = c->api->config.clients;
	const struct client *client = NULL;
	uint64_t id;

	if (clients && param_count(c->values[0], &id))
		client = clients_find(clients, id);
	if (!client)
		problem_respond(
			c->r, PROBLEM_NOT_FOUND, "no client '%s' is connected", c->values[0]);
	return client;
}

static void get_client(struct call *c)
{
	const struct client *client = call_client(c);

	if (!client)
		return;
	say_client(&c->j, client);
	call_answer(c);
}

/* One that is leaving already is as good as disconnected. */
static void delete_client(struct call *c)
{
	const struct client *client = call_client(c);

	if (!client)
		return;
	clients_disconnect(c->api->config.clients, client->id, c->who);
	call_done(c);
}

/* ---- the table ---- */

/* clang-format off */
static const struct schema_field drop_fields[] = {
	{"broken", "integer", "not a frame of a master, or a part of one"},
	{"stale", "integer", "it waited for too long"},
	{"again", "integer", "the client sent another one meanwhile"},
	{"selection", "integer", "to the selected meter, after somebody else had the bus"},
	{"refused", "integer", "no room, or no connection"},
	{NULL, NULL, NULL},
};
static const struct schema_field bus_fields[] = {
	{"name", "text", NULL},
	{"protocol", "text", "tcp, rfc2217"},
	{"mode", "text", "mbus, raw"},
	{"turns", "integer", "frames that went out"},
	{"wait_p50_ms", "integer", "for a turn, median"},
	{"wait_max_ms", "integer", NULL},
	{"dropped", "ClientDrops", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field client_fields[] = {
	{"id", "integer", "never used again while the daemon runs"},
	{"kind", "at|transparent", NULL},
	{"listener", "text", "of the configuration"},
	{"peer", "text", "address and port, or a line"},
	{"user", "~text", "who has logged in"},
	{"secure", "flag", "TLS"},
	{"since", "time", NULL},
	{"active", "time", "the last byte"},
	{"bytes_in", "integer", NULL},
	{"bytes_out", "integer", NULL},
	{"bus", "~ClientBus", "of a transparent port"},
	{NULL, NULL, NULL},
};
static const struct schema_field list_fields[] = {
	{"items", "[Client]", NULL},
	{"next", "~text", "cursor of the next page"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Client", "a connection to the gateway", client_fields, NULL},
	{"ClientBus", "what it has had of its bus", bus_fields, NULL},
	{"ClientDrops", "frames that never went out, by reason", drop_fields, NULL},
	{"Clients", "a page of clients", list_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param list_params[] = {
	{"kind", PARAM_WORD, "at|transparent: only these", 0, 0},
	{"listener", PARAM_TEXT, "only those of this one", 0, CLIENT_NAME_MAX},
	{"cursor", PARAM_COUNT, "next of the page before", 1, INT64_MAX},
	{"limit", PARAM_COUNT, "items of a page", 1, API_PAGE_MAX},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/clients", ROLE_VIEWER, list_clients, "listClients", "Who is connected to the gateway", list_params, NULL, 200, "Clients"},
	{"GET", "/clients/{id}", ROLE_VIEWER, get_client, "getClient", "One of them", NULL, NULL, 200, "Client"},
	{"DELETE", "/clients/{id}", ROLE_OPERATOR, delete_client, "disconnectClient", "Disconnect a client", NULL, NULL, 204, NULL},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_clients = {routes, schemas};
