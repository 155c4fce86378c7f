/* SPDX-License-Identifier: MIT */
/*
 * Starts ser2net over a pty of ours and socat between TCP and a pty, and checks from both ends
 * what our streams make of them. Prints TAP; the argument is a directory to work in.
 */
#include "base/clock.h"
#include "base/listener.h"
#include "base/stream.h"

#include <meterbus/error.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_US 20000000
#define RETRY_US 100000

static int count, failures;

static void check(bool good, const char *what, const char *detail)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, what);
	if (!good && detail)
		printf("# %s\n", detail);
	failures += !good;
}

static unsigned free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, size) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		abort();
	close(fd);
	return ntohs(address.sin_port);
}

static pid_t spawn(char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static struct stream *new_stream(const char *text)
{
	struct stream_url url;
	char err[256];

	if (stream_url_parse(text, &url, err, sizeof(err)) < 0) {
		fprintf(stderr, "%s: %s\n", text, err);
		exit(1);
	}
	return stream_new(&url);
}

static void turn(struct stream *s)
{
	struct pollfd fd = {.fd = stream_fd(s), .events = stream_events(s)};
	int ready = poll(&fd, 1, 20);

	stream_handle(s, ready > 0 ? fd.revents : 0, clock_mono_us());
}

/* Opens; while the server is not there or still busy with the last client, tries again. */
static bool open_patiently(struct stream *s)
{
	uint64_t end_us = clock_mono_us() + WAIT_US;

	stream_open(s, clock_mono_us());
	while (stream_state(s) != STREAM_OPEN && clock_mono_us() < end_us) {
		if (stream_state(s) == STREAM_CLOSED)
			stream_reopen(s, clock_mono_us(), RETRY_US);
		turn(s);
	}
	return stream_state(s) == STREAM_OPEN;
}

/* One attempt. */
static bool open_once(struct stream *s)
{
	stream_open(s, clock_mono_us());
	while (stream_state(s) == STREAM_CONNECTING)
		turn(s);
	return stream_state(s) == STREAM_OPEN;
}

static int set_line(struct stream *s, uint32_t baud)
{
	struct mb_line line = {baud, 8, MB_PARITY_NONE, 1};
	uint64_t end_us = clock_mono_us() + WAIT_US;
	int rc;

	while ((rc = stream_set_line(s, &line, clock_mono_us())) == STREAM_LATER &&
		clock_mono_us() < end_us)
		turn(s);
	return rc;
}

static bool sees_baud(struct stream *meter, uint32_t baud)
{
	struct mb_line line;

	return stream_peer_line(meter, &line) && line.baud == baud;
}

/* All byte values from one stream to the other. */
static bool all_bytes_pass(struct stream *from, struct stream *to)
{
	uint64_t end_us = clock_mono_us() + WAIT_US;
	uint8_t sent[256], got[256], unasked;
	size_t n = 0, out = 0;

	for (int i = 0; i < 256; i++)
		sent[i] = (uint8_t)(255 - i);
	while (n < sizeof(got) && clock_mono_us() < end_us) {
		int rc = stream_write(from, sent + out, sizeof(sent) - out, 0);

		if (rc < 0)
			return false;
		out += (size_t)rc;
		rc = stream_read(to, got + n, NULL, sizeof(got) - n);
		if (rc < 0)
			return false;
		n += (size_t)rc;
		if (stream_read(from, &unasked, NULL, 1) < 0)
			return false;
		turn(from);
		turn(to);
	}
	return n == sizeof(got) && memcmp(sent, got, n) == 0;
}

static bool fails(struct stream *s)
{
	uint64_t end_us = clock_mono_us() + WAIT_US;
	uint8_t bytes[64];

	while (stream_read(s, bytes, NULL, sizeof(bytes)) >= 0 && clock_mono_us() < end_us)
		turn(s);
	return stream_state(s) == STREAM_CLOSED;
}

struct bench {
	const char *dir;
	char device[256], config[256];
	char control[64], plain[64], refusing[64]; /* URLs */
	unsigned ports[3];
	struct listener *listener;
	struct stream *meter;
};

static void write_config(const struct bench *b)
{
	static const char *const accepters[] = {"telnet(rfc2217),tcp", "tcp", "telnet,tcp"};
	FILE *file = fopen(b->config, "w");

	fprintf(file, "%%YAML 1.1\n---\n");
	for (int i = 0; i < 3; i++)
		fprintf(file,
			"connection: &con%d\n  accepter: %s,127.0.0.1,%u\n  enable: on\n"
			"  connector: serialdev,%s,2400n81,local\n",
			i, accepters[i], b->ports[i], b->device);
	fclose(file);
}

static void bench_init(struct bench *b, const char *dir)
{
	struct stream_url url;
	char text[300], err[256];

	b->dir = dir;
	snprintf(b->device, sizeof(b->device), "%s/port", dir);
	snprintf(b->config, sizeof(b->config), "%s/ser2net.yaml", dir);
	for (int i = 0; i < 3; i++)
		b->ports[i] = free_port();
	snprintf(b->control, sizeof(b->control), "rfc2217://127.0.0.1:%u", b->ports[0]);
	snprintf(b->plain, sizeof(b->plain), "tcp://127.0.0.1:%u", b->ports[1]);
	snprintf(b->refusing, sizeof(b->refusing), "rfc2217://127.0.0.1:%u", b->ports[2]);
	write_config(b);
	snprintf(text, sizeof(text), "pty:%s", b->device);
	if (stream_url_parse(text, &url, err, sizeof(err)) < 0)
		abort();
	b->listener = listener_new(&url);
	if (listener_open(b->listener) < 0) {
		fprintf(stderr, "%s\n", listener_error(b->listener));
		exit(1);
	}
	b->meter = listener_accept(b->listener);
}

static void check_control(struct bench *b)
{
	static const uint32_t bauds[] = {300, 600, 1200, 2400, 4800, 9600, 19200, 38400};
	char text[128];
	struct stream *s, *second;
	bool all = true;

	snprintf(text, sizeof(text), "%s?baud=4800&mode=8N1", b->control);
	s = new_stream(text);
	check(open_patiently(s), "rfc2217 opens", stream_error(s));
	check(stream_warning(s)[0] == '\0', "without a warning at 8N1", stream_warning(s));
	check(sees_baud(b->meter, 4800), "the device has the speed of the URL", NULL);
	for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++)
		all = all && set_line(s, bauds[i]) == STREAM_DONE && sees_baud(b->meter, bauds[i]);
	check(all, "every M-Bus speed gets to the device", stream_error(s));
	check(all_bytes_pass(s, b->meter), "all bytes pass to the device", stream_error(s));
	check(all_bytes_pass(b->meter, s), "all bytes pass from the device", stream_error(s));
	check(stream_break(s, 50000, clock_mono_us()) == STREAM_DONE, "a break is taken", NULL);

	second = new_stream(text);
	check(!open_once(second), "a second client is refused", NULL);
	check(strstr(stream_error(second), "which says \"Port already in use\"") != NULL,
		"and told why", stream_error(second));
	stream_close(s);
	check(open_patiently(second), "it gets the port when the first one leaves",
		stream_error(second));
	check(all_bytes_pass(second, b->meter), "and uses it", stream_error(second));
	stream_free(second);
	stream_free(s);
}

