/* SPDX-License-Identifier: MIT */
/* The server's side of RFC 2217, byte by byte, and against our own client. */
#include "gateway/rfc2217_server.h"
#include "base/telnet_guard.h"

#include "hex.h"
#include "stream_help.h"

#define IN_MAX 64
#define OUT_MAX 8192

static size_t hex(const char *text, uint8_t *ret)
{
	return hex_read(text, ret, IN_MAX);
}

struct port_double {
	struct rfc2217_server *server;
	struct mb_line line;
	bool fixed; /* its line cannot be set */
	uint8_t data[OUT_MAX], sent[OUT_MAX];
	size_t n_data, n_sent;
	unsigned purges;
};

static void on_data(void *ctx, uint8_t byte)
{
	struct port_double *p = ctx;

	assert_true(p->n_data < OUT_MAX);
	p->data[p->n_data++] = byte;
}

static void on_send(void *ctx, const uint8_t *bytes, size_t n)
{
	struct port_double *p = ctx;

	assert_true(p->n_sent + n <= OUT_MAX);
	memcpy(p->sent + p->n_sent, bytes, n);
	p->n_sent += n;
}

static void on_line(void *ctx, struct mb_line *ret_line)
{
	const struct port_double *p = ctx;

	*ret_line = p->line;
}

static bool on_set_line(void *ctx, const struct mb_line *line)
{
	struct port_double *p = ctx;

	if (p->fixed || line->baud < 300 || line->baud > 38400)
		return false;
	p->line = *line;
	return true;
}

static void on_purge(void *ctx)
{
	struct port_double *p = ctx;

	p->purges++;
}

static const struct rfc2217_server_ops ops = {
	.data = on_data,
	.send = on_send,
	.line = on_line,
	.set_line = on_set_line,
	.purge = on_purge,
};

static void open_double(struct port_double *p)
{
	memset(p, 0, sizeof(*p));
	p->line = (struct mb_line)MB_LINE_2400_8E1;
	p->server = rfc2217_server_new(&ops, p);
	assert_non_null(p->server);
}

static int hear(struct port_double *p, const uint8_t *bytes, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = rfc2217_server_rx(p->server, bytes[i]);
	return rc;
}

/* ---- one command after the other ---- */

/* clang-format off */
static const struct {
	const char *name, *in, *sent, *data;
} cases[] = {
	{"will com-port",      "FFFB2C",               "FFFD2C",               ""},
	{"do com-port",        "FFFD2C",               "FFFB2C",               ""},
	{"do binary",          "FFFD00",               "FFFB00",               ""},
	{"will binary",        "FFFB00",               "FFFD00",               ""},
	{"will echo",          "FFFB01",               "FFFE01",               ""},
	{"do echo",            "FFFD01",               "FFFC01",               ""},
	{"do logout",          "FFFD12",               "FFFC12",               ""},
	{"data",               "105B015C16",           "",                     "105B015C16"},
	{"doubled FF",         "68FFFF16",             "",                     "68FF16"},
	{"CR stays alone",     "0D0A0D00",             "",                     "0D0A0D00"},
	{"are you there",      "41FFF642",             "",                     "4142"},
	{"signature",          "FFFA2C00FFF0",         "FFFA2C644D65746572627573FFF0", ""},
	{"its own signature",  "FFFA2C004142FFF0",     "",                     ""},
	{"baud 0 asks",        "FFFA2C0100000000FFF0", "FFFA2C6500000960FFF0", ""},
	{"baud 9600",          "FFFA2C0100002580FFF0", "FFFA2C6500002580FFF0", ""},
	{"baud 255: present",  "FFFA2C01000000FFFFFFF0", "FFFA2C6500000960FFF0", ""},
	{"baud of 3 bytes",    "FFFA2C01000025FFF0",   "",                     ""},
	{"baud 115200",        "FFFA2C010001C200FFF0", "FFFA2C6500000960FFF0", ""},
	{"size 0 asks",        "FFFA2C0200FFF0",       "FFFA2C6608FFF0",       ""},
	{"size 7",             "FFFA2C0207FFF0",       "FFFA2C6607FFF0",       ""},
	{"size 5: present",    "FFFA2C0205FFF0",       "FFFA2C6608FFF0",       ""},
	{"parity 0 asks",      "FFFA2C0300FFF0",       "FFFA2C6703FFF0",       ""},
	{"parity none",        "FFFA2C0301FFF0",       "FFFA2C6701FFF0",       ""},
	{"parity odd",         "FFFA2C0302FFF0",       "FFFA2C6702FFF0",       ""},
	{"parity mark",        "FFFA2C0304FFF0",       "FFFA2C6703FFF0",       ""},
	{"stop 0 asks",        "FFFA2C0400FFF0",       "FFFA2C6801FFF0",       ""},
	{"stop 2",             "FFFA2C0402FFF0",       "FFFA2C6802FFF0",       ""},
	{"stop 1.5: present",  "FFFA2C0403FFF0",       "FFFA2C6801FFF0",       ""},
	{"flow asks",          "FFFA2C0500FFF0",       "FFFA2C6901FFF0",       ""},
	{"flow xon",           "FFFA2C0502FFF0",       "FFFA2C6901FFF0",       ""},
	{"break asks",         "FFFA2C0504FFF0",       "FFFA2C6906FFF0",       ""},
	{"break on",           "FFFA2C0505FFF0",       "FFFA2C6906FFF0",       ""},
	{"dtr asks",           "FFFA2C0507FFF0",       "FFFA2C6908FFF0",       ""},
	{"dtr off, asks",      "FFFA2C0509FFF0FFFA2C0507FFF0", "FFFA2C6909FFF0FFFA2C6909FFF0", ""},
	{"rts off, asks",      "FFFA2C050CFFF0FFFA2C050AFFF0", "FFFA2C690CFFF0FFFA2C690CFFF0", ""},
	{"flow in asks",       "FFFA2C050DFFF0",       "FFFA2C690EFFF0",       ""},
	{"flow by dcd",        "FFFA2C0511FFF0",       "FFFA2C6901FFF0",       ""},
	{"flow by dtr",        "FFFA2C0512FFF0",       "FFFA2C690EFFF0",       ""},
	{"no such control",    "FFFA2C0514FFF0",       "",                     ""},
	{"line state",         "FFFA2C06FFF0",         "FFFA2C6A00FFF0",       ""},
	{"modem state",        "FFFA2C07FFF0",         "FFFA2C6BB0FFF0",       ""},
	{"suspend, resume",    "FFFA2C08FFF0FFFA2C09FFF0", "",                 ""},
	{"line mask 255",      "FFFA2C0AFFFFFFF0",     "FFFA2C6EFFFFFFF0",     ""},
	{"modem mask 0",       "FFFA2C0B00FFF0",       "FFFA2C6F00FFF0",       ""},
	{"modem mask 255",     "FFFA2C0BFFFFFFF0",     "FFFA2C6FFFFFFFF0FFFA2C6BB0FFF0", ""},
	{"purge to client",    "FFFA2C0C01FFF0",       "FFFA2C7001FFF0",       ""},
	{"purge 4",            "FFFA2C0C04FFF0",       "",                     ""},
	{"no such command",    "FFFA2C0D01FFF0",       "",                     ""},
	{"an answer",          "FFFA2C6500002580FFF0", "",                     ""},
	{"no command at all",  "FFFA2CFFF0",           "",                     ""},
	{"another option",     "FFFA1F00500018FFF0",   "",                     ""},
	{"no compression",     "FFFA56FFF0789C4B",     "",                     "789C4B"},
	{"command in data",    "6801FFFA2C0300FFF002", "FFFA2C6703FFF0",       "680102"},
};
/* clang-format on */

