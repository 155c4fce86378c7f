/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/at_server.h"

#include "at_help.h"
#include "tls_help.h"

#include <fcntl.h>
#include <termios.h>

#define MANY 200
#define RECORDS 20000

struct fixture;

/* What a session acts on; the fake one is first, as its functions get this. */
struct device {
	struct fake fake;
	struct fixture *f;
	struct at_session *session;
	void (*wake)(void *ctx);
	void *wake_ctx;
	uint64_t records; /* instead of those of the fake one; 0: those */
};

struct fixture {
	struct loop *loop;
	struct clients *clients;
	struct at_server *server;
	struct at_device_ops ops;
	struct device *last; /* that was opened */
	unsigned opened, closed, cancelled;
	uint64_t records;
	char gone[CLIENT_REASON_MAX], user[CLIENT_NAME_MAX];
};

/* ---- devices ---- */

static enum at_rights check_login(void *ctx, const char *user, const char *password)
{
	(void)ctx;
	return strcmp(user, "anna") == 0 && strcmp(password, "secret") == 0 ? AT_RIGHTS_ALL
									    : AT_RIGHTS_NONE;
}

static int next_record(void *ctx, uint64_t after_seq, const struct scdata_filter *filter,
	struct scdata_record *ret)
{
	const struct device *d = ctx;

	if (!d->records)
		return fake_next_record(ctx, after_seq, filter, ret);
	if (after_seq >= d->records)
		return 0;
	*ret = fake_records[0];
	ret->seq = after_seq + 1;
	return 1;
}

static int data_stats(void *ctx, struct at_data_stats *ret)
{
	const struct device *d = ctx;

	if (!d->records)
		return fake_data_stats(ctx, ret);
	*ret = (struct at_data_stats){d->records, d->records};
	return 0;
}

static void *open_device(void *ctx, struct at_session *s, const char *listener, bool login,
	void (*wake)(void *wake_ctx), void *wake_ctx)
{
	struct fixture *f = ctx;
	struct device *d = calloc(1, sizeof(*d));

	assert_string_equal(listener, "desk");
	fake_init(&d->fake);
	d->f = f;
	d->session = s;
	d->wake = wake;
	d->wake_ctx = wake_ctx;
	d->records = f->records;
	f->ops = fake_ops;
	f->ops.login = login ? check_login : NULL;
	f->ops.next_record = next_record;
	f->ops.data_stats = data_stats;
	f->last = d;
	f->opened++;
	return d;
}

static const struct at_device_ops *device_ops(void *device)
{
	return &((struct device *)device)->f->ops;
}

static void close_device(void *device)
{
	struct device *d = device;

	d->f->cancelled += (unsigned)d->fake.cancelled;
	d->f->closed++;
	free(d);
}

/* ---- the fixture ---- */

static void told(void *ctx, const struct client *client, const char *reason)
{
	struct fixture *f = ctx;

	if (!reason)
		return;
	snprintf(f->gone, sizeof(f->gone), "%s", reason);
	snprintf(f->user, sizeof(f->user), "%s", client->who);
}

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.loop = loop_virtual_new(1000000, 1700000000000);
	f.clients = clients_new(f.loop);
	assert_non_null(f.loop);
	assert_non_null(f.clients);
	clients_tell(f.clients, told, &f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	at_server_free(f->server);
	assert_int_equal(f->opened, f->closed);
	assert_int_equal(clients_count(f->clients), 0);
	clients_free(f->clients);
	loop_free(f->loop);
	return 0;
}

static void serve(struct fixture *f, bool login, struct acceptor_options listen)
{
	struct at_server_options options = {
		.listen = listen,
		.login = login,
		.devices = {open_device, device_ops, close_device, f},
	};
	char err[300] = "";

	options.listen.name = "desk";
	if (!listen.line)
		options.listen.host = "127.0.0.1";
	if (at_server_new(f->loop, f->clients, &options, &f->server, err, sizeof(err)) < 0)
		fail_msg("%s", err);
}

static int come(struct fixture *f)
{
	return peer_open(acceptor_port(at_server_acceptor(f->server)));
}

