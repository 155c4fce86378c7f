/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/http.h"
#include "http_client.h"

#include <fcntl.h>
#include <stdio.h>

struct fixture {
	struct loop *loop;
	struct http *http;
	uint16_t port;
	struct http_request *later; /* not answered yet */
	struct http_stream *stream;
	struct loop_timer *timer;
	unsigned calls, told, freed;
	int stream_ended; /* 1: gone, 2: slow */
	bool stopped;
};

static void respond_text(struct http_request *r, unsigned status, const char *text)
{
	http_respond(r, &(struct http_response){
				.status = status,
				.type = "text/plain",
				.body = text,
				.len = strlen(text),
				.headers = {{"X-Test", "yes"}},
			});
}

static void on_ended(void *ctx, bool slow)
{
	struct fixture *f = ctx;

	f->stream = NULL;
	f->stream_ended = slow ? 2 : 1;
	loop_stop(f->loop);
}

static void count_free(void *ctx)
{
	((struct fixture *)ctx)->freed++;
}

static void answer_echo(struct fixture *f, struct http_request *r)
{
	size_t len;
	const char *body = http_body(r, &len);
	char text[200];

	(void)f;
	snprintf(text, sizeof(text), "%s %s len=%zu nul=%d", http_method(r),
		http_target(r)->segments[0], len, body[len] == '\0');
	respond_text(r, 200, text);
}

static void answer_later(struct fixture *f, struct http_request *r)
{
	http_set_ctx(r, f, count_free);
	f->later = r;
	loop_timer_set(f->timer, loop_now_us(f->loop) + 1000);
}

static void answer_never(struct fixture *f, struct http_request *r)
{
	http_set_ctx(r, f, count_free);
	f->later = r;
	loop_stop(f->loop);
}

static void answer_file(struct fixture *f, struct http_request *r)
{
	int fd = open(METERBUS_SOURCE_ROOT "/LICENSE", O_RDONLY | O_CLOEXEC);
	struct http_response response = {.status = 200, .type = "text/plain"};

	(void)f;
	http_respond_file(r, fd, 11, &response);
}

static void answer_stream(struct fixture *f, struct http_request *r)
{
	f->stream = http_respond_stream(r, on_ended, f);
}

static const struct {
	const char *name;
	void (*answer)(struct fixture *f, struct http_request *r);
} answers[] = {
	{"echo", answer_echo},
	{"later", answer_later},
	{"never", answer_never},
	{"file", answer_file},
	{"stream", answer_stream},
};

static void handle(void *ctx, struct http_request *r)
{
	struct fixture *f = ctx;
	const char *name = http_target(r)->n_segments ? http_target(r)->segments[0] : "";

	f->calls++;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		if (strcmp(answers[i].name, name) == 0) {
			answers[i].answer(f, r);
			return;
		}
	}
	respond_text(r, 404, "none");
}

static void told(void *ctx, const char *peer, const char *text)
{
	struct fixture *f = ctx;

	assert_non_null(peer);
	assert_true(strlen(text) > 0);
	f->told++;
}

static void answer_now(void *ctx)
{
	struct fixture *f = ctx;

	respond_text(f->later, 200, "at last");
}

static void setup(struct fixture *f, const struct http_limits *limits)
{
	struct http_config config = {.handle = handle, .told = told, .ctx = f};
	static const char *const hosts[] = {"meters.example", NULL};
	char err[200] = "";

	*f = (struct fixture){0};
	f->loop = config.loop = loop_new();
	if (limits)
		config.limits = *limits;
	f->http = http_new(&config);
	assert_non_null(f->http);
	f->timer = loop_timer_new(f->loop, answer_now, f);
	assert_int_equal(http_listen(f->http, &(struct http_listen){.hosts = hosts}, &f->port, err,
				 sizeof(err)),
		0);
	assert_true(f->port > 0);
}

static void teardown(struct fixture *f)
{
	http_free(f->http);
	loop_timer_free(f->timer);
	loop_free(f->loop);
}

static void ask(struct fixture *f, const char *request, size_t len, struct client *c)
{
	client_open(c, f->loop, f->port);
	client_send(c, request, len);
	client_until(c, NULL);
}

#define END "Connection: close\r\n\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\nHost: localhost\r\n" END

