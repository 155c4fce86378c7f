/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/error.h>
#include <meterbus/security.h>

#include "base/crypto_openssl.h"
#include "hex.h"
#include "security.h"

/* The lengths of records that are sealed: none, up to a block, more, as much as fits. */
static const size_t record_lens[] = {0, 1, 13, 14, 15, 16, 100, 200, 238};

#define RECORD_LEN_COUNT (sizeof(record_lens) / sizeof(record_lens[0]))

static struct mb_cipher cipher;

static int setup(void **state)
{
	(void)state;
	return crypto_openssl(&cipher);
}

/* RFC 4493 section 4 */
static void test_cmac_vectors(void **state)
{
	/* clang-format off */
	static const struct {
		size_t len;
		const char *mac;
	} rows[] = {
		{0, "BB1D6929E95937287FA37D129B756746"},
		{16, "070A16B46B4D4144F79BDD9DD04A287C"},
		{40, "DFA66747DE9AE63030CA32611497C827"},
		{64, "51F0BEBF7E3B9D92FC49741779363CFE"},
	};
	/* clang-format on */
	uint8_t key[16], message[64], want[16], mac[16];

	(void)state;
	hex_read("2B7E151628AED2A6ABF7158809CF4F3C", key, sizeof(key));
	hex_read("6BC1BEE22E409F96E93D7E117393172A AE2D8A571E03AC9C9EB76FAC45AF8E51"
		 "30C81C46A35CE411E5FBC1191A0A52EF F69F2445DF4F9B17AD2B417BE66C3710",
		message, sizeof(message));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		hex_read(rows[i].mac, want, sizeof(want));
		assert_int_equal(cipher.cmac(cipher.ctx, key, message, rows[i].len, mac), 0);
		assert_memory_equal(mac, want, 16);
	}
}

/* Published mode 5 vector: first block only. */
static void test_mode5_vector(void **state)
{
	struct mb_secondary address = {0x14639203, 0x6A49, 0x00, 0x07};
	uint8_t key[16], iv[16], want_iv[16], block[16], want[16], plain[16];

	(void)state;
	hex_read("496A039263140007 5050505050505050", want_iv, 16);
	hex_read("F8B24F12F9D113F680BEE765FDE67EC0", key, 16);
	hex_read("98A78E0D71AA6358EEBD0B20BFDF99ED", block, 16);
	hex_read("2F2F0C1329730600026C942182046C81", want, 16);
	mbi_iv_mode5(&address, 0x50, iv);
	assert_memory_equal(iv, want_iv, 16);
	assert_int_equal(cipher.cbc_decrypt(cipher.ctx, key, iv, block, 16, plain), 0);
	assert_memory_equal(plain, want, 16);
}

/* The same block in a telegram: N = 1, and a plain record behind it. */
#define MODE5_HEADER "03 92 63 14 49 6A 00 07 50 00 10 05"
#define MODE5_BLOCK "98A78E0D71AA6358EEBD0B20BFDF99ED"
#define MODE5_KEY "F8B24F12F9D113F680BEE765FDE67EC0"

static int telegram_of(
	uint8_t ci, const char *data, uint8_t buf[MB_FRAME_MAX], struct mb_telegram *t)
{
	uint8_t bytes[MB_FRAME_DATA_MAX];
	size_t len = hex_read(data, bytes, sizeof(bytes));
	int size = mb_frame_write_long(buf, MB_FRAME_MAX, 0x08, 1, ci, bytes, len);

	return mb_telegram_read(buf, (size_t)size, t);
}

static void test_mode5_telegram(void **state)
{
	uint8_t buf[MB_FRAME_MAX], out[MB_FRAME_MAX], key[16], want[32];
	size_t want_len = hex_read("2F2F0C1329730600026C942182046C81 01FD0C05", want, sizeof(want));
	struct mb_telegram t;

	(void)state;
	hex_read(MODE5_KEY, key, 16);
	assert_true(telegram_of(0x72, MODE5_HEADER MODE5_BLOCK "01 FD 0C 05", buf, &t) > 0);
	assert_int_equal(t.layout, MB_LAYOUT_ENCRYPTED);
	assert_int_equal(
		mb_telegram_open(&t, &cipher, key, NULL, out, want_len - 1), MB_E_NO_SPACE);
	assert_int_equal(t.layout, MB_LAYOUT_ENCRYPTED);
	assert_int_equal(mb_telegram_open(&t, &cipher, key, NULL, out, sizeof(out)), 0);
	assert_int_equal(t.layout, MB_LAYOUT_RECORDS);
	assert_int_equal(t.security_mode, 5);
	assert_ptr_equal(t.payload, out);
	assert_int_equal(t.payload_len, want_len);
	assert_memory_equal(t.payload, want, want_len);
	/* open already: nothing to do */
	assert_int_equal(mb_telegram_open(&t, &cipher, key, NULL, out, sizeof(out)), 0);
}