static void each_command_is_answered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t in[IN_MAX], sent[IN_MAX], data[IN_MAX];
		size_t n_in = hex(cases[i].in, in), n_sent = hex(cases[i].sent, sent);
		size_t n_data = hex(cases[i].data, data);
		struct port_double p;

		open_double(&p);
		assert_int_equal(hear(&p, in, n_in), 0);
		if (p.n_sent != n_sent || memcmp(p.sent, sent, n_sent) != 0)
			fail_msg("%s: wrong answer", cases[i].name);
		if (p.n_data != n_data || memcmp(p.data, data, n_data) != 0)
			fail_msg("%s: wrong data", cases[i].name);
		rfc2217_server_free(p.server);
	}
}

static void what_it_sets_is_its_line(void **state)
{
	uint8_t in[IN_MAX];
	struct port_double p;

	(void)state;
	open_double(&p);
	assert_int_equal(hear(&p, in,
				 hex("FFFA2C010000012CFFF0FFFA2C0207FFF0"
				     "FFFA2C0302FFF0FFFA2C0402FFF0",
					 in)),
		0);
	assert_int_equal(p.line.baud, 300);
	assert_int_equal(p.line.data_bits, 7);
	assert_int_equal(p.line.parity, MB_PARITY_ODD);
	assert_int_equal(p.line.stop_bits, 2);
	hear(&p, in, hex("FFFA2C0C02FFF0FFFA2C0C03FFF0", in));
	assert_int_equal(p.purges, 2);
	p.fixed = true;
	p.n_sent = 0;
	hear(&p, in, hex("FFFA2C0100002580FFF0", in));
	assert_int_equal(p.line.baud, 300);
	assert_memory_equal(p.sent, in, 3);
	assert_int_equal(p.sent[6] << 8 | p.sent[7], 300);
	rfc2217_server_free(p.server);
}

static void bytes_of_the_port_are_doubled(void **state)
{
	static const uint8_t bytes[] = {0x68, 0xFF, 0x0D, 0xFF, 0xFF};
	static const uint8_t expected[] = {0x68, 0xFF, 0xFF, 0x0D, 0xFF, 0xFF, 0xFF, 0xFF};
	struct port_double p;

	(void)state;
	open_double(&p);
	rfc2217_server_data(p.server, bytes, sizeof(bytes));
	assert_int_equal(p.n_sent, sizeof(expected));
	assert_memory_equal(p.sent, expected, sizeof(expected));
	rfc2217_server_free(p.server);
}