static void test_answers(void **state)
{
	/* clang-format off */
	static const struct {
		const char *request, *status, *has;
		unsigned calls;
	} cases[] = {
		{GET("/echo"), "200", "GET echo len=0 nul=1", 1},
		{GET("/later"), "200", "at last", 1},
		{GET("/file"), "200", "\r\n\r\nMIT License", 1},
		{GET("/nothing"), "404", "X-Test: yes", 1},
		{"HEAD /echo HTTP/1.1\r\nHost: localhost\r\n" END, "200", "Content-Length: 21", 1},
		{"POST /echo HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 5\r\n" END "hello", "200", "POST echo len=5 nul=1", 1},
		{"PUT /echo HTTP/1.1\r\nHost: meters.example\r\nTransfer-Encoding: chunked\r\n" END "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
			"200", "PUT echo len=5 nul=1", 1},
		{"GET /echo HTTP/1.0\r\n\r\n", "200", "GET echo", 1},
		/* refused before the handler */
		{"GET /echo HTTP/1.1\r\nHost: evil.example\r\n" END, "421", "urn:meterbus:problem:wrong-host", 0},
		{"GET /echo HTTP/1.1\r\nHost: localhost.evil.example\r\n" END, "421", "problem+json", 0},
		{"GET /echo HTTP/1.1\r\nHost: localhost:80@evil\r\n" END, "421", "problem+json", 0},
		{"GET /echo HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n" END, "400", "", 0},
		{"GET /echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: a\r\nAuthorization: b\r\n" END, "400", "more than one Authorization", 0},
		{"GET /%00 HTTP/1.1\r\nHost: localhost\r\n" END, "400", "problem:bad-request", 0},
		{"GET /a/../b HTTP/1.1\r\nHost: localhost\r\n" END, "400", "problem:bad-request", 0},
		{"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n" END "0\r\n\r\n", "400", "", 0},
		{"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n" END "abcd", "400", "", 0},
		{"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n" END, "4", "", 0},
		{"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1x\r\n" END "abcd", "400", "", 0},
		{"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n" END, "413", "at most 1000 bytes", 0},
		{"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n" END, "4", "", 0},
		{"garbage\r\n\r\n", "", "", 0}, /* hung up on */
		{"GET /echo HTTP/1.1\r\n\r\n", "400", "", 0}, /* no Host */
	};
	/* clang-format on */
	const struct http_limits limits = {.body_bytes = 1000};
	struct fixture f;

	(void)state;
	setup(&f, &limits);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct client c;
		const char *status;

		f.calls = 0;
		ask(&f, cases[i].request, strlen(cases[i].request), &c);
		status = strchr(c.text, ' ');
		if (*cases[i].status && (!status || strncmp(status + 1, cases[i].status,
							    strlen(cases[i].status)) != 0))
			fail_msg("%s: %s", cases[i].request, c.text);
		if (!strstr(c.text, cases[i].has))
			fail_msg("%s: %s", cases[i].request, c.text);
		assert_int_equal(f.calls, cases[i].calls);
		client_close(&c);
	}
	assert_int_equal(f.freed, 1); /* of "later" */
	teardown(&f);
}

/* A request in pieces, then two at once on the same connection. */
static void test_keep_alive(void **state)
{
	static const char one[] =
		"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
	static const char two[] = "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n" GET("/echo");
	struct fixture f;
	struct client c;

	(void)state;
	setup(&f, NULL);
	client_open(&c, f.loop, f.port);
	for (size_t i = 0; i + 1 < sizeof(one); i++)
		client_send(&c, one + i, 1);
	client_until(&c, "len=3");
	assert_false(c.ended);
	client_send(&c, two, sizeof(two) - 1);
	client_until(&c, NULL);
	assert_true(c.ended);
	assert_non_null(strstr(c.text, "at last"));
	assert_non_null(strstr(c.text, "GET echo"));
	assert_int_equal(f.calls, 3);
	client_close(&c);
	teardown(&f);
}

/* Chunked bodies do not say their size before. */
static void test_large_chunks(void **state)
{
	const struct http_limits limits = {.body_bytes = 100};
	static const char head[] =
		"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" END;
	struct fixture f;
	struct client c;

	(void)state;
	setup(&f, &limits);
	for (int n = 1; n <= 2; n++) { /* 100 bytes are taken, 150 are not */
		client_open(&c, f.loop, f.port);
		client_send(&c, head, sizeof(head) - 1);
		for (int i = 0; i <= n; i++)
			client_send(&c,
				"32\r\n01234567890123456789012345678901234567890123456789\r\n", 56);
		client_send(&c, "0\r\n\r\n", 5);
		client_until(&c, NULL);
		assert_non_null(strstr(c.text, n == 1 ? "len=100 nul=1" : "413"));
		client_close(&c);
	}
	assert_int_equal(f.calls, 1);
	teardown(&f);
}

