/* SPDX-License-Identifier: MIT */
/* The cursor: what stands where in a record, errors and limits, and bytes that end anywhere. Values
 * are in test/golden. */
#include <meterbus/error.h>
#include <meterbus/record.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "guard.h"
#include "hex.h"

#define BYTES_MAX 300

static uint8_t bytes[BYTES_MAX];

static void begin(struct mb_cursor *cur, const char *hex)
{
	mb_cursor_init_bytes(cur, bytes, hex_read(hex, bytes, sizeof(bytes)));
}

static void test_fields_of_a_plain_record(void **state)
{
	struct mb_cursor cur;
	struct mb_record rec;

	(void)state;
	begin(&cur, "5B 13 01 00 00");
	assert_int_equal(mb_record_next(&cur, &rec), 1);
	assert_int_equal(rec.kind, MB_RECORD_DATA);
	assert_int_equal(rec.data_field, 0xB);
	assert_int_equal(rec.function, MB_FUNCTION_MAXIMUM);
	assert_true(rec.storage == 1);
	assert_int_equal(rec.vif_table, MB_VIF_PRIMARY);
	assert_int_equal(rec.vif_code, 0x13);
	assert_int_equal(rec.unit, MB_UNIT_M3);
	assert_int_equal(rec.exp10, -3);
	assert_ptr_equal(rec.dib, bytes);
	assert_int_equal(rec.dib_len, 1);
	assert_ptr_equal(rec.vib, bytes + 1);
	assert_int_equal(rec.vib_len, 1);
	assert_int_equal(rec.vif_len, 1);
	assert_int_equal(rec.vife_len, 0);
	assert_ptr_equal(rec.data, bytes + 2);
	assert_int_equal(rec.data_len, 3);
	assert_int_equal(rec.flags, 0);
	assert_ptr_equal(rec.vif, mb_vif_find(MB_VIF_PRIMARY, 0x13));
	assert_int_equal(rec.index + rec.occurrence + rec.telegram, 0);
	assert_int_equal(mb_record_next(&cur, &rec), 0);
	assert_int_equal(mb_record_next(&cur, &rec), 0);
}

static void test_fields_of_a_long_record(void **state)
{
	struct mb_cursor cur;
	struct mb_record rec;

	(void)state;
	/* minimum, storage 3, tariff 1, subunit 1; FD 48 with VIFEs FC 01, 7E; LVAR */
	begin(&cur, "ED 51 FD C8 FC 81 7E E2 0F 09");
	assert_int_equal(mb_record_next(&cur, &rec), 1);
	assert_int_equal(rec.function, MB_FUNCTION_MINIMUM);
	assert_true(rec.storage == 3);
	assert_int_equal(rec.tariff, 1);
	assert_int_equal(rec.subunit, 1);
	assert_int_equal(rec.dib_len, 2);
	assert_int_equal(rec.vif_table, MB_VIF_FD);
	assert_int_equal(rec.vif_code, 0x48);
	assert_int_equal(rec.vif_len, 2);
	assert_int_equal(rec.vib_len, 5);
	assert_ptr_equal(rec.vife, bytes + 4);
	assert_int_equal(rec.vife_len, 3);
	assert_int_equal(rec.lvar, 0xE2);
	assert_ptr_equal(rec.data, bytes + 8);
	assert_int_equal(rec.data_len, 2);
	assert_int_equal(rec.flags, MB_RECORD_FUTURE);
	assert_int_equal(rec.value.number.magnitude, 2319);
	assert_int_equal(rec.value.number.exp10, -1);
}

static void test_plain_text_in_both_orders(void **state)
{
	struct mb_cursor cur;
	struct mb_record rec;

	(void)state;
	begin(&cur, "02 FC 03 48 52 25 74 D4 11 02 FC 74 03 48 52 25 D4 11");
	assert_int_equal(mb_record_next(&cur, &rec), 1);
	assert_int_equal(rec.vif_table, MB_VIF_PLAIN_TEXT);
	assert_null(rec.vif);
	assert_int_equal(rec.flags, MB_RECORD_TEXT_FIRST);
	assert_ptr_equal(rec.text, bytes + 3);
	assert_int_equal(rec.text_len, 3);
	assert_ptr_equal(rec.vife, bytes + 6);
	assert_int_equal(rec.vife_len, 1);
	assert_int_equal(rec.vib_len, 6);
	assert_int_equal(mb_record_next(&cur, &rec), 1);
	assert_int_equal(rec.flags, 0);
	assert_ptr_equal(rec.text, bytes + 13);
	assert_int_equal(rec.text_len, 3);
	assert_ptr_equal(rec.vife, bytes + 11);
	assert_int_equal(rec.vife_len, 1);
	assert_int_equal(mb_record_next(&cur, &rec), 0);
}