static void ask(struct fixture *f, int fd, const char *text, const char *answer)
{
	peer_say(fd, text);
	peer_expect(f->loop, fd, answer);
}

static void await_gone(struct fixture *f, const char *reason)
{
	AWAIT(f->loop, !clients_count(f->clients));
	assert_string_equal(f->gone, reason);
}

/* Until the session has asked the bus. */
static void await_question(struct fixture *f)
{
	AWAIT(f->loop, f->last && f->last->fake.pending_answer);
	assert_non_null(f->last);
	assert_true(f->last->fake.pending_answer);
}

static void bus_answers(struct fixture *f)
{
	fake_answer(&f->last->fake, f->last->session);
	f->last->wake(f->last->wake_ctx);
}

/* ---- sessions ---- */

static void answers_at(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, false, (struct acceptor_options){0});
	fd = come(f);
	ask(f, fd, "ati\r", "ati\r\r\nmeterbusd\r\n\r\nOK\r\n");
	ask(f, fd, "nonsense\r\n", "nonsense\r\r\nERROR\r\n");
	ask(f, fd, "ate0\rat\rat+gmi\r", "ate0\r\r\nOK\r\n\r\nOK\r\n\r\nMeterbus\r\n\r\nOK\r\n");
	ask(f, fd, "atz\r", "\r\nOK\r\n");
	peer_expect_end(f->loop, fd);
	close(fd);
	await_gone(f, "logged out");
}

static void asks_who_it_is(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, true, (struct acceptor_options){0});
	fd = come(f);
	peer_expect(f->loop, fd, "meterbusd\r\nLogin:");
	ask(f, fd, "anna\r", "anna\r\r\nPassword:");
	assert_string_equal(clients_first(f->clients)->who, "");
	ask(f, fd, "secret\r", "\r\r\nOK\r\n");
	assert_string_equal(clients_first(f->clients)->who, "anna");
	ask(f, fd, "at\r", "at\r\r\nOK\r\n");
	close(fd);
	await_gone(f, "the client has hung up");
	assert_string_equal(f->user, "anna");

	fd = come(f);
	peer_expect(f->loop, fd, "meterbusd\r\nLogin:");
	for (int i = 0; i < AT_LOGINS_MAX - 1; i++)
		ask(f, fd, "anna\rwrong\r", "anna\r\r\nPassword:\r\r\nERROR\r\nLogin:");
	ask(f, fd, "anna\rwrong\r", "anna\r\r\nPassword:\r\r\nERROR\r\n");
	peer_expect_end(f->loop, fd);
	close(fd);
	await_gone(f, "no valid login");
	assert_string_equal(f->user, "");
}

static enum at_rights present_rights;

static enum at_rights rights_now(void *ctx, const char *user)
{
	(void)ctx;
	assert_string_equal(user, "anna");
	return present_rights;
}

/* Whoever has logged in is asked for again at each command. */
static void rights_end_with_who_gave_them(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, true, (struct acceptor_options){0});
	fd = come(f);
	peer_expect(f->loop, fd, "meterbusd\r\nLogin:");
	f->ops.rights = rights_now;
	present_rights = AT_RIGHTS_ALL;
	ask(f, fd, "anna\rsecret\r", "anna\r\r\nPassword:\r\r\nOK\r\n");
	ask(f, fd, "ate0\r", "ate0\r\r\nOK\r\n");
	ask(f, fd, "at^scams=\"retry\",1\r", "\r\nOK\r\n");
	present_rights = AT_RIGHTS_LOOK;
	ask(f, fd, "at^scams=\"retry\",2\r", "\r\nERROR\r\n");
	ask(f, fd, "at\r", "\r\nOK\r\n");
	present_rights = AT_RIGHTS_NONE;
	ask(f, fd, "at\rat\r", "\r\nERROR\r\n");
	peer_expect_end(f->loop, fd);
	close(fd);
	await_gone(f, "no valid login");
}

