/* SPDX-License-Identifier: MIT */
/* A port over real descriptors and in real time: what simulated segments cannot show. */
#include "bus/ports.h"
#include "responder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PATIENCE_US 10000000u /* of a test, never of what it tests */

/* A heat meter's answer with the fixed structure. */
static const uint8_t telegram[] = {0x68, 0x13, 0x13, 0x68, 0x08, 0x05, 0x73, 0x78, 0x56, 0x34, 0x12,
	0x0A, 0x00, 0xE9, 0x7E, 0x01, 0x00, 0x00, 0x00, 0x35, 0x01, 0x00, 0x00, 0x3C, 0x16};

struct fixture {
	struct loop *loop;
	struct ports *ports;
	struct port *port;
	struct responder responder;
	struct loop_timer *guard;
	unsigned port_number;
	bool wake_on_state; /* wait() ends with a change of state */
};

static void too_long(void *ctx)
{
	(void)ctx;
	fail_msg("nothing happened for too long");
}

static void on_state(void *ctx, struct port *p)
{
	struct fixture *f = ctx;

	(void)p;
	if (f->wake_on_state)
		loop_stop(f->loop);
}

static void open_port(struct fixture *f, const char *host, const struct port_limits *limits)
{
	struct ports_config config = {.loop = f->loop, .limits = *limits};
	char text[64], err[256];
	struct stream_url url;

	snprintf(text, sizeof(text), "tcp://%s:%u?latency=20&timeout=100", host, f->port_number);
	assert_int_equal(stream_url_parse(text, &url, err, sizeof(err)), 0);
	f->ports = ports_new(&config);
	assert_int_equal(ports_listen(f->ports, on_state, f), 0);
	assert_int_equal(ports_get(f->ports, &url, &f->port), 0);
}

static void begin(struct fixture *f, const char *host, const struct port_limits *limits)
{
	memset(f, 0, sizeof(*f));
	f->loop = loop_new();
	f->guard = loop_timer_new(f->loop, too_long, NULL);
	f->port_number =
		responder_open(&f->responder, f->loop, "127.0.0.1", 0, telegram, sizeof(telegram));
	open_port(f, host, limits);
}

static void end(struct fixture *f)
{
	ports_free(f->ports);
	responder_close(&f->responder);
	loop_timer_free(f->guard);
	loop_free(f->loop);
}

static void wait(struct fixture *f)
{
	loop_timer_set(f->guard, loop_now_us(f->loop) + PATIENCE_US);
	loop_run(f->loop);
	loop_timer_set(f->guard, MB_NEVER);
}

static void wait_for_state(struct fixture *f, enum port_state state)
{
	struct port_status st;

	f->wake_on_state = true;
	for (port_status(f->port, &st); st.state != state; port_status(f->port, &st))
		wait(f);
	f->wake_on_state = false;
}

struct asked {
	struct fixture *f;
	int result;
	unsigned telegrams;
	char error[PORT_TEXT_MAX];
};

static void on_event(struct port_job *job, const struct mb_master_event *event)
{
	struct asked *a = job->ctx;

	a->telegrams += event->type == MB_MASTER_TELEGRAM;
	if (event->type != MB_MASTER_DONE)
		return;
	a->result = event->result;
	snprintf(a->error, sizeof(a->error), "%s", job->error);
	loop_stop(a->f->loop);
}

static struct asked ask(struct fixture *f)
{
	struct asked a = {.f = f};
	struct port_job job = {
		.request = {.op = MB_OP_READ, .address.primary = 5, .tries = 1},
		.priority = PORT_SCHEDULED,
		.event = on_event,
		.ctx = &a,
	};

	assert_int_equal(port_submit(f->port, &job), 0);
	wait(f);
	return a;
}

static void assert_read(struct fixture *f)
{
	struct asked a = ask(f);

	assert_string_equal(a.error, "");
	assert_int_equal(a.result, 0);
	assert_int_equal(a.telegrams, 1);
}

/* ---- tests ---- */

static const struct port_limits quick = {.reopen_min_ms = 10, .reopen_max_ms = 50};

static void reads_over_a_socket(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "127.0.0.1", &quick);
	for (unsigned i = 0; i < 10; i++)
		assert_read(&f);
	assert_int_equal(f.responder.accepted, 1);
	end(&f);
}

static void a_name_is_looked_up_aside(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "localhost", &quick);
	assert_read(&f);
	end(&f);
}

