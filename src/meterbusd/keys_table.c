/* SPDX-License-Identifier: MIT */
/* What can be configured: the tables, and checks of single values. */
#include "meterbusd/keys.h"

#include "base/zone.h"
#include "gateway/allow.h"

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

const char *keys_next_word(const char **at, size_t *ret_len)
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

bool keys_next_listen(const char **at, struct keys_listen *ret_listen)
{
	size_t len;
	const char *word = keys_next_word(at, &len);

	return word && split_place(word, len, ret_listen);
}

static bool check_listen(const char *value, char *ret_why, size_t max)
{
	struct keys_listen listen;
	size_t len, n = 0;
	const char *word;

	if (strcmp(value, "none") == 0)
		return true;
	for (; (word = keys_next_word(&value, &len)); n++) {
		if (n < HTTP_LISTENERS_MAX && split_place(word, len, &listen))
			continue;
		snprintf(ret_why, max,
			"must be none, or up to %d of HOST:PORT, as 127.0.0.1:8466 [::1]:8466",
			HTTP_LISTENERS_MAX);
		return false;
	}
	return true;
}

static bool check_listen_one(const char *value, char *ret_why, size_t max)
{
	struct keys_listen listen;

	if (keys_next_listen(&value, &listen) && value[strspn(value, " \t")] == '\0')
		return true;
	snprintf(ret_why, max, "must be HOST:PORT, as 127.0.0.1:10000 or [::]:10000");
	return false;
}

