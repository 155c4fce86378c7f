/* SPDX-License-Identifier: MIT */
#include "meterbusd/keys.h"

#include "base/loop_virtual.h"
#include "base/tls_front.h"

#include <string.h>
#include <strings.h>

#define ONLY_BUS_NUMBER 2 /* the M-Bus port of a SmartCom */
#define COMMAND_PORT 10000 /* a bus is at this and its number */

/* ---- what several keys tell together ---- */

struct tls_keys {
	size_t listen, certificate, key, insecure;
};

/* Tells a sentence that begins with the place of a key. */
static unsigned complain(
	const struct config_block *b, size_t key, const char *text, config_tell *tell, void *ctx)
{
	char sentence[CONFIG_SENTENCE_MAX], where[CONFIG_SENTENCE_MAX / 2];

	config_where(b, key, where, sizeof(where));
	snprintf(sentence, sizeof(sentence), "%s: %s", where, text);
	tell(ctx, sentence);
	return 1;
}

/* Certificate and key of a section, and that nobody listens beyond this machine by accident. */
static unsigned check_tls(
	const struct config_block *b, const struct tls_keys *keys, config_tell *tell, void *ctx)
{
	const char *at = config_text(b, keys->listen);
	bool tls = config_text(b, keys->certificate) != NULL;
	struct keys_listen listen;

	if (tls != (config_text(b, keys->key) != NULL))
		return complain(b, tls ? keys->certificate : keys->key,
			"certificate and key come together", tell, ctx);
	if (tls || config_number(b, keys->insecure))
		return 0;
	while (at && keys_next_listen(&at, &listen)) {
		if (!tcp_is_loopback(listen.host))
			return complain(b, keys->listen,
				"others could listen: set certificate and key, or insecure = yes",
				tell, ctx);
	}
	return 0;
}

static const struct tls_keys api_tls = {API_LISTEN, API_CERTIFICATE, API_KEY, API_INSECURE};
static const struct tls_keys accept_tls = {
	ACCEPT_LISTEN, ACCEPT_CERTIFICATE, ACCEPT_KEY, ACCEPT_INSECURE};

/* A line is not a network: what is said about one would not be done. */
static unsigned check_line(const struct config_block *b, config_tell *tell, void *ctx)
{
	static const size_t network[] = {ACCEPT_ALLOW, ACCEPT_CERTIFICATE, ACCEPT_KEY,
		ACCEPT_INSECURE, ACCEPT_CLIENTS, AT_KEY_TELNET};
	unsigned mistakes = 0;

	if (config_text(b, ACCEPT_LISTEN))
		return complain(b, AT_KEY_LINE, "comes instead of listen", tell, ctx);
	for (size_t i = 0; i < sizeof(network) / sizeof(*network); i++) {
		if (config_line(b, network[i]))
			mistakes += complain(
				b, network[i], "is for listen, this one has a line", tell, ctx);
	}
	return mistakes;
}

static unsigned check_at(const struct config *c, config_tell *tell, void *ctx)
{
	const struct config_block *b;
	unsigned mistakes = 0;

	for (size_t i = 0; (b = config_block(c, SECTION_AT, i)); i++)
		mistakes += config_text(b, AT_KEY_LINE) ? check_line(b, tell, ctx)
							: check_tls(b, &accept_tls, tell, ctx);
	return mistakes;
}

static unsigned check_transparent(const struct config *c, config_tell *tell, void *ctx)
{
	const struct config_block *b, *bus;
	unsigned mistakes = 0;

	for (size_t i = 0; (b = config_block(c, SECTION_TRANSPARENT, i)); i++) {
		bus = config_find(c, SECTION_BUS, config_text(b, TRANSPARENT_KEY_BUS));
		if (!bus)
			mistakes += complain(b, TRANSPARENT_KEY_BUS,
				"there is no section of a bus with this name", tell, ctx);
		else if (!config_text(b, ACCEPT_LISTEN) && keys_bus_number(c, bus) == 0)
			mistakes += complain(b, ACCEPT_LISTEN,
				"has to be given, as the bus has no number", tell, ctx);
		mistakes += check_tls(b, &accept_tls, tell, ctx);
	}
	return mistakes;
}

