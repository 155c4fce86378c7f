/* SPDX-License-Identifier: MIT */
#include "base/url.h"

#include "base/nearest.h"

#include <meterbus/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define URL_TEXT_MAX 1024 /* longest URL */
#define OPTION_NAMES_MAX 128 /* of all of them */

#define KIND(kind) (1u << (kind))
#define KINDS_NETWORK (KIND(STREAM_TCP) | KIND(STREAM_UDP) | KIND(STREAM_RFC2217))
#define KINDS_ALL (KIND(STREAM_SERIAL) | KIND(STREAM_PTY) | KINDS_NETWORK)

struct error_out {
	char *text;
	size_t max;
};

/* A piece of the URL, not ended by NUL. */
struct span {
	const char *at;
	size_t len;
};

struct scheme {
	const char *name;
	enum stream_kind kind;
	uint32_t latency_ms;
};

/* clang-format off */
static const struct scheme schemes[] = {
	{"serial",  STREAM_SERIAL,  STREAM_LATENCY_SERIAL_MS},
	{"tcp",     STREAM_TCP,     STREAM_LATENCY_NETWORK_MS},
	{"udp",     STREAM_UDP,     STREAM_LATENCY_NETWORK_MS},
	{"rfc2217", STREAM_RFC2217, STREAM_LATENCY_NETWORK_MS},
	{"pty",     STREAM_PTY,     STREAM_LATENCY_SERIAL_MS},
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

__attribute__((format(printf, 2, 3))) static int fail(
	const struct error_out *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, err->max, format, args);
	va_end(args);
	return MB_E_INVALID;
}

static bool span_is(struct span s, const char *text)
{
	return strlen(text) == s.len && memcmp(s.at, text, s.len) == 0;
}

/* The part before the first `separator`; the rest, without it, stays in *rest. */
static struct span cut(struct span *rest, char separator)
{
	struct span head = *rest;
	const char *end = memchr(rest->at, separator, rest->len);

	if (end) {
		head.len = (size_t)(end - head.at);
		rest->at = end + 1;
		rest->len -= head.len + 1;
	} else {
		rest->at += rest->len;
		rest->len = 0;
	}
	return head;
}

static bool parse_number(struct span s, uint32_t max, uint32_t *ret_number)
{
	uint64_t number = 0;

	if (s.len == 0 || s.len > 10)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(s.at[i] - '0');
	}
	if (number > max)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

/* --- options ------------------------------------------------------------------------------- */

struct option;
typedef const char *set_option(struct stream_url *url, struct span value);

static const char *set_baud(struct stream_url *url, struct span value)
{
	if (!parse_number(value, STREAM_BAUD_MAX, &url->line.baud) ||
		url->line.baud < STREAM_BAUD_MIN)
		return "must be a number of 50..4000000";
	url->line_given = true;
	return NULL;
}

static const char *set_mode(struct stream_url *url, struct span value)
{
	static const char parities[] = "NEO"; /* in the order of enum mb_parity */
	const char *parity;

	if (value.len != 3)
		return "must be data bits, parity and stop bits, like 8E1";
	if (value.at[0] != '7' && value.at[0] != '8')
		return "data bits must be 7 or 8";
	parity = memchr(parities, value.at[1] & ~0x20, 3);
	if (!parity)
		return "parity must be N, E or O";
	if (value.at[2] != '1' && value.at[2] != '2')
		return "stop bits must be 1 or 2";
	url->line.data_bits = (uint8_t)(value.at[0] - '0');
	url->line.parity = (uint8_t)(parity - parities);
	url->line.stop_bits = (uint8_t)(value.at[2] - '0');
	url->line_given = url->mode_given = true;
	return NULL;
}

static const char *set_ms(struct span value, uint32_t *ret_ms)
{
	if (parse_number(value, STREAM_MS_MAX, ret_ms))
		return NULL;
	return "must be milliseconds, 0..600000";
}

static const char *set_ms_above_0(struct span value, uint32_t *ret_ms)
{
	if (parse_number(value, STREAM_MS_MAX, ret_ms) && *ret_ms > 0)
		return NULL;
	return "must be milliseconds, 1..600000";
}

static const char *set_latency(struct stream_url *url, struct span value)
{
	return set_ms(value, &url->latency_ms);
}

static const char *set_timeout(struct stream_url *url, struct span value)
{
	return set_ms_above_0(value, &url->timeout_ms);
}

static const char *set_connect_timeout(struct stream_url *url, struct span value)
{
	return set_ms_above_0(value, &url->connect_timeout_ms);
}

static const char *set_retries(struct stream_url *url, struct span value)
{
	if (!parse_number(value, STREAM_RETRIES_MAX, &url->retries))
		return "must be a number of 0..100";
	url->retries_given = true;
	return NULL;
}

