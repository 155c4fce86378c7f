/* SPDX-License-Identifier: MIT */
/*
 * The gateway as the daemon has it: doors that are closed, and the whole stopped, while something is
 * under way for those who came in. Sockets are real, time is virtual; a sanitizer sees what is left.
 */
#include "site.h"

#include "../unit/conn_help.h"
#include "gateway/gateway.h"

#define BUS "roof"

struct doors {
	struct site *site;
	struct gateway *gateway;
	unsigned left; /* clients that have gone */
	bool stopped;
};

static struct doors d;

static enum at_rights login(void *ctx, const char *user, const char *password)
{
	(void)ctx;
	return strcmp(user, "anna") == 0 && strcmp(password, "secret") == 0 ? AT_RIGHTS_ALL
									    : AT_RIGHTS_NONE;
}

static void open_bus(void)
{
	static const struct ams_port numbers[] = {{2, BUS}};
	struct stream_url url;
	struct port *port;
	char text[64], err[256];

	snprintf(text, sizeof(text), "tcp://127.0.0.1:%d", SITE_PORT);
	assert_int_equal(stream_url_parse(text, &url, err, sizeof(err)), 0);
	assert_int_equal(ports_add(d.site->ports, BUS, &url, NULL, &port), 0);
	collector_buses_changed(d.site->collector);
	assert_int_equal(gateway_set_buses(d.gateway, numbers, 1), 0);
}

static void open_at(void)
{
	const struct gateway_at at = {.listen = {.name = "desk", .host = "127.0.0.1"}};
	char err[256] = "";

	if (gateway_open_at(d.gateway, &at, err, sizeof(err)) < 0)
		fail_msg("%s", err);
}

static void open_transparent(const char *name, uint8_t mode)
{
	const struct transparent_options options = {
		.listen = {.name = name, .host = "127.0.0.1"}, .bus = BUS, .mode = mode};
	char err[256] = "";

	if (gateway_open_transparent(d.gateway, &options, err, sizeof(err)) < 0)
		fail_msg("%s", err);
}