/* The i-th section that lets somebody in. */
static const struct config_block *accept_block(const struct config *c, size_t i)
{
	size_t n_at = config_count(c, SECTION_AT);

	return i < n_at ? config_block(c, SECTION_AT, i)
			: config_block(c, SECTION_TRANSPARENT, i - n_at);
}

/* False where it is a line, or any free port. */
static bool place_of(const struct config *c, size_t i, struct keys_listen *ret_place)
{
	struct keys_accept accept;

	keys_accept(c, accept_block(c, i), &accept);
	*ret_place = accept.listen;
	return accept.listen.port != 0 && accept.options.host;
}

/* Two sections at one place, which may be that of the standard. */
static unsigned check_places(const struct config *c, config_tell *tell, void *ctx)
{
	struct keys_listen place, other;
	unsigned mistakes = 0;

	for (size_t i = 1; accept_block(c, i); i++) {
		bool taken = false;

		for (size_t j = 0; j < i && place_of(c, i, &place) && !taken; j++)
			taken = place_of(c, j, &other) && other.port == place.port &&
				strcasecmp(other.host, place.host) == 0;
		if (taken)
			mistakes += complain(accept_block(c, i), ACCEPT_LISTEN,
				"another section has this address and port", tell, ctx);
	}
	return mistakes;
}

/* Each number at most once, and no more than the gateway can name. */
static unsigned check_numbers(const struct config *c, config_tell *tell, void *ctx)
{
	bool seen[AT_PORT_MAX + 1] = {false};
	const struct config_block *bus;
	unsigned mistakes = 0, n = 0;
	char text[48];

	snprintf(text, sizeof(text), "more than %d buses have a number", AMS_PORTS_MAX);
	for (size_t i = 0; (bus = config_block(c, SECTION_BUS, i)); i++) {
		bool *number = &seen[config_number(bus, BUS_NUMBER)];

		if (!config_line(bus, BUS_NUMBER))
			continue;
		if (*number)
			mistakes +=
				complain(bus, BUS_NUMBER, "another bus has this number", tell, ctx);
		else if (++n == AMS_PORTS_MAX + 1)
			mistakes += complain(bus, BUS_NUMBER, text, tell, ctx);
		*number = true;
	}
	return mistakes;
}

/* Two names for one place, and whatever else the registry of ports minds: it is asked. */
static unsigned check_buses(const struct config *c, config_tell *tell, void *ctx)
{
	struct loop *loop = loop_virtual_new(0, 0);
	struct ports *ports = loop ? ports_new(&(struct ports_config){.loop = loop}) : NULL;
	const struct config_block *bus;
	char err[CONFIG_SENTENCE_MAX];
	unsigned mistakes = 0;

	for (size_t i = 0; ports && (bus = config_block(c, SECTION_BUS, i)); i++) {
		if (config_number(bus, BUS_REOPEN_MIN) > config_number(bus, BUS_REOPEN_MAX))
			mistakes +=
				complain(bus, BUS_REOPEN_MIN, "longer than reopen_max", tell, ctx);
		if (keys_add_bus(ports, bus, err, sizeof(err)) == 0)
			continue;
		mistakes++;
		tell(ctx, err);
	}
	ports_free(ports);
	loop_free(loop);
	return mistakes;
}

unsigned keys_check(const struct config *c, config_tell *tell, void *ctx)
{
	const struct config_block *store = config_block(c, SECTION_STORE, 0);
	unsigned mistakes = check_tls(config_block(c, SECTION_API, 0), &api_tls, tell, ctx);
	int64_t max_size = config_number(store, STORE_KEY_MAX_SIZE);

	if (max_size != 0 && max_size < STORE_BYTES_MIN)
		mistakes +=
			complain(store, STORE_KEY_MAX_SIZE, "must be 0 or at least 4M", tell, ctx);
	if (max_size == 0 && config_number(store, STORE_KEY_RING))
		mistakes += complain(store, STORE_KEY_RING, "needs max_size", tell, ctx);
	return mistakes + check_buses(c, tell, ctx) + check_numbers(c, tell, ctx) +
	       check_at(c, tell, ctx) + check_transparent(c, tell, ctx) +
	       check_places(c, tell, ctx);
}

