/* SPDX-License-Identifier: MIT */
/* TCP and UDP streams and the TCP listener, on the loopback. */
#include "stream_help.h"

#include "base/sock.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

struct loop {
	struct listener *listener;
	struct stream *client;
	struct stream *peer;
};

static void loop_open(struct loop *loop)
{
	loop->listener = open_listener("tcp://127.0.0.1:0");
	assert_contains(listener_name(loop->listener), "tcp://127.0.0.1:");
	loop->client = new_stream(listener_name(loop->listener));
	assert_true(stream_open(loop->client, clock_mono_us()) >= 0);
	wait_state(loop->client, STREAM_OPEN);
	loop->peer = wait_accept(loop->listener);
}

static void loop_close(struct loop *loop)
{
	stream_free(loop->client);
	stream_free(loop->peer);
	listener_free(loop->listener);
}

static int bound_socket(int type, struct sockaddr_in *ret_address)
{
	socklen_t size = sizeof(*ret_address);
	int fd = socket(AF_INET, type, 0);

	*ret_address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)ret_address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)ret_address, &size), 0);
	return fd;
}

static struct stream *stream_to(
	const char *scheme, const struct sockaddr_in *address, const char *options)
{
	char text[128];

	snprintf(text, sizeof(text), "%s://127.0.0.1:%u%s", scheme, ntohs(address->sin_port),
		options);
	return new_stream(text);
}

static void test_bytes_pass_both_ways(void **state)
{
	uint8_t sent[256];
	uint8_t got[256];
	uint8_t marks[256];
	struct loop loop;

	(void)state;
	for (int i = 0; i < 256; i++)
		sent[i] = (uint8_t)i;
	loop_open(&loop);
	assert_int_equal(stream_write(loop.client, sent, 256, 0), 256);
	memset(marks, 0xEE, sizeof(marks));
	wait_bytes(loop.peer, got, marks, 256);
	assert_memory_equal(got, sent, 256);
	for (int i = 0; i < 256; i++)
		assert_int_equal(marks[i], 0);
	assert_int_equal(stream_write(loop.peer, sent, 256, 0), 256);
	wait_bytes(loop.client, got, NULL, 256);
	assert_memory_equal(got, sent, 256);
	loop_close(&loop);
}

static void test_refused(void **state)
{
	struct sockaddr_in address;
	int fd = bound_socket(SOCK_STREAM, &address); /* bound, but not listening */
	struct stream *s = stream_to("tcp", &address, "");

	(void)state;
	stream_open(s, clock_mono_us());
	wait_state(s, STREAM_CLOSED);
	assert_contains(stream_error(s), stream_name(s));
	assert_contains(stream_error(s), ": connection refused; nothing listens on that port;");
	stream_free(s);
	close(fd);
}

