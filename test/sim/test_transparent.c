/* SPDX-License-Identifier: MIT */
/* Clients of a transparent port on a simulated bus: real sockets, virtual time. */
#include "plan.h"

#include "../unit/conn_help.h"
#include "base/telnet_guard.h"
#include "bus/port_raw.h"
#include "gateway/conn_impl.h"
#include "gateway/transparent.h"
#include "six_meters.h"

#define SERIAL "serial:/dev/a"
#define REQ_1 (MB_C_REQ_UD2 | MB_C_FCV | MB_C_FCB)
#define SMALL_BUFFER 2048 /* of the system, for who does not read */

struct gate {
	struct rig rig;
	struct clients *clients;
	struct transparent *transparent;
	char gone[CLIENT_REASON_MAX]; /* why the last one went */
	unsigned left;
};

/* The far end of a connection. */
struct caller {
	struct gate *gate;
	int fd;
	uint64_t id; /* in the list of clients */
	uint8_t heard[4096];
	size_t n;
};

static void on_told(void *ctx, const struct client *client, const char *reason)
{
	struct gate *g = ctx;

	(void)client;
	if (!reason)
		return;
	g->left++;
	snprintf(g->gone, sizeof(g->gone), "%s", reason);
}

static struct transparent_options options_of(enum transparent_mode mode)
{
	return (struct transparent_options){
		.listen = {.name = "m", .host = "127.0.0.1", .idle_ms = 300000},
		.bus = "north",
		.mode = (uint8_t)mode,
	};
}

static void gate_open(struct gate *g, const char *url, const struct transparent_options *options)
{
	struct stream_url parsed = rig_url(url);
	char err[256] = "";
	struct port *port;

	memset(g, 0, sizeof(*g));
	rig_open(&g->rig, SEGMENT, url, NULL);
	assert_int_equal(ports_add(g->rig.ports, "north", &parsed, NULL, &port), 0);
	g->clients = clients_new(g->rig.loop);
	clients_tell(g->clients, on_told, g);
	if (transparent_new(g->rig.loop, g->clients, g->rig.ports, options, &g->transparent, err,
		    sizeof(err)) < 0)
		fail_msg("%s", err);
}

static void gate_close(struct gate *g)
{
	while (clients_count(g->clients)) {
		clients_disconnect(g->clients, clients_first(g->clients)->id, "the test");
		rig_wait(&g->rig, 10 * MS);
	}
	transparent_free(g->transparent);
	clients_free(g->clients);
	rig_close(&g->rig);
}

static void call(struct gate *g, struct caller *c)
{
	struct conn_config config = {.loop = g->rig.loop,
		.clients = g->clients,
		.kind = CLIENT_TRANSPARENT,
		.listener = "m",
		.peer = "127.0.0.1:5555",
		.idle_ms = 300000};
	struct conn *conn;
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	*c = (struct caller){.gate = g, .fd = fds[0]};
	config.fd = fds[1];
	conn = conn_new(&config);
	assert_non_null(conn);
	c->id = conn_client(conn)->id;
	transparent_take(g->transparent, conn);
	rig_wait(&g->rig, MS);
}

static void hang_up(struct caller *c)
{
	close(c->fd);
	rig_wait(&c->gate->rig, 10 * MS);
}

static void say(struct caller *c, const uint8_t *bytes, size_t n)
{
	assert_int_equal(write(c->fd, bytes, n), n);
}

static void say_short(struct caller *c, uint8_t code, uint8_t a)
{
	uint8_t frame[5];

	mb_frame_write_short(frame, sizeof(frame), code, a);
	say(c, frame, sizeof(frame));
}

static void say_selection(struct caller *c, unsigned meter)
{
	uint8_t data[8] = {(uint8_t)(1 + meter), 0, 0, 0x10, 0xFF, 0xFF, 0xFF, 0xFF};
	uint8_t frame[MB_FRAME_MAX];
	int n = mb_frame_write_long(
		frame, sizeof(frame), MB_C_SND_UD, MB_A_NETWORK, 0x52, data, sizeof(data));

	say(c, frame, (size_t)n);
}