static unsigned check_certificate(
	const struct config_block *b, const struct tls_keys *keys, config_tell *tell, void *ctx)
{
	const char *certificate = config_text(b, keys->certificate);
	char err[CONFIG_SENTENCE_MAX / 4];
	struct tls_front *t;

	if (!certificate)
		return 0;
	t = tls_front_new(certificate, config_text(b, keys->key), err, sizeof(err));
	if (!t)
		return complain(b, keys->certificate, err, tell, ctx);
	tls_front_free(t);
	return 0;
}

unsigned keys_check_files(const struct config *c, config_tell *tell, void *ctx)
{
	const struct config_block *b;
	unsigned mistakes = check_certificate(config_block(c, SECTION_API, 0), &api_tls, tell, ctx);

	for (size_t i = 0; (b = accept_block(c, i)); i++)
		mistakes += check_certificate(b, &accept_tls, tell, ctx);
	return mistakes;
}

unsigned keys_load(const char *file, config_tell *tell, void *ctx, struct config **ret_config)
{
	struct config *c;
	unsigned mistakes = config_load(&keys_schema, file, tell, ctx, &c);

	if (mistakes)
		return mistakes;
	mistakes = keys_check(c, tell, ctx);
	if (mistakes)
		config_free(c);
	else
		*ret_config = c;
	return mistakes;
}

/* ---- for the modules ---- */

const char *keys_text(const struct config *c, enum keys_section section, size_t key)
{
	return config_text(config_block(c, section, 0), key);
}

int64_t keys_number(const struct config *c, enum keys_section section, size_t key)
{
	return config_number(config_block(c, section, 0), key);
}

static uint32_t number(const struct config *c, enum keys_section section, size_t key)
{
	return (uint32_t)keys_number(c, section, key);
}

void keys_http_limits(const struct config *c, struct http_limits *ret_limits)
{
	*ret_limits = (struct http_limits){
		.connections = number(c, SECTION_API, API_CONNECTIONS),
		.connections_per_ip = number(c, SECTION_API, API_CONNECTIONS_PER_CLIENT),
		.header_bytes = number(c, SECTION_API, API_HEADER_SIZE),
		.body_bytes = number(c, SECTION_API, API_BODY_SIZE),
		.header_ms = number(c, SECTION_API, API_HEADER_WAIT),
		.body_ms = number(c, SECTION_API, API_BODY_WAIT),
		.answer_ms = number(c, SECTION_API, API_ANSWER_WAIT),
		.streams = number(c, SECTION_API, API_STREAMS),
		.stream_bytes = number(c, SECTION_API, API_STREAM_SIZE),
		.heartbeat_ms = number(c, SECTION_API, API_HEARTBEAT),
	};
}

void keys_retention(const struct config *c, struct store_retention *ret_retention)
{
	const struct config_block *b = config_block(c, SECTION_STORE, 0);
	struct store_limit *limit;

	*ret_retention = (struct store_retention){.ring = config_number(b, STORE_KEY_RING)};
	for (size_t i = 0; i < STORE_KINDS; i++) {
		limit = &ret_retention->kind[i];
		limit->age_ms = config_number(b, STORE_KEY_TELEGRAMS_AGE + 2 * i);
		limit->bytes = (uint64_t)config_number(b, STORE_KEY_TELEGRAMS_SIZE + 2 * i);
	}
}

void keys_queue(const struct config *c, struct store_queue_options *ret_options)
{
	*ret_options = (struct store_queue_options){
		.window_ms = number(c, SECTION_STORE, STORE_KEY_COMMIT_WINDOW),
		.max_bytes = number(c, SECTION_STORE, STORE_KEY_QUEUE_SIZE),
	};
}