static int begin(void **state)
{
	struct gateway_config config;
	char err[256] = "";

	(void)state;
	memset(&d, 0, sizeof(d));
	d.site = site_new("2026-03-01T10:00:30");
	site_bus(d.site, "[bus]\nseed=1\n[meter]\nmodel=water\nid=15020416\nprimary=1\n");
	site_open(d.site);
	config = (struct gateway_config){
		.loop = d.site->loop,
		.store = d.site->store,
		.queue = d.site->queue,
		.ports = d.site->ports,
		.events = d.site->events,
		.collector = d.site->collector,
		.data_dir = d.site->dir,
		.identity = {"Meterbus", "meterbusd", "0.1.0.0.0", "50-1945-0080"},
		.login = login,
	};
	if (gateway_new(&config, &d.gateway, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	open_bus();
	open_at();
	open_transparent("frames", TRANSPARENT_MBUS);
	open_transparent("bytes", TRANSPARENT_RAW);
	gateway_begin(d.gateway);
	return 0;
}

static void set_flag(void *ctx)
{
	*(bool *)ctx = true;
}

static int end(void **state)
{
	(void)state;
	if (!d.stopped)
		gateway_stop(d.gateway, set_flag, &d.stopped);
	AWAIT(d.site->loop, d.stopped);
	assert_true(d.stopped);
	gateway_free(d.gateway);
	site_stop(d.site);
	site_free(d.site);
	return 0;
}

static int come(enum client_kind kind, const char *name)
{
	const char *place = gateway_place(d.gateway, kind, name);

	assert_non_null(place);
	return peer_open((uint16_t)atoi(strrchr(place, ':') + 1));
}

static struct port_status status(void)
{
	struct port *port = ports_find(d.site->ports, BUS);
	struct port_status status = {0};

	assert_non_null(port);
	port_status(port, &status);
	ports_put(port);
	return status;
}

/* REQ_UD2 to somebody who is not there. */
static int ask_nobody(const char *name)
{
	static const uint8_t frame[] = {0x10, 0x5B, 0x4D, 0xA8, 0x16};
	int fd = come(CLIENT_TRANSPARENT, name);

	assert_int_equal(write(fd, frame, sizeof(frame)), sizeof(frame));
	return fd;
}

static int say_at(const char *line)
{
	int fd = come(CLIENT_AT, "desk");

	peer_say(fd, "ATE0\r");
	peer_expect(d.site->loop, fd, "ATE0\r\r\nOK\r\n");
	peer_say(fd, line);
	return fd;
}

static size_t clients(void)
{
	return clients_count(gateway_clients(d.gateway));
}

/* What is under way when the door is closed: by line; then all is as if nobody had been there. */
static void a_door_closes_on_a_command(void **state)
{
	static const char *const lines[] = {
		"AT^SCAMS=\"DIRECT_READ\",2,2,\"77\"\r",
		"AT^SCAMS=\"SCAN\",2,2400\r",
		"AT^SCAMSADD=2,2,2400,\"1H\",0\r",
		"AT^SCAMS=\"DEV_ADD\",2,2,\"9\",\"1D\"\r",
		"AT^SCAMS=\"ENABLE\",0\r",
		"AT^SCDATA=\"GET_OLDEST\",50\r",
		"AT^SCDATA=\"DEL_ALL\"\r",
		"AT^SCDATA=\"GET_SPACE\"\r",
		"AT^SCPORT2=\"SRESTART\"\r",
		"AT^SCCFG=\"AUTH_IP\",0\rAT^SCCFG=\"SRESTART\"\r",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		for (unsigned rounds = 0; rounds < 4; rounds++) {
			int fd = say_at(lines[i]);

			for (unsigned k = 0; k < rounds; k++)
				run_ms(d.site->loop, 1u << 2 * k);
			assert_true(gateway_close(d.gateway, CLIENT_AT, "desk"));
			assert_int_equal(clients(), 0);
			close(fd);
			site_run(d.site, 5);
			assert_false(status().scanning);
			open_at();
		}
	}
}

static void a_door_closes_on_a_master(void **state)
{
	static const char *const names[] = {"frames", "bytes"};

	(void)state;
	for (unsigned mode = 0; mode < 2; mode++) {
		int speaks = ask_nobody(names[mode]), waits;

		AWAIT(d.site->loop, status().held);
		assert_true(status().held);
		waits = ask_nobody(names[mode]);
		AWAIT(d.site->loop, status().waiting == 1);
		assert_int_equal(status().waiting, 1);
		assert_true(gateway_close(d.gateway, CLIENT_TRANSPARENT, names[mode]));
		assert_int_equal(status().waiting, 0);
		assert_int_equal(clients(), 0);
		site_run(d.site, 5);
		assert_false(status().held);
		open_transparent(names[mode], (uint8_t)mode);
		close(speaks);
		close(waits);
	}
}

/* As a reload takes a bus away: nobody may hold it any more, and it comes back anew. */
static void a_bus_goes_under_its_clients(void **state)
{
	int at = say_at("AT^SCAMSADD=2,2,2400,\"1H\",0\r"), frames = ask_nobody("frames");

	(void)state;
	AWAIT(d.site->loop, status().scanning);
	assert_true(gateway_close(d.gateway, CLIENT_TRANSPARENT, "frames"));
	assert_true(gateway_close(d.gateway, CLIENT_TRANSPARENT, "bytes"));
	assert_true(ports_remove(d.site->ports, BUS));
	collector_buses_changed(d.site->collector);
	open_bus();
	open_transparent("frames", TRANSPARENT_MBUS);
	site_run(d.site, 3600);
	peer_expect(d.site->loop, at, "\r\n^SCAMSADD: 0,1,\"1,15020416\"\r\n\r\nOK\r\n");
	close(at);
	close(frames);
	frames = ask_nobody("frames");
	AWAIT(d.site->loop, status().held);
	assert_true(status().held);
	close(frames);
}

static void all_stops_at_once(void **state)
{
	int fds[] = {
		say_at("AT^SCAMSADD=2,2,2400,\"1H\",0\r"),
		say_at("AT^SCAMS=\"DIRECT_READ\",2,2,\"77\"\r"),
		say_at("AT^SCAMS=\"DEV_ADD\",2,2,\"9\",\"1D\"\r"),
		say_at("AT^SCDATA=\"GET_FILTERED\",\"INDEX=7\"\r"),
		say_at("AT^SCDATA=\"DEL_ALL\"\r"),
		ask_nobody("frames"),
		ask_nobody("bytes"),
	};
	size_t n = sizeof(fds) / sizeof(fds[0]);

	(void)state;
	AWAIT(d.site->loop, clients() == n && status().held);
	assert_int_equal(clients(), n);
	gateway_stop(d.gateway, set_flag, &d.stopped);
	assert_int_equal(clients(), 0);
	assert_false(status().scanning);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Who is asked for a password and types a token as the name: nobody is told. */
static void a_name_that_is_refused_is_nobodys(void **state)
{
	const struct gateway_at at = {
		.listen = {.name = "door", .host = "127.0.0.1"}, .login = true};
	const struct client *client;
	char err[256] = "", said[64];
	int fd;

	(void)state;
	assert_int_equal(gateway_open_at(d.gateway, &at, err, sizeof(err)), 0);
	fd = come(CLIENT_AT, "door");
	peer_expect(d.site->loop, fd, "meterbusd\r\nLogin:");
	peer_say(fd, "mb_0123456789abcdef\r");
	peer_expect(d.site->loop, fd, "mb_0123456789abcdef\r\r\nPassword:");
	client = clients_first(gateway_clients(d.gateway));
	assert_string_equal(client->who, "");
	peer_say(fd, "nothing\r");
	assert_true(peer_recv(d.site->loop, fd, said, sizeof(said)) > 0);
	assert_string_equal(client->who, "");
	close(fd);
	AWAIT(d.site->loop, clients() == 0);
	for (size_t i = 0; i < d.site->n_heard; i++)
		assert_null(strstr(d.site->heard[i].text, "mb_"));
	assert_true(site_events(d.site, EVENT_CLIENT_LEFT) > 0);
}

static void ask(int fd, const char *line, const char *answer)
{
	peer_say(fd, line);
	peer_expect(d.site->loop, fd, answer);
}

/* A listener and a user of one name are two readers: neither deletes for the other. */
static unsigned port_of(const char *name)
{
	return (unsigned)atoi(strrchr(gateway_place(d.gateway, CLIENT_AT, name), ':') + 1);
}

/* It names no listener: with two of them nobody is moved. */
static void the_command_port_is_that_of_the_only_listener(void **state)
{
	const struct gateway_at other = {.listen = {.name = "bench", .host = "127.0.0.1"}};
	unsigned before = port_of("desk"), to;
	char err[256], line[64];
	int fd = come(CLIENT_AT, "desk");

	(void)state;
	assert_int_equal(gateway_open_at(d.gateway, &other, err, sizeof(err)), 0);
	to = port_of("bench");
	snprintf(line, sizeof(line), "at^sccfg=\"listenportcmd\",%u\r", to);
	ask(fd, "ATE0\r", "ATE0\r\r\nOK\r\n");
	ask(fd, line, "\r\nOK\r\n");
	ask(fd, "at^sccfg=\"restart\"\r", "\r\nERROR\r\n");
	assert_int_equal(port_of("desk"), before);
	assert_true(gateway_close(d.gateway, CLIENT_AT, "bench"));
	ask(fd, "at^sccfg=\"restart\"\r", "\r\nOK\r\n");
	assert_int_equal(port_of("desk"), to);
	close(fd);
}

static void a_listener_is_not_a_user(void **state)
{
	const struct gateway_at open = {.listen = {.name = "anna", .host = "127.0.0.1"}};
	const struct gateway_at door = {
		.listen = {.name = "door", .host = "127.0.0.1"}, .login = true};
	char err[256] = "", said[128] = "";
	int anybody, anna;

	(void)state;
	site_sync(d.site,
		site_account(d.site, "{\"name\":\"m\",\"connection\":\"bus\",\"bus\":\"" BUS
				     "\",\"address\":1,\"period\":\"NONE\"}"),
		SYNC_FULL, NULL);
	assert_int_equal(gateway_open_at(d.gateway, &open, err, sizeof(err)), 0);
	assert_int_equal(gateway_open_at(d.gateway, &door, err, sizeof(err)), 0);
	anybody = come(CLIENT_AT, "anna");
	ask(anybody, "ATE0\r", "ATE0\r\r\nOK\r\n");
	ask(anybody, "AT^SCDATA=\"DEL_ALL\"\r", "\r\nOK\r\n");
	ask(anybody, "AT^SCDATA=\"MESS_CNT\"\r", "\r\n^SCDATA: \"MESS_CNT\",0\r\n\r\nOK\r\n");
	anna = come(CLIENT_AT, "door");
	peer_expect(d.site->loop, anna, "meterbusd\r\nLogin:");
	ask(anna, "anna\rsecret\r", "anna\r\r\nPassword:\r\r\nOK\r\n");
	ask(anna, "ATE0\r", "ATE0\r\r\nOK\r\n");
	peer_say(anna, "AT^SCDATA=\"MESS_CNT\"\r");
	assert_true(peer_recv(d.site->loop, anna, said, sizeof(said) - 1) > 0);
	assert_non_null(strstr(said, "\"MESS_CNT\","));
	assert_true(atoi(strstr(said, "CNT\",") + 5) > 0);
	close(anna);
	close(anybody);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_door_closes_on_a_command),
		TEST(a_door_closes_on_a_master),
		TEST(a_bus_goes_under_its_clients),
		TEST(all_stops_at_once),
		TEST(a_name_that_is_refused_is_nobodys),
		TEST(the_command_port_is_that_of_the_only_listener),
		TEST(a_listener_is_not_a_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