/* What has come by now. False: the connection has ended. */
static bool listen_to(struct caller *c)
{
	ssize_t n = recv(c->fd, c->heard + c->n, sizeof(c->heard) - c->n, MSG_DONTWAIT);

	if (n > 0)
		c->n += (size_t)n;
	assert_true(c->n < sizeof(c->heard));
	return n != 0;
}

static void wait_for_it(struct caller *c, uint64_t us)
{
	c->n = 0;
	rig_wait(&c->gate->rig, us);
	assert_true(listen_to(c));
}

static bool told_by(const struct caller *c, unsigned meter)
{
	return is_of_meter(c->heard, c->n, meter);
}

static bool acked(const struct caller *c)
{
	return c->n == 1 && c->heard[0] == MB_ACK;
}

static struct client_bus bus_of(const struct caller *c)
{
	const struct client *client = clients_find(c->gate->clients, c->id);
	struct client_bus bus;

	assert_non_null(client);
	client->bus(client->bus_ctx, &bus);
	return bus;
}

/* ---- the schedule ---- */

/* ---- frames ---- */

static void a_frame_goes_and_its_answer_comes(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct port_status st;
	struct client_bus bus;
	struct caller c, other;
	struct gate g;

	(void)state;
	gate_open(&g, TCP, &options);
	call(&g, &c);
	call(&g, &other);
	say_short(&c, MB_C_SND_NKE, 3);
	rig_wait(&g.rig, 10 * MS);
	port_status(g.rig.port, &st);
	assert_string_equal(st.holder.who, "transparent 127.0.0.1:5555");
	wait_for_it(&c, SECOND);
	assert_true(acked(&c));
	say_short(&c, REQ_1, 3);
	wait_for_it(&c, SECOND);
	assert_true(told_by(&c, 2));
	bus = bus_of(&c);
	assert_string_equal(bus.bus, "north");
	assert_string_equal(bus.protocol, "tcp");
	assert_string_equal(bus.mode, "mbus");
	assert_int_equal(bus.turns, 2);
	assert_true(bus.wait_max_us < SECOND);
	wait_for_it(&other, MS);
	assert_int_equal(other.n, 0);
	hang_up(&c);
	assert_int_equal(g.left, 1);
	assert_string_equal(g.gone, "the client has hung up");
	hang_up(&other);
	gate_close(&g);
}

static void over_tcp(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct caller c = {0};
	struct gate g;

	(void)state;
	gate_open(&g, TCP, &options);
	c.gate = &g;
	c.fd = peer_open(acceptor_port(transparent_acceptor(g.transparent)));
	say_short(&c, MB_C_SND_NKE, 3);
	AWAIT(g.rig.loop, clients_first(g.clients));
	rig_wait(&g.rig, SECOND);
	assert_int_equal(peer_recv(g.rig.loop, c.fd, c.heard, sizeof(c.heard)), 1);
	assert_int_equal(c.heard[0], MB_ACK);
	assert_int_equal(clients_first(g.clients)->kind, CLIENT_TRANSPARENT);
	assert_string_equal(clients_first(g.clients)->listener, "m");
	close(c.fd);
	gate_close(&g);
}

/* As who pipes a question into the connection does. */
static void who_says_no_more_hears_the_answer(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct plan plan = {0};
	struct caller c;
	struct gate g;

	(void)state;
	for (unsigned mode = 0; mode < TRANSPARENT_MODES; mode++) {
		options.mode = (uint8_t)mode;
		gate_open(&g, TCP, &options);
		call(&g, &c);
		plan_read(&g.rig, &plan, PORT_SCHEDULED, 0);
		say_short(&c, REQ_1, 3);
		shutdown(c.fd, SHUT_WR);
		wait_for_it(&c, 3 * SECOND);
		assert_true(told_by(&c, 2));
		rig_wait(&g.rig, SECOND);
		assert_false(listen_to(&c));
		hang_up(&c);
		assert_string_equal(g.gone, "the client has hung up");
		gate_close(&g);
	}
	assert_int_equal(plan.good, 2);
}

