/* SPDX-License-Identifier: MIT */
/* Telegrams become answers: chains, keys, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "base/crypto_openssl.h"
#include "format_help.h"

DEFINE_FORMAT_CASE(c)

/* A RSP_UD of this meter with these records; returns its size. */
static size_t frame_of(uint8_t *buf, uint8_t a, uint32_t id, const char *records)
{
	struct mb_header header = {.address = {id, 0x4024, 1, 7}};
	uint8_t bytes[64];
	int len = hex_bytes(records, strlen(records), bytes, sizeof(bytes));
	struct mb_writer w;
	int size;

	mb_writer_begin(&w, buf, MB_FRAME_MAX, 0x72);
	mb_write_long_header(&w, &header);
	mb_write_bytes(&w, bytes, (size_t)len);
	size = mb_writer_end(&w, MB_C_RSP_UD, a);
	assert_true(size > 0);
	return (size_t)size;
}

static void test_follows(void **state)
{
	static const struct {
		const char *first, *next;
		uint8_t a;
		uint32_t id;
		bool follows;
	} rows[] = {
		{"01 13 01 1F", "01 13 02", 1, 0x12345678, true},
		{"01 13 01 1F 01 02", "01 13 02", 1, 0x12345678, true},
		{"01 13 01", "01 13 02", 1, 0x12345678, false},
		{"01 13 01 0F", "01 13 02", 1, 0x12345678, false},
		{"01 13 01 1F", "01 13 02", 2, 0x12345678, false},
		{"01 13 01 1F", "01 13 02", 1, 0x12345679, false},
	};
	uint8_t frame[MB_FRAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		readout_begin(&c->readout, NULL);
		readout_add(
			&c->readout, frame, frame_of(frame, 1, 0x12345678, rows[i].first), 0, 0);
		assert_int_equal(readout_follows(&c->readout, frame,
					 frame_of(frame, rows[i].a, rows[i].id, rows[i].next)),
			rows[i].follows);
	}
	readout_begin(&c->readout, NULL);
	assert_false(readout_follows(&c->readout, frame, frame_of(frame, 1, 0x12345678, "")));
}

/* The formats of full telegrams serve the compact ones that follow in the file. */
static void test_compact_frames_are_learned(void **state)
{
	static const uint8_t records[] = {0x0B, 0x13, 0x34, 0x12, 0x00};
	uint8_t frame[MB_FRAME_MAX];
	struct mb_writer w;
	int size;

	(void)state;
	readout_begin(&c->readout, NULL);
	readout_add(&c->readout, frame, frame_of(frame, 1, 0x12345678, "0B 13 78 56 34"), 0, 0);
	mb_writer_begin(&w, frame, sizeof(frame), 0x79);
	mb_write_compact(&w, records, sizeof(records));
	size = mb_writer_end(&w, MB_C_RSP_UD, 1);
	assert_true(size > 0);
	readout_begin(&c->readout, NULL);
	assert_int_equal(readout_add(&c->readout, frame, (size_t)size, 0, 0), 0);
	assert_non_null(strstr(format_print(c, "json"), "\"value\":\"1.234\""));
}

static void test_part_limit(void **state)
{
	uint8_t frame[MB_FRAME_MAX];
	size_t len = frame_of(frame, 1, 0x12345678, "01 13 01 1F");

	(void)state;
	readout_begin(&c->readout, NULL);
	for (int i = 0; i < ANSWER_PARTS_MAX; i++) {
		assert_int_equal(readout_add(&c->readout, frame, len, 0, 0), 0);
		assert_int_equal(
			readout_follows(&c->readout, frame, len), i + 1 < ANSWER_PARTS_MAX);
	}
	assert_int_equal(readout_add(&c->readout, frame, len, 0, 0), MB_E_TOO_MANY_TELEGRAMS);
	assert_int_equal(c->readout.answer.part_count, ANSWER_PARTS_MAX);
}

