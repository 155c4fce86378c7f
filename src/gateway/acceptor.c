/* SPDX-License-Identifier: MIT */
#include "gateway/acceptor.h"
#include "base/listener.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/tcp_listen.h"
#include "base/tls_front.h"
#include "gateway/allow.h"
#include "gateway/conn_impl.h"

#include <meterbus/error.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BAUD 115200
#define ACCEPTS_MAX 64 /* in one call */
#define PAUSE_MS 1000 /* without descriptors */
#define PLACE_MAX 280
#define COMPLAINT_MAX 256

struct acceptor {
	struct loop *loop;
	struct clients *clients;
	acceptor_client *client;
	void *ctx;
	char name[CLIENT_NAME_MAX];
	enum client_kind kind;
	uint32_t idle_ms;
	char *refusal; /* NULL: none */
	struct loop_timer *again;

	char *host; /* TCP */
	int fd; /* -1: none */
	struct loop_watch *watch;
	struct tls_front *tls;
	bool check_addresses;
	struct allow_rule allow[ALLOW_MAX];
	size_t n_allow;

	bool line;
	struct stream_url url;
	struct listener *pty;
	uint64_t tried_us; /* to open it, the last time */
	char complained[COMPLAINT_MAX]; /* not once more */

	bool closing;
	char place[PLACE_MAX];
	struct acceptor_totals totals;
	uint32_t clients_max;
	struct conn *conns[]; /* NULL: free */
};

static int invalid(const char *sentence, char *ret_err, size_t err_max)
{
	snprintf(ret_err, err_max, "%s", sentence);
	return MB_E_INVALID;
}

static int no_memory(char *ret_err, size_t err_max)
{
	snprintf(ret_err, err_max, "no memory");
	return MB_E_NO_SPACE;
}

/* ---- options ---- */

/* ret_rules NULL: only checked. Their number, or MB_E_INVALID. */
static int read_rules(const char *const *texts, struct allow_rule ret_rules[ALLOW_MAX],
	char *ret_err, size_t err_max)
{
	struct allow_rule rule;
	int n = 0;

	for (; texts && texts[n]; n++) {
		if (n == ALLOW_MAX) {
			snprintf(ret_err, err_max, "too many addresses: at most %d", ALLOW_MAX);
			return MB_E_INVALID;
		}
		if (allow_parse(texts[n], &rule, ret_err, err_max) < 0)
			return MB_E_INVALID;
		if (ret_rules)
			ret_rules[n] = rule;
	}
	return n;
}

static int read_line(const char *text, struct stream_url *ret_url, char *ret_err, size_t err_max)
{
	struct stream_url url;

	if (stream_url_parse(text, &url, ret_err, err_max) < 0)
		return MB_E_INVALID;
	if (url.kind != STREAM_SERIAL && url.kind != STREAM_PTY)
		return invalid("a line is serial:/dev/... or pty:PATH", ret_err, err_max);
	if (!url.line_given)
		url.line = (struct mb_line){.baud = LINE_BAUD, .data_bits = 8, .stop_bits = 1};
	*ret_url = url;
	return 0;
}

static int check_tcp(const struct acceptor_options *o, char *ret_err, size_t err_max)
{
	if (!o->certificate != !o->key)
		return invalid("certificate and key come together", ret_err, err_max);
	if (!o->certificate && !o->insecure && !tcp_is_loopback(o->host)) {
		snprintf(ret_err, err_max,
			"%s can be reached from outside: set certificate and key, or insecure = "
			"yes",
			o->host);
		return MB_E_INVALID;
	}
	return read_rules(o->allow, NULL, ret_err, err_max) < 0 ? MB_E_INVALID : 0;
}

int acceptor_check(const struct acceptor_options *o, char *ret_err, size_t err_max)
{
	struct stream_url url;

	if (!o->host && !o->line)
		return invalid("nothing says where to listen", ret_err, err_max);
	if (o->clients_max > ACCEPTOR_CLIENTS_MAX) {
		snprintf(ret_err, err_max, "at most %d clients", ACCEPTOR_CLIENTS_MAX);
		return MB_E_INVALID;
	}
	return o->host ? check_tcp(o, ret_err, err_max)
		       : read_line(o->line, &url, ret_err, err_max);
}

/* At once when it was there for long; what fails is not tried all the time. */
static void open_again(struct acceptor *a)
{
	loop_timer_set(a->again, a->tried_us + ACCEPTOR_REOPEN_MS * UINT64_C(1000));
}

/* ---- clients ---- */

static void gone(void *ctx, struct conn *conn)
{
	struct acceptor *a = ctx;
	uint32_t i = 0;

	while (a->conns[i] != conn)
		i++;
	a->conns[i] = NULL;
	a->totals.clients--;
	if (a->line && !a->closing)
		open_again(a);
}

