/* SPDX-License-Identifier: MIT */
/* The daemon's configuration: its table, what several keys together mean, what modules are given. */
#include "meterbusd/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char told[4096];

static void tell(void *ctx, const char *sentence)
{
	(void)ctx;
	strncat(told, sentence, sizeof(told) - strlen(told) - 2);
	strcat(told, "\n");
}

static struct config *read_text(const char *text)
{
	struct config *c = NULL;

	told[0] = '\0';
	if (config_read(&keys_schema, "F", text, strlen(text), tell, NULL, &c) > 0)
		return NULL;
	keys_check(c, tell, NULL);
	return c;
}

/* Each key is in its place, can be read, and has a help that is a sentence. */
static void test_the_table_is_whole(void **state)
{
	struct config *c = read_text("");

	(void)state;
	assert_non_null(c);
	assert_string_equal(told, "");
	for (size_t s = 0; s < keys_schema.n_sections; s++) {
		const struct config_section *section = &keys_schema.sections[s];

		assert_non_null(section->name);
		for (size_t k = 0; k < section->n_keys; k++) {
			const struct config_key *key = &section->keys[k];

			assert_non_null(key->name);
			assert_non_null(key->help);
			assert_int_equal(key->help[strlen(key->help) - 1], '.');
			for (size_t j = 0; j < k; j++)
				assert_string_not_equal(section->keys[j].name, key->name);
		}
	}
	assert_string_equal(
		keys_schema.sections[SECTION_API].keys[API_HEARTBEAT].name, "heartbeat");
	assert_string_equal(
		keys_schema.sections[SECTION_STORE].keys[STORE_KEY_CACHE].name, "cache");
	assert_string_equal(keys_schema.sections[SECTION_BUS].keys[BUS_NUMBER].name, "number");
	assert_string_equal(keys_schema.sections[SECTION_AT].keys[AT_KEY_TELNET].name, "telnet");
	assert_string_equal(
		keys_schema.sections[SECTION_TRANSPARENT].keys[TRANSPARENT_KEY_RAW_TURN].name,
		"raw_turn");
	config_free(c);
}

