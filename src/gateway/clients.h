/* SPDX-License-Identifier: MIT */
/*
 * Who is connected to the gateway: a list that the connections enter and leave by themselves, for
 * people to look at and to disconnect from.
 */
#ifndef GATEWAY_CLIENTS_H
#define GATEWAY_CLIENTS_H

#include "bus/port_guest.h"
#include "collect/events.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_NAME_MAX 64 /* of a listener, a user; with its NUL */
#define CLIENT_PEER_MAX 64 /* "[2001:db8::1]:54321", "/dev/ttyS0" */
#define CLIENT_REASON_MAX 128 /* why it ended, one sentence */

struct loop;
struct clients;
struct client;

/* X(NAME, "name") */
#define CLIENT_KIND_MAP(X) \
	X(AT, "at") \
	X(TRANSPARENT, "transparent")

enum client_kind {
#define MB_X(name, text) CLIENT_##name,
	CLIENT_KIND_MAP(MB_X)
#undef MB_X
	CLIENT_KINDS
};
const char *client_kind_name(unsigned kind); /* NULL from CLIENT_KINDS on */

/* What a client of a bus has had of it. */
struct client_bus {
	const char *bus, *protocol, *mode; /* "north", "rfc2217", "mbus"; as long as the client */
	uint64_t turns;
	uint64_t wait_p50_us, wait_max_us; /* for the bus; 0: no turn yet */
	uint64_t dropped[PORT_DROPS];
};

/* Reads: all of it. Who makes it may write who, and bus once; the rest is conn's and private. */
struct client {
	uint64_t id; /* never used again, from 1 on */
	enum client_kind kind;
	bool secure; /* TLS */
	char listener[CLIENT_NAME_MAX]; /* name of the section */
	char peer[CLIENT_PEER_MAX];
	char who[CLIENT_NAME_MAX]; /* user, "" before the login or without one */
	int64_t since_ms, active_ms, left_ms; /* wall clock: came; the last byte either way; went */
	uint64_t bytes_in, bytes_out;

	/* NULL: not on a bus. ctx is as long as the client. */
	void (*bus)(void *ctx, struct client_bus *ret);
	void *bus_ctx;

	/* private */
	bool leaving;
	void (*disconnect)(struct client *c, const char *reason);
	struct client *before, *next;
};

/* reason NULL: it has connected; else it has gone, and is in the list no more. */
typedef void clients_told(void *ctx, const struct client *client, const char *reason);
/* One that publishes an event, which is not stored. ctx: a struct events. */
clients_told clients_publish;

struct clients *clients_new(struct loop *loop); /* NULL: no memory */
void clients_free(struct clients *l); /* after all that listens; NULL is fine */
void clients_tell(struct clients *l, clients_told *told, void *ctx); /* one; NULL: nobody */

/* In the order of their ids: clients_first(), then client->next. */
const struct client *clients_first(const struct clients *l);
size_t clients_count(const struct clients *l);
const struct client *clients_find(const struct clients *l, uint64_t id); /* NULL: none */
/* Soon; who did it is told to others ("admin"). False: there is none, or it is leaving already. */
bool clients_disconnect(struct clients *l, uint64_t id, const char *who);

/* ---- for conn.c ---- */

void clients_enter(struct clients *l, struct client *c); /* fills in id, since and active */
void clients_leave(struct clients *l, struct client *c, const char *reason);
int64_t clients_now_ms(const struct clients *l);

#endif