static void test_long_junk_is_cut(void **state)
{
	static uint8_t junk[READOUT_RAW_MAX + 100];

	(void)state;
	readout_begin(&c->readout, NULL);
	assert_int_equal(
		readout_add(&c->readout, junk, sizeof(junk), MB_E_BAD_START, 0), MB_E_BAD_START);
	assert_int_equal(c->readout.answer.parts[0].raw_len, READOUT_RAW_MAX);
	assert_false(c->readout.answer.parts[0].readable);
}

static size_t sealed_frame(uint8_t *buf)
{
	static const uint8_t records[] = {0x0C, 0x13, 0x91, 0x18, 0x00, 0x00};
	static const char key[] = "0123456789abcdef";
	struct mb_seal seal = {.mode = 5, .ci = 0x72};
	struct mb_cipher cipher;
	int size;

	seal.header.address = (struct mb_secondary){0x12345678, 0x4024, 1, 7};
	seal.header.access = 9;
	if (crypto_openssl(&cipher) < 0)
		skip();
	size = mb_encode_sealed(buf, MB_FRAME_MAX, MB_C_RSP_UD, 1, &seal, &cipher,
		(const uint8_t *)key, records, sizeof(records));
	assert_true(size > 0);
	return (size_t)size;
}

static void test_keys(void **state)
{
	static const struct {
		const char *key; /* NULL: none */
		int error;
	} rows[] = {
		{NULL, MB_E_ENCRYPTED},
		{"12345678 30313233343536373839616263646566", 0},
		{"30313233343536373839616263646566", 0},
		{"* 30313233343536373839616263646566", 0},
		{"12345678=30313233343536373839616263646566", 0},
		{"12345679 30313233343536373839616263646566", MB_E_ENCRYPTED},
		{"12345678 00000000000000000000000000000000", MB_E_WRONG_KEY},
	};
	uint8_t frame[MB_FRAME_MAX];
	size_t len = sealed_frame(frame);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c->keys.count = 0;
		if (rows[i].key)
			assert_true(keys_add(&c->keys, rows[i].key));
		readout_begin(&c->readout, NULL);
		assert_int_equal(readout_add(&c->readout, frame, len, 0, 0), rows[i].error);
		assert_true(c->readout.parts[0].readable);
		/* the header is known even so */
		assert_int_equal(c->readout.parts[0].telegram.address.id, 0x12345678);
		format_print(c, "json");
		assert_int_equal(
			strstr(c->text, "\"value\":\"1.891\"") != NULL, rows[i].error == 0);
		assert_null(strstr(c->text, "3031323334"));
	}
}

static void test_bad_keys(void **state)
{
	static const char *const lines[] = {"", "00", "3031323334353637383961626364656",
		"3031323334353637383961626364656600", "12345 30313233343536373839616263646566",
		"zz 30313233343536373839616263646566", "12345678 x"};

	(void)state;
	c->keys.count = 0;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(keys_add(&c->keys, lines[i]));
	assert_int_equal(c->keys.count, 0);
	for (int i = 0; i < KEYS_MAX; i++)
		assert_true(keys_add(&c->keys, "30313233343536373839616263646566"));
	assert_false(keys_add(&c->keys, "30313233343536373839616263646566"));
	keys_wipe(&c->keys);
	assert_int_equal(c->keys.count, 0);
}

static void test_fail(void **state)
{
	(void)state;
	readout_begin(&c->readout, "5");
	readout_fail(&c->readout, MB_E_SILENCE, "asked three times");
	assert_string_equal(c->readout.answer.source, "5");
	assert_int_equal(answer_error(&c->readout.answer), MB_E_SILENCE);
	assert_non_null(strstr(format_print(c, "table"), "5  silence: asked three times\n"));
	readout_begin(&c->readout, NULL);
	assert_null(c->readout.answer.source);
	assert_int_equal(c->readout.answer.error, 0);
	assert_null(c->readout.answer.note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follows),
		cmocka_unit_test(test_compact_frames_are_learned),
		cmocka_unit_test(test_part_limit),
		cmocka_unit_test(test_long_junk_is_cut),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_bad_keys),
		cmocka_unit_test(test_fail),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
