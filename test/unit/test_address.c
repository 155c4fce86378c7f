/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/address.h>
#include <meterbus/error.h>

#define LSE 0x3265
#define PAD 0x4024

struct row {
	const char *text;
	const char *out; /* what format makes of it */
	int primary; /* -1: secondary */
	struct mb_secondary secondary;
	uint32_t fabrication; /* 0: none */
};

/* clang-format off */
static const struct row rows[] = {
	{"0", "0", 0, {0}, 0},
	{"5", "5", 5, {0}, 0},
	{"005", "5", 5, {0}, 0},
	{"99", "99", 99, {0}, 0},
	{"250", "250", 250, {0}, 0},
	{"255", "255", 255, {0}, 0},
	{"12345678", "12345678", -1, {0x12345678, 0xFFFF, 0xFF, 0xFF}, 0},
	{"1234FFFF", "1234FFFF", -1, {0x1234FFFF, 0xFFFF, 0xFF, 0xFF}, 0},
	{"1234567a", "1234567A", -1, {0x1234567A, 0xFFFF, 0xFF, 0xFF}, 0},
	{"0803176865329906", "0803176865329906", -1, {0x08031768, LSE, 0x99, 0x06}, 0},
	{"08031768FFFFFFFF", "08031768", -1, {0x08031768, 0xFFFF, 0xFF, 0xFF}, 0},
	{"08031768.LSE.153.6", "0803176865329906", -1, {0x08031768, LSE, 0x99, 0x06}, 0},
	{"08031768.lse.0x99.0x6", "0803176865329906", -1, {0x08031768, LSE, 0x99, 0x06}, 0},
	{"FFFFFFFF.*.*.7", "FFFFFFFFFFFFFF07", -1, {0xFFFFFFFF, 0xFFFF, 0xFF, 0x07}, 0},
	{"12345678.0000.1.2", "1234567800000102", -1, {0x12345678, 0, 1, 2}, 0},
	{"12345678.*.*.*", "12345678", -1, {0x12345678, 0xFFFF, 0xFF, 0xFF}, 0},
	{"12345678/01020304", "12345678/01020304", -1, {0x12345678, 0xFFFF, 0xFF, 0xFF}, 0x01020304},
	{"12345678.PAD.1.4/FFFFFF04", "1234567824400104/FFFFFF04", -1,
		{0x12345678, PAD, 1, 4}, 0xFFFFFF04},
};

static const char *const bad[] = {
	"", " ", "-1", "256", "999", "1000", "1234", "1234567", "123456789", "12345G78", "5 ", " 5",
	"5/01020304", "08031768653299", "080317686532990", "08031768653299066", "12345678.",
	"12345678.LSE", "12345678.LSE.1", "12345678.LSE.256.1", "12345678.LS.1.1", "12345678.LSEE.1.1",
	"12345678..1.1", "12345678.LSE.1.1.", "12345678.LSE.0x.1", "12345678/", "12345678/0102030",
	"12345678/010203040", "12345678.LSE.1.1/x", "*", "*.LSE.1.1", "12345678.LSE.-1.1",
	"12345678.LSE.999999999999.1",
};
/* clang-format on */

static void test_text_to_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct mb_address address;

		assert_int_equal(mb_address_parse(row->text, &address), 0);
		if (row->primary >= 0) {
			assert_int_equal(address.type, MB_ADDRESS_PRIMARY);
			assert_int_equal(address.primary, row->primary);
			assert_int_equal(mb_address_a(&address), row->primary);
			continue;
		}
		assert_int_equal(address.type, MB_ADDRESS_SECONDARY);
		assert_true(mb_secondary_equal(&address.secondary, &row->secondary));
		assert_int_equal(address.has_fabrication, row->fabrication != 0);
		assert_int_equal(address.fabrication, row->fabrication);
		assert_int_equal(mb_address_a(&address), 253);
	}
}

static void test_address_to_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mb_address address;
		char text[MB_ADDRESS_TEXT_MAX];
		size_t len = strlen(rows[i].out);

		assert_int_equal(mb_address_parse(rows[i].text, &address), 0);
		assert_int_equal(mb_address_format(&address, text, sizeof(text)), len);
		assert_string_equal(text, rows[i].out);
		assert_int_equal(mb_address_format(&address, text, len + 1), len);
		assert_int_equal(mb_address_format(&address, text, len), MB_E_NO_SPACE);
		assert_int_equal(mb_address_format(&address, text, 0), MB_E_NO_SPACE);
	}
}

