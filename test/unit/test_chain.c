/* SPDX-License-Identifier: MIT */
/* What spans telegrams: ordinals, occurrences, their limit, formats. Profiles are in golden. */
#include <meterbus/chain.h>
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "hex.h"

static struct mb_chain chain;
static uint8_t bytes[512];

static struct mb_telegram telegram_of(const char *hex, uint8_t layout)
{
	struct mb_telegram telegram = {.layout = layout, .payload = bytes};

	telegram.payload_len = (uint16_t)hex_read(hex, bytes, sizeof(bytes));
	return telegram;
}

static void test_ordinals_go_on_over_telegrams(void **state)
{
	struct mb_telegram telegram =
		telegram_of("01 13 01 01 5B 02 0C 78 01 00 00 00", MB_LAYOUT_RECORDS);
	struct mb_record rec;
	struct mb_cursor cur;
	uint16_t index = 0;

	(void)state;
	mb_chain_init(&chain);
	mb_chain_begin(&chain);
	for (uint16_t n = 0; n < 3; n++) {
		mb_cursor_init(&cur, &telegram, &chain);
		while (mb_record_next(&cur, &rec) > 0) {
			assert_int_equal(rec.index, index++);
			assert_int_equal(rec.telegram, n);
			assert_int_equal(rec.occurrence, n);
		}
	}
	assert_int_equal(chain.index, 9);
	assert_int_equal(chain.telegram, 3);
	mb_chain_begin(&chain);
	mb_cursor_init(&cur, &telegram, &chain);
	assert_int_equal(mb_record_next(&cur, &rec), 1);
	assert_int_equal(rec.index, 0);
	assert_int_equal(rec.occurrence, 0);
	assert_int_equal(rec.telegram, 0);
}

/* A record of one byte with a storage number of its own. */
static void read_storage(unsigned storage, struct mb_record *ret_record)
{
	uint8_t record[] = {(uint8_t)(0x81 | (storage & 1) << 6),
		(uint8_t)(0x80 | (storage >> 1 & 0xF)), (uint8_t)(0x80 | (storage >> 5 & 0xF)),
		(uint8_t)(storage >> 9 & 0xF), 0x13, 0x05};
	struct mb_telegram telegram = {
		.layout = MB_LAYOUT_RECORDS, .payload = record, .payload_len = sizeof(record)};
	struct mb_cursor cur;

	mb_cursor_init(&cur, &telegram, &chain);
	assert_int_equal(mb_record_next(&cur, ret_record), 1);
	assert_true(ret_record->storage == storage);
}

static void test_key_limit(void **state)
{
	struct mb_record rec;

	(void)state;
	mb_chain_init(&chain);
	mb_chain_begin(&chain);
	for (unsigned storage = 0; storage < MB_CHAIN_KEYS; storage++) {
		assert_false(chain.overflow);
		read_storage(storage, &rec);
		assert_int_equal(rec.occurrence, 0);
	}
	read_storage(MB_CHAIN_KEYS, &rec);
	assert_true(chain.overflow);
	assert_int_equal(rec.occurrence, 0);
	read_storage(MB_CHAIN_KEYS, &rec);
	assert_int_equal(rec.occurrence, 0); /* not counted any more */
	for (unsigned storage = 0; storage < MB_CHAIN_KEYS; storage++) {
		read_storage(storage, &rec);
		assert_int_equal(rec.occurrence, 1);
	}
	mb_chain_begin(&chain);
	assert_false(chain.overflow);
}

