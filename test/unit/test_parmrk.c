/* SPDX-License-Identifier: MIT */
#include "base/parmrk.h"

#include <meterbus/engine.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define P MB_MARK_PARITY
#define B MB_MARK_BREAK

/* clang-format off */
static const struct {
	const char *raw;   size_t raw_len;
	const char *bytes; size_t len;
	const char *marks;
} cases[] = {
	{"",                           0, "",             0, ""},
	{"\x10\x40\x01",               3, "\x10\x40\x01", 3, "\0\0\0"},
	{"\xFF\xFF",                   2, "\xFF",         1, "\0"},
	{"\xFF\xFF\xFF\xFF",           4, "\xFF\xFF",     2, "\0\0"},
	{"\xFF\x00\x41",               3, "\x41",         1, (const char[]){P}},
	{"\xFF\x00\x00",               3, "\x00",         1, (const char[]){P | B}},
	{"\xFF\x00\xFF",               3, "\xFF",         1, (const char[]){P}},
	{"\x00\xFF\x00\x16\x00",       5, "\x00\x16\x00", 3, (const char[]){0, P, 0}},
	{"\xFF\x00\x41\xFF\x00\x00\x42", 7, "\x41\x00\x42", 3, (const char[]){P, P | B, 0}},
	{"\xFF\x55",                   2, "\x55",         1, "\0"}, /* no such escape: the byte counts */
	{"\xFF",                       1, "",             0, ""},
	{"\xFF\x00",                   2, "",             0, ""},
};
/* clang-format on */

/* Every case whole, and cut in two at every place. */
static void test_decodes_in_any_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t cut = 0; cut <= cases[i].raw_len; cut++) {
			struct parmrk p = {0};
			uint8_t bytes[16];
			uint8_t marks[16];
			uint8_t piece[16];
			size_t n, m;

			memcpy(bytes, cases[i].raw, cut);
			n = parmrk_decode(&p, bytes, marks, cut);
			memcpy(piece, cases[i].raw + cut, cases[i].raw_len - cut);
			m = parmrk_decode(&p, piece, marks + n, cases[i].raw_len - cut);
			memcpy(bytes + n, piece, m);
			assert_int_equal(n + m, cases[i].len);
			assert_memory_equal(bytes, cases[i].bytes, n + m);
			assert_memory_equal(marks, cases[i].marks, n + m);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decodes_in_any_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
