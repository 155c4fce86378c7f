/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/tcp_listen.h"
#include "base/termios2.h"
#include "conn_help.h"

#include <meterbus/error.h>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <termios.h>

#define OWNERS 256
#define BULK (8u << 20) /* more than the system keeps for a client */

/* An owner of connections: echoes, or does what a test wants. */
struct owner {
	struct fixture *f;
	struct conn *conn; /* NULL: ended */
	size_t takes; /* bytes that rx() takes yet; SIZE_MAX: all */
	uint8_t *kept; /* what it took, when not echoed */
	size_t n_kept;
	unsigned rooms, ends, endings;
	bool busy;
	char reason[CLIENT_REASON_MAX];
};

struct fixture {
	struct loop *loop;
	struct clients *clients;
	struct acceptor *acceptor;
	struct events *events;
	struct owner owners[OWNERS];
	unsigned n_owners;
	bool keep, refuse;
	char told[4096];
};

/* ---- the owner ---- */

static size_t on_rx(void *ctx, const uint8_t *bytes, size_t n)
{
	struct owner *o = ctx;

	assert_int_equal(o->endings, 0);
	if (n > o->takes)
		n = o->takes;
	if (o->takes != SIZE_MAX)
		o->takes -= n;
	if (o->kept) {
		memcpy(o->kept + o->n_kept, bytes, n);
		o->n_kept += n;
		return n;
	}
	if (n == 3 && memcmp(bytes, "bye", 3) == 0) {
		assert_int_equal(conn_send(o->conn, "farewell", 8), 8);
		conn_close(o->conn, "it said bye");
		assert_int_equal(conn_send(o->conn, "more", 4), 0);
		return n;
	}
	return conn_send(o->conn, bytes, n);
}

static void on_room(void *ctx)
{
	struct owner *o = ctx;

	o->rooms++;
	if (!o->kept)
		conn_resume(o->conn);
}

static void on_end(void *ctx)
{
	struct owner *o = ctx;

	o->ends++;
	conn_send(o->conn, "end", 3);
	conn_close(o->conn, "it has no more to say");
}

static bool on_busy(void *ctx)
{
	return ((struct owner *)ctx)->busy;
}

static void on_ended(void *ctx, const char *reason)
{
	struct owner *o = ctx;

	o->endings++;
	o->conn = NULL;
	snprintf(o->reason, sizeof(o->reason), "%s", reason);
}

static const struct conn_ops ops = {
	.rx = on_rx,
	.room = on_room,
	.end = on_end,
	.busy = on_busy,
	.ended = on_ended,
};

static void on_client(void *ctx, struct conn *conn)
{
	struct fixture *f = ctx;
	struct owner *o = &f->owners[f->n_owners];

	if (f->refuse)
		return;
	assert_true(f->n_owners < OWNERS);
	f->n_owners++;
	*o = (struct owner){.f = f, .conn = conn, .takes = SIZE_MAX};
	if (f->keep)
		o->kept = calloc(1, BULK);
	conn_use(conn, &ops, o);
}

/* ---- the fixture ---- */

static void on_event(void *ctx, const struct event *event)
{
	struct fixture *f = ctx;
	size_t at = strlen(f->told);

	assert_int_equal(event->seq, 0);
	snprintf(f->told + at, sizeof(f->told) - at, "%s: %s %s\n", event_kind_name(event->kind),
		event->text, event->data);
}

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.loop = loop_virtual_new(1000000, 1700000000000);
	f.clients = clients_new(f.loop);
	f.events = events_new();
	assert_non_null(f.loop);
	assert_non_null(f.clients);
	assert_non_null(events_listen(f.events, on_event, &f));
	clients_tell(f.clients, clients_publish, f.events);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	acceptor_free(f->acceptor);
	for (unsigned i = 0; i < f->n_owners; i++) {
		assert_int_equal(f->owners[i].endings, 1);
		free(f->owners[i].kept);
	}
	assert_int_equal(clients_count(f->clients), 0);
	clients_free(f->clients);
	events_free(f->events);
	loop_free(f->loop);
	return 0;
}