/* Each stops in the middle of something; the server hangs up and says so once it is suspicious. */
static void test_slow(void **state)
{
	static const struct {
		const char *bytes;
		unsigned told;
	} cases[] = {
		{"", 0},
		{"GET /echo HTTP/1.1\r\nHost: local", 0},
		{"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc", 1},
	};
	const struct http_limits limits = {.header_ms = 60, .body_ms = 60};
	struct fixture f;

	(void)state;
	setup(&f, &limits);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct client c;

		f.told = 0;
		client_open(&c, f.loop, f.port);
		client_send(&c, cases[i].bytes, strlen(cases[i].bytes));
		client_until(&c, NULL);
		assert_true(c.ended);
		assert_int_equal(f.told, cases[i].told);
		assert_int_equal(f.calls, 0);
		client_close(&c);
	}
	teardown(&f);
}

/* One letter every now and then does not lengthen the deadline. */
static void drip(void *ctx)
{
	struct client *c = ctx;

	(void)!send(c->fd, "a", 1, MSG_NOSIGNAL);
}

static void test_slowloris(void **state)
{
	const struct http_limits limits = {.header_ms = 100};
	struct loop_timer *drops[20];
	struct fixture f;
	struct client c;
	uint64_t start_us;

	(void)state;
	setup(&f, &limits);
	client_open(&c, f.loop, f.port);
	client_send(&c, "GET /", 5);
	start_us = loop_now_us(f.loop);
	for (unsigned i = 0; i < 20; i++) {
		drops[i] = loop_timer_new(f.loop, drip, &c);
		loop_timer_set(drops[i], start_us + (i + 1) * 20000);
	}
	client_until(&c, NULL);
	assert_true(c.ended);
	assert_true(loop_now_us(f.loop) - start_us < 400000); /* the drops go on until then */
	for (unsigned i = 0; i < 20; i++)
		loop_timer_free(drops[i]);
	client_close(&c);
	teardown(&f);
}

static void test_huge_header(void **state)
{
	static char request[40000] = "GET /echo HTTP/1.1\r\nHost: localhost\r\nX: ";
	struct fixture f;
	struct client c;
	size_t len = strlen(request);

	(void)state;
	memset(request + len, 'x', sizeof(request) - len);
	setup(&f, NULL);
	ask(&f, request, sizeof(request), &c);
	assert_int_equal(f.calls, 0);
	assert_true(c.len == 0 || strncmp(c.text, "HTTP/1.1 4", 10) == 0);
	client_close(&c);
	teardown(&f);
}

/* All places are taken: who is silent for longest gives way. */
static void test_crowd(void **state)
{
	const struct http_limits limits = {.connections = 20};
	struct client crowd[40], c;
	struct http_totals totals;
	struct fixture f;

	(void)state;
	setup(&f, &limits);
	for (int i = 0; i < 40; i++)
		client_open(&crowd[i], f.loop, f.port);
	client_until(&crowd[0], NULL);
	assert_true(crowd[0].ended);
	assert_int_equal(crowd[0].len, 0);
	ask(&f, GET("/echo"), strlen(GET("/echo")), &c);
	while (!c.ended)
		client_until(&c, NULL); /* others of the crowd end, too */
	assert_non_null(strstr(c.text, "GET echo"));
	http_totals(f.http, &totals);
	assert_true(totals.connections <= 20);
	assert_int_equal(totals.accepted + totals.refused, 41);
	client_close(&c);
	for (int i = 0; i < 40; i++)
		client_close(&crowd[i]);
	teardown(&f);
}

static void follow(struct fixture *f, struct client *c)
{
	client_open(c, f->loop, f->port);
	client_send(c, GET("/stream"), strlen(GET("/stream")));
	client_until(c, ": welcome\n\n");
}

static void test_stream(void **state)
{
	const struct http_limits limits = {.heartbeat_ms = 40};
	struct fixture f;
	struct client c;

	(void)state;
	setup(&f, &limits);
	follow(&f, &c);
	assert_non_null(strstr(c.text, "text/event-stream"));
	assert_non_null(f.stream);
	assert_true(http_stream_send(f.stream, "7", "values", "{\"a\":1}", 7));
	assert_true(http_stream_send(f.stream, NULL, NULL, "{}", 2));
	client_until(&c, "data: {}\n\n");
	assert_non_null(strstr(c.text, "id: 7\nevent: values\ndata: {\"a\":1}\n\n"));
	client_until(&c, ":\n\n"); /* the heartbeat */
	http_stream_end(f.stream);
	client_until(&c, NULL);
	assert_true(c.ended);
	assert_int_equal(f.stream_ended, 0);
	client_close(&c);
	teardown(&f);
}

