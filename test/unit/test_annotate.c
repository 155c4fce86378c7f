/* SPDX-License-Identifier: MIT */
/* Every byte is explained: once, in its order, at its offset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/error.h>

#include "corpus.h"
#include "format_help.h"

#define BYTES_MAX 8192

DEFINE_FORMAT_CASE(c)

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* The bytes of one line: "0013  03 13   text". Checks the offset when it is in sequence. */
static size_t line_bytes(const char *line, uint8_t *bytes, unsigned *ret_offset)
{
	size_t n = 0;
	int length = 0;

	if (sscanf(line, "%4x%n", ret_offset, &length) != 1 || length != 4 || line[4] != ' ')
		return 0;
	for (line += 6; n < 8 && hex_byte(line, &bytes[n]) && (line[2] == ' ' || line[2] == '\n');
		n++)
		line += line[2] == ' ' ? 3 : 2;
	return n;
}

/* All bytes of the text in its order are those of the telegram. */
static void assert_explains(const char *text, const uint8_t *want, size_t len)
{
	uint8_t bytes[8];
	size_t at = 0;

	while (*text) {
		unsigned offset;
		size_t n = line_bytes(text, bytes, &offset);

		if (n > 0) {
			assert_int_equal(offset, at);
			assert_true(at + n <= len);
			assert_memory_equal(bytes, want + at, n);
			at += n;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	assert_int_equal(at, len);
}

static void explain(const uint8_t *bytes, size_t len)
{
	readout_begin(&c->readout, NULL);
	format_add(c, bytes, len);
	assert_explains(format_print(c, "annotate"), bytes, len);
}

static void assert_frame_has(const char *frame, const char *part)
{
	uint8_t bytes[64];
	int len = hex_bytes(frame, strlen(frame), bytes, sizeof(bytes));

	explain(bytes, (size_t)len);
	assert_has(c->text, part);
}

static void test_reference(void **state)
{
	(void)state;
	assert_string_equal(format_frame(c, "annotate",
				    "68 15 15 68 08 02 72 78 56 34 12 24 40 01 07 13 00 00 00 "
				    "0C 78 04 03 02 01 9D 16"),
		"0000  68 15 15 68             start, length twice, start\n"
		"0004  08                      C: RSP_UD\n"
		"0005  02                      A: address 2\n"
		"0006  72                      CI: variable data response, mode 1\n"
		"0007  78 56 34 12             identification 12345678\n"
		"000B  24 40                   manufacturer PAD (PadMess)\n"
		"000D  01                      version 1\n"
		"000E  07                      medium: water\n"
		"000F  13                      access number 19\n"
		"0010  00                      status: no error\n"
		"0011  00 00                   configuration: no encryption\n"
		"0013  0C                      DIF: 8 digit BCD, instantaneous\n"
		"0014  78                      VIF: fabrication number\n"
		"0015  04 03 02 01             01020304  [inst.0.0.0.78]\n"
		"0019  9D                      checksum\n"
		"001A  16                      stop\n\n");
}

static void test_parts(void **state)
{
	static const struct {
		const char *frame, *part;
	} rows[] = {
		{"E5", "E5                      acknowledge\n"},
		{"10 7B FD 78 16", "7B                      C: REQ_UD2, FCB 1\n"},
		{"10 7B FD 78 16", "FD                      A: address 253, whoever is selected\n"},
		{"68 04 04 68 08 05 70 08 85 16",
			"08                      application error: application too busy for "
			"handling readout request\n"},
		{"68 04 04 68 08 05 71 04 82 16", "alarm bits, by the manufacturer\n"},
		{"68 03 03 68 53 05 BD 15 16", "switch to 9600 baud\n"},
		{"68 04 04 68 53 05 50 10 B8 16", "application: user data\n"},
		{"68 13 13 68 08 05 73 78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00 3C 16",
			"E9 7E                   medium water, and the units of the two "
			"counters\n"},
		{"68 0B 0B 68 73 FD 52 0F 57 02 00 FF FF FF FF 26 16",
			"0F 57 02 00             identification 0002570F\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_frame_has(rows[i].frame, rows[i].part);
}

static void test_records(void **state)
{
	static const struct {
		const char *records, *part;
	} rows[] = {
		{"2F 2F 01 13 05", "2F 2F                   idle filler\n"},
		{"01 13 05 2F 2F", "2F 2F                   idle filler\n"},
		{"8B 60 04 37 18 02",
			"60                      DIFE: storage + 0, tariff + 2, subunit + 1\n"},
		{"02 FD 48 0F 09", "FD 48                   VIF: voltage, 10^-1 V\n"},
		{"04 83 3B 01 00 00 00", "3B                      VIFE: "},
		{"04 83 FC 01 01 00 00 00", "FC 01                   VIFE: "},
		{"02 FC 03 48 52 25 74 D4 11", "03 48 52 25             text \"%RH\"\n"},
		{"02 FC 74 03 48 52 25 D4 11", "03 48 52 25             text \"%RH\"\n"},
		{"0D FD 0B 05 31 32 48 46 57",
			"05                      LVAR: length and kind of the data\n"},
		{"0D FD 0B 05 31 32 48 46 57",
			"31 32 48 46 57          WFH21  [inst.0.0.0.FD0B]\n"},
		{"0F 37 FD 17", "37 FD 17                known to the manufacturer\n"},
		{"1F", "1F                      DIF: more records follow in the next telegram\n"},
		{"32 6C 00 00", "00 00                    (no date yet)  [err.0.0.0.6C]\n"},
		{"01 13 05 04 13 01",
			"04 13 01                a record runs past the end of the telegram\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		format_records(c, "annotate", rows[i].records);
		assert_has(c->text, rows[i].part);
		assert_explains(c->text, c->readout.parts[0].raw, c->readout.parts[0].raw_len);
	}
}

static void test_broken_frames(void **state)
{
	static const struct {
		const char *frame, *part;
	} rows[] = {
		{"68 04 04 68 08 01 70 08 82 16",
			"82                      checksum, but the bytes sum up to 81\n"},
		{"68 04 04 68 08 01 70 08 81 17", "17                      stop must be 16\n"},
		{"68 04 05 68 08 01 70 08 81 16",
			"04 05                   the two lengths differ\n"},
		{"68 02 02 68 08 01 09 16", "02 02                   length is below 3\n"},
		{"68 04 04 69 08 01 70 08 81 16", "69                      start must be 68\n"},
		{"68 04 04 68 08", "5 bytes are missing\n"},
		{"68 04", "04                      length\n"},
		{"10 40 01 42 16",
			"42                      checksum, but the bytes sum up to 41\n"},
		{"10 40", "40                      C and A\n"},
		{"AA 55", "AA 55                   not understood\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_frame_has(rows[i].frame, rows[i].part);
}

static void test_profile_fields(void **state)
{
	static const char text[] = "@1 = u16 -1 m³ Flow\n";
	char why[100];

	(void)state;
	assert_int_equal(profile_parse(&c->profile, text, strlen(text), why, sizeof(why)), 0);
	format_records(c, "annotate", "0F 00 39 30 07");
	assert_explains(c->text, c->readout.parts[0].raw, c->readout.parts[0].raw_len);
	assert_has(c->text, "39 30                   Flow: 1234.5 m³\n");
	c->profile.count = 0;
}

/* Ciphered bytes, then the plain ones, both at their place in the frame. */
static void test_encrypted(void **state)
{
#ifdef METERBUS_WITH_OPENSSL
	static const char *const lines[] = {
		"\n0013  F4 5E 40 C4 E7 F6 90 1E  encrypted; in plain:\n",
		"\n002B  BD AC 59 87 67 51 A8 2F\n0013  2F 2F ",
		"\n0017  04 03 02 01             1020.304 m³  [inst.0.0.0.10]\n",
		"\n0033  C5                      checksum\n0034  16 ",
	};

	(void)state;
	assert_true(keys_add(&c->keys, "0102030405060708090A0B0C0D0E0F10"));
	format_frame(c, "annotate",
		"68 2F 2F 68 08 02 72 78 56 34 12 24 40 01 07 55 00 20 05 F4 5E 40 C4 E7 F6 90 1E "
		"E4 27 C4"
		"9E 14 21 F4 24 A4 1D B8 63 4C BF 3C B9 BD AC 59 87 67 51 A8 2F C5 16");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_has(c->text, lines[i]);
	keys_wipe(&c->keys);
#else
	(void)state;
	skip();
#endif
}

/* Ciphered bytes stand at their place; the deciphered ones follow at the same place. */
static void test_deciphered(void **state)
{
	static const char frame[] =
		"68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 09 00 10 05 DA 05 7F 42 EB 30 09 3C "
		"77 2C 0D 3E F3 A5 BD 59 B6 16";

	(void)state;
	assert_true(keys_add(&c->keys, "00112233445566778899AABBCCDDEEFF"));
	format_frame(c, "annotate", frame);
	if (c->readout.parts[0].error == MB_E_UNSUPPORTED)
		skip();
	assert_has(c->text, "0011  10 05                   configuration: security mode 5, ");
	assert_has(c->text, "0013  DA 05 7F 42 EB 30 09 3C  encrypted; in plain:\n"
			    "001B  77 2C 0D 3E F3 A5 BD 59\n"
			    "0013  2F 2F                   idle filler\n"
			    "0015  0C                      DIF: 8 digit BCD, instantaneous\n");
	assert_has(c->text, "0017  91 18 00 00             1.891 m³  [inst.0.0.0.10]\n"
			    "001B  2F 2F 2F 2F 2F 2F 2F 2F  idle filler\n"
			    "0023  B6                      checksum\n");
	c->keys.count = 0;
	explain(c->readout.parts[0].raw, c->readout.parts[0].raw_len); /* without a key */
}

static void test_colour(void **state)
{
	(void)state;
	c->options.color = true;
	assert_has(format_records(c, "annotate", "01 13 05"), "\033[36m13\033[0m");
	c->options.color = false;
	assert_null(strchr(format_records(c, "annotate", "01 13 05"), '\033'));
}

static void visit(const char *name, const uint8_t *bytes, size_t len)
{
	(void)name;
	explain(bytes, len);
	for (size_t cut = 0; cut < len; cut += 7)
		explain(bytes, cut);
}

static void test_corpus(void **state)
{
	(void)state;
	if (corpus_visit("telegrams", visit) + corpus_visit("malformed", visit) == 0)
		skip();
}

static void test_anything(void **state)
{
	uint8_t frame[MB_FRAME_MAX];
	uint32_t seed = 3;

	(void)state;
	for (unsigned n = 0; n < 4000; n++)
		explain(frame, format_anything(n, &seed, frame));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_broken_frames),
		cmocka_unit_test(test_profile_fields),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_deciphered),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