/* Many bases in between: the newest of a key counts, and old ones are dropped. */
static void test_base_limit(void **state)
{
	static const char base[] = "84 04 13 E8 03 00 00";
	static const char profile[] = "8D 04 93 1F 03 71 00 05";
	struct mb_telegram telegram;
	struct mb_record rec;
	struct mb_cursor cur;

	(void)state;
	for (unsigned others = MB_CHAIN_BASES - 1; others <= MB_CHAIN_BASES; others++) {
		mb_chain_init(&chain);
		mb_chain_begin(&chain);
		telegram = telegram_of(base, MB_LAYOUT_RECORDS);
		mb_cursor_init(&cur, &telegram, &chain);
		assert_int_equal(mb_record_next(&cur, &rec), 1);
		for (unsigned n = 0; n < others; n++)
			read_storage(100 + n, &rec);
		telegram = telegram_of(profile, MB_LAYOUT_RECORDS);
		mb_cursor_init(&cur, &telegram, &chain);
		assert_int_equal(mb_record_next(&cur, &rec), 1);
		assert_int_equal(mb_record_next(&cur, &rec), 1);
		if (others < MB_CHAIN_BASES)
			assert_int_equal(rec.value.number.magnitude, 1005);
		else
			assert_int_equal(rec.value.reason, MB_REASON_MISSING_BASE);
	}
}

/* A profile without chain is one record with its bytes. */
static void test_profile_without_chain(void **state)
{
	struct mb_telegram telegram =
		telegram_of("84 04 13 E8 03 00 00 8D 04 93 1F 03 71 01 05", MB_LAYOUT_RECORDS);
	struct mb_record rec;
	struct mb_cursor cur;

	(void)state;
	mb_cursor_init(&cur, &telegram, NULL);
	assert_int_equal(mb_record_next(&cur, &rec), 1);
	assert_int_equal(mb_record_next(&cur, &rec), 1);
	assert_int_equal(rec.flags, MB_RECORD_PROFILE);
	assert_int_equal(rec.value.type, MB_VALUE_BYTES);
	assert_int_equal(rec.value.bytes.len, 3);
	assert_int_equal(mb_record_next(&cur, &rec), 0);
}

/* ---- compact frames ---- */

static const char full[] =
	"0C 13 27 04 85 02 02 6C BF 1C 0D FD 0B 03 43 42 41 02 FC 03 48 52 25 74 D4 11";

/* The compact frame of these records, made by the writer. */
static struct mb_telegram compact_of(const char *hex, uint8_t *buf, size_t max)
{
	struct mb_telegram telegram = {.layout = MB_LAYOUT_COMPACT, .payload = buf};
	uint8_t records[256];
	struct mb_writer w;
	size_t len = hex_read(hex, records, sizeof(records));

	mb_writer_begin_bytes(&w, buf, max);
	assert_int_equal(mb_write_compact(&w, records, len), 0);
	telegram.payload_len = (uint16_t)mb_writer_len(&w);
	return telegram;
}

