/* SPDX-License-Identifier: MIT */
/* A segment behind a real TCP port and a real pty, with a client that is not ours. */
#include "bus.h"
#include "sim/serve.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 10000
#define SELECT_ALL "68 0B 0B 68 53 FD 52 FF FF FF FF FF FF FF FF 9A 16"

struct host {
	struct serve serve;
	pthread_t thread;
	int stop[2]; /* a pipe */
};

static void *run(void *arg)
{
	assert_int_equal(serve_run(arg), 0);
	return NULL;
}

static void start(struct host *h, const char *url_text, const char *scenario, bool fast, bool once)
{
	struct stream_url url;
	char err[256];

	memset(h, 0, sizeof(*h));
	assert_int_equal(stream_url_parse(url_text, &url, err, sizeof(err)), 0);
	h->serve.sim = bus_sim(scenario);
	h->serve.listener = listener_new(&url);
	h->serve.fast = fast;
	h->serve.once = once;
	assert_int_equal(pipe(h->stop), 0);
	h->serve.stop_fd = h->stop[0];
	assert_non_null(h->serve.listener);
	assert_int_equal(listener_open(h->serve.listener), 0);
	assert_int_equal(pthread_create(&h->thread, NULL, run, &h->serve), 0);
}

/* Once the client has left. */
static void stop(struct host *h)
{
	pthread_join(h->thread, NULL);
}

static void done(struct host *h)
{
	close(h->stop[0]);
	close(h->stop[1]);
	listener_free(h->serve.listener);
	sim_free(h->serve.sim);
}

static int connect_to(const struct host *h)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const char *name = listener_name(h->serve.listener);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_port = htons((uint16_t)atoi(strrchr(name, ':') + 1));
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void put(int fd, const char *hex)
{
	uint8_t bytes[MB_FRAME_MAX];
	size_t n = hex_read(hex, bytes, sizeof(bytes));

	assert_int_equal(write(fd, bytes, n), n);
}

/* Waits for n bytes. */
static void get(int fd, uint8_t *ret_bytes, size_t n)
{
	while (n) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t k;

		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		k = read(fd, ret_bytes, n);
		assert_true(k > 0);
		ret_bytes += k;
		n -= (size_t)k;
	}
}

static void get_frame(int fd, struct mb_telegram *ret_telegram, uint8_t buf[MB_FRAME_MAX])
{
	get(fd, buf, 6);
	get(fd, buf + 6, buf[1]);
	assert_int_equal(mb_telegram_read(buf, buf[1] + 6u, ret_telegram), buf[1] + 6);
}

static uint64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void test_dialogue_in_real_time(void **state)
{
	uint8_t buf[MB_FRAME_MAX];
	struct mb_telegram t;
	struct host h;
	uint64_t begin_us, passed_us;
	int fd;

	(void)state;
	start(&h, "tcp://127.0.0.1:0", "[meter] model=pulse id=12345678 primary=5 delay=30", false,
		true);
	fd = connect_to(&h);
	begin_us = clock_us();
	put(fd, "10 40 05 45 16");
	get(fd, buf, 1);
	assert_int_equal(buf[0], MB_ACK);
	assert_true(clock_us() - begin_us >= 22917 + 30000 + 4583); /* never sooner than a line */
	begin_us = clock_us(); /* by now it surely runs */
	put(fd, "10 7B 05 80 16");
	get_frame(fd, &t, buf);
	assert_int_equal(t.address.id, 0x12345678);
	passed_us = clock_us() - begin_us;
	close(fd);
	stop(&h);
	assert_true(h.serve.bus_us >= passed_us); /* the segment keeps up with the clock */
	done(&h);
}

static void test_fast_is_fast_and_accounts_bus_time(void **state)
{
	uint8_t buf[MB_FRAME_MAX];
	struct mb_telegram t;
	struct host h;
	uint64_t begin_us, real_us, expect_us;
	int fd;

	(void)state;
	start(&h, "tcp://127.0.0.1:0",
		"[bus] baud=300\n[meter] model=pulse id=12345678 primary=5 baud=300", true, true);
	fd = connect_to(&h);
	begin_us = clock_us();
	for (unsigned i = 0; i < 20; i++) {
		put(fd, "10 4B 05 50 16");
		get_frame(fd, &t, buf);
		assert_int_equal(t.access, i);
	}
	real_us = clock_us() - begin_us;
	close(fd);
	stop(&h);
	/* 5 bytes, 20 bits, the answer, 33 bits of idle; 3333 us a bit */
	expect_us = 20 * (uint64_t)((5 + t.frame.size) * 11 + 20 + 33) * 10000 / 3;
	assert_in_range(h.serve.bus_us, expect_us - 10000, expect_us + 10000);
	assert_true(real_us < expect_us / 4);
	done(&h);
}