/* Errors stand, with the cursor at the bad record and the good ones read. */
static void test_errors(void **state)
{
	static const struct {
		const char *hex;
		int good;
		int rc;
		size_t at;
	} cases[] = {
		{"01 13 01 81", 1, MB_E_RECORD_SHORT, 3},
		{"01 13 01 2F 01", 1, MB_E_RECORD_SHORT, 4},
		{"01 FD", 0, MB_E_RECORD_SHORT, 0},
		{"01 FD FD", 0, MB_E_RECORD_SHORT, 0},
		{"01 FB", 0, MB_E_RECORD_SHORT, 0},
		{"01 EF", 0, MB_E_RECORD_SHORT, 0},
		{"01 93", 0, MB_E_RECORD_SHORT, 0},
		{"01 93 FC", 0, MB_E_RECORD_SHORT, 0},
		{"04 13 01 02 03", 0, MB_E_RECORD_SHORT, 0},
		{"0D 13", 0, MB_E_RECORD_SHORT, 0},
		{"0D 13 02 41", 0, MB_E_RECORD_SHORT, 0},
		{"0D 13 F6 41", 0, MB_E_RECORD_SHORT, 0},
		{"0D 13 F7", 0, MB_E_BAD_LVAR, 0},
		{"0D 13 FF", 0, MB_E_BAD_LVAR, 0},
		{"01 7C", 0, MB_E_RECORD_SHORT, 0},
		{"01 FC", 0, MB_E_RECORD_SHORT, 0},
		{"01 FC 74", 0, MB_E_RECORD_SHORT, 0},
		{"01 7C 03 41 42", 0, MB_E_BAD_TEXT, 0},
		{"01 FC 74 03 41 42", 0, MB_E_BAD_TEXT, 0},
		{"3F", 0, MB_E_BAD_DIF, 0},
		{"4F", 0, MB_E_BAD_DIF, 0},
		{"5F", 0, MB_E_BAD_DIF, 0},
		{"6F", 0, MB_E_BAD_DIF, 0},
		{"7F", 0, MB_E_BAD_DIF, 0},
		{"8F", 0, MB_E_BAD_DIF, 0},
		{"01 13 01 FF FF", 1, MB_E_BAD_DIF, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mb_cursor cur;
		struct mb_record rec;

		begin(&cur, cases[i].hex);
		for (int n = 0; n < cases[i].good; n++)
			assert_int_equal(mb_record_next(&cur, &rec), 1);
		for (int again = 0; again < 3; again++) {
			assert_int_equal(mb_record_next(&cur, &rec), cases[i].rc);
			assert_ptr_equal(cur.p, bytes + cases[i].at);
		}
	}
}

/* 10 DIFEs and 10 VIFEs go, 11 do not; the true VIF behind FB and FD is one of the VIFEs. */
static void test_limits(void **state)
{
	(void)state;
	for (size_t difes = 0; difes <= MB_DIFE_MAX + 3; difes++) {
		struct mb_cursor cur;
		struct mb_record rec;

		memset(bytes, 0x80, 1 + difes);
		bytes[0] = difes ? 0x81 : 0x01;
		if (difes)
			bytes[difes] = 0x01;
		memcpy(bytes + 1 + difes, (const uint8_t[]){0x13, 0x05}, 2);
		mb_cursor_init_bytes(&cur, bytes, difes + 3);
		assert_int_equal(
			mb_record_next(&cur, &rec), difes <= MB_DIFE_MAX ? 1 : MB_E_TOO_MANY_DIFE);
		if (difes <= MB_DIFE_MAX)
			assert_true(rec.storage == (difes ? 1ull << (4 * difes - 3) : 0));
	}
}

static void test_vife_limit(void **state)
{
	static const struct {
		uint8_t vif[2];
		size_t len;
	} vifs[] = {{{0x93}, 1}, {{0xFB, 0x81}, 2}, {{0xFD, 0xC8}, 2}, {{0xFF}, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(vifs) / sizeof(vifs[0]); i++) {
		for (size_t vifes = 1; vifes <= MB_VIFE_MAX + 3; vifes++) {
			size_t used = vifs[i].len - 1 + vifes;
			struct mb_cursor cur;
			struct mb_record rec;

			bytes[0] = 0x01;
			memcpy(bytes + 1, vifs[i].vif, vifs[i].len);
			memset(bytes + 1 + vifs[i].len, 0xBB, vifes);
			bytes[vifs[i].len + vifes] = 0x3B;
			bytes[1 + vifs[i].len + vifes] = 0x05;
			mb_cursor_init_bytes(&cur, bytes, 2 + vifs[i].len + vifes);
			assert_int_equal(mb_record_next(&cur, &rec),
				used <= MB_VIFE_MAX ? 1 : MB_E_TOO_MANY_VIFE);
		}
	}
}

/* Plain texts of every length, also those that look like a VIFE. */
static void test_plain_text_lengths(void **state)
{
	char unit[2 * 255 + 1];

	(void)state;
	for (unsigned len = 0; len <= 240; len++) {
		struct mb_cursor cur;
		struct mb_record rec;

		bytes[0] = 0x01;
		bytes[1] = 0x7C;
		bytes[2] = (uint8_t)len;
		memset(bytes + 3, 'x', len);
		bytes[3 + len] = 0x05;
		mb_cursor_init_bytes(&cur, bytes, 4 + len);
		assert_int_equal(mb_record_next(&cur, &rec), 1);
		assert_int_equal(rec.text_len, len);
		assert_int_equal(mb_record_unit(&rec, unit, sizeof(unit)), len);
		assert_int_equal(rec.value.number.magnitude, 5);
		if (!len)
			continue;
		bytes[1] = 0xFC;
		bytes[3 + len] = 0x74;
		bytes[4 + len] = 0x05;
		mb_cursor_init_bytes(&cur, bytes, 5 + len);
		assert_int_equal(mb_record_next(&cur, &rec), 1);
		assert_int_equal(rec.text_len, len);
		assert_int_equal(rec.value.number.exp10, -2);
	}
}

/* All texts of a record fit the sizes of the header, and say so when a buffer is too small. */
static void use_texts(const struct mb_record *rec)
{
	char text[MB_DESCRIPTION_MAX];
	int need;

	need = mb_record_description(rec, text, sizeof(text));
	assert_true(need >= 0);
	assert_int_equal(mb_record_description(rec, text, (size_t)need), MB_E_NO_SPACE);
	assert_true(mb_record_raw_text(rec, text, MB_RAW_TEXT_MAX) >= 0);
	assert_true(mb_record_display_text(rec, text, sizeof(text)) >= 0);
	assert_true(mb_record_unit(rec, text, MB_UNIT_TEXT_MAX) >= 0);
	assert_true(mb_value_text(&rec->value, text, MB_RAW_TEXT_MAX) >= 0);
	assert_true(mb_record_key(rec, text, MB_KEY_MAX) > 0);
	for (const char *p = text; *p; p++)
		assert_true(*p > ' ' && *p < 0x7F);
}

static void walk_at_guard(struct guard *guard, const uint8_t *from, size_t len)
{
	struct mb_cursor cur;
	struct mb_record rec;
	unsigned n = 0;

	mb_cursor_init_bytes(&cur, guard_copy(guard, from, len), len);
	while (mb_record_next(&cur, &rec) > 0) {
		assert_true(++n <= len);
		assert_true(rec.data + rec.data_len <= cur.p);
		use_texts(&rec);
	}
	assert_true(cur.p <= cur.end);
}

/* Every prefix of areas with all kinds of records, from memory that ends there. */
static void test_prefixes_at_a_guard_page(void **state)
{
	static const char *const areas[] = {
		"0C 13 91 18 00 00 0B 22 73 04 04 04 6D 35 10 E2 14 32 6C 00 00 0C 78 68 17 03 08 "
		"06 FD"
		"0C 0A 00 01 00 FA 01 0D FD 0B 05 31 32 48 46 57 0F 37 FD",
		"8C C0 01 93 FC 81 BB 7E 01 00 00 00 05 DB 7A 00 00 C0 3F 02 FC 03 48 52 25 74 D4 "
		"11",
		"01 FD FD 02 05 02 FC 74 03 48 52 25 D4 11 0D 93 13 04 52 00 01 02 03 6D 01 02 03 "
		"1F",
		"06 6D 00 00 08 16 27 00 0E 13 01 02 03 04 05 06 07 13 01 02 03 04 05 06 07 08 2F "
		"2F",
		"0D 13 C2 45 23 0D 14 D1 07 0D 13 F0 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E "
		"0F",
		"04 FF 81 82 03 01 00 00 00 04 93 FF 81 02 01 00 00 00 01 EF 12 05 01 FB 82 75 01",
	};
	struct guard guard;

	(void)state;
	guard_init(&guard);
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		size_t len = hex_read(areas[i], bytes, sizeof(bytes));

		for (size_t cut = 0; cut <= len; cut++)
			walk_at_guard(&guard, bytes, cut);
	}
	guard_done(&guard);
}

/* Noise: no crash, no read past the end, the walk ends. Runs of FF are among it. */
static void test_noise_at_a_guard_page(void **state)
{
	struct guard guard;
	uint32_t n = 7;

	(void)state;
	guard_init(&guard);
	for (unsigned round = 0; round < 20000; round++) {
		size_t len = n >> 8 & 0x3F;

		for (size_t i = 0; i < len; i++) {
			n = n * 1664525u + 1013904223u;
			bytes[i] = round % 5 == 0 && n >> 31 ? 0xFF : (uint8_t)(n >> 24);
		}
		n = n * 1664525u + 1013904223u;
		walk_at_guard(&guard, bytes, len);
	}
	guard_done(&guard);
}

/* The longest texts: 235 characters of two bytes each, ten long VIFEs. */
static void test_longest_texts(void **state)
{
	static const uint8_t vifes[] = {0x94, 0xBC, 0xA7};
	struct mb_cursor cur;
	struct mb_record rec;

	(void)state;
	for (size_t i = 0; i < sizeof(vifes); i++) {
		bytes[0] = 0x01;
		bytes[1] = 0xFC;
		bytes[2] = 235;
		memset(bytes + 3, 0xE4, 235);
		memset(bytes + 238, vifes[i], 9);
		bytes[247] = vifes[i] & 0x7F;
		bytes[248] = 0x05;
		mb_cursor_init_bytes(&cur, bytes, 249);
		assert_int_equal(mb_record_next(&cur, &rec), 1);
		use_texts(&rec);
		memset(bytes + 1, 0x93, 1);
		memset(bytes + 2, vifes[i], 9);
		bytes[11] = vifes[i] & 0x7F;
		mb_cursor_init_bytes(&cur, bytes, 13);
		assert_int_equal(mb_record_next(&cur, &rec), 1);
		use_texts(&rec);
	}
}

/* The most digits that a key can have. */
static void test_longest_key(void **state)
{
	struct mb_cursor cur;
	struct mb_record rec;
	char key[MB_KEY_MAX];

	(void)state;
	begin(&cur, "F1 FF FF FF FF FF FF FF FF FF 7F FC 0C 78 78 78 78 78 78 78 78 78 78 78 20"
		    "FC 82 FC 82 FC 82 FC 82 FC 02 05");
	assert_int_equal(mb_record_next(&cur, &rec), 1);
	rec.occurrence = UINT16_MAX;
	assert_true(mb_record_key(&rec, key, sizeof(key)) > 0);
	assert_non_null(strstr(key, "'="));
	assert_non_null(strstr(key, "~65535"));
}

static void test_other_layouts_are_empty(void **state)
{
	(void)state;
	for (uint8_t layout = MB_LAYOUT_NONE; layout <= MB_LAYOUT_RAW; layout++) {
		struct mb_telegram telegram = {
			.layout = layout, .payload = bytes, .payload_len = 3};
		struct mb_cursor cur;
		struct mb_record rec;
		int rc;

		memcpy(bytes, (const uint8_t[]){0x01, 0x13, 0x05}, 3);
		mb_cursor_init(&cur, &telegram, NULL);
		rc = mb_record_next(&cur, &rec);
		if (layout == MB_LAYOUT_RECORDS || layout == MB_LAYOUT_SELECTION)
			assert_int_equal(rc, 1);
		else if (layout == MB_LAYOUT_FIXED)
			assert_int_equal(rc, MB_E_RECORD_SHORT);
		else if (layout == MB_LAYOUT_COMPACT)
			assert_int_equal(rc, MB_E_NO_FORMAT);
		else
			assert_int_equal(rc, 0);
	}
}

/* An acknowledge has no payload at all. */
static void test_no_bytes(void **state)
{
	static const uint8_t ack[] = {MB_ACK};
	struct mb_telegram telegram;
	struct mb_cursor cur;
	struct mb_record rec;

	(void)state;
	assert_int_equal(mb_telegram_read(ack, sizeof(ack), &telegram), 1);
	mb_cursor_init(&cur, &telegram, NULL);
	assert_int_equal(mb_record_next(&cur, &rec), 0);
	mb_cursor_init_bytes(&cur, NULL, 0);
	assert_int_equal(mb_record_next(&cur, &rec), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_of_a_plain_record),
		cmocka_unit_test(test_fields_of_a_long_record),
		cmocka_unit_test(test_plain_text_in_both_orders),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_vife_limit),
		cmocka_unit_test(test_plain_text_lengths),
		cmocka_unit_test(test_prefixes_at_a_guard_page),
		cmocka_unit_test(test_noise_at_a_guard_page),
		cmocka_unit_test(test_longest_texts),
		cmocka_unit_test(test_longest_key),
		cmocka_unit_test(test_other_layouts_are_empty),
		cmocka_unit_test(test_no_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
