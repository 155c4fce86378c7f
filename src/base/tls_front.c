/* SPDX-License-Identifier: MIT */
#include "base/tls_front.h"
#include "base/loop.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TLS_CHUNK 8192
/* A client that takes nothing, or does not agree, for so long is cut. */
#define STALL_US UINT64_C(30000000)

struct tls_conn {
	struct tls_conn *before, *next;
	struct tls_front *t;
	struct loop *loop;
	SSL *ssl;
	int client, plain; /* our sides */
	struct loop_watch *client_watch, *plain_watch;
	struct loop_timer *stall;
	size_t in_at, in_len, out_at, out_len;
	bool in_end, out_end; /* no more from the client; no more from the server */
	bool wants_write, dead, moved_out;
	bool out_waits; /* nothing can be sent before something is received: the handshake */
	uint8_t in[TLS_CHUNK], out[TLS_CHUNK];
};

struct tls_front {
	SSL_CTX *ctx;
	char *certificate, *key;
	struct tls_conn *conns;
};

static void conn_free(struct tls_conn *c)
{
	if (c->before)
		c->before->next = c->next;
	else
		c->t->conns = c->next;
	if (c->next)
		c->next->before = c->before;
	loop_watch_free(c->client_watch);
	loop_watch_free(c->plain_watch);
	loop_timer_free(c->stall);
	SSL_free(c->ssl);
	close(c->client);
	close(c->plain);
	free(c);
}

static void expired(void *ctx)
{
	conn_free(ctx);
}

/* 1: go on; 0: not now; -1: it ended. */
static int judge(struct tls_conn *c, int rc)
{
	int error = SSL_get_error(c->ssl, rc);

	if (rc > 0)
		return 1;
	ERR_clear_error();
	if (error == SSL_ERROR_WANT_WRITE)
		c->wants_write = true;
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static bool from_client(struct tls_conn *c)
{
	int rc, verdict;

	if (c->in_len > 0 || c->in_end)
		return false;
	rc = SSL_read(c->ssl, c->in, TLS_CHUNK);
	verdict = judge(c, rc);
	if (verdict > 0) {
		c->in_at = 0;
		c->in_len = (size_t)rc;
	} else if (verdict < 0) {
		c->in_end = true;
		shutdown(c->plain, SHUT_WR);
		/* anything but a clean end is the end of both directions */
		c->dead = !(SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN);
	}
	return verdict > 0;
}

static bool to_plain(struct tls_conn *c)
{
	ssize_t n;

	if (c->in_len == 0)
		return false;
	n = send(c->plain, c->in + c->in_at, c->in_len, MSG_NOSIGNAL);
	if (n < 0) {
		if (errno != EAGAIN)
			c->in_len = 0; /* the server does not want it any more */
		return false;
	}
	c->in_at += (size_t)n;
	c->in_len -= (size_t)n;
	return true;
}

static bool from_plain(struct tls_conn *c)
{
	ssize_t n;

	if (c->out_len > 0 || c->out_end)
		return false;
	n = recv(c->plain, c->out, TLS_CHUNK, 0);
	if (n > 0) {
		c->out_at = 0;
		c->out_len = (size_t)n;
	} else if (n == 0 || errno != EAGAIN) {
		c->out_end = true;
	}
	return n > 0;
}

static bool to_client(struct tls_conn *c)
{
	int rc, verdict;

	if (c->out_len == 0 || c->dead)
		return false;
	rc = SSL_write(c->ssl, c->out + c->out_at, (int)c->out_len);
	c->out_waits = SSL_want_read(c->ssl);
	verdict = judge(c, rc);
	if (verdict > 0) {
		c->out_at += (size_t)rc;
		c->out_len -= (size_t)rc;
		c->moved_out = true;
	} else if (verdict < 0) {
		c->dead = true;
	}
	return verdict > 0;
}

static void watch(struct tls_conn *c)
{
	short client = 0, plain = 0;

	if (c->in_len == 0 && !c->in_end)
		client |= POLLIN;
	if (c->wants_write || (c->out_len > 0 && !c->out_waits))
		client |= POLLOUT;
	if (c->out_len == 0 && !c->out_end)
		plain |= POLLIN;
	if (c->in_len > 0)
		plain |= POLLOUT;
	loop_watch_set(c->client_watch, client);
	loop_watch_set(c->plain_watch, plain);
}

/* Moves what can be moved, each direction in turn, and waits for the rest. */
static void pump(struct tls_conn *c)
{
	bool moved = true;

	c->wants_write = c->moved_out = false;
	for (int i = 0; i < 64 && moved; i++) {
		moved = from_client(c);
		moved |= to_plain(c);
		moved |= from_plain(c);
		moved |= to_client(c);
	}
	if (c->dead || (c->out_end && c->out_len == 0)) {
		if (!c->dead && SSL_is_init_finished(c->ssl))
			SSL_shutdown(c->ssl);
		ERR_clear_error();
		conn_free(c);
		return;
	}
	if (c->out_len == 0 && SSL_is_init_finished(c->ssl))
		loop_timer_set(c->stall, MB_NEVER);
	else if (c->moved_out || loop_timer_at(c->stall) == MB_NEVER)
		loop_timer_set(c->stall, loop_now_us(c->loop) + STALL_US);
	watch(c);
}

static void on_ready(void *ctx, short revents)
{
	(void)revents;
	pump(ctx);
}

static bool conn_start(struct tls_conn *c, struct loop *loop)
{
	c->ssl = SSL_new(c->t->ctx);
	c->client_watch = loop_watch_new(loop, c->client, on_ready, c);
	c->plain_watch = loop_watch_new(loop, c->plain, on_ready, c);
	c->stall = loop_timer_new(loop, expired, c);
	if (!c->ssl || !c->client_watch || !c->plain_watch || !c->stall)
		return false;
	if (SSL_set_fd(c->ssl, c->client) != 1)
		return false;
	SSL_set_accept_state(c->ssl);
	loop_timer_set(c->stall, loop_now_us(loop) + STALL_US);
	return true;
}

int tls_front_accept(struct tls_front *t, struct loop *loop, int fd)
{
	struct tls_conn *c = calloc(1, sizeof(*c));
	int pair[2];

	if (!c || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0) {
		free(c);
		close(fd);
		return -1;
	}
	c->t = t;
	c->loop = loop;
	c->client = fd;
	c->plain = pair[0];
	c->next = t->conns;
	if (c->next)
		c->next->before = c;
	t->conns = c;
	if (!conn_start(c, loop)) {
		conn_free(c);
		close(pair[1]);
		return -1;
	}
	watch(c);
	return pair[1];
}

/* ---- certificates ---- */

static void explain(const char *what, const char *file, char *ret_err, size_t err_max)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (ERR_SYSTEM_ERROR(code)) /* of the file, not of what is in it */
		reason = strerror(ERR_GET_REASON(code));
	snprintf(ret_err, err_max, "%s %s: %s", what, file, reason ? reason : "cannot be used");
	ERR_clear_error();
}