static void test_keys_that_contradict_one_another(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{"[api]\ncertificate = /c",
			"F:2: [api] certificate: certificate and key come together\n"},
		{"[api]\nkey = /k", "F:2: [api] key: certificate and key come together\n"},
		{"[api]\nlisten = [::]:1",
			"F:2: [api] listen: others could listen: set certificate and key, "
			"or insecure = yes\n"},
		{"[api]\nlisten = [::]:1\ninsecure=yes", ""},
		{"[api]\nlisten = [::]:1\ncertificate=/c\nkey=/k", ""},
		{"[api]\nlisten = [::1]:1 localhost:2 127.3.2.1:0", ""},
		{"[api]\nlisten = none", ""},
		{"[store]\nmax_size = 4095K", "F:2: [store] max_size: must be 0 or at least 4M\n"},
		{"[store]\nring = yes", "F:2: [store] ring: needs max_size\n"},
		{"[store]\nring = yes\nmax_size=4M", ""},
		{"[bus a]\nurl = tcp://h:1\nreopen_min=2s\nreopen_max=1s",
			"F:3: [bus a] reopen_min: longer than reopen_max\n"},
		{"[bus a]\nurl = tcp://h:1\n[bus b]\nurl = rfc2217://h:1\n",
			"F:4: [bus b] url: this device or address is another bus, or one of "
			"another kind\n"},
		{"[bus a]\nurl = tcp://h:1\nnumber=2\n[bus b]\nurl = tcp://h:2\nnumber=2",
			"F:6: [bus b] number: another bus has this number\n"},
		{"[at a]\nlogin=no", ""},
		{"[at a]\nlisten=[::1]:1\nline=/dev/ttyS0",
			"F:3: [at a] line: comes instead of listen\n"},
		{"[at a]\nlisten=0.0.0.0:10000",
			"F:2: [at a] listen: others could listen: set certificate and key, or "
			"insecure = yes\n"},
		{"[at a]\nlisten=0.0.0.0:10000\nkey=/k",
			"F:3: [at a] key: certificate and key come together\n"},
		{"[at a]\nlisten=0.0.0.0:10000\ninsecure=yes\nallow=10.0.0.0/8 ::1", ""},
		{"[at a]\nline=pty:/tmp/x", ""},
		{"[at a]\nline=/dev/ttyS0\ncertificate=/c\nclients=2\nidle=1s",
			"F:3: [at a] certificate: is for listen, this one has a line\n"
			"F:4: [at a] clients: is for listen, this one has a line\n"},
		{"[at a]\nlisten=[::1]:1\n[at b]\nlisten=[::1]:2\n[at c]\nlisten=[::1]:1",
			"F:6: [at c] listen: another section has this address and port\n"},
		{"[at a]\n[at b]\n[at c]\nline=/dev/ttyS0\n[at d]\nline=/dev/ttyS1",
			"F:2: [at b] listen: another section has this address and port\n"},
		{"[at a]\nlisten=[::1]:0\n[at b]\nlisten=[::1]:0", ""},
		{"[bus b]\nurl=tcp://h:1\n[at a]\nlisten=127.0.0.1:10002\n[transparent a]\nbus=b",
			"F:5: [transparent a] listen: another section has this address and port\n"},
		{"[transparent a]\nlisten=127.0.0.1:10002\nbus=b",
			"F:3: [transparent a] bus: there is no section of a bus with this name\n"},
		{"[bus b]\nurl=tcp://h:1\n[transparent a]\nlisten=h:10002\nbus=b",
			"F:4: [transparent a] listen: others could listen: set certificate and "
			"key, or insecure = yes\n"},
		{"[bus b]\nurl=tcp://h:1\n[transparent a]\nlisten=[::1]:2\nbus=b", ""},
		{"[bus b]\nurl=tcp://h:1\n[transparent a]\nbus=b", ""},
		{"[bus b]\nurl=tcp://h:1\n[bus c]\nurl=tcp://h:2\n[transparent a]\nbus=b",
			"F:5: [transparent a] listen: has to be given, as the bus has no number\n"},
	};
	struct config *c;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		c = read_text(rows[i].text);
		assert_non_null(c);
		assert_string_equal(told, rows[i].told);
		config_free(c);
	}
}

static void test_values_that_are_refused(void **state)
{
	static const char *const rows[] = {
		"[api]\nlisten = 8466",
		"[api]\nlisten = :8466",
		"[api]\nlisten = h:65536",
		"[api]\nlisten = h:-1",
		"[api]\nlisten = h:1x",
		"[api]\nlisten = h:",
		"[api]\nlisten = ::1:8466",
		"[api]\nlisten = []:8466",
		"[api]\nlisten = h:1 h:2 h:3 h:4 h:5 h:6 h:7 h:8 h:9",
		"[api]\nhosts = a b c d e f g h i j k l m n o p q",
		"[daemon]\ntime_zone = Atlantis/Capital",
		"[daemon]\numask = 8",
		"[daemon]\numask = 1777",
		"[bus a]\nurl = pty:/tmp/x",
		"[bus a]\nurl = gopher://h:1",
		"[at a]\nlisten = [::1]:1 [::1]:2",
		"[at a]\nlisten = none",
		"[at a]\nallow = 10.0.0.0/33",
		"[at a]\nline = pty:",
		"[at a]\nallow = ::1 nobody",
		"[at a]\nline = tcp://h:1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_null(read_text(rows[i]));
		assert_non_null(strstr(told, "F:2: ["));
	}
}