static void test_compact_after_full(void **state)
{
	struct mb_telegram telegram = telegram_of(full, MB_LAYOUT_RECORDS), compact;
	uint8_t buf[256];
	struct mb_record a, b;
	struct mb_cursor cur, compact_cur;
	int rc;

	(void)state;
	mb_chain_init(&chain);
	mb_chain_begin(&chain);
	compact = compact_of(full, buf, sizeof(buf));
	mb_cursor_init(&compact_cur, &compact, &chain);
	assert_int_equal(mb_record_next(&compact_cur, &b), MB_E_NO_FORMAT);
	assert_true(mb_chain_learn(&chain, &telegram) >= 0);
	mb_chain_begin(&chain); /* formats survive */
	mb_cursor_init(&compact_cur, &compact, &chain);
	mb_cursor_init(&cur, &telegram, NULL);
	while ((rc = mb_record_next(&cur, &a)) > 0) {
		assert_int_equal(mb_record_next(&compact_cur, &b), 1);
		assert_true(mb_record_key_hash(&a) == mb_record_key_hash(&b));
		assert_int_equal(a.data_len, b.data_len);
		assert_memory_equal(a.data, b.data, a.data_len);
		assert_int_equal(a.value.type, b.value.type);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(mb_record_next(&compact_cur, &b), 0);
}

/* Each changed or missing byte of a compact frame is refused before its first record. */
static void test_compact_changes_are_refused(void **state)
{
	struct mb_telegram telegram = telegram_of(full, MB_LAYOUT_RECORDS), compact;
	uint8_t buf[256];
	struct mb_record rec;
	struct mb_cursor cur;
	uint16_t len;

	(void)state;
	mb_chain_init(&chain);
	mb_chain_learn(&chain, &telegram);
	compact = compact_of(full, buf, sizeof(buf));
	for (uint16_t i = 0; i < compact.payload_len; i++) {
		for (uint8_t bit = 1; bit; bit = (uint8_t)(bit << 1)) {
			buf[i] ^= bit;
			mb_cursor_init(&cur, &compact, &chain);
			assert_int_equal(
				mb_record_next(&cur, &rec), i < 2 ? MB_E_NO_FORMAT : MB_E_BAD_CRC);
			buf[i] ^= bit;
		}
	}
	len = compact.payload_len;
	for (compact.payload_len = 0; compact.payload_len < len; compact.payload_len++) {
		mb_cursor_init(&cur, &compact, &chain);
		assert_true(mb_record_next(&cur, &rec) < 0);
	}
}

/* The fifth format drops the oldest one; learning one again takes no further place. */
static void test_format_limit(void **state)
{
	struct mb_telegram telegram;
	uint8_t signatures[MB_CHAIN_FORMATS + 1][2];
	struct mb_record rec;
	struct mb_cursor cur;

	(void)state;
	mb_chain_init(&chain);
	for (uint8_t n = 0; n <= MB_CHAIN_FORMATS; n++) {
		char hex[] = "01 13 05";
		int signature;

		hex[4] = (char)('0' + n);
		telegram = telegram_of(hex, MB_LAYOUT_RECORDS);
		signature = mb_chain_learn(&chain, &telegram);
		assert_true(signature >= 0);
		assert_int_equal(mb_chain_learn(&chain, &telegram), signature);
		signatures[n][0] = (uint8_t)signature;
		signatures[n][1] = (uint8_t)(signature >> 8);
	}
	for (uint8_t n = 0; n <= MB_CHAIN_FORMATS; n++) {
		uint8_t payload[5] = {signatures[n][0], signatures[n][1], 0, 0, 5};
		struct mb_telegram compact = {.layout = MB_LAYOUT_COMPACT,
			.payload = payload,
			.payload_len = sizeof(payload)};

		mb_cursor_init(&cur, &compact, &chain);
		assert_int_equal(
			mb_record_next(&cur, &rec), n == 0 ? MB_E_NO_FORMAT : MB_E_BAD_CRC);
	}
}

static void test_learn_refuses(void **state)
{
	struct mb_telegram telegram = telegram_of("01 13", MB_LAYOUT_RECORDS);

	(void)state;
	mb_chain_init(&chain);
	assert_int_equal(mb_chain_learn(&chain, &telegram), MB_E_RECORD_SHORT);
	telegram = telegram_of("", MB_LAYOUT_RECORDS);
	assert_int_equal(mb_chain_learn(&chain, &telegram), MB_E_INVALID);
	telegram = telegram_of("01 13 05", MB_LAYOUT_ALARM);
	assert_int_equal(mb_chain_learn(&chain, &telegram), MB_E_INVALID);
	telegram = telegram_of("07 15 E2 0C 13 02 6C 0D FD 0C", MB_LAYOUT_FORMAT);
	assert_int_equal(mb_chain_learn(&chain, &telegram), MB_E_BAD_CRC);
	telegram = telegram_of("07 15 E2 0C 13 02 6C 0D FD 0B", MB_LAYOUT_FORMAT);
	assert_int_equal(mb_chain_learn(&chain, &telegram), 0xE215);
	telegram = telegram_of("07 15 E2", MB_LAYOUT_FORMAT);
	assert_int_equal(mb_chain_learn(&chain, &telegram), MB_E_HEADER_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinals_go_on_over_telegrams),
		cmocka_unit_test(test_key_limit),
		cmocka_unit_test(test_base_limit),
		cmocka_unit_test(test_profile_without_chain),
		cmocka_unit_test(test_compact_after_full),
		cmocka_unit_test(test_compact_changes_are_refused),
		cmocka_unit_test(test_format_limit),
		cmocka_unit_test(test_learn_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