/* A passphrase cannot be asked for: the daemon has no terminal. */
static int no_passphrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf, (void)size, (void)writing, (void)ctx;
	return 0;
}

static SSL_CTX *load(const struct tls_front *t, char *ret_err, size_t err_max)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx) {
		explain("TLS for", t->certificate, ret_err, err_max);
		return NULL;
	}
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, t->certificate) != 1)
		explain("certificate", t->certificate, ret_err, err_max);
	else if (SSL_CTX_use_PrivateKey_file(ctx, t->key, SSL_FILETYPE_PEM) != 1 ||
		 SSL_CTX_check_private_key(ctx) != 1)
		explain("key", t->key, ret_err, err_max);
	else
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

int tls_front_reload(struct tls_front *t, char *ret_err, size_t err_max)
{
	SSL_CTX *ctx = load(t, ret_err, err_max);

	if (!ctx)
		return -1;
	SSL_CTX_free(t->ctx); /* connections hold their own reference */
	t->ctx = ctx;
	return 0;
}

struct tls_front *tls_front_new(
	const char *certificate, const char *key, char *ret_err, size_t err_max)
{
	struct tls_front *t = calloc(1, sizeof(*t));

	if (t) {
		t->certificate = strdup(certificate);
		t->key = strdup(key);
	}
	if (!t || !t->certificate || !t->key)
		snprintf(ret_err, err_max, "no memory");
	else if (tls_front_reload(t, ret_err, err_max) == 0)
		return t;
	tls_front_free(t);
	return NULL;
}

void tls_front_free(struct tls_front *t)
{
	if (!t)
		return;
	while (t->conns)
		conn_free(t->conns);
	SSL_CTX_free(t->ctx);
	free(t->certificate);
	free(t->key);
	free(t);
}