/* A pty keeps no parity: ser2net's answer to 8E1 must not be taken for a failure. */
static void check_parity(struct bench *b)
{
	struct stream *s = new_stream(b->control);

	check(open_patiently(s), "rfc2217 opens at 8E1", stream_error(s));
	printf("# warning: %s\n", stream_warning(s));
	check(all_bytes_pass(s, b->meter), "bytes pass at 8E1", stream_error(s));
	stream_free(s);
}

/* The port of the last client may still be closing: a plain one learns it only from the text. */
static void check_plain(struct bench *b)
{
	struct stream *s = new_stream(b->plain);
	uint64_t end_us = clock_mono_us() + WAIT_US;
	bool pass = false;

	check(open_patiently(s), "tcp opens", stream_error(s));
	while (!(pass = all_bytes_pass(s, b->meter)) && strstr(stream_error(s), "already in use") &&
		clock_mono_us() < end_us)
		open_patiently(s);
	check(pass, "all bytes pass to the device", stream_error(s));
	check(all_bytes_pass(b->meter, s), "all bytes pass from the device", stream_error(s));
	stream_free(s);
}

static void check_refusal(struct bench *b)
{
	struct stream *s = new_stream(b->refusing);
	uint64_t end_us = clock_mono_us() + WAIT_US;

	/* the last client's port may still be closing */
	while (!open_once(s) && strstr(stream_error(s), "already in use") &&
		clock_mono_us() < end_us)
		turn(b->meter);
	check(stream_state(s) == STREAM_CLOSED, "rfc2217 on a telnet port without it is refused",
		stream_error(s));
	check(strstr(stream_error(s), "refuses to let its serial port be controlled") != NULL,
		"and told so", stream_error(s));
	stream_free(s);
}

static void check_end_of_server(struct bench *b, pid_t server)
{
	struct stream *s = new_stream(b->control);

	check(open_patiently(s), "rfc2217 opens again", stream_error(s));
	end(server);
	check(fails(s), "the end of the server is seen", NULL);
	check(strstr(stream_error(s), "closed by the peer") ||
			strstr(stream_error(s), "reset by the peer"),
		"and named", stream_error(s));
	stream_free(s);
}

static void check_ser2net(struct bench *b)
{
	char *argv[] = {"ser2net", "-n", "-u", "-c", b->config, NULL};
	pid_t server = spawn(argv);

	check_control(b);
	check_parity(b);
	check_plain(b);
	check_refusal(b);
	check_end_of_server(b, server);
}

/* tcp:// -> socat -> its pty -> serial: */
static void check_socat(struct bench *b)
{
	char link[300], from[300], to[64], url[64], device[300];
	unsigned port = free_port();
	char *argv[] = {"socat", from, to, NULL};
	struct stream *tcp, *serial;
	pid_t pid;

	snprintf(link, sizeof(link), "%s/socat", b->dir);
	snprintf(from, sizeof(from), "PTY,link=%.200s,rawer", link);
	snprintf(to, sizeof(to), "TCP-LISTEN:%u,bind=127.0.0.1,reuseaddr", port);
	snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", port);
	snprintf(device, sizeof(device), "serial:%.200s?mode=8N1", link);
	pid = spawn(argv);
	tcp = new_stream(url);
	serial = new_stream(device);
	check(open_patiently(tcp), "tcp opens to socat", stream_error(tcp));
	check(open_patiently(serial), "serial opens socat's pty", stream_error(serial));
	check(all_bytes_pass(tcp, serial), "all bytes pass from tcp to serial", NULL);
	check(all_bytes_pass(serial, tcp), "all bytes pass from serial to tcp", NULL);
	end(pid);
	check(fails(serial), "serial sees that the pty is gone", NULL);
	check(strstr(stream_error(serial), "unplugged") != NULL, "and names it",
		stream_error(serial));
	check(fails(tcp), "tcp sees the end", NULL);
	stream_free(tcp);
	stream_free(serial);
}

int main(int argc, char **argv)
{
	struct bench b = {0};

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	bench_init(&b, argv[1]);
	check_ser2net(&b);
	check_socat(&b);
	stream_free(b.meter);
	listener_free(b.listener);
	printf("1..%d\n", count);
	return failures > 0;
}