static void who_leaves_holds_nothing(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct plan plan = {0};
	struct port_status st;
	struct caller c;
	struct gate g;

	(void)state;
	gate_open(&g, TCP, &options);
	call(&g, &c);
	say_selection(&c, 4);
	wait_for_it(&c, 400 * MS);
	assert_true(acked(&c));
	plan_read(&g.rig, &plan, PORT_SCHEDULED, 0);
	rig_wait(&g.rig, MS);
	port_status(g.rig.port, &st);
	assert_string_equal(st.holder.who, "transparent 127.0.0.1:5555");
	assert_true(clients_disconnect(g.clients, c.id, "somebody"));
	rig_wait(&g.rig, MS);
	port_status(g.rig.port, &st);
	assert_string_equal(st.holder.who, "");
	assert_non_null(strstr(g.gone, "somebody"));
	rig_wait(&g.rig, SECOND);
	assert_int_equal(plan.good, 1);
	hang_up(&c);
	gate_close(&g);
}

static void who_never_reads_is_cut(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct conn_config config = {.kind = CLIENT_TRANSPARENT, .listener = "m", .peer = "deaf"};
	struct caller c = {0};
	int size = SMALL_BUFFER, fds[2];
	struct gate g;

	(void)state;
	gate_open(&g, TCP, &options);
	c.gate = &g;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	c.fd = fds[0];
	config.loop = g.rig.loop;
	config.clients = g.clients;
	config.fd = fds[1];
	transparent_take(g.transparent, conn_new(&config));
	for (unsigned i = 0; i < 1000 && !g.left; i++) {
		say_short(&c, REQ_1, 3);
		rig_wait(&g.rig, SECOND);
	}
	assert_int_equal(g.left, 1);
	assert_string_equal(g.gone, "the client does not take what it is sent");
	for (size_t at = 0; listen_to(&c); at = 0) { /* what it had been sent: whole frames */
		struct mb_telegram t;
		int n;

		assert_true(c.n > 0);
		while (at < c.n && (n = mb_telegram_read(c.heard + at, c.n - at, &t)) > 0)
			at += (size_t)n;
		c.n -= at;
		memmove(c.heard, c.heard + at, c.n);
	}
	close(c.fd);
	gate_close(&g);
}

static void a_bus_that_is_gone_drops_its_frames(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct caller c;
	struct gate g;

	(void)state;
	gate_open(&g, TCP, &options);
	call(&g, &c);
	g.rig.plugs[0].pulled = true;
	say_short(&c, REQ_1, 3);
	wait_for_it(&c, 5 * SECOND);
	assert_int_equal(c.n, 0);
	assert_int_equal(bus_of(&c).dropped[PORT_DROP_REFUSED], 1);
	g.rig.plugs[0].pulled = false;
	rig_wait(&g.rig, MINUTE);
	say_short(&c, REQ_1, 3);
	wait_for_it(&c, 2 * SECOND);
	assert_true(told_by(&c, 2));
	hang_up(&c);
	gate_close(&g);
}

/* ---- other bytes ---- */