static void listen_with(struct fixture *f, struct acceptor_options options)
{
	char err[300] = "";

	options.name = "test";
	options.kind = CLIENT_AT;
	if (!options.line)
		options.host = "127.0.0.1";
	if (acceptor_new(f->loop, f->clients, &options, on_client, f, &f->acceptor, err,
		    sizeof(err)) < 0)
		fail_msg("%s", err);
}

static int come(struct fixture *f)
{
	unsigned before = f->n_owners;
	int fd = peer_open(acceptor_port(f->acceptor));

	AWAIT(f->loop, f->n_owners != before);
	assert_int_equal(f->n_owners, before + 1);
	return fd;
}

static void await_ending(struct fixture *f, struct owner *o, const char *reason)
{
	AWAIT(f->loop, o->endings);
	assert_int_equal(o->endings, 1);
	assert_string_equal(o->reason, reason);
}

/* ---- clients ---- */

static void a_client_comes_and_goes(void **state)
{
	struct fixture *f = *state;
	const struct client *c;
	char text[300];
	int fd;

	listen_with(f, (struct acceptor_options){0});
	fd = come(f);
	peer_say(fd, "hello");
	peer_expect(f->loop, fd, "hello");
	c = clients_first(f->clients);
	assert_int_equal(c->id, 1);
	assert_int_equal(c->kind, CLIENT_AT);
	assert_false(c->secure);
	assert_string_equal(c->listener, "test");
	assert_memory_equal(c->peer, "127.0.0.1:", 10);
	assert_int_equal(c->bytes_in, 5);
	assert_int_equal(c->bytes_out, 5);
	assert_true(c->active_ms >= c->since_ms && c->since_ms >= 1700000000000);
	snprintf(text, sizeof(text), "127.0.0.1:%u", acceptor_port(f->acceptor));
	assert_string_equal(acceptor_place(f->acceptor), text);
	snprintf(text, sizeof(text),
		"client.connected: %s of test has come {\"client\":1,\"kind\":\"at\","
		"\"listener\":\"test\",\"peer\":\"%s\",\"user\":null}\n",
		c->peer, c->peer);
	assert_string_equal(f->told, text);
	close(fd);
	f->told[0] = '\0';
	await_ending(f, &f->owners[0], "it has no more to say");
	assert_non_null(strstr(f->told, "has gone: it has no more to say {\"client\":1,"));
	assert_non_null(strstr(f->told, "\"bytes_in\":5,\"bytes_out\":8}"));
	assert_null(clients_first(f->clients));
}

static void moves_to_another_port(void **state)
{
	struct fixture *f = *state;
	char err[200], text[300];
	uint16_t old, port;
	int fd, more;

	listen_with(f, (struct acceptor_options){0});
	old = acceptor_port(f->acceptor);
	fd = come(f);
	assert_int_equal(acceptor_move(f->acceptor, 0, err, sizeof(err)), 0);
	port = acceptor_port(f->acceptor);
	assert_int_not_equal(port, old);
	snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	assert_string_equal(acceptor_place(f->acceptor), text);
	peer_say(fd, "hello");
	peer_expect(f->loop, fd, "hello");
	more = come(f);
	assert_int_equal(acceptor_move(f->acceptor, port, err, sizeof(err)), MB_E_STREAM);
	assert_int_equal(acceptor_port(f->acceptor), port);
	close(more);
	close(fd);
}

static void says_the_last_word_from_within_rx(void **state)
{
	struct fixture *f = *state;
	int fd;

	listen_with(f, (struct acceptor_options){0});
	fd = come(f);
	peer_say(fd, "bye");
	peer_expect(f->loop, fd, "farewell");
	peer_expect_end(f->loop, fd);
	peer_say(fd, "too late");
	close(fd);
	await_ending(f, &f->owners[0], "it said bye");
}

static void a_half_closed_client_gets_its_answer(void **state)
{
	struct fixture *f = *state;
	int fd;

	listen_with(f, (struct acceptor_options){0});
	fd = come(f);
	peer_say(fd, "question");
	shutdown(fd, SHUT_WR);
	peer_expect(f->loop, fd, "questionend");
	peer_expect_end(f->loop, fd);
	assert_int_equal(f->owners[0].ends, 1);
	await_ending(f, &f->owners[0], "it has no more to say");
	close(fd);
}