static void test_short_header_needs_an_address(void **state)
{
	static const struct mb_secondary address = {0x14639203, 0x6A49, 0x00, 0x07};
	uint8_t buf[MB_FRAME_MAX], out[MB_FRAME_MAX], key[16];
	struct mb_telegram t;

	(void)state;
	hex_read(MODE5_KEY, key, 16);
	assert_true(telegram_of(0x7A, "50 00 10 05" MODE5_BLOCK, buf, &t) > 0);
	assert_int_equal(mb_telegram_open(&t, &cipher, key, NULL, out, sizeof(out)), MB_E_INVALID);
	assert_int_equal(mb_telegram_open(&t, &cipher, key, &address, out, sizeof(out)), 0);
	assert_int_equal(t.payload_len, 16);
}

static void test_wrong_key_leaves_the_header(void **state)
{
	uint8_t buf[MB_FRAME_MAX], out[MB_FRAME_MAX], key[16];
	struct mb_telegram t, before;

	(void)state;
	hex_read(MODE5_KEY, key, 16);
	key[15] ^= 1;
	assert_true(telegram_of(0x72, MODE5_HEADER MODE5_BLOCK, buf, &t) > 0);
	before = t;
	assert_int_equal(
		mb_telegram_open(&t, &cipher, key, NULL, out, sizeof(out)), MB_E_WRONG_KEY);
	assert_memory_equal(&t, &before, sizeof(t));
	assert_int_equal(t.address.id, 0x14639203);
}

static void test_blocks_past_the_end(void **state)
{
	uint8_t buf[MB_FRAME_MAX], out[MB_FRAME_MAX], key[16] = {0};
	struct mb_telegram t;

	(void)state;
	assert_true(
		telegram_of(0x72, "03 92 63 14 49 6A 00 07 50 00 20 05" MODE5_BLOCK, buf, &t) > 0);
	assert_int_equal(
		mb_telegram_open(&t, &cipher, key, NULL, out, sizeof(out)), MB_E_HEADER_SHORT);
	assert_true(telegram_of(0x72, "03 92 63 14 49 6A 00 07 50 00 10 05", buf, &t) > 0);
	assert_int_equal(
		mb_telegram_open(&t, &cipher, key, NULL, out, sizeof(out)), MB_E_HEADER_SHORT);
}

static void test_other_modes_are_named(void **state)
{
	static const char *const configs[] = {
		"10 01", "10 02", "10 03", "10 04", "10 08", "10 09", "10 0A", "10 0D", "10 0F"};

	(void)state;
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		char data[128] = "03 92 63 14 49 6A 00 07 50 00 ";
		uint8_t buf[MB_FRAME_MAX], out[MB_FRAME_MAX], key[16] = {0};
		struct mb_telegram t;

		strcat(data, configs[i]);
		strcat(data, MODE5_BLOCK);
		assert_true(telegram_of(0x72, data, buf, &t) > 0);
		assert_int_equal(mb_telegram_open(&t, &cipher, key, NULL, out, sizeof(out)),
			MB_E_SECURITY_MODE);
	}
}

static void test_plain_telegram_is_left(void **state)
{
	uint8_t buf[MB_FRAME_MAX], out[1], key[16] = {0};
	struct mb_telegram t, before;

	(void)state;
	/* mode 0, and mode 5 with no encrypted block */
	assert_true(telegram_of(0x72, "03926314496A0007 50 00 00 00 01 FD 0C 05", buf, &t) > 0);
	before = t;
	assert_int_equal(mb_telegram_open(&t, &cipher, key, NULL, out, 0), 0);
	assert_memory_equal(&t, &before, sizeof(t));
	assert_true(telegram_of(0x72, "03926314496A0007 50 00 00 05 01 FD 0C 05", buf, &t) > 0);
	before = t;
	assert_int_equal(mb_telegram_open(&t, &cipher, key, NULL, out, 0), 0);
	assert_memory_equal(&t, &before, sizeof(t));
}

