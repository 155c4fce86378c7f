/* SPDX-License-Identifier: MIT */
/* The registry: one place, one port. */
#include "base/loop_virtual.h"
#include "bus/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct loop *loop;
	struct ports *ports;
	unsigned told;
};

static void on_state(void *ctx, struct port *p)
{
	struct fixture *f = ctx;

	(void)p;
	f->told++;
}

static int set_up(void **state)
{
	static struct fixture f;
	struct ports_config config = {0};

	memset(&f, 0, sizeof(f));
	f.loop = config.loop = loop_virtual_new(1000, 0);
	f.ports = ports_new(&config);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	ports_free(f->ports);
	loop_free(f->loop);
	return 0;
}

static struct stream_url parse(const char *text)
{
	struct stream_url url;
	char err[256];

	if (stream_url_parse(text, &url, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	return url;
}

static int get(struct fixture *f, const char *text, struct port **ret_port)
{
	struct stream_url url = parse(text);

	return ports_get(f->ports, &url, ret_port);
}

static int add(struct fixture *f, const char *name, const char *text, struct port **ret_port)
{
	struct stream_url url = parse(text);

	return ports_add(f->ports, name, &url, NULL, ret_port);
}

static void one_place_is_one_port(void **state)
{
	/* clang-format off */
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{"tcp://10.0.0.1:10001", "tcp://10.0.0.1:10001?baud=300&latency=5", true},
		{"tcp://Gate.example:1", "tcp://gate.EXAMPLE:1", true},
		{"tcp://10.0.0.1:10001", "tcp://10.0.0.1:10002", false},
		{"tcp://10.0.0.1:10001", "tcp://10.0.0.11:10001", false},
		{"tcp://10.0.0.1:1", "udp://10.0.0.1:1", false},
		{"serial:/dev/ttyX9", "/dev/ttyX9", true},
		{"serial:/dev/ttyX9", "/dev/TTYX9", false},
	};
	/* clang-format on */
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct port *a, *b;

		assert_int_equal(get(f, cases[i].a, &a), 0);
		assert_int_equal(get(f, cases[i].b, &b), 0);
		assert_int_equal(a == b, cases[i].same);
		assert_int_equal(ports_count(f->ports), cases[i].same ? 1 : 2);
		ports_put(a);
		ports_put(b);
		assert_int_equal(ports_count(f->ports), 0);
	}
}

static void a_link_to_a_device_is_the_device(void **state)
{
	char device[] = "/tmp/ports-XXXXXX", link[32], text[64];
	struct fixture *f = *state;
	struct port *a, *b;
	int fd = mkstemp(device);

	assert_true(fd >= 0);
	snprintf(link, sizeof(link), "%s.link", device);
	assert_int_equal(symlink(device, link), 0);
	snprintf(text, sizeof(text), "serial:%s", device);
	assert_int_equal(get(f, text, &a), 0);
	snprintf(text, sizeof(text), "serial:%s", link);
	assert_int_equal(get(f, text, &b), 0);
	assert_ptr_equal(a, b);
	unlink(link);
	unlink(device);
	close(fd);
}

static void one_place_is_of_one_kind(void **state)
{
	struct fixture *f = *state;
	struct port *a, *b = NULL;

	assert_int_equal(get(f, "tcp://10.0.0.1:1", &a), 0);
	assert_int_equal(get(f, "rfc2217://10.0.0.1:1", &b), PORT_E_CLASH);
	assert_null(b);
	assert_string_equal(port_error_name(PORT_E_CLASH), "in use");
}