static void does_not_wait_for_a_login_for_ever(void **state)
{
	struct fixture *f = *state;
	int fd, other;

	serve(f, true, (struct acceptor_options){0});
	fd = come(f);
	peer_expect(f->loop, fd, "meterbusd\r\nLogin:");
	other = come(f);
	peer_expect(f->loop, other, "meterbusd\r\nLogin:");
	run_ms(f->loop, 58000);
	ask(f, fd, "anna\r", "anna\r\r\nPassword:");
	ask(f, other, "anna\rsecret\r", "anna\r\r\nPassword:\r\r\nOK\r\n");
	run_ms(f->loop, 3000);
	peer_expect_end(f->loop, fd);
	run_ms(f->loop, 3000);
	assert_string_equal(f->gone, "it did not log in");
	run_ms(f->loop, 600000);
	assert_int_equal(clients_count(f->clients), 1);
	ask(f, other, "at\r", "at\r\r\nOK\r\n");
	close(fd);
	close(other);
}

static void speaks_telnet_when_spoken_to(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, false, (struct acceptor_options){0});
	fd = come(f);
	ask(f, fd, "\xFF\xFD\x03\xFF\xFB\x1F", "\xFF\xFB\x01\xFF\xFB\x03\xFF\xFE\x1F");
	ask(f, fd,
		"\xFF\xFD\x01"
		"at\r\n",
		"at\r\r\nOK\r\n");
	close(fd);
	await_gone(f, "the client has hung up");
}

static void takes_many_commands_at_once(void **state)
{
	struct fixture *f = *state;
	size_t results = 0, n = 0;
	char *commands = malloc(3 * RECORDS + 1), got[4096];
	size_t sent = 0, total = 3 * RECORDS;
	int fd;

	for (size_t i = 0; i < RECORDS; i++)
		memcpy(commands + 3 * i, "at\r", 4);
	serve(f, false, (struct acceptor_options){0});
	fd = come(f);
	ask(f, fd, "ate0\r", "ate0\r\r\nOK\r\n");
	while (n < 6 * RECORDS) {
		ssize_t rc = send(fd, commands + sent, total - sent, MSG_DONTWAIT);

		sent += rc > 0 ? (size_t)rc : 0;
		rc = peer_recv(f->loop, fd, got, sizeof(got));
		assert_true(rc > 0);
		for (ssize_t i = 0; i < rc; i++)
			results += got[i] == 'O';
		n += (size_t)rc;
	}
	assert_int_equal(results, RECORDS);
	assert_int_equal(n, 6 * RECORDS);
	close(fd);
	free(commands);
}

/* Much more than all buffers hold, to a client that reads a little now and then. */
static void a_long_answer_waits_for_its_reader(void **state)
{
	struct fixture *f = *state;
	size_t max = (size_t)RECORDS * 80, len = 0, lines = 0;
	char *got = malloc(max + 1), *at;
	int fd, other;

	f->records = RECORDS;
	serve(f, false, (struct acceptor_options){0});
	fd = come(f);
	peer_say(fd, "at^scdata=\"get_oldest\",1000000\r");
	run_ms(f->loop, 1000);
	other = come(f);
	ask(f, other, "at\r", "at\r\r\nOK\r\n");
	while (len < 6 || memcmp(got + len - 6, "\r\nOK\r\n", 6) != 0) {
		ssize_t n = peer_recv(f->loop, fd, got + len, max - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	got[len] = '\0';
	for (at = got; (at = strstr(at, "^SCDATA: ")); lines++) {
		unsigned seq = 0;

		assert_int_equal(sscanf(at, "^SCDATA: \"AMS\",1467365701,%u,", &seq), 1);
		assert_int_equal(seq, lines + 1);
		at++;
	}
	assert_int_equal(lines, RECORDS);
	close(fd);
	close(other);
	free(got);
}

/* ---- the bus takes its time ---- */

#define DIRECT_READ "at^scams=\"direct_read\",2,2,\"1@2400\"\r"

static void an_answer_that_comes_later(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, false, (struct acceptor_options){.idle_ms = 60000});
	fd = come(f);
	ask(f, fd, "ate0\r", "ate0\r\r\nOK\r\n");
	peer_say(fd, DIRECT_READ "at\r");
	await_question(f);
	run_ms(f->loop, 200000); /* waiting is not idle */
	assert_int_equal(clients_count(f->clients), 1);
	bus_answers(f);
	peer_expect(
		f->loop, fd, "\r\n^SCAMS: 0,\"\",\"680303680801727B16\"\r\n\r\nOK\r\n\r\nOK\r\n");
	run_ms(f->loop, 61000);
	peer_expect_end(f->loop, fd);
	close(fd);
	await_gone(f, "idle for 60 s");
}

static void a_script_that_only_pipes(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, false, (struct acceptor_options){0});
	fd = come(f);
	peer_say(fd, "ate0\r" DIRECT_READ);
	shutdown(fd, SHUT_WR);
	await_question(f);
	run_ms(f->loop, 5000);
	bus_answers(f);
	peer_expect(f->loop, fd,
		"ate0\r\r\nOK\r\n\r\n^SCAMS: 0,\"\",\"680303680801727B16\"\r\n\r\nOK\r\n");
	peer_expect_end(f->loop, fd);
	close(fd);
	await_gone(f, "the client has hung up");
	assert_int_equal(f->cancelled, 0);
}

