/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/telnet_guard.h"
#include "gateway/at_telnet.h"
#include "telnet_bytes.h"

#include <string.h>

#define GREETING IAC WILL ECHO IAC WILL SGA

/* clang-format off */
static const struct {
	const char *what;
	struct bytes in, data, out;
} cases[] = {
	{"no telnet at all", B("at^scams?\r"), B("at^scams?\r"), B("")},
	{"CR NUL is the session's", B("ati\r\0ati3\r\n"), B("ati\r\0ati3\r\n"), B("")},
	{"a client that begins", B(IAC DO SGA "ati\r"), B("ati\r"), B(GREETING)},
	{"wants echo", B(IAC DO ECHO), B(""), B(GREETING)},
	{"wants no echo", B(IAC DONT ECHO), B(""), B(GREETING)},
	{"wants no echo any more", B(IAC DO ECHO IAC DONT ECHO), B(""), B(GREETING IAC WONT ECHO)},
	{"may leave out go-ahead", B(IAC WILL SGA), B(""), B(GREETING IAC DO SGA)},
	{"offers to echo", B(IAC WILL ECHO), B(""), B(GREETING IAC DONT ECHO)},
	{"offers a window size", B(IAC WILL NAWS IAC SB NAWS "\0\x50\0\x18" IAC SE "ati\r"), B("ati\r"),
		B(GREETING IAC DONT NAWS)},
	{"offers a terminal type", B(IAC WILL TTYPE IAC SB TTYPE "\0xterm" IAC SE), B(""), B(GREETING IAC DONT TTYPE)},
	{"asks for what we do not do", B(IAC DO LINEMODE IAC DO BINARY), B(""),
		B(GREETING IAC WONT LINEMODE IAC WONT BINARY)},
	{"a doubled FF is a byte", B("a" IAC IAC "b"), B("a" IAC "b"), B(GREETING)},
	{"other commands are nothing", B("a" IAC "\xF1" IAC "\xF6" "b"), B("ab"), B(GREETING)},
	{"nothing gets compressed", B(IAC SB COMPRESS IAC SE "ati\r"), B("ati\r"), B(GREETING)},
	{"nothing of ZMP", B(IAC SB ZMP "zmp.ping\0" IAC SE "ati\r"), B("ati\r"), B(GREETING)},
	{"FF and telnet inside of what is dropped", B(IAC SB ZMP IAC IAC SE SB DO IAC SE "x"), B("x"), B(GREETING)},
	{"a command ends what is dropped", B(IAC SB ZMP "abc" IAC DO LINEMODE "x"), B("x"),
		B(GREETING IAC WONT LINEMODE)},
	{"an option that is FF begins no command", B(IAC DO IAC IAC IAC SB COMPRESS "x"), B(IAC SB COMPRESS "x"),
		B(GREETING IAC WONT IAC)},
	{"one after the other", B(IAC SB ZMP IAC SB NAWS IAC SE "x"), B("x"), B(GREETING)},
};
/* clang-format on */

static void check(size_t i, const char *what, const uint8_t *got, size_t n, struct bytes wanted)
{
	if (n != wanted.n || memcmp(got, wanted.at, n) != 0)
		fail_msg("%s (%zu): %s: %zu bytes", cases[i].what, i, what, n);
}

/* In every piece size: the state is kept between any two bytes. */
static void knows_telnet(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t piece = 1; piece <= cases[i].in.n; piece++) {
			struct at_telnet *t = at_telnet_new();
			const uint8_t *bytes;
			size_t at = 0, n;

			assert_non_null(t);
			while (at < cases[i].in.n) {
				n = cases[i].in.n - at < piece ? cases[i].in.n - at : piece;
				n = at_telnet_rx(t, (const uint8_t *)cases[i].in.at + at, n);
				assert_true(n > 0);
				at += n;
			}
			bytes = at_telnet_data(t, &n);
			check(i, "data", bytes, n, cases[i].data);
			bytes = at_telnet_tx(t, &n);
			check(i, "out", bytes, n, cases[i].out);
			assert_false(at_telnet_failed(t));
			at_telnet_free(t);
		}
	}
}

static void doubles_what_goes(void **state)
{
	struct at_telnet *t = at_telnet_new();
	size_t n;

	(void)state;
	assert_int_equal(at_telnet_send(t, "OK" IAC "\r\n", 5), 5);
	assert_memory_equal(at_telnet_tx(t, &n), "OK" IAC IAC "\r\n", 6);
	assert_int_equal(n, 6);
	at_telnet_sent(t, 3);
	assert_memory_equal(at_telnet_tx(t, &n), IAC "\r\n", 3);
	assert_int_equal(n, 3);
	at_telnet_free(t);
}

/* Nobody takes anything: what comes and what goes is held back, answers to options included. */
static void is_bounded(void **state)
{
	static uint8_t asks[3 * 4000], typed[4000];
	struct at_telnet *t = at_telnet_new();
	size_t n, took = 0, went = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(asks); i += 3)
		memcpy(asks + i, IAC DO LINEMODE, 3);
	memset(typed, 'a', sizeof(typed));
	while ((n = at_telnet_send(t, asks, 100)) > 0)
		went += n;
	assert_in_range(went, AT_TELNET_OUT_MAX / 4, AT_TELNET_OUT_MAX);
	while ((n = at_telnet_rx(t, asks + took, sizeof(asks) - took)) > 0)
		took += n;
	assert_in_range(took, 1, AT_TELNET_OUT_MAX);
	at_telnet_tx(t, &n);
	assert_true(n <= AT_TELNET_OUT_MAX);
	at_telnet_sent(t, n);
	took = at_telnet_rx(t, typed, sizeof(typed));
	assert_in_range(took, AT_TELNET_IN_MAX / 2, AT_TELNET_IN_MAX);
	assert_int_equal(at_telnet_rx(t, typed, 200), 0);
	at_telnet_taken(t, 500);
	assert_int_equal(at_telnet_rx(t, typed, 200), 200);
	assert_false(at_telnet_failed(t));
	at_telnet_free(t);
}

static void one_option_may_pass(void **state)
{
	static const char in[] = "a" IAC SB "\x2C"
				 "\x01\0\0\x09\x60" IAC IAC IAC SE "b" IAC SB ZMP "x" IAC SE "c";
	static const char out[] = "a" IAC SB "\x2C"
				  "\x01\0\0\x09\x60" IAC IAC IAC SE "bc";
	struct telnet_guard g = {.option = 0x2C};
	uint8_t got[sizeof(in) + TELNET_GUARD_EXTRA];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(in) - 1; i++)
		n += telnet_guard(&g, (const uint8_t *)in + i, 1, got + n);
	assert_int_equal(n, sizeof(out) - 1);
	assert_memory_equal(got, out, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_telnet),
		cmocka_unit_test(doubles_what_goes),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(one_option_may_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
