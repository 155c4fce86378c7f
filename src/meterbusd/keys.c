/* SPDX-License-Identifier: MIT */
#include "meterbusd/keys.h"

#include "base/loop_virtual.h"
#include "base/zone.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000
#define HOUR_MS 3600000
#define DAY_MS ((int64_t)86400000)
#define YEARS_MS (36500 * DAY_MS)
#define KIB ((int64_t)1024)
#define GIB (KIB << 20)
#define NAMES_MAX 16 /* in a list */

/* ---- checks of texts ---- */

static const char *next_word(const char **at, size_t *ret_len)
{
	const char *word = *at + strspn(*at, " \t");

	*ret_len = strcspn(word, " \t");
	*at = word + *ret_len;
	return *ret_len ? word : NULL;
}

/* HOST:PORT, [HOST]:PORT. */
static bool split_place(const char *text, size_t len, struct keys_listen *ret_listen)
{
	const char *colon = memrchr(text, ':', len), *host = text;
	size_t host_len = colon ? (size_t)(colon - text) : 0;
	char number[8] = "", *end;
	unsigned long port;

	if (!colon || host_len == 0 || len - host_len - 1 >= sizeof(number))
		return false;
	if (host[0] == '[' && host[host_len - 1] == ']') {
		host++;
		host_len -= 2;
	} else if (memchr(host, ':', host_len)) {
		return false;
	}
	memcpy(number, colon + 1, len - (size_t)(colon + 1 - text));
	port = strtoul(number, &end, 10);
	if (number[0] < '0' || number[0] > '9' || *end || port > UINT16_MAX || host_len == 0 ||
		host_len >= sizeof(ret_listen->host))
		return false;
	memcpy(ret_listen->host, host, host_len);
	ret_listen->host[host_len] = '\0';
	ret_listen->port = (uint16_t)port;
	return true;
}

static bool check_listen(const char *value, char *ret_why, size_t max)
{
	struct keys_listen listen;
	size_t len, n = 0;
	const char *word;

	if (strcmp(value, "none") == 0)
		return true;
	for (; (word = next_word(&value, &len)); n++) {
		if (n < HTTP_LISTENERS_MAX && split_place(word, len, &listen))
			continue;
		snprintf(ret_why, max,
			"must be none, or up to %d of HOST:PORT, as 127.0.0.1:8466 [::1]:8466",
			HTTP_LISTENERS_MAX);
		return false;
	}
	return true;
}

static bool check_hosts(const char *value, char *ret_why, size_t max)
{
	size_t len, n = 0;

	while (next_word(&value, &len))
		n++;
	if (n <= NAMES_MAX)
		return true;
	snprintf(ret_why, max, "must be up to %d names", NAMES_MAX);
	return false;
}

static bool check_url(const char *value, char *ret_why, size_t max)
{
	struct stream_url url;

	if (stream_url_parse(value, &url, ret_why, max) < 0)
		return false;
	if (url.kind != STREAM_PTY)
		return true;
	snprintf(ret_why, max, "a pty is made by a simulator; name its device: serial:PATH");
	return false;
}

static bool check_zone(const char *value, char *ret_why, size_t max)
{
	struct zone *zone;

	if (zone_load(value, &zone, ret_why, max) < 0)
		return false;
	zone_put(zone);
	return true;
}

static bool check_umask(const char *value, char *ret_why, size_t max)
{
	size_t n = strspn(value, "01234567");

	if (n > 0 && n <= 4 && value[n] == '\0' && strtoul(value, NULL, 8) <= 0777)
		return true;
	snprintf(ret_why, max, "must be octal, 000 to 777");
	return false;
}

/* ---- the table ---- */