void keys_bus(
	const struct config_block *bus, struct stream_url *ret_url, struct port_limits *ret_limits)
{
	char why[CONFIG_SENTENCE_MAX];

	stream_url_parse(config_text(bus, BUS_URL), ret_url, why, sizeof(why)); /* as checked */
	if (config_line(bus, BUS_LATENCY))
		ret_url->latency_ms = (uint32_t)config_number(bus, BUS_LATENCY);
	if (config_line(bus, BUS_TIMEOUT))
		ret_url->timeout_ms = (uint32_t)config_number(bus, BUS_TIMEOUT);
	if (config_line(bus, BUS_TRIES)) {
		ret_url->retries = (uint32_t)config_number(bus, BUS_TRIES) - 1;
		ret_url->retries_given = true;
	}
	*ret_limits = (struct port_limits){
		.queue = (uint32_t)config_number(bus, BUS_QUEUE),
		.idle_close_ms = (uint32_t)config_number(bus, BUS_IDLE_CLOSE),
		.reopen_min_ms = (uint32_t)config_number(bus, BUS_REOPEN_MIN),
		.reopen_max_ms = (uint32_t)config_number(bus, BUS_REOPEN_MAX),
		.silence_ms = (uint32_t)config_number(bus, BUS_SILENCE),
	};
}

int keys_add_bus(struct ports *ports, const struct config_block *bus, char *ret_err, size_t max)
{
	struct port_limits limits;
	struct stream_url url;
	struct port *port;
	char where[CONFIG_SENTENCE_MAX / 2];
	int rc;

	keys_bus(bus, &url, &limits);
	rc = ports_add(ports, config_label(bus), &url, &limits, &port);
	if (rc >= 0)
		return 0;
	config_where(bus, BUS_URL, where, sizeof(where));
	snprintf(ret_err, max, "%s: %s", where, port_error_text(rc));
	return -1;
}

uint32_t keys_bus_number(const struct config *c, const struct config_block *bus)
{
	if (config_line(bus, BUS_NUMBER))
		return (uint32_t)config_number(bus, BUS_NUMBER);
	return config_count(c, SECTION_BUS) == 1 ? ONLY_BUS_NUMBER : 0;
}

static void split_allow(const char *text, struct keys_accept *ret)
{
	const char *word;
	size_t len, n = 0;

	for (; n < ALLOW_MAX && (word = keys_next_word(&text, &len)); n++) {
		snprintf(ret->words[n], sizeof(ret->words[n]), "%.*s", (int)len, word);
		ret->allow[n] = ret->words[n];
	}
	ret->allow[n] = NULL;
}

static bool is_at(const struct config *c, const struct config_block *b)
{
	return config_find(c, SECTION_AT, config_label(b)) == b;
}

/* 10000 for commands, 10002 for bus 2; 0: the bus has no number. */
static uint16_t standard_port(const struct config *c, const struct config_block *b)
{
	const struct config_block *bus;
	uint32_t number;

	if (is_at(c, b))
		return COMMAND_PORT;
	bus = config_find(c, SECTION_BUS, config_text(b, TRANSPARENT_KEY_BUS));
	number = bus ? keys_bus_number(c, bus) : 0;
	return (uint16_t)(number ? COMMAND_PORT + number : 0);
}

void keys_accept(
	const struct config *c, const struct config_block *b, struct keys_accept *ret_accept)
{
	const char *at = config_text(b, ACCEPT_LISTEN), *allow = config_text(b, ACCEPT_ALLOW);
	struct acceptor_options *o = &ret_accept->options;

	*o = (struct acceptor_options){
		.name = config_label(b),
		.line = is_at(c, b) ? config_text(b, AT_KEY_LINE) : NULL,
		.certificate = config_text(b, ACCEPT_CERTIFICATE),
		.key = config_text(b, ACCEPT_KEY),
		.insecure = config_number(b, ACCEPT_INSECURE),
		.idle_ms = (uint32_t)config_number(b, ACCEPT_IDLE),
		.clients_max = (uint32_t)config_number(b, ACCEPT_CLIENTS),
	};
	ret_accept->listen = (struct keys_listen){"127.0.0.1", standard_port(c, b)};
	if (at)
		keys_next_listen(&at, &ret_accept->listen);
	if (!o->line)
		o->host = ret_accept->listen.host;
	else if (!config_line(b, ACCEPT_IDLE))
		o->idle_ms = 0; /* nobody hangs up there, and whoever has it open would lose it */
	o->port = ret_accept->listen.port;
	if (allow) {
		split_allow(allow, ret_accept);
		o->allow = ret_accept->allow;
	}
}