static void a_reset_is_an_end(void **state)
{
	struct linger at_once = {1, 0};
	struct fixture *f = *state;
	int fd;

	listen_with(f, (struct acceptor_options){0});
	fd = come(f);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	await_ending(f, &f->owners[0], "the client has hung up");
	assert_int_equal(f->owners[0].ends, 0);
}

/* Writes what the system takes. */
static size_t write_all(int fd, const uint8_t *bytes, size_t n)
{
	size_t done = 0;
	ssize_t rc;

	while (done < n && (rc = send(fd, bytes + done, n - done, MSG_DONTWAIT)) > 0)
		done += (size_t)rc;
	return done;
}

static uint8_t *make_bulk(void)
{
	uint8_t *bulk = malloc(BULK);

	assert_non_null(bulk);
	for (size_t i = 0; i < BULK; i++)
		bulk[i] = (uint8_t)(i * 2654435761u >> 24);
	return bulk;
}

static void nothing_is_read_while_nothing_is_taken(void **state)
{
	struct fixture *f = *state;
	uint8_t *bulk = make_bulk();
	struct owner *o = &f->owners[0];
	size_t sent = 0, stuck;
	int fd;

	f->keep = true;
	listen_with(f, (struct acceptor_options){0});
	fd = come(f);
	o->takes = 100;
	for (int i = 0; i < 50; i++) {
		sent += write_all(fd, bulk + sent, BULK - sent);
		run_ms(f->loop, 10);
	}
	stuck = sent;
	assert_true(stuck < BULK);
	assert_int_equal(o->n_kept, 100);
	assert_true(conn_client(o->conn)->bytes_in <= CONN_IN_MAX);

	o->takes = SIZE_MAX;
	conn_resume(o->conn);
	AWAIT(f->loop, (sent += write_all(fd, bulk + sent, BULK - sent), o->n_kept == BULK));
	assert_int_equal(o->n_kept, BULK);
	assert_memory_equal(o->kept, bulk, BULK);
	close(fd);
	free(bulk);
}

/* It reads nothing for a while, then everything. */
static void a_slow_reader_holds_up_only_itself(void **state)
{
	struct fixture *f = *state;
	uint8_t *bulk = make_bulk(), *got = malloc(BULK);
	struct owner *o = &f->owners[0];
	size_t sent = 0, came = 0, n;
	int slow, other;

	f->keep = true;
	listen_with(f, (struct acceptor_options){0});
	slow = come(f);
	f->keep = false;
	other = come(f);
	do {
		n = conn_send(o->conn, bulk + sent, 5000);
		sent += n;
		run(f->loop);
	} while (n == 5000 && sent + 5000 < BULK);
	assert_true(sent < BULK - 5000);
	assert_int_equal(conn_room(o->conn), 0);
	assert_int_equal(conn_unsent(o->conn), CONN_OUT_MAX);
	assert_int_equal(o->rooms, 0);

	peer_say(other, "still there?");
	peer_expect(f->loop, other, "still there?");

	while (came < sent) {
		ssize_t rc = peer_recv(f->loop, slow, got + came, BULK - came);

		assert_true(rc > 0);
		came += (size_t)rc;
	}
	assert_int_equal(o->rooms, 1);
	assert_int_equal(came, sent);
	assert_memory_equal(got, bulk, sent);
	assert_int_equal(conn_client(o->conn)->bytes_out, sent);
	close(slow);
	close(other);
	free(bulk);
	free(got);
}

static void who_reads_nothing_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	uint8_t *bulk = make_bulk();
	struct owner *o = &f->owners[0];
	uint64_t closed_us;
	int fd;

	f->keep = true;
	listen_with(f, (struct acceptor_options){0});
	fd = come(f);
	while (conn_send(o->conn, bulk, 5000) > 0)
		;
	conn_close(o->conn, "enough");
	closed_us = loop_now_us(f->loop);
	run_ms(f->loop, CONN_LINGER_MS - 1);
	assert_int_equal(o->endings, 0);
	run_ms(f->loop, 2);
	assert_int_equal(o->endings, 1);
	assert_true(loop_now_us(f->loop) - closed_us < 3000000);
	assert_string_equal(o->reason, "enough");
	close(fd);
	free(bulk);
}