static const char *set_pin(struct span value, enum stream_pin *ret_pin)
{
	static const char *const names[] = {"auto", "on", "off"};

	for (size_t i = 0; i < COUNT(names); i++) {
		if (!span_is(value, names[i]))
			continue;
		*ret_pin = (enum stream_pin)i;
		return NULL;
	}
	return "must be on, off or auto";
}

static const char *set_rts(struct stream_url *url, struct span value)
{
	return set_pin(value, &url->rts);
}

static const char *set_dtr(struct stream_url *url, struct span value)
{
	return set_pin(value, &url->dtr);
}

static const char *set_lock(struct stream_url *url, struct span value)
{
	if (!span_is(value, "on") && !span_is(value, "off"))
		return "must be on or off";
	url->lock = span_is(value, "on");
	return NULL;
}

struct option {
	const char *name;
	unsigned kinds;
	set_option *set; /* NULL, or what is wrong with the value */
};

/* clang-format off */
static const struct option options[] = {
	{"baud",            KINDS_ALL,                                   set_baud},
	{"connect_timeout", KINDS_ALL,                                   set_connect_timeout},
	{"dtr",             KIND(STREAM_SERIAL) | KIND(STREAM_RFC2217),  set_dtr},
	{"latency",         KINDS_ALL,                                   set_latency},
	{"lock",            KIND(STREAM_SERIAL),                         set_lock},
	{"mode",            KINDS_ALL,                                   set_mode},
	{"retries",         KINDS_ALL,                                   set_retries},
	{"rts",             KIND(STREAM_SERIAL) | KIND(STREAM_RFC2217),  set_rts},
	{"timeout",         KINDS_ALL,                                   set_timeout},
};
/* clang-format on */

static const struct option *find_option(struct span name)
{
	for (size_t i = 0; i < COUNT(options); i++) {
		if (span_is(name, options[i].name))
			return &options[i];
	}
	return NULL;
}

static const char *kind_name(enum stream_kind kind)
{
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (schemes[i].kind == kind)
			return schemes[i].name;
	}
	return "mem";
}

static int unknown_option(struct span name, const struct error_out *err)
{
	char names[OPTION_NAMES_MAX] = "", text[NEAREST_MAX] = "", nearest[NEAREST_MAX];

	for (size_t i = 0; i < COUNT(options); i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ",
			options[i].name);
	if (name.len < sizeof(text))
		memcpy(text, name.at, name.len);
	if (*text && nearest_name(text, names, nearest, sizeof(nearest)))
		return fail(err, "unknown option \"%.*s\"; did you mean \"%s\"?", (int)name.len,
			name.at, nearest);
	return fail(err, "unknown option \"%.*s\"", (int)name.len, name.at);
}

static int parse_option(struct stream_url *url, struct span text, const struct error_out *err)
{
	struct span value = text;
	struct span name = cut(&value, '=');
	const struct option *option = find_option(name);
	const char *wrong;

	if (!option)
		return unknown_option(name, err);
	if (!(option->kinds & KIND(url->kind)))
		return fail(err, "%s= is not possible with %s", option->name, kind_name(url->kind));
	if (name.len == text.len)
		return fail(err, "%s: has no value; write %s=...", option->name, option->name);
	wrong = option->set(url, value);
	if (wrong)
		return fail(err, "%.*s: %s", (int)text.len, text.at, wrong);
	return 0;
}

