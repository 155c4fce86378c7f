/* SPDX-License-Identifier: MIT */
/* What can be configured, and what the modules make of it: each gets a plain struct of options. */
#ifndef METERBUSD_KEYS_H
#define METERBUSD_KEYS_H

#include "api/http.h"
#include "base/config.h"
#include "base/url.h"
#include "bus/ports.h"
#include "gateway/acceptor.h"
#include "gateway/allow.h"
#include "gateway/ams.h"
#include "store/queue.h"
#include "store/store.h"

enum keys_section {
	SECTION_DAEMON,
	SECTION_API,
	SECTION_STORE,
	SECTION_BUS,
	SECTION_AT,
	SECTION_TRANSPARENT,
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
	BUS_NUMBER,
};

/* Of all sections that let somebody in: the same keys in the same places. */
enum accept_key {
	ACCEPT_LISTEN,
	ACCEPT_ALLOW,
	ACCEPT_CERTIFICATE,
	ACCEPT_KEY,
	ACCEPT_INSECURE,
	ACCEPT_IDLE,
	ACCEPT_CLIENTS,
	ACCEPT_KEYS,
};

enum at_key {
	AT_KEY_LINE = ACCEPT_KEYS,
	AT_KEY_LOGIN,
	AT_KEY_TELNET,
};

enum transparent_key {
	TRANSPARENT_KEY_BUS = ACCEPT_KEYS,
	TRANSPARENT_KEY_PROTOCOL,
	TRANSPARENT_KEY_MODE,
	TRANSPARENT_KEY_STALE,
	TRANSPARENT_KEY_RAW_GAP,
	TRANSPARENT_KEY_RAW_TURN,
};

extern const struct config_schema keys_schema;

/* config_load(), and what only several keys together tell. Returns how many mistakes were told. */
unsigned keys_load(const char *file, config_tell *tell, void *ctx, struct config **ret_config);
unsigned keys_check(const struct config *c, config_tell *tell, void *ctx);
/* The files that it names, as who asks can read them: certificates and their keys. */
unsigned keys_check_files(const struct config *c, config_tell *tell, void *ctx);

/* Of a section that there is once. */
const char *keys_text(const struct config *c, enum keys_section section, size_t key);
int64_t keys_number(const struct config *c, enum keys_section section, size_t key);

struct keys_listen {
	char host[256];
	uint16_t port;
};
/* The next word of a list, from *at on; NULL at its end. */
const char *keys_next_word(const char **at, size_t *ret_len);
/* The next of a list, from *at on; false at its end. The list was checked. */
bool keys_next_listen(const char **at, struct keys_listen *ret_listen);

void keys_http_limits(const struct config *c, struct http_limits *ret_limits);
void keys_retention(const struct config *c, struct store_retention *ret_retention);
void keys_queue(const struct config *c, struct store_queue_options *ret_options);
void keys_bus(
	const struct config_block *bus, struct stream_url *ret_url, struct port_limits *ret_limits);
#define KEYS_WORD_MAX 64 /* an address with its prefix, and NUL */
/* Who may come in where, and what the options point into. */
struct keys_accept {
	struct acceptor_options options; /* pointers into this, and into the configuration */
	struct keys_listen listen;
	char words[ALLOW_MAX][KEYS_WORD_MAX];
	const char *allow[ALLOW_MAX + 1];
};
/* Of a section [at NAME] or [transparent NAME]; without a place, that of the standard. */
void keys_accept(
	const struct config *c, const struct config_block *b, struct keys_accept *ret_accept);
/* n of AT^SCPORT<n>; 0: none. */
uint32_t keys_bus_number(const struct config *c, const struct config_block *bus);
/* Adds it under its name. 0, or -1 and a sentence. */
int keys_add_bus(struct ports *ports, const struct config_block *bus, char *ret_err, size_t max);

#endif