/* A client that leaves is noticed by the heartbeat. */
static void test_stream_left(void **state)
{
	const struct http_limits limits = {.heartbeat_ms = 40};
	struct fixture f;
	struct client c;

	(void)state;
	setup(&f, &limits);
	follow(&f, &c);
	client_close(&c);
	loop_run(f.loop); /* until on_ended() */
	assert_int_equal(f.stream_ended, 1);
	teardown(&f);
}

static void flood(void *ctx)
{
	struct fixture *f = ctx;
	static char data[8000];

	memset(data, 'x', sizeof(data));
	if (f->stream && http_stream_send(f->stream, NULL, NULL, data, sizeof(data)))
		loop_timer_set(f->timer, loop_now_us(f->loop));
}

/* A client that stops to read is cut once its buffer is full, and nobody else waits for it. */
static void test_stream_slow(void **state)
{
	struct fixture f;
	struct client c;

	(void)state;
	setup(&f, NULL);
	follow(&f, &c);
	loop_watch_set(c.watch, 0);
	loop_timer_free(f.timer);
	f.timer = loop_timer_new(f.loop, flood, &f);
	loop_timer_set(f.timer, loop_now_us(f.loop));
	loop_run(f.loop);
	assert_int_equal(f.stream_ended, 2);
	assert_int_equal(f.told, 1);
	client_close(&c);
	teardown(&f);
}

static void test_streams_full(void **state)
{
	const struct http_limits limits = {.streams = 1};
	struct fixture f;
	struct client a, b;

	(void)state;
	setup(&f, &limits);
	follow(&f, &a);
	ask(&f, GET("/stream"), strlen(GET("/stream")), &b);
	assert_non_null(strstr(b.text, "503"));
	assert_null(f.stream);
	client_close(&a);
	client_close(&b);
	teardown(&f);
}

static void stopped(void *ctx)
{
	struct fixture *f = ctx;

	f->stopped = true;
	loop_stop(f->loop);
}

/* What waits is told, what is kept open is closed, and a late answer hurts nobody. */
static void test_stop(void **state)
{
	struct fixture f;
	struct client idle, waiting, stream;
	struct http_totals totals;

	(void)state;
	setup(&f, NULL);
	client_open(&idle, f.loop, f.port);
	client_send(&idle, GET("/echo"), 10);
	follow(&f, &stream);
	client_open(&waiting, f.loop, f.port);
	client_send(&waiting, GET("/never"), strlen(GET("/never")));
	client_until(&waiting, NULL);
	assert_non_null(f.later);
	http_totals(f.http, &totals);
	assert_int_equal(totals.waiting, 1);
	http_stop(f.http, loop_now_us(f.loop) + 5000000, stopped, &f);
	while (!f.stopped)
		loop_run(f.loop);
	client_until(&waiting, NULL);
	assert_non_null(strstr(waiting.text, "503"));
	assert_int_equal(f.freed, 0);
	assert_true(http_gone(f.later));
	answer_now(&f);
	assert_int_equal(f.freed, 1);
	http_totals(f.http, &totals);
	assert_int_equal(totals.connections, 0);
	client_close(&idle);
	client_close(&waiting);
	client_close(&stream);
	teardown(&f);
}

/* Freed in the middle of everything. */
static void test_freed(void **state)
{
	struct fixture f;
	struct client waiting, stream;

	(void)state;
	setup(&f, NULL);
	follow(&f, &stream);
	client_open(&waiting, f.loop, f.port);
	client_send(&waiting, GET("/never"), strlen(GET("/never")));
	client_until(&waiting, NULL);
	assert_non_null(f.later);
	http_free(f.http);
	f.http = NULL;
	assert_int_equal(f.stream_ended, 1);
	answer_now(&f);
	assert_int_equal(f.freed, 1);
	client_close(&stream);
	client_close(&waiting);
	teardown(&f);
}

static void test_loopback(void **state)
{
	(void)state;
	assert_true(tcp_is_loopback(NULL));
	assert_true(tcp_is_loopback("127.0.0.1"));
	assert_true(tcp_is_loopback("127.1.2.3"));
	assert_true(tcp_is_loopback("::1"));
	assert_false(tcp_is_loopback("0.0.0.0"));
	assert_false(tcp_is_loopback("::"));
	assert_false(tcp_is_loopback("192.0.2.1"));
	assert_false(tcp_is_loopback("no.such.host.invalid"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_large_chunks),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_slowloris),
		cmocka_unit_test(test_huge_header),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_left),
		cmocka_unit_test(test_stream_slow),
		cmocka_unit_test(test_streams_full),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_freed),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