static void test_bad_text_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mb_address address = {.primary = 77};

		assert_int_equal(mb_address_parse(bad[i], &address), MB_E_INVALID);
		assert_int_equal(address.primary, 77);
	}
}

static void test_secondary_text(void **state)
{
	static const struct mb_secondary any = {
		MB_ID_ANY, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY};
	char text[17];

	(void)state;
	assert_int_equal(mb_secondary_format(&any, text, sizeof(text)), 16);
	assert_string_equal(text, "FFFFFFFFFFFFFFFF");
	assert_int_equal(mb_secondary_format(&any, text, 16), MB_E_NO_SPACE);
}

static void test_bytes(void **state)
{
	static const struct mb_secondary meter = {0x12345678, PAD, 1, 7};
	static const uint8_t want[8] = {0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 0x01, 0x07};
	struct mb_secondary back;
	uint8_t bytes[8];

	(void)state;
	mb_secondary_write(&meter, bytes);
	assert_memory_equal(bytes, want, 8);
	mb_secondary_read(want, &back);
	assert_true(mb_secondary_equal(&back, &meter));
}

static void test_match(void **state)
{
	static const struct mb_secondary meter = {0x1234567A, PAD, 1, 7};
	/* clang-format off */
	static const struct {
		struct mb_secondary mask;
		bool match;
	} masks[] = {
		{{0xFFFFFFFF, 0xFFFF, 0xFF, 0xFF}, true},
		{{0x1234567A, PAD, 1, 7}, true},
		{{0x1F3FFFFA, PAD, 1, 7}, true},
		{{0xFFFFFFF1, 0xFFFF, 0xFF, 0xFF}, false},
		{{0x1234567A, 0xFF24, 1, 7}, true},
		{{0x1234567A, 0x40FF, 1, 7}, true},
		{{0x1234567A, 0x41FF, 1, 7}, false},
		{{0x1234567A, 0xFF25, 1, 7}, false},
		{{0x1234567A, PAD, 2, 7}, false},
		{{0x1234567A, PAD, 1, 6}, false},
		{{0x2234567A, PAD, 1, 7}, false},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		assert_int_equal(mb_secondary_match(&masks[i].mask, &meter), masks[i].match);
}

/* A nibble F of the meter itself is matched by F only. */
static void test_match_of_a_wild_meter(void **state)
{
	static const struct mb_secondary meter = {0x1234567F, PAD, 1, 0xFF};
	struct mb_secondary mask = meter;

	(void)state;
	assert_true(mb_secondary_match(&mask, &meter));
	for (uint32_t digit = 0; digit < 15; digit++) {
		mask.id = 0x12345670 | digit;
		assert_false(mb_secondary_match(&mask, &meter));
	}
	mask.id = MB_ID_ANY;
	mask.medium = 7;
	assert_false(mb_secondary_match(&mask, &meter));
}

static void test_manufacturer_letters(void **state)
{
	/* clang-format off */
	static const struct {
		uint16_t word;
		const char *text;
		bool letters;
	} words[] = {
		{PAD, "PAD", true}, {LSE, "LSE", true}, {0x8000 | PAD, "PAD", true},
		{0x0421, "AAA", true}, {0x6B5A, "ZZZ", true}, {0x0000, "0000", false},
		{0xFFFF, "FFFF", false}, {0x041B, "041B", false}, {0x0420, "0420", false},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char text[5];

		assert_int_equal(mb_manufacturer_letters(words[i].word, text), words[i].letters);
		assert_string_equal(text, words[i].text);
		if (words[i].letters)
			assert_int_equal(mb_manufacturer_word(text), words[i].word & 0x7FFF);
	}
	assert_int_equal(mb_manufacturer_word("pad"), PAD);
	assert_int_equal(mb_manufacturer_word(""), MB_E_INVALID);
	assert_int_equal(mb_manufacturer_word("PA"), MB_E_INVALID);
	assert_int_equal(mb_manufacturer_word("PADX"), MB_E_INVALID);
	assert_int_equal(mb_manufacturer_word("P@D"), MB_E_INVALID);
	assert_int_equal(mb_manufacturer_word("P1D"), MB_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_to_address),
		cmocka_unit_test(test_address_to_text),
		cmocka_unit_test(test_bad_text_is_refused),
		cmocka_unit_test(test_secondary_text),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_match_of_a_wild_meter),
		cmocka_unit_test(test_manufacturer_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
