/* SPDX-License-Identifier: MIT */
/* What a peer may send: every byte value, cut at every place, and what no peer should send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/telnet_peer.h"
#include "telnet_bytes.h"

#include <string.h>

#define PASSES "\x2C"
#define PASSING 0x2C
#define LOG_MAX 8192

struct log {
	struct telnet_peer peer;
	uint8_t data[LOG_MAX], sent[LOG_MAX], subs[LOG_MAX];
	size_t n_data, n_sent, n_subs; /* a sub: its length, its bytes */
	char verbs[64]; /* agreed d, refused n or w, with the option */
};

static void add(uint8_t *to, size_t *n, const uint8_t *bytes, size_t more)
{
	assert_true(*n + more <= LOG_MAX);
	if (more)
		memcpy(to + *n, bytes, more);
	*n += more;
}

static void on_data(void *ctx, const uint8_t *bytes, size_t n)
{
	struct log *l = ctx;

	add(l->data, &l->n_data, bytes, n);
}

static void on_send(void *ctx, const uint8_t *bytes, size_t n)
{
	struct log *l = ctx;

	add(l->sent, &l->n_sent, bytes, n);
}

static void add_verb(struct log *l, char verb, uint8_t option)
{
	size_t at = strlen(l->verbs);

	assert_true(at + 2 < sizeof(l->verbs));
	l->verbs[at] = verb;
	l->verbs[at + 1] = (char)option;
}

static void on_agreed(void *ctx, uint8_t option)
{
	add_verb(ctx, 'd', option);
}

static void on_refused(void *ctx, uint8_t verb, uint8_t option)
{
	add_verb(ctx, verb == TELNET_WONT ? 'w' : 'n', option);
}

static void on_sub(void *ctx, const uint8_t *bytes, size_t n)
{
	struct log *l = ctx;
	uint8_t len = (uint8_t)n;

	assert_in_range(n, 0, 255);
	add(l->subs, &l->n_subs, &len, 1);
	add(l->subs, &l->n_subs, bytes, n);
}

static const telnet_telopt_t options[] = {
	{PASSING, TELNET_WILL, TELNET_DONT},
	{TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
	{-1, 0, 0},
};

static const struct telnet_peer_ops all_ops = {
	.data = on_data,
	.send = on_send,
	.agreed = on_agreed,
	.refused = on_refused,
	.sub = on_sub,
};

static const struct telnet_peer_ops deaf_ops = {.data = on_data, .send = on_send};

static void begin(struct log *l)
{
	memset(l, 0, sizeof(*l));
	assert_true(telnet_peer_init(&l->peer, options, PASSING, &all_ops, l));
}

/* clang-format off */
static const struct {
	const char *what;
	struct bytes in, data, sent, subs;
	const char *verbs;
} cases[] = {
	{"CR, LF and NUL are bytes", B("a\r\0b\r\nc\n\r\0\0"), B("a\r\0b\r\nc\n\r\0\0"), B(""), B(""), ""},
	{"a doubled FF is one", B("\x68" IAC IAC IAC IAC "\x16"), B("\x68\xFF\xFF\x16"), B(""), B(""), ""},
	{"commands without option are nothing", B("a" IAC "\xF1" IAC SE IAC "\xF6" IAC "\x00" "b"),
		B("ab"), B(""), B(""), ""},
	{"agreed", B(IAC DO PASSES), B(""), B(IAC WILL PASSES), B(""), "d,"},
	{"refused, unasked", B(IAC DONT PASSES IAC WONT "\x03"), B(""), B(""), B(""), "n,w\x03"},
	{"all other options are refused", B(IAC DO LINEMODE IAC WILL COMPRESS IAC WILL PASSES),
		B(""), B(IAC WONT LINEMODE IAC DONT COMPRESS IAC DONT PASSES), B(""), ""},
	{"an option that is FF", B(IAC DO IAC "x"), B("x"), B(IAC WONT IAC), B(""), ""},
	{"the one that passes", B("a" IAC SB PASSES "\x65\0\0\x09\x60" IAC SE "b"), B("ab"), B(""),
		B("\x05\x65\0\0\x09\x60"), ""},
	{"with FF in it", B(IAC SB PASSES "\x65" IAC IAC IAC SE "b"), B("b"), B(""), B("\x02\x65\xFF"), ""},
	{"with nothing in it", B(IAC SB PASSES IAC SE "b"), B("b"), B(""), B("\0"), ""},
	{"ended by a command", B(IAC SB PASSES "x" IAC DO LINEMODE "b"), B("b"), B(IAC WONT LINEMODE),
		B("\1x"), ""},
	{"ended by its own like", B(IAC SB PASSES "x" IAC SB PASSES "y" IAC SE "b"), B("b"), B(""),
		B("\1x\1y"), ""},
	{"ended by another one", B(IAC SB PASSES "x" IAC SB ZMP "y" IAC SE "b"), B("b"), B(""), B("\1x"), ""},
	{"another one is ended by it", B(IAC SB ZMP "x" IAC SB PASSES "y" IAC SE "b"), B("b"), B(""),
		B("\1y"), ""},
	{"nothing gets decompressed", B(IAC SB COMPRESS IAC SE "x\x9C\x4B"), B("x\x9C\x4B"), B(""), B(""), ""},
	{"nothing of others", B(IAC SB ZMP "a\0" IAC IAC SE IAC SE IAC SB "\x18" "\0" IAC SE
		IAC SB "\x27" "\3" IAC SE IAC SB "\x46" "\2" IAC SE "b"), B("b"), B(""), B(""), ""},
};
/* clang-format on */

static void check(size_t i, const char *what, const uint8_t *got, size_t n, struct bytes wanted)
{
	if (n != wanted.n || memcmp(got, wanted.at, n) != 0)
		fail_msg("%s (%zu): %s: %zu bytes", cases[i].what, i, what, n);
}

/* first bytes, then the rest, or all in pieces of first. */
static void feed(struct log *l, struct bytes in, size_t first, size_t more)
{
	while (in.n > 0) {
		size_t n = first < in.n ? first : in.n;

		assert_true(telnet_peer_rx(&l->peer, (const uint8_t *)in.at, n));
		in.at += n;
		in.n -= n;
		first = more;
	}
}

static void check_case(size_t i, size_t first, size_t more)
{
	static struct log l;

	begin(&l);
	feed(&l, cases[i].in, first, more);
	check(i, "data", l.data, l.n_data, cases[i].data);
	check(i, "sent", l.sent, l.n_sent, cases[i].sent);
	check(i, "subs", l.subs, l.n_subs, cases[i].subs);
	assert_string_equal(l.verbs, cases[i].verbs);
	telnet_peer_done(&l.peer);
}

static void is_the_same_wherever_it_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t n = 1; n <= cases[i].in.n; n++) {
			check_case(i, n, SIZE_MAX);
			check_case(i, n, n);
		}
	}
}

