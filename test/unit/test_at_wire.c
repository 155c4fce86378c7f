/* SPDX-License-Identifier: MIT */
/* The bytes of `meterbus at`: with telnet's options and without, from a far side that keeps to no rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meterbus/at_wire.h"

#include <string.h>

#define BUF_MAX 1024

struct ends {
	struct at_wire wire;
	struct buf in, out;
};

static void begin(struct ends *e, bool on)
{
	buf_init(&e->in, BUF_MAX);
	buf_init(&e->out, BUF_MAX);
	assert_true(at_wire_init(&e->wire, on, &e->in, &e->out));
}

static void end(struct ends *e)
{
	at_wire_done(&e->wire);
	buf_done(&e->in);
	buf_done(&e->out);
}

static void check(const struct buf *b, const char *bytes, size_t n)
{
	assert_int_equal(b->len, n);
	if (n)
		assert_memory_equal(b->bytes, bytes, n);
}

static void all_values(uint8_t ret[256])
{
	for (size_t i = 0; i < 256; i++)
		ret[i] = (uint8_t)(255 - i);
}

static void off_it_is_not_there(void **state)
{
	struct ends e;
	uint8_t all[256];

	(void)state;
	all_values(all);
	begin(&e, false);
	assert_true(at_wire_rx(&e.wire, all, sizeof(all)));
	assert_true(at_wire_tx(&e.wire, (const char *)all, sizeof(all)));
	check(&e.in, (const char *)all, sizeof(all));
	check(&e.out, (const char *)all, sizeof(all));
	end(&e);
}

static void what_is_too_much_breaks_it(void **state)
{
	static const char much[BUF_MAX + 1];

	(void)state;
	for (int on = 0; on < 2; on++) {
		struct ends e;

		begin(&e, on);
		assert_true(at_wire_rx(&e.wire, (const uint8_t *)much, BUF_MAX));
		assert_false(at_wire_rx(&e.wire, (const uint8_t *)much, 1));
		end(&e);
		begin(&e, on);
		assert_false(at_wire_tx(&e.wire, much, BUF_MAX + 1));
		end(&e);
	}
}

#ifdef METERBUS_WITH_RFC2217

static void every_byte_passes(void **state)
{
	struct ends from, to;
	uint8_t all[256];

	(void)state;
	all_values(all);
	begin(&from, true);
	assert_true(at_wire_tx(&from.wire, (const char *)all, sizeof(all)));
	assert_int_equal(from.out.len, 257);
	for (size_t cut = 0; cut <= 257; cut++) {
		begin(&to, true);
		assert_true(at_wire_rx(&to.wire, from.out.bytes, cut));
		assert_true(at_wire_rx(&to.wire, from.out.bytes + cut, 257 - cut));
		check(&to.in, (const char *)all, sizeof(all));
		check(&to.out, "", 0);
		end(&to);
	}
	end(&from);
}

/* clang-format off */
static const struct {
	const char *in;
	size_t n_in;
	const char *data, *out;
	size_t n_out;
} cases[] = {
	/* may echo, may leave out go-ahead; its window size is its own */
	{"\xFF\xFB\x01\xFF\xFB\x03OK\r\n", 10, "OK\r\n", "\xFF\xFD\x01\xFF\xFD\x03", 6},
	{"\xFF\xFD\x1F\xFF\xFD\x18", 6, "", "\xFF\xFC\x1F\xFF\xFC\x18", 6},
	/* asks for a terminal type, an environment; compresses */
	{"\xFF\xFA\x18\x01\xFF\xF0OK", 8, "OK", "", 0},
	{"\xFF\xFA\x27\x01\x03\xFF\xF0OK", 9, "OK", "", 0},
	{"\xFF\xFA\x56\xFF\xF0OK", 7, "OK", "", 0},
};
/* clang-format on */

static void options_are_not_for_the_reader(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t cut = 0; cut <= cases[i].n_in; cut++) {
			const uint8_t *in = (const uint8_t *)cases[i].in;
			struct ends e;

			begin(&e, true);
			assert_true(at_wire_rx(&e.wire, in, cut));
			assert_true(at_wire_rx(&e.wire, in + cut, cases[i].n_in - cut));
			check(&e.in, cases[i].data, strlen(cases[i].data));
			check(&e.out, cases[i].out, cases[i].n_out);
			end(&e);
		}
	}
}

static void one_option_without_end_breaks_it(void **state)
{
	static const uint8_t head[] = {0xFF, 0xFA, 0x18};
	static const uint8_t fill[TELNET_SUB_MAX];
	struct ends e;

	(void)state;
	begin(&e, true);
	assert_true(at_wire_rx(&e.wire, head, sizeof(head)));
	assert_true(at_wire_rx(&e.wire, fill, sizeof(fill)));
	assert_false(at_wire_rx(&e.wire, fill, 1));
	end(&e);
}

#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_it_is_not_there),
		cmocka_unit_test(what_is_too_much_breaks_it),
#ifdef METERBUS_WITH_RFC2217
		cmocka_unit_test(every_byte_passes),
		cmocka_unit_test(options_are_not_for_the_reader),
		cmocka_unit_test(one_option_without_end_breaks_it),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