/* clang-format off */
static const struct mb_seal seals[] = {
	{.mode = 5, .ci = 0x72},
	{.mode = 5, .ci = 0x7A},
	{.mode = 5, .ci = 0x5B},
	{.mode = 7, .ci = 0x72, .counter = 0x01020304, .counter_in_header = true},
	{.mode = 7, .ci = 0x7A, .counter = 7, .counter_in_header = true, .key_id = 3},
	{.mode = 7, .ci = 0x7A, .counter = 0x01020304, .mac_len = 8},
	{.mode = 7, .ci = 0x72, .counter = 9, .mac_len = 2, .message_length = true},
	{.mode = 7, .ci = 0x72, .counter = 10, .mac_len = 4, .counter_in_header = true},
	{.mode = 7, .ci = 0x5A, .counter = 11, .mac_len = 12, .message_length = true},
	{.mode = 7, .ci = 0x7A, .counter = 12, .mac_len = 16, .message_length = true,
		.counter_in_header = true},
};
/* clang-format on */

#define SEAL_COUNT (sizeof(seals) / sizeof(seals[0]))

static const struct mb_secondary meter = {0x12345678, 0x4024, 1, 7};

struct sealed {
	uint8_t buf[MB_FRAME_MAX];
	int size;
	uint8_t key[16];
	uint8_t records[MB_FRAME_DATA_MAX];
	struct mb_telegram telegram;
};

static void seal_one(const struct mb_seal *row, size_t len, struct sealed *s)
{
	struct mb_seal seal = *row;

	seal.header.address = meter;
	seal.header.access = 0x2A;
	seal.header.status = 0x04;
	hex_read("000102030405060708090A0B0C0D0E0F", s->key, 16);
	for (size_t i = 0; i < len; i++)
		s->records[i] = (uint8_t)(i * 31 + 1);
	s->size = mb_encode_sealed(s->buf, sizeof(s->buf), seal.ci < 0x60 ? 0x53 : 0x08, 1, &seal,
		&cipher, s->key, s->records, len);
	if (s->size > 0)
		assert_int_equal(mb_telegram_read(s->buf, (size_t)s->size, &s->telegram), s->size);
}

static void test_sealed_telegrams_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_COUNT * RECORD_LEN_COUNT; i++) {
		const struct mb_seal *seal = &seals[i % SEAL_COUNT];
		size_t len = record_lens[i / SEAL_COUNT];
		uint8_t out[MB_FRAME_DATA_MAX];
		struct mb_telegram *t;
		struct sealed s;

		seal_one(seal, len, &s);
		if (s.size < 0) { /* 238 bytes leave no room for an AFL or a counter */
			assert_int_equal(s.size, MB_E_NO_SPACE);
			assert_true(len > 200 && seal->mode == 7);
			continue;
		}
		t = &s.telegram;
		assert_int_equal(t->layout, seal->mac_len ? MB_LAYOUT_AFL : MB_LAYOUT_ENCRYPTED);
		assert_int_equal(t->security_mode, seal->mode);
		assert_int_equal(t->access, 0x2A);
		assert_int_equal(t->status, 0x04);
		assert_int_equal(mb_telegram_open(t, &cipher, s.key, &meter, out, sizeof(out)), 0);
		assert_int_equal(t->layout, MB_LAYOUT_RECORDS);
		assert_true(t->payload_len >= len + 2 && t->payload_len <= len + 2 + 15);
		assert_int_equal(out[0], 0x2F);
		assert_int_equal(out[1], 0x2F);
		if (len)
			assert_memory_equal(out + 2, s.records, len);
		for (size_t k = len + 2; k < t->payload_len; k++)
			assert_int_equal(out[k], 0x2F);
	}
}

static void test_sealed_with_a_wrong_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_COUNT; i++) {
		uint8_t out[MB_FRAME_DATA_MAX];
		struct sealed s;

		seal_one(&seals[i], 100, &s);
		assert_true(s.size > 0);
		s.key[0] ^= 0x80;
		assert_int_equal(
			mb_telegram_open(&s.telegram, &cipher, s.key, &meter, out, sizeof(out)),
			MB_E_WRONG_KEY);
	}
}