/* Each pair of byte values, as data: what one end sends is what the other one gets. */
static void every_pair_of_bytes_passes(void **state)
{
	static struct log from, to;
	uint8_t pair[2];

	(void)state;
	begin(&from);
	begin(&to);
	for (unsigned i = 0; i < 0x10000; i++) {
		pair[0] = (uint8_t)(i >> 8);
		pair[1] = (uint8_t)i;
		from.n_sent = to.n_data = 0;
		telnet_peer_tx(&from.peer, pair, 2);
		assert_int_equal(from.n_sent, 2 + (pair[0] == 0xFF) + (pair[1] == 0xFF));
		feed(&to, (struct bytes){(const char *)from.sent, from.n_sent}, 1, SIZE_MAX);
		assert_int_equal(to.n_data, 2);
		assert_memory_equal(to.data, pair, 2);
	}
	assert_int_equal(to.n_sent, 0);
	telnet_peer_done(&from.peer);
	telnet_peer_done(&to.peer);
}

/* All values in one go, cut at every place; longer than a piece. */
static void every_byte_passes_wherever_it_is_cut(void **state)
{
	static struct log from, to;
	uint8_t bytes[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 255);
	begin(&from);
	telnet_peer_tx(&from.peer, bytes, sizeof(bytes));
	assert_int_equal(from.n_sent, sizeof(bytes) + 2);
	for (size_t n = 1; n <= from.n_sent; n++) {
		begin(&to);
		feed(&to, (struct bytes){(const char *)from.sent, from.n_sent}, n, SIZE_MAX);
		assert_int_equal(to.n_data, sizeof(bytes));
		assert_memory_equal(to.data, bytes, sizeof(bytes));
		telnet_peer_done(&to.peer);
	}
	telnet_peer_done(&from.peer);
}

/* One that passes and those that do not, up to the limit and one byte over it. */
static void one_without_end_breaks(void **state)
{
	static const struct bytes heads[] = {
		B(IAC SB PASSES), B(IAC SB ZMP), B(IAC SB PASSES "x" IAC SB ZMP)};
	static const struct bytes fills[] = {B("\0"), B(IAC IAC)};
	static struct log l;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct bytes fill = fills[i / 3];

		begin(&l);
		l.peer.ops = &deaf_ops;
		feed(&l, heads[i % 3], 1, 1);
		for (size_t k = 0; k < TELNET_SUB_MAX; k++)
			feed(&l, fill, 1, 1);
		feed(&l, (struct bytes)B(IAC SE "x"), 1, 1);
		assert_int_equal(l.n_data, 1);
		feed(&l, heads[i % 3], 1, 1);
		for (size_t k = 0; k < TELNET_SUB_MAX; k++)
			feed(&l, fill, 1, 1);
		assert_false(telnet_peer_rx(&l.peer, (const uint8_t *)"aa", 2));
		assert_false(telnet_peer_rx(&l.peer, (const uint8_t *)IAC SE "x", 3));
		assert_int_equal(l.n_data, 1);
		telnet_peer_done(&l.peer);
	}
}

/* What comes makes no answer that is longer: no peer makes us talk without end. */
static void says_no_more_than_it_is_told(void **state)
{
	static struct log l;
	uint8_t ask[3] = {0xFF};

	(void)state;
	begin(&l);
	telnet_peer_negotiate(&l.peer, TELNET_WILL, PASSING);
	telnet_peer_negotiate(&l.peer, TELNET_WILL, PASSING);
	assert_int_equal(l.n_sent, 3);
	for (unsigned i = 0; i < 0x400; i++) {
		ask[1] = (uint8_t)(0xFB + i % 4);
		ask[2] = (uint8_t)(i / 4);
		l.n_sent = 0;
		memset(l.verbs, 0, sizeof(l.verbs));
		assert_true(telnet_peer_rx(&l.peer, ask, 3));
		assert_in_range(l.n_sent, 0, 3);
	}
	l.n_sent = 0;
	for (unsigned i = 0; i < 100; i++) { /* it agrees for ever */
		memset(l.verbs, 0, sizeof(l.verbs));
		assert_true(telnet_peer_rx(&l.peer, (const uint8_t *)IAC DO PASSES, 3));
	}
	assert_in_range(l.n_sent, 0, 3);
	telnet_peer_done(&l.peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_same_wherever_it_is_cut),
		cmocka_unit_test(every_pair_of_bytes_passes),
		cmocka_unit_test(every_byte_passes_wherever_it_is_cut),
		cmocka_unit_test(one_without_end_breaks),
		cmocka_unit_test(says_no_more_than_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
