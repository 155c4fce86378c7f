/* SPDX-License-Identifier: MIT */
#include "meterbus/at_tls.h"

#include "meterbus/exit.h"
#include "meterbus/talk.h"

#ifdef METERBUS_WITH_CTL

#include "base/run.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 16384
#define URL_MAX (STREAM_URL_PATH_MAX + 32)

/* Bytes on their way in one direction. */
struct flow {
	char bytes[PIECE];
	size_t at, len;
};

struct at_tls {
	CURL *curl;
	curl_socket_t net;
	int plain; /* our end; the other one is the caller's */
	pthread_t thread;
	struct flow in, out; /* from the network, to it */
};

/* ---- the thread ---- */

enum moved {
	MOVED,
	WAITS,
	ENDED,
};

static enum moved of_errno(ssize_t n)
{
	if (n > 0)
		return MOVED;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? WAITS : ENDED;
}

static enum moved of_curl(CURLcode rc, size_t n)
{
	if (rc == CURLE_AGAIN)
		return WAITS;
	return rc == CURLE_OK && n > 0 ? MOVED : ENDED;
}

static void spend(struct flow *f, size_t n)
{
	f->at += n;
	f->len -= n;
}

/* What the network has goes to the plain side. TLS may hold bytes that poll(2) knows nothing of. */
static enum moved move_in(struct at_tls *t)
{
	CURLcode rc;
	ssize_t n;

	if (t->in.len == 0) {
		t->in.at = 0;
		rc = curl_easy_recv(t->curl, t->in.bytes, PIECE, &t->in.len);
		return of_curl(rc, t->in.len);
	}
	n = send(t->plain, t->in.bytes + t->in.at, t->in.len, MSG_NOSIGNAL);
	if (n > 0)
		spend(&t->in, (size_t)n);
	return of_errno(n);
}

static enum moved move_out(struct at_tls *t)
{
	size_t sent = 0;
	CURLcode rc;
	ssize_t n;

	if (t->out.len == 0) {
		n = recv(t->plain, t->out.bytes, PIECE, 0);
		t->out.at = 0;
		t->out.len = n > 0 ? (size_t)n : 0;
		return of_errno(n);
	}
	rc = curl_easy_send(t->curl, t->out.bytes + t->out.at, t->out.len, &sent);
	spend(&t->out, sent);
	return of_curl(rc, sent);
}

/* False: the caller has gone, and what it said last cannot go out. */
static bool wait_for_both(const struct at_tls *t)
{
	struct pollfd fds[] = {
		{.fd = t->net,
			.events = (short)((t->in.len ? 0 : POLLIN) | (t->out.len ? POLLOUT : 0))},
		{.fd = t->plain,
			.events = (short)((t->out.len ? 0 : POLLIN) | (t->in.len ? POLLOUT : 0))},
	};

	poll(fds, 2, -1);
	return !t->out.len || !(fds[1].revents & (POLLHUP | POLLERR));
}

static void *run(void *self)
{
	struct at_tls *t = self;

	for (;;) {
		enum moved in = move_in(t), out = in == ENDED ? ENDED : move_out(t);

		if (in == ENDED || out == ENDED)
			break;
		if (in == WAITS && out == WAITS && !wait_for_both(t))
			break;
	}
	shutdown(t->plain, SHUT_RDWR);
	return NULL;
}

/* ---- connecting ---- */

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	(void)ctx, (void)a, (void)b, (void)d, (void)e;
	return run_stop_signal() != 0;
}

static void configure(
	CURL *curl, const struct stream_url *url, const char *ca, char error[CURL_ERROR_SIZE])
{
	bool v6 = strchr(url->path, ':') != NULL;
	char text[URL_MAX];

	snprintf(text, sizeof(text), v6 ? "https://[%s]:%u/" : "https://%s:%u/", url->path,
		url->port);
	curl_easy_setopt(curl, CURLOPT_URL, text);
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L); /* it is no HTTP */
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)url->connect_timeout_ms);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	if (ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
}

static int connect_net(struct at_tls *t, const struct stream_url *url, const char *ca)
{
	char error[CURL_ERROR_SIZE] = "";
	CURLcode rc;

	configure(t->curl, url, ca, error);
	rc = curl_easy_perform(t->curl);
	if (rc == CURLE_OK)
		rc = curl_easy_getinfo(t->curl, CURLINFO_ACTIVESOCKET, &t->net);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, NULL);
	if (rc == CURLE_OK)
		return EXIT_OK;
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return EXIT_INTERRUPTED;
	talk_error(AT_TLS_SCHEME "%s:%u: %s%s", url->path, url->port,
		*error ? error : curl_easy_strerror(rc),
		rc == CURLE_PEER_FAILED_VERIFICATION ? "; --ca FILE trusts another one" : "");
	return EXIT_PORT;
}

/* The caller's end does not block; ours is the thread's. */
static int start(struct at_tls *t, int *ret_fd)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	t->plain = ends[0];
	if (pthread_create(&t->thread, NULL, run, t) != 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	*ret_fd = ends[1];
	return 0;
}

int at_tls_open(const struct stream_url *url, const char *ca, struct at_tls **ret_tls, int *ret_fd)
{
	struct at_tls *t = calloc(1, sizeof(*t));
	int rc = EXIT_PORT;

	if (t)
		t->curl = curl_easy_init();
	if (t && t->curl)
		rc = connect_net(t, url, ca);
	else
		talk_error("no memory for a connection");
	if (rc == EXIT_OK && start(t, ret_fd) < 0) {
		talk_error("no thread for a connection: %s", strerror(errno));
		rc = EXIT_PORT;
	}
	if (rc == EXIT_OK) {
		*ret_tls = t;
		return EXIT_OK;
	}
	if (t)
		curl_easy_cleanup(t->curl);
	free(t);
	return rc;
}

void at_tls_close(struct at_tls *t)
{
	if (!t)
		return;
	pthread_join(t->thread, NULL); /* it has seen the end of the plain side */
	curl_easy_cleanup(t->curl);
	close(t->plain);
	free(t);
}

#else

int at_tls_open(const struct stream_url *url, const char *ca, struct at_tls **ret_tls, int *ret_fd)
{
	(void)url, (void)ca, (void)ret_tls, (void)ret_fd;
	talk_error("at: this program was built without libcurl, which does " AT_TLS_SCHEME);
	return EXIT_USAGE;
}

void at_tls_close(struct at_tls *t)
{
	(void)t;
}

#endif