static void raw_bytes_pass_and_are_bounded(void **state)
{
	static const uint8_t many[65536] = {0x55};
	struct transparent_options options = options_of(TRANSPARENT_RAW);
	struct plan plan = {0};
	struct caller c;
	struct gate g;
	ssize_t sent = 0, n;

	(void)state;
	options.turn_max_ms = 2000;
	gate_open(&g, TCP, &options);
	call(&g, &c);
	say_short(&c, REQ_1, 3);
	wait_for_it(&c, SECOND);
	assert_true(told_by(&c, 2));
	assert_string_equal(bus_of(&c).mode, "raw");
	while ((n = send(c.fd, many, sizeof(many), MSG_DONTWAIT)) > 0)
		sent += n;
	rig_wait(&g.rig, 100 * MS);
	assert_true(sent > 3 * PORT_RAW_MAX);
	assert_true(clients_find(g.clients, c.id)->bytes_in <
		    PORT_RAW_MAX + CONN_IN_MAX + PORT_RAW_AHEAD + 100);
	plan_read(&g.rig, &plan, PORT_SCHEDULED, 0);
	rig_wait(&g.rig, 10 * SECOND);
	assert_int_equal(plan.good + plan.failed, 1);
	rig_wait(&g.rig, 5 * MINUTE); /* it goes on as the line takes it */
	assert_true(clients_find(g.clients, c.id)->bytes_in > 3 * PORT_RAW_MAX);
	hang_up(&c);
	gate_close(&g);
}

/* ---- RFC 2217 ---- */

static const uint8_t set_300[] = {0xFF, 0xFA, 44, 1, 0, 0, 0x01, 0x2C, 0xFF, 0xF0};
static const uint8_t set_9600[] = {0xFF, 0xFA, 44, 1, 0, 0, 0x25, 0x80, 0xFF, 0xF0};
static const uint8_t is_2400[] = {0xFF, 0xFA, 44, 101, 0, 0, 0x09, 0x60, 0xFF, 0xF0};
static const uint8_t is_300[] = {0xFF, 0xFA, 44, 101, 0, 0, 0x01, 0x2C, 0xFF, 0xF0};

static void assert_heard(const struct caller *c, const uint8_t *bytes, size_t n)
{
	assert_int_equal(c->n, n);
	assert_memory_equal(c->heard, bytes, n);
}

static void a_line_is_the_clients_own(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct caller slow, usual;
	struct mb_line line;
	struct gate g;

	(void)state;
	options.protocol = TRANSPARENT_RFC2217;
	gate_open(&g, SERIAL, &options);
	call(&g, &slow);
	call(&g, &usual);
	say(&slow, set_300, sizeof(set_300));
	wait_for_it(&slow, 10 * MS);
	assert_heard(&slow, is_300, sizeof(is_300));
	say_short(&slow, REQ_1, 3); /* nobody hears it: the meters run at 2400 */
	rig_wait(&g.rig, 100 * MS);
	sim_line(rig_sim(&g.rig), &line);
	assert_int_equal(line.baud, 300);
	rig_wait(&g.rig, 3 * SECOND);
	say_short(&usual, REQ_1, 3);
	wait_for_it(&usual, SECOND);
	assert_true(told_by(&usual, 2)); /* no FF in it */
	wait_for_it(&slow, MS);
	assert_int_equal(slow.n, 0);
	assert_int_equal(bus_of(&slow).turns, 1);
	assert_string_equal(bus_of(&slow).protocol, "rfc2217");
	hang_up(&slow);
	hang_up(&usual);
	gate_close(&g);
}

static void a_line_that_cannot_be_set_stays(void **state)
{
	static const uint8_t set_2401[] = {0xFF, 0xFA, 44, 1, 0, 0, 0x09, 0x61, 0xFF, 0xF0};
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct caller c;
	struct gate g;

	(void)state;
	options.protocol = TRANSPARENT_RFC2217;
	gate_open(&g, TCP, &options);
	call(&g, &c);
	say(&c, set_9600, sizeof(set_9600));
	wait_for_it(&c, 10 * MS);
	assert_heard(&c, is_2400, sizeof(is_2400));
	hang_up(&c);
	gate_close(&g);
	gate_open(&g, SERIAL, &options);
	call(&g, &c);
	say(&c, set_2401, sizeof(set_2401));
	wait_for_it(&c, 10 * MS);
	assert_heard(&c, is_2400, sizeof(is_2400));
	hang_up(&c);
	gate_close(&g);
}