static void test_lists_of_places_are_split(void **state)
{
	const char *at = " 127.0.0.1:8466\t[::1]:0 name.example:65535 ";
	struct keys_listen listen;

	(void)state;
	assert_true(keys_next_listen(&at, &listen));
	assert_string_equal(listen.host, "127.0.0.1");
	assert_int_equal(listen.port, 8466);
	assert_true(keys_next_listen(&at, &listen));
	assert_string_equal(listen.host, "::1");
	assert_int_equal(listen.port, 0);
	assert_true(keys_next_listen(&at, &listen));
	assert_string_equal(listen.host, "name.example");
	assert_int_equal(listen.port, 65535);
	assert_false(keys_next_listen(&at, &listen));
}

static void test_modules_are_given_what_is_configured(void **state)
{
	struct config *c =
		read_text("[api]\nconnections = 7\nbody_size = 64K\nheartbeat = 3s\n"
			  "[store]\ntelegrams_age = 2d\ntelegrams_size = 1G\n"
			  "points_age = 3d\nevents_size = 5M\nring = yes\nmax_size = 8M\n"
			  "commit_window = 20ms\nqueue_size = 2M\n");
	struct http_limits limits;
	struct store_retention retention;
	struct store_queue_options queue;

	(void)state;
	assert_non_null(c);
	keys_http_limits(c, &limits);
	assert_int_equal(limits.connections, 7);
	assert_int_equal(limits.connections_per_ip, 100);
	assert_int_equal(limits.body_bytes, 65536);
	assert_int_equal(limits.header_bytes, 16384);
	assert_int_equal(limits.header_ms, 20000);
	assert_int_equal(limits.heartbeat_ms, 3000);
	keys_retention(c, &retention);
	assert_true(retention.ring);
	assert_int_equal(retention.kind[STORE_TELEGRAMS].age_ms, 2 * 86400000);
	assert_int_equal(retention.kind[STORE_TELEGRAMS].bytes, 1 << 30);
	assert_int_equal(retention.kind[STORE_POINTS].age_ms, 3 * 86400000);
	assert_int_equal(retention.kind[STORE_POINTS].bytes, 0);
	assert_true(retention.kind[STORE_EVENTS].age_ms == 400 * (int64_t)86400000);
	assert_int_equal(retention.kind[STORE_EVENTS].bytes, 5 << 20);
	keys_queue(c, &queue);
	assert_int_equal(queue.window_ms, 20);
	assert_int_equal(queue.max_bytes, 2 << 20);
	config_free(c);
}

static void test_who_may_come_in(void **state)
{
	struct config *c = read_text("[at a]\nlisten=[::1]:17\nallow= 10.0.0.0/8\t::1 \n"
				     "idle=0\n[at b]\nline=pty:/tmp/x\n[at c]\nclients=3\n[at "
				     "d]\nline=pty:/tmp/y\nidle=1min\n"
				     "[bus b]\nurl=tcp://h:1\n[transparent a]\nbus=b");
	struct keys_accept a;

	(void)state;
	assert_string_equal(told, "");
	keys_accept(c, config_block(c, SECTION_AT, 0), &a);
	assert_string_equal(a.options.name, "a");
	assert_string_equal(a.options.host, "::1");
	assert_int_equal(a.options.port, 17);
	assert_string_equal(a.options.allow[0], "10.0.0.0/8");
	assert_string_equal(a.options.allow[1], "::1");
	assert_null(a.options.allow[2]);
	assert_int_equal(a.options.idle_ms, 0);
	assert_int_equal(a.options.clients_max, 16);
	assert_null(a.options.line);
	keys_accept(c, config_block(c, SECTION_AT, 1), &a);
	assert_null(a.options.host);
	assert_string_equal(a.options.line, "pty:/tmp/x");
	assert_null(a.options.allow);
	assert_int_equal(a.options.idle_ms, 0);
	keys_accept(c, config_block(c, SECTION_AT, 2), &a);
	assert_int_equal(a.options.idle_ms, 3600000);
	assert_string_equal(a.options.host, "127.0.0.1");
	assert_int_equal(a.options.port, 10000);
	assert_int_equal(a.options.clients_max, 3);
	keys_accept(c, config_block(c, SECTION_AT, 3), &a);
	assert_int_equal(a.options.idle_ms, 60000);
	keys_accept(c, config_block(c, SECTION_TRANSPARENT, 0), &a);
	assert_string_equal(a.options.host, "127.0.0.1");
	assert_int_equal(a.options.port, 10002);
	assert_null(a.options.line);
	config_free(c);
}