/* clang-format off */
static const struct config_key daemon_keys[] = {
	[DAEMON_DATA] = { .name = "data", .type = CONFIG_PATH,
		.help = "Directory of the store, made when missing. Without: $STATE_DIRECTORY, for root "
			"/var/lib/meterbus, else $XDG_STATE_HOME/meterbus or ~/.local/state/meterbus." },
	[DAEMON_USER] = { .name = "user", .type = CONFIG_TEXT,
		.help = "Started as root, become this user, with its groups (dialout for serial ports). "
			"Root does not run it without; root here means to stay root." },
	[DAEMON_GROUP] = { .name = "group", .type = CONFIG_TEXT,
		.help = "Primary group instead of the user's." },
	[DAEMON_UMASK] = { .name = "umask", .type = CONFIG_TEXT, .check = check_umask, .fallback = "077",
		.help = "Rights that new files do not get." },
	[DAEMON_LOG_LEVEL] = { .name = "log_level", .type = CONFIG_CHOICE, .reload = true,
		.choices = "error warning notice info debug", .fallback = "notice",
		.help = "What is logged, and all that is more important." },
	[DAEMON_TIME_ZONE] = { .name = "time_zone", .type = CONFIG_TEXT, .check = check_zone,
		.help = "Of accounts without their own, as Europe/Prague. Without: the system's." },
	[DAEMON_CLOCK_DRIFT] = { .name = "clock_drift", .type = CONFIG_DURATION, .fallback = "5min",
		.min = 1000, .max = DAY_MS,
		.help = "A meter whose clock differs from ours by more is reported." },
	[DAEMON_STOP_WAIT] = { .name = "stop_wait", .type = CONFIG_DURATION, .reload = true,
		.fallback = "1500ms", .max = MINUTE_MS,
		.help = "At a stop, so long may the telegram under way still be answered; then it is cut "
			"and recorded as interrupted." },
};

static const struct config_key api_keys[] = {
	[API_LISTEN] = { .name = "listen", .type = CONFIG_TEXT, .check = check_listen,
		.fallback = "127.0.0.1:8466",
		.help = "Addresses and ports of the HTTP API, separated by blanks; port 0: any free one. "
			"Beyond this machine it takes a certificate, or insecure = yes." },
	[API_HOSTS] = { .name = "hosts", .type = CONFIG_TEXT, .check = check_hosts,
		.help = "Names by which clients on this machine may call it, beside localhost and "
			"addresses: pages from elsewhere cannot use names of their own." },
	[API_CERTIFICATE] = { .name = "certificate", .type = CONFIG_PATH, .reload = true,
		.help = "TLS certificate with its chain, PEM. A reload reads the file again." },
	[API_KEY] = { .name = "key", .type = CONFIG_PATH, .reload = true,
		.help = "Key of the certificate, PEM." },
	[API_INSECURE] = { .name = "insecure", .type = CONFIG_BOOL, .fallback = "no",
		.help = "Serve plain HTTP beyond this machine: tokens and readings can then be read on "
			"the way. Only behind a proxy that does TLS." },
	[API_CONNECTIONS] = { .name = "connections", .type = CONFIG_NUMBER, .fallback = "1000",
		.min = 1, .max = 100000, .help = "At one time." },
	[API_CONNECTIONS_PER_CLIENT] = { .name = "connections_per_client", .type = CONFIG_NUMBER,
		.fallback = "100", .min = 1, .max = 100000,
		.help = "Of them from one address that is not of this machine." },
	[API_STREAMS] = { .name = "streams", .type = CONFIG_NUMBER, .fallback = "200", .min = 1,
		.max = 10000, .help = "Of them that follow the live stream." },
	[API_HEADER_SIZE] = { .name = "header_size", .type = CONFIG_SIZE, .fallback = "16K",
		.min = KIB, .max = 1024 * KIB, .help = "Of a request, its first line included." },
	[API_BODY_SIZE] = { .name = "body_size", .type = CONFIG_SIZE, .fallback = "1M",
		.min = KIB, .max = GIB, .help = "Of a request." },
	[API_HEADER_WAIT] = { .name = "header_wait", .type = CONFIG_DURATION, .fallback = "20s",
		.min = 100, .max = HOUR_MS, .help = "For a whole header, then the connection is cut." },
	[API_BODY_WAIT] = { .name = "body_wait", .type = CONFIG_DURATION, .fallback = "30s",
		.min = 100, .max = HOUR_MS, .help = "For a whole body, then the connection is cut." },
	[API_ANSWER_WAIT] = { .name = "answer_wait", .type = CONFIG_DURATION, .fallback = "1min",
		.min = 100, .max = HOUR_MS,
		.help = "For the client to take an answer, beside 1 s for each 16 KiB." },
	[API_STREAM_SIZE] = { .name = "stream_size", .type = CONFIG_SIZE, .fallback = "1M",
		.min = 4 * KIB, .max = GIB, .help = "May wait for one follower of the live stream; one "
			"that is slower is cut." },
	[API_HEARTBEAT] = { .name = "heartbeat", .type = CONFIG_DURATION, .fallback = "15s",
		.min = 100, .max = HOUR_MS, .help = "Of a live stream in which nothing happens." },
};