static void add(struct acceptor *a, const char *peer, int fd, struct stream *stream)
{
	struct conn *conn = conn_new(&(struct conn_config){
		.loop = a->loop,
		.clients = a->clients,
		.kind = a->kind,
		.listener = a->name,
		.peer = peer,
		.secure = a->tls,
		.idle_ms = a->idle_ms,
		.fd = fd,
		.stream = stream,
		.gone = gone,
		.ctx = a,
	});
	uint32_t i = 0;

	if (!conn)
		return;
	while (a->conns[i])
		i++;
	a->conns[i] = conn;
	a->totals.clients++;
	a->totals.accepted++;
	a->client(a->ctx, conn);
	if (!conn_is_used(conn))
		conn_cut(conn, "not taken");
}

/* ---- lines ---- */

static void complain(struct acceptor *a, const char *error)
{
	if (strcmp(a->complained, error) == 0)
		return;
	snprintf(a->complained, sizeof(a->complained), "%s", error);
	log_warning("%s; trying again listener=%s", error, a->name);
}

static struct stream *open_pty(struct acceptor *a)
{
	listener_free(a->pty);
	a->pty = listener_new(&a->url);
	if (!a->pty || listener_open(a->pty) < 0) {
		complain(a, a->pty ? listener_error(a->pty) : "no memory");
		return NULL;
	}
	snprintf(a->place, sizeof(a->place), "%s", listener_name(a->pty) + strlen("serial:"));
	return listener_accept(a->pty);
}

static struct stream *open_serial(struct acceptor *a)
{
	struct stream *s = stream_new(&a->url);

	if (s && stream_open(s, loop_now_us(a->loop)) >= 0)
		return s;
	complain(a, s ? stream_error(s) : "no memory");
	stream_free(s);
	return NULL;
}

static void open_line(struct acceptor *a)
{
	struct stream *s;

	a->tried_us = loop_now_us(a->loop);
	s = a->url.kind == STREAM_PTY ? open_pty(a) : open_serial(a);
	if (s) {
		a->complained[0] = '\0';
		add(a, a->place, -1, s);
	}
	if (!a->totals.clients)
		open_again(a);
}

/* ---- TCP ---- */

/* The first, and then fewer and fewer: whoever knocks all the time does not fill the log. */
static void tell_refused(const struct acceptor *a, uint64_t n, const char *why, const char *peer)
{
	if ((n & (n - 1)) == 0)
		log_notice("%s listener=%s peer=%s times=%llu", why, a->name, peer,
			(unsigned long long)n);
}

static void refuse(struct acceptor *a, int fd, const char *peer)
{
	tell_refused(a, ++a->totals.refused_full, "a client was refused, there are enough", peer);
	if (a->refusal && !a->tls && send(fd, a->refusal, strlen(a->refusal), MSG_NOSIGNAL) > 0)
		shutdown(fd, SHUT_WR);
	close(fd);
}

static void admit(struct acceptor *a, int fd, const struct sockaddr *address)
{
	char peer[TCP_PEER_MAX];

	tcp_peer_name(address, peer);
	if (a->check_addresses && !allow_match(a->allow, a->n_allow, address)) {
		tell_refused(a, ++a->totals.refused_address,
			"a client was refused, its address is not allowed", peer);
		close(fd);
		return;
	}
	if (a->totals.clients == a->clients_max) {
		refuse(a, fd, peer);
		return;
	}
	if (a->tls)
		fd = tls_front_accept(a->tls, a->loop, fd);
	if (fd >= 0)
		add(a, peer, fd, NULL);
}

static void pause_accepting(struct acceptor *a)
{
	complain(a, "no descriptors left for more clients");
	loop_watch_set(a->watch, 0);
	loop_timer_set(a->again, loop_now_us(a->loop) + PAUSE_MS * UINT64_C(1000));
}