static void no_answer_is_longer_than_its_room(void **state)
{
	uint8_t in[IN_MAX];
	struct port_double p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = hex(cases[i].in, in);

		open_double(&p);
		for (size_t k = 0; k < n; k++) {
			size_t before = p.n_sent;

			rfc2217_server_rx(p.server, in[k]);
			assert_true(p.n_sent - before <= RFC2217_SENT_MAX(1));
		}
		rfc2217_server_free(p.server);
	}
}

static void an_endless_command_is_bounded(void **state)
{
	static const uint8_t begin[] = {0xFF, 0xFA, 0x2C, 0x01};
	uint8_t in[IN_MAX];
	struct port_double p;

	(void)state;
	open_double(&p);
	hear(&p, begin, sizeof(begin));
	for (unsigned i = 1; i < TELNET_SUB_MAX; i++)
		assert_int_equal(rfc2217_server_rx(p.server, 0), 0);
	hear(&p, in, hex("FFF0", in)); /* 255 bytes at most are a value */
	assert_int_equal(p.n_sent + p.n_data, 0);
	hear(&p, in, hex("FFFA2C0300FFF0", in));
	assert_int_equal(p.n_sent, 7);
	hear(&p, begin, sizeof(begin));
	for (unsigned i = 1; i < TELNET_SUB_MAX; i++)
		assert_int_equal(rfc2217_server_rx(p.server, 0), 0);
	assert_int_equal(rfc2217_server_rx(p.server, 0), MB_E_INVALID);
	assert_int_equal(rfc2217_server_rx(p.server, 0xFF), MB_E_INVALID);
	assert_int_equal(p.n_sent, 7);
	assert_int_equal(p.n_data, 0);
	rfc2217_server_free(p.server);
}

/* ---- our own client ---- */

struct meeting {
	struct port_double port;
	struct listener *listener;
	struct stream *client, *peer; /* peer: the server's end, plain TCP */
	uint64_t end_us;
};

static void exchange(struct meeting *m)
{
	uint8_t bytes[256];
	int n;

	while ((n = stream_read(m->peer, bytes, NULL, sizeof(bytes))) > 0)
		assert_int_equal(hear(&m->port, bytes, (size_t)n), 0);
	if (m->port.n_sent)
		assert_int_equal(
			stream_write(m->peer, m->port.sent, m->port.n_sent, 0), m->port.n_sent);
	m->port.n_sent = 0;
}

static void both_move(struct meeting *m)
{
	assert_true(clock_mono_us() < m->end_us);
	stream_turn(m->client);
	exchange(m);
}

static void our_client_and_our_server_agree(void **state)
{
	static const uint8_t frame[] = {0x68, 0xFF, 0x00, 0xFF, 0x16};
	static const struct mb_line other = {9600, 8, MB_PARITY_NONE, 2};
	struct meeting m = {.end_us = clock_mono_us() + WAIT_MAX_US};
	uint8_t bytes[64];
	char url[128];
	size_t n = 0;
	int rc;

	(void)state;
	open_double(&m.port);
	m.listener = open_listener("tcp://127.0.0.1:0");
	snprintf(url, sizeof(url), "rfc2217%s?baud=300", listener_name(m.listener) + 3);
	m.client = new_stream(url);
	stream_open(m.client, clock_mono_us());
	m.peer = wait_accept(m.listener);
	while (stream_state(m.client) == STREAM_CONNECTING)
		both_move(&m);
	assert_string_equal(stream_error(m.client), "");
	assert_string_equal(stream_warning(m.client), "");
	assert_int_equal(m.port.line.baud, 300);
	assert_int_equal(stream_write(m.client, frame, sizeof(frame), clock_mono_us()), 5);
	while (m.port.n_data < sizeof(frame))
		both_move(&m);
	assert_memory_equal(m.port.data, frame, sizeof(frame));
	rfc2217_server_data(m.port.server, frame, sizeof(frame));
	exchange(&m);
	while (n < sizeof(frame)) {
		both_move(&m);
		rc = stream_read(m.client, bytes + n, NULL, sizeof(bytes) - n);
		assert_true(rc >= 0);
		n += (size_t)rc;
	}
	assert_memory_equal(bytes, frame, sizeof(frame));
	while ((rc = stream_set_line(m.client, &other, clock_mono_us())) == STREAM_LATER)
		both_move(&m);
	assert_int_equal(rc, STREAM_DONE);
	assert_true(mb_line_equal(&m.port.line, &other));
	stream_free(m.client);
	stream_free(m.peer);
	listener_free(m.listener);
	rfc2217_server_free(m.port.server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_is_answered),
		cmocka_unit_test(what_it_sets_is_its_line),
		cmocka_unit_test(bytes_of_the_port_are_doubled),
		cmocka_unit_test(no_answer_is_longer_than_its_room),
		cmocka_unit_test(an_endless_command_is_bounded),
		cmocka_unit_test(our_client_and_our_server_agree),
	};

	if (!rfc2217_server_built()) {
		print_message("skipped: built without libtelnet\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