static void a_port_may_go_while_its_name_is_looked_up(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "localhost", &quick);
	port_open(f.port);
	wait_for_state(&f, PORT_CONNECTING);
	ports_put(f.port);
	assert_int_equal(ports_count(f.ports), 0);
	ports_free(f.ports);
	open_port(&f, "127.0.0.1", &quick);
	assert_read(&f); /* the loop has gone on */
	end(&f);
}

static void a_refused_connection_says_so(void **state)
{
	struct fixture f;
	struct asked a;

	(void)state;
	begin(&f, "127.0.0.1", &quick);
	loop_watch_free(f.responder.watch);
	f.responder.watch = NULL;
	close(f.responder.fd);
	f.responder.fd = -1;
	a = ask(&f);
	assert_int_equal(a.result, MB_E_STREAM);
	assert_non_null(strstr(a.error, "refused"));
	wait_for_state(&f, PORT_FAILED);
	end(&f);
}

static void a_peer_that_hangs_up_is_called_again(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "127.0.0.1", &quick);
	assert_read(&f);
	responder_close_all(&f.responder);
	wait_for_state(&f, PORT_FAILED); /* noticed though nobody asks */
	wait_for_state(&f, PORT_OPEN); /* and made again */
	assert_read(&f);
	assert_int_equal(f.responder.accepted, 2);
	end(&f);
}

static void an_idle_connection_that_was_closed_costs_nothing(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "127.0.0.1", &quick);
	for (unsigned i = 1; i <= 5; i++) {
		assert_read(&f);
		responder_close_all(&f.responder); /* the news has not come when we ask */
	}
	assert_int_equal(f.responder.accepted, 5);
	end(&f);
}

static void a_half_open_connection_is_made_again(void **state)
{
	struct port_limits limits = {.reopen_min_ms = 10, .silence_ms = 150};
	struct fixture f;
	unsigned silent = 0;

	(void)state;
	begin(&f, "127.0.0.1", &limits);
	assert_read(&f);
	f.responder.mute = true; /* the far side has forgotten this connection */
	while (f.responder.accepted == 1) {
		assert_int_equal(ask(&f).result, MB_E_SILENCE);
		silent++;
	}
	assert_in_range(silent, 2, 4); /* each takes 200 ms */
	f.responder.mute = false;
	assert_read(&f);
	end(&f);
}

static void an_idle_port_closes_its_socket(void **state)
{
	struct port_limits limits = {.idle_close_ms = 20};
	struct fixture f;

	(void)state;
	begin(&f, "127.0.0.1", &limits);
	assert_read(&f);
	wait_for_state(&f, PORT_CLOSED);
	assert_read(&f);
	assert_int_equal(f.responder.accepted, 2);
	end(&f);
}

static void a_device_that_is_unplugged_is_noticed(void **state)
{
	struct port_limits limits = {.reopen_min_ms = 10, .reopen_max_ms = 50};
	int pty = posix_openpt(O_RDWR | O_NOCTTY);
	struct port_status st;
	struct stream_url url;
	char text[64], err[256];
	struct fixture f;

	(void)state;
	begin(&f, "127.0.0.1", &limits);
	if (pty < 0 || grantpt(pty) < 0 || unlockpt(pty) < 0)
		fail_msg("no pty");
	snprintf(text, sizeof(text), "serial:%s?mode=8N1", ptsname(pty));
	assert_int_equal(stream_url_parse(text, &url, err, sizeof(err)), 0);
	assert_int_equal(ports_get(f.ports, &url, &f.port), 0);
	port_open(f.port);
	wait_for_state(&f, PORT_OPEN);
	close(pty); /* nobody asks anything */
	wait_for_state(&f, PORT_FAILED);
	port_status(f.port, &st);
	assert_int_equal(
		strncmp(st.error, port_url_name(f.port), strlen(port_url_name(f.port))), 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_over_a_socket),
		cmocka_unit_test(a_name_is_looked_up_aside),
		cmocka_unit_test(a_port_may_go_while_its_name_is_looked_up),
		cmocka_unit_test(a_refused_connection_says_so),
		cmocka_unit_test(a_peer_that_hangs_up_is_called_again),
		cmocka_unit_test(an_idle_connection_that_was_closed_costs_nothing),
		cmocka_unit_test(a_half_open_connection_is_made_again),
		cmocka_unit_test(an_idle_port_closes_its_socket),
		cmocka_unit_test(a_device_that_is_unplugged_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