static void on_accept(void *ctx, short revents)
{
	struct acceptor *a = ctx;
	struct sockaddr_storage address;
	int fd = 0;

	(void)revents;
	for (int i = 0; i < ACCEPTS_MAX && fd >= 0; i++) {
		socklen_t size = sizeof(address);

		fd = accept4(
			a->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			admit(a, fd, (struct sockaddr *)&address);
		else if (errno == EMFILE || errno == ENFILE)
			pause_accepting(a);
	}
}

static void on_again(void *ctx)
{
	struct acceptor *a = ctx;

	if (a->line)
		open_line(a);
	else
		loop_watch_set(a->watch, POLLIN);
}

/* ---- making and unmaking ---- */

static void name_place(struct acceptor *a)
{
	bool loopback;

	snprintf(a->place, sizeof(a->place), strchr(a->host, ':') ? "[%s]:%u" : "%s:%u", a->host,
		tcp_bound(a->fd, &loopback));
}

/* Listens at this port, and no longer at another one. */
static int listen_at(struct acceptor *a, uint16_t port, char *ret_err, size_t err_max)
{
	struct tcp_listen at = {a->host, port, CONN_UNANSWERED_MS};
	int fd = tcp_listen(&at, ret_err, err_max);
	struct loop_watch *watch;

	if (fd < 0)
		return MB_E_STREAM;
	watch = loop_watch_new(a->loop, fd, on_accept, a);
	if (!watch) {
		close(fd);
		return no_memory(ret_err, err_max);
	}
	loop_watch_free(a->watch);
	if (a->fd >= 0)
		close(a->fd);
	a->fd = fd;
	a->watch = watch;
	loop_watch_set(watch, POLLIN);
	name_place(a);
	return 0;
}

static int begin_tcp(
	struct acceptor *a, const struct acceptor_options *o, char *ret_err, size_t err_max)
{
	a->n_allow = (size_t)read_rules(o->allow, a->allow, ret_err, err_max);
	a->host = strdup(o->host);
	if (!a->host)
		return no_memory(ret_err, err_max);
	if (o->certificate) {
		a->tls = tls_front_new(o->certificate, o->key, ret_err, err_max);
		if (!a->tls)
			return MB_E_INVALID;
	}
	return listen_at(a, o->port, ret_err, err_max);
}

static int begin(
	struct acceptor *a, const struct acceptor_options *o, char *ret_err, size_t err_max)
{
	a->again = loop_timer_new(a->loop, on_again, a);
	a->refusal = o->refusal ? strdup(o->refusal) : NULL;
	if (!a->again || (o->refusal && !a->refusal))
		return no_memory(ret_err, err_max);
	if (!a->line)
		return begin_tcp(a, o, ret_err, err_max);
	read_line(o->line, &a->url, ret_err, err_max);
	snprintf(a->place, sizeof(a->place), "%s", a->url.path);
	loop_timer_set(a->again, 0); /* the caller knows it by then */
	return 0;
}

int acceptor_new(struct loop *loop, struct clients *clients, const struct acceptor_options *options,
	acceptor_client *client, void *ctx, struct acceptor **ret_acceptor, char *ret_err,
	size_t err_max)
{
	uint32_t max = options->clients_max ? options->clients_max : ACCEPTOR_CLIENTS;
	int rc = acceptor_check(options, ret_err, err_max);
	struct acceptor *a;

	if (rc < 0)
		return rc;
	a = calloc(1, sizeof(*a) + max * sizeof(a->conns[0]));
	if (!a)
		return no_memory(ret_err, err_max);
	a->loop = loop;
	a->clients = clients;
	a->client = client;
	a->ctx = ctx;
	a->kind = options->kind;
	a->idle_ms = options->idle_ms;
	a->line = !options->host;
	a->fd = -1;
	a->clients_max = a->line ? 1 : max;
	a->check_addresses = true;
	snprintf(a->name, sizeof(a->name), "%s", options->name);
	rc = begin(a, options, ret_err, err_max);
	if (rc < 0)
		acceptor_free(a);
	else
		*ret_acceptor = a;
	return rc;
}

void acceptor_free(struct acceptor *a)
{
	if (!a)
		return;
	a->closing = true;
	for (uint32_t i = 0; i < a->clients_max; i++) {
		if (a->conns[i])
			conn_finish(a->conns[i], "the listener was closed");
	}
	loop_watch_free(a->watch);
	if (a->fd >= 0)
		close(a->fd);
	loop_timer_free(a->again);
	tls_front_free(a->tls);
	listener_free(a->pty);
	free(a->refusal);
	free(a->host);
	free(a);
}

int acceptor_move(struct acceptor *a, uint16_t port, char *ret_err, size_t err_max)
{
	if (a->line)
		return invalid("a line has no port", ret_err, err_max);
	return listen_at(a, port, ret_err, err_max);
}

int acceptor_reload(struct acceptor *a, char *ret_err, size_t err_max)
{
	return a->tls ? tls_front_reload(a->tls, ret_err, err_max) : 0;
}

void acceptor_check_addresses(struct acceptor *a, bool on)
{
	a->check_addresses = on;
}

void acceptor_totals(const struct acceptor *a, struct acceptor_totals *ret_totals)
{
	*ret_totals = a->totals;
}

uint16_t acceptor_port(const struct acceptor *a)
{
	bool loopback;

	return a->line ? 0 : tcp_bound(a->fd, &loopback);
}

const char *acceptor_place(const struct acceptor *a)
{
	return a->place;
}