static void an_idle_client_is_disconnected(void **state)
{
	struct fixture *f = *state;
	struct owner *o = &f->owners[0];
	int fd;

	listen_with(f, (struct acceptor_options){.idle_ms = 300000});
	fd = come(f);
	run_ms(f->loop, 299000);
	assert_int_equal(o->endings, 0);
	peer_say(fd, "x");
	peer_expect(f->loop, fd, "x");
	run_ms(f->loop, 299000);
	assert_int_equal(o->endings, 0);
	o->busy = true;
	run_ms(f->loop, 1000);
	o->busy = false;
	run_ms(f->loop, 299000);
	assert_int_equal(o->endings, 0);
	run_ms(f->loop, 2000);
	peer_expect_end(f->loop, fd);
	close(fd);
	await_ending(f, o, "idle for 300 s");
}

static void is_disconnected_by_id(void **state)
{
	struct fixture *f = *state;
	int fd[3];

	listen_with(f, (struct acceptor_options){0});
	for (int i = 0; i < 3; i++)
		fd[i] = come(f);
	assert_int_equal(clients_count(f->clients), 3);
	assert_ptr_equal(clients_find(f->clients, 2), conn_client(f->owners[1].conn));
	assert_null(clients_find(f->clients, 4));
	assert_false(clients_disconnect(f->clients, 4, "admin"));
	assert_true(clients_disconnect(f->clients, 2, "admin"));
	assert_false(clients_disconnect(f->clients, 2, "somebody else"));
	assert_int_equal(f->owners[1].endings, 0); /* soon, but not from within the call */
	peer_expect_end(f->loop, fd[1]);
	await_ending(f, &f->owners[1], "disconnected by admin");
	assert_null(clients_find(f->clients, 2));
	close(fd[1]);
	fd[1] = come(f);
	assert_int_equal(conn_client(f->owners[3].conn)->id, 4);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}

/* ---- who may come ---- */

static void asks_for_the_address_first(void **state)
{
	static const char *const allow[] = {"10.0.0.0/8", "192.0.2.1", NULL};
	struct fixture *f = *state;
	struct acceptor_totals totals;
	int fd;

	listen_with(f, (struct acceptor_options){.allow = allow, .refusal = "never said"});
	fd = peer_open(acceptor_port(f->acceptor));
	peer_expect_end(f->loop, fd);
	close(fd);
	acceptor_totals(f->acceptor, &totals);
	assert_int_equal(totals.refused_address, 1);
	assert_int_equal(totals.accepted, 0);
	acceptor_check_addresses(f->acceptor, false);
	close(come(f));
	acceptor_check_addresses(f->acceptor, true);
	fd = peer_open(acceptor_port(f->acceptor));
	peer_expect_end(f->loop, fd);
	close(fd);
	assert_int_equal(f->n_owners, 1);
}

static void one_too_many_is_told(void **state)
{
	struct fixture *f = *state;
	struct acceptor_totals totals;
	int fd[3];

	listen_with(f, (struct acceptor_options){.clients_max = 2, .refusal = "\r\nBUSY\r\n"});
	fd[0] = come(f);
	fd[1] = come(f);
	fd[2] = peer_open(acceptor_port(f->acceptor));
	peer_expect(f->loop, fd[2], "\r\nBUSY\r\n");
	peer_expect_end(f->loop, fd[2]);
	acceptor_totals(f->acceptor, &totals);
	assert_int_equal(totals.refused_full, 1);
	assert_int_equal(totals.clients, 2);
	close(fd[0]);
	await_ending(f, &f->owners[0], "it has no more to say");
	close(fd[2]);
	fd[2] = come(f);
	close(fd[1]);
	close(fd[2]);
}