/* A listener whose queue is full drops what comes: as a host that is switched off. */
static void test_connect_timeout(void **state)
{
	struct sockaddr_in address;
	int listening = bound_socket(SOCK_STREAM, &address);
	int filler = socket(AF_INET, SOCK_STREAM, 0);
	const uint64_t start_us = 1000000;
	struct stream *s = stream_to("tcp", &address, "?connect_timeout=1500");

	(void)state;
	assert_int_equal(listen(listening, 0), 0);
	assert_int_equal(connect(filler, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(stream_open(s, start_us), 0);
	assert_int_equal(stream_state(s), STREAM_CONNECTING);
	assert_int_equal(stream_deadline(s), start_us + 1500000);
	assert_int_equal(stream_handle(s, 0, start_us + 1499999), 0);
	assert_int_equal(stream_write(s, (const uint8_t *)"x", 1, start_us), 0); /* not yet */
	assert_int_equal(stream_handle(s, 0, start_us + 1500000), MB_E_STREAM);
	assert_contains(stream_error(s), ": no answer within 1500 ms; check the address");
	assert_int_equal(stream_fd(s), -1);
	stream_free(s);
	close(filler);
	close(listening);
}

static void test_names_that_are_none(void **state)
{
	struct stream *s = new_stream("tcp://999.999.999.999:1");

	(void)state;
	assert_int_equal(stream_open(s, clock_mono_us()), MB_E_STREAM);
	assert_contains(stream_error(s), "tcp://999.999.999.999:1: ");
	stream_free(s);
	s = new_stream("tcp://127.0.0.1:0");
	assert_int_equal(stream_open(s, clock_mono_us()), MB_E_STREAM);
	assert_string_equal(stream_error(s), "tcp://127.0.0.1:0: port 0 is only for listening");
	stream_free(s);
}

static void test_peer_closes_after_its_last_byte(void **state)
{
	struct loop loop;
	uint8_t byte;

	(void)state;
	loop_open(&loop);
	stream_write(loop.peer, (const uint8_t *)"\xE5", 1, 0);
	stream_close(loop.peer);
	wait_bytes(loop.client, &byte, NULL, 1); /* the byte is not lost */
	assert_int_equal(byte, 0xE5);
	wait_failure(loop.client);
	assert_contains(
		stream_error(loop.client), ": closed by the peer; it restarted, or it serves");
	loop_close(&loop);
}

static void test_peer_gives_its_reason(void **state)
{
	static const uint8_t text[] = "Port already in use\r\n";
	struct loop loop;

	(void)state;
	loop_open(&loop);
	stream_write(loop.peer, text, sizeof(text) - 1, 0);
	stream_close(loop.peer);
	wait_failure(loop.client);
	assert_contains(stream_error(loop.client),
		": closed by the peer, which says \"Port already in use\"");
	loop_close(&loop);
}

static struct addrinfo *address_of(const struct sockaddr_in *address)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *list;
	char service[8];

	snprintf(service, sizeof(service), "%u", ntohs(address->sin_port));
	assert_int_equal(getaddrinfo("127.0.0.1", service, &hints, &list), 0);
	return list;
}

/* A name with three addresses: one is silent, one refuses, the last one answers. */
static void test_every_address_of_a_name_is_tried(void **state)
{
	struct sockaddr_in refusing, answering;
	int closed = bound_socket(SOCK_STREAM, &refusing);
	int listening = bound_socket(SOCK_STREAM, &answering);
	struct stream *s = new_stream("tcp://name:1");
	struct sock k = {.list = address_of(&refusing)};
	uint64_t end_us = clock_mono_us() + WAIT_MAX_US;
	int rc = 0;

	(void)state;
	assert_int_equal(listen(listening, 1), 0);
	k.list->ai_next = address_of(&refusing);
	k.list->ai_next->ai_next = address_of(&answering);
	k.at = k.list;
	k.share_us = WAIT_MAX_US;
	s->state = STREAM_CONNECTING;
	s->deadline_us = 0; /* the time of the first one is up */
	while (rc == 0 && clock_mono_us() < end_us) {
		struct pollfd fd = {.fd = s->fd, .events = POLLOUT};
		int ready = poll(&fd, 1, POLL_MS);

		rc = sock_continue(s, &k, ready > 0 ? fd.revents : 0, clock_mono_us());
	}
	assert_int_equal(rc, SOCK_CONNECTED);
	assert_ptr_equal(k.at, k.list->ai_next->ai_next);
	sock_done(s, &k);
	stream_free(s);
	close(listening);
	close(closed);
}

static void test_reopens(void **state)
{
	struct loop loop;
	uint8_t byte;

	(void)state;
	loop_open(&loop);
	stream_free(loop.peer);
	wait_failure(loop.client);
	stream_reopen(loop.client, clock_mono_us(), 10000);
	assert_int_equal(stream_fd(loop.client), -1);
	assert_int_equal(stream_events(loop.client), 0);
	wait_state(loop.client, STREAM_OPEN);
	assert_string_equal(stream_error(loop.client), "");
	loop.peer = wait_accept(loop.listener);
	stream_write(loop.client, (const uint8_t *)"x", 1, 0);
	wait_bytes(loop.peer, &byte, NULL, 1);
	assert_int_equal(byte, 'x');
	loop_close(&loop);
}

static void assert_option(int fd, int level, int option, int expected)
{
	int value = -1;
	socklen_t size = sizeof(value);

	assert_int_equal(getsockopt(fd, level, option, &value, &size), 0);
	assert_int_equal(value, expected);
}

static void test_half_open_peers_get_noticed(void **state)
{
	struct loop loop;

	(void)state;
	loop_open(&loop);
	for (int i = 0; i < 2; i++) {
		int fd = stream_fd(i == 0 ? loop.client : loop.peer);

		assert_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		assert_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
		assert_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
		assert_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
		assert_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 20000);
		assert_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	}
	loop_close(&loop);
}

static void test_full_pipe_asks_for_pollout(void **state)
{
	static uint8_t block[65536];
	struct loop loop;
	int n;

	(void)state;
	loop_open(&loop);
	assert_int_equal(stream_events(loop.client), POLLIN);
	do {
		n = stream_write(loop.client, block, sizeof(block), 0);
		assert_true(n >= 0);
	} while ((size_t)n == sizeof(block));
	assert_int_equal(stream_events(loop.client), POLLIN | POLLOUT);
	while (stream_events(loop.client) & POLLOUT) {
		assert_true(stream_read(loop.peer, block, NULL, sizeof(block)) >= 0);
		stream_turn(loop.client);
	}
	assert_true(stream_write(loop.client, block, 1, 0) == 1);
	loop_close(&loop);
}

static void test_purge_drops_what_came(void **state)
{
	struct loop loop;
	struct pollfd fd;
	uint8_t byte;

	(void)state;
	loop_open(&loop);
	stream_write(loop.peer, (const uint8_t *)"old", 3, 0);
	fd = (struct pollfd){.fd = stream_fd(loop.client), .events = POLLIN};
	assert_int_equal(poll(&fd, 1, WAIT_MAX_US / 1000), 1);
	stream_purge(loop.client);
	assert_int_equal(stream_state(loop.client), STREAM_OPEN);
	stream_write(loop.peer, (const uint8_t *)"n", 1, 0);
	wait_bytes(loop.client, &byte, NULL, 1);
	assert_int_equal(byte, 'n');
	loop_close(&loop);
}