static void test_only_a_lonely_bus_has_a_number_by_itself(void **state)
{
	struct config *c = read_text("[bus a]\nurl = tcp://h:1");

	(void)state;
	assert_int_equal(keys_bus_number(c, config_block(c, SECTION_BUS, 0)), 2);
	config_free(c);
	c = read_text("[bus a]\nurl=tcp://h:1\n[bus b]\nurl=tcp://h:2\nnumber=7");
	assert_int_equal(keys_bus_number(c, config_block(c, SECTION_BUS, 0)), 0);
	assert_int_equal(keys_bus_number(c, config_block(c, SECTION_BUS, 1)), 7);
	config_free(c);
}

/* Labels of three digits: they are looked at in this order. */
static void test_so_many_buses_can_have_a_number(void **state)
{
	static char text[64 * (AMS_PORTS_MAX + 1)];
	struct config *c;
	size_t n = 0;

	(void)state;
	for (int i = 1; i <= AMS_PORTS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"[bus %03d]\nurl=tcp://h:%d\nnumber=%d\n", i, i, i);
	c = read_text(text);
	assert_string_equal(told, "");
	config_free(c);
	snprintf(text + n, sizeof(text) - n, "[bus 999]\nurl=tcp://h:999\nnumber=999\n");
	c = read_text(text);
	assert_string_equal(told, "F:753: [bus 999] number: more than 250 buses have a number\n");
	config_free(c);
}

static void test_a_bus_is_its_url_and_its_keys(void **state)
{
	struct config *c = read_text("[bus a]\nurl = tcp://h:1?latency=70&retries=5&timeout=9\n"
				     "[bus b]\nurl = tcp://h:2?latency=70&retries=5&timeout=9\n"
				     "latency = 3s\ntries = 1\ntimeout = 4s\nqueue = 9\n"
				     "idle_close = 1min\nreopen_min = 2s\nsilence = 1h\n");
	struct stream_url url;
	struct port_limits limits;

	(void)state;
	assert_string_equal(told, "");
	keys_bus(config_block(c, SECTION_BUS, 0), &url, &limits);
	assert_int_equal(url.latency_ms, 70);
	assert_int_equal(url.timeout_ms, 9);
	assert_int_equal(url.retries, 5);
	assert_int_equal(limits.queue, 1000);
	assert_int_equal(limits.idle_close_ms, 0);
	assert_int_equal(limits.reopen_min_ms, 1000);
	assert_int_equal(limits.reopen_max_ms, 60000);
	assert_int_equal(limits.silence_ms, 300000);
	keys_bus(config_block(c, SECTION_BUS, 1), &url, &limits);
	assert_int_equal(url.latency_ms, 3000);
	assert_int_equal(url.timeout_ms, 4000);
	assert_true(url.retries_given);
	assert_int_equal(url.retries, 0);
	assert_int_equal(limits.queue, 9);
	assert_int_equal(limits.idle_close_ms, 60000);
	assert_int_equal(limits.reopen_min_ms, 2000);
	assert_int_equal(limits.silence_ms, 3600000);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_table_is_whole),
		cmocka_unit_test(test_keys_that_contradict_one_another),
		cmocka_unit_test(test_values_that_are_refused),
		cmocka_unit_test(test_lists_of_places_are_split),
		cmocka_unit_test(test_modules_are_given_what_is_configured),
		cmocka_unit_test(test_who_may_come_in),
		cmocka_unit_test(test_only_a_lonely_bus_has_a_number_by_itself),
		cmocka_unit_test(test_so_many_buses_can_have_a_number),
		cmocka_unit_test(test_a_bus_is_its_url_and_its_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