static const struct config_key store_keys[] = {
	[STORE_KEY_MAX_SIZE] = { .name = "max_size", .type = CONFIG_SIZE, .fallback = "0",
		.help = "Of all files of the store, at least 4M; 0: no limit. Keep it below what the disk "
			"has: a store that cannot grow can still make room, a full disk cannot." },
	[STORE_KEY_RING] = { .name = "ring", .type = CONFIG_BOOL, .fallback = "no", .reload = true,
		.help = "At max_size overwrite the oldest telegrams. Without, reading goes on and is "
			"counted but not stored until there is room." },
	[STORE_KEY_TELEGRAMS_AGE] = { .name = "telegrams_age", .type = CONFIG_DURATION, .fallback = "0",
		.reload = true, .max = YEARS_MS,
		.help = "Raw telegrams older than this are deleted; 0: never." },
	[STORE_KEY_TELEGRAMS_SIZE] = { .name = "telegrams_size", .type = CONFIG_SIZE, .fallback = "0",
		.reload = true, .help = "Raw telegrams beyond this are deleted, oldest first; 0: none." },
	[STORE_KEY_POINTS_AGE] = { .name = "points_age", .type = CONFIG_DURATION, .fallback = "0",
		.reload = true, .max = YEARS_MS, .help = "The same for values of readings." },
	[STORE_KEY_POINTS_SIZE] = { .name = "points_size", .type = CONFIG_SIZE, .fallback = "0",
		.reload = true, .help = "The same for values of readings." },
	[STORE_KEY_EVENTS_AGE] = { .name = "events_age", .type = CONFIG_DURATION, .fallback = "400d",
		.reload = true, .max = YEARS_MS, .help = "The same for events." },
	[STORE_KEY_EVENTS_SIZE] = { .name = "events_size", .type = CONFIG_SIZE, .fallback = "64M",
		.reload = true, .help = "The same for events." },
	[STORE_KEY_COMMIT_WINDOW] = { .name = "commit_window", .type = CONFIG_DURATION, .reload = true,
		.fallback = "1s", .min = 1, .max = MINUTE_MS,
		.help = "Scheduled readings wait so long for others, to be written together." },
	[STORE_KEY_QUEUE_SIZE] = { .name = "queue_size", .type = CONFIG_SIZE, .fallback = "16M",
		.min = 1024 * KIB, .max = GIB,
		.help = "May wait in memory to be written; what comes then is not stored, and counted." },
	[STORE_KEY_CACHE] = { .name = "cache", .type = CONFIG_SIZE, .fallback = "512K", .min = 64 * KIB,
		.max = GIB, .help = "Memory for pages of the store, for each of its connections." },
};

