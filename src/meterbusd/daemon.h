/* SPDX-License-Identifier: MIT */
/* What there is while the daemon runs, in the order in which it is made. */
#ifndef METERBUSD_DAEMON_H
#define METERBUSD_DAEMON_H

#include "collect/collector.h"
#include "gateway/gateway.h"
#include "meterbusd/keys.h"
#include "meterbusd/place.h"

#include <stdbool.h>
#include <stddef.h>

#define DAEMON_ERROR_MAX 1024

struct daemon {
	const char *file; /* of the configuration, NULL: none */
	struct config *config; /* as last read */
	struct config
		*started; /* as read at the start: of keys that need a restart still in force */
	struct place place;
	struct loop *loop;
	int signal_fd;
	struct loop_watch *signals;
	struct loop_timer *watchdog, *stop_limit;
	struct store *store;
	struct store_queue *queue;
	struct ports *ports;
	struct events *events;
	struct mb_cipher cipher;
	struct collector *collector;
	char serial[20]; /* of this store, as AT+GSN says */
	struct gateway *gateway;
	struct api *api;

	bool stopping;
	bool api_stopped, collector_stopped, gateway_stopped;
	unsigned stops_waited; /* parts that have not said that they are done */
};

/* ---- reload.c ---- */

/*
 * Reads the configuration again and takes what can be taken. 0, or -1: it is wrong, and nothing has
 * changed. ret_text: sentences about what could not be taken, or is wrong; "" none.
 */
int daemon_reload(struct daemon *d, char *ret_text, size_t max);
/* The buses of the configuration. 0, or -1 and a sentence. */
int daemon_add_buses(struct daemon *d, char *ret_err, size_t max);

/* ---- signals.c: SIGTERM, SIGINT, SIGHUP and the watchdog ---- */

void signals_block(void); /* before there are threads */
int signals_start(struct daemon *d, char *ret_err, size_t max);
void signals_end(struct daemon *d);

/* ---- parts.c: what keeps and reads ---- */

int start_store(struct daemon *d, char *ret_err, size_t max);
void end_store(struct daemon *d);
int start_queue(struct daemon *d, char *ret_err, size_t max);
void end_queue(struct daemon *d);
int start_ports(struct daemon *d, char *ret_err, size_t max);
void end_ports(struct daemon *d);
int start_collector(struct daemon *d, char *ret_err, size_t max);
void end_collector(struct daemon *d);

/* ---- gates.c: the gateway ---- */

int start_gates(struct daemon *d, char *ret_err, size_t max);
void end_gates(struct daemon *d);
/* The numbers of the buses, as a configuration has them. 0; < 0: no memory, they keep what they had. */
int gates_number_buses(struct daemon *d, const struct config *config);
/* In a reload: closes what a change is about, before the buses change; then opens what is not open. */
void gates_close_changed(struct daemon *d, const struct config_change *change);
void gates_open_missing(struct daemon *d, const struct config *config,
	void (*failed)(void *ctx, const char *sentence), void *ctx);

/* ---- serve.c ---- */

int start_api(struct daemon *d, char *ret_err, size_t max);
void end_api(struct daemon *d);

/* ---- stop.c ---- */

int stop_prepare(struct daemon *d, char *ret_err, size_t max);
/* Everything that is under way ends, then the loop; a second call waits for no answer. */
void daemon_stop(struct daemon *d);
void stop_end(struct daemon *d);
/* For a part that ends by itself and says when it has: the loop runs until then. */
void stop_loop(void *loop);

#endif