static bool check_hosts(const char *value, char *ret_why, size_t max)
{
	size_t len, n = 0;

	while (keys_next_word(&value, &len))
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

static bool check_allow(const char *value, char *ret_why, size_t max)
{
	struct allow_rule rule;
	char text[KEYS_WORD_MAX], why[CONFIG_SENTENCE_MAX / 2];
	const char *word;
	size_t len, n = 0;

	for (; (word = keys_next_word(&value, &len)); n++) {
		snprintf(text, sizeof(text), "%.*s", (int)len, word);
		why[0] = '\0';
		if (len < sizeof(text) && n < ALLOW_MAX &&
			allow_parse(text, &rule, why, sizeof(why)) >= 0)
			continue;
		snprintf(ret_why, max,
			"must be up to %d of ADDRESS or ADDRESS/BITS, separated by blanks: %s",
			ALLOW_MAX, n == ALLOW_MAX ? "these are more" : why);
		return false;
	}
	return true;
}

/* What an AT session can be on, instead of TCP. */
static bool check_line(const char *value, char *ret_why, size_t max)
{
	struct stream_url url;

	if (stream_url_parse(value, &url, ret_why, max) < 0)
		return false;
	if ((url.kind == STREAM_SERIAL || url.kind == STREAM_PTY) && url.path[0])
		return true;
	snprintf(ret_why, max, "must be serial:DEVICE or pty:PATH");
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
	[BUS_NUMBER] = { .name = "number", .type = CONFIG_NUMBER, .min = 1, .max = AT_PORT_MAX,
		.help = "Its number in AT commands: n of AT^SCPORTn. Without: 2 if there is no other bus, "
			"else it has none." },
};

#define ACCEPT_ROWS(clients_max, idle_of_line) \
	[ACCEPT_ALLOW] = { .name = "allow", .type = CONFIG_TEXT, .check = check_allow, .reload = true, \
		.help = "Addresses and networks of those who may connect, as 10.1.0.0/16 ::1, separated " \
			"by blanks. Without: all." }, \
	[ACCEPT_CERTIFICATE] = { .name = "certificate", .type = CONFIG_PATH, .reload = true, \
		.help = "TLS certificate with its chain, PEM: clients speak TLS then." }, \
	[ACCEPT_KEY] = { .name = "key", .type = CONFIG_PATH, .reload = true, \
		.help = "Key of the certificate, PEM." }, \
	[ACCEPT_INSECURE] = { .name = "insecure", .type = CONFIG_BOOL, .fallback = "no", .reload = true, \
		.help = "Listen beyond this machine without TLS: everybody on the way can read it, and " \
			"talk to the meters." }, \
	[ACCEPT_IDLE] = { .name = "idle", .type = CONFIG_DURATION, .fallback = "1h", .reload = true, \
		.max = 7 * DAY_MS, .help = "A client that says nothing for so long is disconnected; 0: never." idle_of_line }, \
	[ACCEPT_CLIENTS] = { .name = "clients", .type = CONFIG_NUMBER, .fallback = clients_max, \
		.min = 1, .max = 1000, .reload = true, .help = "At one time; more are refused." }

static const struct config_key at_keys[] = {
	[ACCEPT_LISTEN] = { .name = "listen", .type = CONFIG_TEXT, .check = check_listen_one, .reload = true,
		.help = "HOST:PORT for telnet and programs. Beyond this machine it takes a certificate, or insecure = "
			"yes. Without, and without line: 127.0.0.1:10000." },
	ACCEPT_ROWS("16", " Unless it is set, a line is never."),
	[AT_KEY_LINE] = { .name = "line", .type = CONFIG_TEXT, .check = check_line, .reload = true,
		.help = "Instead of listen: serial:/dev/ttyS0?baud=115200, or pty:PATH, a terminal made at this path." },
	[AT_KEY_LOGIN] = { .name = "login", .type = CONFIG_BOOL, .reload = true,
		.help = "Ask for the name of a token of the API and the token as its password. Without: yes for "
			"listen, no for line." },
	[AT_KEY_TELNET] = { .name = "telnet", .type = CONFIG_BOOL, .fallback = "no", .reload = true,
		.help = "Begin the options of telnet unasked: its users then see what they type once, but "
			"scripts that know no telnet see six more bytes." },
};

static const struct config_key transparent_keys[] = {
	[ACCEPT_LISTEN] = { .name = "listen", .type = CONFIG_TEXT, .check = check_listen_one,
		.reload = true, .help = "HOST:PORT. Beyond this machine it takes a certificate, or insecure = yes. Without: "
			"127.0.0.1, and 10000 and the number of the bus." },
	ACCEPT_ROWS("8", ""),
	[TRANSPARENT_KEY_BUS] = { .name = "bus", .type = CONFIG_TEXT, .required = true, .reload = true,
		.help = "Name of the bus." },
	[TRANSPARENT_KEY_PROTOCOL] = { .name = "protocol", .type = CONFIG_CHOICE, .choices = "tcp rfc2217",
		.fallback = "tcp", .reload = true,
		.help = "tcp: the bytes alone; rfc2217: clients can set speed and format." },
	[TRANSPARENT_KEY_MODE] = { .name = "mode", .type = CONFIG_CHOICE, .choices = "mbus raw", .fallback = "mbus",
		.reload = true,
		.help = "mbus: clients and schedule take turns by whole dialogues; raw: any bytes, the bus is the "
			"client's until it falls silent." },
	[TRANSPARENT_KEY_STALE] = { .name = "stale", .type = CONFIG_DURATION, .min = 50,
		.max = MINUTE_MS, .reload = true,
		.help = "What waited longer for the bus is dropped: its client has given up. Without: 1s; in mode "
			"raw 1s more than raw_gap." },
	[TRANSPARENT_KEY_RAW_GAP] = { .name = "raw_gap", .type = CONFIG_DURATION, .fallback = "2s", .min = 50,
		.max = MINUTE_MS, .reload = true,
		.help = "In mode raw: silence in both directions that gives the bus to others." },
	[TRANSPARENT_KEY_RAW_TURN] = { .name = "raw_turn", .type = CONFIG_DURATION, .fallback = "30s",
		.min = 1000, .max = HOUR_MS, .reload = true,
		.help = "In mode raw: the longest time that one client has the bus while others wait." },
};

#define KEYS(table) table, sizeof(table) / sizeof(*(table))
static const struct config_section sections[] = {
	[SECTION_DAEMON] = { "daemon", NULL, KEYS(daemon_keys), "The process." },
	[SECTION_API] = { "api", NULL, KEYS(api_keys), "The HTTP API." },
	[SECTION_STORE] = { "store", NULL, KEYS(store_keys), "What is kept, and for how long." },
	[SECTION_BUS] = { "bus", "NAME", KEYS(bus_keys),
		"A bus of meters, which accounts name. There may be any number of these sections." },
	[SECTION_AT] = { "at", "NAME", KEYS(at_keys),
		"The AT commands of a metering gateway, for telnet, scripts and terminals; see doc/at.md." },
	[SECTION_TRANSPARENT] = { "transparent", "NAME", KEYS(transparent_keys),
		"A TCP port through which other masters reach a bus while it is read on schedule." },
};
/* clang-format on */

const struct config_schema keys_schema = {KEYS(sections)};