static const struct config_key bus_keys[] = {
	[BUS_URL] = { .name = "url", .type = CONFIG_TEXT, .required = true, .reload = true,
		.check = check_url,
		.help = "Where the bus is: /dev/ttyUSB0?baud=2400, tcp://HOST:PORT, udp://HOST:PORT, "
			"rfc2217://HOST:PORT; see meterbus(1)." },
	[BUS_LATENCY] = { .name = "latency", .type = CONFIG_DURATION, .reload = true, .max = STREAM_MS_MAX,
		.help = "Allowed for the way to the bus, beside the answer time of the standard. Without: "
			"100ms, over a network 2s." },
	[BUS_TIMEOUT] = { .name = "timeout", .type = CONFIG_DURATION, .reload = true, .max = STREAM_MS_MAX,
		.help = "Whole answer time, instead of that of the standard and latency." },
	[BUS_TRIES] = { .name = "tries", .type = CONFIG_NUMBER, .reload = true, .min = 1,
		.max = STREAM_RETRIES_MAX + 1,
		.help = "How often a telegram is sent until it is answered. Without: as the standard "
			"says." },
	[BUS_QUEUE] = { .name = "queue", .type = CONFIG_NUMBER, .reload = true, .min = 1, .max = 100000,
		.fallback = "1000", .help = "Readings that may wait for this bus; more are refused." },
	[BUS_IDLE_CLOSE] = { .name = "idle_close", .type = CONFIG_DURATION, .reload = true, .max = DAY_MS,
		.fallback = "0", .help = "Close it when nobody wants it for so long; 0: keep it open." },
	[BUS_REOPEN_MIN] = { .name = "reopen_min", .type = CONFIG_DURATION, .reload = true, .min = 100,
		.max = HOUR_MS, .fallback = "1s",
		.help = "Pause before it is opened again after a loss; doubled each time." },
	[BUS_REOPEN_MAX] = { .name = "reopen_max", .type = CONFIG_DURATION, .reload = true, .min = 100,
		.max = DAY_MS, .fallback = "1min", .help = "The longest of these pauses." },
	[BUS_SILENCE] = { .name = "silence", .type = CONFIG_DURATION, .reload = true, .min = 1000,
		.max = DAY_MS, .fallback = "5min",
		.help = "A network connection on which all meters are silent for so long is made again: "
			"its far side may be gone." },
};

#define KEYS(table) table, sizeof(table) / sizeof(*(table))
static const struct config_section sections[] = {
	[SECTION_DAEMON] = { "daemon", NULL, KEYS(daemon_keys), "The process." },
	[SECTION_API] = { "api", NULL, KEYS(api_keys), "The HTTP API." },
	[SECTION_STORE] = { "store", NULL, KEYS(store_keys), "What is kept, and for how long." },
	[SECTION_BUS] = { "bus", "NAME", KEYS(bus_keys),
		"A bus of meters, which accounts name. There may be any number of these sections." },
};
/* clang-format on */

const struct config_schema keys_schema = {KEYS(sections)};

/* ---- what several keys tell together ---- */

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

static unsigned check_api(const struct config_block *api, config_tell *tell, void *ctx)
{
	const char *at = config_text(api, API_LISTEN);
	bool tls = config_text(api, API_CERTIFICATE) != NULL;
	struct keys_listen listen;

	if (tls != (config_text(api, API_KEY) != NULL))
		return complain(api, tls ? API_CERTIFICATE : API_KEY,
			"certificate and key come together", tell, ctx);
	if (tls || config_number(api, API_INSECURE))
		return 0;
	while (keys_next_listen(&at, &listen)) {
		if (!tcp_is_loopback(listen.host))
			return complain(api, API_LISTEN,
				"others could listen: set certificate and key, or insecure = yes",
				tell, ctx);
	}
	return 0;
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
	unsigned mistakes = check_api(config_block(c, SECTION_API, 0), tell, ctx);
	int64_t max_size = config_number(store, STORE_KEY_MAX_SIZE);

	if (max_size != 0 && max_size < STORE_BYTES_MIN)
		mistakes +=
			complain(store, STORE_KEY_MAX_SIZE, "must be 0 or at least 4M", tell, ctx);
	if (max_size == 0 && config_number(store, STORE_KEY_RING))
		mistakes += complain(store, STORE_KEY_RING, "needs max_size", tell, ctx);
	return mistakes + check_buses(c, tell, ctx);
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

bool keys_next_listen(const char **at, struct keys_listen *ret_listen)
{
	size_t len;
	const char *word = next_word(at, &len);

	return word && split_place(word, len, ret_listen);
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