static void nobody_takes_it(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->refuse = true;
	listen_with(f, (struct acceptor_options){0});
	fd = peer_open(acceptor_port(f->acceptor));
	peer_expect_end(f->loop, fd);
	close(fd);
	run(f->loop);
	assert_non_null(strstr(f->told, "has gone: not taken"));
}

/* clang-format off */
static const struct {
	struct acceptor_options options;
	const char *why;
} wrong[] = {
	{{0}, "nothing says where"},
	{{.host = "0.0.0.0"}, "0.0.0.0 can be reached from outside"},
	{{.host = "::"}, "can be reached from outside"},
	{{.host = "192.0.2.1", .allow = (const char *const[]){"10.0.0.0/8", NULL}}, "from outside"},
	{{.host = "127.0.0.1", .certificate = "a.pem"}, "come together"},
	{{.host = "127.0.0.1", .key = "a.pem"}, "come together"},
	{{.host = "127.0.0.1", .allow = (const char *const[]){"10.0.0.1/8", NULL}}, "behind its prefix"},
	{{.host = "127.0.0.1", .clients_max = 1001}, "at most 1000"},
	{{.line = "tcp://127.0.0.1:10000"}, "a line is serial:"},
	{{.line = "serial:/dev/ttyS0?baud=x"}, "baud"},
};
/* clang-format on */

static void says_what_is_wrong(void **state)
{
	struct fixture *f = *state;
	char err[300];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct acceptor_options options = wrong[i].options;
		struct acceptor *a = NULL;

		options.name = "test";
		assert_int_equal(acceptor_check(&options, err, sizeof(err)), MB_E_INVALID);
		if (!strstr(err, wrong[i].why))
			fail_msg("%zu: %s", i, err);
		assert_int_equal(acceptor_new(f->loop, f->clients, &options, on_client, f, &a, err,
					 sizeof(err)),
			MB_E_INVALID);
		assert_null(a);
	}
	listen_with(f, (struct acceptor_options){0});
}

static void a_taken_place_is_no_place(void **state)
{
	struct fixture *f = *state;
	struct acceptor_options options = {.name = "second", .host = "127.0.0.1"};
	struct acceptor *second = NULL;
	char err[300];

	listen_with(f, (struct acceptor_options){0});
	options.port = acceptor_port(f->acceptor);
	assert_int_equal(acceptor_new(f->loop, f->clients, &options, on_client, f, &second, err,
				 sizeof(err)),
		MB_E_STREAM);
	assert_non_null(strstr(err, "already in use"));
	assert_null(second);
}

/* ---- sockets ---- */

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

static void a_half_open_client_will_be_noticed(void **state)
{
	struct tcp_listen at = {"127.0.0.1", 0, CONN_UNANSWERED_MS};
	char err[200], name[TCP_PEER_MAX];
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int listening, fd, accepted;
	bool loopback;

	(void)state;
	listening = tcp_listen(&at, err, sizeof(err));
	assert_true(listening >= 0);
	fd = peer_open(tcp_bound(listening, &loopback));
	assert_true(loopback);
	assert_int_equal(poll(&(struct pollfd){listening, POLLIN, 0}, 1, PATIENCE_MS), 1);
	accepted = accept(listening, (struct sockaddr *)&address, &size);
	assert_true(accepted >= 0);
	assert_int_equal(option(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT), CONN_UNANSWERED_MS);
	assert_int_equal(option(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option(accepted, IPPROTO_TCP, TCP_KEEPIDLE), 30);
	assert_int_equal(option(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
	tcp_peer_name((struct sockaddr *)&address, name);
	assert_memory_equal(name, "127.0.0.1:", 10);
	close(accepted);
	close(fd);
	close(listening);
}

static void names_peers(void **state)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(54321)};
	char name[TCP_PEER_MAX];

	(void)state;
	inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
	tcp_peer_name((struct sockaddr *)&in6, name);
	assert_string_equal(name, "[2001:db8::1]:54321");
	inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr);
	tcp_peer_name((struct sockaddr *)&in6, name);
	assert_string_equal(name, "192.0.2.7:54321");
}

/* ---- lines ---- */