static void nobody_waits_for_ever(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, false, (struct acceptor_options){0});
	fd = come(f);
	peer_say(fd, DIRECT_READ);
	await_question(f);
	close(fd);
	await_gone(f, "the client has hung up");
	assert_int_equal(f->cancelled, 1);
	assert_int_equal(f->closed, 1);
}

static void is_disconnected_while_it_waits(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, false, (struct acceptor_options){0});
	fd = come(f);
	peer_say(fd, DIRECT_READ);
	await_question(f);
	assert_true(clients_disconnect(f->clients, 1, "admin"));
	await_gone(f, "disconnected by admin");
	assert_int_equal(f->cancelled, 1);
	close(fd);
}

static void the_server_ends_while_it_waits(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, false, (struct acceptor_options){0});
	fd = come(f);
	peer_say(fd, DIRECT_READ);
	await_question(f);
	at_server_free(f->server);
	f->server = NULL;
	assert_int_equal(f->cancelled, 1);
	assert_int_equal(clients_count(f->clients), 0);
	close(fd);
}

/* ---- lines ---- */

static int open_terminal(struct fixture *f)
{
	struct termios raw;
	int fd;

	run(f->loop);
	fd = open(acceptor_place(at_server_acceptor(f->server)), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	tcgetattr(fd, &raw);
	cfmakeraw(&raw);
	tcsetattr(fd, TCSANOW, &raw);
	return fd;
}

static void a_line_has_no_telnet(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, false, (struct acceptor_options){.line = "pty:"});
	fd = open_terminal(f);
	ask(f, fd, "ati\r", "ati\r\r\nmeterbusd\r\n\r\nOK\r\n");
	ask(f, fd, "\xFF\xFD\x03\r", "\xFF\xFD\r\r\nERROR\r\n");
	close(fd);
}

static void the_next_one_at_a_line_logs_in_again(void **state)
{
	struct fixture *f = *state;
	int fd;

	serve(f, true, (struct acceptor_options){.line = "pty:"});
	fd = open_terminal(f);
	peer_expect(f->loop, fd, "meterbusd\r\nLogin:");
	ask(f, fd, "anna\rsecret\r", "anna\r\r\nPassword:\r\r\nOK\r\n");
	assert_string_equal(clients_first(f->clients)->who, "anna");
	ask(f, fd, "ate0\r", "ate0\r\r\nOK\r\n");
	ask(f, fd, "atz\r", "\r\nOK\r\nmeterbusd\r\nLogin:");
	assert_string_equal(clients_first(f->clients)->who, "");
	assert_int_equal(clients_first(f->clients)->id, 1);
	for (int i = 0; i < AT_LOGINS_MAX - 1; i++)
		ask(f, fd, "x\rwrong\r", "x\r\r\nPassword:\r\r\nERROR\r\nLogin:");
	ask(f, fd, "x\rwrong\r", "x\r\r\nPassword:\r\r\nERROR\r\nmeterbusd\r\nLogin:");
	close(fd);
	assert_int_equal(f->opened, 3);
	assert_int_equal(f->closed, 2);
}