static void what_is_no_telnet_is_disconnected(void **state)
{
	static const uint8_t endless[TELNET_SUB_MAX + 4] = {0xFF, 0xFA, 44};
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct caller c;
	struct gate g;

	(void)state;
	options.protocol = TRANSPARENT_RFC2217;
	gate_open(&g, SERIAL, &options);
	call(&g, &c);
	say(&c, endless, sizeof(endless));
	rig_wait(&g.rig, 10 * MS);
	assert_false(listen_to(&c));
	close(c.fd);
	rig_wait(&g.rig, 10 * MS);
	assert_string_equal(g.gone, "this is no telnet as RFC 2217 wants it");
	gate_close(&g);
}

/* ---- options ---- */

static void wrong_options_are_told(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct transparent *t = NULL;
	char err[256] = "";
	struct gate g;

	(void)state;
	gate_open(&g, TCP, &options);
	options.bus = "south";
	assert_int_equal(
		transparent_new(g.rig.loop, g.clients, g.rig.ports, &options, &t, err, sizeof(err)),
		MB_E_INVALID);
	assert_string_equal(err, "there is no bus \"south\"");
	options = options_of(TRANSPARENT_MBUS);
	options.listen.host = "192.0.2.1";
	assert_true(transparent_new(g.rig.loop, g.clients, g.rig.ports, &options, &t, err,
			    sizeof(err)) < 0);
	assert_non_null(strstr(err, "192.0.2.1"));
	options = options_of(TRANSPARENT_MODES);
	assert_int_equal(
		transparent_new(g.rig.loop, g.clients, g.rig.ports, &options, &t, err, sizeof(err)),
		MB_E_INVALID);
	assert_null(t);
	gate_close(&g);
}

/* ---- all of them ---- */

/* Reads one meter after the other by its secondary address, with two seconds' patience. */
struct reader {
	struct caller caller;
	unsigned meter, good, silent;
	bool asking;
	uint64_t until_us;
};

static void reader_select(struct reader *reader)
{
	reader->asking = false;
	reader->until_us = rig_now(&reader->caller.gate->rig) + 2 * SECOND;
	reader->caller.n = 0;
	say_selection(&reader->caller, reader->meter);
}

static void reader_turn(struct reader *reader)
{
	struct caller *c = &reader->caller;

	assert_true(listen_to(c));
	if (rig_now(&c->gate->rig) >= reader->until_us) {
		reader->silent++;
		reader_select(reader);
	} else if (c->n && !reader->asking) {
		assert_true(acked(c)); /* and nothing else: no stale telegram */
		c->n = 0;
		reader->asking = true;
		reader->until_us = rig_now(&c->gate->rig) + 2 * SECOND;
		say_short(c, REQ_1, MB_A_NETWORK);
	} else if (c->n) {
		assert_true(told_by(c, reader->meter)); /* whole, of the right one */
		reader->good++;
		reader->meter = (reader->meter + 1) % METERS;
		reader_select(reader);
	}
}

static void show(const struct caller *c, const char *name)
{
	struct client_bus bus = bus_of(c);

	print_message("  %s: %llu turns, waits half %llu ms, max %llu ms; dropped", name,
		(unsigned long long)bus.turns, (unsigned long long)bus.wait_p50_us / 1000,
		(unsigned long long)bus.wait_max_us / 1000);
	for (unsigned i = 0; i < PORT_DROPS; i++)
		print_message(" %llu", (unsigned long long)bus.dropped[i]);
	print_message("\n");
}

/* It never reads; once it has been cut for it, it comes again. */
static void deaf_turn(struct caller *deaf, unsigned tick)
{
	if (!clients_find(deaf->gate->clients, deaf->id)) {
		close(deaf->fd);
		call(deaf->gate, deaf);
	}
	if (tick % 130 == 0)
		say_short(deaf, REQ_1, (uint8_t)(1 + tick % METERS));
}