static void test_line_is_only_for_reckoning(void **state)
{
	static const struct mb_line line = {300, 8, MB_PARITY_EVEN, 1};
	struct loop loop;
	uint64_t now_us = clock_mono_us();

	(void)state;
	loop_open(&loop);
	now_us += 1000000;
	assert_int_equal(stream_set_line(loop.client, &line, now_us), MB_E_UNSUPPORTED);
	assert_int_equal(stream_write(loop.client, (const uint8_t *)"123456", 6, now_us), 6);
	assert_int_equal(stream_tx_end_us(loop.client), now_us + 220000); /* 66 bits at 300 Bd */
	assert_int_equal(stream_break(loop.client, 50000, now_us), MB_E_UNSUPPORTED);
	loop_close(&loop);
}

static void test_many_peers(void **state)
{
	struct listener *l = open_listener("tcp://[::1]:0");
	struct stream *clients[3];
	struct stream *peers[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		uint8_t byte = (uint8_t)i;

		clients[i] = new_stream(listener_name(l));
		stream_open(clients[i], clock_mono_us());
		wait_state(clients[i], STREAM_OPEN);
		peers[i] = wait_accept(l);
		assert_contains(stream_name(peers[i]), "tcp://[::1]:");
		stream_write(clients[i], &byte, 1, 0);
	}
	assert_null(listener_accept(l));
	for (int i = 0; i < 3; i++) {
		uint8_t byte = 0xFF;

		wait_bytes(peers[i], &byte, NULL, 1);
		assert_int_equal(byte, i);
		stream_free(clients[i]);
		stream_free(peers[i]);
	}
	listener_free(l);
}

static void test_port_taken(void **state)
{
	struct listener *first = open_listener("tcp://127.0.0.1:0");
	struct listener *second;
	struct stream_url url;

	(void)state;
	parse_url(listener_name(first), &url);
	second = listener_new(&url);
	assert_int_equal(listener_open(second), MB_E_STREAM);
	assert_contains(
		listener_error(second), "Address already in use; another program listens there");
	listener_free(first);
	assert_int_equal(listener_open(second), 0);
	listener_free(second);
	parse_url("udp://127.0.0.1:1", &url);
	second = listener_new(&url);
	assert_int_equal(listener_open(second), MB_E_STREAM);
	assert_contains(listener_error(second), "cannot listen there; use tcp://host:port or pty:");
	listener_free(second);
}

static void test_udp_datagrams_are_bytes(void **state)
{
	struct sockaddr_in address;
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	int fd = bound_socket(SOCK_DGRAM, &address);
	struct stream *s = stream_to("udp", &address, "");
	uint8_t bytes[8];

	(void)state;
	assert_int_equal(stream_open(s, clock_mono_us()), 0);
	assert_int_equal(stream_state(s), STREAM_OPEN);
	assert_int_equal(stream_write(s, (const uint8_t *)"ask", 3, 0), 3);
	assert_int_equal(recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size), 3);
	assert_int_equal(sendto(fd, "abcde", 5, 0, (struct sockaddr *)&from, size), 5);
	assert_int_equal(sendto(fd, "", 0, 0, (struct sockaddr *)&from, size), 0);
	assert_int_equal(sendto(fd, "fg", 2, 0, (struct sockaddr *)&from, size), 2);
	wait_bytes(s, bytes, NULL, 3); /* less than the datagram: the rest waits */
	wait_bytes(s, bytes + 3, NULL, 4);
	assert_memory_equal(bytes, "abcdefg", 7);
	close(fd);
	stream_write(s, (const uint8_t *)"x", 1, 0);
	wait_failure(s);
	assert_contains(stream_error(s), ": connection refused; nothing listens on that port");
	stream_free(s);
}

static void test_no_descriptor_is_left(void **state)
{
	struct loop loop;
	int before = open_descriptors();

	(void)state;
	loop_open(&loop);
	stream_reopen(loop.client, 0, 0);
	stream_handle(loop.client, 0, 0);
	loop_close(&loop);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_pass_both_ways),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_connect_timeout),
		cmocka_unit_test(test_names_that_are_none),
		cmocka_unit_test(test_peer_closes_after_its_last_byte),
		cmocka_unit_test(test_peer_gives_its_reason),
		cmocka_unit_test(test_every_address_of_a_name_is_tried),
		cmocka_unit_test(test_reopens),
		cmocka_unit_test(test_half_open_peers_get_noticed),
		cmocka_unit_test(test_full_pipe_asks_for_pollout),
		cmocka_unit_test(test_purge_drops_what_came),
		cmocka_unit_test(test_line_is_only_for_reckoning),
		cmocka_unit_test(test_many_peers),
		cmocka_unit_test(test_port_taken),
		cmocka_unit_test(test_udp_datagrams_are_bytes),
		cmocka_unit_test(test_no_descriptor_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
