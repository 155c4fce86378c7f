/* SPDX-License-Identifier: MIT */
/*
 * Where a bus is reached:
 *
 *	serial:/dev/ttyUSB0?baud=2400&mode=8E1&rts=on&dtr=off&lock=off
 *	/dev/ttyUSB0			short for serial:
 *	tcp://host:port			transparent TCP; [2001:db8::1]:10001 for IPv6
 *	udp://host:port			one datagram is a run of bytes
 *	rfc2217://host:port		telnet with control of the far serial port
 *	pty:/tmp/meter0			listeners only: makes a pty, the path becomes a link to it
 *
 * Options of all of them: baud, mode, latency (ms), timeout (ms), retries, connect_timeout (ms).
 */
#ifndef BASE_URL_H
#define BASE_URL_H

#include <meterbus/engine.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_URL_PATH_MAX 256 /* longest device path or host name, with its NUL */
#define STREAM_BAUD_MIN 50
#define STREAM_BAUD_MAX 4000000
#define STREAM_MS_MAX 600000 /* of every option in ms */
#define STREAM_RETRIES_MAX 100

#define STREAM_LATENCY_SERIAL_MS 100
#define STREAM_LATENCY_NETWORK_MS 2000
#define STREAM_CONNECT_TIMEOUT_MS 10000

enum stream_kind {
	STREAM_SERIAL,
	STREAM_TCP,
	STREAM_UDP,
	STREAM_RFC2217,
	STREAM_PTY,
	STREAM_MEM, /* no URL; see mem_stream.h */
};

/* A modem line: what `rts=` and `dtr=` ask for. */
enum stream_pin {
	STREAM_PIN_AUTO, /* leave it as the driver sets it at open (raised) */
	STREAM_PIN_ON,
	STREAM_PIN_OFF,
};

struct stream_url {
	enum stream_kind kind;
	char path[STREAM_URL_PATH_MAX]; /* device path (serial, pty) or host (the others) */
	uint16_t port; /* 0: any (listeners only) */
	struct mb_line line; /* baud= and mode=, 2400 8E1 without. Of the far port for tcp, udp */
	bool line_given; /* baud= or mode= was there */
	bool mode_given;
	bool retries_given;
	bool lock; /* serial: exclusive use, default true */
	enum stream_pin rts, dtr;
	/*
	 * The answer time allowed for the path (adapter, network, gateway) on top of the
	 * standard's 330 bit times + 50 ms. Slack of a time-out, not a delay: an answer that
	 * comes sooner is taken at once. 100 ms for serial and pty, 2 s for the network.
	 */
	uint32_t latency_ms;
	uint32_t timeout_ms; /* the whole answer time, instead of the standard's; 0: not given */
	uint32_t retries; /* valid when retries_given */
	uint32_t connect_timeout_ms; /* until the stream is usable, name look-up excluded */
};

/*
 * Reads a URL. Returns 0, or MB_E_INVALID and a sentence in ret_err that names the part
 * ("mode=9X1: data bits must be 7 or 8"). *ret_url is untouched on failure.
 */
int stream_url_parse(const char *text, struct stream_url *ret_url, char *ret_err, size_t err_max);

/* Writes the URL without options ("tcp://[::1]:10001"); always ends with NUL. Returns its length. */
size_t stream_url_name(const struct stream_url *url, char *ret_name, size_t max);

#endif