static void test_fast_charges_silence(void **state)
{
	uint8_t buf[1];
	struct host h;
	int fd;

	(void)state;
	start(&h, "tcp://127.0.0.1:0", "[meter] model=pulse id=12345678 primary=5", true, true);
	fd = connect_to(&h);
	for (unsigned i = 0; i < 10; i++)
		put(fd, "10 40 06 46 16");
	put(fd, "10 40 05 45 16");
	get(fd, buf, 1);
	close(fd);
	stop(&h);
	if (sim_account(h.serve.sim)->frames ==
		11) /* else TCP joined some: one dialogue for several */
		assert_in_range(h.serve.bus_us, 10 * (22917 + 187500) + 49583,
			10 * (22917 + 187500) + 60000);
	done(&h);
}

static void test_a_frame_in_pieces(void **state)
{
	uint8_t buf[1];
	struct host h;
	int fd;

	(void)state;
	start(&h, "tcp://127.0.0.1:0", "[meter] model=pulse id=12345678 primary=5", true, true);
	fd = connect_to(&h);
	put(fd, "10 40");
	put(fd, "05");
	put(fd, "45 16");
	get(fd, buf, 1);
	assert_int_equal(buf[0], MB_ACK);
	close(fd);
	stop(&h);
	done(&h);
}

static void test_collision_comes_through(void **state)
{
	uint8_t buf[64];
	struct host h;
	int fd;

	(void)state;
	start(&h, "tcp://127.0.0.1:0", "[meter] model=pulse id=12345678 count=5 primary=1", true,
		true);
	fd = connect_to(&h);
	put(fd, SELECT_ALL);
	get(fd, buf, 1);
	assert_int_equal(buf[0], MB_ACK);
	put(fd, "10 7B FD 78 16");
	get(fd, buf, 20);
	close(fd);
	stop(&h);
	assert_int_equal(sim_account(h.serve.sim)->selections, 1);
	assert_true(sim_account(h.serve.sim)->overlaps >= 8);
	done(&h);
}

static void test_pty_follows_the_speed_of_its_client(void **state)
{
	static const speed_t speeds[] = {B2400, B9600, B2400};
	struct host h;
	const char *path;
	int fd;

	(void)state;
	start(&h, "pty:",
		"[meter] model=pulse id=00000001 primary=5 baud=2400 "
		"[meter] model=pulse id=00000002 primary=6 baud=9600",
		true, false);
	path = strchr(listener_name(h.serve.listener), ':') + 1;
	for (size_t i = 0; i < 3; i++) {
		struct termios t;
		uint8_t buf[MB_FRAME_MAX];
		struct mb_telegram telegram;

		fd = open(path, O_RDWR | O_NOCTTY);
		assert_true(fd >= 0);
		tcgetattr(fd, &t);
		cfmakeraw(&t);
		cfsetspeed(&t, speeds[i]);
		assert_int_equal(tcsetattr(fd, TCSANOW, &t), 0);
		/* only the meter at this speed understands */
		put(fd, "10 4B FE 49 16");
		get_frame(fd, &telegram, buf);
		assert_int_equal(telegram.address.id, i == 1 ? 2 : 1);
		close(fd);
	}
	assert_int_equal(
		write(h.stop[1], "", 1), 1); /* a pty stays open while clients come and go */
	stop(&h);
	done(&h);
}

static void test_next_client_is_served(void **state)
{
	uint8_t buf[1];
	struct host h;
	int first, second;

	(void)state;
	start(&h, "tcp://127.0.0.1:0", "[meter] model=pulse id=12345678 primary=5", true, false);
	first = connect_to(&h);
	put(first, "10 40 05 45 16");
	get(first, buf, 1);
	second = connect_to(&h);
	put(second, "10 40 05 45 16"); /* waits */
	close(first);
	get(second, buf, 1);
	assert_int_equal(buf[0], MB_ACK);
	assert_int_equal(write(h.stop[1], "", 1), 1);
	stop(&h);
	close(second);
	assert_int_equal(h.serve.clients, 2);
	done(&h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue_in_real_time),
		cmocka_unit_test(test_fast_is_fast_and_accounts_bus_time),
		cmocka_unit_test(test_fast_charges_silence),
		cmocka_unit_test(test_a_frame_in_pieces),
		cmocka_unit_test(test_collision_comes_through),
		cmocka_unit_test(test_pty_follows_the_speed_of_its_client),
		cmocka_unit_test(test_next_client_is_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
