/* SPDX-License-Identifier: MIT */
/* The fixed structure as two records: status bits, byte order, broken lengths. Units are in golden. */
#include <meterbus/error.h>
#include <meterbus/record.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define PAYLOAD_LEN 10

/* Units and counters behind the header of the fixed structure. */
static struct mb_telegram telegram_of(
	const uint8_t payload[PAYLOAD_LEN], uint8_t status, bool msb_first)
{
	struct mb_telegram telegram = {.layout = MB_LAYOUT_FIXED,
		.has_status = true,
		.status = status,
		.msb_first = msb_first,
		.payload = payload,
		.payload_len = PAYLOAD_LEN};

	return telegram;
}

static void read_two(const struct mb_telegram *telegram, struct mb_record rec[2])
{
	struct mb_record more;
	struct mb_cursor cur;

	mb_cursor_init(&cur, telegram, NULL);
	assert_int_equal(mb_record_next(&cur, &rec[0]), 1);
	assert_int_equal(mb_record_next(&cur, &rec[1]), 1);
	assert_int_equal(mb_record_next(&cur, &more), 0);
	assert_ptr_equal(cur.p, cur.end);
}

static void assert_number(const struct mb_record *rec, const char *expected)
{
	char text[MB_VALUE_TEXT_MAX];

	assert_true(mb_value_text(&rec->value, text, sizeof(text)) >= 0);
	assert_string_equal(text, expected);
}

static void test_bcd(void **state)
{
	static const uint8_t payload[] = {0xE9, 0x7E, 1, 0, 0, 0, 0x35, 1, 0, 0};
	struct mb_telegram telegram = telegram_of(payload, 0, false);
	struct mb_record rec[2];
	char key[MB_KEY_MAX];

	(void)state;
	read_two(&telegram, rec);
	assert_number(&rec[0], "0.001");
	assert_number(&rec[1], "0.135");
	assert_int_equal(rec[0].flags, MB_RECORD_FIXED);
	assert_int_equal(rec[0].data_field, 0xC);
	assert_true(rec[0].storage == 0);
	assert_true(rec[1].storage == 1); /* unit 3E: historic */
	assert_ptr_equal(rec[1].data, payload + 6);
	assert_int_equal(rec[1].data_len, 4);
	assert_int_equal(rec[0].dib_len, 0);
	assert_ptr_equal(rec[1].vib, payload + 1);
	mb_record_key(&rec[0], key, sizeof(key));
	assert_string_equal(key, "inst.0.0.0.F26");
}

static void test_binary_is_signed(void **state)
{
	static const uint8_t payload[] = {0x05, 0x29, 0xFF, 0xFF, 0xFF, 0xFF, 0x39, 0x30, 0, 0};
	struct mb_telegram telegram = telegram_of(payload, 1, false);
	struct mb_record rec[2];
	char raw[MB_RAW_TEXT_MAX];

	(void)state;
	read_two(&telegram, rec);
	assert_int_equal(rec[0].data_field, 0x4);
	assert_number(&rec[0], "-1000");
	assert_number(&rec[1], "12.345");
	mb_record_raw_text(&rec[0], raw, sizeof(raw));
	assert_string_equal(raw, "-1");
}

static void test_stored_at_fixed_date(void **state)
{
	static const uint8_t payload[] = {0x29, 0x29, 1, 0, 0, 0, 2, 0, 0, 0};
	struct mb_telegram telegram = telegram_of(payload, 2, false);
	struct mb_record rec[2];

	(void)state;
	read_two(&telegram, rec);
	assert_true(rec[0].storage == 1);
	assert_true(rec[1].storage == 1);
}

static void test_high_byte_first(void **state)
{
	static const uint8_t payload[] = {0x29, 0x29, 0x00, 0x01, 0x23, 0x45, 0, 0, 0, 1};
	struct mb_telegram telegram = telegram_of(payload, 0, true);
	struct mb_record rec[2];

	(void)state;
	read_two(&telegram, rec);
	assert_number(&rec[0], "12.345");
	assert_number(&rec[1], "0.001");
}

static void test_broken_bcd(void **state)
{
	static const uint8_t payload[] = {0x29, 0x29, 0xFF, 0xFF, 0xFF, 0xFF, 0xA1, 0, 0, 0};
	struct mb_telegram telegram = telegram_of(payload, 0, false);
	struct mb_record rec[2];

	(void)state;
	read_two(&telegram, rec);
	assert_int_equal(rec[0].value.reason, MB_REASON_NOT_AVAILABLE);
	assert_int_equal(rec[1].value.reason, MB_REASON_BCD_ERROR);
}

/* Times and dates that are none. */
static void test_broken_times(void **state)
{
	static const uint8_t payload[] = {0x00, 0x01, 0x60, 0x00, 0x00, 0x00, 0, 0, 0, 0};
	static const uint8_t long_time[] = {
		0x00, 0x01, 0x56, 0x34, 0x12, 0x01, 0x14, 0x12, 0x32, 0};
	struct mb_telegram telegram = telegram_of(payload, 0, false);
	struct mb_record rec[2];

	(void)state;
	read_two(&telegram, rec);
	assert_int_equal(rec[0].value.reason, MB_REASON_BAD_DATE);
	assert_int_equal(rec[1].value.reason, MB_REASON_NO_DATE);
	telegram = telegram_of(long_time, 0, false);
	read_two(&telegram, rec);
	assert_int_equal(rec[0].value.reason, MB_REASON_BAD_DATE);
	assert_int_equal(rec[1].value.reason, MB_REASON_BAD_DATE);
}

static void test_too_short(void **state)
{
	static const uint8_t payload[PAYLOAD_LEN] = {0};
	struct mb_record rec;
	struct mb_cursor cur;

	(void)state;
	for (uint16_t len = 0; len < PAYLOAD_LEN; len++) {
		struct mb_telegram telegram = telegram_of(payload, 0, false);

		telegram.payload_len = len;
		mb_cursor_init(&cur, &telegram, NULL);
		assert_int_equal(mb_record_next(&cur, &rec), MB_E_RECORD_SHORT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bcd),
		cmocka_unit_test(test_binary_is_signed),
		cmocka_unit_test(test_stored_at_fixed_date),
		cmocka_unit_test(test_high_byte_first),
		cmocka_unit_test(test_broken_bcd),
		cmocka_unit_test(test_broken_times),
		cmocka_unit_test(test_too_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