/* ---- many, and TLS ---- */

static void many_come_and_go(void **state)
{
	struct fixture *f = *state;
	struct acceptor_totals totals;
	int fd[MANY];

	serve(f, false, (struct acceptor_options){.clients_max = MANY});
	for (int i = 0; i < MANY; i++)
		fd[i] = come(f);
	for (int i = 0; i < MANY; i++)
		ask(f, fd[i], "at\r", "at\r\r\nOK\r\n");
	assert_int_equal(clients_count(f->clients), MANY);
	fd[0] = (close(fd[0]), come(f));
	for (int i = 1; i < MANY; i++) {
		if (i % 3 == 0)
			peer_say(fd[i], DIRECT_READ);
		close(fd[i]);
	}
	close(fd[0]);
	run_ms(f->loop, 100); /* they come and go by themselves, but for who waits for the bus */
	run_ms(f->loop, 11000);
	await_gone(f, "the client has hung up");
	acceptor_totals(at_server_acceptor(f->server), &totals);
	assert_int_equal(totals.clients, 0);
	assert_int_equal(totals.accepted + totals.refused_full, MANY + 1);
	assert_int_equal(f->opened, f->closed);
}

static void one_too_many_hears_busy(void **state)
{
	struct fixture *f = *state;
	int fd, second;

	serve(f, false, (struct acceptor_options){.clients_max = 1});
	fd = come(f);
	ask(f, fd, "at\r", "at\r\r\nOK\r\n");
	second = come(f);
	peer_expect(f->loop, second, AT_REFUSAL);
	peer_expect_end(f->loop, second);
	close(second);
	close(fd);
}

static void speaks_tls(void **state)
{
	struct fixture *f = *state;
	struct tls_files files;
	struct tls_peer peer;
	char err[300];

	tls_files_make(&files);
	serve(f, true,
		(struct acceptor_options){.certificate = files.certificate, .key = files.key});
	tls_peer_open(&peer, acceptor_port(at_server_acceptor(f->server)));
	tls_peer_expect(&peer, f->loop, "meterbusd\r\nLogin:");
	tls_peer_say(&peer, f->loop, "anna\rsecret\r");
	tls_peer_expect(&peer, f->loop, "anna\r\r\nPassword:\r\r\nOK\r\n");
	assert_true(clients_first(f->clients)->secure);
	tls_peer_say(&peer, f->loop, "atz\r");
	tls_peer_expect(&peer, f->loop, "atz\r\r\nOK\r\n");
	assert_int_equal(tls_peer_do(&peer, f->loop, false, err, 1), 0);
	tls_peer_close(&peer);
	await_gone(f, "logged out");

	assert_int_equal(acceptor_reload(at_server_acceptor(f->server), err, sizeof(err)), 0);
	tls_files_remove(&files);
	assert_true(acceptor_reload(at_server_acceptor(f->server), err, sizeof(err)) < 0);
	assert_non_null(strstr(err, files.certificate));
	tls_peer_open(&peer, acceptor_port(at_server_acceptor(f->server)));
	tls_peer_expect(&peer, f->loop, "meterbusd\r\nLogin:"); /* the old one stays */
	tls_peer_close(&peer);
	await_gone(f, "the client has hung up");
}

static void plain_text_is_no_tls(void **state)
{
	struct fixture *f = *state;
	struct tls_files files;
	char got[100];
	ssize_t n;
	int fd;

	tls_files_make(&files);
	serve(f, false,
		(struct acceptor_options){.certificate = files.certificate, .key = files.key});
	tls_files_remove(&files);
	fd = come(f);
	peer_say(fd, "at\r\n\r\n\r\n");
	while ((n = peer_recv(f->loop, fd, got, sizeof(got))) > 0)
		assert_null(memmem(got, (size_t)n, "OK", 2)); /* an alert at most */
	close(fd);
	await_gone(f, "the client has hung up");
}

