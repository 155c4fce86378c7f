/* SPDX-License-Identifier: MIT */
/*
 * The gateway as a whole: who may come in where, and what they act on. Composition: listeners of AT
 * commands (at_server.h) over the device behind them (ams.h), listeners of foreign masters
 * (transparent.h), and the list of who is connected (clients.h).
 *
 *	gateway_new(); gateway_set_buses(); gateway_open_at(), gateway_open_transparent() ...;
 *	gateway_begin(); ... gateway_stop(); gateway_free()
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "gateway/acceptor.h"
#include "gateway/ams.h"
#include "gateway/transparent.h"

struct events;
struct gateway;

struct gateway_config {
	struct loop *loop; /* these are kept and outlive it */
	struct store *store;
	struct store_queue *queue;
	struct ports *ports;
	struct events *events;
	struct collector *collector;
	const char *data_dir; /* the disk of the store */
	struct at_identity identity; /* texts are kept */
	enum at_rights (*login)(void *ctx, const char *user, const char *password);
	enum at_rights (*rights)(void *ctx, const char *user); /* as in ams.h; or NULL */
	void *ctx;
};

/* 0, or -1 with a sentence. Nobody can connect yet. */
int gateway_new(const struct gateway_config *config, struct gateway **ret_gateway, char *ret_err,
	size_t err_max);
/* Everybody is disconnected; done() is called, perhaps at once, when nothing is under way. */
void gateway_stop(struct gateway *g, void (*done)(void *ctx), void *ctx);
void gateway_free(struct gateway *g); /* NULL is fine */

struct clients *gateway_clients(struct gateway *g);

/* The buses and their numbers, before those that listen for them; again after each reload. */
int gateway_set_buses(struct gateway *g, const struct ams_port *buses, size_t n);

struct gateway_at {
	struct acceptor_options listen; /* name, place and limits; the rest is filled in here */
	bool login;
	bool greet; /* begin telnet unasked: scripts see its bytes, terminals each line once */
};
/* 0, or -1 with a sentence. Names are unique among each of the two kinds. */
int gateway_open_at(
	struct gateway *g, const struct gateway_at *options, char *ret_err, size_t err_max);
int gateway_open_transparent(struct gateway *g, const struct transparent_options *options,
	char *ret_err, size_t err_max);
/* With all its clients. False: there is none. */
bool gateway_close(struct gateway *g, enum client_kind kind, const char *name);
/* What AT^SCCFG has saved is in force from now on; once all are open. */
void gateway_begin(struct gateway *g);
/* Certificates are read again. 0, or -1 with a sentence; the old ones stay in use. */
int gateway_reload(struct gateway *g, char *ret_err, size_t err_max);
/* "127.0.0.1:10000" with the real port; NULL: there is none. */
const char *gateway_place(const struct gateway *g, enum client_kind kind, const char *name);

#endif