static int parse_options(struct stream_url *url, struct span text, const struct error_out *err)
{
	while (text.len > 0) {
		int rc = parse_option(url, cut(&text, '&'), err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* --- scheme and place ------------------------------------------------------------------------ */

static int set_path(
	struct stream_url *url, struct span path, const char *what, const struct error_out *err)
{
	if (path.len >= sizeof(url->path))
		return fail(err, "%s is longer than %u bytes", what, STREAM_URL_PATH_MAX - 1);
	memcpy(url->path, path.at, path.len);
	url->path[path.len] = '\0';
	return 0;
}

static int parse_port(struct stream_url *url, struct span text, const struct error_out *err)
{
	uint32_t port;

	if (!parse_number(text, UINT16_MAX, &port))
		return fail(
			err, "port \"%.*s\" must be a number of 0..65535", (int)text.len, text.at);
	url->port = (uint16_t)port;
	return 0;
}

/* Of names and addresses; % is for the zone of fe80::1%eth0. Bytes above 7F: names in UTF-8. */
static bool is_host_char(char c)
{
	return (c & 0x80) || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c != '\0' && strchr("-._:%", c));
}

/* host:port or [v6]:port */
static int parse_host(struct stream_url *url, struct span place, const struct error_out *err)
{
	struct span port = place;
	struct span host;
	int rc;

	if (place.len > 0 && place.at[0] == '[') {
		cut(&port, '[');
		host = cut(&port, ']');
		if (host.at + host.len == place.at + place.len)
			return fail(err, "\"%.*s\" has no closing ]", (int)place.len, place.at);
		if (port.len == 0 || port.at[0] != ':')
			return fail(err, "port missing after \"%.*s\"", (int)place.len, place.at);
		cut(&port, ':');
	} else {
		host = cut(&port, ':');
		if (host.len == place.len)
			return fail(err, "port missing: write %s://%.*s:port", kind_name(url->kind),
				(int)place.len, place.at);
		if (memchr(port.at, ':', port.len))
			return fail(err, "an IPv6 address needs brackets: [%.*s]:port",
				(int)place.len, place.at);
	}
	if (host.len == 0)
		return fail(err, "host missing: write %s://host:port", kind_name(url->kind));
	for (size_t i = 0; i < host.len; i++) {
		if (!is_host_char(host.at[i]))
			return fail(err, "host \"%.*s\" has a character that no host has",
				(int)host.len, host.at);
	}
	rc = set_path(url, host, "host", err);
	return rc < 0 ? rc : parse_port(url, port, err);
}

static int parse_device(struct stream_url *url, struct span place, const struct error_out *err)
{
	while (place.len >= 2 && memcmp(place.at, "//", 2) == 0)
		cut(&place, '/'); /* serial:///dev/... is usual, too */
	if (place.len == 0 && url->kind == STREAM_SERIAL)
		return fail(err, "device missing: write serial:/dev/ttyUSB0");
	if (place.len > 0 && place.at[0] != '/')
		return fail(err, "\"%.*s\" must be a path that begins with /", (int)place.len,
			place.at);
	return set_path(url, place, "path", err);
}

static const struct scheme *find_scheme(struct span name)
{
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (span_is(name, schemes[i].name))
			return &schemes[i];
	}
	return NULL;
}

static int parse_scheme(struct stream_url *url, struct span *text, const struct error_out *err)
{
	struct span rest = *text;
	struct span name = cut(&rest, ':');
	const struct scheme *scheme;

	if (text->at[0] == '/') { /* a bare device path */
		name = (struct span){"serial", 6};
		rest = *text;
	} else if (name.len == text->len) {
		return fail(err,
			"\"%.*s\" has no scheme: write serial:/dev/..., tcp://host:port, "
			"udp://host:port or rfc2217://host:port",
			(int)name.len, name.at);
	}
	scheme = find_scheme(name);
	if (!scheme)
		return fail(err, "unknown scheme \"%.*s\": use serial, tcp, udp, rfc2217 or pty",
			(int)name.len, name.at);
	url->kind = scheme->kind;
	url->latency_ms = scheme->latency_ms;
	*text = rest;
	return 0;
}

static int parse_place(struct stream_url *url, struct span place, const struct error_out *err)
{
	if (!(KIND(url->kind) & KINDS_NETWORK))
		return parse_device(url, place, err);
	if (place.len < 2 || memcmp(place.at, "//", 2) != 0)
		return fail(err, "// missing: write %s://host:port", kind_name(url->kind));
	place.at += 2;
	place.len -= 2;
	return parse_host(url, place, err);
}

int stream_url_parse(const char *text, struct stream_url *ret_url, char *ret_err, size_t err_max)
{
	struct stream_url url = {
		.line = MB_LINE_2400_8E1,
		.lock = true,
		.connect_timeout_ms = STREAM_CONNECT_TIMEOUT_MS,
	};
	struct error_out err = {ret_err, err_max};
	struct span rest = {text, strnlen(text, URL_TEXT_MAX)};
	struct span place;
	int rc;

	if (rest.len == 0)
		return fail(&err, "the URL is empty");
	if (rest.len == URL_TEXT_MAX)
		return fail(&err, "the URL is longer than %d bytes", URL_TEXT_MAX - 1);
	rc = parse_scheme(&url, &rest, &err);
	if (rc < 0)
		return rc;
	place = cut(&rest, '?');
	rc = parse_place(&url, place, &err);
	if (rc < 0)
		return rc;
	rc = parse_options(&url, rest, &err);
	if (rc < 0)
		return rc;
	*ret_url = url;
	return 0;
}

size_t stream_url_name(const struct stream_url *url, char *ret_name, size_t max)
{
	const char *scheme = kind_name(url->kind);
	bool v6 = strchr(url->path, ':') != NULL;
	int n;

	if (!(KIND(url->kind) & KINDS_NETWORK))
		n = snprintf(ret_name, max, "%s:%s", scheme, url->path);
	else
		n = snprintf(ret_name, max, v6 ? "%s://[%s]:%u" : "%s://%s:%u", scheme, url->path,
			url->port);
	return n < 0 ? 0 : (size_t)n;
}