static void who_never_agrees_on_keys_is_cut(void **state)
{
	struct fixture *f = *state;
	struct tls_files files;
	int fd;

	tls_files_make(&files);
	serve(f, false,
		(struct acceptor_options){.certificate = files.certificate, .key = files.key});
	tls_files_remove(&files);
	fd = come(f);
	run_ms(f->loop, 29000);
	assert_int_equal(clients_count(f->clients), 1);
	run_ms(f->loop, 2000);
	peer_expect_end(f->loop, fd);
	close(fd);
	await_gone(f, "the client has hung up");
}

/* ---- in real time ---- */

#define REAL_CLIENTS 30
#define REAL_ROUNDS 5

struct caller {
	struct loop *loop;
	struct loop_watch *watch;
	int fd, n;
	unsigned rounds;
	bool half; /* it stops sending, and reads on */
	size_t *open;
};

static void call_over(struct caller *c)
{
	loop_watch_free(c->watch);
	close(c->fd);
	c->watch = NULL;
	--*c->open;
}

/* An answer is one OK, in whatever pieces. */
static void on_call(void *ctx, short revents)
{
	struct linger at_once = {1, 0};
	struct caller *c = ctx;
	char got[256];
	ssize_t n = recv(c->fd, got, sizeof(got), MSG_DONTWAIT);

	(void)revents;
	if (n <= 0) {
		assert_int_equal(c->rounds, c->half ? REAL_ROUNDS : 0);
		call_over(c);
		return;
	}
	if (!memchr(got, 'O', (size_t)n) || ++c->rounds < REAL_ROUNDS) {
		if (memchr(got, 'O', (size_t)n))
			peer_say(c->fd, "at\r");
		return;
	}
	if (c->half) {
		shutdown(c->fd, SHUT_WR);
		return;
	}
	if (c->n % 3 == 0)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	call_over(c);
}

static void stop_when_all_have_gone(void *ctx, const struct client *client, const char *reason)
{
	struct fixture *f = ctx;

	(void)client;
	if (reason && clients_count(f->clients) == 0)
		loop_stop(f->loop);
}

static void serves_in_real_time(void **state)
{
	struct fixture *f = *state;
	struct caller callers[REAL_CLIENTS] = {0};
	size_t open = REAL_CLIENTS;

	clients_free(f->clients);
	loop_free(f->loop);
	f->loop = loop_new();
	f->clients = clients_new(f->loop);
	clients_tell(f->clients, stop_when_all_have_gone, f);
	serve(f, false, (struct acceptor_options){.clients_max = REAL_CLIENTS, .idle_ms = 20000});
	for (int i = 0; i < REAL_CLIENTS; i++) {
		struct caller *c = &callers[i];

		*c = (struct caller){.loop = f->loop, .n = i, .half = i % 2, .open = &open};
		c->fd = come(f);
		c->watch = loop_watch_new(f->loop, c->fd, on_call, c);
		loop_watch_set(c->watch, POLLIN);
		peer_say(c->fd, "ate0\r");
	}
	loop_run(f->loop);
	/* the last ones may not have heard that it is over */
	for (int i = 0; i < REAL_CLIENTS; i++) {
		assert_int_equal(callers[i].rounds, REAL_ROUNDS);
		if (callers[i].watch)
			call_over(&callers[i]);
	}
	assert_int_equal(open, 0);
	assert_int_equal(f->opened, REAL_CLIENTS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(answers_at),
		TEST(asks_who_it_is),
		TEST(rights_end_with_who_gave_them),
		TEST(does_not_wait_for_a_login_for_ever),
		TEST(speaks_telnet_when_spoken_to),
		TEST(takes_many_commands_at_once),
		TEST(a_long_answer_waits_for_its_reader),
		TEST(an_answer_that_comes_later),
		TEST(a_script_that_only_pipes),
		TEST(nobody_waits_for_ever),
		TEST(is_disconnected_while_it_waits),
		TEST(the_server_ends_while_it_waits),
		TEST(a_line_has_no_telnet),
		TEST(the_next_one_at_a_line_logs_in_again),
		TEST(many_come_and_go),
		TEST(one_too_many_hears_busy),
		TEST(speaks_tls),
		TEST(plain_text_is_no_tls),
		TEST(who_never_agrees_on_keys_is_cut),
		TEST(serves_in_real_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
