/* SPDX-License-Identifier: MIT */
/* What can be configured, and what the modules make of it: each gets a plain struct of options. */
#ifndef METERBUSD_KEYS_H
#define METERBUSD_KEYS_H

#include "api/http.h"
#include "base/config.h"
#include "base/url.h"
#include "bus/ports.h"
#include "store/queue.h"
#include "store/store.h"

enum keys_section {
	SECTION_DAEMON,
	SECTION_API,
	SECTION_STORE,
	SECTION_BUS,
};

enum daemon_key {
	DAEMON_DATA,
	DAEMON_USER,
	DAEMON_GROUP,
	DAEMON_UMASK,
	DAEMON_LOG_LEVEL,
	DAEMON_TIME_ZONE,
	DAEMON_CLOCK_DRIFT,
	DAEMON_STOP_WAIT,
};

enum api_key {
	API_LISTEN,
	API_HOSTS,
	API_CERTIFICATE,
	API_KEY,
	API_INSECURE,
	API_CONNECTIONS,
	API_CONNECTIONS_PER_CLIENT,
	API_STREAMS,
	API_HEADER_SIZE,
	API_BODY_SIZE,
	API_HEADER_WAIT,
	API_BODY_WAIT,
	API_ANSWER_WAIT,
	API_STREAM_SIZE,
	API_HEARTBEAT,
};

enum store_key {
	STORE_KEY_MAX_SIZE,
	STORE_KEY_RING,
	STORE_KEY_TELEGRAMS_AGE, /* age and size of each kind, as enum store_kind */
	STORE_KEY_TELEGRAMS_SIZE,
	STORE_KEY_POINTS_AGE,
	STORE_KEY_POINTS_SIZE,
	STORE_KEY_EVENTS_AGE,
	STORE_KEY_EVENTS_SIZE,
	STORE_KEY_COMMIT_WINDOW,
	STORE_KEY_QUEUE_SIZE,
	STORE_KEY_CACHE,
};

enum bus_key {
	BUS_URL,
	BUS_LATENCY,
	BUS_TIMEOUT,
	BUS_TRIES,
	BUS_QUEUE,
	BUS_IDLE_CLOSE,
	BUS_REOPEN_MIN,
	BUS_REOPEN_MAX,
	BUS_SILENCE,
};

extern const struct config_schema keys_schema;

/* config_load(), and what only several keys together tell. Returns how many mistakes were told. */
unsigned keys_load(const char *file, config_tell *tell, void *ctx, struct config **ret_config);
unsigned keys_check(const struct config *c, config_tell *tell, void *ctx);

/* Of a section that there is once. */
const char *keys_text(const struct config *c, enum keys_section section, size_t key);
int64_t keys_number(const struct config *c, enum keys_section section, size_t key);

struct keys_listen {
	char host[256];
	uint16_t port;
};
/* The next of a list, from *at on; false at its end. The list was checked. */
bool keys_next_listen(const char **at, struct keys_listen *ret_listen);

void keys_http_limits(const struct config *c, struct http_limits *ret_limits);
void keys_retention(const struct config *c, struct store_retention *ret_retention);
void keys_queue(const struct config *c, struct store_queue_options *ret_options);
void keys_bus(
	const struct config_block *bus, struct stream_url *ret_url, struct port_limits *ret_limits);
/* Adds it under its name. 0, or -1 and a sentence. */
int keys_add_bus(struct ports *ports, const struct config_block *bus, char *ret_err, size_t max);

#endif