/* A changed bit in any byte is noticed, but in the fragmentation control, which has no MAC. */
static void test_changed_telegram_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_COUNT; i++) {
		struct sealed s;

		if (seals[i].mac_len < 8)
			continue;
		seal_one(&seals[i], 30, &s);
		for (int at = 7; at < s.size - 2; at++) {
			uint8_t out[MB_FRAME_DATA_MAX];
			struct mb_telegram t;
			struct mb_frame frame = s.telegram.frame;
			int rc;

			if (at == 8 || at == 9)
				continue;
			s.buf[at] ^= 0x01;
			rc = mb_telegram_parse(&frame, &t);
			if (!rc) {
				assert_int_not_equal(t.layout, MB_LAYOUT_RECORDS);
				rc = mb_telegram_open(&t, &cipher, s.key, &meter, out, sizeof(out));
			}
			s.buf[at] ^= 0x01;
			assert_true(rc < 0);
		}
	}
}

static void test_cut_afl(void **state)
{
	struct sealed s;
	uint8_t out[MB_FRAME_DATA_MAX];

	(void)state;
	seal_one(&seals[6], 30, &s);
	for (uint8_t len = 0; len < s.telegram.afl_len - 1; len++) {
		struct mb_telegram t = s.telegram;
		struct mb_frame frame = t.frame;
		uint8_t afl_len = s.buf[7];
		int rc;

		s.buf[7] = len;
		rc = mb_telegram_parse(&frame, &t);
		if (!rc)
			rc = mb_telegram_open(&t, &cipher, s.key, &meter, out, sizeof(out));
		s.buf[7] = afl_len;
		assert_true(rc < 0);
	}
}

static void test_bad_seals(void **state)
{
	/* clang-format off */
	static const struct {
		struct mb_seal seal;
		int error;
	} rows[] = {
		{{.mode = 0, .ci = 0x72}, MB_E_SECURITY_MODE},
		{{.mode = 8, .ci = 0x72}, MB_E_SECURITY_MODE},
		{{.mode = 5, .ci = 0x78}, MB_E_INVALID}, /* no header */
		{{.mode = 5, .ci = 0x72, .mac_len = 8}, MB_E_INVALID},
		{{.mode = 7, .ci = 0x72}, MB_E_INVALID}, /* no counter anywhere */
		{{.mode = 7, .ci = 0x72, .mac_len = 5}, MB_E_INVALID},
		{{.mode = 7, .ci = 0x72, .counter_in_header = true, .key_id = 16}, MB_E_INVALID},
	};
	/* clang-format on */
	uint8_t buf[MB_FRAME_MAX], key[16] = {0}, records[MB_FRAME_DATA_MAX] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mb_encode_sealed(buf, sizeof(buf), 0x08, 1, &rows[i].seal, &cipher,
					 key, records, 10),
			rows[i].error);
	assert_int_equal(
		mb_encode_sealed(buf, sizeof(buf), 0x08, 1, &seals[0], &cipher, key, records, 239),
		MB_E_NO_SPACE);
	assert_int_equal(mb_encode_sealed(buf, 40, 0x08, 1, &seals[0], &cipher, key, records, 30),
		MB_E_NO_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmac_vectors),
		cmocka_unit_test(test_mode5_vector),
		cmocka_unit_test(test_mode5_telegram),
		cmocka_unit_test(test_short_header_needs_an_address),
		cmocka_unit_test(test_wrong_key_leaves_the_header),
		cmocka_unit_test(test_blocks_past_the_end),
		cmocka_unit_test(test_other_modes_are_named),
		cmocka_unit_test(test_plain_telegram_is_left),
		cmocka_unit_test(test_sealed_telegrams_open),
		cmocka_unit_test(test_sealed_with_a_wrong_key),
		cmocka_unit_test(test_changed_telegram_is_refused),
		cmocka_unit_test(test_cut_afl),
		cmocka_unit_test(test_bad_seals),
	};

#ifndef METERBUS_WITH_OPENSSL
	print_message("skipped: built without OpenSSL\n");
	return 77;
#endif
	return cmocka_run_group_tests(tests, setup, NULL);
}