static int open_terminal(const char *path)
{
	struct termios raw;
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	assert_true(fd >= 0);
	tcgetattr(fd, &raw);
	cfmakeraw(&raw);
	tcsetattr(fd, TCSANOW, &raw);
	return fd;
}

static void a_pty_is_a_client_that_stays(void **state)
{
	struct fixture *f = *state;
	int fd;

	listen_with(f, (struct acceptor_options){.line = "pty:"});
	run(f->loop);
	assert_int_equal(f->n_owners, 1);
	assert_true(conn_is_line(f->owners[0].conn));
	assert_string_equal(conn_client(f->owners[0].conn)->peer, acceptor_place(f->acceptor));
	assert_int_equal(acceptor_port(f->acceptor), 0);
	for (int i = 0; i < 2; i++) {
		fd = open_terminal(acceptor_place(f->acceptor));
		peer_say(fd, "over the line");
		peer_expect(f->loop, fd, "over the line");
		close(fd);
		run_ms(f->loop, 10000);
	}
	assert_int_equal(f->n_owners, 1);
	assert_int_equal(f->owners[0].endings, 0);
}

static void a_line_comes_back(void **state)
{
	struct fixture *f = *state;
	int fd;

	listen_with(f, (struct acceptor_options){.line = "pty:"});
	run(f->loop);
	assert_true(clients_disconnect(f->clients, 1, "admin"));
	await_ending(f, &f->owners[0], "disconnected by admin");
	assert_int_equal(f->n_owners, 1);
	run_ms(f->loop, ACCEPTOR_REOPEN_MS + 1);
	assert_int_equal(f->n_owners, 2);
	fd = open_terminal(acceptor_place(f->acceptor));
	peer_say(fd, "again");
	peer_expect(f->loop, fd, "again");
	close(fd);
	run_ms(f->loop, ACCEPTOR_REOPEN_MS + 1);
	assert_true(clients_disconnect(f->clients, 2, "admin")); /* it was there for long */
	await_ending(f, &f->owners[1], "disconnected by admin");
	run_ms(f->loop, 1);
	assert_int_equal(f->n_owners, 3);
}

static void a_serial_line_that_goes_away_ends(void **state)
{
	struct fixture *f = *state;
	int adapter = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct mb_line settings;
	char line[100];

	assert_true(adapter >= 0);
	assert_int_equal(grantpt(adapter) | unlockpt(adapter), 0);
	snprintf(line, sizeof(line), "serial:%s", ptsname(adapter));
	listen_with(f, (struct acceptor_options){.line = line});
	run(f->loop);
	assert_int_equal(f->n_owners, 1);
	assert_int_equal(termios2_get(adapter, &settings), 0);
	assert_int_equal(settings.baud, 115200);
	assert_int_equal(settings.data_bits, 8);
	assert_int_equal(settings.parity, MB_PARITY_NONE);
	assert_int_equal(settings.stop_bits, 1);
	peer_say(adapter, "ati");
	peer_expect(f->loop, adapter, "ati");
	close(adapter);
	AWAIT(f->loop, f->owners[0].endings);
	assert_int_equal(f->owners[0].endings, 1);
	run_ms(f->loop, 3 * ACCEPTOR_REOPEN_MS); /* it is not there: tried, and tried again */
	assert_int_equal(f->n_owners, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_client_comes_and_goes),
		TEST(moves_to_another_port),
		TEST(says_the_last_word_from_within_rx),
		TEST(a_half_closed_client_gets_its_answer),
		TEST(a_reset_is_an_end),
		TEST(nothing_is_read_while_nothing_is_taken),
		TEST(a_slow_reader_holds_up_only_itself),
		TEST(who_reads_nothing_is_not_waited_for),
		TEST(an_idle_client_is_disconnected),
		TEST(is_disconnected_by_id),
		TEST(asks_for_the_address_first),
		TEST(one_too_many_is_told),
		TEST(nobody_takes_it),
		TEST(says_what_is_wrong),
		TEST(a_taken_place_is_no_place),
		TEST(a_half_open_client_will_be_noticed),
		TEST(names_peers),
		TEST(a_pty_is_a_client_that_stays),
		TEST(a_line_comes_back),
		TEST(a_serial_line_that_goes_away_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