static void four_clients_and_the_schedule(void **state)
{
	static const uint8_t half[] = {0x68, 0x0B, 0x0B, 0x68, 0x53};
	static struct plan plans[METERS];
	static struct reader reader;
	static struct caller deaf, stops, silent;
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	unsigned asked = 0, good;
	struct gate g;

	(void)state;
	memset(plans, 0, sizeof(plans));
	memset(&reader, 0, sizeof(reader));
	gate_open(&g, TCP, &options);
	call(&g, &reader.caller);
	call(&g, &deaf);
	call(&g, &stops);
	call(&g, &silent);
	for (unsigned tick = 0; tick < 60000; tick++) { /* ten minutes */
		if (tick % 500 == 0) {
			struct plan *p = &plans[asked++ % METERS];

			assert_null(p->job.port); /* the slot before was not lost */
			plan_read(&g.rig, p, PORT_SCHEDULED, asked % METERS);
		}
		deaf_turn(&deaf, tick);
		if (tick % 700 == 0)
			say_selection(&stops, tick % METERS);
		if (tick % 300 == 0)
			say(&silent, half, sizeof(half));
		reader_turn(&reader);
		rig_wait(&g.rig, 10 * MS);
	}
	rig_wait(&g.rig, 20 * SECOND);
	good = plans_good(plans, METERS, 6 * SECOND);
	assert_int_equal(good, asked);
	print_message("schedule %u of %u, reader %u good, %u silent\n", good, asked, reader.good,
		reader.silent);
	show(&reader.caller, "reader");
	show(&deaf, "deaf");
	show(&stops, "stops");
	show(&silent, "silent");
	assert_true(reader.good > 60);
	assert_int_equal(bus_of(&silent).turns, 0);
	assert_true(bus_of(&silent).dropped[PORT_DROP_BROKEN] >= 200);
	assert_true(bus_of(&deaf).turns > 0 && bus_of(&stops).turns > 0);
	assert_true(bus_of(&reader.caller).wait_max_us > 0);
	assert_int_equal(sim_account(rig_sim(&g.rig))->overlaps, 0);
	assert_true(g.left > 0);
	assert_string_equal(g.gone, "the client does not take what it is sent");
	hang_up(&reader.caller);
	hang_up(&deaf);
	hang_up(&stops);
	hang_up(&silent);
	gate_close(&g);
}

static void who_is_idle_is_disconnected(void **state)
{
	struct transparent_options options = options_of(TRANSPARENT_MBUS);
	struct caller c;
	struct gate g;

	(void)state;
	gate_open(&g, TCP, &options);
	call(&g, &c);
	rig_wait(&g.rig, 4 * MINUTE);
	say_short(&c, MB_C_SND_NKE, 3);
	rig_wait(&g.rig, 4 * MINUTE);
	assert_int_equal(g.left, 0);
	rig_wait(&g.rig, 2 * MINUTE);
	assert_int_equal(g.left, 1);
	assert_string_equal(g.gone, "idle for 300 s");
	close(c.fd);
	gate_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_goes_and_its_answer_comes),
		cmocka_unit_test(over_tcp),
		cmocka_unit_test(who_says_no_more_hears_the_answer),
		cmocka_unit_test(who_leaves_holds_nothing),
		cmocka_unit_test(who_never_reads_is_cut),
		cmocka_unit_test(a_bus_that_is_gone_drops_its_frames),
		cmocka_unit_test(raw_bytes_pass_and_are_bounded),
		cmocka_unit_test(a_line_is_the_clients_own),
		cmocka_unit_test(a_line_that_cannot_be_set_stays),
		cmocka_unit_test(what_is_no_telnet_is_disconnected),
		cmocka_unit_test(wrong_options_are_told),
		cmocka_unit_test(four_clients_and_the_schedule),
		cmocka_unit_test(who_is_idle_is_disconnected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