static void names_are_kept(void **state)
{
	struct fixture *f = *state;
	struct port *a, *b, *c;

	assert_int_equal(add(f, "cellar", "tcp://10.0.0.1:1", &a), 0);
	assert_string_equal(port_name(a), "cellar");
	assert_string_equal(port_url_name(a), "tcp://10.0.0.1:1");
	assert_int_equal(add(f, "cellar", "tcp://10.0.0.2:1", &b), MB_E_INVALID);
	assert_int_equal(add(f, "", "tcp://10.0.0.2:1", &b), MB_E_INVALID);
	assert_int_equal(add(f, "attic", "tcp://10.0.0.1:1", &b), PORT_E_CLASH);
	assert_int_equal(ports_count(f->ports), 1);
	b = ports_find(f->ports, "cellar");
	assert_ptr_equal(a, b);
	assert_null(ports_find(f->ports, "attic"));
	assert_int_equal(get(f, "tcp://10.0.0.1:1", &c), 0);
	assert_ptr_equal(a, c);
	assert_true(ports_remove(f->ports, "cellar"));
	assert_false(ports_remove(f->ports, "cellar"));
	assert_string_equal(port_name(b), "tcp://10.0.0.1:1"); /* still held */
	ports_put(b);
	ports_put(c);
	assert_int_equal(ports_count(f->ports), 0);
}

static void a_port_in_use_may_be_named(void **state)
{
	struct fixture *f = *state;
	struct port *a, *b;

	assert_int_equal(get(f, "tcp://10.0.0.1:1", &a), 0);
	assert_false(port_named(a));
	assert_int_equal(add(f, "cellar", "tcp://10.0.0.1:1", &b), 0);
	assert_ptr_equal(a, b);
	assert_true(port_named(a));
}

static void ports_are_listed_in_order(void **state)
{
	struct fixture *f = *state;
	struct port *ports[100], *p = NULL;
	char text[64];

	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "tcp://10.0.0.1:%u", 100 + i * 37 % 100);
		assert_int_equal(get(f, text, &ports[i]), 0);
	}
	for (unsigned i = 0; i < 100; i++) {
		p = ports_next(f->ports, p);
		assert_ptr_equal(p, ports[i]);
	}
	assert_null(ports_next(f->ports, p));
	for (unsigned i = 0; i < 100; i += 2)
		ports_put(ports[i]);
	assert_int_equal(ports_count(f->ports), 50);
	assert_ptr_equal(ports_next(f->ports, NULL), ports[1]);
	assert_ptr_equal(ports_next(f->ports, ports[1]), ports[3]);
}

static void listeners_are_told_of_states(void **state)
{
	struct port_limits limits = {0};
	struct fixture *f = *state;
	struct port *p;

	assert_int_equal(ports_listen(f->ports, on_state, f), 0);
	for (unsigned i = 1; i < PORTS_LISTENERS_MAX; i++)
		assert_int_equal(ports_listen(f->ports, on_state, &limits), 0);
	assert_int_equal(ports_listen(f->ports, on_state, f), MB_E_NO_SPACE);
	ports_unlisten(f->ports, on_state, &limits);
	assert_int_equal(get(f, "serial:/dev/no-such-device", &p), 0);
	port_open(p);
	loop_virtual_run_until(f->loop, loop_now_us(f->loop) + 500000);
	assert_int_equal(f->told, 2); /* connecting, failed */
	port_drain(p, 0);
	loop_virtual_run_until(f->loop, loop_now_us(f->loop) + 500000);
	assert_int_equal(f->told, 3);
	ports_unlisten(f->ports, on_state, f);
	port_open(p);
	loop_virtual_run_until(f->loop, loop_now_us(f->loop) + 500000);
	assert_int_equal(f->told, 3);
}

static void the_url_gives_the_path(void **state)
{
	struct fixture *f = *state;
	struct port *p;

	assert_int_equal(
		get(f, "tcp://10.0.0.1:1?baud=300&mode=8N1&latency=7&timeout=900&retries=1", &p),
		0);
	assert_int_equal(port_path(p)->line.baud, 300);
	assert_int_equal(port_path(p)->line.parity, MB_PARITY_NONE);
	assert_int_equal(port_path(p)->latency_us, 7000);
	assert_int_equal(port_path(p)->answer_us, 893000); /* the whole wait is 900 ms */
	assert_int_equal(port_tries(p), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_place_is_one_port),
		TEST(a_link_to_a_device_is_the_device),
		TEST(one_place_is_of_one_kind),
		TEST(names_are_kept),
		TEST(a_port_in_use_may_be_named),
		TEST(ports_are_listed_in_order),
		TEST(listeners_are_told_of_states),
		TEST(the_url_gives_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
